package tray

import (
	"log/slog"
	"time"

	"fyne.io/systray"

	"daypass/creds"
	"daypass/packaging/icons"
)

// host puts a [Menu] on the screen through systray. One goroutine owns it.
//
// systray can only append items, and ignores changes of an item that was removed
// while a panel showed it. So items are never removed: every part of the menu has
// slots that are filled in order, and those left over are hidden. An open menu
// changes in place.
type host struct {
	actions  Actions
	clicks   *clicks
	submenus submenus
	pictures pictures

	icon    icons.State
	tooltip string

	news, start, profiles, sessions, more list
}

// list is a run of slots under one parent. An item that once had a submenu keeps
// it for good, so lines with and without one have slots of their own.
type list struct {
	parent          *systray.MenuItem // nil for the menu itself
	folders, leaves []*slot
	// paired lists have both for every line, side by side, so that the lines
	// keep their order while they gain and lose submenus.
	paired bool
}

// slot is one item and what it shows now.
type slot struct {
	item    *systray.MenuItem
	visible bool
	line    Line
	lines   list
	// seed is what a submenu has before it has lines; nil later.
	seed *systray.MenuItem
	// since is when the slot last went from one command to another.
	since time.Time
}

// newHost makes the slots of the menu itself, all of them hidden.
func newHost(actions Actions, done <-chan struct{}, log *slog.Logger) *host {
	h := &host{actions: actions, clicks: newClicks(done, log), pictures: newPictures(log)}
	h.reserve(&h.news.leaves, maxNews)
	h.reserveFolders(&h.news.folders, 1)
	h.reserve(&h.start.leaves, 1)
	h.reserveFolders(&h.start.folders, 2)
	h.reserve(&h.start.leaves, maxUnlocked)
	// The console's profiles and bookmarks.
	h.start.folders[0].lines.paired = true
	systray.AddSeparator()
	h.reserve(&h.profiles.leaves, maxProfiles)
	h.sessions.paired = true
	for range 1 + maxSessions {
		h.reserveFolders(&h.sessions.folders, 1)
		h.reserve(&h.sessions.leaves, 1)
	}
	systray.AddSeparator()
	h.reserveFolders(&h.more.folders, 2)
	h.reserve(&h.more.leaves, 2)
	return h
}

func (h *host) reserve(slots *[]*slot, n int) {
	for range n {
		s := h.add(nil, "")
		s.hide()
		*slots = append(*slots, s)
	}
}

func (h *host) reserveFolders(slots *[]*slot, n int) {
	for range n {
		s := h.addFolder(nil, "")
		s.hide()
		*slots = append(*slots, s)
	}
}

// addFolder appends an item for lines with a submenu.
func (h *host) addFolder(parent *systray.MenuItem, text string) *slot {
	s := h.add(parent, text)
	s.seed = seed(s.item)
	return s
}

// add appends an item. It can be seen at once, so it has its text from the beginning.
func (h *host) add(parent *systray.MenuItem, text string) *slot {
	s := &slot{visible: true, line: Line{Text: text}}
	if parent == nil {
		s.item = systray.AddMenuItem(escape(text), "")
	} else {
		s.item = parent.AddSubMenuItem(escape(text), "")
	}
	h.clicks.add(s)
	h.submenus.grew(parent)
	return s
}

// show makes the screen agree with a snapshot; it touches only what differs.
func (h *host) show(s creds.Snapshot, now time.Time) {
	if icon := Icon(s, now); icon != h.icon {
		h.icon = icon
		if data := h.pictures.of(icon).panel; data != nil {
			systray.SetTemplateIcon(data, data)
		}
	}
	if tooltip := Tooltip(s, now); tooltip != h.tooltip {
		h.tooltip = tooltip
		systray.SetTooltip(tooltip)
	}
	menu := NewMenu(s, now)
	h.fill(&h.news, menu.News, now)
	h.fill(&h.start, h.actions.only(menu.Start), now)
	h.fill(&h.profiles, menu.Profiles, now)
	h.fill(&h.sessions, menu.Sessions, now)
	h.fill(&h.more, h.actions.only(menu.More), now)
	h.clicks.listen()
	h.submenus.flush()
}

// open prepares the menu for a panel that opens it; the next show follows.
func (h *host) open() { h.submenus.open(h.news, h.start, h.sessions, h.more) }

// fill shows lines in a list's slots and hides the slots left over.
func (h *host) fill(l *list, lines []Line, now time.Time) {
	if l.paired {
		h.fillPairs(l, lines, now)
		return
	}
	folders, leaves := 0, 0
	for _, line := range lines {
		slots, used, add := &l.leaves, &leaves, h.add
		if len(line.Lines) > 0 {
			slots, used, add = &l.folders, &folders, h.addFolder
		}
		if *used == len(*slots) {
			*slots = append(*slots, add(l.parent, line.Text))
		}
		h.put((*slots)[*used], line, now)
		*used++
	}
	l.hide(folders, leaves)
}

// fillPairs shows lines in a list that has two slots for each.
func (h *host) fillPairs(l *list, lines []Line, now time.Time) {
	for i, line := range lines {
		if i == len(l.leaves) {
			l.folders = append(l.folders, h.addFolder(l.parent, line.Text))
			l.leaves = append(l.leaves, h.add(l.parent, line.Text))
		}
		use, spare := l.leaves[i], l.folders[i]
		if len(line.Lines) > 0 {
			use, spare = spare, use
			if len(use.lines.leaves)+len(use.lines.folders) == 0 {
				use.lines.paired = !line.uniform
			}
		}
		// In this order, so that a submenu of one line is never empty.
		h.put(use, line, now)
		spare.hide()
	}
	l.hide(len(lines), len(lines))
}

// hide hides the slots after the given numbers of them.
func (l *list) hide(folders, leaves int) {
	for _, left := range [][]*slot{l.folders[folders:], l.leaves[leaves:]} {
		for _, s := range left {
			s.hide()
		}
	}
}

func (s *slot) hide() {
	if s.visible {
		s.item.Hide()
		s.visible = false
	}
}

// put shows a line in a slot.
//
// On Windows every change of a hidden item makes it visible, so nothing may be
// set on one that stays hidden, and Show comes last. So it does elsewhere: a panel
// that reads the menu meanwhile must not find a submenu without its lines.
func (h *host) put(s *slot, line Line, now time.Time) {
	if line.Click != s.line.Click {
		if s.line.Click.Verb != VerbNone {
			s.since = now
		}
		s.line.Click = line.Click
	}
	if line.Text != s.line.Text {
		s.line.Text = line.Text
		s.item.SetTitle(escape(line.Text))
	}
	switch grey := line.Click.Verb == VerbNone && len(line.Lines) == 0; {
	case grey && !s.item.Disabled():
		s.item.Disable()
	case !grey && s.item.Disabled():
		s.item.Enable()
	}
	if line.Icon != s.line.Icon {
		s.line.Icon = line.Icon
		if data := h.pictures.of(line.Icon).menu; data != nil {
			s.item.SetTemplateIcon(data, data)
		}
	}
	s.lines.parent = s.item
	h.fill(&s.lines, line.Lines, now)
	if s.seed != nil && len(line.Lines) > 0 {
		s.seed.Hide()
		s.seed = nil
	}
	if !s.visible {
		s.item.Show()
		s.visible = true
	}
}
