package core_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"daypass/creds"
	"daypass/creds/core"
	"daypass/internal/secret"
)

var aPerson = creds.Requester{Surface: creds.SurfaceTerminal}

// copyKey copies alice's key to a file, with these answers.
func (w *world) copyKey(answers ...string) (path string, err error) {
	w.t.Helper()
	w.person.script = answers
	path = filepath.Join(w.t.TempDir(), "alice.age")
	_, err = w.m.Custody().Copy(w.t.Context(), creds.KeyCopyRequest{Profile: "alice", Path: path}, aPerson)
	return path, err
}

const sealing = "correct horse battery"

func TestAKeyIsCopiedToAnotherMachine(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		path, err := w.copyKey("short", sealing, "something else", sealing, sealing)
		if err != nil {
			t.Fatal(err)
		}
		var refusals []string
		for _, r := range w.person.refusals {
			refusals = append(refusals, r.Message)
		}
		want := []string{
			"The passphrase must have at least 8 characters.", "Type it once more, to be sure.", "These two differ. Choose a passphrase.", "Type it once more, to be sure.",
		}
		if strings.Join(refusals, "|") != strings.Join(want, "|") {
			t.Errorf("the person is refused with %q", refusals)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the file is %v, %v", info, err)
		}
		sealed, err := os.ReadFile(path)
		if err != nil || bytes.Contains(sealed, []byte(w.AliceKey.Secret)) || bytes.Contains(sealed, []byte(w.AliceKey.ID)) {
			t.Fatalf("the file has the key in the clear, or %v", err)
		}
		if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
			t.Errorf("beside the copy there are %v, %v", entries, err)
		}
		log := w.log.String()
		if !strings.Contains(log, path) || !strings.Contains(log, w.AliceKey.ID) || strings.Contains(log, w.AliceKey.Secret) || strings.Contains(log, sealing) {
			t.Errorf("the log says %s", log)
		}

		// The other machine has another home and no key.
		w.stop()
		w.moveTo(t.TempDir())
		w.write(filepath.Join(w.home, "passphrase"), "correct horse\n")
		w.write(w.files.Config, "")
		w.start()
		w.person.script = []string{"wrong one", sealing}
		w.person.refusals = nil
		reply, err := w.m.Custody().AddCopy(t.Context(), creds.AddCopyRequest{Path: path}, aPerson)
		if err != nil {
			t.Fatal(err)
		}
		if len(w.person.refusals) != 1 || w.person.refusals[0].Message != "This passphrase does not open the file." {
			t.Errorf("the person is refused with %v", w.person.refusals)
		}
		if reply.Status.Name != "alice" || reply.UserARN != w.Alice.ARN() {
			t.Errorf("it is added as %+v", reply)
		}
		if key, err := w.vault().Key(t.Context(), "alice"); err != nil || key.Secret.Reveal() != w.AliceKey.Secret {
			t.Errorf("the keyring has another key, %v", err)
		}
		w.person.script = nil
		w.refresh("alice", core.RefreshOptions{Requester: aPerson})
		if !strings.Contains(w.log.String(), "added from a copy") || strings.Contains(w.log.String(), sealing) {
			t.Error("the log does not say so, or too much")
		}
	})
}

func TestACopyOfAKeyIsForPeopleAlone(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.person.stops = true
		path := filepath.Join(t.TempDir(), "alice.age")
		for _, surface := range []creds.Surface{creds.SurfaceProgram, creds.SurfaceUnattended} {
			by := creds.Requester{Surface: surface, Program: "terraform", PID: 1}
			_, err := w.m.Custody().Copy(t.Context(), creds.KeyCopyRequest{Profile: "alice", Path: path}, by)
			if creds.CodeOf(err) != creds.CodeNobodyToAsk {
				t.Errorf("for %s: %v", surface, err)
			}
			_, err = w.m.Custody().AddCopy(t.Context(), creds.AddCopyRequest{Path: path}, by)
			if creds.CodeOf(err) != creds.CodeNobodyToAsk {
				t.Errorf("for %s: %v", surface, err)
			}
		}
		w.person.declines = true
		if _, err := w.m.Custody().Copy(t.Context(), creds.KeyCopyRequest{Profile: "alice", Path: path}, aPerson); creds.CodeOf(err) != creds.CodeDeclined {
			t.Errorf("declined: %v", err)
		}
		if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a file was left: %v", err)
		}
	})
}

