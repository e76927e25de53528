package app

import (
	"context"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/settings/schema"
	"daypass/internal/lang"
)

// Settings shows the settings, those of a profile first unless its name is empty. It is
// called as [Import] is.
func Settings(ctx context.Context, connect Connect, profile string) error {
	return openFrame(ctx, connect, func(f *frame) { newSettingsWindow(f, profile) })
}

var settingsSize = fyne.NewSize(940, 720)

// settingsWindow shows the settings. A change is made at once.
type settingsWindow struct {
	*frame

	state  settingsState
	finder *profileFinder
	page   int
	pages  [schema.Profiles + 1]settingPage

	nav     *kit.NameList
	title   *kit.Line
	about   *kit.Notice
	body    *fyne.Container
	forget  *kit.Button
	again   *kit.Button
	scroll  *container.Scroll
	waiting bool
}

func newSettingsWindow(f *frame, profile string) *settingsWindow {
	w := &settingsWindow{frame: f}
	w.state.home = homeFolder()
	k := kit.Keys{Key: w.typedKey, Char: w.typedRune, Shortcut: func(fyne.Shortcut) bool { return false }}
	w.nav = kit.NewNameList(func() []kit.Named { return settingPages }, w.choosePage, k)
	w.title = kit.NewHeadline(lang.T("Settings"))
	w.about = kit.NewNotice(0, 1)
	form := container.NewStack()
	for page := range w.pages {
		w.pages[page].box = container.New(kit.Rows(14))
		form.Add(container.NewBorder(w.pages[page].box, nil, nil, nil))
	}
	w.forget = kit.NewButton(lang.T("Forget what was opened"), w.forgetVisits, w.typedKey)
	w.again = kit.NewButton(lang.T("Try again"), w.load, w.typedKey)
	w.again.StandOut(true)
	w.finder = newProfileFinder(profile, w.build, k)
	w.scroll = container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 0, 0, 16), form))
	w.body = container.New(kit.Sheet{},
		container.New(kit.Rows(8), w.title, w.about.Wide()),
		container.New(kit.Beside{Left: 240}, w.finder.Container, w.scroll),
		kit.NewButtons(w.forget, w.again, layout.NewSpacer()))
	f.fill(lang.T("daypass — settings"), settingsSize, w.typedKey, container.New(kit.Beside{Left: 180}, w.nav, w.body))
	f.win.Canvas().SetOnTypedRune(w.typedRune)
	kit.Show(w.finder.Container, false)
	kit.Show(w.forget, false)
	w.load()
	if profile != "" {
		w.showPage(schema.Profiles)
	}
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
	w.about.Say(lang.T("Asking the agent…"), kit.ToneBusy)
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
			w.about.Say(againSentence(err, lang.T("try")), kit.ToneRefused)
			kit.Show(w.again, true)
			w.win.Canvas().Focus(w.again)
			return
		}
		w.state.places = l.places
		w.take(l.all, l.reply)
		go w.follow()
	})
}

// follow keeps the window up to date while others change the settings.
func (w *settingsWindow) follow() {
	// Requests report what is wrong with the agent.
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
	profile := w.raise(agentapi.WindowSettings, s)
	w.finder.take(s, profile)
	w.state.sessions, w.state.reply = s.Sessions, reply
	if profile != "" {
		w.showPage(schema.Profiles)
	} else {
		w.build()
	}
}

// showPage goes to a page, and marks it in the list of pages.
func (w *settingsWindow) showPage(page int) {
	w.nav.Chosen = page
	w.nav.Refresh()
	w.choosePage(page)
}

// choosePage goes to the page that is marked.
func (w *settingsWindow) choosePage(page int) {
	w.page = page
	w.scroll.ScrollToTop()
	w.build()
}

// build shows the settings of the page as they are now.
func (w *settingsWindow) build() {
	if w.waiting {
		return
	}
	for i := range w.pages {
		// All pages are filled: each look of a switch loads its own fonts.
		page := &w.pages[i]
		page.fill(w.state.page(i, w.finder.profile()), w.change, w.typedKey)
		kit.Show(page.box, i == w.page && (i != schema.Profiles || w.finder.profile() != ""))
	}
	w.describe()
}

// rows are those of the page.
func (w *settingsWindow) rows() []*settingRow { return w.pages[w.page].rows }

// settingPage is one page's rows.
type settingPage struct {
	box  *fyne.Container
	rows []*settingRow
}

// fill shows settings in the page's rows. Rows of the same settings stay, and with them
// what a person is typing.
func (p *settingPage) fill(settings []setting, change func(*settingRow, string), key func(*fyne.KeyEvent)) {
	if slices.EqualFunc(settings, p.rows, func(s setting, r *settingRow) bool { return s.Label == r.setting.Label }) {
		for i, s := range settings {
			p.rows[i].update(s)
		}
		return
	}
	p.rows = nil
	p.box.RemoveAll()
	for _, s := range settings {
		row := newSettingRow(s, change, key)
		p.rows = append(p.rows, row)
		p.box.Add(row.Container)
	}
}

// describe says what the page is about.
func (w *settingsWindow) describe() {
	title, words := settingPages[w.page].Name, lang.Sprintf("Changes are made at once, and written to %s.", homePath(w.state.reply.Path, w.state.home))
	switch {
	case w.page == schema.Profiles && w.finder.profile() != "":
		title = w.finder.profile()
	case w.page == schema.Profiles:
		words = lang.T("There is no such profile.")
	case len(w.rows()) == 0:
		words = lang.T("No session of Identity Center is known: there is none in the AWS config file.")
	}
	w.title.Set(title)
	w.about.Say(words, kit.ToneQuiet)
	kit.Show(w.finder.Container, w.page == schema.Profiles)
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
				r.show(r.setting) // The value has not changed.
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
			w.about.Say(lang.T("The list of what was opened is empty now."), kit.ToneDone)
		}
		w.body.Refresh()
	})
}

// typedKey takes the keys that no widget uses.
func (w *settingsWindow) typedKey(ev *fyne.KeyEvent) {
	switch {
	case ev.Name == fyne.KeyEscape && w.finder.Visible() && w.finder.search.Text != "":
		w.finder.search.SetText("")
	case ev.Name == fyne.KeyEscape:
		w.leave()
	case !kit.Moves(ev):
	case w.finder.Visible() && w.win.Canvas().Focused() != nil:
		w.finder.list.TypedKey(ev)
	default:
		w.nav.TypedKey(ev)
	}
}

// typedRune searches on the page of the profiles.
func (w *settingsWindow) typedRune(r rune) {
	if w.finder.Visible() {
		w.win.Canvas().Focus(w.finder.search)
		w.finder.search.TypedRune(r)
	}
}
