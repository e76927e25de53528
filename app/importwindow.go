package app

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// defaultTemplate makes the names of profiles; it is the agent's own default.
const defaultTemplate = "{{.Account}}-{{.Role}}"

// Import shows the window that makes profiles of a session's accounts and roles, and
// returns when it is closed. It must be called from main's goroutine, and once in a
// process. It fails if the agent cannot be reached or no window can be opened.
func Import(ctx context.Context, connect Connect, session string) error {
	return openFrame(ctx, connect, func(f *frame) { newImportWindow(f, session) })
}

// importWindow makes profiles of a session's accounts and roles.
type importWindow struct {
	*frame

	state importState

	loading *fyne.Container
	loaded  *kit.Notice
	retry   *kit.Button

	pick    *fyne.Container
	search  *kit.TextField
	count   *kit.Line
	list    *pairList
	region  *kit.TextField
	example *importExample
	preview *kit.Button

	plan *planPage
	// stop cancels loading.
	stop func()
}

// importExample shows the name that the template makes for one pair.
type importExample struct {
	*kit.Notice

	// stop cancels the request.
	stop  func()
	pause later
}

func newImportWindow(f *frame, session string) *importWindow {
	w := &importWindow{frame: f, stop: func() {}}
	w.state = importState{session: session, template: defaultTemplate, chosen: -1}
	title := lang.Sprintf("Profiles for %s", words.Session(session))
	w.buildLoading(title)
	w.buildPick(title)
	w.plan = newPlanPage(f, title, lang.T("Back"), lang.T("Write"), nil)
	w.plan.state.why = lang.T("This is what would be written to the config file.")
	w.plan.back = w.showPick
	w.plan.done = w.getCredentials
	w.plan.request = func(c creds.ConfigWrite) func(context.Context) (creds.ConfigChange, error) {
		r := w.state.request()
		r.ConfigWrite = c
		return func(ctx context.Context) (creds.ConfigChange, error) { return f.client.SSOImport(ctx, r) }
	}
	f.fill(lang.Sprintf("daypass — profiles for %s", words.Session(session)), windowSize,
		w.typedKey, w.loading, w.pick, w.plan.Container)
	f.session = session
	go f.followRaised(agentapi.WindowImport)
	w.load()
	return w
}

func (w *importWindow) buildLoading(title string) {
	w.loaded = kit.NewNotice(0, 2)
	w.retry = kit.NewButton(lang.T("Try again"), w.load, w.typedKey)
	w.retry.StandOut(true)
	cancel := kit.NewButton(lang.T("Cancel"), w.leave, w.typedKey)
	w.loading = container.New(kit.Sheet{}, kit.NewHeadline(title), w.loaded.Wide(),
		kit.NewButtons(layout.NewSpacer(), cancel, w.retry))
}

func (w *importWindow) buildPick(title string) {
	w.search = kit.NewTextField(lang.T("Search accounts, ids, e-mail addresses and roles"), w.find, w.typedKey)
	w.search.OnSubmitted = func(string) { w.showPlan() }
	all := kit.NewButton(lang.T("Tick all"), func() { w.tickShown(true) }, w.typedKey)
	none := kit.NewButton(lang.T("Tick none"), func() { w.tickShown(false) }, w.typedKey)
	w.count = kit.NewLine(kit.ColorSecondary, kit.SizeText, fyne.TextStyle{})
	w.list = newPairList(&w.state, w.toggle, w.typedKey)

	template := kit.NewTextField("", nil, w.typedKey)
	template.SetText(defaultTemplate)
	template.OnChanged = func(text string) { w.state.template = text; w.typed() }
	w.region = kit.NewTextField(lang.T("none"), func(text string) { w.state.region = text }, w.typedKey)
	w.example = &importExample{Notice: kit.NewNotice(0, 1), stop: func() {}}
	prune := kit.NewCheck(lang.T("Remove profiles that AWS no longer lists"), func(on bool) { w.state.prune = on; w.draw() }, w.typedKey)
	rename := kit.NewCheck(lang.T("Rename profiles that are there already"), func(on bool) { w.state.rename = on }, w.typedKey)

	cancel := kit.NewButton(lang.T("Cancel"), w.leave, w.typedKey)
	w.preview = kit.NewButton(lang.T("Preview"), w.showPlan, w.typedKey)
	w.preview.StandOut(true)
	buttons := kit.NewButtons(layout.NewSpacer(), cancel, w.preview)
	ticks := kit.NewButtons(all, none)
	head := container.New(layout.NewCustomPaddedVBoxLayout(12), kit.NewHeadline(title),
		container.NewBorder(nil, nil, nil, ticks, w.search), w.count)
	form := container.New(layout.NewCustomPaddedVBoxLayout(8),
		container.New(kit.Beside{Right: 206}, kit.NewFormRow(56, "Name", template), kit.NewFormRow(56, "Region", w.region)),
		w.example.Wide(),
		kit.Edged(kit.NewButtons(prune, rename)),
		buttons)
	w.pick = container.New(kit.Sheet{}, head, w.list, form)
}

// showPick shows the page on which accounts and roles are ticked.
func (w *importWindow) showPick() {
	w.turn(w.pick)
	w.draw()
	w.win.Canvas().Focus(w.search)
}

// importLoad is what the window needs to begin.
type importLoad struct {
	accounts []creds.SSOAccount
	all      creds.ConfigChange
	// region is the one that Identity Center is in.
	region string
}

