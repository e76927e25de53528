package vault

import (
	"context"
	"path"
	"slices"

	"github.com/godbus/dbus/v5"
)

// foreignCollection looks for a collection of the Secret Service that another program has
// made, and whether it is locked. It opens no prompt. A service that does not answer has none.
func foreignCollection(ctx context.Context, name string) (exists, locked bool) {
	_ = onBus(ctx, func(ctx context.Context, bus *dbus.Conn) error {
		var collections []dbus.ObjectPath
		get := func(object dbus.ObjectPath, name, property string, value any) error {
			return bus.Object(secretsName, object).
				CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, "org.freedesktop.Secret."+name, property).Store(value)
		}
		if err := get(secretsPath, "Service", "Collections", &collections); err != nil {
			return err
		}
		for _, one := range collections {
			if unescape(path.Base(string(one))) == name {
				exists = true
				return get(one, "Collection", "Locked", &locked)
			}
		}
		return nil
	})
	return exists, locked
}

// hasWallet reports whether KWallet has a wallet of a name. Opening it would make one.
func hasWallet(ctx context.Context, name string) bool {
	var wallets []string
	_ = onBus(ctx, func(ctx context.Context, bus *dbus.Conn) error {
		var running bool
		if err := bus.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, walletService).Store(&running); err != nil || !running {
			return err
		}
		return bus.Object(walletService, walletPath).CallWithContext(ctx, "org.kde.KWallet.wallets", 0).Store(&wallets)
	})
	return slices.Contains(wallets, name)
}
