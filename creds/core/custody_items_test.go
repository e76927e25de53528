package core_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/keyring"
	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/vault"
	"daypass/internal/secret"
)

// ring is the keyring below the world's vault.
func (w *world) ring() keyring.Keyring {
	w.t.Helper()
	ring, err := keyring.Open(keyring.Config{
		AllowedBackends: []keyring.BackendType{keyring.FileBackend}, FileDir: filepath.Join(w.home, "state", "keyring"),
		FilePasswordFunc: keyring.FixedStringPrompt("correct horse"),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return ring
}

// storeAsBefore stores a key as versions before 2 did.
func (w *world) storeAsBefore(name, id, plain string) {
	w.t.Helper()
	data, err := json.Marshal(map[string]string{"access_key_id": id, "secret_access_key": plain})
	if err == nil {
		err = w.ring().Set(keyring.Item{Key: "daypass-key-" + name, Data: data})
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// withSecondProfile adds a profile with alice's key and device.
func (w *world) withSecondProfile(more string) {
	w.t.Helper()
	w.write(w.files.Config, w.Config()+fmt.Sprintf("\n[profile second]\nmfa_serial = %s\nregion = eu-central-1\n%s", w.Phone.Serial(), more))
	if err := w.vault().SetKey(w.t.Context(), "second", creds.LongTermKey{ID: w.AliceKey.ID, Secret: secret.New(w.AliceKey.Secret)}); err != nil {
		w.t.Fatal(err)
	}
}

func TestTwoProfilesWithOneKeyShareOneSessionAndOneCode(t *testing.T) {
	for name, c := range map[string]struct {
		more  string
		codes int
	}{
		"the same device":  {"", 1},
		"another endpoint": {"endpoint_url = http://127.0.0.1:1\n", 1}, // the second gets none there
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.stop()
				w.withSecondProfile(c.more)
				w.start()
				w.m.Snapshot(t.Context())
				synctest.Wait()
				first, err := w.m.Credentials(t.Context(), "alice", atTerminal)
				if err != nil {
					t.Fatal(err)
				}
				second, err := w.m.Credentials(t.Context(), "second", atTerminal)
				if same := err == nil && second.AccessKeyID == first.AccessKeyID; same != (c.more == "") {
					t.Errorf("the second has the same session: %v, %v", same, err)
				}
				if c.more == "" && (w.calls("GetSessionToken") != 1 || w.person.asks() != c.codes) {
					t.Errorf("%d sessions, %d codes", w.calls("GetSessionToken"), w.person.asks())
				}
				w.stop()
				w.start()
				w.wantState("alice", creds.StateValid)
			})
		})
	}
}

func TestItemsOfAnOlderVersionAreRenewedOnceAndKeepTheirSessions(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		first, err := w.m.Credentials(t.Context(), "alice", atTerminal)
		if err != nil {
			t.Fatal(err)
		}
		w.stop()
		for _, name := range []string{"alice", "ci"} {
			if err := w.ring().Remove("daypass-key-" + name); err != nil {
				t.Fatal(err)
			}
		}
		for _, id := range w.keyNames().Keys {
			if err := w.ring().Remove("daypass-access-key-" + id); err != nil {
				t.Fatal(err)
			}
		}
		w.storeAsBefore("alice", w.AliceKey.ID, w.AliceKey.Secret)
		w.storeAsBefore("ci", w.CIKey.ID, w.CIKey.Secret)
		w.storeAsBefore("again", w.CIKey.ID, w.CIKey.Secret)
		w.storeAsBefore("half", w.CIKey.ID, "")
		w.start()
		w.m.Snapshot(t.Context())
		time.Sleep(time.Second)
		synctest.Wait()
		got := w.keyNames()
		if len(got.Keys) != 2 {
			t.Errorf("the keys are %v", got.Keys)
		}
		for name, id := range map[string]string{"alice": w.AliceKey.ID, "ci": w.CIKey.ID, "again": w.CIKey.ID} {
			if use, err := w.vault().Use(t.Context(), name); err != nil || use != (vault.Use{KeyID: id}) {
				t.Errorf("%s uses %v, %v", name, use, err)
			}
		}
		if diff := cmp.Diff([]string{"again", "alice", "ci", "half"}, got.Profiles); diff != "" {
			t.Errorf("profiles (-want +got):\n%s", diff)
		}
		again, err := w.m.Credentials(t.Context(), "alice", atTerminal)
		if err != nil || again.AccessKeyID != first.AccessKeyID {
			t.Errorf("another session than before: %v", err)
		}
		w.wantNoEntry("items")
	})
}

// wantNoEntry reports entries of a kind in the journal.
func (w *world) wantNoEntry(kind string) {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.home, "state", "custody.json"))
	if err == nil && strings.Contains(string(text), `"kind":"`+kind+`"`) {
		w.t.Errorf("the journal has %s", text)
	}
}

func TestAReplacedKeysItemGoesUnlessAnotherProfileHasIt(t *testing.T) {
	for name, shared := range map[string]bool{"alone": false, "shared": true} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.stop()
				if shared {
					w.withSecondProfile("")
				}
				w.start()
				before, err := w.m.Credentials(t.Context(), "alice", atTerminal)
				if err != nil {
					t.Fatal(err)
				}
				if shared {
					if _, err := w.m.Credentials(t.Context(), "second", atTerminal); err != nil {
						t.Fatal(err)
					}
				}
				_, err = w.m.Add(t.Context(), creds.AddRequest{
					Profile: "alice", AccessKeyID: w.CIKey.ID, SecretAccessKey: secret.New(w.CIKey.Secret), Replace: true,
				})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := w.vault().KeyByID(t.Context(), w.AliceKey.ID); (err == nil) != shared {
					t.Errorf("alice's former key: %v", err)
				}
				if shared {
					second, err := w.m.Credentials(t.Context(), "second", atTerminal)
					if err != nil || second.AccessKeyID != before.AccessKeyID {
						t.Errorf("the other profile's session: %v", err)
					}
				}
				after, err := w.m.Credentials(t.Context(), "alice", atTerminal)
				if err == nil && after.AccessKeyID == before.AccessKeyID {
					t.Error("a session of the former key is used")
				}
			})
		})
	}
}
