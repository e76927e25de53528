package agent

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"slices"
	"sync"
	"time"

	"daypass/creds"
	"daypass/creds/core"
	"daypass/creds/prompts"
	"daypass/internal/lang"
	"daypass/internal/safely"
)

const (
	// promptLimit is how long a prompt waits for its first or its next answer.
	promptLimit = 10 * time.Minute
	// declineLimit is how long programs leave a person alone who declined. They tend to
	// ask again at once.
	declineLimit = time.Minute
)

// Broker asks the person at the machine: it is an agent's [core.User].
//
// There is one prompt at a time for each MFA device, for each SSO session, and for a
// passphrase. A second question of the same kind waits until the first has ended, as a
// code works only once.
// is spent once it was used.
type Broker struct {
	window func(ctx context.Context, promptID string, shown func()) error
	browse func(ctx context.Context, page SignInPage) error
	log    *slog.Logger
	feed   *core.Feed[[]creds.Prompt]
	// unshown reports windows that could not be shown.
	unshown *core.Feed[creds.Unshown]
	life    context.Context //nolint:containedctx // of the windows, which outlive every call
	end     context.CancelFunc

	mu        sync.Mutex
	questions map[string]*question // by the id of their prompts
	turns     map[string]*turn     // by subject
	declined  map[string]time.Time // by subject
	attending map[*attendant]struct{}
	windows   sync.WaitGroup
}

// turn belongs to the question that is being asked about a subject.
type turn struct {
	free    chan struct{} // holds a value while nobody has the turn
	holders int           // who has it and who waits for it
}

// Desktop is how a broker reaches a person. A headless agent has neither field.
type Desktop struct {
	// Window shows one prompt, calls shown when it is on the screen, and returns
	// when its window is closed or ctx ends. Its error is a clause that says why
	// there is no window.
	Window func(ctx context.Context, promptID string, shown func()) error
	// Browse opens a sign-in's page in the person's browser. The error is an
	// [signin.Unopened] if the reason is known.
	Browse func(ctx context.Context, page SignInPage) error
}

// SignInPage is the page of a sign-in.
type SignInPage struct {
	URL string
	// Session is the [creds.Session.ID]; "" for a sign-in to AWS's console. Profile is
	// the one that needs it, or "".
	Session, Profile string
	// Place is where to open it, as [browsers.ParsePlace] reads it.
	Place string
}

// at returns the page at an address.
func (p SignInPage) at(url string) SignInPage {
	p.URL = url
	return p
}

// NewBroker returns a broker. [Broker.Close] ends what it started.
func NewBroker(d Desktop, log *slog.Logger) *Broker {
	life, end := context.WithCancel(context.Background())
	return &Broker{
		life:      life,
		end:       end,
		window:    d.Window,
		browse:    d.Browse,
		log:       log,
		feed:      core.NewFeed[[]creds.Prompt](nil),
		unshown:   core.NewFeed(creds.Unshown{}),
		questions: make(map[string]*question),
		turns:     make(map[string]*turn),
		declined:  make(map[string]time.Time),
		attending: make(map[*attendant]struct{}),
	}
}

// Prompts returns the open prompts, oldest first.
func (b *Broker) Prompts() []creds.Prompt { return b.feed.Current() }

// Watch gives the open prompts, now and at each change, until ctx ends.
func (b *Broker) Watch(ctx context.Context) <-chan []creds.Prompt { return b.feed.Watch(ctx) }

// Ask shows a prompt; see [creds.Asker]. It gives up with [creds.CodeDeclined] if nobody
// has answered for ten minutes, or at once if a program asks what a person declined
// within the last minute.
func (b *Broker) Ask(
	ctx context.Context, p creds.Prompt, try func(ctx context.Context, answer creds.AnswerRequest) error,
) error {
	return b.ask(ctx, p, func(ctx context.Context, q *question) error { return q.await(ctx, b.changed, try) })
}

