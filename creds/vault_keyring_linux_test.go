package creds_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/awstest"
	"daypass/creds/secret"
)

// onOwnBus reports whether the test runs on a session bus of its own. If not it
// runs the test there, in a process of its own, because the keyring library
// looks for the bus when the process starts; the caller then returns.
func onOwnBus(t *testing.T) bool {
	t.Helper()
	const mark = "VAULT_TEST_ON_OWN_BUS"
	if os.Getenv(mark) != "" {
		return true
	}
	// Not t.TempDir, whose path leaves no room for the names of sockets.
	home, err := os.MkdirTemp("", "vault")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "dbus-run-session", "--", os.Args[0], "-test.run=^"+t.Name()+"$", "-test.timeout=100s")
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		foreign := strings.HasPrefix(name, "XDG_") || strings.HasPrefix(name, "DBUS_") || strings.HasPrefix(name, "GNOME_KEYRING_")
		// Without a screen every prompt ends at once, as if dismissed.
		if !foreign && name != "DISPLAY" && name != "WAYLAND_DISPLAY" {
			cmd.Env = append(cmd.Env, entry)
		}
	}
	cmd.Env = append(cmd.Env, mark+"=1", "HOME="+home, "XDG_RUNTIME_DIR="+home)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("on a bus of its own: %v\n%s", err, out)
	}
	return false
}

// gnomeKeyring is a real one, without a desktop around it.
type gnomeKeyring struct {
	t    *testing.T
	bus  *dbus.Conn
	stop func()
}

const (
	keyringName     = "org.freedesktop.secrets"
	keyringPassword = "the keyring's own password"
	keyringPath     = dbus.ObjectPath("/org/freedesktop/secrets")
	loginCollection = keyringPath + "/collection/login"
)

// startKeyring starts gnome-keyring, with its login collection unlocked, and
// made if need be, or with all that there is locked.
func startKeyring(t *testing.T, unlocked bool) *gnomeKeyring {
	t.Helper()
	k := &gnomeKeyring{t: t, bus: ownBus(t)}
	// gnome-keyring 42 itself does not come up once in a thousand starts or so.
	for tries := 3; ; tries-- {
		cmd := exec.Command("gnome-keyring-daemon", "--foreground", "--components=secrets")
		if unlocked {
			cmd.Args = append(cmd.Args, "--unlock")
			cmd.Stdin = strings.NewReader(keyringPassword)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		k.stop = sync.OnceFunc(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			k.until(func() bool { return !k.running() })
		})
		t.Cleanup(k.stop)
		switch up := func() bool { return k.running() && (!unlocked || !k.locked(loginCollection)) }; {
		case within(20*time.Second, up):
			return k
		case tries == 1:
			t.Fatal("gnome-keyring does not come up")
		}
		k.stop()
	}
}

// within waits until something is so, and reports whether it is.
func within(patience time.Duration, done func() bool) bool {
	for begin := time.Now(); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Since(begin) > patience {
			return false
		}
	}
	return true
}

func ownBus(t *testing.T) *dbus.Conn {
	t.Helper()
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bus.Close() })
	return bus
}

func (k *gnomeKeyring) until(done func() bool) {
	k.t.Helper()
	if !within(20*time.Second, done) {
		k.t.Fatal("gnome-keyring does not do what it was started for")
	}
}

// running looks without waking it up.
func (k *gnomeKeyring) running() bool {
	var owned bool
	err := k.bus.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, keyringName).Store(&owned)
	return err == nil && owned
}

func (k *gnomeKeyring) locked(collection dbus.ObjectPath) bool {
	var locked bool
	err := k.bus.Object(keyringName, collection).
		Call("org.freedesktop.DBus.Properties.Get", 0, "org.freedesktop.Secret.Collection", "Locked").Store(&locked)
	return err != nil || locked
}

