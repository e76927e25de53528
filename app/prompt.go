// Package app has daypass's windows. Each runs in a process of its own, which ends when
// the window is closed: a process with Fyne's loop wakes sixty times a second, and the
// agent must not. The windows are clients of the agent like any other, and hold no state
// but what is on the screen. Methods of windows and pages run in Fyne's loop, the only
// goroutine that may touch its widgets.
//
// Each window is in NAMEwindow.go. What it knows and says is in NAMEstate.go beside it, as
// a type without widgets. Prompts for a code or a passphrase are in codewindow.go, for a
// sign-in in signinwindow.go, and questions answered with a button in choicewindow.go;
// what these have in common is in promptframe.go and promptstate.go, what all other
// windows have in frame.go. Widgets are in app/kit, and screen.go opens the screen.
package app

import (
	"context"
	"errors"
	"time"

	"fyne.io/fyne/v2/driver/desktop"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/prompts"
	"daypass/internal/lang"
)

// name is the title of a window before it has one of its own, and its class for X11 window
// managers.
const name = "daypass"

// cancelTimeout bounds how long a process outlives its window to report to the agent that
// the prompt was closed.
const cancelTimeout = 2 * time.Second

// Connect reaches the agent.
type Connect func(ctx context.Context) (*agentapi.Client, error)

// Prompt shows the prompt with the given id in a window of its own, and returns when the
// prompt has ended or the person has closed the window, which declines the prompt. It
// must be called from main's goroutine, and once in a process. It returns a
// [*creds.Error]: with [creds.CodeNoAgent] if the agent cannot be reached or was lost,
// which the window has said, and with [creds.CodeBadRequest] if there is no such prompt
// or it ended before it could be shown. It fails, too, where no window can be shown.
func Prompt(ctx context.Context, connect Connect, id string) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	// The agent answers while the window is still being made.
	l := watchPrompt(ctx, connect, id)

	if err := openScreen(); err != nil {
		return err
	}
	a, on := newWindow()
	// The kind of prompt decides which window it is.
	first, err := l.first(ctx)
	if err != nil {
		return err
	}
	w := l.open(ctx, on, first)
	go l.pump(ctx, w.frame())
	defer context.AfterFunc(ctx, func() { on.do(w.frame().finish) })()
	if top, ok := on.win.(desktop.Window); ok {
		// The program that waits for credentials has its own window in front.
		top.RequestAlwaysOnTop()
	}
	if err := showAndRun(a, on.win); err != nil {
		return err
	}
	return l.wait()
}

// promptWindow is a window that shows a prompt.
type promptWindow interface {
	promptContent

	frame() *promptFrame
	// answered takes the agent's reply to an answer: nil if it was accepted.
	answered(err error)
}

func (f *promptFrame) frame() *promptFrame { return f }

// promptLink connects a prompt's window to the agent.
type promptLink struct {
	id string
	// connected is closed when client is set, or connecting has failed.
	connected chan struct{}
	client    *agentapi.Client
	// events is closed when the watch has ended, with err.
	events chan creds.PromptEvent
	err    error
	// declined is closed when the agent knows that the person closed the prompt; it is
	// nil before they do.
	declined chan struct{}
}

// watchPrompt connects to the agent and follows the prompt until ctx ends.
func watchPrompt(ctx context.Context, connect Connect, id string) *promptLink {
	l := &promptLink{id: id, connected: make(chan struct{}), events: make(chan creds.PromptEvent)}
	go func() {
		defer close(l.events)
		l.client, l.err = connect(ctx)
		close(l.connected)
		if l.err != nil {
			return
		}
		l.err = l.client.WatchPrompt(ctx, id, func(ev creds.PromptEvent) {
			select {
			case l.events <- ev:
			case <-ctx.Done():
			}
		})
	}()
	return l
}

// firstWait bounds how long the window waits for the prompt. The agent answers within
// milliseconds, or not at all.
const firstWait = 10 * time.Second

// first waits for the prompt. It returns nil if the agent cannot be reached or was lost,
// which a window then says. It fails if the prompt has ended before, or the agent does
// not answer.
func (l *promptLink) first(ctx context.Context) (*creds.Prompt, error) {
	ctx, stop := context.WithTimeoutCause(ctx, firstWait, lang.Error("the agent does not say what it asks"))
	defer stop()
	select {
	case ev, open := <-l.events:
		switch {
		case open && ev.End == nil:
			return ev.Prompt, nil
		case open:
			return nil, errEnded
		case endedBefore(l.err):
			return nil, l.err
		}
		return nil, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// errEnded says that a prompt ended before it could be shown.
var errEnded = &creds.Error{Code: creds.CodeBadRequest, Message: lang.T("the prompt has ended")}

// open fills the window for the prompt, and connects it to the agent.
func (l *promptLink) open(ctx context.Context, on loopWindow, first *creds.Prompt) promptWindow {
	input := prompts.InputNone
	if first != nil {
		input = prompts.Of(*first).Input
	}
	var w promptWindow
	switch input {
	case prompts.InputBrowser:
		w = newSignInWindow(on)
	case prompts.InputChoice:
		w = newChoiceWindow(on, *first)
	default:
		w = newCodeWindow(on)
	}
	f := w.frame()
	f.answer = func(answer creds.AnswerRequest) {
		go func() {
			err := l.client.Answer(ctx, l.id, answer)
			f.do(func() {
				if !f.ended {
					w.answered(err)
				}
			})
		}()
	}
	f.cancel = func() { l.decline(ctx) }
	if first != nil {
		f.receive(creds.PromptEvent{Prompt: first})
	}
	return w
}

// decline reports to the agent that the person closed the prompt. It returns at once; wait
// returns when the agent knows.
func (l *promptLink) decline(ctx context.Context) {
	l.declined = make(chan struct{})
	go func() {
		defer close(l.declined)
		ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelTimeout)
		defer stop()
		select {
		case <-l.connected:
		case <-ctx.Done():
			return
		}
		if l.client != nil {
			// The window is closed in any case.
			_ = l.client.CancelPrompt(ctx, l.id)
		}
	}()
}

// pump brings the agent's events to the window.
func (l *promptLink) pump(ctx context.Context, f *promptFrame) {
	for ev := range l.events {
		f.do(func() { f.receive(ev) })
	}
	switch {
	case ctx.Err() != nil || l.err == nil:
	case endedBefore(l.err):
		f.do(f.finish)
	default:
		f.do(func() { f.lost(l.err) })
	}
}

// wait returns when nothing is left to report to the agent.
func (l *promptLink) wait() error {
	if l.declined != nil {
		<-l.declined
		return nil
	}
	select {
	case _, open := <-l.events:
		if !open && l.err != nil {
			return lang.Errorf("following the prompt: %w", l.err)
		}
	default:
	}
	return nil
}

// endedBefore reports whether an error says that there is no such prompt.
func endedBefore(err error) bool {
	known, ok := errors.AsType[*creds.Error](err)
	return ok && known.Code == creds.CodeBadRequest
}
