package app

import (
	"context"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/internal/lang"
)

// rotatePage shows what a rotation does, does it, and says what was done.
type rotatePage struct {
	*fyne.Container

	frame *frame
	state rotateState
	// back goes back to the page before.
	back func()

	title  *kit.Line
	notice *kit.Notice
	facts  *kit.Facts
	full   *kit.Notice
	checks *fyne.Container
	drop   *kit.Check
	now    *kit.Check
	rotatePageButtons

	profile string
	stop    func()
}

type rotatePageButtons struct{ cancel, retry, rotate *kit.Button }

func newRotatePage(f *frame, back func()) *rotatePage {
	p := &rotatePage{frame: f, back: back, stop: func() {}, title: kit.NewHeadline(""), notice: kit.NewNotice(0, 3), full: kit.NewNotice(0, 1)}
	p.state.home = homeFolder()
	p.facts = kit.NewFacts(6, keyLabel, func(full string) { p.full.Say(full, kit.ToneInfo) }, p.typedKey)
	p.drop = kit.NewCheck("", func(on bool) { p.state.dropOther = on; p.draw() }, p.typedKey)
	p.now = kit.NewCheck(lang.T("Delete the old key now, without waiting"), func(on bool) { p.state.deleteNow = on; p.draw() }, p.typedKey)
	p.checks = container.New(kit.Rows(4), kit.Edged(p.drop), kit.Edged(p.now))
	p.cancel = kit.NewButton(lang.T("Back"), p.leave, p.typedKey)
	p.retry = kit.NewButton(lang.T("Try again"), func() { p.show(p.profile) }, p.typedKey)
	p.rotate = kit.NewButton(lang.T("Rotate"), p.agree, p.typedKey)
	p.rotate.StandOut(true)
	p.Container = container.New(kit.Sheet{}, container.New(kit.Rows(12), p.title, p.notice.Wide()),
		container.NewVScroll(container.New(kit.Rows(12), p.facts.Container, p.checks, p.full.Wide())),
		kit.NewButtons(layout.NewSpacer(), p.cancel, p.retry, p.rotate))
	return p
}

// show asks what a rotation of a profile's key would do, and shows it.
func (p *rotatePage) show(profile string) {
	p.stop()
	p.profile = profile
	p.title.Set(lang.Sprintf("Rotate the key of %s", profile))
	p.state.ask()
	p.drop.SetChecked(false)
	p.now.SetChecked(false)
	p.cancel.SetText(lang.T("Back"))
	p.cancel.StandOut(false)
	p.draw()
	p.frame.win.Canvas().Focus(p.cancel)
	p.stop = ask(p.frame, func(ctx context.Context) (creds.RotationPlan, error) {
		return p.frame.client.Custody().PlanRotate(ctx, profile)
	}, func(plan creds.RotationPlan, err error) {
		p.state.asked(plan, err)
		p.draw()
		p.focus()
	})
}

// busy reports whether the result of a rotation must be waited for.
func (p *rotatePage) busy() bool { return p.state.stage == rotateGoing }

// agree rotates the key.
func (p *rotatePage) agree() {
	if !p.state.canRotate() {
		return
	}
	r := p.state.request()
	p.state.stage = rotateGoing
	p.draw()
	p.frame.win.Canvas().Unfocus()
	p.stop = ask(p.frame, func(ctx context.Context) (creds.RotateReply, error) {
		return p.frame.client.Custody().Rotate(ctx, r)
	}, func(reply creds.RotateReply, err error) {
		p.state.rotated(reply, err)
		if p.state.planAgain() {
			p.show(p.profile)
			return
		}
		p.draw()
		p.focus()
	})
}

// take takes what the agent knows now of the key.
func (p *rotatePage) take(k *creds.KeyStatus) {
	if k != nil && p.busy() && k.ID != "" && k.ID != p.state.inUse {
		p.state.inUse = k.ID
		p.draw()
	}
}

// leave goes back, unless the key is being rotated.
func (p *rotatePage) leave() {
	if !p.busy() {
		p.stop()
		p.back()
	}
}

// focus moves the focus to what the Enter key does next.
func (p *rotatePage) focus() {
	var target fyne.Focusable = p.cancel
	switch {
	case p.state.canRotate():
		target = p.rotate
	case p.state.stage == rotateShown:
		target = p.drop
	case p.state.stage == rotateFailed:
		target = p.retry
	}
	p.frame.win.Canvas().Focus(target)
}

func (p *rotatePage) typedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeyEscape:
		p.leave()
	case fyne.KeyReturn, fyne.KeyEnter:
		p.agree()
	}
}

// draw shows the state as it is now.
func (p *rotatePage) draw() {
	s := &p.state
	p.notice.Say(s.words())
	shown := s.stage == rotateShown || s.stage == rotateGoing
	p.facts.Set(s.facts(time.Now()))
	kit.Show(p.facts.Container, shown)
	kit.Show(p.checks, s.stage == rotateShown)
	kit.Show(p.drop, s.other() != nil)
	if text := s.dropWords(); p.drop.Text != text {
		p.drop.SetText(text)
	}
	kit.Show(p.retry, s.stage == rotateFailed)
	kit.Show(p.rotate, s.stage == rotateShown || s.stage == rotateGoing)
	kit.Enable(p.rotate, s.canRotate())
	kit.Enable(p.cancel, !p.busy())
	if s.stage == rotateDone {
		p.title.Set(lang.Sprintf("The key of %s is rotated", p.profile))
		p.cancel.SetText(lang.T("Done"))
		p.cancel.StandOut(true)
	}
	p.Refresh()
}