// call calls a method of the service; answers are where to put what it says.
func (k *gnomeKeyring) call(method string, args []any, answers ...any) {
	k.t.Helper()
	if err := k.bus.Object(keyringName, keyringPath).Call(method, 0, args...).Store(answers...); err != nil {
		k.t.Fatalf("%s: %v", method, err)
	}
}

type busSecret struct {
	Session    dbus.ObjectPath
	Parameters []byte
	Value      []byte
	Type       string
}

func (k *gnomeKeyring) password() busSecret {
	k.t.Helper()
	var ignored dbus.Variant
	var session dbus.ObjectPath
	k.call("org.freedesktop.Secret.Service.OpenSession", []any{"plain", dbus.MakeVariant("")}, &ignored, &session)
	return busSecret{session, []byte{}, []byte(keyringPassword), "text/plain"}
}

// What PAM uses at login; the public interface only knows prompts.
const internalInterface = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface."

func (k *gnomeKeyring) unlock(collection dbus.ObjectPath) {
	k.t.Helper()
	k.call(internalInterface+"UnlockWithMasterPassword", []any{collection, k.password()})
}

func (k *gnomeKeyring) lock(collection dbus.ObjectPath) {
	k.t.Helper()
	var locked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	k.call("org.freedesktop.Secret.Service.Lock", []any{[]dbus.ObjectPath{collection}}, &locked, &prompt)
}

// makeDefault makes a collection and the alias "default" for it.
func (k *gnomeKeyring) makeDefault(label string) dbus.ObjectPath {
	k.t.Helper()
	var made dbus.ObjectPath
	properties := map[string]dbus.Variant{"org.freedesktop.Secret.Collection.Label": dbus.MakeVariant(label)}
	k.call(internalInterface+"CreateWithMasterPassword", []any{properties, k.password()}, &made)
	k.call("org.freedesktop.Secret.Service.SetAlias", []any{"default", made})
	return made
}

func secretService(t *testing.T) func() *creds.Vault {
	dir := t.TempDir()
	return func() *creds.Vault { return creds.NewVault(creds.VaultConfig{Backend: "secret-service", Dir: dir}) }
}

func TestVaultOnGnomeKeyringKeepsKeys(t *testing.T) {
	if !onOwnBus(t) {
		return
	}
	startKeyring(t, true)
	keeps(t, secretService(t))
}

func TestVaultOnGnomeKeyringFindsTheDefaultCollectionWhateverItIsCalled(t *testing.T) {
	if !onOwnBus(t) {
		return
	}
	k := startKeyring(t, true)
	for label, path := range map[string]dbus.ObjectPath{
		"Default keyring": "Default_5fkeyring",
		"Schlüssel":       "Schl_c3_bcssel",
		"a_b":             "a_5fb",
	} {
		t.Run(label, func(t *testing.T) {
			collection := k.makeDefault(label)
			if want := keyringPath + "/collection/" + path; collection != want {
				t.Errorf("gnome-keyring calls it %s, not %s", collection, want)
			}
			open := secretService(t)
			keeps(t, open)
			if err := open().SetKey(t.Context(), "alice", exampleKey); err != nil {
				t.Fatal(err)
			}
			var items []dbus.ObjectPath
			err := k.bus.Object(keyringName, collection).
				Call("org.freedesktop.DBus.Properties.Get", 0, "org.freedesktop.Secret.Collection", "Items").Store(&items)
			if err != nil || len(items) != 1 {
				t.Errorf("the collection holds %d items (%v), want the key", len(items), err)
			}
			wantLocked(t, open(), false)
			k.lock(collection)
			wantLocked(t, open(), true)
			_, err = open().KeyNames(t.Context())
			wantCode(t, err, agentapi.CodeKeyringLocked, "locked")
		})
	}
}

