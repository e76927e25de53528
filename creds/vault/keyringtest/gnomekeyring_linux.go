// Package keyringtest starts real keyrings for tests.
package keyringtest

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// OnOwnBus reports whether the test runs on a session bus of its own. If not it
// runs the test there, in a process of its own, because the keyring library
// looks for the bus when the process starts; the caller then returns.
func OnOwnBus(t *testing.T) bool {
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
	cmd := exec.CommandContext(ctx, "dbus-run-session", "--", os.Args[0], "-test.run=^"+t.Name()+"$", "-test.timeout=100s") //nolint:gosec // the test itself
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

// GnomeKeyring is a real one, without a desktop around it.
type GnomeKeyring struct {
	t    *testing.T
	Conn *dbus.Conn
	Stop func()
}

// Where the keyring is on its bus.
const (
	ServiceName     = "org.freedesktop.secrets"
	keyringPassword = "the keyring's own password" //nolint:gosec // of a keyring that a test makes
	ServicePath     = dbus.ObjectPath("/org/freedesktop/secrets")
	LoginCollection = ServicePath + "/collection/login"
)

// Start starts gnome-keyring, with its login collection unlocked, and
// made if need be, or with all that there is locked.
func Start(t *testing.T, unlocked bool) *GnomeKeyring {
	t.Helper()
	k := &GnomeKeyring{t: t, Conn: Bus(t)}
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
		k.Stop = sync.OnceFunc(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			k.Until(func() bool { return !k.Running() })
		})
		t.Cleanup(k.Stop)
		switch up := func() bool { return k.Running() && (!unlocked || !k.Locked(LoginCollection)) }; {
		case Within(20*time.Second, up):
			return k
		case tries == 1:
			t.Fatal("gnome-keyring does not come up")
		}
		k.Stop()
	}
}

// Within waits until something is so, and reports whether it is.
func Within(patience time.Duration, done func() bool) bool {
	for begin := time.Now(); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Since(begin) > patience {
			return false
		}
	}
	return true
}

// Bus connects to the session bus, for as long as the test lasts.
func Bus(t *testing.T) *dbus.Conn {
	t.Helper()
	bus, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bus.Close() })
	return bus
}

// Until waits until something is so, and fails the test if that takes too long.
func (k *GnomeKeyring) Until(done func() bool) {
	k.t.Helper()
	if !Within(20*time.Second, done) {
		k.t.Fatal("gnome-keyring does not do what it was started for")
	}
}

// Running looks without waking it up.
func (k *GnomeKeyring) Running() bool {
	var owned bool
	err := k.Conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, ServiceName).Store(&owned)
	return err == nil && owned
}

// Locked reports whether a collection is locked, or not there.
func (k *GnomeKeyring) Locked(collection dbus.ObjectPath) bool {
	var locked bool
	err := k.Conn.Object(ServiceName, collection).
		Call("org.freedesktop.DBus.Properties.Get", 0, "org.freedesktop.Secret.Collection", "Locked").Store(&locked)
	return err != nil || locked
}

// Call calls a method of the service; answers are where to put what it says.
func (k *GnomeKeyring) Call(method string, args []any, answers ...any) {
	k.t.Helper()
	if err := k.Conn.Object(ServiceName, ServicePath).Call(method, 0, args...).Store(answers...); err != nil {
		k.t.Fatalf("%s: %v", method, err)
	}
}

type busSecret struct {
	Session    dbus.ObjectPath
	Parameters []byte
	Value      []byte
	Type       string
}

// Password returns the password as the service takes it.
func (k *GnomeKeyring) Password() busSecret {
	k.t.Helper()
	var ignored dbus.Variant
	var session dbus.ObjectPath
	k.Call("org.freedesktop.Secret.Service.OpenSession", []any{"plain", dbus.MakeVariant("")}, &ignored, &session)
	return busSecret{session, []byte{}, []byte(keyringPassword), "text/plain"}
}

// What PAM uses at login; the public interface only knows prompts.
const internalInterface = "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface."

// Unlock unlocks a collection, and asks nobody.
func (k *GnomeKeyring) Unlock(collection dbus.ObjectPath) {
	k.t.Helper()
	k.Call(internalInterface+"UnlockWithMasterPassword", []any{collection, k.Password()})
}

// Lock locks a collection.
func (k *GnomeKeyring) Lock(collection dbus.ObjectPath) {
	k.t.Helper()
	var locked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	k.Call("org.freedesktop.Secret.Service.Lock", []any{[]dbus.ObjectPath{collection}}, &locked, &prompt)
}

// MakeDefault makes a collection and the alias "default" for it.
func (k *GnomeKeyring) MakeDefault(label string) dbus.ObjectPath {
	k.t.Helper()
	var made dbus.ObjectPath
	properties := map[string]dbus.Variant{"org.freedesktop.Secret.Collection.Label": dbus.MakeVariant(label)}
	k.Call(internalInterface+"CreateWithMasterPassword", []any{properties, k.Password()}, &made)
	k.Call("org.freedesktop.Secret.Service.SetAlias", []any{"default", made})
	return made
}
