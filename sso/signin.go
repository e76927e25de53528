package sso

import (
	"context"
	"errors"

	"daypass/internal/lang"
	"daypass/internal/secret"
	"daypass/internal/signin"
)

// SignIn signs a person in, and stores the token in the cache. It ends at once with the
// context. The token is returned even with an [ErrUnsaved].
func (c *Client) SignIn(ctx context.Context, s Session, o signin.Way) (Token, error) {
	token, err := c.Authorize(ctx, s, o)
	if err != nil {
		return Token{}, err
	}
	return token, c.Keep(ctx, s, token)
}

// Authorize is the first half of SignIn: it signs a person in, and stores nothing. Its
// token must go to [Client.Keep] or [Client.Discard].
func (c *Client) Authorize(ctx context.Context, s Session, o signin.Way) (Token, error) {
	subject := lang.Sprintf("no sign-in to %q", s.ID())
	issuer, err := c.issuer(ctx, s)
	if err != nil {
		return Token{}, err
	}
	flow := &flow{client: c, session: s, issuer: issuer, Way: o}
	if o.Show == nil {
		flow.Show = func(signin.Page) {}
	}
	// As with the AWS CLI.
	if o.Method == "" && (o.Open == nil || s.Legacy()) {
		flow.Method = signin.MethodDevice
	}
	token, err := flow.run(ctx)
	if err != nil && isClientGone(err) {
		// The registration was removed at AWS, or expired meanwhile.
		c.log.Info("registering anew: AWS does not take the registration any more", "session", s.ID())
		flow.anew = true
		token, err = flow.run(ctx)
	}
	if err != nil {
		return Token{}, explain(ctx, subject, s, err)
	}
	c.log.Info("signed in", "session", s.ID(), "method", string(flow.Method), "expires", token.Expires)
	return token, nil
}

// Discard ends the session of an unwanted token.
func (c *Client) Discard(ctx context.Context, s Session, token Token) error {
	if err := c.end(ctx, s, token); err != nil {
		return explain(ctx, lang.Sprintf("the discarded sign-in to %q goes on at AWS", s.ID()), s, err)
	}
	return nil
}

// Keep stores the token of a sign-in and admits it.
func (c *Client) Keep(ctx context.Context, s Session, token Token) error {
	ctx = context.WithoutCancel(ctx) // AWS has issued it
	h := c.held(s)
	c.Admit(s, token.AccessToken)
	unlock, err := h.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	was, _ := h.peek(ctx, s) // replaced, even if damaged
	return h.store(ctx, s, was, token)
}

// Admit records that an access token is the right person's, and so those that it is
// renewed with.
func (c *Client) Admit(s Session, accessToken secret.Text) {
	c.held(s).judge(verdict{true, []secret.Text{accessToken}})
}

// Reject records that an access token is not the right person's, nor those that it is
// renewed with.
func (c *Client) Reject(s Session, accessToken secret.Text) {
	c.held(s).judge(verdict{false, []secret.Text{accessToken}})
}

// Admitted reports whether an access token is known to be the right person's. The token
// of another program is neither admitted nor rejected.
func (c *Client) Admitted(s Session, accessToken secret.Text) bool {
	return c.held(s).judged(accessToken, true)
}

// Rejected reports whether an access token is known not to be the right person's.
func (c *Client) Rejected(s Session, accessToken secret.Text) bool {
	return c.held(s).judged(accessToken, false)
}

// flow is one sign-in under way.
type flow struct {
	client  *Client
	session Session
	// issuer is the start URL as AWS knows it.
	issuer string
	signin.Way
	// anew is true when the registration in the cache must not be used.
	anew bool
	// cached is true when the registration in use was made before.
	cached bool
	// note goes with all pages.
	note string
}

// run goes through the flow once.
func (f *flow) run(ctx context.Context) (Token, error) {
	if f.Method != signin.MethodDevice {
		token, err := f.browser(ctx)
		switch {
		case errors.Is(err, signin.ErrNoBrowser):
			f.note = lang.Sprintf("%s, so sign in with a code.", signin.NoteUnopened(err))
		case errors.Is(err, signin.ErrNoLoopback):
			f.note = lang.T("The browser could not have come back to this machine, so sign in with a code.")
		default:
			return token, err
		}
		f.client.log.Info("signing in with a device code instead", "session", f.session.ID(), "error", err)
		f.Method = signin.MethodDevice
	}
	return f.device(ctx)
}

// registered returns the registration to sign in with.
func (f *flow) registered(ctx context.Context, grants []string) (Registration, error) {
	if !f.anew {
		reg, err := f.client.cache.Registration(ctx, f.session, grants)
		if f.cached = err == nil; f.cached {
			return reg, nil
		}
		if !errors.Is(err, ErrNoRegistration) {
			f.client.log.Warn("registration not read from the cache, a new one is made", "session", f.session.ID(), "error", err)
		}
	}
	f.cached = false
	return f.client.register(ctx, f.session, f.issuer, grants)
}

// token returns a token of this flow without its secrets.
func (f *flow) token(reg Registration) Token {
	return Token{StartURL: f.session.StartURL, Region: f.session.Region, Registration: reg}
}

// show shows a page.
func (f *flow) show(p signin.Page) {
	if p.Note == "" {
		p.Note = f.note
	}
	f.Show(p)
}
