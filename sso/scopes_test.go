package sso_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"daypass/sso"
)

// readVectors reads a file of testdata.
func readVectors(t *testing.T, name string, to any) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, to); err != nil {
		t.Fatal(err)
	}
}

func TestScopesAreReadAsTheAWSCLIReadsThem(t *testing.T) {
	var vectors struct {
		Test struct {
			Cases [][2]json.RawMessage `json:"cases"`
		} `json:"test_parse_registration_scopes"`
	}
	readVectors(t, "registration-scopes.json", &vectors)
	if len(vectors.Test.Cases) < 8 {
		t.Fatalf("there are %d cases", len(vectors.Test.Cases))
	}
	for _, c := range vectors.Test.Cases {
		var (
			raw  string
			want []string
		)
		if err := json.Unmarshal(c[0], &raw); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(c[1], &want); err != nil {
			t.Fatal(err)
		}
		section := map[string]string{"sso_region": "r", "sso_start_url": "u", "sso_registration_scopes": raw}
		got, _, err := sso.FromProfile("p", func(key string) string {
			return map[string]string{"sso_session": "s"}[key]
		}, func(string) (sso.Getter, bool) {
			return func(key string) string { return section[key] }, true
		})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got.SignIn().Scopes, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%q: %s", raw, diff)
		}
	}
}

func TestScopesWithoutThePortalAreReportedWithKeyAndSection(t *testing.T) {
	for _, c := range []struct {
		scopes string
		words  string
	}{
		{"", ""},
		{" , ,", ""},
		{"sso:account:access", ""},
		{" codewhisperer:completions ,, sso:account:access ,sso:account:access", ""},
		{"codewhisperer:completions", `sso_registration_scopes in [sso-session s] is "codewhisperer:completions" and lacks sso:account:access`},
		{"a:b, c:d", `is "a:b, c:d" and lacks sso:account:access`},
		{"SSO:Account:Access", "lacks sso:account:access"},
		{"sso:account:access codewhisperer:completions", "commas divide them"},
	} {
		values := map[string]string{"sso_region": "r", "sso_start_url": "u", "sso_registration_scopes": c.scopes}
		section := func(string) (sso.Getter, bool) { return func(key string) string { return values[key] }, true }
		read := func(profile map[string]string) (sso.Settings, error) {
			s, _, err := sso.FromProfile("p", func(key string) string { return profile[key] }, section)
			return s, err
		}
		token, err := read(map[string]string{"sso_session": "s"})
		if err != nil {
			t.Errorf("%q: a token has any scopes: %v", c.scopes, err)
		}
		_, err = read(map[string]string{"sso_session": "s", "sso_account_id": "111122223333", "sso_role_name": "r"})
		for _, err := range []error{err, token.SignIn().CheckScopes()} {
			switch {
			case c.words != "":
				wantError(t, err, sso.ErrConfig, c.words)
			case err != nil:
				t.Errorf("%q: %v", c.scopes, err)
			}
		}
	}
}