func TestVaultOnALockedGnomeKeyringIsNotAnEmptyOne(t *testing.T) {
	if !onOwnBus(t) {
		return
	}
	open := secretService(t)
	k := startKeyring(t, true)
	if err := open().SetKey(t.Context(), "alice", exampleKey); err != nil {
		t.Fatal(err)
	}
	identity, err := open().DataKey(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	refuses := func(t *testing.T, v *creds.Vault) {
		t.Helper()
		wantLocked(t, v, true)
		_, err := v.KeyNames(t.Context())
		wantCode(t, err, agentapi.CodeKeyringLocked, "locked")
		_, err = v.Key(t.Context(), "alice")
		wantCode(t, err, agentapi.CodeKeyringLocked, "locked")
		_, err = v.Key(t.Context(), "nobody")
		wantCode(t, err, agentapi.CodeKeyringLocked, "locked")
		_, err = v.DataKey(t.Context(), true)
		wantCode(t, err, agentapi.CodeKeyringLocked, "locked")
		wantCode(t, v.SetKey(t.Context(), "alice", exampleKey), agentapi.CodeKeyringLocked, "locked")
		wantCode(t, v.RemoveKey(t.Context(), "alice"), agentapi.CodeKeyringLocked, "locked")
	}
	holds := func(t *testing.T, v *creds.Vault) {
		t.Helper()
		wantLocked(t, v, false)
		names, err := v.KeyNames(t.Context())
		if diff := cmp.Diff([]string{"alice"}, names); diff != "" || err != nil {
			t.Errorf("names (%v, -want +got):\n%s", err, diff)
		}
		if key, err := v.Key(t.Context(), "alice"); err != nil || key != exampleKey {
			t.Errorf("another key came back, %v", err)
		}
		if again, err := v.DataKey(t.Context(), true); err != nil || again.String() != identity.String() {
			t.Errorf("another data key came back, %v", err)
		}
	}
	v := open()
	holds(t, v)
	k.lock(loginCollection)
	refuses(t, v)
	k.unlock(loginCollection)
	holds(t, v)

	// Before it is unlocked for the first time it does not know its items.
	k.stop()
	k = startKeyring(t, false)
	refuses(t, open())
	refuses(t, v)
	k.unlock(loginCollection)
	holds(t, open())
	holds(t, v)
}

func TestVaultOnAKeyringThatCannotMakeItsFirstCollectionSaysSo(t *testing.T) {
	if !onOwnBus(t) {
		return
	}
	startKeyring(t, false)
	v := secretService(t)()
	wantLocked(t, v, false)
	if names, err := v.KeyNames(t.Context()); err != nil || len(names) != 0 {
		t.Errorf("%q, %v; want nothing", names, err)
	}
	wantCode(t, v.SetKey(t.Context(), "alice", exampleKey), agentapi.CodeKeyringUnavailable, "cannot be used")
	_, err := v.Key(t.Context(), "alice")
	wantCode(t, err, agentapi.CodeNoKey, "alice")
}

// TestVaultSurvivesAPromptThatEndsWithoutAPath has a Secret Service of its own,
// as gnome-keyring ends every prompt with a path.
func TestVaultSurvivesAPromptThatEndsWithoutAPath(t *testing.T) {
	if !onOwnBus(t) {
		return
	}
	bus := ownBus(t)
	const prompt = keyringPath + "/prompt/p1"
	service := map[string]any{
		"OpenSession": func(string, dbus.Variant) (dbus.Variant, dbus.ObjectPath, *dbus.Error) {
			return dbus.MakeVariant(""), keyringPath + "/session/s1", nil
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
		bus.ExportMethodTable(service, keyringPath, "org.freedesktop.Secret.Service"),
		bus.ExportMethodTable(properties, keyringPath, "org.freedesktop.DBus.Properties"),
		bus.ExportMethodTable(dismissed, prompt, "org.freedesktop.Secret.Prompt"),
	)
	if err != nil {
		t.Fatal(err)
	}
	if reply, err := bus.RequestName(keyringName, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("the name on the bus: %v, %v", reply, err)
	}
	v := secretService(t)()
	for range 2 {
		wantCode(t, v.SetKey(t.Context(), "alice", exampleKey), agentapi.CodeKeyringUnavailable, "not answered")
	}
}

func TestVaultTakesTheBestKeyringAndStaysWithIt(t *testing.T) {
	if !onOwnBus(t) {
		return
	}
	startKeyring(t, true)
	dir := t.TempDir()
	open := func() *creds.Vault { return creds.NewVault(creds.VaultConfig{Dir: dir}) }
	if err := open().SetKey(t.Context(), "alice", exampleKey); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "keyring-backend"))
	if err != nil || string(data) != "secret-service\n" {
		t.Errorf("remembered is %q (%v)", data, err)
	}
}