func TestWhatCannotBeCopied(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		dir := t.TempDir()
		there := filepath.Join(dir, "there")
		w.write(there, "precious")
		link := filepath.Join(dir, "link")
		if err := os.Symlink(filepath.Join(dir, "nowhere"), link); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct{ name, profile, path, says string }{
			{"a file that is there", "alice", there, "is there already, and no copy of a key replaces a file"},
			{"a link that leads nowhere", "alice", link, "is there already"},
			{"no folder", "alice", filepath.Join(dir, "no", "x"), "there is no folder " + filepath.Join(dir, "no")},
			{"a relative path", "alice", "x.age", `"x.age" does not say in which folder the copy is to be`},
			{"a role", "dev-admin", filepath.Join(dir, "x"), `profile "dev-admin" has no long-term key of its own`},
			{"no profile", "nosuch", filepath.Join(dir, "x"), `there is no profile "nosuch"`},
		} {
			_, err := w.m.Custody().Copy(t.Context(), creds.KeyCopyRequest{Profile: tt.profile, Path: tt.path}, aPerson)
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		if got := w.read(there); got != "precious" {
			t.Errorf("the file has %q", got)
		}
		if len(w.person.asked) > 0 {
			t.Errorf("the person is asked: %v", w.person.asked)
		}
	})
}

func TestWhatIsNoCopyIsOneSentence(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		path, err := w.copyKey(sealing, sealing)
		if err != nil {
			t.Fatal(err)
		}
		sealed := w.read(path)
		encrypt := func(to age.Recipient, text string) string {
			t.Helper()
			var b bytes.Buffer
			out, err := age.Encrypt(&b, to)
			if err == nil {
				_, err = out.Write([]byte(text))
			}
			if err == nil {
				err = out.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
			return b.String()
		}
		identity, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		phrase, err := age.NewScryptRecipient(sealing)
		if err != nil {
			t.Fatal(err)
		}
		phrase.SetWorkFactor(10)
		heavy := strings.Replace(sealed, " 10\n", " 30\n", 1)
		for _, tt := range []struct{ name, text, says string }{
			{"a damaged one", sealed[:len(sealed)-3] + "???", "is damaged, so that the key in it cannot be read"},
			{"one that was cut off", sealed[:len(sealed)-20], "is damaged"},
			{"one that would take hours", heavy, "is damaged"},
			{"no age file", "[default]\n", "is no copy of a key: it is not encrypted with age"},
			{"an empty file", "", "is no copy of a key"},
			{"one for a recipient", encrypt(identity.Recipient(), "{}"), "is encrypted with age, but not with a passphrase"},
			{"another text", encrypt(phrase, "my diary"), "what is in it is no copy of a key"},
			{"a newer one", encrypt(phrase, `{"daypass_key_copy":2,"profile":"a","access_key_id":"b","secret_access_key":"c"}`), "was made by a newer version of daypass"},
			{"one that is too large", strings.Repeat("x", 65<<10), "the copy of a key cannot be read: "},
		} {
			w.person.script = []string{sealing}
			w.write(path, tt.text)
			_, err := w.m.Custody().AddCopy(t.Context(), creds.AddCopyRequest{Path: path, Profile: "other"}, aPerson)
			if err == nil || !strings.Contains(err.Error(), tt.says) || strings.Contains(err.Error(), "diary") {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
		// Another key is replaced only if the person says so.
		w.write(path, sealed)
		if err := w.vault().SetKey(t.Context(), "other", creds.LongTermKey{ID: w.CIKey.ID, Secret: secret.New(w.CIKey.Secret)}); err != nil {
			t.Fatal(err)
		}
		w.person.script = []string{sealing}
		_, err = w.m.Custody().AddCopy(t.Context(), creds.AddCopyRequest{Path: path, Profile: "other"}, aPerson)
		if creds.CodeOf(err) != creds.CodeKeyExists {
			t.Errorf("with another key: %v", err)
		}
		w.person.script = []string{sealing}
		if _, err = w.m.Custody().AddCopy(t.Context(), creds.AddCopyRequest{Path: path, Profile: "other", Replace: true}, aPerson); err != nil {
			t.Errorf("replacing it: %v", err)
		}
	})
}
