package agent

import (
	"cmp"
	"context"
	"time"

	"daypass/creds"
	"daypass/creds/core"
	"daypass/internal/safely"
)

// oneOff serves credentials that no profile stands for. A terminal waits for a person as long
// as it likes, and a program no longer than it can.
func (p *profiles) oneOff(ctx context.Context, c call, in creds.OneOffRequest) (creds.UseReply, error) {
	if err := checkSignIn(in.SignInOptions); err != nil {
		return creds.UseReply{}, err
	}
	by := c.by()
	on := awaited{}
	if in.Profile != "" {
		on = p.dependsOn(ctx, in.Profile)
	}
	on.device = cmp.Or(in.MFASerial, on.device)
	ctx, leave := p.broker.attend(ctx, on, by.Surface)
	defer leave()
	get := func(ctx context.Context) (creds.UseReply, error) {
		return p.manager.OneOff(ctx, in, core.RefreshOptions{Requester: by, SignIn: in.SignInOptions})
	}
	if isTerminal(by.Surface) {
		reply, err := get(ctx)
		return reply, whyEnded(ctx, err)
	}
	life := p.life
	if in.Key != nil {
		life = ctx // a key is kept for as long as somebody waits
	}
	type result struct {
		reply creds.UseReply
		err   error
	}
	done := make(chan result, 1)
	go func() {
		reply, err := safely.Get(p.log, "the request for a role", func() (creds.UseReply, error) { return get(life) })
		done <- result{reply, err}
	}()
	limit := time.NewTimer(min(cmp.Or(c.Wait, waitDefault), waitMost))
	defer limit.Stop()
	select {
	case got := <-done:
		return got.reply, whyEnded(ctx, got.err)
	case <-ctx.Done():
		return creds.UseReply{}, whyEnded(ctx, ctx.Err())
	case <-limit.C:
		return creds.UseReply{}, p.stillWaiting(on)
	}
}
