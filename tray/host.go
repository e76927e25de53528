package tray

import (
	"context"
	"log/slog"
	"reflect"
	"slices"
	"time"

	"fyne.io/systray"

	"daypass/creds"
	"daypass/internal/safely"
	"daypass/packaging/icons"
)

// host puts a [Menu] on the screen through systray. One goroutine owns it.
//
// systray can only append items, and drops whatever it is told about an item
// that was removed while someone looked at it. So items are never removed: every
// part of the menu has slots that are filled in order, and those left over are
// hidden. An open menu changes in place.
type host struct {
	actions Actions
	clicks  chan *slot
	done    <-chan struct{}
	log     *slog.Logger

	// added are the items whose clicks nobody waits for yet; fresh brings them
	// to a goroutine that will.
	added []*slot
	fresh chan []*slot

	// grown are the items whose submenus have got lines that panels do not know
	// of; announce has those read. It is nil where panels see it by themselves,
	// and before there is anything to read.
	grown    []*systray.MenuItem
	announce func([]*systray.MenuItem)
	// opened is set once a panel has opened the menu.
	opened bool

	icon    icons.State
	tooltip string
	// pictures holds the icons that were drawn.
	pictures map[icons.State]drawing

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
	h := &host{
		actions: actions, clicks: make(chan *slot), done: done, log: log, pictures: make(map[icons.State]drawing),
		fresh: make(chan []*slot, 1),
	}
	go h.relay()
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
	// systray sends clicks without waiting and drops those that nobody is
	// ready to receive. A buffer of nothings costs nothing and drops none.
	s.item.ClickedCh = make(chan struct{}, 1<<16)
	h.added = append(h.added, s)
	if parent != nil && !slices.Contains(h.grown, parent) {
		h.grown = append(h.grown, parent)
	}
	return s
}

// listen has the clicks on added items relayed.
func (h *host) listen() {
	if len(h.added) == 0 {
		return
	}
	select {
	case waiting := <-h.fresh:
		h.added = append(waiting, h.added...)
	default:
	}
	h.fresh <- h.added // there is room: only this sends
	h.added = nil
}

// maxRelayed is how many items one relay serves; [reflect.Select] takes no more
// than 65536 channels.
const maxRelayed = 10_000

// relay brings the clicks on items to the goroutine that owns the menu. It waits
// for all of them at once: a goroutine for each item has a stack of 4 to 8 kB,
// and a menu some hundred items.
func (h *host) relay() {
	const done, fresh, first = 0, 1, 2
	from := func(ch any) reflect.SelectCase {
		return reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(ch)}
	}
	cases := []reflect.SelectCase{done: from(h.done), fresh: from(h.fresh)}
	var slots []*slot
	safely.Keep(context.Background(), h.log, "the clicks on the menu", func(context.Context) {
		for {
			switch at, got, _ := reflect.Select(cases); at {
			case done:
				return
			case fresh:
				for _, s := range got.Interface().([]*slot) {
					slots, cases = append(slots, s), append(cases, from(s.item.ClickedCh))
				}
				if len(slots) >= maxRelayed {
					cases[fresh].Chan = reflect.Value{} // never ready
					go h.relay()                        //nolint:gosec // no part of this one's run
				}
			default:
				select {
				case h.clicks <- slots[at-first]:
				case <-h.done:
					return
				}
			}
		}
	})
}

// show makes the screen agree with a snapshot; it touches only what differs.
func (h *host) show(s creds.Snapshot, now time.Time) {
	if icon := Icon(s, now); icon != h.icon {
		h.icon = icon
		if data := h.picture(icon).panel; data != nil {
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
	h.listen()
	if h.announce != nil && len(h.grown) > 0 {
		h.announce(h.grown)
		h.grown = nil
	}
}

// open is to be called when a panel opens the menu, and before the next show. It
// has the submenus read before the person gets there: Plasma's panel places one that
// it has not read yet as if it had no lines, and so beside the screen.
func (h *host) open() {
	if h.opened {
		return
	}
	h.opened = true
	for _, l := range []*list{&h.news, &h.start, &h.sessions, &h.more} {
		for _, s := range l.folders {
			if s.visible && !slices.Contains(h.grown, s.item) {
				h.grown = append(h.grown, s.item)
			}
		}
	}
}

// drawing is the icon of a state in the form that systray takes; nil if it cannot be
// drawn.
type drawing struct {
	panel, menu []byte
}

// picture returns the icon of a state.
func (h *host) picture(state icons.State) drawing {
	if _, ok := h.pictures[state]; !ok {
		panel, err := drawn(state)
		if err != nil {
			h.log.Warn("no icon", "error", err)
		}
		menu, err := inMenu(panel)
		if err != nil {
			h.log.Warn("no icon in the menu", "error", err)
		}
		h.pictures[state] = drawing{panel, menu}
	}
	return h.pictures[state]
}

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
		if data := h.picture(line.Icon).menu; data != nil {
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
