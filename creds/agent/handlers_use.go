package agent

import (
	"context"

	"daypass/creds"
	"daypass/creds/core"
)

// These serve commands that take credentials out of the AWS files, or need no profile.

func (p *profiles) use(ctx context.Context, c call, in creds.UseRequest) (creds.UseReply, error) {
	// SKELETON: the developer "use" writes the waiting (a program waits [waitDefault] at most).
	if err := checkSignIn(in.SignInOptions); err != nil {
		return creds.UseReply{}, err
	}
	by := c.by()
	ctx, _, leave := p.forProfile(ctx, in.Profile, by)
	defer leave()
	reply, err := p.manager.Use(ctx, in, core.RefreshOptions{Duration: in.Duration, Requester: by, SignIn: in.SignInOptions})
	return reply, whyEnded(ctx, err)
}

func (p *profiles) oneOff(ctx context.Context, c call, in creds.OneOffRequest) (creds.UseReply, error) {
	// SKELETON: the developer "role" writes the waiting, with that of use.
	by := c.by()
	ctx, _, leave := p.forProfile(ctx, in.Profile, by)
	defer leave()
	reply, err := p.manager.OneOff(ctx, in, core.RefreshOptions{Requester: by})
	return reply, whyEnded(ctx, err)
}

func (p *profiles) initialise(ctx context.Context, c call, in creds.InitRequest) (creds.InitReply, error) {
	by := c.by()
	ctx, _, leave := p.forProfile(ctx, in.Profile, by)
	defer leave()
	reply, err := p.manager.Init(ctx, in, by)
	return reply, whyEnded(ctx, err)
}
