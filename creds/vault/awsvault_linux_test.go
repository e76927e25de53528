package vault_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/99designs/keyring"
	"github.com/google/go-cmp/cmp"

	"daypass/creds/vault"
	"daypass/creds/vault/keyringtest"
)

func TestTheCollectionOfAWSVaultInGnomeKeyringIsReadUnlessItIsLocked(t *testing.T) {
	if !keyringtest.OnOwnBus(t) {
		return
	}
	k := keyringtest.Start(t, true)
	collection := k.MakeDefault("awsvault")
	fillAWSVault(t, keyring.Config{AllowedBackends: []keyring.BackendType{keyring.SecretServiceBackend}, LibSecretCollectionName: "awsvault"})
	v := vault.New(vault.Config{Backend: "file", Dir: t.TempDir(), Home: t.TempDir()})
	items, notes := v.AWSVault(t.Context(), false)
	if diff := cmp.Diff([]string{"a/b", "work"}, itemNames(items)); diff != "" || len(notes) > 0 {
		t.Errorf("%s\n%v", diff, notes)
	}
	k.Lock(collection)
	if items, notes := v.AWSVault(t.Context(), false); len(items) > 0 || !hasNote(notes, `the keyring "awsvault", which is locked`) {
		t.Errorf("%v %v", items, notes)
	}
	// Without a screen the keyring's own question ends at once.
	if items, notes := v.AWSVault(t.Context(), true); len(items) > 0 || !hasNote(notes, `the keyring "awsvault" cannot be read`) {
		t.Errorf("%v %v", items, notes)
	}
}

func TestTheFolderOfAWSVaultInPassIsRead(t *testing.T) {
	home := keyringtest.Pass(t, "")
	fillAWSVault(t, keyring.Config{AllowedBackends: []keyring.BackendType{keyring.PassBackend}, PassPrefix: "aws-vault"})
	v := vault.New(vault.Config{Backend: "file", Dir: t.TempDir(), Home: home})
	items, notes := v.AWSVault(t.Context(), true)
	if diff := cmp.Diff([]string{"a/b", "work"}, itemNames(items)); diff != "" || len(notes) > 0 {
		t.Errorf("%s\n%v", diff, notes)
	}
}

func hasNote(notes []string, words string) bool {
	return slices.ContainsFunc(notes, func(note string) bool { return strings.Contains(note, words) })
}
