package core_test

import (
	"path/filepath"
	"testing"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/core"
	"daypass/creds/credstest"
	"daypass/creds/vault"
	"daypass/creds/vault/keyringtest"
	"daypass/internal/secret"
)

// TestAManagerOnALockedGnomeKeyringWaitsForItToBeUnlocked has no person: each of
// the keyring's own prompts is dismissed at once.
func TestAManagerOnALockedGnomeKeyringWaitsForItToBeUnlocked(t *testing.T) {
	if !keyringtest.OnOwnBus(t) {
		return
	}
	k := keyringtest.Start(t, true)
	w := newWorld(t)
	w.stop()
	dir := filepath.Join(w.home, "state")
	w.vaultOf = func() *vault.Vault { return vault.New(vault.Config{Backend: "secret-service", Dir: dir}) }
	for name, key := range map[string]awstest.Key{"alice": w.AliceKey, "ci": w.CIKey} {
		if err := w.vaultOf().SetKey(t.Context(), name, creds.LongTermKey{ID: key.ID, Secret: secret.New(key.Secret)}); err != nil {
			t.Fatal(err)
		}
	}
	for name, lock := range map[string]func(){
		"locked": func() { k.Lock(keyringtest.LoginCollection) },
		// It does not list its items then.
		"not unlocked since its start": func() { k.Stop(); k = keyringtest.Start(t, false) },
	} {
		t.Run(name, func(t *testing.T) {
			lock()
			w.start()
			defer w.stop()
			awaits := func() {
				t.Helper()
				for _, name := range []string{"alice", "dev-admin", "chain-2"} {
					if s, _ := w.status(name); !s.AwaitsKeyring() || s.Err.Message != "the keyring is locked" || s.Foreign() {
						t.Errorf("%s: %s with %v", name, s.Kind, s.Err)
					}
				}
				if problems := w.m.Snapshot(t.Context()).Problems; len(problems) != 1 || problems[0].Message != "the keyring is locked" {
					t.Errorf("the problems are %v", problems)
				}
			}
			w.m.Snapshot(t.Context()) // when it has tried to read it
			awaits()
			credstest.WantCode(t, w.m.Unlock(t.Context(), atTray), creds.CodeKeyringLocked, "the keyring is locked")
			awaits()
			k.Unlock(keyringtest.LoginCollection)
			if err := w.m.Unlock(t.Context(), atTray); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"alice", "dev-admin", "chain-2"} {
				if s, _ := w.status(name); s.Err != nil {
					t.Errorf("when it is open %s has %v", name, s.Err)
				}
			}
			if problems := w.m.Snapshot(t.Context()).Problems; len(problems) != 0 {
				t.Errorf("still: %v", problems)
			}

			// Locked while the agent runs: the known keys stay known, and a click reports
			// the lock.
			k.Lock(keyringtest.LoginCollection)
			_, err := w.m.Refresh(t.Context(), "ci", core.RefreshOptions{Requester: atTray, Force: true})
			credstest.WantCode(t, err, creds.CodeKeyringLocked, "the keyring is locked")
			if s, _ := w.status("chain-2"); s.Err != nil || s.Kind != creds.KindRole {
				t.Errorf("chain-2: %s with %v", s.Kind, s.Err)
			}
			k.Unlock(keyringtest.LoginCollection)
			w.refresh("ci", core.RefreshOptions{Requester: atTray, Force: true})
			w.wantState("ci", creds.StateValid)
			if err := w.m.LogoutAll(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}