// load asks for the accounts and roles, and which of them have profiles.
func (w *importWindow) load() {
	w.stop()
	w.loaded.Say(lang.T("Asking AWS for the accounts and roles…"), kit.ToneBusy)
	kit.Show(w.retry, false)
	w.turn(w.loading)
	ctx, over := context.WithCancel(w.ctx)
	go w.watchSignIn(ctx)
	stop := ask(w.frame, func(ctx context.Context) (l importLoad, err error) {
		defer over()
		if l.accounts, err = w.client.SSOAccounts(ctx, w.state.session); err == nil {
			l.all, err = w.client.SSOImport(ctx, creds.SSOImportRequest{Session: w.state.session})
		}
		if snapshot, err := w.client.Noteworthy(ctx); err == nil { // It works without a region.
			s, _ := snapshot.Session(w.state.session)
			l.region = s.Region
		}
		return l, err
	}, w.begin)
	w.stop = func() { over(); stop() }
}

// watchSignIn says, until ctx ends, when the list waits for a person to sign in, or to
// confirm who did.
func (w *importWindow) watchSignIn(ctx context.Context) {
	// The request for the list reports what is wrong with the agent.
	_ = w.client.WatchPrompts(ctx, "", func(prompts []creds.Prompt) {
		said := lang.T("Asking AWS for the accounts and roles…")
		for _, p := range prompts {
			switch {
			case p.SessionID() != w.state.session:
			case p.Person != nil:
				said = lang.T("Waiting for your answer: somebody else has signed in…")
			default:
				said = lang.T("Waiting for the sign-in…")
			}
		}
		w.do(func() {
			if ctx.Err() == nil {
				w.loaded.Say(said, kit.ToneBusy)
			}
		})
	})
}

// begin shows the list, or why it cannot be had.
func (w *importWindow) begin(l importLoad, err error) {
	if err != nil {
		w.loaded.Say(againSentence(err, lang.T("try")), kit.ToneRefused)
		kit.Show(w.retry, true)
		w.win.Canvas().Focus(w.retry)
		return
	}
	w.loaded.Say("", kit.ToneQuiet) // A hidden animation is drawn too.
	w.state.load(l.accounts, l.all)
	w.state.offerRegion(l.region)
	w.region.SetText(w.state.region)
	w.showPick()
	w.ask()
}

// getCredentials refreshes the profiles of the session, with the new ones, and shows the
// progress.
func (w *importWindow) getCredentials() {
	if c := w.plan.state.change; len(c.Added)+len(c.Changed) == 0 {
		return
	}
	after := func(words string, t kit.Tone) {
		w.plan.state.after, w.plan.state.afterTone = words, t
		w.plan.draw()
	}
	after(lang.T("Getting their credentials…"), kit.ToneBusy)
	ctx, over := context.WithCancel(w.ctx)
	go func() {
		// The request for the credentials reports what is wrong with the agent.
		_ = w.watch(ctx, func(s creds.Snapshot) {
			if session, _ := s.Session(w.state.session); session.Total > 0 {
				after(lang.Sprintf("Getting credentials: %s of %s…", thousands(session.Done), thousands(session.Total)), kit.ToneBusy)
			}
		})
	}()
	ask(w.frame, func(ctx context.Context) (creds.SSOLoginReply, error) {
		defer over()
		return w.client.SSOLogin(ctx, creds.SSOLoginRequest{Session: w.state.session})
	}, func(r creds.SSOLoginReply, err error) { after(credentialsWords(r, err)) })
}

// credentialsWords says how many of the imported profiles got credentials.
func credentialsWords(r creds.SSOLoginReply, err error) (string, kit.Tone) {
	switch {
	case err != nil:
		return lang.Sprintf("There are no credentials for them yet: %s", againSentence(err, lang.T("refresh one"))), kit.ToneWarning
	case len(r.Failed) > 0:
		return lang.Sprintf("%s have credentials; %s have none: %s",
			thousands(r.Refreshed), thousands(len(r.Failed)), words.Sentence(r.Failed[0].Err.Message)), kit.ToneWarning
	}
	return lang.Sprintf("%s have credentials.", thousands(r.Refreshed)), kit.ToneDone
}

func (w *importWindow) find(text string) {
	w.state.find(text)
	w.list.ScrollToTop()
	w.draw()
	w.typed()
}

func (w *importWindow) tickShown(on bool) {
	w.state.tickShown(on)
	w.draw()
}

func (w *importWindow) toggle(row int) {
	w.state.toggle(row)
	w.draw()
	w.typed()
}

// draw shows the state as it is now.
func (w *importWindow) draw() {
	w.count.Set(w.state.count())
	w.list.Refresh()
	kit.Enable(w.preview, !w.state.empty())
}

// typed asks for another example once the person pauses.
func (w *importWindow) typed() {
	w.example.stop()
	w.example.pause.call(typingPause, w.do, w.ask)
}

// ask shows which name the template makes.
func (w *importWindow) ask() {
	r, ok := w.state.example()
	if !ok {
		return
	}
	w.example.stop()
	w.example.stop = ask(w.frame, func(ctx context.Context) (creds.ConfigChange, error) {
		return w.client.SSOImport(ctx, r)
	}, func(c creds.ConfigChange, err error) {
		if err != nil {
			w.example.Say(againSentence(err, lang.T("try")), kit.ToneRefused)
		} else {
			w.example.Say(exampleWords(r.Only[0], c), kit.ToneQuiet)
		}
		w.pick.Refresh()
	})
}

func (w *importWindow) showPlan() {
	if w.state.empty() {
		return
	}
	w.turn(w.plan.Container)
	w.plan.focus()
	w.plan.preview()
}

// typedKey takes the keys that no widget uses.
func (w *importWindow) typedKey(ev *fyne.KeyEvent) {
	switch {
	case w.plan.Visible():
		w.plan.typedKey(ev)
	case ev.Name == fyne.KeyEscape:
		w.leave()
	}
}
