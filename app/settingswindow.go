package app

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/settings/schema"
)

// Settings shows what a person may choose, for the named profile unless that is
// empty, in the manner of [Import].
func Settings(ctx context.Context, connect Connect, profile string) error {
	return openFrame(ctx, connect, func(f *frame) { newSettingsWindow(f, profile) })
}

var settingsSize = fyne.NewSize(940, 720)

// settingsWindow shows the settings. A change is made at once. All its methods
// are called where Fyne's widgets may be touched.
type settingsWindow struct {
	*frame

	state    settingsState
	profiles statusState
	page     int
	pages    [schema.Profiles + 1]settingPage
	rows     []*settingRow // Those of the page.

	nav     *kit.NameList
	title   *kit.Line
	about   *kit.Notice
	form    *fyne.Container
	body    *fyne.Container
	forget  *kit.Button
	again   *kit.Button
	search  *kit.SearchField
	names   []kit.Named
	list    *kit.NameList
	finder  *fyne.Container
	scroll  *container.Scroll
	waiting bool
}

func newSettingsWindow(f *frame, profile string) *settingsWindow {
	w := &settingsWindow{frame: f}
	w.state.home = homeFolder()
	w.profiles.chosen, w.profiles.at = profile, -1
	k := kit.Keys{Key: w.typedKey, Char: w.typedRune, Shortcut: func(fyne.Shortcut) bool { return false }}
	w.nav = kit.NewNameList(func() []kit.Named { return settingPages }, w.turn, k)
	w.title = kit.NewHeadline(settingPages[0].Name)
	w.about = kit.NewNotice(0)
	w.about.Lines = 1
	w.form = container.NewStack()
	for page := range w.pages {
		w.pages[page].box = container.New(kit.Rows(14))
		w.form.Add(container.NewBorder(w.pages[page].box, nil, nil, nil))
	}
	w.forget = kit.NewButton("Forget what was opened", w.forgetVisits, w.typedKey)
	w.again = kit.NewButton("Try again", w.load, w.typedKey)
	w.again.StandOut(true)
	w.search = kit.NewSearchField("Search profiles", w.find, k)
	w.list = kit.NewNameList(func() []kit.Named { return w.names }, w.chooseProfile, k)
	w.finder = container.New(kit.Sheet{}, w.search, w.list, container.New(layout.NewCustomPaddedVBoxLayout(0)))
	w.scroll = container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 0, 0, 16), w.form))
	side := container.New(kit.Beside{Left: 240}, w.finder, w.scroll)
	foot := kit.NewButtons(w.forget, w.again, layout.NewSpacer())
	head := container.New(kit.Rows(8), w.title, w.about.Wide())
	w.body = container.New(kit.Sheet{}, head, side, foot)
	f.fill("daypass — settings", container.New(kit.Beside{Left: 180}, w.nav, w.body), w.typedKey)
	f.win.Canvas().SetOnTypedRune(w.typedRune)
	f.win.Resize(settingsSize)
	f.win.CenterOnScreen()
	if profile != "" {
		w.page, w.nav.Chosen = schema.Profiles, schema.Profiles
		w.nav.Refresh()
	}
	w.title.Set("Settings", "")
	kit.Show(w.finder, false)
	kit.Show(w.forget, false)
	w.load()
	return w
}

// settingsLoad is what the window needs to begin.
type settingsLoad struct {
	reply  creds.SettingsReply
	places []creds.ConsolePlace
	all    creds.Snapshot
}

func (w *settingsWindow) load() {
	w.waiting = true
	kit.Show(w.again, false)
	w.about.Say("Asking the agent…", kit.ToneBusy)
	ask(w.frame, func(ctx context.Context) (l settingsLoad, err error) {
		if l.reply, err = w.client.Settings(ctx); err == nil {
			l.places, err = w.client.Places(ctx)
		}
		if err == nil {
			l.all, err = w.client.Snapshot(ctx)
		}
		return l, err
	}, func(l settingsLoad, err error) {
		w.waiting = false
		if err != nil {
			w.about.Say(againSentence(err, "try"), kit.ToneRefused)
			kit.Show(w.again, true)
			w.win.Canvas().Focus(w.again)
			return
		}
		w.state.places = l.places
		w.take(l.all, l.reply)
		go w.follow()
	})
}

// follow keeps the window true while others change what it shows.
func (w *settingsWindow) follow() {
	// What is wrong with the agent is said where something is asked of it.
	_ = w.client.Watch(w.ctx, func(s creds.Snapshot) {
		reply, err := w.client.Settings(w.ctx)
		w.do(func() {
			if w.ctx.Err() == nil && err == nil {
				w.take(s, reply)
			}
		})
		select {
		case <-time.After(watchPause):
		case <-w.ctx.Done():
		}
	})
}

