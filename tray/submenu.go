package tray

import (
	"slices"

	"fyne.io/systray"
)

// submenus remembers which submenus have lines that panels do not know of. The
// goroutine that owns the menu owns it.
type submenus struct {
	grown []*systray.MenuItem
	// announce has panels read submenus. It is nil where panels see new lines by
	// themselves, and before there is anything to read.
	announce func([]*systray.MenuItem)
	// opened is set once a panel has opened the menu.
	opened bool
}

// grew notes that a submenu has a new line; nil is the menu itself.
func (m *submenus) grew(item *systray.MenuItem) {
	if item != nil && !slices.Contains(m.grown, item) {
		m.grown = append(m.grown, item)
	}
}

// open has the submenus of lists read the first time that a panel opens the menu,
// before the person gets there: Plasma's panel places a submenu that it has not read
// yet as if it had no lines, and so beside the screen.
func (m *submenus) open(lists ...list) {
	if m.opened {
		return
	}
	m.opened = true
	for _, l := range lists {
		for _, s := range l.folders {
			if s.visible {
				m.grew(s.item)
			}
		}
	}
}

// start has submenus that grow from now on announced. Nobody has read the ones
// before.
func (m *submenus) start(announce func([]*systray.MenuItem)) { m.grown, m.announce = nil, announce }

// flush announces what has grown.
func (m *submenus) flush() {
	if m.announce != nil && len(m.grown) > 0 {
		m.announce(m.grown)
		m.grown = nil
	}
}
