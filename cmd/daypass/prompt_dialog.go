package main

import (
	"context"
	"io"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/prompts"
	"daypass/internal/lang"
	"daypass/internal/secret"
	"daypass/internal/words"
)

// dialog is a prompt in the terminal.
type dialog struct {
	*asker
	prompt *creds.Prompt
	kind   prompts.Kind // the prompt's
	line   line
	// sent is set from an answer until the agent accepts or refuses it.
	sent bool
	// reading is set once the code is being read from the input.
	reading bool
	// begun is set when this terminal has begun the sign-in.
	begun bool
	// progress is shown on the line without a prompt.
	progress string
}

// update shows the first of the prompts that wait now.
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
		return d.showSignIn(ctx, before)
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
			d.send(ctx, creds.AnswerRequest{Answer: secret.New(d.code)})
			return nil
		}
		return &creds.Error{Code: creds.CodeMFARefused, Message: strings.TrimSpace(next.Refusal + " " + d.clock())}
	}
	d.line.text = nil
	d.say("  " + words.Sentence(next.Refusal))
	d.sayClock()
	d.draw()
	return nil
}

// open shows a prompt for the first time.
func (d *dialog) open(ctx context.Context, p *creds.Prompt) error {
	d.prompt, d.kind, d.sent, d.begun = p, prompts.Of(*p), false, false
	if d.hasAnswer() {
		if !p.Checking { // else somebody else's answer comes first, and update goes on after it
			d.send(ctx, creds.AnswerRequest{Answer: secret.New(d.code)})
		}
		return nil
	}
	if d.input != nil && d.kind.Input == prompts.InputCode {
		d.readInput()
		return nil
	}
	if d.kind.Input == prompts.InputNone {
		return lang.Error("the agent asks what this program does not know; it may be of another version")
	}
	if d.terminal == nil {
		return &creds.Error{Code: creds.CodeWaiting, Message: d.kind.First.String()}
	}
	switch d.kind.Input {
	case prompts.InputSecret:
		d.line = line{input: inputHidden}
	case prompts.InputChoice:
		d.line = line{input: inputMaybe}
		d.terminal.forget() // what was typed before the question is no answer
	case prompts.InputBrowser:
		d.line = line{input: inputPasted}
	default:
		d.line = line{input: inputCode}
	}
	d.signedIn = d.signedIn || p.SignIn != nil || p.Person != nil
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

// readInput begins to read the code. The goroutine ends with the command: a read cannot be
// cancelled on every system.
func (d *dialog) readInput() {
	if d.reading {
		return
	}
	d.reading = true
	go func(in io.Reader) {
		code, err := readCode(in)
		d.read <- readLine{code, err}
	}(d.input)
}

// hasRead answers the prompt with the code that was read. If there is none, the terminal is
// asked, where there is one.
func (d *dialog) hasRead(ctx context.Context, got readLine) error {
	if got.err != nil && d.terminal == nil {
		return needsPersonError(got.err)
	}
	d.code, d.input = got.code, nil
	if d.prompt == nil {
		return nil
	}
	return d.open(ctx, d.prompt)
}

// hasAnswer reports whether the code of --mfa-code answers the prompt.
func (d *dialog) hasAnswer() bool { return d.code != "" && d.kind.Input == prompts.InputCode }

// inBrowser reports whether the prompt is answered in a browser.
func (d *dialog) inBrowser() bool { return d.kind.Input == prompts.InputBrowser }

func (d *dialog) sayClock() {
	if hint := d.clock(); hint != "" {
		d.say("  " + hint)
	}
}

func (d *dialog) clock() string {
	if off := d.prompt.ClockOff; off != 0 {
		return prompts.ClockOff(off)
	}
	return ""
}

// key handles a typed byte.
func (d *dialog) key(ctx context.Context, b byte, open bool) error {
	if !open {
		return lang.Errorf("the terminal was closed")
	}
	if d.prompt == nil || d.busy() || d.inBrowser() && !d.prompt.SignIn.Pastes {
		if b == keyInterrupt {
			return errInterrupted
		}
		return nil
	}
	switch d.line.key(b) {
	case cancelled:
		return errInterrupted
	case entered:
		answer := string(d.line.text)
		switch {
		case d.inBrowser():
			d.sendPasted(ctx, answer)
		case d.kind.Input != prompts.InputChoice:
			d.send(ctx, creds.AnswerRequest{Answer: secret.New(answer)})
		case isYes(answer):
			d.send(ctx, creds.AnswerRequest{Grant: d.kind.Choices(*d.prompt)[0].Grant})
		default:
			d.sent = d.client.CancelPrompt(ctx, d.prompt.ID) == nil
		}
	case typing:
		if len(d.keys()) == 0 { // a pasted text is drawn once
			d.draw()
		}
	}
	return nil
}

func (d *dialog) busy() bool { return d.sent || d.prompt != nil && d.prompt.Checking }

// send sends an answer. If that fails, the prompt has ended or another answer is being
// checked; the next update shows which.
func (d *dialog) send(ctx context.Context, answer creds.AnswerRequest) {
	d.sent = true
	d.draw()
	d.sent = d.client.Answer(ctx, d.prompt.ID, answer) == nil
}

// draw draws the last line: the question with what is typed, or the progress.
func (d *dialog) draw() {
	if d.terminal == nil {
		return
	}
	if d.prompt == nil {
		// This needs no keyboard.
		d.terminal.draw(d.progress)
		return
	}
	if d.terminal.saved == nil {
		return
	}
	question := d.question()
	if d.inBrowser() {
		d.terminal.draw(question + d.pasted(columns(question)))
		return
	}
	// A code that is spent is refused until the device shows the next one.
	if wait := time.Until(d.prompt.Fresh); wait > 0 {
		question = lang.Sprintf("Code (the next one comes in %d s): ", int(wait/time.Second)+1)
	}
	text := question + d.line.shown()
	if d.busy() && d.kind.Input != prompts.InputChoice {
		text += checking
	}
	d.terminal.draw(text)
}

const checking = "  checking…"

// questionMost is the longest question that has room on a line of 80 columns, with its
// answer.
const questionMost = 76

// question is the text before what is typed.
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

// say prints lines above the question. They may have texts of others.
func (d *dialog) say(lines ...string) {
	if d.terminal == nil || d.terminal.saved == nil {
		return
	}
	for _, line := range lines {
		d.terminal.say(printable(line))
	}
}

// gone removes a prompt that has ended.
func (d *dialog) gone() {
	if d.prompt == nil {
		return
	}
	switch {
	case d.inBrowser():
		// The page shows how it ended, and so will the request.
	case d.busy():
		d.leave()
	default:
		d.say(lang.T("  Answered elsewhere."))
	}
	d.prompt, d.sent = nil, false
	d.draw()
}

// leave makes room for what the command prints next.
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
