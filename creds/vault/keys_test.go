package vault_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/99designs/keyring"
	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/credstest"
	"daypass/creds/vault"
	"daypass/internal/secret"
)

// fileVault is a vault on an encrypted file, and the keyring below it.
func fileVault(t *testing.T) (v *vault.Vault, ring keyring.Keyring, dir string) {
	t.Helper()
	dir = t.TempDir()
	passphrase := filepath.Join(dir, "passphrase")
	credstest.Write(t, passphrase, "correct horse\n")
	ring, err := keyring.Open(keyring.Config{
		AllowedBackends: []keyring.BackendType{keyring.FileBackend}, FileDir: filepath.Join(dir, "keyring"),
		FilePasswordFunc: keyring.FixedStringPrompt("correct horse"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return vault.New(vault.Config{Backend: "file", Dir: dir, PassphraseFile: passphrase}), ring, dir
}

func put(t *testing.T, ring keyring.Keyring, item, data string) {
	t.Helper()
	if err := ring.Set(keyring.Item{Key: item, Data: []byte(data)}); err != nil {
		t.Fatal(err)
	}
}

// oldItem is the form of an item before version 2.
func oldItem(key creds.LongTermKey) string {
	return fmt.Sprintf(`{"access_key_id":%q,"secret_access_key":%q}`, key.ID, key.Secret.Reveal())
}

var otherKey = creds.LongTermKey{ID: "AKIAI44QH8DHBEXAMPLE", Secret: secret.New("je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY")}

func TestTwoProfilesWithOneKeyHaveOneItemOfIt(t *testing.T) {
	v, _, _ := fileVault(t)
	for _, name := range []string{"alice", "work"} {
		if err := v.SetKey(t.Context(), name, exampleKey); err != nil {
			t.Fatal(err)
		}
	}
	got, err := v.KeyNames(t.Context())
	if diff := cmp.Diff(vault.Names{Profiles: []string{"alice", "work"}, Keys: []string{exampleKey.ID}}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if err := v.RemoveName(t.Context(), "alice"); err != nil {
		t.Fatal(err)
	}
	if key, err := v.Key(t.Context(), "work"); err != nil || key != exampleKey {
		t.Errorf("the key that alice had too: %v", err)
	}
	if key, err := v.KeyByID(t.Context(), exampleKey.ID); err != nil || key != exampleKey {
		t.Errorf("the key by its ID: %v", err)
	}
	if _, err := v.KeyByID(t.Context(), otherKey.ID); !errors.Is(err, vault.ErrNoItem) {
		t.Errorf("a key that is not there: %v", err)
	}
}

func TestAnItemOfBeforeIsReadAndItsKeyIsKept(t *testing.T) {
	for name, c := range map[string]struct {
		to   creds.LongTermKey
		keys []string
	}{
		"by an item of its own":           {exampleKey, []string{exampleKey.ID}},
		"beside the key that replaces it": {otherKey, []string{otherKey.ID, exampleKey.ID}},
	} {
		t.Run(name, func(t *testing.T) {
			v, ring, _ := fileVault(t)
			put(t, ring, "daypass-key-alice", oldItem(exampleKey))
			if use, err := v.Use(t.Context(), "alice"); err != nil || use != (vault.Use{KeyID: exampleKey.ID, Old: true}) {
				t.Errorf("alice uses %v, %v", use, err)
			}
			if key, err := v.Key(t.Context(), "alice"); err != nil || key != exampleKey {
				t.Errorf("another key came back, %v", err)
			}
			if err := v.SetKey(t.Context(), "alice", c.to); err != nil {
				t.Fatal(err)
			}
			got, err := v.KeyNames(t.Context())
			if diff := cmp.Diff(vault.Names{Profiles: []string{"alice"}, Keys: c.keys}, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if key, err := v.KeyByID(t.Context(), exampleKey.ID); err != nil || key != exampleKey {
				t.Errorf("the key of before: %v", err)
			}
			if use, err := v.Use(t.Context(), "alice"); err != nil || use != (vault.Use{KeyID: c.to.ID}) {
				t.Errorf("alice uses %v, %v", use, err)
			}
		})
	}
}

func TestItemsThatCannotBeUsedSaySo(t *testing.T) {
	const pointer = `{"version":2,"key":"AKIAIOSFODNN7EXAMPLE"}`
	whole := `{"version":2,` + oldItem(exampleKey)[1:]
	for name, c := range map[string]struct {
		profile, key string
		want         string
	}{
		"both are whole":                    {pointer, whole, ""},
		"the key's item is missing":         {pointer, "", "as it is damaged"},
		"the key's item is half":            {pointer, `{"version":2,"access_key_id":"AKIAIOSFODNN7EXAMPLE"}`, "as it is damaged"},
		"the key's item is no JSON":         {pointer, `{"version":2,"access`, "as it is damaged"},
		"the key's item is another's":       {pointer, `{"version":2,` + oldItem(otherKey)[1:], "as it is damaged"},
		"the key's item has no version":     {pointer, oldItem(exampleKey), "as it is damaged"},
		"the key's item is a pointer":       {pointer, pointer, "as it is damaged"},
		"the key's item is newer":           {pointer, `{"version":3}`, "newer version"},
		"the profile's item is newer":       {`{"version":3,"key":"AKIAIOSFODNN7EXAMPLE"}`, whole, "newer version"},
		"the profile's item is empty":       {``, whole, "as it is damaged"},
		"the profile's item names nothing":  {`{"version":2}`, whole, "as it is damaged"},
		"the profile's item has a version":  {whole, whole, "as it is damaged"},
		"an item of before without secret":  {`{"access_key_id":"AKIAIOSFODNN7EXAMPLE"}`, whole, "as it is damaged"},
		"an item of before without ID":      {`{"secret_access_key":"wJalrXUtnFEMI"}`, whole, "as it is damaged"},
		"an item of version 1":              {`{"version":1,"key":"AKIAIOSFODNN7EXAMPLE"}`, whole, "as it is damaged"},
		"an item of before, which is whole": {oldItem(exampleKey), "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			v, ring, _ := fileVault(t)
			put(t, ring, "daypass-key-alice", c.profile)
			if c.key != "" {
				put(t, ring, "daypass-access-key-"+exampleKey.ID, c.key)
			}
			key, err := v.Key(t.Context(), "alice")
			if c.want == "" {
				if err != nil || key != exampleKey {
					t.Errorf("got another key, %v", err)
				}
				return
			}
			credstest.WantCode(t, err, creds.CodeKeyringUnavailable, c.want)
			if damaged := errors.Is(err, vault.ErrDamagedItem); damaged != (c.want != "newer version") {
				t.Errorf("damaged: %v", damaged)
			}
			if strings.Contains(fmt.Sprintf("%+v", err), "wJalr") {
				t.Error("the error has the secret")
			}
			// A key that is stored anew mends all but what a newer version has stored.
			err = v.SetKey(t.Context(), "alice", exampleKey)
			if c.want == "newer version" && strings.HasPrefix(c.profile, `{"version":3`) {
				credstest.WantCode(t, err, creds.CodeKeyringUnavailable, c.want)
			} else if again, errRead := v.Key(t.Context(), "alice"); err != nil || errRead != nil || again != exampleKey {
				t.Errorf("stored anew: %v, %v", err, errRead)
			}
		})
	}
}

func TestAProfileCannotUseAKeyThatIsNotThere(t *testing.T) {
	v, ring, _ := fileVault(t)
	put(t, ring, "daypass-key-alice", oldItem(exampleKey))
	err := v.Point(t.Context(), "alice", otherKey.ID)
	credstest.WantCode(t, err, creds.CodeKeyringUnavailable, otherKey.ID)
	if key, err := v.Key(t.Context(), "alice"); err != nil || key != exampleKey {
		t.Errorf("its own key: %v", err)
	}
}

// TestAnOlderVersionCallsTheNewItemDamaged has the reading of version 1.
func TestAnOlderVersionCallsTheNewItemDamaged(t *testing.T) {
	v, ring, _ := fileVault(t)
	if err := v.SetKey(t.Context(), "alice", exampleKey); err != nil {
		t.Fatal(err)
	}
	item, err := ring.Get("daypass-key-alice")
	if err != nil {
		t.Fatal(err)
	}
	var stored struct {
		ID     string `json:"access_key_id"`
		Secret string `json:"secret_access_key"`
	}
	if err := json.Unmarshal(item.Data, &stored); err != nil || stored.ID != "" || stored.Secret != "" {
		t.Errorf("it reads %q, %v: a missing part is what it calls damaged", stored.ID, err)
	}
}

// TestAFullKeyringLosesNothing has each write of a replaced key fail in turn, as on a full
// disk: a folder is where the item is to be written.
func TestAFullKeyringLosesNothing(t *testing.T) {
	for name, blocked := range map[string]string{
		"the new key's item": "daypass-access-key-" + otherKey.ID,
		"the old key's item": "daypass-access-key-" + exampleKey.ID,
	} {
		t.Run(name, func(t *testing.T) {
			v, ring, dir := fileVault(t)
			put(t, ring, "daypass-key-alice", oldItem(exampleKey))
			wall := filepath.Join(dir, "keyring", blocked)
			credstest.Write(t, filepath.Join(wall, "there"), "")
			if err := v.SetKey(t.Context(), "alice", otherKey); err == nil {
				t.Error("nothing failed")
			}
			if key, err := v.Key(t.Context(), "alice"); err != nil || key != exampleKey {
				t.Errorf("the key of before: %v", err)
			}
			if err := os.RemoveAll(wall); err != nil {
				t.Fatal(err)
			}
			if err := v.SetKey(t.Context(), "alice", otherKey); err != nil {
				t.Error(err)
			}
			for _, want := range []creds.LongTermKey{exampleKey, otherKey} {
				if key, err := v.KeyByID(t.Context(), want.ID); err != nil || key != want {
					t.Errorf("%s: %v", want.ID, err)
				}
			}
		})
	}
}

func TestAPassphraseIsProvedByItemsOfBothSorts(t *testing.T) {
	for name, keep := range map[string]string{
		"by which key a profile uses": "daypass-key-alice", "by a key": "daypass-access-key-" + exampleKey.ID,
	} {
		t.Run(name, func(t *testing.T) {
			v, _, dir := fileVault(t)
			if err := v.SetKey(t.Context(), "alice", exampleKey); err != nil {
				t.Fatal(err)
			}
			for _, item := range []string{"daypass-key-alice", "daypass-access-key-" + exampleKey.ID} {
				if item != keep {
					if err := os.Remove(filepath.Join(dir, "keyring", item)); err != nil {
						t.Fatal(err)
					}
				}
			}
			credstest.Write(t, filepath.Join(dir, "passphrase"), "wrong")
			wrong := vault.New(vault.Config{Backend: "file", Dir: dir, PassphraseFile: filepath.Join(dir, "passphrase")})
			for what, do := range map[string]error{
				"storing":  wrong.StoreKey(t.Context(), otherKey),
				"pointing": wrong.Point(t.Context(), "bob", exampleKey.ID),
				"removing": wrong.RemoveKey(t.Context(), exampleKey.ID),
			} {
				credstest.WantCode(t, do, creds.CodeKeyringLocked, "does not open")
				if t.Failed() {
					t.Fatal(what)
				}
			}
		})
	}
}
