// Package app holds daypass's windows. They are a process of their own, started
// when a person must be asked and gone when the question is answered: a process
// that runs Fyne's loop wakes sixty times a second for as long as it lives, and
// the agent must not. The windows are clients of the agent like any other, and
// hold no state but what is on the screen.
//
// Each window is a file of its own; what it knows and says is a type without
// widgets beside it.
package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"

	"daypass/creds/agentapi"
	"daypass/creds/secret"
	"daypass/packaging/icons"
)

// name is the title of windows that have none yet, and the class that X11 window
// managers know them by.
const name = "daypass"

// cancelTimeout bounds how long a process outlives its window to tell the agent
// that the question was closed.
const cancelTimeout = 2 * time.Second

// Connect reaches the agent.
type Connect func(ctx context.Context) (*agentapi.Client, error)

// Prompt shows the prompt with the given id in a window of its own, and returns
// when the prompt has ended or the person has closed it, which declines it. It
// must be called from main's goroutine, and once in a process. It returns an
// [*agentapi.Error] with [agentapi.CodeNoAgent] when the agent could not be
// reached or was lost, after the person was told, and one with
// [agentapi.CodeBadRequest] when there is no such prompt or it has ended before
// it could be shown. It fails, too, where no window can be opened.
func Prompt(ctx context.Context, connect Connect, id string) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	// The agent answers while the window is still being made.
	l := watchPrompt(ctx, connect, id)

	if err := openScreen(); err != nil {
		return err
	}
	// Without an id of its own Fyne keeps no preferences and makes no folder.
	a := fyneapp.NewWithID("")
	win := a.NewWindow(name)
	win.SetIcon(fyne.NewStaticResource(name+".png", icons.App()))
	w := newPromptWindow(win, fyne.Do, func() {
		// Not win.Close: until the loop gets round to a window that was
		// closed, Fyne 2.7.1 dereferences nil at the next move of the
		// mouse over it (processMouseMoved in internal/driver/glfw).
		win.Hide()
		a.Driver().Quit()
	})
	l.join(ctx, w)
	select {
	case ev, open := <-l.events:
		if !open && endedBefore(l.err) || open && ev.End != nil {
			return l.err
		}
		if open {
			w.receive(ev)
		}
	default:
	}
	go l.pump(ctx, w)
	defer context.AfterFunc(ctx, func() { w.do(w.finish) })()
	hintWindow()
	win.Show()
	win.RequestFocus()
	a.Run()
	return l.wait()
}

// promptLink joins a prompt's window to the agent.
type promptLink struct {
	id string
	// connected is closed when client is there, or never will be.
	connected chan struct{}
	client    *agentapi.Client
	// events is closed when the watch has ended, with err.
	events chan agentapi.PromptEvent
	err    error
	// declined is closed when the agent knows that the person closed the
	// question; it is nil as long as they have not.
	declined chan struct{}
}

// watchPrompt connects to the agent and follows the prompt until ctx ends.
func watchPrompt(ctx context.Context, connect Connect, id string) *promptLink {
	l := &promptLink{id: id, connected: make(chan struct{}), events: make(chan agentapi.PromptEvent)}
	go func() {
		defer close(l.events)
		l.client, l.err = connect(ctx)
		close(l.connected)
		if l.err != nil {
			return
		}
		l.err = l.client.WatchPrompt(ctx, id, func(ev agentapi.PromptEvent) {
			select {
			case l.events <- ev:
			case <-ctx.Done():
			}
		})
	}()
	return l
}

// join gives the window its ways to the agent.
func (l *promptLink) join(ctx context.Context, w *promptWindow) {
	w.answer = func(answer secret.Text) {
		go func() {
			if err := l.client.Answer(ctx, l.id, agentapi.AnswerRequest{Answer: answer}); err != nil {
				w.do(func() { w.failed(err) })
			}
		}()
	}
	w.cancel = func() {
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
				// The question is closed for this person, whether
				// the agent still hears of it or not.
				_ = l.client.CancelPrompt(ctx, l.id)
			}
		}()
	}
}

// pump brings the window what the agent tells.
func (l *promptLink) pump(ctx context.Context, w *promptWindow) {
	for ev := range l.events {
		w.do(func() { w.receive(ev) })
	}
	switch {
	case ctx.Err() != nil || l.err == nil:
	case endedBefore(l.err):
		w.do(w.finish)
	default:
		w.do(func() { w.lost(l.err) })
	}
}

// wait returns when nothing is left to be said to the agent.
func (l *promptLink) wait() error {
	if l.declined != nil {
		<-l.declined
		return nil
	}
	select {
	case _, open := <-l.events:
		if !open && l.err != nil {
			return fmt.Errorf("following the prompt: %w", l.err)
		}
	default:
	}
	return nil
}

// endedBefore reports that there is no such prompt any more.
func endedBefore(err error) bool {
	known, ok := errors.AsType[*agentapi.Error](err)
	return ok && known.Code == agentapi.CodeBadRequest
}
