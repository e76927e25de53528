//go:build linux

package app

import (
	"image"
	"sync/atomic"
	"testing"

	"github.com/godbus/dbus/v5"
)

// portal is as much of a desktop's settings portal as says whether windows are dark.
// https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.Settings.html
type portal struct{ scheme atomic.Uint32 }

const (
	portalName   = "org.freedesktop.portal.Desktop"
	portalPath   = "/org/freedesktop/portal/desktop"
	portalIface  = "org.freedesktop.portal.Settings"
	schemeSpace  = "org.freedesktop.appearance"
	schemeKey    = "color-scheme"
	preferDark   = 1
	preferBright = 2
)

// ReadOne answers with the choice of the moment.
func (p *portal) ReadOne(namespace, key string) (dbus.Variant, *dbus.Error) {
	if namespace != schemeSpace || key != schemeKey {
		return dbus.Variant{}, dbus.NewError("org.freedesktop.portal.Error.NotFound", nil)
	}
	return dbus.MakeVariant(p.scheme.Load()), nil
}

func TestAWindowFollowsTheDesktopsChoiceOfLightAndDark(t *testing.T) {
	s := startScreen(t)
	p := &portal{}
	choose := func(scheme uint32) {
		p.scheme.Store(scheme)
		must(t, s.Bus().Emit(portalPath, portalIface+".SettingChanged", schemeSpace, schemeKey, dbus.MakeVariant(scheme)))
	}
	must(t, s.Bus().Export(p, portalPath, portalIface))
	reply, err := s.Bus().RequestName(portalName, dbus.NameFlagDoNotQueue|dbus.NameFlagReplaceExisting)
	must(t, err)
	if reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("the desktop has a portal of its own: %d", reply)
	}
	p.scheme.Store(preferBright)
	w := s.open(t, alicePrompt())
	box := s.box(t, w.Window)
	is := func(bright bool) {
		t.Helper()
		must(t, s.Screen.Wait(timeout(t), func(img *image.RGBA) bool {
			return inks(img, box) >= leastInks && (img.RGBAAt(box.Min.X+5, box.Min.Y+5).R > 0x80) == bright
		}))
	}
	is(true)
	choose(preferDark)
	is(false)
	choose(preferBright)
	is(true)
}
