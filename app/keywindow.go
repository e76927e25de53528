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
	"daypass/internal/lang"
)

// Key shows the long-term key of a profile and what can be done with it; with rotate it begins
// with what a rotation would do. It is called as [Import] is.
func Key(ctx context.Context, connect Connect, profile string, rotate bool) error {
	return openFrame(ctx, connect, func(f *frame) { newKeyWindow(f, profile, rotate) })
}

var keySize = fyne.NewSize(700, 520)

const keyLabel = 130

// keyWindow shows a profile's long-term key.
type keyWindow struct {
	*frame
	keyButtons

	state  keyState
	title  *kit.Line
	notice *kit.Notice
	facts  *kit.Facts
	full   *kit.Notice
	main   *fyne.Container
	plan   *rotatePage
}

type keyButtons struct{ imports, again, remove, close, rotate *kit.Button }

func newKeyWindow(f *frame, profile string, rotate bool) *keyWindow {
	w := &keyWindow{frame: f, title: kit.NewHeadline(""), notice: kit.NewNotice(0, 2), full: kit.NewNotice(0, 1)}
	w.state.profile, w.state.home = profile, homeFolder()
	w.facts = kit.NewFacts(6, keyLabel, func(full string) { w.full.Say(full, kit.ToneInfo) }, w.typedKey)
	w.imports = kit.NewButton(lang.T("Import…"), func() { w.open(agentapi.WindowImportKeys, "") }, w.typedKey)
	w.again = kit.NewButton("", w.switchOld, w.typedKey)
	w.remove = kit.NewButton("", w.deleteOld, w.typedKey)
	w.close = kit.NewButton(lang.T("Close"), w.leave, w.typedKey)
	w.rotate = kit.NewButton(lang.T("Rotate…"), w.showPlan, w.typedKey)
	w.rotate.StandOut(true)
	hint := kit.NewLine(kit.ColorSecondary, kit.SizeSmall, fyne.TextStyle{})
	hint.Set(lang.Sprintf("%s rotates · %s copies the access key ID", kit.ChordWords("R", false), kit.ChordWords("C", false)))
	w.plan = newRotatePage(f, w.showMain)
	w.main = container.New(kit.Sheet{}, container.New(kit.Rows(12), w.title, w.notice.Wide()),
		container.NewVScroll(container.New(kit.Rows(12), w.facts.Container, w.full.Wide())),
		container.New(kit.Rows(10), hint, kit.NewButtons(w.imports, w.again, w.remove, layout.NewSpacer(), w.close, w.rotate)))
	w.title.Set(lang.Sprintf("The long-term key of %s", profile))
	f.fill(lang.Sprintf("daypass — the key of %s", profile), keySize, w.typedKey, w.main, w.plan.Container)
	f.session = profile
	f.win.SetCloseIntercept(func() {
		if !w.plan.busy() {
			f.leave()
		}
	})
	w.shortcuts().AddTo(f.win.Canvas())
	w.draw()
	go w.follow()
	if rotate {
		w.showPlan()
	}
	return w
}

// follow shows what the agent knows until the agent ends.
func (w *keyWindow) follow() {
	err := w.watch(w.ctx, w.take)
	w.do(func() {
		if w.ctx.Err() == nil {
			w.state.said, w.state.saidTone = lostSentence(err, lang.T("so what is shown here may be out of date")), kit.ToneRefused
			w.draw()
		}
	})
}

// take shows what the agent knows now.
func (w *keyWindow) take(s creds.Snapshot) {
	asked := agentapi.Window(s.Raised.Window)
	if asked != agentapi.WindowRotate {
		asked = agentapi.WindowKey
	}
	first := !w.state.known
	w.state.take(s)
	w.plan.take(w.state.key())
	w.draw()
	if w.raise(asked, s) != "" && asked == agentapi.WindowRotate && w.main.Visible() {
		w.showPlan()
	}
	if first && w.main.Visible() && w.win.Canvas().Focused() == nil {
		w.focus()
	}
}

