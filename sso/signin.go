package sso

import (
	"context"
	"errors"
	"time"

	"daypass/internal/lang"
	"daypass/internal/safely"
	"daypass/internal/secret"
)

// Method is a way to sign in.
type Method string

// The methods.
const (
	// MethodBrowser is the authorization code grant with PKCE (RFC 7636): a
	// browser on this machine comes back to daypass by itself.
	MethodBrowser Method = "browser"
	// MethodDevice is the device authorization grant (RFC 8628): a browser
	// anywhere, and a code to compare.
	MethodDevice Method = "device-code"
)

// Page is what a person is shown while a sign-in waits for the browser.
type Page struct {
	Method Method
	// URL is where to sign in.
	URL string
	// Code is what the page at the URL shows too, to be compared; empty for
	// [MethodBrowser].
	Code string
	// Opening is true while a browser is being opened, and Opened after that. With
	// neither, the person must open the URL.
	Opening, Opened bool
	// Until is when the sign-in is given up.
	Until time.Time
	// Note is a sentence about something unusual; often empty.
	Note string
}

// SignIn says how a person signs in.
type SignIn struct {
	// Method is empty for the default: the browser, or a device code without one
	// and for legacy profiles, as with the AWS CLI.
	Method Method
	// Open opens a browser. It runs in a goroutine of its own and may return late;
	// nil means that there is no browser, or that none is wanted.
	Open func(ctx context.Context, url string) error
	// Show is called for every change, one call after the other; it may be nil.
	Show func(Page)
}

// Unopened is why no browser could be opened, as a part of a sentence and without the
// address.
type Unopened struct{ Why string }

// Error returns Why.
func (u *Unopened) Error() string { return u.Why }

// NoteUnopened is the start of a sentence about a browser that could not be opened, with
// the reason of an [Unopened].
func NoteUnopened(err error) string {
	const note = "No browser could be opened"
	if u, ok := errors.AsType[*Unopened](err); ok {
		return lang.Sprintf("%s (%s)", lang.T(note), u.Why)
	}
	return lang.T(note)
}

// errNoLoopback is why the browser could not come back.
var errNoLoopback = lang.Error("no port could be bound on 127.0.0.1")

// SignIn signs a person in, and stores the token in the cache. It ends at once with the
// context. The token is returned even with an [ErrUnsaved].
func (c *Client) SignIn(ctx context.Context, s Session, o SignIn) (Token, error) {
	token, err := c.Authorize(ctx, s, o)
	if err != nil {
		return Token{}, err
	}
	return token, c.Keep(ctx, s, token)
}

// Authorize is the first half of SignIn: it signs a person in, and stores nothing. Its
// token must go to [Client.Keep] or [Client.Discard].
func (c *Client) Authorize(ctx context.Context, s Session, o SignIn) (Token, error) {
	subject := lang.Sprintf("no sign-in to %q", s.ID())
	issuer, err := c.issuer(ctx, s)
	if err != nil {
		return Token{}, err
	}
	flow := &flow{client: c, session: s, issuer: issuer, SignIn: o}
	if o.Show == nil {
		flow.Show = func(Page) {}
	}
	if o.Method == "" && (o.Open == nil || s.Legacy()) {
		flow.Method = MethodDevice
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
	SignIn
	// anew is true when the registration in the cache must not be used.
	anew bool
	// cached is true when the registration in use was made before.
	cached bool
	// note goes with all pages.
	note string
}

// run goes through the flow once.
func (f *flow) run(ctx context.Context) (Token, error) {
	if f.Method != MethodDevice {
		token, err := f.browser(ctx)
		switch {
		case errors.Is(err, errNoBrowser):
			f.note = lang.Sprintf("%s, so sign in with a code.", NoteUnopened(err))
		case errors.Is(err, errNoLoopback):
			f.note = lang.T("The browser could not have come back to this machine, so sign in with a code.")
		default:
			return token, err
		}
		f.client.log.Info("signing in with a device code instead", "session", f.session.ID(), "error", err)
		f.Method = MethodDevice
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
func (f *flow) show(p Page) {
	if p.Note == "" {
		p.Note = f.note
	}
	f.Show(p)
}

// opening opens the browser in the background: some openers return only when the browser
// is closed. The channel gets the result, and nothing without a browser.
func (f *flow) opening(ctx context.Context, url string) <-chan error {
	if f.Open == nil {
		return nil
	}
	done := make(chan error, 1)
	go func() {
		done <- safely.Do(f.client.log, "the opening of a page", func() error { return f.Open(ctx, url) })
	}()
	return done
}
