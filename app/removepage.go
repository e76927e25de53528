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

// removePage shows what the removal of a profile takes away, and has it removed.
type removePage struct {
	*fyne.Container

	frame *frame
	state removeState
	// back goes back to the page before, once the removal has begun or been given up.
	back func(removes bool)

	title          *kit.Notice
	notice         *kit.Notice
	lists          *fyne.Container
	cancel, remove *kit.Button
	retry          *kit.Button
	stop           func()
}

func newRemovePage(f *frame, back func(removes bool)) *removePage {
	p := &removePage{frame: f, back: back, stop: func() {}, title: kit.NewWrappedHeadline(), notice: kit.NewNotice(0, 2), lists: container.New(kit.Rows(6))}
	p.cancel = kit.NewButton(lang.T("Back"), p.leave, p.typedKey)
	p.retry = kit.NewButton(lang.T("Try again"), func() { p.show(p.state.profile) }, p.typedKey)
	p.remove = kit.NewButton(lang.T("Remove"), p.agree, p.typedKey)
	p.remove.StandOut(true)
	p.Container = container.New(kit.Sheet{}, container.New(kit.Rows(12), p.title.Wide(), p.notice.Wide()),
		container.NewVScroll(p.lists), kit.NewButtons(layout.NewSpacer(), p.cancel, p.retry, p.remove))
	return p
}

// show asks what belongs to a profile, and shows it.
func (p *removePage) show(profile string) {
	p.stop()
	p.state.ask(profile)
	p.title.Say(lang.Sprintf("Remove %s?", profile), kit.ToneQuiet)
	p.draw()
	p.frame.win.Canvas().Focus(p.cancel)
	p.stop = ask(p.frame, func(ctx context.Context) (creds.Removal, error) {
		return p.frame.client.Custody().Remove(ctx, creds.RemoveRequest{Profile: profile, Plan: true})
	}, func(plan creds.Removal, err error) {
		p.state.asked(plan, err)
		p.draw()
		p.focus()
	})
}

// agree has the agent remove what is shown. It does so after a while, and the page before
// offers to undo it.
func (p *removePage) agree() {
	if !p.state.canRemove() {
		return
	}
	r := p.state.request()
	p.state.sending = true
	p.draw()
	p.stop = ask(p.frame, func(ctx context.Context) (creds.Removal, error) {
		return p.frame.client.Custody().Remove(ctx, r)
	}, func(_ creds.Removal, err error) {
		p.state.sending, p.state.err = false, err
		switch {
		case err == nil:
			p.back(true)
			return
		case p.state.changed():
			p.show(r.Profile)
			return
		}
		p.state.planned = false
		p.draw()
		p.focus()
	})
}

func (p *removePage) leave() {
	p.stop()
	p.back(false)
}

// focus moves the focus to what the Enter key does next.
func (p *removePage) focus() {
	switch {
	case p.state.canRemove():
		p.frame.win.Canvas().Focus(p.remove)
	case p.state.err != nil:
		p.frame.win.Canvas().Focus(p.retry)
	default:
		p.frame.win.Canvas().Focus(p.cancel)
	}
}

func (p *removePage) typedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeyEscape:
		p.leave()
	case fyne.KeyReturn, fyne.KeyEnter:
		p.agree()
	}
}

// draw shows the state as it is now.
func (p *removePage) draw() {
	p.notice.Say(p.state.words())
	p.lists.RemoveAll()
	for _, l := range p.state.lists() {
		head := kit.NewLabel(l.title)
		p.lists.Add(head)
		for _, phrase := range l.phrases {
			one := kit.NewNotice(0, 1)
			one.Say("·  "+phrase, kit.ToneQuiet)
			p.lists.Add(one.Wide())
		}
	}
	kit.Enable(p.remove, p.state.canRemove())
	kit.Show(p.remove, p.state.err == nil)
	kit.Show(p.retry, p.state.err != nil)
	p.Refresh()
}

// renamePage gives a profile another name.
type renamePage struct {
	*fyne.Container

	frame *frame
	state renameState
	// back goes back to the page before. words say what was renamed, and are empty if nothing
	// was.
	back func(profile, words string)

	title          *kit.Notice
	name           *kit.TextField
	notice         *kit.Notice
	cancel, rename *kit.Button
	stop           func()
}

func newRenamePage(f *frame, back func(profile, words string)) *renamePage {
	p := &renamePage{frame: f, back: back, stop: func() {}, title: kit.NewWrappedHeadline(), notice: kit.NewNotice(0, 3)}
	p.name = kit.NewTextField("", func(text string) { p.state.typed(text); p.draw() }, p.typedKey)
	kit.OnEnter(p.send, p.name)
	p.cancel = kit.NewButton(lang.T("Back"), p.leave, p.typedKey)
	p.rename = kit.NewButton(lang.T("Rename"), p.send, p.typedKey)
	p.rename.StandOut(true)
	p.Container = container.New(kit.Sheet{}, p.title.Wide(),
		container.New(kit.Rows(12), kit.NewFormRow(formLabel, "New name", p.name), p.notice.Wide()),
		kit.NewButtons(layout.NewSpacer(), p.cancel, p.rename))
	return p
}

// show begins with the name that a profile has.
func (p *renamePage) show(profile string, all creds.Snapshot) {
	p.stop()
	p.state.ask(profile, all)
	p.title.Say(lang.Sprintf("Rename %s", profile), kit.ToneQuiet)
	p.name.Locked = false
	p.name.SetText(profile)
	p.draw()
	p.frame.win.Canvas().Focus(p.name)
	p.name.TypedShortcut(&fyne.ShortcutSelectAll{})
}

func (p *renamePage) send() {
	if !p.state.canRename() {
		return
	}
	r := creds.RenameRequest{Profile: p.state.profile, To: p.state.name}
	p.state.sending, p.state.err, p.name.Locked = true, nil, true
	p.draw()
	p.stop = ask(p.frame, func(ctx context.Context) (creds.RenameReply, error) {
		return p.frame.client.Custody().Rename(ctx, r)
	}, func(reply creds.RenameReply, err error) {
		p.state.sending, p.state.err, p.name.Locked = false, err, false
		if err == nil {
			p.back(r.To, renamedWords(r.Profile, r.To, reply))
			return
		}
		p.draw()
		p.frame.win.Canvas().Focus(p.name)
	})
}

// leave goes back, unless the profile is being renamed: the result must be seen.
func (p *renamePage) leave() {
	if !p.state.sending {
		p.back(p.state.profile, "")
	}
}

func (p *renamePage) typedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeyEscape:
		p.leave()
	case fyne.KeyReturn, fyne.KeyEnter:
		p.send()
	}
}

func (p *renamePage) draw() {
	p.notice.Say(p.state.words())
	kit.Enable(p.rename, p.state.canRename())
	kit.Enable(p.cancel, !p.state.sending)
	p.Refresh()
}
