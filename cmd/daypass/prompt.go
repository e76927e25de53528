package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"daypass/creds/agentapi"
	"daypass/creds/secret"
)

// asker runs requests that may need a person, and shows meanwhile what the
// agent asks.
type asker struct {
	client *agentapi.Client
	// terminal is where to ask; nil leaves it to the agent's window.
	terminal *terminal
	// code is an MFA code that was given beforehand, or "".
	code string
}

// surface tells the agent whether to open a window for the prompts.
func surfaceOf(t *terminal, code string) agentapi.Surface {
	if t == nil && code == "" {
		return agentapi.SurfaceProgram
	}
	return agentapi.SurfaceTerminal
}

// run runs a request for a profile. The request and its prompts go side by
// side: somebody else may answer them, in the window or in another terminal.
func (a *asker) run(ctx context.Context, profile string, request func(context.Context) error) error {
	if a.terminal == nil && a.code == "" {
		return request(ctx)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- request(ctx) }()
	updates := make(chan []agentapi.Prompt)
	go func() {
		// If this fails the agent is gone, and the request says so.
		_ = a.client.WatchPrompts(ctx, profile, func(prompts []agentapi.Prompt) {
			select {
			case updates <- prompts:
			case <-ctx.Done():
			}
		})
	}()
	d := &dialog{asker: a, profile: profile}
	defer a.terminal.end()
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		var err error
		select {
		case err := <-done:
			d.leave()
			return err
		case <-ctx.Done():
			d.leave()
			a.cancel(d.prompt)
			return ctx.Err()
		case prompts := <-updates:
			err = d.update(ctx, prompts)
		case b, open := <-a.keys():
			err = d.key(ctx, b, open)
		case <-second.C:
			d.draw()
		}
		if err != nil {
			d.leave()
			a.cancel(d.prompt)
			return err
		}
	}
}

// keys returns what is typed; nil, which blocks for ever, without a terminal.
func (a *asker) keys() <-chan byte {
	if a.terminal == nil {
		return nil
	}
	return a.terminal.keys
}

// cancel declines a prompt, also when the command itself is being ended.
func (a *asker) cancel(p *agentapi.Prompt) {
	if p == nil {
		return
	}
	ctx, stop := context.WithTimeout(context.Background(), lookupLimit)
	defer stop()
	// It fails when the prompt has ended meanwhile, which is as good.
	_ = a.client.CancelPrompt(ctx, p.ID)
}

// dialog is a prompt in the terminal.
type dialog struct {
	*asker
	profile string
	prompt  *agentapi.Prompt
	line    line
	// sent is set from an answer until the agent's verdict on it.
	sent bool
}

// update takes in which prompts wait now.
func (d *dialog) update(ctx context.Context, prompts []agentapi.Prompt) error {
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
	judged := next.Refusal != "" && !next.Checking && (d.sent || before.Checking || before.Refusal != next.Refusal)
	if !judged {
		d.draw()
		return nil
	}
	ours := d.sent
	d.sent = false
	if d.code != "" && next.Kind == agentapi.PromptMFA {
		if !ours {
			return d.answer(ctx, secret.New(d.code))
		}
		return &agentapi.Error{Code: agentapi.CodeMFARefused, Message: strings.TrimSpace(next.Refusal + " " + d.clock())}
	}
	d.line.text = nil
	d.say("  " + sentence(printable(next.Refusal)))
	d.sayClock()
	d.draw()
	return nil
}

// open begins a prompt.
func (d *dialog) open(ctx context.Context, p *agentapi.Prompt) error {
	d.prompt, d.sent = p, false
	if d.code != "" && p.Kind == agentapi.PromptMFA {
		if p.Checking {
			// Somebody else's answer comes first; update goes on after it.
			return nil
		}
		return d.answer(ctx, secret.New(d.code))
	}
	if d.terminal == nil {
		return &agentapi.Error{Code: agentapi.CodeWaiting, Message: "the key file's passphrase is needed first"}
	}
	if err := d.terminal.begin(); err != nil {
		return err
	}
	d.line = line{input: inputCode}
	if p.Kind == agentapi.PromptPassphrase {
		d.line = line{input: inputHidden}
	}
	d.say(d.heading()...)
	if p.Refusal != "" {
		d.say("  " + sentence(printable(p.Refusal)))
		d.sayClock()
	}
	d.draw()
	return nil
}

// heading says what is asked for and why.
func (d *dialog) heading() []string {
	p := d.prompt
	if p.Kind == agentapi.PromptPassphrase {
		return []string{"The keys are in an encrypted file. Its passphrase opens it."}
	}
	who := printable(p.Profile)
	if p.AccountID != "" {
		who += " (account " + printable(p.AccountID) + ")"
	}
	lines := []string{who + " needs a code from this MFA device:", "  " + printable(p.Device)}
	if p.Requester.Surface == agentapi.SurfaceProgram && p.Requester.Program != "" {
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
		return fmt.Sprintf("This machine's clock is %s %s AWS's. Is it the device's too?", off.Abs().Round(time.Second), side)
	}
	return ""
}

// key takes what is typed.
func (d *dialog) key(ctx context.Context, b byte, open bool) error {
	if !open {
		return fmt.Errorf("the terminal was closed")
	}
	if d.prompt == nil || d.busy() {
		if b == keyInterrupt {
			return errInterrupted
		}
		return nil
	}
	switch d.line.key(b) {
	case cancelled:
		return errInterrupted
	case entered:
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
	if err := d.client.Answer(ctx, d.prompt.ID, agentapi.AnswerRequest{Answer: text}); err != nil {
		d.sent = false
	}
	return nil
}

// draw draws the line that is typed in.
func (d *dialog) draw() {
	if d.prompt == nil || d.terminal == nil || d.terminal.saved == nil {
		return
	}
	label := "Code: "
	if d.prompt.Kind == agentapi.PromptPassphrase {
		label = "Passphrase: "
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
	if d.busy() {
		d.leave()
	} else {
		d.say("  Answered elsewhere.")
	}
	d.prompt, d.sent = nil, false
}

// leave makes way for what the command prints next.
func (d *dialog) leave() {
	if d.prompt == nil || d.terminal == nil || d.terminal.saved == nil {
		return
	}
	d.sent, d.prompt.Checking, d.prompt.Fresh = false, false, time.Time{}
	d.draw()
	d.terminal.newline()
}
