package agent

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"daypass/creds"
	"daypass/creds/core"
	"daypass/creds/prompts"
	"daypass/internal/lang"
	"daypass/internal/secret"
)

// question is the life of one prompt.
type question struct {
	events *core.Feed[creds.PromptEvent]
	// answers has room for the one that is to be checked next.
	answers chan creds.AnswerRequest
	// pasted has room for the code of a sign-in that is to be checked next.
	pasted chan string
	stop   context.CancelCauseFunc

	// inTerminal and hasWindow say who shows the prompt. The broker's lock guards them.
	inTerminal bool
	hasWindow  bool
	// shown is when a person last wanted to see the prompt's window. The broker's lock
	// guards it.
	shown time.Time
	// opening is the last window, nil before the first. unseen is why it could not be
	// shown, or ended without an answer; nil while there is one. unseenSaid is set once
	// a person was shown that, until the next click. The broker's lock guards them.
	opening    *Opening
	unseen     error
	unseenSaid bool

	mu     sync.Mutex
	prompt creds.Prompt
	// checking is set from an answer until it is refused.
	checking bool
	declined bool
	ended    bool
}

// newQuestion returns a question and its context, whose cause is why the question was
// ended from outside.
func newQuestion(ctx context.Context, p creds.Prompt) (*question, context.Context) {
	ctx, stop := context.WithCancelCause(ctx)
	return &question{
		events:  core.NewFeed(creds.PromptEvent{Prompt: &p}),
		answers: make(chan creds.AnswerRequest, 1),
		pasted:  make(chan string, 1),
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
func (q *question) await(ctx context.Context, changed func(), try func(context.Context, creds.AnswerRequest) error) error {
	for {
		answer, err := q.next(ctx, lang.T("nobody answered within ten minutes"))
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
		q.checking, q.prompt.Checking = false, false
		q.prompt.Refusal, q.prompt.Fresh, q.prompt.ClockOff = refusal.Message, refusal.Fresh, refusal.ClockOff
		q.publishLocked()
		q.mu.Unlock()
		changed()
	}
}

// next waits for an answer. late is the message if patience runs out.
func (q *question) next(ctx context.Context, late string) (creds.AnswerRequest, error) {
	patience := time.NewTimer(promptLimit)
	defer patience.Stop()
	select {
	case answer := <-q.answers:
		return answer, nil
	case <-ctx.Done():
		return creds.AnswerRequest{}, context.Cause(ctx)
	case <-patience.C:
		return creds.AnswerRequest{}, unanswered(q.present(), late)
	}
}

// take hands an answer to whoever waits for it.
func (q *question) take(answer creds.AnswerRequest) error {
	p := q.present()
	kind := prompts.Of(p)
	switch browser := kind.Input == prompts.InputBrowser; {
	case browser && answer.SignIn == nil && answer.Grant == "" && p.SignIn.Pastes:
		return q.paste(answer.Answer)
	case kind.Input == prompts.InputChoice:
		if err := choose(kind.Choices(p), answer.Grant); err != nil {
			return err
		}
	case answer.Grant != "":
		return q.never(answer.Grant)
	case browser && answer.SignIn == nil:
		return badRequest("a sign-in takes no answer here; it is approved in the browser")
	case browser:
		if err := checkSignIn(*answer.SignIn); err != nil {
			return err
		}
	case answer.SignIn != nil:
		return badRequest("this question is not about a sign-in")
	case answer.Answer.IsZero():
		return badRequest("the answer is empty")
	}
	return q.hand(kind, answer)
}

// choose refuses a grant that is not among the choices.
func choose(choices []prompts.Choice, grant creds.Grant) error {
	var names []string
	for _, c := range choices {
		if c.Grant == grant {
			return nil
		}
		names = append(names, string(c.Grant))
	}
	return badRequest("%q is no answer; these are: %s", string(grant), strings.Join(names, ", "))
}

// hand puts an answer where it is waited for. Of several ways to sign in the last one
// counts. Any other answer is checked before the next.
func (q *question) hand(kind prompts.Kind, answer creds.AnswerRequest) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case kind.Input == prompts.InputBrowser:
		select {
		case <-q.answers:
		default:
		}
	case q.checking:
		return badRequest("an earlier answer is still being checked")
	default:
		q.checking, q.prompt.Checking = true, kind.Busy != ""
		q.prompt.Refusal, q.prompt.Fresh, q.prompt.ClockOff = "", time.Time{}, 0
		q.publishLocked()
	}
	q.answers <- answer // there is room: the last one was taken out here, or before its check has ended
	return nil
}

// paste hands the code of a sign-in to its flow. A code that was copied from several lines
// is still one word.
func (q *question) paste(answer secret.Text) error {
	code := strings.Join(strings.Fields(answer.Reveal()), "")
	switch {
	case code == "":
		return badRequest("the answer is empty")
	case len(code) > creds.MostPasted:
		return badRequest("this is longer than any code that AWS shows: copy only the code from the page")
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.checking {
		return badRequest("an earlier answer is still being checked")
	}
	select {
	case q.pasted <- code:
	default:
		return badRequest("an earlier answer is still being checked")
	}
	q.checking, q.prompt.Checking = true, true
	in := *q.prompt.SignIn
	in.Note = "" // it was about what came before
	q.prompt.SignIn = &in
	q.publishLocked()
	return nil
}

// forgetPasted makes room for the code of another attempt.
func (q *question) forgetPasted() {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-q.pasted:
	default:
	}
	q.checking, q.prompt.Checking = false, false
}

// never ends a program's question for good.
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

// publishLocked publishes the prompt's present form, unless it has ended.
func (q *question) publishLocked() {
	if q.ended {
		return
	}
	p := q.prompt
	q.events.Publish(creds.PromptEvent{Prompt: &p})
}

// publishEnd publishes the end, after which nothing comes.
func (q *question) publishEnd(err error) {
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
	q.stop(unanswered(q.present(), lang.T("the question was closed")))
}

// wasDeclined reports whether a person closed the question.
func (q *question) wasDeclined() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.declined
}
