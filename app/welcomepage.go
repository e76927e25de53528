package app

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// welcomePage is what the status window shows while there are no profiles: the ways to get
// one.
type welcomePage struct {
	*fyne.Container

	frame *frame
	// sessions are those that have accounts to import.
	sessions []creds.Session

	fromSSO *kit.Action
	signIn  *kit.Action
	form    *fyne.Container
	name    *kit.TextField
	start   *kit.TextField
	region  *kit.TextField
	begin   *kit.Button
	about   *kit.Notice
	problem *kit.Notice
	// sending is set while the agent writes the session.
	sending bool
}

const (
	welcomeWidth = 560
	// formLabel is the width of the labels of a form.
	formLabel = 150
)

func newWelcomePage(f *frame, k kit.Keys) *welcomePage {
	p := &welcomePage{frame: f, about: kit.NewNotice(welcomeWidth, 1), problem: kit.NewNotice(welcomeWidth, 1)}
	words := kit.NewNotice(welcomeWidth, 2)
	words.Say(lang.T("There are no AWS profiles on this computer yet. daypass gets temporary credentials for them, and keeps them fresh."), kit.ToneQuiet)
	key := kit.NewAction(kit.GlyphKey, lang.T("Add an access key…"), lang.T("of an IAM user"), func() { f.open(agentapi.WindowAdd, "") }, k)
	key.High = true
	p.fromSSO = kit.NewAction(kit.GlyphSignIn, lang.T("Import from Identity Center…"), lang.T("AWS SSO"), p.importSSO, k)
	p.signIn = kit.NewAction(kit.GlyphWeb, lang.T("Sign in to AWS's console…"), lang.T("aws login"), func() { f.open(agentapi.WindowAddConsole, "") }, k)
	p.buildForm(k)
	column := container.New(layout.NewCustomPaddedVBoxLayout(14),
		kit.NewHeadline(lang.T("Welcome to daypass")), words, key, p.fromSSO, p.signIn, p.form, p.problem)
	p.Container = container.NewCenter(column)
	p.say(lang.T("The start URL is the address of your AWS access portal; whoever gave you access knows it, and the region."), kit.ToneQuiet)
	p.draw()
	return p
}

// buildForm makes the fields of a new session.
func (p *welcomePage) buildForm(k kit.Keys) {
	changed := func(string) { p.draw() }
	p.start = kit.NewTextField("https://corp.awsapps.com/start", changed, k.Key)
	p.region = kit.NewTextField("eu-central-1", changed, k.Key)
	p.name = kit.NewTextField(lang.T("corp"), changed, k.Key)
	kit.OnEnter(p.send, p.start, p.region, p.name)
	p.begin = kit.NewButton(lang.T("Continue"), p.send, k.Key)
	p.begin.StandOut(true)
	p.form = container.New(layout.NewCustomPaddedVBoxLayout(10),
		kit.NewFormRow(formLabel, "Start URL", p.start), kit.NewFormRow(formLabel, "Region", p.region), kit.NewFormRow(formLabel, "Name", p.name),
		p.about, container.NewHBox(layout.NewSpacer(), p.begin))
	p.form.Hide()
}

// take takes what the agent knows now.
func (p *welcomePage) take(s creds.Snapshot) {
	p.sessions = s.Sessions
	problems := problemSentences(s.Problems)
	p.problem.Say(problems, kit.ToneWarning)
	kit.Show(p.problem, problems != "")
	p.draw()
}

// importSSO imports the accounts of the first session, or shows the form for a new one.
func (p *welcomePage) importSSO() {
	if len(p.sessions) > 0 {
		p.frame.open(agentapi.WindowImport, p.sessions[0].ID)
		return
	}
	p.form.Show()
	p.frame.win.Canvas().Focus(p.start)
	p.Refresh()
}

// request is made of the fields, which must all be filled.
func (p *welcomePage) request() (r creds.AddSessionRequest, ready bool) {
	r = creds.AddSessionRequest{
		Name: strings.TrimSpace(p.name.Text), StartURL: strings.TrimSpace(p.start.Text), Region: strings.TrimSpace(p.region.Text),
	}
	return r, r.Name != "" && r.StartURL != "" && r.Region != ""
}

// send writes the session to the config file, and opens the window that imports its
// accounts.
func (p *welcomePage) send() {
	r, ready := p.request()
	if !ready || p.sending {
		return
	}
	p.sending = true
	p.say(lang.T("Writing it to the config file…"), kit.ToneBusy)
	ask(p.frame, func(ctx context.Context) (written string, err error) {
		if err := p.frame.client.AddSession(ctx, r); err != nil {
			return "", err
		}
		// The agent may have completed what was typed. The window works without that.
		s, _ := p.frame.client.Snapshot(ctx)
		session, _ := s.Session(r.Name)
		return session.StartURL, nil
	}, func(written string, err error) {
		p.sending = false
		if err != nil {
			p.say(againSentence(err, lang.T("try")), kit.ToneRefused)
			return
		}
		next := lang.T("Choose the accounts and roles in the window that opens.")
		if written != "" && written != r.StartURL {
			p.start.SetText(written)
			next = lang.Sprintf("The start URL is %s. %s", written, next)
		}
		p.say(next, kit.ToneDone)
		p.frame.open(agentapi.WindowImport, r.Name)
	})
}

func (p *welcomePage) say(words string, t kit.Tone) {
	p.about.Say(words, t)
	p.draw()
}

func (p *welcomePage) draw() {
	if len(p.sessions) > 0 {
		p.fromSSO.Set(lang.Sprintf("Import from %s…", words.Session(p.sessions[0].ID)), true, false)
		p.form.Hide()
	}
	_, ready := p.request()
	kit.Enable(p.begin, ready && !p.sending)
	p.Refresh()
}
