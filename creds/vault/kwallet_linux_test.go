package vault_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/credstest"
	"daypass/creds/vault"
	"daypass/creds/vault/keyringtest"
)

// kwallet imitates KWallet's daemon, of which Debian has no version without a desktop. It
// answers like kwalletd.cpp of KDE Frameworks.
type kwallet struct {
	mu      sync.Mutex
	entries map[string][]byte
	users   []string
	asked   int
	// dialog returns whether the person admits the application.
	dialog func() bool
}

func startWallet(t *testing.T) *kwallet {
	t.Helper()
	w := &kwallet{entries: map[string][]byte{}, dialog: func() bool { return true }}
	const handle = int32(7)
	held := func(given int32) bool { return given == handle && len(w.users) > 0 }
	bus := keyringtest.Bus(t)
	err := bus.ExportMethodTable(map[string]any{
		"isOpen": func(given int32) (bool, *dbus.Error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			return held(given), nil
		},
		"users": func(wallet string) ([]string, *dbus.Error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			if wallet != "daypass" {
				return []string{}, nil
			}
			return w.users, nil
		},
		"open": func(_ string, _ int64, application string) (int32, *dbus.Error) {
			w.mu.Lock()
			w.asked++
			dialog := w.dialog
			w.mu.Unlock()
			if !dialog() {
				return -1, nil
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			w.users = []string{application}
			return handle, nil
		},
		"entryList": func(given int32, _, _ string) ([]string, *dbus.Error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			names := []string{}
			for name := range w.entries {
				if held(given) {
					names = append(names, name)
				}
			}
			return names, nil
		},
		"readEntry": func(given int32, _, name, _ string) ([]byte, *dbus.Error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			if !held(given) {
				return []byte{}, nil
			}
			return w.entries[name], nil
		},
		"writeEntry": func(given int32, _, name string, data []byte, _ string) (int32, *dbus.Error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			if !held(given) {
				return -1, nil
			}
			w.entries[name] = data
			return 0, nil
		},
		"removeEntry": func(given int32, _, name, _ string) (int32, *dbus.Error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			if held(given) {
				delete(w.entries, name)
			}
			return 0, nil
		},
	}, "/modules/kwalletd5", "org.kde.KWallet")
	if err != nil {
		t.Fatal(err)
	}
	if reply, err := bus.RequestName("org.kde.kwalletd5", dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("the name on the bus: %v, %v", reply, err)
	}
	return w
}

// set changes what the wallet does and closes it.
func (w *kwallet) set(dialog func() bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.users, w.asked, w.dialog = nil, 0, dialog
}

func (w *kwallet) wantAsked(t *testing.T, times int) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.asked != times {
		t.Errorf("the person was asked %d times, want %d", w.asked, times)
	}
}

func TestVaultOnKWallet(t *testing.T) {
	if !keyringtest.OnOwnBus(t) {
		return
	}
	w := startWallet(t)
	dir := t.TempDir()
	open := func() *vault.Vault { return vault.New(vault.Config{Backend: "kwallet", Dir: dir}) }
	keeps(t, open)
	if err := open().SetKey(t.Context(), "alice", exampleKey); err != nil {
		t.Fatal(err)
	}
	yes, no := func() bool { return true }, func() bool { return false }

	t.Run("counts as locked until it has let us in", func(t *testing.T) {
		w.set(yes)
		v := open()
		wantLocked(t, v, true)
		w.wantAsked(t, 0)
		if key, err := v.Key(t.Context(), "alice"); err != nil || key != exampleKey {
			t.Errorf("another key came back, %v", err)
		}
		wantLocked(t, v, false)
		w.set(yes)
		wantLocked(t, v, true)
		w.wantAsked(t, 0)
		// Another process may have been admitted under our name.
		w.mu.Lock()
		w.users = []string{"daypass"}
		w.mu.Unlock()
		wantLocked(t, open(), true)
		wantLocked(t, v, false)
	})
	t.Run("is not empty when the person says no", func(t *testing.T) {
		for name, use := range map[string]func(*vault.Vault) error{
			"names":    func(v *vault.Vault) error { _, err := v.KeyNames(t.Context()); return err },
			"key":      func(v *vault.Vault) error { _, err := v.Key(t.Context(), "alice"); return err },
			"data key": func(v *vault.Vault) error { _, err := v.DataKey(t.Context(), true); return err },
			"set":      func(v *vault.Vault) error { return v.SetKey(t.Context(), "bob", exampleKey) },
			"remove":   func(v *vault.Vault) error { return v.RemoveName(t.Context(), "alice") },
			"key item": func(v *vault.Vault) error { return v.RemoveKey(t.Context(), exampleKey.ID) },
			"use":      func(v *vault.Vault) error { _, err := v.Use(t.Context(), "alice"); return err },
		} {
			w.set(no)
			credstest.WantCode(t, use(open()), creds.CodeKeyringLocked, "locked")
			w.wantAsked(t, 1)

			w.set(yes)
			v := open()
			if _, err := v.KeyNames(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.set(no)
			credstest.WantCode(t, use(v), creds.CodeKeyringLocked, "locked")
			w.wantAsked(t, 1)
			if t.Failed() {
				t.Fatalf("in %q", name)
			}
		}
	})
	t.Run("is left behind when its dialog hangs", func(t *testing.T) {
		answer := make(chan struct{})
		w.set(func() bool { <-answer; return true })
		v := vault.New(vault.Config{Backend: "kwallet", Dir: dir, Patience: time.Second})
		begin := time.Now()
		_, err := v.Key(t.Context(), "alice")
		credstest.WantCode(t, err, creds.CodeKeyringLocked, "did not answer within 1s")
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("it took %s", took)
		}
		credstest.WantCode(t, v.SetKey(t.Context(), "late", exampleKey), creds.CodeKeyringLocked, "did not answer within 1s")

		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		if _, err := v.KeyNames(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want that the caller left", err)
		}

		// A cancelled request must not be carried out later.
		close(answer)
		names, err := v.KeyNames(t.Context())
		if diff := cmp.Diff(aliceAlone, names); diff != "" || err != nil {
			t.Errorf("names (%v, -want +got):\n%s", err, diff)
		}
	})
}
