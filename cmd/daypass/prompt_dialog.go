package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/prompts"
	"daypass/internal/secret"
	"daypass/internal/words"
)

// dialog is a prompt in the terminal.
type dialog struct {
	*asker
	prompt *creds.Prompt
	kind   prompts.Kind // the prompt's
	line   line
	// sent is set from an answer until the agent's verdict on it.
	sent bool
	// begun is set when this terminal has begun the sign-in.
	begun bool
	// progress stands on the line where there is no prompt.
	progress string
}

// update takes in which prompts wait now.
func (d *dialog) update(ctx context.Context, waiting []creds.Prompt) error {
	if len(waiting) == 0 {
		d.gone()
		return nil
	}
	next := &waiting[0]
	if d.prompt != nil {
		for i := range waiting {
			if waiting[i].ID == d.prompt.ID {
				next = &waiting[i]
			}
		}
	}
	if d.prompt == nil || d.prompt.ID != next.ID {
		d.gone()
		return d.open(ctx, next)
	}
	before := d.prompt
	d.prompt = next
	if d.inBrowser() {
		return d.showSignIn(ctx, before.SignIn)
	}
	judged := next.Refusal != "" && !next.Checking && (d.sent || before.Checking || before.Refusal != next.Refusal)
	if !judged {
		d.draw()
		return nil
	}
	ours := d.sent
	d.sent = false
	if d.hasAnswer() {
		if !ours {
			return d.answer(ctx, secret.New(d.code))
		}
		return &creds.Error{Code: creds.CodeMFARefused, Message: strings.TrimSpace(next.Refusal + " " + d.clock())}
	}
	d.line.text = nil
	d.say("  " + words.Sentence(next.Refusal))
	d.sayClock()
	d.draw()
	return nil
}

// open begins a prompt.
func (d *dialog) open(ctx context.Context, p *creds.Prompt) error {
	d.prompt, d.kind, d.sent, d.begun = p, prompts.Of(*p), false, false
	if d.hasAnswer() {
		if p.Checking {
			// Somebody else's answer comes first; update goes on after it.
			return nil
		}
		return d.answer(ctx, secret.New(d.code))
	}
	if d.kind.Input == prompts.InputNone {
		return errors.New("the agent asks what this program does not know; it may be of another version")
	}
	if d.terminal == nil {
		return &creds.Error{Code: creds.CodeWaiting, Message: d.kind.First}
	}
	switch d.kind.Input {
	case prompts.InputSecret:
		d.line = line{input: inputHidden}
	case prompts.InputChoice:
		d.line = line{input: inputMaybe}
		d.terminal.forget() // what was typed before the question is no answer to it
	default:
		d.line = line{input: inputCode}
	}
	d.signedIn = d.signedIn || p.SessionID() != "" // who has signed in is news, too
	if err := d.terminal.begin(); err != nil {
		return err
	}
	if d.inBrowser() {
		return d.showSignIn(ctx, nil)
	}
	d.say(d.kind.Heading(*p)...)
	if by := prompts.AskedBy(p.Requester); by != "" {
		d.say("  " + by)
	}
	if p.Refusal != "" {
		d.say("  " + words.Sentence(p.Refusal))
		d.sayClock()
	}
	d.draw()
	return nil
}

// hasAnswer reports whether the code that was given beforehand answers the prompt.
func (d *dialog) hasAnswer() bool { return d.code != "" && d.kind.Input == prompts.InputCode }

// inBrowser reports whether the prompt is answered in a browser, and not here.
func (d *dialog) inBrowser() bool { return d.kind.Input == prompts.InputBrowser }

func (d *dialog) sayClock() {
	if words := d.clock(); words != "" {
		d.say("  " + words)
	}
}

func (d *dialog) clock() string {
	if off := d.prompt.ClockOff; off != 0 {
		return prompts.ClockOff(off)
	}
	return ""
}

