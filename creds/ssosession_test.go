package creds_test

import (
	"encoding/json"
	"testing"
	"time"

	"daypass/creds"
)

func TestStatesOfASession(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	later, earlier := now.Add(time.Hour), now.Add(-time.Hour)
	failed := &creds.Error{Code: creds.CodeNetwork, Message: "AWS could not be reached"}
	bob := creds.Person{Before: "alice", Now: "bob"}
	for name, tc := range map[string]struct {
		session creds.Session
		state   creds.State
		next    time.Time
	}{
		"never signed in":                            {creds.Session{}, creds.StateNone, time.Time{}},
		"a token that is renewed":                    {creds.Session{Expires: later, Renewable: true}, creds.StateValid, time.Time{}},
		"a token that is not":                        {creds.Session{Expires: later}, creds.StateValid, later},
		"a token that has ended":                     {creds.Session{Expires: earlier}, creds.StateExpired, time.Time{}},
		"a renewal that AWS has yet to decide on":    {creds.Session{Expires: earlier, Renewable: true}, creds.StateValid, time.Time{}},
		"a session that AWS has ended":               {creds.Session{Expires: later, Renewable: true, Over: true}, creds.StateExpired, time.Time{}},
		"a renewal that fails while the token lasts": {creds.Session{Expires: later, Renewable: true, Phase: creds.PhaseFailed, Err: failed}, creds.StateValid, later},
		"a renewal that fails after it":              {creds.Session{Expires: earlier, Renewable: true, Phase: creds.PhaseFailed, Err: failed}, creds.StateFailed, time.Time{}},
		"a token of somebody who is not confirmed":   {creds.Session{Expires: later, Phase: creds.PhaseFailed, Err: failed, Stranger: &bob}, creds.StateFailed, later},
		"one of theirs that is renewed":              {creds.Session{Expires: earlier, Renewable: true, Phase: creds.PhaseFailed, Err: failed, Stranger: &bob}, creds.StateFailed, time.Time{}},
		"one of theirs that has ended":               {creds.Session{Expires: earlier, Phase: creds.PhaseFailed, Err: failed, Stranger: &bob}, creds.StateExpired, time.Time{}},
		"a person who is asked about them":           {creds.Session{Expires: later, Phase: creds.PhaseNeedsSSO}, creds.StateNeedsSSO, time.Time{}},
		"a first sign-in that fails":                 {creds.Session{Phase: creds.PhaseFailed, Err: failed}, creds.StateFailed, time.Time{}},
		"a person in the browser":                    {creds.Session{Expires: later, Phase: creds.PhaseNeedsSSO}, creds.StateNeedsSSO, time.Time{}},
		"profiles on their way":                      {creds.Session{Expires: later, Done: 3, Total: 9}, creds.StateRefreshing, time.Time{}},
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
	for name, only := range map[string][]creds.SSOPair{"all": nil, "nothing": {}} {
		data, err := json.Marshal(creds.SSOImportRequest{Only: only})
		if err != nil {
			t.Fatal(err)
		}
		var got creds.SSOImportRequest
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if (got.Only == nil) != (only == nil) {
			t.Errorf("%s crosses the socket as %v", name, got.Only)
		}
	}
}
