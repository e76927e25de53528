package core_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/creds/awstest"
	"daypass/creds/credstest"
)

func TestASessionIsWrittenAsTheAWSCLIWritesIt(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		corp := creds.AddSessionRequest{Name: "corp", StartURL: "https://corp.awsapps.com/start", Region: "eu-central-1"}
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
	})
}

// section returns the values of a section of the config file.
func (w *world) section(section awsfile.Section) map[string]string {
	w.t.Helper()
	f, _, err := awsfile.Load(w.t.Context(), awsfile.Config, w.files.Config)
	if err != nil {
		w.t.Fatal(err)
	}
	return f.Values(section)
}

func TestAddingASessionAgainCorrectsIt(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		const wrong = `https://d-c0ffee1234.awsapps.com/start/\#/`
		w.withSSO("\n[sso-session mine]\n# by hand\nsso_start_url = https://eu-west-1.signin.aws/platform/login\nsso_region = us-east-1\n" +
			"\n[profile old]\nsso_session = mine\nsso_start_url = https://eu-west-1.signin.aws/platform/login\nsso_region = us-east-1\n" +
			"sso_account_id = 444444444444\nsso_role_name = ReadOnly\n")
		mine := creds.AddSessionRequest{Name: "mine", StartURL: wrong, Region: " " + awstest.SampleRegion}
		if err := w.m.AddSession(t.Context(), mine); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{
			"sso_start_url": awstest.SampleStartURL, "sso_region": awstest.SampleRegion, "sso_registration_scopes": "sso:account:access",
		}
		if diff := cmp.Diff(want, w.section(awsfile.SSOSession("mine"))); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		want = map[string]string{
			"sso_session": "mine", "sso_start_url": awstest.SampleStartURL, "sso_region": awstest.SampleRegion,
			"sso_account_id": "444444444444", "sso_role_name": "ReadOnly",
		}
		if diff := cmp.Diff(want, w.section(awsfile.Profile("old"))); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		w.click("old")

		// No sign-in is redirected.
		mine.StartURL = "https://other.awsapps.com/start"
		credstest.WantCode(t, w.m.AddSession(t.Context(), mine), creds.CodeBadRequest, "already, with the sso_start_url "+awstest.SampleStartURL)
		mine.StartURL, mine.Region = awstest.SampleStartURL, "us-east-1"
		credstest.WantCode(t, w.m.AddSession(t.Context(), mine), creds.CodeBadRequest, "already, with the sso_region "+awstest.SampleRegion)
		if err := w.m.SignOut(t.Context(), "mine"); err != nil {
			t.Fatal(err)
		}
		if err := w.m.AddSession(t.Context(), mine); err != nil {
			t.Fatal(err)
		}
		if got := w.section(awsfile.SSOSession("mine"))["sso_region"]; got != "us-east-1" {
			t.Errorf("the region is %q", got)
		}
	})
}

func TestAStartURLThatWasWrittenByHandSignsInInAnyForm(t *testing.T) {
	for _, written := range []string{
		`https://d-c0ffee1234.awsapps.com/start/\#/`, "https://d-c0ffee1234.awsapps.com/start/?tab=accounts", "https://D-C0FFEE1234.awsapps.com/start/#/",
		"https://d-c0ffee1234.awsapps.com", "d-c0ffee1234.awsapps.com/start",
	} {
		bubble(t, func(t *testing.T, w *world) {
			w.withSSO("\n[sso-session mine]\nsso_start_url = " + written + "\nsso_region = " + awstest.SampleRegion + "\n" +
				"\n[profile mine]\nsso_session = mine\nsso_account_id = 444444444444\nsso_role_name = ReadOnly\n")
			w.click("mine")
			time.Sleep(time.Minute)
			if one := w.session("mine"); one.State(time.Now()) != creds.StateValid {
				t.Errorf("%s: %+v", written, one)
			}
		})
	}
}

func TestAddingASessionAgainAddsThePortalsScope(t *testing.T) {
	for before, want := range map[string]string{
		"codewhisperer:completions":                     "codewhisperer:completions, sso:account:access",
		"sso:account:access, codewhisperer:completions": "sso:account:access, codewhisperer:completions",
	} {
		bubble(t, func(t *testing.T, w *world) {
			w.write(w.files.Config, w.Config()+"\n[sso-session mine]\nsso_start_url = "+awstest.SampleStartURL+"\nsso_region = "+awstest.SampleRegion+"\nsso_registration_scopes = "+before+"\n")
			err := w.m.AddSession(t.Context(), creds.AddSessionRequest{Name: "mine", StartURL: "D-C0FFEE1234.awsapps.com/start/#/", Region: awstest.SampleRegion})
			if err != nil {
				t.Fatal(err)
			}
			got := w.section(awsfile.SSOSession("mine"))
			if got["sso_registration_scopes"] != want || got["sso_start_url"] != awstest.SampleStartURL {
				t.Errorf("the section is %v", got)
			}
		})
	}
}

func TestAnInvalidSessionIsRefusedInOneSentence(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		for words, r := range map[string]creds.AddSessionRequest{
			"name of a session": {Name: "my corp", StartURL: "https://corp.awsapps.com/start", Region: "eu-central-1"},
			"no start URL":      {Name: "corp", StartURL: "http://corp.awsapps.com/start", Region: "eu-central-1"},
			"no start URL, such as https://corp.awsapps.com/start: it is the page where one signs in": {
				Name: "corp", StartURL: "https://eu-west-1.signin.aws/platform/login?workflowStateHandle=1", Region: "eu-west-1",
			},
			"it is the sign-in page of the AWS console": {Name: "corp", StartURL: "https://eu-west-1.signin.aws.amazon.com/oauth?x=1", Region: "eu-west-1"},
			"no AWS region": {Name: "corp", StartURL: "https://corp.awsapps.com/start", Region: "frankfurt"},
		} {
			credstest.WantCode(t, w.m.AddSession(t.Context(), r), creds.CodeBadRequest, words)
		}
	})
}
