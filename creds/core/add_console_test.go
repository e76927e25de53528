package core_test

import (
	"strings"
	"testing"
	"time"

	"daypass/creds"
	"daypass/creds/core"
	"daypass/creds/credstest"
)

func (w *world) addConsole(name, region string) (creds.Status, error) {
	return w.m.AddConsole(w.t.Context(), creds.AddConsoleRequest{Profile: name, Region: region}, core.RefreshOptions{Requester: atTray})
}

func TestAProfileOfAConsoleSignInIsAdded(t *testing.T) {
	for name, tc := range map[string]struct{ profile, region, before, want string }{
		"a new one":                          {"new", "eu-central-1", "", "[profile new]\nregion = eu-central-1\nlogin_session = ARN\n"},
		"a new one in the default's region":  {"new", "", "[default]\nregion = ap-south-1\n", "[profile new]\nregion = ap-south-1\nlogin_session = ARN\n"},
		"a new one where no region is known": {"new", "", "", "[profile new]\nregion = us-east-1\nlogin_session = ARN\n"},
		"one that has a region alone":        {"old", "", "[profile old]\nregion = eu-north-1\n", "[profile old]\nregion = eu-north-1\nlogin_session = ARN\n"},
		"one that has another region":        {"old", "eu-west-1", "[profile old]\nregion = eu-north-1\n", "[profile old]\nregion = eu-west-1\nlogin_session = ARN\n"},
		"the default":                        {"default", "eu-west-1", "", "[default]\nregion = eu-west-1\nlogin_session = ARN\n"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.write(w.files.Config, tc.before)
				s, err := w.addConsole(tc.profile, tc.region)
				if err != nil || s.Kind != creds.KindConsole || s.State(time.Now()) != creds.StateValid || s.LoginSession != w.Console.Alice.ARN() {
					t.Errorf("%v, %+v", err, s)
				}
				want := strings.ReplaceAll(tc.want, "ARN", w.Console.Alice.ARN())
				if got := credstest.Content(t, w.files.Config); !strings.Contains(got, want) {
					t.Errorf("the config file is\n%s\nwant\n%s", got, want)
				}
				w.wantSignIns(1)
				// Once more: somebody is signed in.
				if _, err := w.addConsole(tc.profile, ""); err != nil {
					t.Error(err)
				}
				w.wantSignIns(1)
			})
		})
	}
}

func TestAProfileStaysIfNobodySignsInAndIsSignedInToLater(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.person.declines = true
		_, err := w.addConsole("new", "eu-central-1")
		if creds.CodeOf(err) != creds.CodeDeclined {
			t.Errorf("got %v", err)
		}
		s, _ := w.status("new")
		if s.Kind != creds.KindConsole || s.LoginSession != "" || s.Region != "eu-central-1" {
			t.Errorf("got %+v", s)
		}
		w.person.declines = false
		if s := w.click("new"); s.LoginSession != w.Console.Alice.ARN() {
			t.Errorf("got %+v", s)
		}
	})
}

func TestAProfileThatGetsItsCredentialsInAnotherWayIsNoConsoleSignIn(t *testing.T) {
	const role = "arn:aws:iam::111122223333:role/Deploy"
	for name, tc := range map[string]struct{ profile, region, config, credentials, says string }{
		"a role":                          {"p", "", "[profile p]\nrole_arn = " + role + "\nsource_profile = q\n[profile q]\n", "", "by role_arn"},
		"half a role":                     {"p", "", "[profile p]\nsource_profile = q\n[profile q]\n", "", "by source_profile"},
		"Identity Center":                 {"p", "", "[profile p]\nsso_start_url = https://d-1.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 111122223333\nsso_role_name = A\n", "", "by IAM Identity Center"},
		"a web identity":                  {"p", "", "[profile p]\nweb_identity_token_file = f\n", "", "by web_identity_token_file"},
		"another program":                 {"p", "", "[profile p]\ncredential_process = x\n", "", "by credential_process"},
		"another program, and a sign-in":  {"p", "", "[profile p]\ncredential_process = x\nlogin_session = arn:aws:iam::111122223333:user/alice\n", "", "by credential_process"},
		"a key in the credentials file":   {"p", "", "[profile p]\nregion = eu-west-1\n", "[p]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n", "by the access key in the AWS files"},
		"a key in the keyring":            {"alice", "", "[profile alice]\nregion = eu-west-1\n", "", "by the access key in the keyring"},
		"a region that there is not":      {"p", "frankfurt", "", "", `"frankfurt" is no region of AWS`},
		"a name that no section can have": {"a]b", "", "", "", "this profile cannot be added"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.write(w.files.Config, tc.config)
				if tc.credentials != "" {
					w.write(w.files.Credentials, tc.credentials)
				}
				_, err := w.addConsole(tc.profile, tc.region)
				if creds.CodeOf(err) != creds.CodeBadRequest || !strings.Contains(err.Error(), tc.says) {
					t.Errorf("got %v, want %q", err, tc.says)
				}
				if got := credstest.Content(t, w.files.Config); got != tc.config {
					t.Errorf("the config file is now\n%s", got)
				}
				if w.settings.Profile[tc.profile].ConsoleSignIn {
					t.Error("it is marked all the same")
				}
				w.wantSignIns(0)
			})
		})
	}
}
