package agent

import (
	"context"

	"daypass/creds"
	"daypass/creds/core"
)

// These serve commands that take credentials out of the AWS files, or need no profile.

func (p *profiles) use(ctx context.Context, c call, in creds.UseRequest) (creds.UseReply, error) {
	if err := checkSignIn(in.SignInOptions); err != nil {
		return creds.UseReply{}, err
	}
	return forUse(ctx, p, in.Profile, c.by(), func(ctx context.Context) (creds.UseReply, error) {
		return p.manager.Use(ctx, in, core.RefreshOptions{Requester: c.by()})
	})
}

// forUse serves a command: where a terminal asks, a person may take as long as it lasts.
func forUse(
	ctx context.Context, p *profiles, profile string, by creds.Requester, work func(context.Context) (creds.UseReply, error),
) (reply creds.UseReply, err error) {
	if by.Surface == creds.SurfaceProgram || by.Surface == creds.SurfaceUnattended {
		reply, err = inTime(ctx, p, profile, by, waitDefault, work)
	} else {
		attended, _, leave := p.forProfile(ctx, profile, by)
		defer leave()
		reply, err = work(attended)
		err = whyEnded(attended, err)
	}
	if err == nil {
		reply.Status.Warning = p.manager.Unsaved()
	}
	return reply, err
}

func (p *profiles) initialise(ctx context.Context, c call, in creds.InitRequest) (creds.InitReply, error) {
	by := c.by()
	ctx, _, leave := p.forProfile(ctx, in.Profile, by)
	defer leave()
	reply, err := p.manager.Init(ctx, in, by)
	return reply, whyEnded(ctx, err)
}