// ask waits for its turn, opens a prompt and stays with it until it ends.
func (b *Broker) ask(
	ctx context.Context, prompt creds.Prompt, stay func(context.Context, *question) error,
) error {
	if prompt.Requester.Surface == creds.SurfaceUnattended {
		return prompts.NobodyIsAsked(prompt)
	}
	if err := b.leftAlone(prompt); err != nil {
		return err
	}
	if err := b.takeTurn(ctx, subject(prompt)); err != nil {
		return err
	}
	defer b.endTurn(subject(prompt))
	// A person may have declined the question before this one.
	if err := b.leftAlone(prompt); err != nil {
		return err
	}
	if !b.canAsk(prompt) {
		return nobodyToAsk(prompt)
	}
	prompt.ID = rand.Text()
	prompt.Created = time.Now().Round(0)
	q, ctx := newQuestion(ctx, prompt)
	defer q.stop(nil)
	b.open(q)
	err := safely.Do(b.log, "the wait for "+words(prompt), func() error { return stay(ctx, q) })
	b.close(q, err)
	return err
}

// subject is what there may be only one question about at a time.
func subject(p creds.Prompt) string { return string(p.Kind) + " " + prompts.Of(p).Subject(p) }

// words names what a prompt asks for.
func words(p creds.Prompt) string { return prompts.Of(p).Asks(p) }

// unanswered says why a prompt was not answered.
func unanswered(p creds.Prompt, why string) *creds.Error {
	return &creds.Error{Code: creds.CodeDeclined, Message: words(p) + prompts.Of(p).Undone.String() + ": " + why}
}

// canAsk reports whether a person would see a prompt, in a window or in the terminal
// that asked. A headless agent refuses a program at once, which would otherwise wait for
// nothing.
func (b *Broker) canAsk(p creds.Prompt) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.window != nil || !prompts.Of(p).WindowOnly && (isTerminal(p.Requester.Surface) || b.attendedLocked(p, isTerminal))
}

func nobodyToAsk(p creds.Prompt) *creds.Error {
	return &creds.Error{
		Code:    creds.CodeNobodyToAsk,
		Message: lang.Sprintf("%s is needed, and there is neither a desktop nor a terminal to ask for it", words(p)),
	}
}

// unseenError says that a prompt is needed, and why no window shows it.
func unseenError(p creds.Prompt, why error) *creds.Error {
	return &creds.Error{
		Code:    creds.CodeNobodyToAsk,
		Message: lang.Sprintf("%s is needed, and no window can be shown: %v", words(p), why),
	}
}

// NoWindow says why a window that a person wants cannot be shown.
func NoWindow(why error) *creds.Error {
	return &creds.Error{
		Code:    creds.CodeNotShown,
		Message: lang.Sprintf("no window can be shown: %v", why),
		Advice:  lang.T("What daypass asks for can be answered in a terminal, with: daypass login NAME"),
	}
}

func declinedError(message string) *creds.Error {
	return &creds.Error{Code: creds.CodeDeclined, Message: message}
}

// leftAlone returns an error if the person has just declined such a question, unless a
// person asks again.
func (b *Broker) leftAlone(p creds.Prompt) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	at, declined := b.declined[subject(p)]
	if !declined || time.Since(at) >= declineLimit {
		return nil
	}
	if byPerson(p.Requester.Surface) || b.attendedLocked(p, byPerson) {
		return nil
	}
	return declinedError(lang.Sprintf("%s was asked for and declined less than a minute ago", words(p)))
}

func byPerson(s creds.Surface) bool {
	return byClick(s) || isTerminal(s)
}

// byClick reports whether the person who asks sees daypass's windows.
func byClick(s creds.Surface) bool {
	return s == creds.SurfaceTray || s == creds.SurfaceWindow
}

