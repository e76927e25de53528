package core

import (
	"context"
	"errors"
	"time"

	"daypass/creds"
	"daypass/creds/profile"
	"daypass/creds/prompts"
)

// asker decides whether to ask a person on behalf of a program, and carries out the
// person's decisions.
type asker struct{ *owners }

// asksNobody reports whether nobody is to be asked: for work that nobody waits for, and for
// a request that says so.
func (o RefreshOptions) asksNobody() bool {
	return o.unattended || o.isUnasked()
}

// isUnasked reports whether somebody waits who wants nobody to be asked.
func (o RefreshOptions) isUnasked() bool { return o.Requester.Surface == creds.SurfaceUnattended }

// flightKey returns the key of work that may ask a person. A request that nobody is to be
// asked for has its own flights: it would wait for the person whom another one asks.
func (o RefreshOptions) flightKey(key string) string {
	if o.isUnasked() {
		return "-" + key
	}
	return key
}

// mayAsk refuses to ask what p asks if nobody is to be asked, or on behalf of a program if
// the person wants no such questions about the profile.
func (a asker) mayAsk(name string, p creds.Prompt, o RefreshOptions) error {
	switch {
	case o.unattended || a.cfg.User == nil:
		return errNeedsPerson
	case o.isUnasked():
		return unaskedError{prompts.NobodyIsAsked(p)}
	case o.Requester.Surface == creds.SurfaceProgram && a.programRule(name) == creds.ProgramsNever:
		return refusedToPrograms(name)
	}
	return nil
}

func refusedToPrograms(name string) error {
	return creds.Errorf(creds.CodeDeclined,
		`the settings refuse profile %q to programs where a person has to be asked (programs = "never"); refresh it by hand first`, name)
}

// programRule says what a program gets if a person has to be asked for the profile.
func (a asker) programRule(name string) creds.ProgramRule {
	if rule := a.choices.settings().Profile[name].Programs; rule != "" && rule != creds.ProgramsAsk {
		return rule
	}
	if a.questions.isAllowed(name) {
		return creds.ProgramsAlways
	}
	return creds.ProgramsAsk
}

// wantsConsent reports whether a person must first allow the program to have a profile,
// given what the profile holds.
func (a asker) wantsConsent(now holding, by creds.Requester) bool {
	return by.Surface.IsProgram() && !now.inFile && a.choices.leaseOf(now.chain.Asked) > 0
}

// consent asks whether a program may have a sensitive profile.
func (a asker) consent(ctx context.Context, name string, c profile.Chain, o RefreshOptions) error {
	switch a.programRule(name) {
	case creds.ProgramsAlways:
		return nil
	case creds.ProgramsNever:
		return refusedToPrograms(name)
	case creds.ProgramsAsk:
	}
	ask := creds.Prompt{
		Kind: creds.PromptConsent, Profile: name, AccountID: c.Account(), Lease: a.choices.leaseOf(name), Keeps: o.keeps, Requester: o.Requester,
	}
	if err := a.mayAsk(name, ask, RefreshOptions{Requester: o.Requester}); err != nil {
		return err
	}
	var grant creds.Grant
	err := a.cfg.User.Ask(ctx, ask, func(_ context.Context, answer creds.AnswerRequest) error {
		grant = answer.Grant
		return nil
	})
	if err != nil {
		return err
	}
	return a.follow(ctx, name, grant)
}

// hourLong is how long [creds.GrantHour] lasts.
const hourLong = time.Hour

// follow carries out a person's decision on programs, and remembers it.
func (a asker) follow(ctx context.Context, name string, grant creds.Grant) error {
	rule := creds.ProgramRule("")
	switch grant {
	case creds.GrantOnce:
		return nil
	case creds.GrantHour:
		a.questions.allow(name, time.Now().Round(0).Add(hourLong))
		return nil
	case creds.GrantAlways:
		rule = creds.ProgramsAlways
	case creds.GrantNever:
		rule = creds.ProgramsNever
	default:
		return creds.Errorf(creds.CodeBadRequest, "%q is no answer; programs may have a profile once, for an hour, always or never", grant)
	}
	if err := a.cfg.Choose(ctx, name, "programs", string(rule)); err != nil {
		// The decision holds all the same.
		a.cfg.Log.Warn("what was decided on programs was not written to the settings", "profile", name, "err", err)
	}
	if grant == creds.GrantNever {
		return refusedToPrograms(name)
	}
	return nil
}

// NeverForPrograms is what a [User] returns if a person refuses a profile to programs
// for good.
type NeverForPrograms struct{ Profile string }

// Error returns the sentence for the program.
func (e *NeverForPrograms) Error() string { return refusedToPrograms(e.Profile).Error() }

// Unwrap returns the error with its code.
func (e *NeverForPrograms) Unwrap() error { return refusedToPrograms(e.Profile) }

// settle turns a person's "never" into what is remembered and what the program gets.
func (a asker) settle(ctx context.Context, err error) error {
	var never *NeverForPrograms
	if !errors.As(err, &never) {
		return err
	}
	return a.follow(ctx, never.Profile, creds.GrantNever)
}

// asking marks a question as open until done is called. The key says what it is about;
// see [questions].
func (a asker) asking(key string) (done func()) {
	a.questions.count(key, +1)
	a.view.publish()
	return func() {
		a.questions.count(key, -1)
		a.view.publish()
	}
}
