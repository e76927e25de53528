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
		"settings said twice unlike":    {"sso_session=corp sso_region=us-east-1", sso.Settings{}, true, `sso_region is "us-east-1" in [profile p] and "eu-west-1" in [sso-session corp]`},
		"a role without an account":     {"sso_session=corp sso_role_name=Admin", sso.Settings{}, true, "no sso_account_id"},
		"an account without a role":     {"sso_session=corp sso_account_id=1", sso.Settings{}, true, "no sso_role_name"},
		"a session that is not there":   {"sso_session=other", sso.Settings{}, true, `[sso-session other], which is not`},
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

func TestAnInvalidAccountIDOrRoleNameIsReportedWithItsKeyAndSection(t *testing.T) {
	const ours = `sso_account_id in [profile p] is `
	for _, c := range []struct{ name, account, role, words string }{
		{"both are as they should be", "012345678901", "Team,Ops=1@x+y.z_-", ""},
		{"digits are missing", "12345", "Admin", ours + `"12345", which has 5 digits`},
		{"a zero at the beginning is lost", "12345678901", "Admin", "zeros at its beginning may have been lost"},
		{"there are too many digits", "1234567890123", "Admin", ours + `"1234567890123", which has 13 digits, and an account ID has twelve`},
		{"hyphens are in it", "1234-5678-9012", "Admin", `twelve digits alone: 123456789012`},
		{"quotes are around it", `"123456789012"`, "Admin", `twelve digits alone: 123456789012`},
		{"blanks are in it", "1234 5678 9012", "Admin", `twelve digits alone: 123456789012`},
		{"a spreadsheet wrote it", "1.23457E+11", "Admin", "is no account ID, twelve digits"},
		{"it is the account's name", "Production", "Admin", ours + `"Production", which is no account ID`},
		{"digits of another script", "１２３４５６７８９０１２", "Admin", "is no account ID"},
		{"it is an ARN", "arn:aws:organizations::111122223333:account/o-1/444455556666", "Admin", "is an ARN; the account ID in it is 111122223333"},
		{"the role is an ARN", "123456789012", "arn:aws:iam::123456789012:role/Admin", "is an ARN; the name alone is wanted: Admin"},
		{
			"the role is IAM's own ARN of it", "123456789012",
			"arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Read-Only_0123456789abcdef",
			"its permission set is called Read-Only",
		},
		{"the role is IAM's own name of it", "123456789012", "AWSReservedSSO_Admin_0123456789abcdef", "its permission set is called Admin"},
		{"the role has quotes", "123456789012", `"Admin"`, "without quotes: Admin"},
		{"the role has a blank in it", "123456789012", "Read Only", `sso_role_name in [profile p] is "Read Only", which is no name of a role`},
		{"the role has a letter of another alphabet", "123456789012", "Prüfer", "which is no name of a role"},
		{"the role is too long", "123456789012", strings.Repeat("a", 65), "64 at the most"},
	} {
		t.Run(c.name, func(t *testing.T) {
			values := map[string]string{"sso_start_url": "https://corp.awsapps.com/start", "sso_region": "eu-west-1", "sso_account_id": c.account, "sso_role_name": c.role}
			_, has, err := sso.FromProfile("p", func(key string) string { return values[key] }, nil)
			switch {
			case !has:
				t.Error("it has settings")
			case c.words == "" && err != nil, c.words != "" && (err == nil || !strings.Contains(err.Error(), c.words)):
				t.Errorf("got %v, want %q", err, c.words)
			case err != nil:
				t.Log(err)
			}
		})
	}
}