func (b *Broker) takeTurn(ctx context.Context, subject string) error {
	b.mu.Lock()
	t := b.turns[subject]
	if t == nil {
		t = &turn{free: make(chan struct{}, 1)}
		t.free <- struct{}{}
		b.turns[subject] = t
	}
	t.holders++
	b.mu.Unlock()
	select {
	case <-t.free:
		return nil
	case <-ctx.Done():
		b.leaveTurn(subject)
		return ctx.Err()
	}
}

func (b *Broker) endTurn(subject string) {
	b.mu.Lock()
	t := b.turns[subject]
	b.mu.Unlock()
	t.free <- struct{}{}
	b.leaveTurn(subject)
}

func (b *Broker) leaveTurn(subject string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.turns[subject]
	if t.holders--; t.holders == 0 {
		delete(b.turns, subject)
	}
}

// open publishes a question and makes sure that something shows it.
func (b *Broker) open(q *question) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := q.present()
	b.questions[p.ID] = q
	b.publishLocked()
	b.log.Info("asking", "for", words(p), "profile", p.Profile, "requester", p.Requester.String())
	q.inTerminal = b.window == nil || b.forTerminalLocked(p)
	if !q.inTerminal {
		b.openWindowLocked(q)
		return
	}
	b.settleLocked(q)
}

// forTerminalLocked reports whether a prompt is left to a terminal: the one that asked,
// or one that waits for what no person has asked for.
func (b *Broker) forTerminalLocked(p creds.Prompt) bool {
	by := p.Requester.Surface
	return isTerminal(by) || prompts.Of(p).Follows && !byPerson(by) && b.attendedLocked(p, isTerminal)
}

// changed publishes a question's new form.
func (b *Broker) changed() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.publishLocked()
}

// close forgets a question that has ended, with nil or with an error.
func (b *Broker) close(q *question, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := q.present()
	delete(b.questions, p.ID)
	for subject, at := range b.declined {
		if time.Since(at) >= declineLimit {
			delete(b.declined, subject)
		}
	}
	switch {
	case err == nil:
		delete(b.declined, subject(p))
	case q.wasDeclined():
		b.declined[subject(p)] = time.Now()
	}
	b.publishLocked()
	q.publishEnd(err)
	b.log.Info("asked", "for", words(p), "error", err)
}

// publishLocked publishes the prompts that wait.
func (b *Broker) publishLocked() {
	waiting := make([]creds.Prompt, 0, len(b.questions))
	for _, q := range b.questions {
		waiting = append(waiting, q.present())
	}
	slices.SortFunc(waiting, func(x, y creds.Prompt) int {
		return cmp.Or(x.Created.Compare(y.Created), cmp.Compare(x.ID, y.ID))
	})
	b.feed.Publish(waiting)
}

// find returns the question of a prompt.
func (b *Broker) find(id string) (*question, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	q, ok := b.questions[id]
	if !ok {
		return nil, &creds.Error{Code: creds.CodeBadRequest, Message: lang.T("this question has ended")}
	}
	return q, nil
}

// WatchPrompt gives a prompt's present form, each change and its end, until ctx ends.
// Nothing comes after the end. It fails with [creds.CodeBadRequest] if the prompt has
// ended already.
func (b *Broker) WatchPrompt(ctx context.Context, id string) (<-chan creds.PromptEvent, error) {
	q, err := b.find(id)
	if err != nil {
		return nil, err
	}
	return q.events.Watch(ctx), nil
}

// Answer gives a prompt an answer and returns once it is being checked. It fails
// with [creds.CodeBadRequest] when the prompt has ended, takes no such answer, or is
// checking another one.
func (b *Broker) Answer(id string, answer creds.AnswerRequest) error {
	q, err := b.find(id)
	if err != nil {
		return err
	}
	if err := q.take(answer); err != nil {
		return err
	}
	b.changed()
	return nil
}

// Cancel declines a prompt, also while an answer is being checked. It fails
// with [creds.CodeBadRequest] when the prompt has ended.
func (b *Broker) Cancel(id string) error {
	q, err := b.find(id)
	if err != nil {
		return err
	}
	q.decline()
	return nil
}