func (w *settingsWindow) take(s creds.Snapshot, reply creds.SettingsReply) {
	if profile := w.raise(agentapi.WindowSettings, s); profile != "" {
		w.search.SetText("") // What is searched for may not be this one.
		w.profiles.chosen = profile
		w.nav.Chosen, w.page = schema.Profiles, schema.Profiles
		w.nav.Refresh()
		w.scroll.ScrollToTop()
	}
	w.profiles.take(s)
	w.listNames()
	w.state.sessions, w.state.reply = s.Sessions, reply
	w.build()
}

func (w *settingsWindow) listNames() {
	w.names = w.names[:0]
	for _, i := range w.profiles.items {
		p := w.profiles.all.Profiles[i]
		w.names = append(w.names, kit.Named{Name: p.Name, About: accountOf(p)})
	}
	w.list.Chosen = w.profiles.at
	w.list.Refresh()
}

func (w *settingsWindow) find(text string) {
	w.profiles.find(text)
	w.listNames()
	w.list.ScrollToTop()
	w.build()
}

func (w *settingsWindow) chooseProfile(at int) {
	w.profiles.choose(at)
	w.build()
}

func (w *settingsWindow) turn(page int) {
	w.page = page
	w.scroll.ScrollToTop()
	w.build()
}

// settingPage is one page's rows.
type settingPage struct {
	box  *fyne.Container
	rows []*settingRow
}

// build shows the settings of the page as they are now.
func (w *settingsWindow) build() {
	if w.waiting {
		return
	}
	made := false
	for page := range w.pages {
		made = w.fillPage(page) || made
	}
	w.rows = w.pages[w.page].rows
	w.describe(len(w.state.page(w.page, w.profiles.chosen)))
	if made {
		// What is made later does not have the look of what it is in. All pages
		// are made at once, since each look has fonts of its own.
		w.win.Content().Refresh()
	}
	for page := range w.pages {
		kit.Show(w.pages[page].box, page == w.page && (page != schema.Profiles || w.profiles.chosen != ""))
	}
}

// fillPage shows the settings of a page in its rows, and reports whether it had to
// make them. Rows stay, and with them what a person is about to type.
func (w *settingsWindow) fillPage(page int) (made bool) {
	settings, p := w.state.page(page, w.profiles.chosen), &w.pages[page]
	same := len(settings) == len(p.rows)
	for i := 0; same && i < len(settings); i++ {
		same = settings[i].Label == p.rows[i].setting.Label
	}
	if !same {
		p.rows = nil
		p.box.RemoveAll()
		for _, s := range settings {
			row := newSettingRow(s, w.change, w.typedKey)
			p.rows = append(p.rows, row)
			p.box.Add(row.Container)
		}
		return true
	}
	for i, s := range settings {
		p.rows[i].update(s)
	}
	return false
}

// describe says what the page is about.
func (w *settingsWindow) describe(settings int) {
	title, words := settingPages[w.page].Name, "Changes are made at once, and written to "+homePath(w.state.reply.Path, w.state.home)+"."
	switch {
	case w.page == schema.Profiles && w.profiles.chosen != "":
		title = w.profiles.chosen
	case w.page == schema.Profiles:
		words = "There is no such profile."
	case settings == 0:
		words = "No session of Identity Center is known: there is none in the AWS config file."
	}
	w.title.Set(title, "")
	w.about.Say(words, kit.ToneQuiet)
	kit.Show(w.finder, w.page == schema.Profiles)
	kit.Show(w.forget, w.page == schema.Console)
	w.body.Refresh()
}

// change gives a setting another value.
func (w *settingsWindow) change(r *settingRow, value string) {
	request := r.setting.change(value)
	ask(w.frame, func(ctx context.Context) (creds.SettingsReply, error) {
		return w.client.ChangeSettings(ctx, request)
	}, func(reply creds.SettingsReply, err error) {
		if err != nil {
			if r.field == nil {
				r.show(r.setting) // As it still is.
			}
			r.say(errorSentence(err))
			w.body.Refresh()
			return
		}
		r.say("")
		w.state.reply = reply
		w.build()
	})
}

func (w *settingsWindow) forgetVisits() {
	ask(w.frame, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, w.client.ChangeVisits(ctx, creds.VisitsRequest{Clear: true})
	}, func(_ struct{}, err error) {
		if err != nil {
			w.about.Say(errorSentence(err), kit.ToneRefused)
		} else {
			w.about.Say("The list of what was opened is empty now.", kit.ToneDone)
		}
		w.body.Refresh()
	})
}

// typedKey takes the keys that no widget has a use for.
func (w *settingsWindow) typedKey(ev *fyne.KeyEvent) {
	switch {
	case ev.Name == fyne.KeyEscape && w.finder.Visible() && w.search.Text != "":
		w.search.SetText("")
	case ev.Name == fyne.KeyEscape:
		w.leave()
	case !kit.Moves(ev):
	case w.finder.Visible() && w.win.Canvas().Focused() != nil:
		w.list.TypedKey(ev)
	default:
		w.nav.TypedKey(ev)
	}
}

// typedRune searches on the page of the profiles.
func (w *settingsWindow) typedRune(r rune) {
	if w.finder.Visible() {
		w.win.Canvas().Focus(w.search)
		w.search.TypedRune(r)
	}
}
