package app

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"daypass/creds/agentapi"
)

// firstPage is what the status window shows while there are no profiles: the two
// ways to come by one.
type firstPage struct {
	*fyne.Container

	frame *frame
	// sessions are those that profiles can be made of.
	sessions []agentapi.Session
	path     string

	fromSSO *action
	form    *fyne.Container
	name    *textField
	start   *textField
	region  *textField
	section *copyText
	about   *notice
	problem *notice
}

const firstWidth = 560

func newFirstPage(f *frame, k keys) *firstPage {
	p := &firstPage{frame: f, about: newNotice(firstWidth), problem: newNotice(firstWidth), path: "~/.aws/config"}
	p.about.lines, p.problem.lines = 1, 1
	words := newNotice(firstWidth)
	words.say("There are no AWS profiles on this computer yet. daypass gets temporary credentials for them, and keeps them fresh.", toneQuiet)
	words.lines = 2
	key := newAction(glyphKey, "Add an access key…", "of an IAM user", func() { f.open("add") }, k)
	key.high = true
	p.fromSSO = newAction(glyphSignIn, "Import from Identity Center…", "AWS SSO", p.importSSO, k)
	changed := func(string) { p.draw() }
	p.name = newTextField("corp", changed, k.key)
	p.start = newTextField("https://corp.awsapps.com/start", changed, k.key)
	p.region = newTextField("eu-central-1", changed, k.key)
	p.section = newCopyText(firstWidth, sizeText, 4, k.key)
	copies := newKeyButton("Copy", func() { fyne.CurrentApp().Clipboard().SetContent(p.text()) }, k.key)
	copies.importance(true)
	p.form = container.New(layout.NewCustomPaddedVBoxLayout(10),
		formRow("Start URL", p.start), formRow("Region", p.region), formRow("Name", p.name),
		p.about, p.section, container.NewHBox(layout.NewSpacer(), copies))
	p.form.Hide()
	column := container.New(layout.NewCustomPaddedVBoxLayout(14),
		newHeadline("Welcome to daypass"), words, key, p.fromSSO, p.form, p.problem)
	p.Container = container.NewCenter(container.New(fixedWidth{firstWidth}, column))
	p.draw()
	ask(f, f.client.Hello, func(h agentapi.Hello, err error) {
		if err == nil && h.ConfigFile != "" {
			p.path = homePath(h.ConfigFile, homeFolder())
			p.draw()
		}
	})
	return p
}

func formRow(name string, field fyne.CanvasObject) *fyne.Container {
	return container.New(labelled{}, label(name), field)
}

// take takes what the agent knows now: the section that was asked for may be
// there by now.
func (p *firstPage) take(s agentapi.Snapshot) {
	p.sessions = s.Sessions
	var all []string
	for _, one := range s.Problems {
		all = append(all, join(sentence(one.Message), advice(one.Code)))
	}
	p.problem.say(join(all...), toneWarning)
	show(p.problem, len(all) > 0)
	p.draw()
}

// importSSO makes profiles of the session that is known, or says what is needed
// to know one.
func (p *firstPage) importSSO() {
	if len(p.sessions) > 0 {
		p.frame.open("sso-import", p.sessions[0].ID)
		return
	}
	p.form.Show()
	p.frame.win.Canvas().Focus(p.start)
	p.Refresh()
}

// text is the section that makes a session known.
func (p *firstPage) text() string {
	value := func(f *textField) string { return firstOf(strings.TrimSpace(f.Text), f.PlaceHolder) }
	return "[sso-session " + value(p.name) + "]\nsso_start_url = " + value(p.start) +
		"\nsso_region = " + value(p.region) + "\nsso_registration_scopes = sso:account:access\n"
}

func (p *firstPage) draw() {
	if len(p.sessions) > 0 {
		p.fromSSO.set("Import from "+briefSession(p.sessions[0].ID)+"…", true, false)
		p.form.Hide()
	}
	p.about.say("Put this section into "+p.path+". daypass sees it within a second, and the button above leads on.", toneInfo)
	p.section.set(p.text())
	p.Refresh()
}

// fixedWidth gives one object a width, and the height that it needs.
type fixedWidth struct{ width float32 }

// MinSize has the width.
func (f fixedWidth) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(f.width, objects[0].MinSize().Height)
}

// Layout places the object.
func (f fixedWidth) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Resize(size)
}