func (w *keyWindow) showPlan() {
	if w.plan.busy() || w.state.known && !w.state.canRotate() {
		return
	}
	w.state.said = ""
	w.turn(w.plan.Container)
	w.plan.show(w.state.profile)
}

func (w *keyWindow) showMain() {
	w.turn(w.main)
	w.draw()
	w.focus()
}

// focus moves the focus to what the Enter key does next.
func (w *keyWindow) focus() {
	if w.rotate.Disabled() {
		w.win.Canvas().Focus(w.close)
	} else {
		w.win.Canvas().Focus(w.rotate)
	}
}

// switchOld makes the old key active again, or inactive.
func (w *keyWindow) switchOld() {
	old := w.state.old()
	switch {
	case old == nil:
	case old.Active:
		w.act(creds.ActDeactivate, lang.T("Making the old key inactive…"))
	default:
		w.act(creds.ActReactivate, lang.T("Making the old key active again…"))
	}
}

// deleteOld deletes the old key, once the person has been asked.
func (w *keyWindow) deleteOld() {
	if !w.state.sure {
		w.state.askDelete()
		w.draw()
		w.win.Canvas().Focus(w.remove)
		return
	}
	w.act(creds.ActDeleteOld, lang.T("Deleting the old key…"))
}

func (w *keyWindow) act(act creds.RotateAct, meanwhile string) {
	if w.state.acting {
		return
	}
	w.state.acting, w.state.said, w.state.saidTone = true, meanwhile, kit.ToneBusy
	w.draw()
	r := creds.RotateRequest{Profile: w.state.profile, Act: act}
	ask(w.frame, func(ctx context.Context) (creds.RotateReply, error) { return w.client.Custody().Rotate(ctx, r) },
		func(reply creds.RotateReply, err error) {
			w.state.acted(act, reply, err)
			w.draw()
			w.focus()
		})
}

// draw shows the state as it is now.
func (w *keyWindow) draw() {
	s, now := &w.state, time.Now()
	w.notice.Say(s.notice(now))
	w.facts.Set(s.facts(now))
	k, old := s.key(), s.old()
	kit.Show(w.imports, k != nil && k.Plaintext != "")
	kit.Show(w.again, old != nil)
	kit.Show(w.remove, old != nil)
	for _, b := range []*kit.Button{w.again, w.remove} {
		kit.Enable(b, s.canRotate())
	}
	w.again.SetText(lang.T("Reactivate the old key"))
	if old != nil && old.Active {
		w.again.SetText(lang.T("Deactivate the old key"))
	}
	w.remove.SetText(lang.T("Delete it now…"))
	if s.sure {
		w.remove.SetText(lang.T("Delete it"))
	}
	kit.Enable(w.rotate, s.canRotate())
	w.main.Refresh()
}

func (w *keyWindow) shortcuts() kit.Shortcuts {
	return kit.Shortcuts{
		{On: kit.Chord(fyne.KeyR, false), Do: func() {
			if w.main.Visible() {
				w.showPlan()
			}
		}},
		{On: &fyne.ShortcutCopy{}, Do: func() {
			if k := w.state.key(); k != nil && k.ID != "" && w.main.Visible() {
				fyne.CurrentApp().Clipboard().SetContent(k.ID)
				w.state.said, w.state.saidTone = lang.T("Copied the access key ID."), kit.ToneDone
				w.draw()
			}
		}},
	}
}

// typedKey takes the keys that no widget uses.
func (w *keyWindow) typedKey(ev *fyne.KeyEvent) {
	switch {
	case w.plan.Visible():
		w.plan.typedKey(ev)
	case ev.Name == fyne.KeyEscape && w.state.sure:
		w.state.sure, w.state.said = false, ""
		w.draw()
	case ev.Name == fyne.KeyEscape:
		w.leave()
	}
}
