//go:build linux

package rig

import (
	"context"
	"fmt"
	"strings"

	"github.com/godbus/dbus/v5"
)

const (
	keyringPassword = "the keyring of a test desktop"
	loginCollection = dbus.ObjectPath("/org/freedesktop/secrets/collection/login")
)

// Keyring is the desktop's gnome-keyring, with its login collection, which is
// the default one.
type Keyring struct{ s *session }

func (k *Keyring) start(ctx context.Context) error {
	err := k.s.run(strings.NewReader(keyringPassword), nil, "gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
	if err != nil {
		return err
	}
	if err := k.s.waitName(ctx, "org.freedesktop.secrets"); err != nil {
		return err
	}
	// The name is there a moment before the collection is open.
	err = k.s.until(ctx, func() (bool, error) {
		locked, err := k.Locked(ctx)
		return err == nil && !locked, nil
	})
	if err != nil {
		return fmt.Errorf("waiting for the login keyring: %w", err)
	}
	return nil
}

func (k *Keyring) service() dbus.BusObject {
	return k.s.conn.Object("org.freedesktop.secrets", "/org/freedesktop/secrets")
}

// Locked reports whether the login collection is locked.
func (k *Keyring) Locked(ctx context.Context) (bool, error) {
	var locked dbus.Variant
	err := k.s.conn.Object("org.freedesktop.secrets", loginCollection).CallWithContext(ctx,
		"org.freedesktop.DBus.Properties.Get", 0, "org.freedesktop.Secret.Collection", "Locked").Store(&locked)
	if err != nil {
		return false, fmt.Errorf("reading the state of the keyring: %w", err)
	}
	is, _ := locked.Value().(bool)
	return is, nil
}

// Lock locks the login collection. A program that wants a secret then makes a window ask for
// its password.
func (k *Keyring) Lock(ctx context.Context) error {
	var locked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	err := k.service().CallWithContext(ctx, "org.freedesktop.Secret.Service.Lock", 0,
		[]dbus.ObjectPath{loginCollection}).Store(&locked, &prompt)
	if err != nil {
		return fmt.Errorf("locking the keyring: %w", err)
	}
	return nil
}

// Unlock unlocks the login collection without a window.
func (k *Keyring) Unlock(ctx context.Context) error {
	var ignored dbus.Variant
	var session dbus.ObjectPath
	err := k.service().CallWithContext(ctx, "org.freedesktop.Secret.Service.OpenSession", 0,
		"plain", dbus.MakeVariant("")).Store(&ignored, &session)
	if err != nil {
		return fmt.Errorf("unlocking the keyring: %w", err)
	}
	secret := struct {
		Session    dbus.ObjectPath
		Parameters []byte
		Value      []byte
		Type       string
	}{session, []byte{}, []byte(keyringPassword), "text/plain"}
	// What PAM uses at login; the public interface only knows a prompt.
	err = k.service().CallWithContext(ctx,
		"org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface.UnlockWithMasterPassword", 0,
		loginCollection, secret).Err
	if err != nil {
		return fmt.Errorf("unlocking the keyring: %w", err)
	}
	return nil
}
