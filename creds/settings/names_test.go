package settings_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/settings"
)

func TestTheSettingsOfAProfileAreRenamedAndForgotten(t *testing.T) {
	for name, c := range map[string]struct{ before, renamed, forgotten string }{
		"a table, with comments": {
			"# a\n[profile.old] # b\nfavourite = true # c\n\n[profile.old.console]\nplace = \"firefox\"\n\n[profile.older]\nfavourite = true\n",
			"# a\n[profile.new] # b\nfavourite = true # c\n\n[profile.new.console]\nplace = \"firefox\"\n\n[profile.older]\nfavourite = true\n",
			"# a\n# b\n# c\n\n[profile.older]\nfavourite = true\n",
		},
		"dotted keys": {
			"profile.old.favourite = true\nprofile.x.favourite = true\n",
			"profile.new.favourite = true\nprofile.x.favourite = true\n",
			"profile.x.favourite = true\n",
		},
		"keys in the table of all": {
			"[profile]\nold.favourite = true\nx.favourite = true\n",
			"[profile]\nnew.favourite = true\nx.favourite = true\n",
			"[profile]\nx.favourite = true\n",
		},
		"a table in one line": {
			"[profile]\nold = { favourite = true, notices = false }\nx = { favourite = true }\n",
			"[profile]\nnew = { favourite = true, notices = false }\nx = { favourite = true }\n",
			"[profile]\nx = { favourite = true }\n",
		},
		"tables in one line": {
			"profile = { old = { favourite = true }, x = { favourite = true } }\n",
			"profile = { new = { favourite = true }, x = { favourite = true } }\n",
			"profile = { x = { favourite = true } }\n",
		},
		"a quoted name, and CRLF": {
			"[profile.\"old\"]\r\nfavourite = true\r\n",
			"[profile.new]\r\nfavourite = true\r\n",
			"",
		},
		"an empty table": {"[profile.old]\n", "[profile.new]\n", ""},
		"nothing of it": {
			"[profile.x]\nfavourite = true\n", "[profile.x]\nfavourite = true\n", "[profile.x]\nfavourite = true\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			for want, do := range map[string]func(*settings.Store) error{
				c.renamed:   func(s *settings.Store) error { return s.Rename(t.Context(), "old", "new") },
				c.forgotten: func(s *settings.Store) error { return s.Forget(t.Context(), "old") },
			} {
				path := filepath.Join(t.TempDir(), "config.toml")
				if err := os.WriteFile(path, []byte(c.before), 0o600); err != nil {
					t.Fatal(err)
				}
				store, err := settings.New(path)
				if err != nil {
					t.Fatal(err)
				}
				was := store.Current().Profile["old"]
				if err := do(store); err != nil {
					t.Fatal(err)
				}
				got, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, string(got)); diff != "" {
					t.Error(diff)
				}
				if is, err := store.Names("old"); is || err != nil {
					t.Errorf("the old name is there: %v, %v", is, err)
				}
				if is, _ := store.Names("new"); is && !cmp.Equal(store.Current().Profile["new"], was) {
					t.Errorf("the settings are %+v, not %+v", store.Current().Profile["new"], was)
				}
			}
		})
	}
}

func TestSettingsAreNotRenamedToANameThatHasSome(t *testing.T) {
	const text = "[profile.old]\nfavourite = true\n[profile.new]\nfavourite = true\n"
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := settings.New(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Rename(t.Context(), "old", "new"); creds.CodeOf(err) != creds.CodeBadRequest {
		t.Errorf("got %v", err)
	}
	if got, _ := os.ReadFile(path); string(got) != text {
		t.Errorf("the file is now\n%s", got)
	}
}
