package sso

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"

	"daypass/internal/jsoncache"
	"daypass/internal/lang"
	"daypass/internal/safely"
	"daypass/internal/secret"
)

const (
	// renewBefore is how long before its end a token is renewed. The AWS CLI does so
	// at 15 minutes, and so never has to.
	renewBefore = 20 * time.Minute
	// renewLimit is how long a renewal may take.
	renewLimit = time.Minute
	// patience is how long a caller with a usable token waits for a renewal.
	patience = 5 * time.Second
	// quietAfter is how long a valid token is not renewed after AWS could not be
	// reached.
	quietAfter = time.Minute
)

// Token returns an access token without asking a person: the cached one, renewed when it
// ends soon. It returns an [ErrSignIn] if a person must sign in, and an [ErrNetwork] if
// AWS cannot be reached and the cached token has ended. Callers for the same session
// share a renewal, which goes on when they leave.
func (c *Client) Token(ctx context.Context, s Session) (Token, error) {
	return c.fresh(ctx, s, secret.Text{})
}

// fresh is Token, with a token that the portal has refused.
func (c *Client) fresh(ctx context.Context, s Session, refused secret.Text) (Token, error) {
	h := c.held(s)
	if !refused.IsZero() {
		h.mu.Lock()
		h.refused = refused
		h.mu.Unlock()
	}
	h.saved(ctx, s)
	for {
		token, err := h.peek(ctx, s)
		if ctx.Err() != nil {
			return Token{}, context.Cause(ctx)
		}
		if errors.Is(err, ErrDamaged) {
			// Reported now, because the file has been set aside.
			return Token{}, failure(ErrSignIn, err, "%v", err)
		}
		usable := err == nil && h.usable(token)
		if usable && !h.due(token) {
			return token, nil
		}
		var timer <-chan time.Time
		if usable && time.Until(token.Expires) > time.Minute {
			timer = time.After(patience)
		}
		work := c.renewals.DoChan(s.ID(), func() (any, error) {
			// AWS's answer must be kept though the caller has left, because the
			// old refresh token may be spent.
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewLimit)
			defer cancel()
			return safely.Get(c.log, "the renewal of a token", func() (Token, error) { return c.renew(ctx, s, h) })
		})
		select {
		case done := <-work:
			got, _ := done.Val.(Token)
			if done.Err == nil && !refused.IsZero() && got.AccessToken == refused {
				continue // the renewal began before the portal refused
			}
			return got, done.Err
		case <-timer:
			return token, nil
		case <-ctx.Done():
			return Token{}, context.Cause(ctx)
		}
	}
}

// usable reports whether a token has neither ended nor been refused.
func (h *held) usable(t Token) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return t.Expires.After(now()) && (h.refused.IsZero() || t.AccessToken != h.refused)
}

// due reports whether a valid token is to be renewed now.
func (h *held) due(t Token) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t.RefreshToken.IsZero() || now().Before(h.quiet) {
		return false
	}
	window := renewBefore
	if t.AccessToken == h.born {
		// A session may be as short as 15 minutes.
		window = min(window, h.life/3)
	}
	return t.Expires.Sub(now()) < window
}

// renew is the renewal that all callers for a session share.
func (c *Client) renew(ctx context.Context, s Session, h *held) (Token, error) {
	token, err := h.reappeared(ctx, s)
	switch {
	case errors.Is(err, ErrNoToken):
		return Token{}, signInNeeded(s, err, lang.T("nobody is signed in"))
	case err != nil:
		return Token{}, err
	}
	usable := h.usable(token)
	if usable && !h.due(token) {
		return token, nil // another one was faster
	}
	if !token.Renewable(now()) {
		if usable {
			return token, nil
		}
		return Token{}, c.over(ctx, s, h, token, nil)
	}
	next, err := c.refresh(ctx, s, token)
	switch {
	case err == nil:
		c.log.Info("token renewed", "session", s.ID(), "expires", next.Expires)
		return h.swap(context.WithoutCancel(ctx), s, token, next)
	case isInvalidGrant(err) || isClientGone(err):
		other, changed := h.rotated(ctx, s, token)
		if changed {
			return other, nil
		}
		if usable {
			// The session ends with this token.
			h.rest(token.Expires)
			return token, nil
		}
		return Token{}, c.over(ctx, s, h, token, err)
	case usable:
		// Explained, because the error may quote an answer.
		c.log.Warn("token not renewed, the one at hand is used", "session", s.ID(), "expires", token.Expires, "error", c.notRenewed(ctx, s, err))
		h.rest(now().Add(quietAfter))
		return token, nil
	}
	return Token{}, c.notRenewed(ctx, s, err)
}

// notRenewed explains an error of a renewal. An end of its context is renewLimit, not a
// caller who leaves.
func (c *Client) notRenewed(ctx context.Context, s Session, err error) error {
	return explain(context.WithoutCancel(ctx), lang.Sprintf("the session %q could not be renewed", s.ID()), s, err)
}

// rest stops renewals of a token until then.
func (h *held) rest(until time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.quiet = until
}

// refresh exchanges the refresh token (RFC 6749 §6).
func (c *Client) refresh(ctx context.Context, s Session, t Token) (Token, error) {
	out, err := c.region(s).oidc.CreateToken(ctx, &ssooidc.CreateTokenInput{
		ClientId: aws.String(t.Registration.ClientID), ClientSecret: aws.String(t.Registration.ClientSecret.Reveal()),
		GrantType: aws.String(grantRefresh), RefreshToken: aws.String(t.RefreshToken.Reveal()),
	})
	if err != nil {
		return Token{}, err
	}
	next := t // with the fields of other programs
	if err := next.take(out); err != nil {
		return Token{}, err
	}
	return next, nil
}

// rotated reports whether another program, such as the AWS CLI, has spent the refresh
// token and written a new one. It waits a little for that.
func (h *held) rotated(ctx context.Context, s Session, t Token) (Token, bool) {
	for wait := 125 * time.Millisecond; ; wait *= 2 {
		if current, err := h.peek(ctx, s); err == nil && current.AccessToken != t.AccessToken && h.usable(current) {
			return current, true
		}
		if wait > 500*time.Millisecond {
			return Token{}, false
		}
		if jsoncache.Sleep(ctx, wait) != nil {
			return Token{}, false
		}
	}
}

// over ends a session whose token has ended or is refused, and cannot be renewed. It
// removes a refused token, which other programs would take for valid.
func (c *Client) over(ctx context.Context, s Session, h *held, t Token, cause error) error {
	h.mu.Lock()
	refused := !t.AccessToken.IsZero() && h.refused == t.AccessToken
	h.mu.Unlock()
	if refused {
		if err := h.remove(ctx, s, &t); err != nil {
			c.log.Warn("a token that AWS has refused is left in the cache", "session", s.ID(), "error", err)
		}
	}
	switch {
	case isClientGone(cause):
		return signInNeeded(s, cause, lang.T("the registration at Identity Center has expired"))
	case cause != nil || refused:
		return signInNeeded(s, cause, lang.T("the session has ended at Identity Center"))
	}
	return signInNeeded(s, nil, lang.Sprintf("the session ended at %s", t.Expires.Local().Format(lang.T("15:04 on 2 January"))))
}
