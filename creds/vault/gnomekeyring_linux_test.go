package vault_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/credstest"
	"daypass/creds/vault"
	"daypass/creds/vault/keyringtest"
)

func secretService(t *testing.T) func() *vault.Vault {
	dir := t.TempDir()
	return func() *vault.Vault { return vault.New(vault.Config{Backend: "secret-service", Dir: dir}) }
}

func TestVaultOnGnomeKeyringKeepsKeys(t *testing.T) {
	if !keyringtest.OnOwnBus(t) {
		return
	}
	keyringtest.Start(t, true)
	keeps(t, secretService(t))
}

func TestVaultOnGnomeKeyringFindsTheDefaultCollectionWhateverItIsCalled(t *testing.T) {
	if !keyringtest.OnOwnBus(t) {
		return
	}
	k := keyringtest.Start(t, true)
	for label, path := range map[string]dbus.ObjectPath{
		"Default keyring": "Default_5fkeyring",
		"Schlüssel":       "Schl_c3_bcssel",
		"a_b":             "a_5fb",
	} {
		t.Run(label, func(t *testing.T) {
			collection := k.MakeDefault(label)
			if want := keyringtest.ServicePath + "/collection/" + path; collection != want {
				t.Errorf("gnome-keyring calls it %s, not %s", collection, want)
			}
			open := secretService(t)
			keeps(t, open)
			if err := open().SetKey(t.Context(), "alice", exampleKey); err != nil {
				t.Fatal(err)
			}
			var items []dbus.ObjectPath
			err := k.Conn.Object(keyringtest.ServiceName, collection).
				Call("org.freedesktop.DBus.Properties.Get", 0, "org.freedesktop.Secret.Collection", "Items").Store(&items)
			if err != nil || len(items) != 2 {
				t.Errorf("the collection holds %d items (%v), want the key and which profile uses it", len(items), err)
			}
			wantLocked(t, open(), false)
			k.Lock(collection)
			wantLocked(t, open(), true)
			_, err = open().KeyNames(t.Context())
			credstest.WantCode(t, err, creds.CodeKeyringLocked, "locked")
		})
	}
}

