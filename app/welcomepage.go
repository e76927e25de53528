package app

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"daypass/creds"
	"daypass/creds/agentapi"
)

// firstPage is what the status window shows while there are no profiles: the two
// ways to come by one.
type firstPage struct {
	*fyne.Container

	frame *frame
	// sessions are those that profiles can be made of.
	sessions []creds.Session

	fromSSO *action
	form    *fyne.Container
	name    *textField
	start   *textField
	region  *textField
	begin   *keyButton
	about   *notice
	problem *notice
	// sending is set while the agent writes the session.
	sending bool
}

const firstWidth = 560

func newFirstPage(f *frame, k keys) *firstPage {
	p := &firstPage{frame: f, about: newNotice(firstWidth), problem: newNotice(firstWidth)}
	p.about.lines, p.problem.lines = 1, 1
	words := newNotice(firstWidth)
	words.say("There are no AWS profiles on this computer yet. daypass gets temporary credentials for them, and keeps them fresh.", toneQuiet)
	words.lines = 2
	key := newAction(glyphKey, "Add an access key…", "of an IAM user", func() { f.open(agentapi.WindowAdd, "") }, k)
	key.high = true
	p.fromSSO = newAction(glyphSignIn, "Import from Identity Center…", "AWS SSO", p.importSSO, k)
	p.buildForm(k)
	column := container.New(layout.NewCustomPaddedVBoxLayout(14),
		newHeadline("Welcome to daypass"), words, key, p.fromSSO, p.form, p.problem)
	p.Container = container.NewCenter(column)
	p.tell("The start URL is the address of your AWS access portal; who gave you access knows it, and the region.", toneQuiet)
	p.draw()
	return p
}

// buildForm makes the fields by which a session becomes known.
func (p *firstPage) buildForm(k keys) {
	changed := func(string) { p.draw() }
	p.start = newTextField("https://corp.awsapps.com/start", changed, k.key)
	p.region = newTextField("eu-central-1", changed, k.key)
	p.name = newTextField("corp", changed, k.key)
	for _, field := range []*textField{p.start, p.region, p.name} {
		field.OnSubmitted = func(string) { p.send() }
	}
	p.begin = newKeyButton("Continue", p.send, k.key)
	p.begin.importance(true)
	p.form = container.New(layout.NewCustomPaddedVBoxLayout(10),
		formRow("Start URL", p.start), formRow("Region", p.region), formRow("Name", p.name),
		p.about, container.NewHBox(layout.NewSpacer(), p.begin))
	p.form.Hide()
}

func formRow(name string, field fyne.CanvasObject) *fyne.Container {
	return container.New(labelled(150), newLabel(name), field)
}

// take takes what the agent knows now.
func (p *firstPage) take(s creds.Snapshot) {
	p.sessions = s.Sessions
	problems := problemSentences(s.Problems)
	p.problem.say(problems, toneWarning)
	show(p.problem, problems != "")
	p.draw()
}

// importSSO makes profiles of the session that is known, or asks for what makes
// one known.
func (p *firstPage) importSSO() {
	if len(p.sessions) > 0 {
		p.frame.open(agentapi.WindowImport, p.sessions[0].ID)
		return
	}
	p.form.Show()
	p.frame.win.Canvas().Focus(p.start)
	p.Refresh()
}

// request is what the fields say; all of it is needed.
func (p *firstPage) request() (r creds.AddSessionRequest, ready bool) {
	r = creds.AddSessionRequest{
		Name: strings.TrimSpace(p.name.Text), StartURL: strings.TrimSpace(p.start.Text), Region: strings.TrimSpace(p.region.Text),
	}
	return r, r.Name != "" && r.StartURL != "" && r.Region != ""
}

// send has the session written to the config file, and goes on to the window
// that makes profiles of it.
func (p *firstPage) send() {
	r, ready := p.request()
	if !ready || p.sending {
		return
	}
	p.sending = true
	p.tell("Writing it to the config file…", toneBusy)
	ask(p.frame, func(ctx context.Context) (written string, err error) {
		if err := p.frame.client.AddSession(ctx, r); err != nil {
			return "", err
		}
		// The agent may have completed what was typed. It is a help, no more.
		s, _ := p.frame.client.Snapshot(ctx)
		session, _ := s.Session(r.Name)
		return session.StartURL, nil
	}, func(written string, err error) {
		p.sending = false
		if err != nil {
			p.tell(againSentence(err, "try"), toneRefused)
			return
		}
		next := "Choose the accounts and roles in the window that opens."
		if written != "" && written != r.StartURL {
			p.start.SetText(written)
			next = "The start URL is " + written + ". " + next
		}
		p.tell(next, toneDone)
		p.frame.open(agentapi.WindowImport, r.Name)
	})
}

func (p *firstPage) tell(words string, t tone) {
	p.about.say(words, t)
	p.draw()
}

func (p *firstPage) draw() {
	if len(p.sessions) > 0 {
		p.fromSSO.set("Import from "+briefURL(p.sessions[0].ID)+"…", true, false)
		p.form.Hide()
	}
	_, ready := p.request()
	enable(p.begin, ready && !p.sending)
	p.Refresh()
}
