//go:build unix

package core_test

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/credstest"
	"daypass/creds/vault"
	"daypass/creds/vault/keyringtest"
)

// TestAMoveThatWasCutOffIsFinishedOrUndoneAtTheNextStart has the journal as a killed agent
// leaves it, and a real password store.
func TestAMoveThatWasCutOffIsFinishedOrUndoneAtTheNextStart(t *testing.T) {
	for name, c := range map[string]struct {
		switched bool
		backend  string
	}{
		"before all was proved": {false, "file"},
		"after it":              {true, "pass"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.stop()
			keyringtest.Pass(t, "")
			state := filepath.Join(w.home, "state")
			credstest.Write(t, filepath.Join(state, "keyring-backend"), "file\n")
			w.vaultOf = func() *vault.Vault {
				return vault.New(vault.Config{Dir: state, PassphraseFile: filepath.Join(w.home, "passphrase")})
			}
			want := w.keyNames()
			m, err := w.vaultOf().NewMove(t.Context(), "file", "pass")
			if err == nil {
				err = m.Copy(t.Context())
			}
			if err != nil {
				t.Fatal(err)
			}
			entry, err := json.Marshal(map[string]any{"version": 1, "next": 1, "entries": map[string]any{"backend-1": map[string]any{
				"id": "backend-1", "kind": "backend", "profiles": nil,
				"state": map[string]any{"from": "file", "to": "pass", "items": m.Items, "switched": c.switched},
			}}})
			if err != nil {
				t.Fatal(err)
			}
			credstest.Write(t, filepath.Join(state, "custody.json"), string(entry))
			w.start()
			w.m.Snapshot(t.Context())
			w.awaitEntryGone()
			w.stop()
			backend, err := w.vaultOf().Backend(t.Context())
			if err != nil || backend != c.backend {
				t.Errorf("it is on %s, %v", backend, err)
			}
			for _, on := range []string{"file", "pass"} {
				wanted := vault.Names{}
				if on == c.backend {
					wanted = want
				}
				got, err := vault.New(vault.Config{Backend: on, Dir: state, PassphraseFile: filepath.Join(w.home, "passphrase")}).KeyNames(t.Context())
				if diff := cmp.Diff(wanted, got); diff != "" || err != nil {
					t.Errorf("%s: %v (-want +got):\n%s", on, err, diff)
				}
			}
		})
	}
}

// awaitEntryGone waits until a move is refused for another reason than that one is under way.
func (w *world) awaitEntryGone() {
	w.t.Helper()
	for {
		_, err := w.m.Custody().MoveKeyring(w.t.Context(), creds.MoveKeyringRequest{Backend: "moon"}, atTerminal)
		if err == nil || w.t.Context().Err() != nil {
			w.t.Fatalf("moved to the moon: %v", err)
		}
		text := credstest.Content(w.t, filepath.Join(w.home, "state", "custody.json"))
		var f struct{ Entries map[string]json.RawMessage }
		if json.Unmarshal([]byte(text), &f) == nil && len(f.Entries) == 0 {
			return
		}
	}
}
