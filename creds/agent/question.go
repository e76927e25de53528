package agent

import (
	"context"
	"errors"
	"sync"
	"time"

	"daypass/creds"
	"daypass/creds/core"
	"daypass/creds/secret"
)

// question is the life of one prompt.
type question struct {
	events  *core.Feed[creds.PromptEvent]
	answers chan secret.Text // has room for the one that is to be checked
	// grants has room for a person's word on programs.
	grants chan creds.Grant
	// begin has room for the last wish of a person who is to sign in.
	begin chan creds.SignInOptions
	stop  context.CancelCauseFunc

	// inTerminal and hasWindow say who shows the prompt; they belong to the
	// broker's lock.
	inTerminal bool
	hasWindow  bool
	// shown is when a person last wanted to see the prompt's window; it is
	// the broker's too.
	shown time.Time
	// opening is the last window, nil before the first. unseen is why it could
	// not be shown, or has ended without an answer; nil while there is one.
	// unseenSaid is set once that was said to a person who has not clicked
	// since. They are the broker's too.
	opening    *Opening
	unseen     error
	unseenSaid bool

	mu       sync.Mutex
	prompt   creds.Prompt
	declined bool
	ended    bool
}

// newQuestion returns a question and the context that it lives in, whose cause
// is why it was ended from outside.
func newQuestion(ctx context.Context, p creds.Prompt) (*question, context.Context) {
	ctx, stop := context.WithCancelCause(ctx)
	return &question{
		events:  core.NewFeed(creds.PromptEvent{Prompt: &p}),
		answers: make(chan secret.Text, 1),
		grants:  make(chan creds.Grant, 1),
		begin:   make(chan creds.SignInOptions, 1),
		stop:    stop,
		prompt:  p,
	}, ctx
}

// present returns the prompt as it is now.
func (q *question) present() creds.Prompt {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.prompt
}

// await tries answers until one is accepted or the question ends. It calls
// changed when the prompt has another form.
func (q *question) await(ctx context.Context, changed func(), try func(context.Context, secret.Text) error) error {
	for {
		answer, err := q.next(ctx)
		if err != nil {
			return err
		}
		err = try(ctx, answer)
		refusal, refused := errors.AsType[*creds.Refusal](err)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case !refused:
			return err
		}
		q.mu.Lock()
		q.prompt.Checking = false
		q.prompt.Refusal, q.prompt.Fresh, q.prompt.ClockOff = refusal.Message, refusal.Fresh, refusal.ClockOff
		q.tell()
		q.mu.Unlock()
		changed()
	}
}

// next waits for an answer.
func (q *question) next(ctx context.Context) (secret.Text, error) {
	patience := time.NewTimer(promptLimit)
	defer patience.Stop()
	select {
	case answer := <-q.answers:
		return answer, nil
	case <-ctx.Done():
		return secret.Text{}, context.Cause(ctx)
	case <-patience.C:
		return secret.Text{}, unanswered(q.present(), "nobody answered within ten minutes")
	}
}

// granted waits for a person's word on programs.
func (q *question) granted(ctx context.Context) (creds.Grant, error) {
	patience := time.NewTimer(promptLimit)
	defer patience.Stop()
	select {
	case grant := <-q.grants:
		return grant, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case <-patience.C:
		return "", unanswered(q.present(), "nobody answered within ten minutes")
	}
}

// take hands an answer to whoever waits for it.
func (q *question) take(answer creds.AnswerRequest) error {
	p := q.present()
	switch {
	case p.Kind == creds.PromptPerson:
		if answer.Grant != creds.GrantPerson {
			return badRequest("the answer is %s; whoever does not want that closes the question", creds.GrantPerson)
		}
		return q.decide(answer.Grant)
	case answer.Grant == "" && p.Kind != creds.PromptConsent:
		if answer.Answer.IsZero() {
			return badRequest("the answer is empty")
		}
		return q.answer(answer.Answer)
	case p.Kind != creds.PromptConsent:
		return q.never(answer.Grant)
	}
	switch answer.Grant {
	case creds.GrantOnce, creds.GrantHour, creds.GrantAlways, creds.GrantNever:
	default:
		return badRequest("the answer is once, hour, always or never, not %q", string(answer.Grant))
	}
	return q.decide(answer.Grant)
}

// decide hands a person's word to whoever waits for it.
func (q *question) decide(grant creds.Grant) error {
	select {
	case q.grants <- grant:
		return nil
	default:
		return badRequest("this question has an answer")
	}
}

// never ends a question that a program has caused, for good.
func (q *question) never(grant creds.Grant) error {
	p := q.present()
	if grant != creds.GrantNever || p.Requester.Surface != creds.SurfaceProgram || p.Profile == "" {
		return badRequest("this question takes no word on programs")
	}
	q.mu.Lock()
	q.declined = true
	q.mu.Unlock()
	q.stop(&core.NeverForPrograms{Profile: p.Profile})
	return nil
}

// answer hands an answer to await.
func (q *question) answer(answer secret.Text) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.prompt.Kind == creds.PromptSSO {
		return &creds.Error{Code: creds.CodeBadRequest, Message: "a sign-in takes no answer here; it is approved in the browser"}
	}
	if q.prompt.Checking {
		return &creds.Error{Code: creds.CodeBadRequest, Message: "an earlier answer is still being checked"}
	}
	q.prompt.Checking = true
	q.prompt.Refusal, q.prompt.Fresh, q.prompt.ClockOff = "", time.Time{}, 0
	q.tell()
	// There is room: the last answer was taken out before Checking ended.
	q.answers <- answer
	return nil
}

// tell publishes the prompt's present form, unless its end was told. It is
// called under the lock.
func (q *question) tell() {
	if q.ended {
		return
	}
	p := q.prompt
	q.events.Publish(creds.PromptEvent{Prompt: &p})
}

// tellEnd publishes the end, after which nothing comes.
func (q *question) tellEnd(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended = true
	q.events.Publish(creds.PromptEvent{End: &creds.PromptEnd{Err: creds.AsError(err)}})
}

// decline ends the question because a person closed it.
func (q *question) decline() {
	q.mu.Lock()
	q.declined = true
	q.mu.Unlock()
	q.stop(unanswered(q.present(), "the question was closed"))
}

// wasDeclined reports whether a person closed the question.
func (q *question) wasDeclined() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.declined
}
