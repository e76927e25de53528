package agent

import (
	"context"
	"errors"

	"daypass/creds"
	"daypass/creds/core"
	"daypass/internal/lang"
)

// oneOff serves credentials that no profile has.
func (p *profiles) oneOff(ctx context.Context, c call, in creds.OneOffRequest) (creds.UseReply, error) {
	if err := checkSignIn(in.SignInOptions); err != nil {
		return creds.UseReply{}, err
	}
	by := c.by()
	work := func(ctx context.Context) (creds.UseReply, error) {
		return p.manager.OneOff(ctx, in, core.RefreshOptions{Requester: by, SignIn: in.SignInOptions})
	}
	if in.Key == nil {
		return forUse(ctx, p, in.Profile, by, work)
	}
	// Without a profile the work ends with the caller: its key is kept no longer.
	ctx, leave := p.broker.attend(ctx, awaited{device: in.MFASerial}, by.Surface)
	defer leave()
	if !isTerminal(by.Surface) {
		late := &creds.Error{Code: creds.CodeWaiting, Message: lang.Sprintf("nobody has given the MFA code of %s in time", in.MFASerial)}
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, waitDefault, late)
		defer cancel()
	}
	reply, err := work(ctx)
	if cause, ok := errors.AsType[*creds.Error](context.Cause(ctx)); ok && errors.Is(err, context.DeadlineExceeded) {
		return reply, cause
	}
	return reply, whyEnded(ctx, err)
}
