package app

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/internal/lang"
)

// planPage shows a change of the config file as a diff, and writes it if the person
// agrees.
type planPage struct {
	*fyne.Container

	frame *frame
	state planState
	// request returns the call that makes the change or previews it. The call runs
	// where widgets may not be touched.
	request func(creds.ConfigWrite) func(context.Context) (creds.ConfigChange, error)
	// back goes back to the page before.
	back func()
	// done is called when the change is written, unless it is nil.
	done func()

	// more is above the diff, or nil.
	more    fyne.CanvasObject
	notice  *kit.Notice
	table   *kit.DiffTable
	skipped *kit.Button
	cancel  *kit.Button
	retry   *kit.Button
	write   *kit.Button
	// why is set while the table shows why profiles are skipped.
	why bool
	// stop cancels the request that is running.
	stop func()
}

// newPlanPage makes a page with the given labels on its buttons. more is shown above the
// diff, unless it is nil.
func newPlanPage(f *frame, headline, back, write string, more fyne.CanvasObject) *planPage {
	p := &planPage{frame: f, more: more, stop: func() {}}
	p.state.home = homeFolder()
	p.notice = kit.NewNotice(0, 1)
	p.table = kit.NewDiffTable(p.typedKey)
	p.skipped = kit.NewButton("", func() { p.turn(!p.why) }, p.typedKey)
	p.cancel = kit.NewButton(back, p.leave, p.typedKey)
	p.retry = kit.NewButton(lang.T("Try again"), p.preview, p.typedKey)
	p.write = kit.NewButton(write, p.agree, p.typedKey)
	p.write.StandOut(true)
	buttons := kit.NewButtons(p.skipped, layout.NewSpacer(), p.cancel, p.retry, p.write)
	head := container.New(layout.NewCustomPaddedVBoxLayout(12), kit.NewHeadline(headline), p.notice.Wide())
	if more != nil {
		head.Add(more)
	}
	p.Container = container.New(kit.Sheet{}, head, p.table, buttons)
	return p
}

// preview asks what would change, and shows it.
func (p *planPage) preview() {
	p.state.ask()
	p.send(creds.ConfigWrite{}, p.state.asked)
}

// agree writes the change that is shown.
func (p *planPage) agree() {
	if !p.state.canWrite() {
		return
	}
	p.send(p.state.write(), func(c creds.ConfigChange, err error) {
		switch again := p.state.wrote(c, err); {
		case again:
			p.preview()
		case err == nil && p.done != nil:
			p.done()
		}
	})
}

func (p *planPage) send(w creds.ConfigWrite, then func(creds.ConfigChange, error)) {
	p.stop()
	p.draw()
	p.stop = ask(p.frame, p.request(w), func(c creds.ConfigChange, err error) {
		then(c, err)
		p.turn(false)
		p.focus()
	})
}

// leave goes back, unless the file is being written: the result must be seen.
func (p *planPage) leave() {
	if p.state.stage == planWriting {
		return
	}
	p.stop()
	if p.state.stage == planDone {
		p.frame.leave()
		return
	}
	p.back()
}

func (p *planPage) typedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeyEscape:
		p.leave()
	case fyne.KeyReturn, fyne.KeyEnter:
		p.agree()
	}
}

// focus moves the focus to what the Enter key does next.
func (p *planPage) focus() {
	var target fyne.Focusable = p.cancel
	switch p.state.stage {
	case planShown:
		if p.state.canWrite() {
			target = p.write
		}
	case planFailed:
		target = p.retry
	case planAsking, planWriting, planDone:
	}
	on := p.frame.win.Canvas()
	if _, typing := on.Focused().(*kit.TextField); typing && p.state.stage != planDone {
		return // A person who types keeps the focus.
	}
	on.Focus(target)
}

// turn shows the diff, or why profiles are skipped.
func (p *planPage) turn(why bool) {
	p.why = why
	lines := p.state.lines
	if why {
		lines = skippedLines(p.state.change.Skipped)
	}
	p.table.Set(lines)
	p.draw()
}

// draw shows the state as it is now.
func (p *planPage) draw() {
	s := &p.state
	words, t := s.view()
	p.notice.Say(words, t)
	kit.Show(p.skipped, s.stage == planShown && len(s.change.Skipped) > 0)
	p.skipped.SetText(lang.T("Why are some skipped?"))
	if p.why {
		p.skipped.SetText(lang.T("Show the diff"))
	}
	kit.Show(p.retry, s.stage == planFailed)
	kit.Show(p.write, s.stage == planShown || s.stage == planWriting)
	kit.Enable(p.write, s.canWrite())
	if s.stage == planDone {
		p.cancel.SetText(lang.T("Close"))
		p.cancel.StandOut(true)
	}
	if p.more != nil {
		kit.Show(p.more, s.stage != planDone)
	}
	p.Refresh()
}
