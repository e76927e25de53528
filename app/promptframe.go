package app

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/prompts"
)

const (
	windowPadding = 24
	labelWidth    = 78
)

// promptFrame is what every window has that shows a prompt: its place on the
// screen, its headline, what it says, and its end. Its methods are called where
// Fyne's widgets may be touched.
type promptFrame struct {
	win fyne.Window
	// do runs a function where Fyne's widgets may be touched.
	do func(func())
	// leave takes the window off the screen for good.
	leave func()
	// answer gives the agent an answer, and cancel closes the question; both return
	// at once.
	answer func(creds.AnswerRequest)
	cancel func()
	// redraw shows the window's state as it is now.
	redraw func()
	// key takes the keys that no widget has a use for.
	key func(*fyne.KeyEvent)

	headline *kit.Line
	about    *fyne.Container
	facts    []*kit.Fact
	notice   *kit.Notice
	close    *kit.Button

	// told is the long form of a line that the notice shows meanwhile.
	told string
	// over windows have nothing left to ask and only tell; ended ones are
	// gone.
	over, ended bool
	// timer draws again; it and the others end with the window.
	timer  *time.Timer
	timers []*time.Timer
}

func (f *promptFrame) parts() *promptFrame { return f }

// build makes the parts that every window has, which are as wide as width.
func (f *promptFrame) build(width float32, redraw func(), key func(*fyne.KeyEvent)) {
	f.redraw, f.key = redraw, key
	f.headline = kit.NewLine(theme.ColorNameForeground, kit.SizeHeadline, fyne.TextStyle{Bold: true})
	f.headline.ShowFull, f.headline.Key = f.tell, key
	f.notice = kit.NewNotice(width)
	f.about = container.New(kit.Rows(6))
	f.close = kit.NewButton("Cancel", f.dismiss, key)
}

// promptTitle is the title of a prompt's window. It names what that is about in full:
// the headline inside may have to cut it short.
func promptTitle(p creds.Prompt) string { return name + " — " + prompts.Of(p).Title(p) }

// describe shows what the prompt is about.
func (f *promptFrame) describe(p creds.Prompt) {
	k := prompts.Of(p)
	f.win.SetTitle(promptTitle(p))
	f.headline.Set(k.Headline(p), "")
	f.close.SetText(k.Close)
	known := false
	for i, one := range k.Facts(p) {
		if i == len(f.facts) {
			row := kit.NewFact(one.Label, labelWidth)
			row.Value.ShowFull, row.Value.Key = f.tell, f.key
			f.facts = append(f.facts, row)
			f.about.Add(row.Row)
		}
		f.facts[i].Set(one.Value)
		f.facts[i].Value.Set(one.Value, one.Full)
		known = known || one.Value != ""
	}
	kit.Show(f.about, known)
}

// fill puts body into the window.
func (f *promptFrame) fill(body fyne.CanvasObject) {
	f.win.SetPadded(false)
	f.win.SetContent(body)
	f.win.Canvas().SetOnTypedKey(f.key)
	f.win.SetFixedSize(true)
	f.win.CenterOnScreen()
	f.win.SetCloseIntercept(f.dismiss)
	f.redraw()
}

// end is the prompt's: the window closes, or stays to tell its last word. Then
// a key closes it, but none that is part of an answer: a person may be in the
// middle of typing one.
func (f *promptFrame) end(closes bool) {
	if closes {
		f.finish()
		return
	}
	f.over = true
	f.close.SetText("Close")
	f.redraw()
	f.win.Canvas().Focus(f.close)
}

// finish ends a window whose prompt needs nobody any more.
func (f *promptFrame) finish() {
	if f.ended {
		return
	}
	f.ended = true
	for _, t := range f.timers {
		t.Stop()
	}
	f.leave()
}

// dismiss ends the window because the person wants it; a question that is still
// open is declined by that.
func (f *promptFrame) dismiss() {
	if !f.ended && !f.over {
		f.cancel()
	}
	f.finish()
}

// typedKey closes the window at the Escape key.
func (f *promptFrame) typedKey(ev *fyne.KeyEvent) {
	if ev.Name == fyne.KeyEscape {
		f.dismiss()
	}
}

// tell shows the long form of a line in the notice's place.
func (f *promptFrame) tell(full string) {
	f.told = full
	f.redraw()
}

// say shows words unless something is told, and reports whether they were
// others before.
func (f *promptFrame) say(words string, t kit.Tone) bool {
	if f.told != "" {
		words, t = f.told, kit.ToneInfo
	}
	return f.notice.Say(words, t)
}

// redrawIn draws again when d has passed.
func (f *promptFrame) redrawIn(d time.Duration) {
	switch {
	case f.ended:
	case f.timer == nil:
		f.timer = f.after(d, f.redraw)
	default:
		f.timer.Reset(d)
	}
}

// after calls then when d has passed, if the window is still there.
func (f *promptFrame) after(d time.Duration, then func()) *time.Timer {
	t := time.AfterFunc(d, func() { f.do(then) })
	f.timers = append(f.timers, t)
	return t
}
