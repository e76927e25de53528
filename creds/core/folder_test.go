package core_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"daypass/creds"
	"daypass/creds/core"
	"daypass/creds/credstest"
)

// keysIn puts alice's key into a folder of keys, as the profile "work".
func (w *world) keysIn() string {
	w.t.Helper()
	dir := filepath.Join(w.home, "aws-creds")
	w.write(filepath.Join(dir, "work.access_key"), w.AliceKey.ID+"\n")
	w.write(filepath.Join(dir, "work.secret_key"), w.AliceKey.Secret+"\n")
	w.write(filepath.Join(dir, "work.user"), "alice-phone\n") // whose device is called like the user
	w.settings.KeysFolder = dir
	w.settings.Accounts = map[string]string{"work": "111111111111"}
	w.m.SettingsChanged()
	return dir
}

func TestAKeyInAFolderIsAProfile(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		dir := w.keysIn()
		s := w.refresh("work", core.RefreshOptions{})
		if s.Kind != creds.KindUser || s.WrittenAs != "work-temporary" || s.MFASerial != w.Phone.Serial() || s.AccountID != "111111111111" || w.person.asks() != 1 {
			t.Errorf("%+v after %d questions", s, w.person.asks())
		}
		if w.credentials("work")["aws_access_key_id"] != "" || w.credentials("work-temporary")["aws_access_key_id"] == "" {
			t.Error("the credentials are not in [work-temporary]")
		}
		e, err := w.m.Explain(t.Context(), "work")
		if err != nil || len(e.Links) == 0 || e.Links[0].Detail != "in "+filepath.Join(dir, "work.secret_key")+", in the clear" {
			t.Errorf("%+v, %v", e, err)
		}
		w.absentFrom(filepath.Join(w.home, ".aws"), w.AliceKey.Secret)
		// A changed key is another, and a removed one no profile.
		w.write(filepath.Join(dir, "work.secret_key"), "mistyped\n")
		_, err = w.m.Refresh(t.Context(), "work", core.RefreshOptions{Force: true})
		credstest.WantCode(t, err, creds.CodeKeyInvalid, "correct "+filepath.Join(dir, "work.secret_key"))
		if err := os.Remove(filepath.Join(dir, "work.access_key")); err != nil {
			t.Fatal(err)
		}
		_, err = w.m.Refresh(t.Context(), "work", core.RefreshOptions{Force: true})
		credstest.WantCode(t, err, creds.CodeNoProfile, "")
	})
}

func TestAKeyOfTheFilesOrTheKeyringComesBeforeOneInAFolder(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		dir := w.keysIn()
		// alice's is in the keyring.
		w.write(filepath.Join(dir, "alice.access_key"), "AKIAIOSFODNN7EXAMPLE")
		w.write(filepath.Join(dir, "alice.secret_key"), "wrong")
		w.write(w.files.Config, w.Config()+"\n[profile work]\naws_access_key_id = "+w.CIKey.ID+"\naws_secret_access_key = "+w.CIKey.Secret+"\n")
		if s := w.refresh("alice", core.RefreshOptions{}); s.WrittenAs == "" {
			t.Errorf("%+v", s)
		}
		if s := w.refresh("work", core.RefreshOptions{}); s.MFASerial != "" {
			t.Errorf("%+v", s)
		}
		// What the files say without a key goes with the folder's.
		w.write(w.files.Config, w.Config()+"\n[profile work]\nregion = eu-north-1\n")
		if s := w.refresh("work", core.RefreshOptions{Force: true}); s.Region != "eu-north-1" || s.MFASerial != w.Phone.Serial() {
			t.Errorf("%+v", s)
		}
	})
}

func TestAnOpenOrOddFolderOfKeysIsSaidOrIgnored(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		dir := w.keysIn()
		for name, text := range map[string]string{
			"half.access_key": "AKIAIOSFODNN7EXAMPLE", "big.access_key": strings.Repeat("A", 10_000), "big.secret_key": "x",
			"two.access_key": "a b", "two.secret_key": "x", "[odd].access_key": "AKIAIOSFODNN7EXAMPLE", "[odd].secret_key": "x",
			".access_key": "AKIAIOSFODNN7EXAMPLE", ".secret_key": "x",
		} {
			w.write(filepath.Join(dir, name), text)
		}
		if err := os.MkdirAll(filepath.Join(dir, "folder.access_key"), 0o700); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, s := range w.m.Snapshot(t.Context()).Profiles {
			if s.Name == "half" || s.Name == "big" || s.Name == "two" || s.Name == "[odd]" || s.Name == "" || s.Name == "folder" {
				names = append(names, s.Name)
			}
		}
		if names != nil {
			t.Errorf("%q are profiles", names)
		}
		if runtime.GOOS != "windows" {
			credstest.Chmod(t, filepath.Join(dir, "work.secret_key"), 0o644)
			found := false
			for _, p := range w.m.Snapshot(t.Context()).Problems {
				found = found || strings.Contains(p.Message, filepath.Join(dir, "work.secret_key")+" holds a long-term key and is open to other users (mode 0644)")
			}
			if !found {
				t.Errorf("%+v", w.m.Snapshot(t.Context()).Problems)
			}
		}
		w.settings.KeysFolder = creds.NoFolder
		w.m.SettingsChanged()
		_, err := w.m.Status(t.Context(), "work")
		credstest.WantCode(t, err, creds.CodeNoProfile, "")
	})
}

func TestAnAccountHasTheNameThatThePersonGivesIt(t *testing.T) {
	w := newWorld(t)
	w.settings.Accounts = map[string]string{"work": "111111111111", "staff": "111111111111", "other": "222222222222"}
	w.m.SettingsChanged()
	for profile, want := range map[string]string{"alice": "staff", "partner": "other", "chain-2": ""} {
		if s, _ := w.status(profile); s.AccountName != want {
			t.Errorf("%s: %q, want %q", profile, s.AccountName, want)
		}
	}
}
