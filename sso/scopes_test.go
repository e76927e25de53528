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
