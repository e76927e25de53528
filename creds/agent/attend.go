package agent

import (
	"context"
	"errors"
	"sync"
	"time"

	"daypass/creds"
	"daypass/creds/prompts"
	"daypass/internal/safely"
)

// hanging is what a caller waits for, and what that may depend on.
type hanging struct {
	profile string
	// device is the profile's MFA device, session the sign-in to Identity
	// Center that it needs; either may be "".
	device, session string
}

// attendant is a caller who waits, as long as its request lasts, for what may
// depend on a prompt.
type attendant struct {
	hanging
	surface creds.Surface
	// giveUp ends the wait.
	giveUp context.CancelCauseFunc
}

// attend makes a caller known for as long as it waits; leave ends that.
//
// The Manager's refreshes do not end with their callers, so this is how the
// broker learns that a terminal, which alone was showing a prompt, has gone. The
// context that is returned is ctx, and ends with a cause as soon as a program
// waits for a prompt that nobody can see: see [whyEnded].
func (b *Broker) attend(ctx context.Context, on hanging, surface creds.Surface) (attended context.Context, leave func()) {
	ctx, giveUp := context.WithCancelCause(ctx)
	a := &attendant{hanging: on, surface: surface, giveUp: giveUp}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.attending[a] = struct{}{}
	for _, q := range b.questions {
		// The desktop may have got a screen meanwhile.
		if q.unseen != nil && !isTerminal(surface) && on.on(q.present()) {
			b.openWindow(q)
		}
	}
	return ctx, func() {
		giveUp(nil)
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.attending, a)
		if !isTerminal(surface) {
			return
		}
		for _, q := range b.questions {
			b.settle(q)
			b.giveUpUnseenLocked(q)
		}
	}
}

// whyEnded returns the error of something that was done in the context of a
// caller who attends: what ended that context, if that is what ended it.
func whyEnded(ctx context.Context, err error) error {
	if cause, ok := errors.AsType[*creds.Error](context.Cause(ctx)); ok && errors.Is(err, context.Canceled) {
		return cause
	}
	return err
}

// giveUpUnseenLocked ends the wait of the programs that wait for a prompt which
// neither a window nor a terminal shows. The prompt stays open for a terminal,
// unless it is one that only a window can show.
func (b *Broker) giveUpUnseenLocked(q *question) {
	p := q.present()
	if q.unseen == nil || b.attended(p, isTerminal) {
		return
	}
	err := unseenError(p, q.unseen)
	for a := range b.attending {
		if !byPerson(a.surface) && a.on(p) {
			a.giveUp(err)
		}
	}
	if prompts.Of(p).WindowOnly {
		q.stop(err)
	}
}

// on reports whether it may depend on a prompt.
func (h hanging) on(p creds.Prompt) bool {
	return prompts.Of(p).ForAll || h.profile != "" && p.Profile == h.profile ||
		h.device != "" && p.Device == h.device || h.session != "" && p.SessionID() == h.session
}

// attended reports whether a caller of a certain surface waits for a prompt. It
// is called under the lock.
func (b *Broker) attended(p creds.Prompt, surface func(creds.Surface) bool) bool {
	for a := range b.attending {
		if surface(a.surface) && a.on(p) {
			return true
		}
	}
	return false
}

func isTerminal(s creds.Surface) bool { return s == creds.SurfaceTerminal }

func isAny(creds.Surface) bool { return true }

// settle finds another place for a prompt whose terminal has gone, or ends it
// if nobody waits for it. It is called under the lock.
func (b *Broker) settle(q *question) {
	p := q.present()
	if !q.inTerminal || b.attended(p, isTerminal) {
		return
	}
	q.inTerminal = false
	if b.attended(p, isAny) {
		if b.window == nil {
			q.stop(nobodyToAsk(p))
			return
		}
		b.openWindow(q)
		return
	}
	q.stop(unanswered(p, "the terminal that asked for it has gone"))
}

// Show opens the window of a prompt, unless it is open already. It returns at
// once, and fails with [creds.CodeBadRequest] when the prompt has ended. The
// opening is nil where there is no desktop.
func (b *Broker) Show(id string) (*Opening, error) {
	q, err := b.find(id)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	q.shown, q.unseenSaid = time.Now(), false
	b.openWindow(q)
	return q.opening, nil
}

// Opening is a window on its way to the screen.
type Opening struct {
	once sync.Once
	over chan struct{} // closed when it is there, or will not be
	err  error
}

// NewOpening returns the opening of a window.
func NewOpening() *Opening { return &Opening{over: make(chan struct{})} }

// End says that the window is there, with nil, or why it will not be. What is
// said first counts.
func (o *Opening) End(err error) {
	o.once.Do(func() {
		o.err = err
		close(o.over)
	})
}

// Wait waits until the window is there. It returns a [NoWindow] if it will not
// be, and ctx's error if that ends before.
func (o *Opening) Wait(ctx context.Context) error {
	if o == nil {
		return nil
	}
	select {
	case <-o.over:
		if o.err != nil {
			return NoWindow(o.err)
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// dying is how long a window may take to be gone for the agent, too, when it is
// gone from the screen.
const dying = 10 * time.Second

// openWindow opens the one window that a question may have. It is called under
// the lock. A window that ends without an answer leaves the prompt open: it may
// have crashed, and the tray and the next program that asks have it shown again.
// A click that comes between the crash and its news is not lost.
func (b *Broker) openWindow(q *question) {
	if b.window == nil || q.hasWindow || b.life.Err() != nil {
		return
	}
	opening := NewOpening()
	q.hasWindow, q.unseen, q.opening = true, nil, opening
	opened, id := time.Now(), q.present().ID
	b.windows.Go(func() {
		err := safely.Do(b.log, "the window of a prompt", func() error {
			return b.window(b.life, id, func() { opening.End(nil) })
		})
		if err != nil {
			b.log.Warn("the window of a prompt failed", "prompt", id, "error", err)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		opening.End(err)
		q.hasWindow = false
		if _, open := b.questions[id]; !open || err == nil {
			return
		}
		if q.shown.After(opened) && time.Since(q.shown) < dying {
			b.openWindow(q)
			return
		}
		q.unseen = err
		// Programs ask again and again; once is enough, and each time for a click.
		if !q.unseenSaid {
			q.unseenSaid = true
			b.sayUnshownLocked(err, q.present().Profile)
		}
		b.giveUpUnseenLocked(q)
	})
}

// SayUnshown has a person hear why a window could not be shown.
func (b *Broker) SayUnshown(why error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sayUnshownLocked(why, "")
}

func (b *Broker) sayUnshownLocked(why error, profile string) {
	b.unshown.Publish(creds.Unshown{Why: why.Error(), Profile: profile, Times: b.unshown.Current().Times + 1})
}

// Close closes the windows and returns when they are closed, or after a
// second.
func (b *Broker) Close() {
	b.mu.Lock()
	b.end()
	b.mu.Unlock()
	closed := make(chan struct{})
	go func() {
		b.windows.Wait()
		close(closed)
	}()
	limit := time.NewTimer(time.Second)
	defer limit.Stop()
	select {
	case <-closed:
	case <-limit.C:
	}
}