func TestVaultOnALockedGnomeKeyringReportsTheLock(t *testing.T) {
	if !keyringtest.OnOwnBus(t) {
		return
	}
	open := secretService(t)
	k := keyringtest.Start(t, true)
	if err := open().SetKey(t.Context(), "alice", exampleKey); err != nil {
		t.Fatal(err)
	}
	identity, err := open().DataKey(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	refuses := func(t *testing.T, v *vault.Vault) {
		t.Helper()
		wantLocked(t, v, true)
		_, err := v.KeyNames(t.Context())
		credstest.WantCode(t, err, creds.CodeKeyringLocked, "locked")
		_, err = v.Key(t.Context(), "alice")
		credstest.WantCode(t, err, creds.CodeKeyringLocked, "locked")
		_, err = v.Key(t.Context(), "nobody")
		credstest.WantCode(t, err, creds.CodeKeyringLocked, "locked")
		_, err = v.DataKey(t.Context(), true)
		credstest.WantCode(t, err, creds.CodeKeyringLocked, "locked")
		credstest.WantCode(t, v.SetKey(t.Context(), "alice", exampleKey), creds.CodeKeyringLocked, "locked")
		credstest.WantCode(t, v.Point(t.Context(), "bob", exampleKey.ID), creds.CodeKeyringLocked, "locked")
		credstest.WantCode(t, v.RemoveName(t.Context(), "alice"), creds.CodeKeyringLocked, "locked")
		credstest.WantCode(t, v.RemoveKey(t.Context(), exampleKey.ID), creds.CodeKeyringLocked, "locked")
		_, err = v.Use(t.Context(), "alice")
		credstest.WantCode(t, err, creds.CodeKeyringLocked, "locked")
	}
	holds := func(t *testing.T, v *vault.Vault) {
		t.Helper()
		wantLocked(t, v, false)
		names, err := v.KeyNames(t.Context())
		if diff := cmp.Diff(aliceAlone, names); diff != "" || err != nil {
			t.Errorf("names (%v, -want +got):\n%s", err, diff)
		}
		if key, err := v.Key(t.Context(), "alice"); err != nil || key != exampleKey {
			t.Errorf("another key came back, %v", err)
		}
		if use, err := v.Use(t.Context(), "alice"); err != nil || use != (vault.Use{KeyID: exampleKey.ID}) {
			t.Errorf("alice uses %v, %v", use, err)
		}
		if again, err := v.DataKey(t.Context(), true); err != nil || again.String() != identity.String() {
			t.Errorf("another data key came back, %v", err)
		}
	}
	v := open()
	holds(t, v)
	k.Lock(keyringtest.LoginCollection)
	refuses(t, v)
	k.Unlock(keyringtest.LoginCollection)
	holds(t, v)

	// Before the first unlock it does not list its items.
	k.Stop()
	k = keyringtest.Start(t, false)
	refuses(t, open())
	refuses(t, v)
	k.Unlock(keyringtest.LoginCollection)
	holds(t, open())
	holds(t, v)
}

func TestVaultOnAKeyringThatCannotMakeItsFirstCollectionSaysSo(t *testing.T) {
	if !keyringtest.OnOwnBus(t) {
		return
	}
	keyringtest.Start(t, false)
	v := secretService(t)()
	wantLocked(t, v, false)
	if names, err := v.KeyNames(t.Context()); err != nil || len(names.Profiles) != 0 {
		t.Errorf("%q, %v; want nothing", names, err)
	}
	credstest.WantCode(t, v.SetKey(t.Context(), "alice", exampleKey), creds.CodeKeyringUnavailable, "cannot be used")
	_, err := v.Key(t.Context(), "alice")
	credstest.WantCode(t, err, creds.CodeNoKey, "alice")
}

// TestVaultSurvivesAPromptThatEndsWithoutAPath has an imitation of the Secret
// Service, as gnome-keyring ends every prompt with a path.
func TestVaultSurvivesAPromptThatEndsWithoutAPath(t *testing.T) {
	if !keyringtest.OnOwnBus(t) {
		return
	}
	bus := keyringtest.Bus(t)
	const prompt = keyringtest.ServicePath + "/prompt/p1"
	service := map[string]any{
		"OpenSession": func(string, dbus.Variant) (dbus.Variant, dbus.ObjectPath, *dbus.Error) {
			return dbus.MakeVariant(""), keyringtest.ServicePath + "/session/s1", nil
		},
		"ReadAlias": func(string) (dbus.ObjectPath, *dbus.Error) { return "/", nil },
		"CreateCollection": func(map[string]dbus.Variant, string) (collection, asks dbus.ObjectPath, _ *dbus.Error) {
			return "/", prompt, nil
		},
	}
	dismissed := map[string]any{"Prompt": func(sender dbus.Sender, _ string) *dbus.Error {
		body := []any{true, dbus.MakeVariant("")}
		bus.Send(&dbus.Message{Type: dbus.TypeSignal, Body: body, Headers: map[dbus.HeaderField]dbus.Variant{
			dbus.FieldDestination: dbus.MakeVariant(string(sender)),
			dbus.FieldPath:        dbus.MakeVariant(prompt),
			dbus.FieldInterface:   dbus.MakeVariant("org.freedesktop.Secret.Prompt"),
			dbus.FieldMember:      dbus.MakeVariant("Completed"),
			dbus.FieldSignature:   dbus.MakeVariant(dbus.SignatureOf(body...)),
		}}, nil)
		return nil
	}}
	properties := map[string]any{"Get": func(string, string) (dbus.Variant, *dbus.Error) {
		return dbus.MakeVariant([]dbus.ObjectPath{}), nil
	}}
	err := errors.Join(
		bus.ExportMethodTable(service, keyringtest.ServicePath, "org.freedesktop.Secret.Service"),
		bus.ExportMethodTable(properties, keyringtest.ServicePath, "org.freedesktop.DBus.Properties"),
		bus.ExportMethodTable(dismissed, prompt, "org.freedesktop.Secret.Prompt"),
	)
	if err != nil {
		t.Fatal(err)
	}
	if reply, err := bus.RequestName(keyringtest.ServiceName, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("the name on the bus: %v, %v", reply, err)
	}
	v := secretService(t)()
	for range 2 {
		credstest.WantCode(t, v.SetKey(t.Context(), "alice", exampleKey), creds.CodeKeyringUnavailable, "not answered")
	}
}

func TestVaultTakesTheBestKeyringAndStaysWithIt(t *testing.T) {
	if !keyringtest.OnOwnBus(t) {
		return
	}
	keyringtest.Start(t, true)
	dir := t.TempDir()
	open := func() *vault.Vault { return vault.New(vault.Config{Dir: dir}) }
	if err := open().SetKey(t.Context(), "alice", exampleKey); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "keyring-backend"))
	if err != nil || string(data) != "secret-service\n" {
		t.Errorf("remembered is %q (%v)", data, err)
	}
}

func TestAKeyringThatRefusesAtFirstIsOpenedLater(t *testing.T) {
	if !keyringtest.OnOwnBus(t) {
		return
	}
	for name, tc := range map[string]struct {
		refusals int32
		words    string
	}{
		"it was just starting":  {1, ""},
		"it goes on with it":    {1000, "it refuses to be used"},
		"it is as it should be": {0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bus := keyringtest.Bus(t)
			var left atomic.Int32
			left.Store(tc.refusals)
			err := errors.Join(
				bus.ExportMethodTable(map[string]any{
					"ReadAlias": func(string) (dbus.ObjectPath, *dbus.Error) { return "/", nil },
					"OpenSession": func(string, dbus.Variant) (dbus.Variant, dbus.ObjectPath, *dbus.Error) {
						if left.Add(-1) >= 0 {
							return dbus.MakeVariant(""), "/", dbus.MakeFailedError(errors.New("not yet"))
						}
						return dbus.MakeVariant(""), "/session", nil
					},
				}, keyringtest.ServicePath, "org.freedesktop.Secret.Service"),
				bus.ExportMethodTable(map[string]any{
					"Get": func(string, string) (dbus.Variant, *dbus.Error) { return dbus.MakeVariant([]dbus.ObjectPath{}), nil },
				}, keyringtest.ServicePath, "org.freedesktop.DBus.Properties"),
			)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := bus.RequestName(keyringtest.ServiceName, dbus.NameFlagDoNotQueue); err != nil {
				t.Fatal(err)
			}
			defer func() { _, _ = bus.ReleaseName(keyringtest.ServiceName) }()
			names, err := secretService(t)().KeyNames(t.Context())
			switch {
			case tc.words == "" && (err != nil || len(names.Profiles) != 0):
				t.Errorf("got %v, %v", names, err)
			case tc.words != "":
				credstest.WantCode(t, err, creds.CodeKeyringUnavailable, tc.words)
			}
		})
	}
}
