package agent

import (
	"context"
	"errors"
	"sync"
	"time"

	"daypass/creds"
	"daypass/creds/prompts"
	"daypass/internal/lang"
	"daypass/internal/safely"
)

// awaited is what a caller waits for, and what that may depend on.
type awaited struct {
	profile string
	// device is the profile's MFA device, session the sign-in to Identity
	// Center that it needs; either may be "".
	device, session string
	// login is the ARN of the console sign-in that it needs, and owner the profile whose
	// sign-in that is; either may be "".
	login, owner string
}

// attendant is a caller that waits, during its request, for something that may depend on
// a prompt.
type attendant struct {
	awaited
	surface creds.Surface
	// giveUp ends the wait.
	giveUp context.CancelCauseFunc
}

// attend registers a caller until leave is called.
//
// The Manager's refreshes do not end with their callers, so this is how the broker
// learns that a terminal has gone which alone was showing a prompt. The returned context
// is ctx, and ends with a cause as soon as a program waits for a prompt that nobody can
// see; see [whyEnded].
func (b *Broker) attend(ctx context.Context, on awaited, surface creds.Surface) (attended context.Context, leave func()) {
	if surface == creds.SurfaceUnattended {
		return ctx, func() {} // it waits for no prompt
	}
	ctx, giveUp := context.WithCancelCause(ctx)
	a := &attendant{awaited: on, surface: surface, giveUp: giveUp}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.attending[a] = struct{}{}
	for _, q := range b.questions {
		// The desktop may have got a screen meanwhile.
		if q.unseen != nil && !isTerminal(surface) && on.mayNeed(q.present()) {
			b.openWindowLocked(q)
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
			b.settleLocked(q)
			b.giveUpUnseenLocked(q)
		}
	}
}

// whyEnded returns the error of work in an attending caller's context: the context's
// cause, if that is what ended the work.
func whyEnded(ctx context.Context, err error) error {
	if cause, ok := errors.AsType[*creds.Error](context.Cause(ctx)); ok && errors.Is(err, context.Canceled) {
		return cause
	}
	return err
}

// giveUpUnseenLocked ends the wait of programs for a prompt that neither a window nor a
// terminal shows. The prompt stays open for a terminal, unless only a window can show
// it.
func (b *Broker) giveUpUnseenLocked(q *question) {
	p := q.present()
	if q.unseen == nil || b.attendedLocked(p, isTerminal) {
		return
	}
	err := unseenError(p, q.unseen)
	for a := range b.attending {
		if !byPerson(a.surface) && a.mayNeed(p) {
			a.giveUp(err)
		}
	}
	if prompts.Of(p).WindowOnly {
		q.stop(err)
	}
}

// mayNeed reports whether it may depend on a prompt.
func (w awaited) mayNeed(p creds.Prompt) bool {
	return prompts.Of(p).ForAll || w.profile != "" && p.Profile == w.profile ||
		w.device != "" && p.Device == w.device || w.session != "" && p.SessionID() == w.session ||
		w.login != "" && p.Identity() == w.login || w.owner != "" && p.OfConsole() && p.Profile == w.owner
}

// attendedLocked reports whether a caller of a certain surface waits for a prompt.
func (b *Broker) attendedLocked(p creds.Prompt, surface func(creds.Surface) bool) bool {
	for a := range b.attending {
		if surface(a.surface) && a.mayNeed(p) {
			return true
		}
	}
	return false
}

func isTerminal(s creds.Surface) bool { return s == creds.SurfaceTerminal }

func isAny(creds.Surface) bool { return true }

// settleLocked finds another place for a prompt whose terminal has gone, or ends it if
// nobody waits for it.
func (b *Broker) settleLocked(q *question) {
	p := q.present()
	if !q.inTerminal || b.attendedLocked(p, isTerminal) {
		return
	}
	q.inTerminal = false
	if b.attendedLocked(p, isAny) {
		if b.window == nil {
			q.stop(nobodyToAsk(p))
			return
		}
		b.openWindowLocked(q)
		return
	}
	q.stop(unanswered(p, lang.T("the terminal that asked for it has gone")))
}

// Show opens a prompt's window, unless it is open already. It returns at once, and fails
// with [creds.CodeBadRequest] if the prompt has ended. The Opening is nil without a
// desktop.
func (b *Broker) Show(id string) (*Opening, error) {
	q, err := b.find(id)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	q.shown, q.unseenSaid = time.Now(), false
	b.openWindowLocked(q)
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

// End says that the window is there, with nil, or why it will not be. Only the first
// call counts.
func (o *Opening) End(err error) {
	o.once.Do(func() {
		o.err = err
		close(o.over)
	})
}

// Wait waits until the window is there. It returns a [NoWindow] if it will not be, and
// ctx's error if ctx ends first.
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

// dying is how long it may take the agent to learn that a window has left the screen.
const dying = 10 * time.Second

// openWindowLocked opens the one window that a question may have. A window that ends
// without an answer leaves the prompt open: it may have crashed, and the tray and the
// next program that asks have it shown again. A click between the crash and its report
// is not lost.
func (b *Broker) openWindowLocked(q *question) {
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
			b.openWindowLocked(q)
			return
		}
		q.unseen = err
		// Programs ask again and again, so this is said once, and for each click.
		if !q.unseenSaid {
			q.unseenSaid = true
			b.sayUnshownLocked(err, q.present().Profile)
		}
		b.giveUpUnseenLocked(q)
	})
}

// SayUnshown reports to a person why a window could not be shown.
func (b *Broker) SayUnshown(why error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sayUnshownLocked(why, "")
}

func (b *Broker) sayUnshownLocked(why error, profile string) {
	b.unshown.Publish(creds.Unshown{Why: why.Error(), Profile: profile, Times: b.unshown.Current().Times + 1})
}

// Close closes the windows. It returns when they are closed, or after a second.
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
