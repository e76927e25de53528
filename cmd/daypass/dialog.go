package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/secret"
	"daypass/creds/words"
)

// dialog is a prompt in the terminal.
type dialog struct {
	*asker
	prompt *creds.Prompt
	line   line
	// sent is set from an answer until the agent's verdict on it.
	sent bool
	// begun is set when this terminal has begun the sign-in.
	begun bool
	// progress stands on the line where there is no prompt.
	progress string
}

// update takes in which prompts wait now.
func (d *dialog) update(ctx context.Context, prompts []creds.Prompt) error {
	if len(prompts) == 0 {
		d.gone()
		return nil
	}
	next := &prompts[0]
	if d.prompt != nil {
		for i := range prompts {
			if prompts[i].ID == d.prompt.ID {
				next = &prompts[i]
			}
		}
	}
	if d.prompt == nil || d.prompt.ID != next.ID {
		d.gone()
		return d.open(ctx, next)
	}
	before := d.prompt
	d.prompt = next
	if next.Kind == creds.PromptSSO {
		return d.showSignIn(ctx, before.SignIn)
	}
	judged := next.Refusal != "" && !next.Checking && (d.sent || before.Checking || before.Refusal != next.Refusal)
	if !judged {
		d.draw()
		return nil
	}
	ours := d.sent
	d.sent = false
	if d.code != "" && next.Kind == creds.PromptMFA {
		if !ours {
			return d.answer(ctx, secret.New(d.code))
		}
		return &creds.Error{Code: creds.CodeMFARefused, Message: strings.TrimSpace(next.Refusal + " " + d.clock())}
	}
	d.line.text = nil
	d.say("  " + words.Sentence(printable(next.Refusal)))
	d.sayClock()
	d.draw()
	return nil
}

// open begins a prompt.
func (d *dialog) open(ctx context.Context, p *creds.Prompt) error {
	d.prompt, d.sent, d.begun = p, false, false
	if d.code != "" && p.Kind == creds.PromptMFA {
		if p.Checking {
			// Somebody else's answer comes first; update goes on after it.
			return nil
		}
		return d.answer(ctx, secret.New(d.code))
	}
	if d.terminal == nil {
		return &creds.Error{Code: creds.CodeWaiting, Message: neededFirst(p)}
	}
	if p.Kind == creds.PromptPerson && p.Person == nil {
		return errNoPerson
	}
	if p.Kind == creds.PromptPerson {
		d.terminal.forget() // what was typed before the question is no answer to it
	}
	if err := d.terminal.begin(); err != nil {
		return err
	}
	if p.Kind == creds.PromptSSO {
		return d.showSignIn(ctx, nil)
	}
	switch p.Kind {
	case creds.PromptPassphrase:
		d.line = line{input: inputHidden}
	case creds.PromptPerson:
		d.line = line{input: inputMaybe}
		d.signedIn = true // by another person, which is news
	default:
		d.line = line{input: inputCode}
	}
	d.say(d.heading()...)
	if p.Refusal != "" {
		d.say("  " + words.Sentence(printable(p.Refusal)))
		d.sayClock()
	}
	d.draw()
	return nil
}

// neededFirst says what an MFA code alone does not help with.
func neededFirst(p *creds.Prompt) string {
	switch p.Kind {
	case creds.PromptSSO:
		return "a sign-in to Identity Center is needed first"
	case creds.PromptPerson:
		return "somebody else has signed in to Identity Center, which is to be confirmed first"
	default:
	}
	return "the key file's passphrase is needed first"
}

// heading says what is asked for and why.
func (d *dialog) heading() []string {
	p := d.prompt
	var lines []string
	switch p.Kind {
	case creds.PromptPassphrase:
		return []string{"The keys are in an encrypted file. Its passphrase opens it."}
	case creds.PromptPerson:
		lines = personLines(p.Person)
	default:
		who := printable(p.Profile)
		if p.AccountID != "" {
			who += " (account " + printable(p.AccountID) + ")"
		}
		lines = []string{who + " needs a code from this MFA device:", "  " + printable(p.Device)}
	}
	if p.Requester.Surface == creds.SurfaceProgram && p.Requester.Program != "" {
		lines = append(lines, "  asked for by "+printable(p.Requester.String()))
	}
	return lines
}

func (d *dialog) sayClock() {
	if words := d.clock(); words != "" {
		d.say("  " + words)
	}
}

func (d *dialog) clock() string {
	if off := d.prompt.ClockOff; off != 0 {
		side := "ahead of"
		if off < 0 {
			side = "behind"
		}
		return fmt.Sprintf("This computer's clock is %s %s AWS's; codes that it makes itself are refused until it is right.", off.Abs().Round(time.Second), side)
	}
	return ""
}

// key takes what is typed.
func (d *dialog) key(ctx context.Context, b byte, open bool) error {
	if !open {
		return fmt.Errorf("the terminal was closed")
	}
	if d.prompt == nil || d.busy() || d.prompt.Kind == creds.PromptSSO {
		if b == keyInterrupt {
			return errInterrupted
		}
		return nil
	}
	switch d.line.key(b) {
	case cancelled:
		return errInterrupted
	case entered:
		if d.prompt.Kind == creds.PromptPerson {
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

// confirm says whether another person is to be taken. An error means that the
// prompt has ended, which comes by itself.
func (d *dialog) confirm(ctx context.Context, yes bool) {
	d.sent = true
	var err error
	if yes {
		err = d.client.Answer(ctx, d.prompt.ID, creds.AnswerRequest{Grant: creds.GrantPerson})
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
	if d.prompt.Kind == creds.PromptSSO {
		d.terminal.draw(signInWait)
		return
	}
	label := "Code: "
	switch d.prompt.Kind {
	case creds.PromptPassphrase:
		label = "Passphrase: "
	case creds.PromptPerson:
		d.terminal.draw(personQuestion(d.prompt.Person) + d.line.shown())
		return
	default:
	}
	// A code that is spent is refused until the device shows the next one.
	if wait := time.Until(d.prompt.Fresh); wait > 0 {
		label = fmt.Sprintf("Code (the next one comes in %d s): ", int(wait/time.Second)+1)
	}
	text := label + d.line.shown()
	if d.busy() {
		text += "  checking…"
	}
	d.terminal.draw(text)
}

func (d *dialog) say(lines ...string) {
	if d.terminal != nil && d.terminal.saved != nil {
		d.terminal.say(lines...)
	}
}

// gone takes a prompt off the screen that has ended.
func (d *dialog) gone() {
	if d.prompt == nil {
		return
	}
	switch {
	case d.prompt.Kind == creds.PromptSSO:
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
	if d.prompt == nil || d.prompt.Kind == creds.PromptSSO {
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
