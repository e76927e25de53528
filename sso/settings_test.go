package sso_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/sso"
)

func TestWhatAProfileSaysOfIdentityCenter(t *testing.T) {
	corp := map[string]string{"sso_start_url": "https://corp.awsapps.com/start", "sso_region": "eu-west-1"}
	both := sso.Settings{Session: "corp", StartURL: corp["sso_start_url"], Region: "eu-west-1", AccountID: "111111111111", RoleName: "Admin"}
	legacy := both
	legacy.Session = ""
	token := sso.Settings{Session: "corp", StartURL: both.StartURL, Region: both.Region}

	for name, tc := range map[string]struct {
		profile string // key=value, separated by blanks
		want    sso.Settings
		has     bool
		words   string // of the error
	}{
		"nothing":                       {profile: "region=eu-west-1"},
		"a session, an account, a role": {"sso_session=corp sso_account_id=111111111111 sso_role_name=Admin", both, true, ""},
		"a session alone is for tokens": {"sso_session=corp", token, true, ""},
		"a legacy profile":              {"sso_start_url=https://corp.awsapps.com/start sso_region=eu-west-1 sso_account_id=111111111111 sso_role_name=Admin", legacy, true, ""},
		"settings said twice alike":     {"sso_session=corp sso_region=eu-west-1", token, true, ""},
		"settings said twice unlike":    {"sso_session=corp sso_region=us-east-1", sso.Settings{}, true, "disagree on sso_region"},
		"a role without an account":     {"sso_session=corp sso_role_name=Admin", sso.Settings{}, true, "no sso_account_id"},
		"an account without a role":     {"sso_session=corp sso_account_id=1", sso.Settings{}, true, "no sso_role_name"},
		"a session that is not there":   {"sso_session=other", sso.Settings{}, true, `"other", which is not`},
		"a session that lacks a region": {"sso_session=empty", sso.Settings{}, true, "has no sso_region"},
		"a legacy profile, no region":   {"sso_start_url=https://x", sso.Settings{}, true, "no sso_region"},
		"neither session nor start URL": {"sso_region=eu-west-1", sso.Settings{}, true, "neither sso_session nor sso_start_url"},
	} {
		t.Run(name, func(t *testing.T) {
			values := map[string]string{}
			for _, pair := range strings.Fields(tc.profile) {
				key, value, _ := strings.Cut(pair, "=")
				values[key] = value
			}
			got, has, err := sso.FromProfile("p", func(key string) string { return values[key] }, func(session string) (sso.Getter, bool) {
				switch session {
				case "corp":
					return func(key string) string { return corp[key] }, true
				case "empty":
					return func(string) string { return "" }, true
				}
				return nil, false
			})
			if has != tc.has {
				t.Errorf("has settings: %t", has)
			}
			if tc.words != "" {
				if err == nil || !strings.Contains(err.Error(), tc.words) {
					t.Errorf("got %v, want an error with %q", err, tc.words)
				}
				return
			}
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}
