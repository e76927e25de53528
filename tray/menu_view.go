package tray

import (
	"log/slog"
	"time"

	"fyne.io/systray"

	"daypass/creds"
	"daypass/packaging/icons"
)

// menuView puts a [Menu] on the screen through systray. One goroutine owns it.
//
// systray can only append items, and ignores changes of an item that was removed
// while a panel showed it. So items are never removed: every part of the menu has
// slots that are filled in order, and those left over are hidden. An open menu
// changes in place.
type menuView struct {
	clicks   *clicks
	submenus submenus
	pictures pictures

	icon    icons.State
	tooltip string

	news, start, profiles, sessions, more list
}

// list is a run of slots under one parent. An item that once had a submenu keeps it
// for ever, so lines with and without one have slots of their own.
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
	// seed is the only line of a submenu before it has others; nil later.
	seed *systray.MenuItem
	// since is when the slot last went from one command to another.
	since time.Time
}

// newMenuView makes the slots of the menu itself, all of them hidden.
func newMenuView(done <-chan struct{}, log *slog.Logger) *menuView {
	v := &menuView{clicks: newClicks(done, log), pictures: newPictures(log)}
	v.reserve(&v.news.leaves, maxNews)
	v.reserveFolders(&v.news.folders, 1)
	v.reserve(&v.start.leaves, 1)
	v.reserveFolders(&v.start.folders, 2)
	v.reserve(&v.start.leaves, maxUnlocked)
	// The console's profiles and bookmarks.
	v.start.folders[0].lines.paired = true
	systray.AddSeparator()
	v.reserve(&v.profiles.leaves, maxProfiles)
	v.sessions.paired = true
	for range 1 + maxSessions {
		v.reserveFolders(&v.sessions.folders, 1)
		v.reserve(&v.sessions.leaves, 1)
	}
	systray.AddSeparator()
	v.reserveFolders(&v.more.folders, 2)
	v.reserve(&v.more.leaves, 2)
	return v
}

func (v *menuView) reserve(slots *[]*slot, n int) {
	for range n {
		s := v.add(nil, "")
		s.hide()
		*slots = append(*slots, s)
	}
}

func (v *menuView) reserveFolders(slots *[]*slot, n int) {
	for range n {
		s := v.addFolder(nil, "")
		s.hide()
		*slots = append(*slots, s)
	}
}

// addFolder appends an item for lines with a submenu.
func (v *menuView) addFolder(parent *systray.MenuItem, text string) *slot {
	s := v.add(parent, text)
	s.seed = seed(s.item)
	return s
}

// add appends an item. It can be seen at once, so it has its text from the beginning.
func (v *menuView) add(parent *systray.MenuItem, text string) *slot {
	s := &slot{visible: true, line: Line{Text: text}}
	if parent == nil {
		s.item = systray.AddMenuItem(escape(text), "")
	} else {
		s.item = parent.AddSubMenuItem(escape(text), "")
	}
	v.clicks.add(s)
	v.submenus.grew(parent)
	return s
}

// show shows a snapshot; it changes only what differs.
func (v *menuView) show(s creds.Snapshot, now time.Time) {
	if icon := Icon(s, now); icon != v.icon {
		v.icon = icon
		if data := v.pictures.of(icon).panel; data != nil {
			systray.SetTemplateIcon(data, data)
		}
	}
	if tooltip := Tooltip(s, now); tooltip != v.tooltip {
		v.tooltip = tooltip
		systray.SetTooltip(tooltip)
	}
	menu := NewMenu(s, now)
	v.fill(&v.news, menu.News, now)
	v.fill(&v.start, menu.Start, now)
	v.fill(&v.profiles, menu.Profiles, now)
	v.fill(&v.sessions, menu.Sessions, now)
	v.fill(&v.more, menu.More, now)
	v.clicks.listen()
	v.submenus.flush()
}

// open prepares the menu for a panel that opens it; the next show follows.
func (v *menuView) open() { v.submenus.open(v.news, v.start, v.sessions, v.more) }

// fill shows lines in a list's slots and hides the slots left over.
func (v *menuView) fill(l *list, lines []Line, now time.Time) {
	if l.paired {
		v.fillPairs(l, lines, now)
		return
	}
	folders, leaves := 0, 0
	for _, line := range lines {
		slots, used, add := &l.leaves, &leaves, v.add
		if len(line.Lines) > 0 {
			slots, used, add = &l.folders, &folders, v.addFolder
		}
		if *used == len(*slots) {
			*slots = append(*slots, add(l.parent, line.Text))
		}
		v.put((*slots)[*used], line, now)
		*used++
	}
	l.hide(folders, leaves)
}

// fillPairs shows lines in a list with two slots for each.
func (v *menuView) fillPairs(l *list, lines []Line, now time.Time) {
	for i, line := range lines {
		if i == len(l.leaves) {
			l.folders = append(l.folders, v.addFolder(l.parent, line.Text))
			l.leaves = append(l.leaves, v.add(l.parent, line.Text))
		}
		use, spare := l.leaves[i], l.folders[i]
		if len(line.Lines) > 0 {
			use, spare = spare, use
			if len(use.lines.leaves)+len(use.lines.folders) == 0 {
				use.lines.paired = !line.uniform
			}
		}
		// In this order, so that a submenu of one line is never empty.
		v.put(use, line, now)
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
// On Windows every change of a hidden item makes it visible, so nothing may be set on
// an item that stays hidden. Show comes last, because a panel that reads the menu
// meanwhile must not find a submenu without its lines.
func (v *menuView) put(s *slot, line Line, now time.Time) {
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
		if data := v.pictures.of(line.Icon).menu; data != nil {
			s.item.SetTemplateIcon(data, data)
		}
	}
	s.lines.parent = s.item
	v.fill(&s.lines, line.Lines, now)
	if s.seed != nil && len(line.Lines) > 0 {
		s.seed.Hide()
		s.seed = nil
	}
	if !s.visible {
		s.item.Show()
		s.visible = true
	}
}
