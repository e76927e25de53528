package profile

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/internal/secret"
)

// TestProfilesDoNotKeepTheTextOfTheFiles has files with much text and few
// settings.
func TestProfilesDoNotKeepTheTextOfTheFiles(t *testing.T) {
	dir := t.TempDir()
	paths := awsfile.Paths{Config: filepath.Join(dir, "config"), Credentials: filepath.Join(dir, "credentials")}
	much := strings.Repeat("# "+strings.Repeat("x", 98)+"\n", 100_000)
	for path, text := range map[string]string{
		paths.Config: "[profile dev]\nsso_session = corp\nsso_account_id = 111111111111\nsso_role_name = Dev\nservices = own\n" +
			"[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n" +
			"[services own]\nsts =\n  endpoint_url = http://localhost:4566\n" + much,
		paths.Credentials: "[work]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret\nregion = eu-west-1\n" + much,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := heap()
	f, err := Read(t.Context(), paths, &Plan{}, &Set{})
	if err != nil {
		t.Fatal(err)
	}
	if grown := heap() - before; grown > len(much)/2 {
		t.Errorf("of files of 10 MB each %d bytes are kept", grown)
	}
	if len(f.Profiles) != 2 || len(f.Sessions) != 1 || f.Profiles["dev"].Endpoints.STS == "" {
		t.Errorf("it read %v and %v", f.Profiles, f.Sessions)
	}
}

func heap() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

func TestALongTermKeyIsReadFromTheFilesWhenItIsUsed(t *testing.T) {
	dir := t.TempDir()
	paths := awsfile.Paths{Config: filepath.Join(dir, "config"), Credentials: filepath.Join(dir, "credentials")}
	for name, tc := range map[string]struct{ config, credentials string }{
		"from the credentials file":           {"[profile a]\nregion = eu-west-1\n", "[a]\naws_access_key_id = AKIA1\naws_secret_access_key = one\n"},
		"from the config file":                {"[profile a]\naws_access_key_id = AKIA1\naws_secret_access_key = one\n", ""},
		"from the credentials file over both": {"[profile a]\naws_access_key_id = AKIA2\naws_secret_access_key = two\n", "[a]\naws_access_key_id = AKIA1\naws_secret_access_key = one\n"},
	} {
		t.Run(name, func(t *testing.T) {
			for path, text := range map[string]string{paths.Config: tc.config, paths.Credentials: tc.credentials} {
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			files, err := Read(t.Context(), paths, &Plan{}, &Set{})
			if err != nil {
				t.Fatal(err)
			}
			p := files.Profiles["a"]
			if got, err := ReadKey(t.Context(), paths, p); err != nil || got != (creds.LongTermKey{ID: "AKIA1", Secret: secret.New("one")}) {
				t.Errorf("got the key %s %s, %v", got.ID, got.Secret.Reveal(), err)
			}
			// A decision on a key does not apply to another.
			p.SecretKey = MarkOf("what it was before")
			if got, err := ReadKey(t.Context(), paths, p); err == nil {
				t.Errorf("got the key %s", got.ID)
			}
		})
	}
}