// TestAManagerOnALockedGnomeKeyringWaitsForItToBeUnlocked has nobody at the screen:
// each question of the keyring's ends at once, as if dismissed.
func TestAManagerOnALockedGnomeKeyringWaitsForItToBeUnlocked(t *testing.T) {
	if !onOwnBus(t) {
		return
	}
	k := startKeyring(t, true)
	w := newWorld(t)
	w.stop()
	dir := filepath.Join(w.home, "state")
	w.vaultOf = func() *creds.Vault { return creds.NewVault(creds.VaultConfig{Backend: "secret-service", Dir: dir}) }
	for name, key := range map[string]awstest.Key{"alice": w.AliceKey, "ci": w.CIKey} {
		if err := w.vaultOf().SetKey(t.Context(), name, creds.LongTermKey{ID: key.ID, Secret: secret.New(key.Secret)}); err != nil {
			t.Fatal(err)
		}
	}
	for name, lock := range map[string]func(){
		"locked": func() { k.lock(loginCollection) },
		// It does not know its items then.
		"not unlocked since its start": func() { k.stop(); k = startKeyring(t, false) },
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
			wantCode(t, w.m.Unlock(t.Context(), atTray), agentapi.CodeKeyringLocked, "the keyring is locked")
			awaits()
			k.unlock(loginCollection)
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

			// Locked while the agent runs: what is known stays known, and a
			// click says what is the matter.
			k.lock(loginCollection)
			_, err := w.m.Refresh(t.Context(), "ci", creds.RefreshOptions{Requester: atTray, Force: true})
			wantCode(t, err, agentapi.CodeKeyringLocked, "the keyring is locked")
			if s, _ := w.status("chain-2"); s.Err != nil || s.Kind != agentapi.KindRole {
				t.Errorf("chain-2: %s with %v", s.Kind, s.Err)
			}
			k.unlock(loginCollection)
			w.refresh("ci", creds.RefreshOptions{Requester: atTray, Force: true})
			w.wantState("ci", agentapi.StateValid)
			if err := w.m.LogoutAll(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAKeyringThatRefusesAtFirstIsOpenedAllTheSame(t *testing.T) {
	if !onOwnBus(t) {
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
			bus := ownBus(t)
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
				}, keyringPath, "org.freedesktop.Secret.Service"),
				bus.ExportMethodTable(map[string]any{
					"Get": func(string, string) (dbus.Variant, *dbus.Error) { return dbus.MakeVariant([]dbus.ObjectPath{}), nil },
				}, keyringPath, "org.freedesktop.DBus.Properties"),
			)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := bus.RequestName(keyringName, dbus.NameFlagDoNotQueue); err != nil {
				t.Fatal(err)
			}
			defer func() { _, _ = bus.ReleaseName(keyringName) }()
			names, err := secretService(t)().KeyNames(t.Context())
			switch {
			case tc.words == "" && (err != nil || len(names) != 0):
				t.Errorf("got %v, %v", names, err)
			case tc.words != "":
				wantCode(t, err, agentapi.CodeKeyringUnavailable, tc.words)
			}
		})
	}
}