// key takes what is typed.
func (d *dialog) key(ctx context.Context, b byte, open bool) error {
	if !open {
		return fmt.Errorf("the terminal was closed")
	}
	if d.prompt == nil || d.busy() || d.inBrowser() {
		if b == keyInterrupt {
			return errInterrupted
		}
		return nil
	}
	switch d.line.key(b) {
	case cancelled:
		return errInterrupted
	case entered:
		if d.kind.Input == prompts.InputChoice {
			d.confirm(ctx, isYes(string(d.line.text)))
			return nil
		}
		return d.answer(ctx, secret.New(string(d.line.text)))
	case typing:
		d.draw()
	}
	return nil
}

func (d *dialog) busy() bool { return d.sent || d.prompt != nil && d.prompt.Checking }

// answer sends an answer. An error means that the prompt has ended or another
// answer is being checked: in both cases its next form comes by itself.
func (d *dialog) answer(ctx context.Context, text secret.Text) error {
	d.sent = true
	d.draw()
	if err := d.client.Answer(ctx, d.prompt.ID, creds.AnswerRequest{Answer: text}); err != nil {
		d.sent = false
	}
	return nil
}

// confirm agrees to what the prompt asks, or closes it. An error means that the
// prompt has ended, which comes by itself.
func (d *dialog) confirm(ctx context.Context, yes bool) {
	d.sent = true
	var err error
	if yes {
		err = d.client.Answer(ctx, d.prompt.ID, creds.AnswerRequest{Grant: d.kind.Choices(*d.prompt)[0].Grant})
	} else {
		err = d.client.CancelPrompt(ctx, d.prompt.ID)
	}
	if err != nil {
		d.sent = false
	}
}

// draw draws the last line: the one that is typed in, or what is waited for.
func (d *dialog) draw() {
	if d.terminal == nil {
		return
	}
	if d.prompt == nil {
		// The keyboard may not have been taken, which this needs not.
		d.terminal.draw(d.progress)
		return
	}
	if d.terminal.saved == nil {
		return
	}
	question := d.question()
	if d.inBrowser() {
		d.terminal.draw(question)
		return
	}
	// A code that is spent is refused until the device shows the next one.
	if wait := time.Until(d.prompt.Fresh); wait > 0 {
		question = fmt.Sprintf("Code (the next one comes in %d s): ", int(wait/time.Second)+1)
	}
	text := question + d.line.shown()
	if d.busy() && d.kind.Input != prompts.InputChoice {
		text += "  checking…"
	}
	d.terminal.draw(text)
}

// questionMost is how long a question may be that a line of 80 columns has room
// for, with its answer.
const questionMost = 76

// question is what the line begins with that is typed in.
func (d *dialog) question() string {
	text := ""
	for _, text = range d.kind.Questions(*d.prompt) {
		if text = printable(text); d.kind.Input == prompts.InputChoice {
			text += " [y/N] "
		}
		if columns(text) <= questionMost {
			break
		}
	}
	return text
}

// say says what the agent may have taken over from elsewhere.
func (d *dialog) say(lines ...string) {
	if d.terminal == nil || d.terminal.saved == nil {
		return
	}
	for _, line := range lines {
		d.terminal.say(printable(line))
	}
}

// gone takes a prompt off the screen that has ended.
func (d *dialog) gone() {
	if d.prompt == nil {
		return
	}
	switch {
	case d.inBrowser():
		// The page has told the person how it ended, and the request will.
	case d.busy():
		d.leave()
	default:
		d.say("  Answered elsewhere.")
	}
	d.prompt, d.sent = nil, false
	d.draw()
}

// leave makes way for what the command prints next.
func (d *dialog) leave() {
	if d.terminal == nil {
		return
	}
	if d.prompt == nil || d.inBrowser() {
		d.terminal.draw("")
		return
	}
	if d.terminal.saved == nil {
		return
	}
	d.sent, d.prompt.Checking, d.prompt.Fresh = false, false, time.Time{}
	d.draw()
	d.terminal.newline()
}
