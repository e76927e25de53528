package vault

import (
	"context"
	"encoding/hex"
	"path"
	"slices"
	"time"

	"github.com/99designs/keyring"
	"github.com/godbus/dbus/v5"

	"daypass/creds"
	"daypass/internal/lang"
)

const (
	secretsName = "org.freedesktop.secrets"
	secretsPath = dbus.ObjectPath("/org/freedesktop/secrets")
	// Plasma 6 still answers under the name of Plasma 5's daemon.
	walletService = "org.kde.kwalletd5"
	walletPath    = dbus.ObjectPath("/modules/kwalletd5")
	// busPatience bounds a question to a daemon that answers from memory.
	busPatience = 5 * time.Second
)

// onBus runs work with a connection to the session bus.
func onBus(ctx context.Context, work func(context.Context, *dbus.Conn) error) error {
	ctx, cancel := context.WithTimeout(ctx, busPatience)
	defer cancel()
	bus, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return err
	}
	defer func() { _ = bus.Close() }()
	return work(ctx, bus)
}

// bestBackend prefers the Secret Service, which KDE's wallet offers as well
// since its version 5.97, then KWallet's own interface.
func bestBackend(ctx context.Context) string {
	var running, startable []string
	// A bus that does not answer counts as one without a keyring.
	_ = onBus(ctx, func(ctx context.Context, bus *dbus.Conn) error {
		_ = bus.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.ListNames", 0).Store(&running)
		return bus.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.ListActivatableNames", 0).Store(&startable)
	})
	names := slices.Concat(running, startable)
	switch {
	case slices.Contains(names, secretsName):
		return string(keyring.SecretServiceBackend)
	case slices.Contains(names, walletService):
		return string(keyring.KWalletBackend)
	}
	return string(keyring.FileBackend)
}

// defaultCollection returns the collection that the Secret Service opens with the
// session: the one under the alias "default", or else the one with the name that
// desktops use, which the first key creates.
func defaultCollection(ctx context.Context, bus *dbus.Conn) (dbus.ObjectPath, error) {
	var collection dbus.ObjectPath
	err := bus.Object(secretsName, secretsPath).
		CallWithContext(ctx, "org.freedesktop.Secret.Service.ReadAlias", 0, "default").Store(&collection)
	if collection == "/" {
		return secretsPath + "/collection/login", err
	}
	return collection, err
}

// collectionName returns the name by which the library finds the default
// collection.
func collectionName(ctx context.Context) (string, error) {
	var collection dbus.ObjectPath
	err := onBus(ctx, func(ctx context.Context, bus *dbus.Conn) (err error) {
		collection, err = defaultCollection(ctx, bus)
		return err
	})
	if err != nil {
		return "", noAnswer(keyring.SecretServiceBackend, err)
	}
	return unescape(path.Base(string(collection))), nil
}

// unescape undoes gnome-keyring's escapes in a collection's path, where "Default
// keyring" is Default_5fkeyring. It follows 99designs/keyring v1.2.2, which does the
// same with every path before comparing it (decodeKeyringString in secretservice.go):
// one invalid escape leaves all of them alone.
func unescape(escaped string) string {
	var name []byte
	for i := 0; i < len(escaped); i++ {
		if escaped[i] != '_' {
			name = append(name, escaped[i])
			continue
		}
		if i+3 > len(escaped) {
			return escaped
		}
		decoded, err := hex.DecodeString(escaped[i+1 : i+3])
		if err != nil {
			return escaped
		}
		name = append(name, decoded...)
		i += 2
	}
	return string(name)
}

// systemLocked reports whether a keyring with its own daemon is locked now. It opens no
// prompt.
func systemLocked(ctx context.Context, backend keyring.BackendType) (locked bool, err error) {
	switch backend {
	case keyring.SecretServiceBackend:
		err = onBus(ctx, func(ctx context.Context, bus *dbus.Conn) error {
			locked, err = collectionLocked(ctx, bus)
			return err
		})
	case keyring.KWalletBackend:
		err = onBus(ctx, func(ctx context.Context, bus *dbus.Conn) error {
			// An open wallet may still not let us in.
			var users []string
			err := bus.Object(walletService, walletPath).
				CallWithContext(ctx, "org.kde.KWallet.users", 0, walletName).Store(&users)
			locked = !slices.Contains(users, walletUser)
			return err
		})
	default:
		return false, nil
	}
	if err != nil {
		return false, noAnswer(backend, err)
	}
	return locked, nil
}

func collectionLocked(ctx context.Context, bus *dbus.Conn) (bool, error) {
	collection, err := defaultCollection(ctx, bus)
	if err != nil {
		return false, err
	}
	get := func(object dbus.ObjectPath, name, property string, value any) error {
		return bus.Object(secretsName, object).
			CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, "org.freedesktop.Secret."+name, property).Store(value)
	}
	var collections []dbus.ObjectPath
	if err := get(secretsPath, "Service", "Collections", &collections); err != nil {
		return false, err
	}
	if !slices.Contains(collections, collection) {
		// There is no collection before the first key is stored.
		return false, nil
	}
	var locked bool
	err = get(collection, "Collection", "Locked", &locked)
	return locked, err
}

func noAnswer(backend keyring.BackendType, err error) error {
	name := lang.T("the Secret Service keyring")
	if backend == keyring.KWalletBackend {
		name = "KWallet"
	}
	return &creds.Error{Code: creds.CodeKeyringUnavailable, Message: lang.Sprintf("%s does not answer: %s", name, err.Error())}
}
