//go:build linux

package rig

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"slices"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	watcherName = "org.kde.StatusNotifierWatcher"
	itemFace    = "org.kde.StatusNotifierItem"
	menuFace    = "com.canonical.dbusmenu"
)

// Item is a tray icon, as its program offers it on the session bus
// (freedesktop.org's StatusNotifierItem).
type Item struct {
	s       *session
	service string
	path    dbus.ObjectPath
}

// Tray has the icons in the panel.
type Tray struct {
	s      *session
	screen *Screen
}

// Item waits for the first tray icon that is registered with the panel.
func (t *Tray) Item(ctx context.Context) (*Item, error) {
	var item *Item
	err := t.s.until(ctx, func() (bool, error) {
		items, err := t.Items(ctx)
		if err != nil || len(items) == 0 {
			return false, err
		}
		item = items[0]
		return true, nil
	})
	if err != nil {
		return nil, fmt.Errorf("waiting for a tray icon: %w", err)
	}
	return item, nil
}

// Items returns the tray icons that are registered now.
func (t *Tray) Items(ctx context.Context) ([]*Item, error) {
	value, err := property(ctx, t.s.conn.Object(watcherName, "/StatusNotifierWatcher"), watcherName, "RegisteredStatusNotifierItems")
	if err != nil {
		return nil, err
	}
	names, _ := value.([]string)
	var items []*Item
	for _, name := range names {
		// A bus name with the object's path behind it.
		service, path, ok := strings.Cut(name, "/")
		if !ok {
			path = "StatusNotifierItem"
		}
		items = append(items, &Item{s: t.s, service: service, path: dbus.ObjectPath("/" + path)})
	}
	return items, nil
}

// OpenMenu clicks with the right button on the last icon of the tray, the only
// one unless several programs have one, and waits until its menu is drawn.
func (t *Tray) OpenMenu(ctx context.Context) error {
	before, err := t.screen.Image()
	if err != nil {
		return err
	}
	corner := before.Rect.Dx() - panelHeight/2
	for {
		if err := t.screen.Click(ctx, corner, panelHeight/2, 3); err != nil {
			return err
		}
		// The menu opens below the icon; notifications are at the other end. A
		// panel that was not ready for the click gets another one, which would
		// close a menu that is only late.
		short, cancel := context.WithTimeout(ctx, 30*time.Second)
		err := t.screen.Wait(short, func(now *image.RGBA) bool {
			return now.RGBAAt(corner, panelHeight+iconSize) != before.RGBAAt(corner, panelHeight+iconSize)
		})
		cancel()
		if err == nil || ctx.Err() != nil {
			return err
		}
	}
}

func property(ctx context.Context, o dbus.BusObject, face, name string) (any, error) {
	var v dbus.Variant
	if err := o.CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, face, name).Store(&v); err != nil {
		return nil, fmt.Errorf("reading %s of %s: %w", name, o.Destination(), err)
	}
	return v.Value(), nil
}

func (i *Item) object() dbus.BusObject { return i.s.conn.Object(i.service, i.path) }

func (i *Item) text(ctx context.Context, name string) (string, error) {
	v, err := property(ctx, i.object(), itemFace, name)
	s, _ := v.(string)
	return s, err
}

// Title returns the icon's title.
func (i *Item) Title(ctx context.Context) (string, error) { return i.text(ctx, "Title") }

// Status returns Passive, Active or NeedsAttention.
func (i *Item) Status(ctx context.Context) (string, error) { return i.text(ctx, "Status") }

// Tooltip returns the title of the icon's tooltip, which is all that systray sets.
func (i *Item) Tooltip(ctx context.Context) (string, error) {
	v, err := property(ctx, i.object(), itemFace, "ToolTip")
	if err != nil {
		return "", err
	}
	fields, _ := v.([]any)
	if len(fields) != 4 {
		return "", fmt.Errorf("the tooltip is %v, not a structure of four", v)
	}
	title, _ := fields[2].(string)
	return title, nil
}

