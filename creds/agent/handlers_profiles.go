package agent

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/core"
	"daypass/internal/lang"
	"daypass/internal/safely"
)

// profiles serves requests about one profile.
type profiles struct {
	waits
	// life is the agent's: work goes on after its caller has gone.
	life context.Context //nolint:containedctx // of the agent itself
	// used is called when work with a secret is over.
	used func()
	log  *slog.Logger
}

func (p *profiles) routes() []route {
	return []route{
		answers(agentapi.Status, p.status),
		answers(agentapi.Explain, p.explain),
		answers(agentapi.Credentials, p.credentials),
		answers(agentapi.Use, p.use).after(p.used),
		answers(agentapi.OneOff, p.oneOff).after(p.used),
		answers(agentapi.Init, p.initialise).after(p.used),
		answers(agentapi.Login, p.login).after(p.used),
		answers(agentapi.Logout, p.logout).after(p.used),
		answers(agentapi.Add, p.add).after(p.used),
		answers(agentapi.AddConsole, p.addConsole),
	}
}

func (p *profiles) status(ctx context.Context, c call, _ agentapi.Nothing) (creds.Status, error) {
	return p.manager.Status(ctx, c.Profile)
}

func (p *profiles) explain(ctx context.Context, c call, _ agentapi.Nothing) (creds.Explanation, error) {
	return p.manager.Explain(ctx, c.Profile)
}

const (
	// waitDefault and waitMost bound how long a program waits for a person.
	// The Go SDK kills a credential_process after a minute.
	waitDefault = 50 * time.Second
	waitMost    = 55 * time.Second
)

func (p *profiles) credentials(ctx context.Context, c call, _ agentapi.Nothing) (creds.Credentials, error) {
	return p.waitForCredentials(ctx, c.Profile, c.by(), min(cmp.Or(c.Wait, waitDefault), waitMost))
}

// waitForCredentials waits no longer than a program can, so that a late answer serves its
// retry.
func (p *profiles) waitForCredentials(
	ctx context.Context, profile string, by creds.Requester, wait time.Duration,
) (creds.Credentials, error) {
	return inTime(ctx, p, profile, by, wait, func(ctx context.Context) (creds.Credentials, error) {
		return p.manager.Credentials(ctx, profile, by)
	})
}

// inTime serves a program that waits for a profile's credentials, no longer than wait. The work
// goes on after it has gone.
func inTime[T any](
	ctx context.Context, p *profiles, profile string, by creds.Requester, wait time.Duration, work func(context.Context) (T, error),
) (T, error) {
	ctx, on, leave := p.forProfile(ctx, profile, by)
	defer leave()
	type result struct {
		got T
		err error
	}
	done := make(chan result, 1)
	go func() {
		got, err := safely.Get(p.log, "the request for credentials", func() (T, error) { return work(p.life) })
		done <- result{got, err}
	}()
	limit := time.NewTimer(wait)
	defer limit.Stop()
	var none T
	select {
	case done := <-done:
		return done.got, done.err
	case <-ctx.Done():
		return none, whyEnded(ctx, ctx.Err())
	case <-limit.C:
		return none, p.stillWaiting(on)
	}
}

// stillWaiting says what a profile's credentials wait for.
func (p *profiles) stillWaiting(on awaited) error {
	message := lang.Sprintf("the refresh of profile %q is not over yet; it goes on", on.profile)
	for _, prompt := range p.broker.Prompts() {
		if !on.mayNeed(prompt) {
			continue
		}
		message = lang.Sprintf("profile %q is still waiting for %s; the question stays open", on.profile, words(prompt))
		break
	}
	return &creds.Error{Code: creds.CodeWaiting, Message: message}
}

func (p *profiles) login(ctx context.Context, c call, in creds.LoginRequest) (creds.Status, error) {
	if err := checkSignIn(in.SignInOptions); err != nil {
		return creds.Status{}, err
	}
	by := c.by()
	undo := func() {}
	if in.Layout != nil {
		var err error
		if in.Profile, undo, err = p.manager.LayOut(ctx, in.Profile, *in.Layout, by); err != nil {
			return creds.Status{}, err
		}
	}
	ctx, _, leave := p.forProfile(ctx, in.Profile, by)
	defer leave()
	s, err := p.manager.Refresh(ctx, in.Profile, core.RefreshOptions{
		Duration: in.Duration, Force: in.Force, Keep: in.Keep, Requester: by, SignIn: in.SignInOptions,
	})
	if err != nil {
		undo()
		return creds.Status{}, whyEnded(ctx, err)
	}
	s.Warning = p.manager.Unsaved()
	return s, nil
}

func (p *profiles) logout(ctx context.Context, _ call, in creds.LogoutRequest) (agentapi.Nothing, error) {
	switch {
	case in.All && in.Profile == "":
		return done(p.manager.LogoutAll(ctx))
	case !in.All && in.Profile != "":
		return done(p.manager.Logout(ctx, in.Profile))
	}
	return done(badRequest("a logout is of one profile or of all"))
}

func (p *profiles) add(ctx context.Context, c call, in creds.AddRequest) (creds.AddReply, error) {
	ctx, _, leave := p.forProfile(ctx, in.Profile, creds.Requester{Surface: c.surface})
	defer leave()
	reply, err := p.manager.Add(ctx, in)
	return reply, whyEnded(ctx, err)
}

func (p *profiles) addConsole(ctx context.Context, c call, in creds.AddConsoleRequest) (creds.Status, error) {
	if err := checkSignIn(in.SignInOptions); err != nil {
		return creds.Status{}, err
	}
	by := c.by()
	ctx, _, leave := p.forProfile(ctx, in.Profile, by)
	defer leave()
	s, err := p.manager.AddConsole(ctx, in, core.RefreshOptions{Requester: by, SignIn: in.SignInOptions})
	if err != nil {
		return creds.Status{}, whyEnded(ctx, err)
	}
	s.Warning = p.manager.Unsaved()
	return s, nil
}
