package agent

import (
	"cmp"
	"context"

	"daypass/creds"
	"daypass/creds/core"
	"daypass/internal/lang"
	"daypass/internal/safely"
	"daypass/internal/signin"
)

// SignIn has a person sign in with a browser; see [core.User]. If a person asked, it
// begins at once. If a program did, the prompt waits until a person begins: no program
// opens a browser.
func (b *Broker) SignIn(
	ctx context.Context, ask core.SignInRequest, work func(ctx context.Context, way signin.Way) error,
) error {
	prompt := creds.Prompt{
		Kind:      ask.Kind,
		Profile:   ask.Profile,
		Requester: ask.Requester,
		SignIn:    &ask.About,
	}
	return b.ask(ctx, prompt, func(ctx context.Context, q *question) error {
		way := ask.Options
		if !b.wantedByPerson(q) {
			begun, err := q.next(ctx, lang.T("nobody began it within ten minutes"))
			if err != nil {
				return err
			}
			way = *begun.SignIn
			way.Method, way.Place = cmp.Or(way.Method, ask.Options.Method), cmp.Or(way.Place, ask.Options.Place)
		}
		return b.signIn(ctx, q, way, work)
	})
}

// wantedByPerson reports whether a person waits for the sign-in already.
func (b *Broker) wantedByPerson(q *question) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	p := q.present()
	return byPerson(p.Requester.Surface) || b.attendedLocked(p, byPerson)
}

// signIn does the work, and does it again if a person chooses another way. A person who
// only begins again has probably closed the page: it is opened once more.
func (b *Broker) signIn(
	ctx context.Context, q *question, way creds.SignInOptions, work func(ctx context.Context, way signin.Way) error,
) error {
	for {
		next, err := b.attempt(ctx, q, way, work)
		if next == nil {
			if ctx.Err() != nil && err != nil {
				return context.Cause(ctx)
			}
			return err
		}
		// It opens elsewhere only if the person says so.
		next.Place = cmp.Or(next.Place, way.Place)
		way = *next
	}
}

// attempt signs in one way. It returns another way if the person wants that instead.
func (b *Broker) attempt(
	ctx context.Context, q *question, way creds.SignInOptions, work func(ctx context.Context, way signin.Way) error,
) (*creds.SignInOptions, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p := q.present()
	page := SignInPage{Session: p.SignIn.Session, Profile: p.Profile, Place: way.Place}
	var open func(ctx context.Context, url string) error
	if b.browse != nil && !way.NoBrowser {
		open = func(ctx context.Context, url string) error {
			return b.browse(ctx, page.at(url))
		}
	}
	q.forgetPasted()
	b.update(q, func(s *creds.SignIn) { s.Begun, s.Place = true, way.Place })
	done := make(chan error, 1)
	go func() {
		done <- safely.Do(b.log, "the sign-in", func() error {
			return work(ctx, signin.Way{
				Method: signin.Method(way.Method),
				Open:   open,
				Show:   func(p signin.Page) { b.show(q, p) },
				Pasted: q.pasted,
			})
		})
	}()
	for {
		select {
		case err := <-done:
			return nil, err
		case answer := <-q.answers:
			next, now := *answer.SignIn, q.present().SignIn
			if next.Method != "" && next.Method != cmp.Or(now.Method, way.Method) {
				cancel()
				if err := <-done; err == nil {
					return nil, nil // it was approved at this very moment
				}
				b.update(q, func(s *creds.SignIn) {
					s.Method, s.URL, s.Code, s.Pastes, s.Opening, s.Opened, s.Note = "", "", "", false, false, false, ""
				})
				return &next, nil
			}
			if !next.NoBrowser {
				place := cmp.Or(next.Place, now.Place)
				b.update(q, func(s *creds.SignIn) { s.Place = place })
				again := page.at(now.URL) // a copy: the opener may still be reading page
				again.Place = place
				b.openAgain(ctx, q, again)
			}
		}
	}
}

// openAgain opens the page once more. The prompt says if that failed.
func (b *Broker) openAgain(ctx context.Context, q *question, page SignInPage) {
	if b.browse == nil || page.URL == "" {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.life.Err() != nil {
		return
	}
	b.windows.Go(func() {
		err := safely.Do(b.log, "the opening of a page", func() error { return b.browse(ctx, page) })
		b.update(q, func(s *creds.SignIn) {
			if ctx.Err() != nil {
				return // it goes another way by now
			}
			// Also if the first opener has not returned yet: the note wants the address
			// to be seen.
			if s.Opening, s.Opened = false, err == nil; err != nil {
				s.Note = lang.Sprintf("%s; open the address in one yourself.", signin.NoteUnopened(err))
			}
		})
	})
}

// show copies the flow's page into the prompt. A flow that shows a page has an opinion on
// the code that it took.
func (b *Broker) show(q *question, p signin.Page) {
	b.update(q, func(s *creds.SignIn) {
		if len(q.pasted) == 0 {
			q.checking, q.prompt.Checking = false, false
		}
		s.Method, s.URL, s.Code, s.Pastes = creds.SignInMethod(p.Method), p.URL, p.Code, p.Pastes
		s.Opening, s.Opened, s.Until, s.Note = p.Opening, p.Opened, p.Until, p.Note
	})
}

// update changes a prompt's sign-in under the question's lock. What was published before is never changed.
func (b *Broker) update(q *question, change func(*creds.SignIn)) {
	q.mu.Lock()
	next := *q.prompt.SignIn
	change(&next)
	q.prompt.SignIn = &next
	q.publishLocked()
	q.mu.Unlock()
	b.changed()
}

// Begin begins a prompt's sign-in, opens its page once more, or begins in another way.
// It fails with [creds.CodeBadRequest] if the prompt has ended or is of another kind.
func (b *Broker) Begin(id string, way creds.SignInOptions) error {
	return b.Answer(id, creds.AnswerRequest{SignIn: &way})
}
