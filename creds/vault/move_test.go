//go:build !windows

package vault_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/credstest"
	"daypass/creds/vault"
	"daypass/creds/vault/keyringtest"
)

func TestEverythingMovesToAnotherKeyringAndBack(t *testing.T) {
	home := keyringtest.Pass(t, "")
	passphrase := filepath.Join(home, "passphrase")
	credstest.Write(t, passphrase, "correct horse\n")
	open := func() *vault.Vault { return vault.New(vault.Config{Dir: home, PassphraseFile: passphrase}) }
	credstest.Write(t, filepath.Join(home, "keyring-backend"), "file\n")
	v := open()
	for _, name := range []string{"alice", "work"} {
		if err := v.SetKey(t.Context(), name, exampleKey); err != nil {
			t.Fatal(err)
		}
	}
	identity, err := v.DataKey(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	want, err := v.KeyNames(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, way := range [][2]string{{"file", "pass"}, {"pass", "file"}} {
		thaw, err := v.Freeze(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		m, err := v.NewMove(t.Context(), way[0], way[1])
		if err != nil {
			t.Fatal(err)
		}
		credstest.WantCode(t, v.SetKey(t.Context(), "bob", exampleKey), creds.CodeBusy, "being moved")
		// Undone, it is as before; done again, it is whole.
		for _, step := range []func() error{
			func() error { return m.Copy(t.Context()) }, func() error { return m.Undo(t.Context()) },
			func() error { return m.Copy(t.Context()) }, func() error { return v.Switch(t.Context(), m) },
			func() error { return m.Clear(t.Context()) },
		} {
			if err := step(); err != nil {
				t.Fatalf("%v: %v", way, err)
			}
		}
		thaw()
		for name, one := range map[string]*vault.Vault{"this vault": v, "the next one": open()} {
			if backend, err := one.Backend(t.Context()); err != nil || backend != way[1] {
				t.Errorf("%s is on %s, %v", name, backend, err)
			}
			got, err := one.KeyNames(t.Context())
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
			}
			if key, err := one.Key(t.Context(), "work"); err != nil || key != exampleKey {
				t.Errorf("%s: another key, %v", name, err)
			}
			if again, err := one.DataKey(t.Context(), false); err != nil || again.String() != identity.String() {
				t.Errorf("%s: another data key, %v", name, err)
			}
		}
		former := vault.New(vault.Config{Backend: way[0], Dir: home, PassphraseFile: passphrase})
		if left, err := former.KeyNames(t.Context()); err != nil || len(left.Keys)+len(left.Profiles) > 0 {
			t.Errorf("%s still has %v, %v", way[0], left, err)
		}
	}
}

func TestAMoveOverwritesNoOtherKey(t *testing.T) {
	home := keyringtest.Pass(t, "")
	passphrase := filepath.Join(home, "passphrase")
	credstest.Write(t, passphrase, "correct horse\n")
	on := func(backend string) *vault.Vault {
		return vault.New(vault.Config{Backend: backend, Dir: home, PassphraseFile: passphrase})
	}
	if err := on("file").SetKey(t.Context(), "alice", exampleKey); err != nil {
		t.Fatal(err)
	}
	if err := on("pass").SetKey(t.Context(), "alice", otherKey); err != nil {
		t.Fatal(err)
	}
	m, err := on("file").NewMove(t.Context(), "file", "pass")
	if err != nil {
		t.Fatal(err)
	}
	credstest.WantCode(t, m.Copy(t.Context()), creds.CodeKeyExists, "has another item daypass-key-alice")
	if err := m.Undo(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := on("pass").KeyNames(t.Context()); err != nil || len(got.Keys) != 1 || got.Keys[0] != otherKey.ID {
		t.Errorf("pass has %v, %v", got, err)
	}
	if key, err := on("file").Key(t.Context(), "alice"); err != nil || key != exampleKey {
		t.Errorf("the file's key: %v", err)
	}
}

func TestAnOldItemIsRenewedAndAnOddOneStays(t *testing.T) {
	v, ring, _ := fileVault(t)
	put(t, ring, "daypass-key-alice", oldItem(exampleKey))
	for range 2 {
		if use, err := v.Renew(t.Context(), "alice"); err != nil || use != (vault.Use{KeyID: exampleKey.ID}) {
			t.Errorf("renewed: %v, %v", use, err)
		}
	}
	if key, err := v.Key(t.Context(), "alice"); err != nil || key != exampleKey {
		t.Errorf("the key: %v", err)
	}
	wrong := exampleKey
	wrong.Secret = otherKey.Secret
	put(t, ring, "daypass-key-odd", oldItem(wrong))
	if use, err := v.Renew(t.Context(), "odd"); err != nil || use != (vault.Use{KeyID: exampleKey.ID, Old: true}) {
		t.Errorf("the same key with another secret: %v, %v", use, err)
	}
	if key, err := v.Key(t.Context(), "odd"); err != nil || key != wrong {
		t.Errorf("its secret is gone, %v", err)
	}
}