// Pixmap returns the largest picture that the icon offers.
func (i *Item) Pixmap(ctx context.Context) (image.Image, error) {
	var v dbus.Variant
	if err := i.object().CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, itemFace, "IconPixmap").Store(&v); err != nil {
		return nil, fmt.Errorf("reading the icon's picture: %w", err)
	}
	var pictures []struct {
		W, H int32
		ARGB []byte
	}
	if err := dbus.Store([]any{v.Value()}, &pictures); err != nil {
		return nil, fmt.Errorf("reading the icon's picture: %w", err)
	}
	var best *image.NRGBA
	for _, p := range pictures {
		w, h := int(p.W), int(p.H)
		if w <= 0 || h <= 0 || len(p.ARGB) != 4*w*h || (best != nil && w <= best.Rect.Dx()) {
			continue
		}
		best = image.NewNRGBA(image.Rect(0, 0, w, h))
		for n := range w * h {
			a := p.ARGB[4*n:]
			best.SetNRGBA(n%w, n/w, color.NRGBA{A: a[0], R: a[1], G: a[2], B: a[3]})
		}
	}
	if best == nil {
		return nil, errors.New("the icon has no picture")
	}
	return best, nil
}

// Activate does what the panel does on a plain click on the icon.
func (i *Item) Activate(ctx context.Context) error {
	if err := i.object().CallWithContext(ctx, itemFace+".Activate", 0, int32(0), int32(0)).Err; err != nil {
		return fmt.Errorf("activating the tray icon: %w", err)
	}
	return nil
}

// MenuEntry is one line of a tray menu.
type MenuEntry struct {
	ID        int32
	Label     string // without the underscores that mark access keys
	Enabled   bool
	Visible   bool
	Separator bool
	// Checkable says that the line has a check mark, Checked that it is set.
	Checkable, Checked bool
	Icon               []byte // the line's picture from its program, or nil
	Children           []MenuEntry
}

// layout is a node as com.canonical.dbusmenu's GetLayout returns it.
type layout struct {
	ID         int32
	Properties map[string]dbus.Variant
	Children   []dbus.Variant
}

// Menu returns the icon's menu, with its submenus.
func (i *Item) Menu(ctx context.Context) ([]MenuEntry, error) {
	menu, err := i.menu(ctx)
	if err != nil {
		return nil, err
	}
	root, err := readMenu(ctx, menu, 0)
	return root.Children, err
}

func (i *Item) menu(ctx context.Context) (dbus.BusObject, error) {
	v, err := property(ctx, i.object(), itemFace, "Menu")
	if err != nil {
		return nil, err
	}
	path, _ := v.(dbus.ObjectPath)
	if path == "" || path == "/NO_DBUSMENU" {
		return nil, errors.New("the tray icon has no menu")
	}
	return i.s.conn.Object(i.service, path), nil
}

func readMenu(ctx context.Context, menu dbus.BusObject, id int32) (MenuEntry, error) {
	var revision uint32
	var root layout
	err := menu.CallWithContext(ctx, menuFace+".GetLayout", 0, id, int32(-1), []string{}).Store(&revision, &root)
	if err != nil {
		return MenuEntry{}, fmt.Errorf("reading the tray menu: %w", err)
	}
	return root.entry(ctx, menu)
}

func (l layout) entry(ctx context.Context, menu dbus.BusObject) (MenuEntry, error) {
	get := func(name string) any { return l.Properties[name].Value() }
	label, _ := get("label").(string)
	e := MenuEntry{ID: l.ID, Label: withoutAccessKeys(label), Enabled: true, Visible: true}
	if v, ok := get("enabled").(bool); ok {
		e.Enabled = v
	}
	if v, ok := get("visible").(bool); ok {
		e.Visible = v
	}
	e.Separator = get("type") == "separator"
	toggle, _ := get("toggle-type").(string)
	e.Checkable = toggle != ""
	e.Checked = get("toggle-state") == int32(1)
	e.Icon, _ = get("icon-data").([]byte)
	if len(l.Children) == 0 && get("children-display") == "submenu" && l.ID != 0 {
		// systray 1.12.2 answers the first question for its menu with one
		// level only, a way around a fault of libdbusmenu-gtk3.
		var revision uint32
		err := menu.CallWithContext(ctx, menuFace+".GetLayout", 0, l.ID, int32(-1), []string{}).Store(&revision, &l)
		if err != nil {
			return MenuEntry{}, fmt.Errorf("reading the submenu %q: %w", e.Label, err)
		}
	}
	for _, child := range l.Children {
		var c layout
		if err := dbus.Store([]any{child.Value()}, &c); err != nil {
			return MenuEntry{}, fmt.Errorf("reading the tray menu: %w", err)
		}
		sub, err := c.entry(ctx, menu)
		if err != nil {
			return MenuEntry{}, err
		}
		e.Children = append(e.Children, sub)
	}
	return e, nil
}

