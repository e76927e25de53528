package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/prompts"
	"daypass/internal/lang"
)

const (
	windowPadding = 24
	labelWidth    = 78
)

// promptFrame is what all windows of prompts have in common: the window itself, its
// texts, the way to the agent, and how it ends.
type promptFrame struct {
	loopWindow
	promptText

	// answer gives the agent an answer, and cancel closes the prompt; both return at
	// once.
	answer func(creds.AnswerRequest)
	cancel func()

	content promptContent
	// asked is the part of the window's state that all of them have.
	asked *promptState
	close *kit.Button
	// ended windows are gone.
	ended bool
	// redraw draws the window again when time changes what it shows.
	redraw later
}

// promptContent is what the windows of prompts differ in.
type promptContent interface {
	// show shows the prompt as it is now.
	show(p creds.Prompt)
	// draw shows the window's state as it is now.
	draw()
	// typedKey takes the keys that no widget uses.
	typedKey(ev *fyne.KeyEvent)
}

// build makes the parts that all windows have, which are as wide as width.
func (f *promptFrame) build(width float32, content promptContent, asked *promptState) {
	f.content, f.asked = content, asked
	f.promptText.build(width, content)
	f.close = kit.NewButton(lang.T("Cancel"), f.dismiss, content.typedKey)
}

// fill puts body into the window.
func (f *promptFrame) fill(body fyne.CanvasObject) {
	f.win.SetPadded(false)
	f.win.SetContent(body)
	f.win.Canvas().SetOnTypedKey(f.content.typedKey)
	f.win.SetFixedSize(true)
	f.win.CenterOnScreen()
	f.win.SetCloseIntercept(f.dismiss)
	f.content.draw()
}

// promptTitle is the title of a prompt's window. It has the full name of what the
// prompt is about: the headline may have to cut it.
func promptTitle(p creds.Prompt) string {
	return lang.Sprintf("%s — %s", name, prompts.Of(p).Title(p))
}

// describe shows what the prompt is about.
func (f *promptFrame) describe(p creds.Prompt) {
	f.win.SetTitle(promptTitle(p))
	f.close.SetText(prompts.Of(p).Close.String())
	f.promptText.describe(p)
}

// receive shows the prompt as it is now, or its end.
func (f *promptFrame) receive(ev creds.PromptEvent) {
	switch {
	case f.ended:
	case ev.End != nil:
		f.end(f.asked.end(*ev.End))
	case ev.Prompt != nil:
		f.content.show(*ev.Prompt)
	}
}

// lost reports that the agent cannot be reached any more.
func (f *promptFrame) lost(err error) {
	if !f.ended {
		f.asked.lose(err)
		f.end(false)
	}
}

// refuse is a press of the link that keeps programs from asking again.
func (f *promptFrame) refuse() {
	send := f.asked.refuse()
	f.content.draw()
	if send {
		f.answer(creds.AnswerRequest{Grant: creds.GrantNever})
	}
}

// end closes the window, or leaves it open with its last message. Then a key closes
// it, but none that is part of an answer: a person may be in the middle of typing one.
func (f *promptFrame) end(closes bool) {
	if closes {
		f.finish()
		return
	}
	f.close.SetText(lang.T("Close"))
	f.content.draw()
	f.win.Canvas().Focus(f.close)
}

// finish closes the window without an answer.
func (f *promptFrame) finish() {
	if f.ended {
		return
	}
	f.ended = true
	f.redraw.stop()
	f.leave()
}

// dismiss closes the window for a person, which declines a prompt that is still open.
func (f *promptFrame) dismiss() {
	if !f.ended && f.asked.over == "" {
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

// promptText is what all windows of prompts say: a headline, what the prompt is about,
// and a message. The message gives way to the long form of a line that was cut.
type promptText struct {
	headline *kit.LongLine
	facts    *kit.Facts
	notice   *kit.Notice
	// full is the long form that is shown.
	full string
	draw func()
}

func (t *promptText) build(width float32, content promptContent) {
	t.draw = content.draw
	t.headline = kit.NewLongLine(theme.ColorNameForeground, kit.SizeHeadline, fyne.TextStyle{Bold: true})
	t.headline.ShowFull, t.headline.Key = t.showFull, content.typedKey
	t.facts = kit.NewFacts(6, labelWidth, t.showFull, content.typedKey)
	t.notice = kit.NewNotice(width, 2)
}

// describe shows what the prompt is about.
func (t *promptText) describe(p creds.Prompt) {
	k := prompts.Of(p)
	t.headline.Set(k.Headline(p), "")
	var facts []kit.Fact
	for _, fact := range k.Facts(p) {
		facts = append(facts, kit.Fact(fact))
	}
	t.facts.Set(facts)
}

// showFull shows the long form of a line in place of the message.
func (t *promptText) showFull(full string) {
	t.full = full
	t.draw()
}

// say shows a message, and reports whether that changes what is shown.
func (t *promptText) say(words string, tone kit.Tone) (changed bool) {
	if t.full != "" {
		words, tone = t.full, kit.ToneInfo
	}
	return t.notice.Say(words, tone)
}
