package agentapi_test

import (
	"encoding/json"
	"testing"
	"time"

	"daypass/creds/agentapi"
)

func TestStatesOfASession(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	later, earlier := now.Add(time.Hour), now.Add(-time.Hour)
	failed := &agentapi.Error{Code: agentapi.CodeNetwork, Message: "AWS could not be reached"}
	bob := agentapi.Person{Before: "alice", Now: "bob"}
	for name, tc := range map[string]struct {
		session agentapi.Session
		state   agentapi.State
		next    time.Time
	}{
		"never signed in":                            {agentapi.Session{}, agentapi.StateNone, time.Time{}},
		"a token that is renewed":                    {agentapi.Session{Expires: later, Renewable: true}, agentapi.StateValid, time.Time{}},
		"a token that is not":                        {agentapi.Session{Expires: later}, agentapi.StateValid, later},
		"a token that has ended":                     {agentapi.Session{Expires: earlier}, agentapi.StateExpired, time.Time{}},
		"a renewal that AWS has yet to decide on":    {agentapi.Session{Expires: earlier, Renewable: true}, agentapi.StateValid, time.Time{}},
		"a session that AWS has ended":               {agentapi.Session{Expires: later, Renewable: true, Over: true}, agentapi.StateExpired, time.Time{}},
		"a renewal that fails while the token lasts": {agentapi.Session{Expires: later, Renewable: true, Phase: agentapi.PhaseFailed, Err: failed}, agentapi.StateValid, later},
		"a renewal that fails after it":              {agentapi.Session{Expires: earlier, Renewable: true, Phase: agentapi.PhaseFailed, Err: failed}, agentapi.StateFailed, time.Time{}},
		"a token of somebody who is not confirmed":   {agentapi.Session{Expires: later, Phase: agentapi.PhaseFailed, Err: failed, Stranger: &bob}, agentapi.StateFailed, later},
		"one of theirs that is renewed":              {agentapi.Session{Expires: earlier, Renewable: true, Phase: agentapi.PhaseFailed, Err: failed, Stranger: &bob}, agentapi.StateFailed, time.Time{}},
		"one of theirs that has ended":               {agentapi.Session{Expires: earlier, Phase: agentapi.PhaseFailed, Err: failed, Stranger: &bob}, agentapi.StateExpired, time.Time{}},
		"a person who is asked about them":           {agentapi.Session{Expires: later, Phase: agentapi.PhaseNeedsSSO}, agentapi.StateNeedsSSO, time.Time{}},
		"a first sign-in that fails":                 {agentapi.Session{Phase: agentapi.PhaseFailed, Err: failed}, agentapi.StateFailed, time.Time{}},
		"a person in the browser":                    {agentapi.Session{Expires: later, Phase: agentapi.PhaseNeedsSSO}, agentapi.StateNeedsSSO, time.Time{}},
		"profiles on their way":                      {agentapi.Session{Expires: later, Done: 3, Total: 9}, agentapi.StateRefreshing, time.Time{}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.session.State(now); got != tc.state {
				t.Errorf("state %s, want %s", got, tc.state)
			}
			if got := tc.session.Next(now); !got.Equal(tc.next) {
				t.Errorf("next %s, want %s", got, tc.next)
			}
		})
	}
}

func TestAnImportOfNothingIsNotAnImportOfAll(t *testing.T) {
	for name, only := range map[string][]agentapi.SSOPair{"all": nil, "nothing": {}} {
		data, err := json.Marshal(agentapi.SSOImportRequest{Only: only})
		if err != nil {
			t.Fatal(err)
		}
		var got agentapi.SSOImportRequest
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if (got.Only == nil) != (only == nil) {
			t.Errorf("%s crosses the socket as %v", name, got.Only)
		}
	}
}