// withoutAccessKeys takes out the single underscores of a dbusmenu label; a
// doubled one is an underscore.
func withoutAccessKeys(label string) string {
	parts := strings.Split(label, "__")
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(p, "_", "")
	}
	return strings.Join(parts, "_")
}

// aim is how long a person needs to point at a line. A program may ignore a click on a line
// that has just moved.
const aim = 400 * time.Millisecond

// Click waits until the menu has an enabled line whose label starts with the
// last of path, in the submenus that the labels before it name in the same
// way, and which has not moved for a moment. It clicks it as the panel would.
func (i *Item) Click(ctx context.Context, path ...string) error {
	var last []MenuEntry
	var entry MenuEntry
	var since time.Time
	var slowest time.Duration
	var unread error
	err := i.s.until(ctx, func() (bool, error) {
		began := time.Now()
		// A menu that is being changed may have lost the submenu that is read.
		entries, err := i.Menu(ctx)
		if unread = err; err != nil {
			entry = MenuEntry{}
			return false, nil
		}
		slowest = max(slowest, time.Since(began))
		last = entries
		found, ok := find(entries, path)
		if !ok || found.ID != entry.ID || found.Label != entry.Label {
			entry, since = found, began
		}
		// The slower the menu is to read, the older is what was read of it.
		return ok && time.Since(since) > aim+4*slowest, nil
	})
	if err != nil {
		return fmt.Errorf("waiting for the menu line %q: %w; the menu is\n%s", path, errors.Join(err, unread), Text(last))
	}
	menu, err := i.menu(ctx)
	if err != nil {
		return err
	}
	err = menu.CallWithContext(ctx, menuFace+".Event", 0, entry.ID, "clicked", dbus.MakeVariant(int32(0)), uint32(0)).Err
	if err != nil {
		return fmt.Errorf("clicking the menu line %q: %w", entry.Label, err)
	}
	return nil
}

// ClickUntil clicks on a line as Click does, and waits for the effect; if that takes longer
// than again, it clicks again, as a person would: a click on a line that moves has no
// effect, or hits another line.
func (i *Item) ClickUntil(ctx context.Context, again time.Duration, wait func(context.Context) error, path ...string) error {
	for {
		if err := i.Click(ctx, path...); err != nil {
			return err
		}
		short, cancel := context.WithTimeout(ctx, again)
		err := wait(short)
		inTime := short.Err() == nil
		cancel()
		if err == nil || inTime || ctx.Err() != nil {
			return err
		}
	}
}

// find returns the line that the beginnings of labels lead to.
func find(entries []MenuEntry, path []string) (entry MenuEntry, ok bool) {
	for len(path) > 0 {
		label := path[0]
		n := slices.IndexFunc(entries, func(e MenuEntry) bool {
			return e.Visible && e.Enabled && strings.HasPrefix(e.Label, label)
		})
		if n < 0 {
			// A profile without a line of its own is in the submenu of all.
			n = slices.IndexFunc(entries, func(e MenuEntry) bool {
				return e.Visible && len(e.Children) > 0 && strings.HasPrefix(e.Label, "All ")
			})
			if n < 0 {
				return MenuEntry{}, false
			}
			return find(entries[n].Children, path)
		}
		entry = entries[n]
		entries = entry.Children
		path = path[1:]
	}
	return entry, len(path) == 0
}

// Text returns a menu as indented lines, for messages and golden files.
func Text(menu []MenuEntry) string {
	var b strings.Builder
	var write func([]MenuEntry, string)
	write = func(entries []MenuEntry, indent string) {
		for _, e := range entries {
			switch {
			case !e.Visible:
				continue
			case e.Separator:
				fmt.Fprintf(&b, "%s---\n", indent)
				continue
			}
			b.WriteString(indent + e.Label)
			if e.Checked {
				b.WriteString(" [x]")
			}
			if !e.Enabled {
				b.WriteString(" (disabled)")
			}
			b.WriteString("\n")
			write(e.Children, indent+"  ")
		}
	}
	write(menu, "")
	return b.String()
}
