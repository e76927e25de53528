package profile

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/awsfile"
)

// TestAWSsOwnTestCasesOfProfileChains runs the cases that AWS's Rust SDK is tested
// with (testdata/assume-role-tests.json, licence beside it).
func TestAWSsOwnTestCasesOfProfileChains(t *testing.T) {
	type step struct {
		AccessKey        *map[string]string
		AssumeRole       *map[string]string
		NamedSource      *string
		WebIdentityToken *map[string]string
		Sso              *map[string]string
	}
	var cases []struct {
		Docs  string
		Input struct {
			Profiles        map[string]map[string]string
			SSOSessions     map[string]map[string]string `json:"sso_sessions"`
			SelectedProfile string                       `json:"selected_profile"`
		}
		Output struct {
			ProfileChain []step
			Error        string
		}
	}
	data, err := os.ReadFile("testdata/assume-role-tests.json")
	if err != nil {
		t.Fatal(err)
	}
	// The account in AWS's case has four digits, which the portal would refuse.
	data = bytes.ReplaceAll(data, []byte(`"0123"`), []byte(`"012345678901"`))
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) != 28 {
		t.Fatalf("%d cases, not 28", len(cases))
	}
	// What AWS's SDK serves and daypass does not is an error of a special code here, with
	// the base in its message.
	unsupported := func(s step) string {
		switch {
		case s.NamedSource != nil:
			return *s.NamedSource
		case s.WebIdentityToken != nil:
			return "a web identity token"
		case s.Sso != nil && (*s.Sso)["sso_account_id"] == "":
			return "for a token alone"
		}
		return ""
	}
	// daypass's words for AWS's.
	words := map[string]string{
		"profile must contain `source_profile`":                                                       "has no source_profile beside it",
		"profile contained both source_profile and credential_source":                                 "has both source_profile and credential_source",
		"profile missing aws_secret_access_key":                                                       "no aws_secret_access_key",
		"profile missing aws_access_key_id":                                                           "no aws_access_key_id",
		"profile `B` did not contain credential information":                                          `no long-term key for profile "B"`,
		"profile `A` did not contain credential information":                                          `profile "A" has no credentials`,
		"could not find source profile B referenced from A":                                           `source_profile in [profile A] names "B", and there is no such`,
		"No profiles were defined":                                                                    `there is no profile "A"`,
		"profile formed an infinite loop":                                                             "lead in a circle",
		"`role_arn` was missing":                                                                      "no role_arn beside it",
		"if `sso_role_name` is set, then `sso_account_id` must also be set":                           "no sso_account_id",
		"if `sso_account_id` is set, then `sso_role_name` must also be set":                           "no sso_role_name",
		"sso-session named `oops` (referenced by profile `A`) was not found":                          `[sso-session oops], which is not`,
		"`sso_region` can only be specified in the [sso-session] config when a session name is given": `[sso-session A] has no sso_region, and the one in [profile A]`,
	}
	for i, tc := range cases {
		t.Run(tc.Docs, func(t *testing.T) {
			config := awsfile.Parse(awsfile.Config, nil)
			set := func(section awsfile.Section, values map[string]string) {
				for key, value := range values {
					if err := config.Set(section, key, value); err != nil {
						t.Fatal(err)
					}
				}
				if len(values) == 0 {
					config = awsfile.Parse(awsfile.Config, append(config.Bytes(), "[profile "+section.Name+"]\n"...))
				}
			}
			for name, values := range tc.Input.Profiles {
				set(awsfile.Profile(name), values)
			}
			for name, values := range tc.Input.SSOSessions {
				set(awsfile.SSOSession(name), values)
			}
			profiles, _ := readProfiles(config, awsfile.Parse(awsfile.Credentials, nil), config.Profiles(), sessionSettings(config),
				func(string) (Profile, bool) { return Profile{}, false })
			all := Resolver{
				ByName: profiles,
				HasKey: func(string) bool { return false },
				Ours:   func(Profile) bool { return false },
			}
			c, err := all.Resolve(tc.Input.SelectedProfile)

			if want := tc.Output.Error; want != "" {
				if words[want] == "" {
					t.Fatalf("case %d: no words for %q", i, want)
				}
				if err == nil || !strings.Contains(err.Error(), words[want]) {
					t.Errorf("got %v, want an error with %q", err, words[want])
				}
				return
			}
			if what := unsupported(tc.Output.ProfileChain[0]); what != "" {
				if err == nil || creds.AsError(err).Code != creds.CodeUnsupported || !strings.Contains(err.Error(), what) {
					t.Errorf("got %v, want an error that names %s", err, what)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			secretKey := "another"
			if want := tc.Output.ProfileChain[0].AccessKey; want != nil && MarkOf((*want)["secret_access_key"]) == c.Base.SecretKey {
				secretKey = (*want)["secret_access_key"]
			}
			got := []step{{AccessKey: &map[string]string{
				"access_key_id": c.Base.AccessKeyID, "secret_access_key": secretKey,
			}}}
			if c.SSOSession != "" {
				s := c.Base.SSO
				got = []step{{Sso: &map[string]string{
					"sso_account_id": s.AccountID, "sso_role_name": s.RoleName, "sso_region": s.Region, "sso_start_url": s.StartURL,
				}}}
			}
			if c.Base.AccountID != "" {
				(*got[0].AccessKey)["account_id"] = c.Base.AccountID
			}
			for _, r := range c.Roles {
				s := map[string]string{"role_arn": r.ARN}
				if r.Profile.SessionName != "" {
					s["role_session_name"] = r.Profile.SessionName
				}
				if r.Profile.ExternalID != "" {
					s["external_id"] = r.Profile.ExternalID
				}
				got = append(got, step{AssumeRole: &s})
			}
			if diff := cmp.Diff(tc.Output.ProfileChain, got); diff != "" {
				t.Errorf("chain (-AWS +daypass):\n%s", diff)
			}
		})
	}
}
