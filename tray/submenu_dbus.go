//go:build linux || freebsd || openbsd || netbsd

package tray

import (
	"context"
	"fmt"
	"log/slog"

	"fyne.io/systray"
	"github.com/godbus/dbus/v5"
)

// The menu as panels read it.
// https://github.com/AyatanaIndicators/libdbusmenu/blob/master/libdbusmenu-glib/dbus-menu.xml
const (
	menuFace = "com.canonical.dbusmenu"
	menuPath = dbus.ObjectPath("/StatusNotifierItem/menu") // where systray has it
)

// seed gives an item a submenu of one line, which is hidden when there is another, and
// returns that line. The panels of Plasma and LXQt see whether an item has a submenu
// only when they first read it.
func seed(item *systray.MenuItem) *systray.MenuItem { return item.AddSubMenuItem("…", "") }

// announce has panels read submenus that have new lines. With each new line systray
// says that the menu itself has changed, but never, when asked before a submenu opens,
// that the submenu has: Plasma's panel would keep its first lines.
func announce(ctx context.Context, bus *dbus.Conn, grown []*systray.MenuItem, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var version dbus.Variant
	err := bus.Object(bus.Names()[0], menuPath).CallWithContext(ctx,
		"org.freedesktop.DBus.Properties.Get", 0, menuFace, "Version").Store(&version)
	revision, known := version.Value().(uint32)
	if !known {
		log.Debug("new lines of submenus may go unnoticed", "error", err)
		return
	}
	for _, item := range grown {
		var id int32
		if _, err := fmt.Sscanf(item.String(), "MenuItem[%d", &id); err != nil {
			log.Debug("new lines of a submenu may go unnoticed", "item", item.String(), "error", err)
			continue
		}
		// Twice: Plasma's panel ignores the first signal after it has read a submenu.
		for range 2 {
			if err := bus.Emit(menuPath, menuFace+".LayoutUpdated", revision, id); err != nil {
				log.Debug("new lines of a submenu may go unnoticed", "error", err)
				return
			}
		}
	}
}
