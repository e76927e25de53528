package agent

import (
	"time"

	"daypass/creds/agentapi"
	"daypass/creds/safely"
)

// hanging is what a caller waits for, and what that may hang on.
type hanging struct {
	profile string
	// device is the profile's MFA device, session the sign-in to Identity
	// Center that it needs; either may be "".
	device, session string
}

// attendant is a caller who waits, as long as its request lasts, for what may
// hang on a prompt.
type attendant struct {
	hanging
	surface agentapi.Surface
}

// attend makes a caller known for as long as it waits; leave ends that.
//
// The Manager's refreshes do not end with their callers, so this is how the
// broker learns that a terminal, which alone was showing a prompt, has gone.
func (b *Broker) attend(on hanging, surface agentapi.Surface) (leave func()) {
	a := &attendant{hanging: on, surface: surface}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.attending[a] = struct{}{}
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.attending, a)
		if !isTerminal(surface) {
			return
		}
		for _, q := range b.questions {
			b.settle(q)
		}
	}
}

// on reports whether it may hang on a prompt.
func (h hanging) on(p agentapi.Prompt) bool {
	return p.Kind == agentapi.PromptPassphrase || h.profile != "" && p.Profile == h.profile ||
		h.device != "" && p.Device == h.device || h.session != "" && p.SessionID() == h.session
}

// attended reports whether a caller of a certain surface waits for a prompt. It
// is called under the lock.
func (b *Broker) attended(p agentapi.Prompt, surface func(agentapi.Surface) bool) bool {
	for a := range b.attending {
		if surface(a.surface) && a.on(p) {
			return true
		}
	}
	return false
}

func isTerminal(s agentapi.Surface) bool { return s == agentapi.SurfaceTerminal }

func isAny(agentapi.Surface) bool { return true }

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
// once, and fails with [agentapi.CodeBadRequest] when the prompt has ended.
func (b *Broker) Show(id string) error {
	q, err := b.find(id)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	q.shown = time.Now()
	b.openWindow(q)
	return nil
}

// dying is how long a window may take to be gone for the agent, too, when it is
// gone from the screen.
const dying = 10 * time.Second

// openWindow opens the one window that a question may have. It is called under
// the lock. A window that ends without an answer leaves the prompt open: it may
// have crashed, and the tray can show it again. A click that comes between the
// crash and its news is not lost.
func (b *Broker) openWindow(q *question) {
	if b.window == nil || q.hasWindow || b.life.Err() != nil {
		return
	}
	q.hasWindow = true
	opened, id := time.Now(), q.present().ID
	b.windows.Go(func() {
		err := safely.Do(b.log, "the window of a prompt", func() error { return b.window(b.life, id) })
		if err != nil {
			b.log.Warn("the window of a prompt failed", "prompt", id, "error", err)
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		q.hasWindow = false
		if _, open := b.questions[id]; open && err != nil && q.shown.After(opened) && time.Since(q.shown) < dying {
			b.openWindow(q)
		}
	})
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
