package creds

import (
	"context"
	"path"
	"slices"
	"time"

	"github.com/99designs/keyring"
	"github.com/godbus/dbus/v5"

	"daypass/creds/agentapi"
)

const (
	secretsName = "org.freedesktop.secrets"
	secretsPath = dbus.ObjectPath("/org/freedesktop/secrets")
	// busPatience bounds a question to a daemon that answers from memory.
	busPatience = 5 * time.Second
)

// bestBackend prefers the Secret Service, which KDE's wallet offers as well
// since its version 5.97, then KWallet's own interface.
func bestBackend(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, busPatience)
	defer cancel()
	bus, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return string(keyring.FileBackend)
	}
	defer func() { _ = bus.Close() }()
	var running, startable []string
	call := func(method string, names *[]string) {
		// A bus that does not say counts as one without a keyring.
		_ = bus.BusObject().CallWithContext(ctx, "org.freedesktop.DBus."+method, 0).Store(names)
	}
	call("ListNames", &running)
	call("ListActivatableNames", &startable)
	names := slices.Concat(running, startable)
	switch {
	case slices.Contains(names, secretsName):
		return string(keyring.SecretServiceBackend)
	case slices.Contains(names, "org.kde.kwalletd5"):
		return string(keyring.KWalletBackend)
	}
	return string(keyring.FileBackend)
}

// defaultCollection returns the name of the collection that the Secret Service
// opens with the session: the one under the alias "default".
func defaultCollection(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, busPatience)
	defer cancel()
	unavailable := func(err error) error {
		return &agentapi.Error{
			Code:    agentapi.CodeKeyringUnavailable,
			Message: "the Secret Service keyring does not answer: " + err.Error(),
		}
	}
	bus, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return "", unavailable(err)
	}
	defer func() { _ = bus.Close() }()
	var collection dbus.ObjectPath
	err = bus.Object(secretsName, secretsPath).
		CallWithContext(ctx, "org.freedesktop.Secret.Service.ReadAlias", 0, "default").Store(&collection)
	if err != nil {
		return "", unavailable(err)
	}
	if collection == "/" {
		// No collection yet: the first key makes one, with the name that
		// the desktops give their own.
		return "login", nil
	}
	return path.Base(string(collection)), nil
}

// Locked reports whether using the keyring would make its own prompt appear.
// What runs without a person looks before it asks.
func (v *Vault) Locked(ctx context.Context) (bool, error) {
	name, err := v.choose(ctx)
	if err != nil {
		return false, err
	}
	switch keyring.BackendType(name) {
	case keyring.FileBackend:
		return v.cfg.PassphraseFile == "" && v.lockedFile(), nil
	case keyring.SecretServiceBackend:
	default:
		return false, nil
	}
	collection, err := defaultCollection(ctx)
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, busPatience)
	defer cancel()
	bus, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return false, err
	}
	defer func() { _ = bus.Close() }()
	var locked bool
	err = bus.Object(secretsName, secretsPath+"/collection/"+dbus.ObjectPath(collection)).
		CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, "org.freedesktop.Secret.Collection", "Locked").Store(&locked)
	if err != nil {
		// There is no such collection before the first key is stored.
		return false, nil //nolint:nilerr // see above
	}
	return locked, nil
}
