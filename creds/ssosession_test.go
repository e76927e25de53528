package creds_test

import (
	"os"
	"strings"
	"testing"

	"daypass/creds/agentapi"
)

func TestASessionIsWrittenAsTheAWSCLIWritesIt(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		corp := agentapi.AddSessionRequest{Name: "corp", StartURL: "https://corp.awsapps.com/start", Region: "eu-central-1"}
		for range 2 { // again, it changes nothing
			if err := w.m.AddSession(t.Context(), corp); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(w.files.Config)
			if err != nil {
				t.Fatal(err)
			}
			const want = "\n[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-central-1\nsso_registration_scopes = sso:account:access\n"
			if got := string(text); !strings.HasPrefix(got, w.Config()) || !strings.HasSuffix(got, want) {
				t.Errorf("the file ends with %q", strings.TrimPrefix(got, w.Config()))
			}
		}
		if s := w.m.Snapshot(t.Context()).Sessions; len(s) != 1 || s[0].ID != "corp" {
			t.Errorf("the sessions are %+v", s)
		}
		corp.Region = "us-east-1"
		wantCode(t, w.m.AddSession(t.Context(), corp), agentapi.CodeBadRequest, "already, with the sso_region eu-central-1")
	})
}

func TestASessionThatCannotBeIsRefusedInWords(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		for words, r := range map[string]agentapi.AddSessionRequest{
			"name of a session": {Name: "my corp", StartURL: "https://corp.awsapps.com/start", Region: "eu-central-1"},
			"no start URL":      {Name: "corp", StartURL: "http://corp.awsapps.com/start", Region: "eu-central-1"},
			"no AWS region":     {Name: "corp", StartURL: "https://corp.awsapps.com/start", Region: "frankfurt"},
		} {
			wantCode(t, w.m.AddSession(t.Context(), r), agentapi.CodeBadRequest, words)
		}
	})
}
