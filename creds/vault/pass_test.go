//go:build !windows

package vault_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"daypass/creds"
	"daypass/creds/credstest"
	"daypass/creds/vault"
	"daypass/creds/vault/keyringtest"
)

func TestPassKeepsKeys(t *testing.T) {
	home := keyringtest.Pass(t, "")
	open := func() *vault.Vault { return vault.New(vault.Config{Backend: "pass", Dir: home}) }
	keeps(t, open)

	if err := open().SetKey(t.Context(), "alice", exampleKey); err != nil {
		t.Fatal(err)
	}
	// Decrypting may open gpg's window; listing does not.
	v := open()
	wantLocked(t, v, true)
	if _, err := v.KeyNames(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantLocked(t, v, true)
	if _, err := v.Key(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	wantLocked(t, v, false)
}

func TestWhatKeepsPassFromAKeyIsSaid(t *testing.T) {
	home := keyringtest.Pass(t, "correct horse")
	store := filepath.Join(home, "store")
	open := func() *vault.Vault { return vault.New(vault.Config{Backend: "pass", Dir: home}) }
	if err := open().SetKey(t.Context(), "alice", exampleKey); err != nil {
		t.Fatal(err)
	}
	wants := func(why string) {
		t.Helper()
		_, err := open().Key(t.Context(), "alice")
		credstest.WantCode(t, err, creds.CodeKeyringLocked, why)
		if names, err := open().KeyNames(t.Context()); err != nil || len(names.Profiles) != 1 {
			t.Errorf("the names are %v, %v", names, err)
		}
	}
	keyringtest.TypeToGPG(t, home, "wrong")
	wants("gpg did not decrypt what pass keeps, as its passphrase was wrong or was not given")
	keyringtest.TypeToGPG(t, home, "") // whoever is asked closes the window
	wants("gpg did not decrypt what pass keeps, as its passphrase was wrong or was not given")
	keyringtest.TypeToGPG(t, home, "correct horse")
	if key, err := open().Key(t.Context(), "alice"); err != nil || key != exampleKey {
		t.Errorf("the right passphrase: %v", err)
	}

	// Somebody has put another thing in its place, or has removed it.
	items, err := filepath.Glob(filepath.Join(store, "daypass", "*.gpg"))
	if err != nil || len(items) == 0 {
		t.Fatalf("the store has %v, %v", items, err)
	}
	alice := ""
	for _, item := range items {
		if strings.Contains(item, "alice") {
			alice = item
		}
	}
	name := "daypass/" + strings.TrimSuffix(filepath.Base(alice), ".gpg")
	insert := exec.Command("pass", "insert", "-m", "-f", name)
	insert.Stdin = strings.NewReader("just a password\n")
	if out, err := insert.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, err = open().Key(t.Context(), "alice")
	credstest.WantCode(t, err, creds.CodeKeyringUnavailable, "")
	if err != nil && strings.Contains(err.Error(), "just a password") {
		t.Errorf("what was stored is in the error: %v", err)
	}
	if out, err := exec.Command("pass", "rm", "-f", name).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	_, err = open().Key(t.Context(), "alice")
	credstest.WantCode(t, err, creds.CodeNoKey, `no long-term key for profile "alice"`)

	// gpg has lost its secret key.
	if err := open().SetKey(t.Context(), "alice", exampleKey); err != nil {
		t.Fatal(err)
	}
	keyringtest.LoseGPGKey(t)
	_, err = open().Key(t.Context(), "alice")
	credstest.WantCode(t, err, creds.CodeKeyringUnavailable, fmt.Sprintf("gpg has no secret key %q", keyringtest.PassID))
	if err := os.RemoveAll(store); err != nil {
		t.Fatal(err)
	}
	err = open().SetKey(t.Context(), "alice", exampleKey)
	credstest.WantCode(t, err, creds.CodeKeyringUnavailable, "there is no password store yet")
}
