package core_test

import (
	"net"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

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

// The health of a locked keyring is looked at without its prompt: that would dismiss itself,
// and the items stay unread either way.
func TestTheHealthOfARealKeyringIsLookedAtLockedOpenAndGone(t *testing.T) {
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
	names, err := w.vaultOf().KeyNames(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.start()
	if got := bad(w.health()); got != nil {
		t.Errorf("open: %v", got)
	}
	if left, err := w.vaultOf().KeyNames(t.Context()); err != nil || !slices.Equal(left.Profiles, names.Profiles) || !slices.Equal(left.Keys, names.Keys) {
		t.Errorf("the keyring has %v, %v, not %v", left, err, names)
	}
	k.Lock(keyringtest.LoginCollection)
	if got := bad(w.health()); !slices.Equal(got, []string{"unknown items", "unknown keyring/locked"}) {
		t.Errorf("locked: %v", got)
	}
	f := findingOf(t, w.health("keyring/locked"), "keyring/locked")
	if f.Severity != creds.SeverityUnknown {
		t.Errorf("its prompt was dismissed, and it is %+v", f)
	}
	k.Unlock(keyringtest.LoginCollection)
	if got := bad(w.health()); got != nil {
		t.Errorf("unlocked: %v", got)
	}
	k.Stop() // the bus starts another one, which is locked
	if got := bad(w.health()); !slices.Equal(got, []string{"unknown items", "unknown keyring/locked"}) {
		t.Errorf("started anew: %v", got)
	}
}

// silentSecrets is a keyring that takes questions and never answers.
type silentSecrets struct{ over chan struct{} }

// ReadAlias is the first question to a keyring.
func (s silentSecrets) ReadAlias(string) (dbus.ObjectPath, *dbus.Error) {
	<-s.over
	return "/", nil
}

func TestAKeyringThatDoesNotAnswerIsNotWaitedFor(t *testing.T) {
	if !keyringtest.OnOwnBus(t) {
		return
	}
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	defer bus.Close()
	s := silentSecrets{make(chan struct{})}
	defer close(s.over)
	if err := bus.Export(s, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service"); err != nil {
		t.Fatal(err)
	}
	if _, err := bus.RequestName("org.freedesktop.secrets", dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	silentKeyring(t)
}

func TestABusThatDoesNotAnswerIsNotWaitedFor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bus")
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+path)
	silentKeyring(t)
}

// silentKeyring looks at the health of a keyring that does not answer.
func silentKeyring(t *testing.T) {
	t.Helper()
	w := newWorld(t)
	w.stop()
	w.vaultOf = func() *vault.Vault {
		return vault.New(vault.Config{Backend: "secret-service", Dir: filepath.Join(w.home, "state")})
	}
	w.start()
	began := time.Now()
	h := w.health()
	if took := time.Since(began); took > 30*time.Second { // five and two, on a machine with time
		t.Errorf("it took %s", took)
	}
	if got := bad(h); !slices.Equal(got, []string{"unknown items", "unknown keyring/silent", "unknown nowhere/waiting", "unknown sessions"}) {
		t.Errorf("not known: %v", got)
	}
	if f := findingOf(t, h, "keyring/silent"); f.Advice == "" || f.Title != "The keyring secret-service does not answer" {
		t.Errorf("it is %+v", f)
	}
}
