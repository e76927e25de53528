package consolesignin

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/signin/types"

	"daypass/creds"
	"daypass/internal/jsoncache"
	"daypass/internal/safely"
	"daypass/internal/secret"
)

const (
	// renewLimit is how long a renewal may take, with the wait for another process's.
	renewLimit = time.Minute

	grantCode    = "authorization_code"
	grantRefresh = "refresh_token"
)

// renewed is the result of a renewal.
type renewed struct {
	token Token
	// asked reports whether the token is the best that AWS gives now, as it was asked or
	// refused before.
	asked bool
}

// Fresh returns credentials that last for left at least, or [RenewBefore] if that is more,
// as far as AWS gives such. All callers in all processes share one renewal, which goes on
// when they have left. If a renewal fails and the old credentials are still valid, it
// returns both them and the error.
func (c *Client) Fresh(ctx context.Context, s Session, left time.Duration) (Token, error) {
	h := c.held(s.ARN)
	for {
		token, err := h.peek(ctx)
		if err != nil {
			return Token{}, s.unreadable(ctx, err)
		}
		if h.lastsFor(token, left) && !h.hasUnsaved() {
			return token, nil
		}
		work := c.renewals.DoChan(s.ARN, func() (any, error) {
			// AWS's answer must be kept though the caller has left: the old refresh
			// token is spent.
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewLimit)
			defer cancel()
			return safely.Get(c.log, "the renewal of a console sign-in", func() (renewed, error) { return c.renew(ctx, s, h, left) })
		})
		select {
		case done := <-work:
			got, _ := done.Val.(renewed)
			if done.Err == nil && !got.asked && !h.lastsFor(got.token, left) {
				continue // it was for somebody who needs less, or another program was faster
			}
			return got.token, done.Err
		case <-ctx.Done():
			return token.ifValid(), context.Cause(ctx)
		}
	}
}

// ifValid returns the token if its credentials are valid.
func (t Token) ifValid() Token {
	if t.lasts() == 0 {
		return Token{}
	}
	return t
}

// renew is the renewal that all callers share.
func (c *Client) renew(ctx context.Context, s Session, h *held, left time.Duration) (renewed, error) {
	unlock, err := c.cache.lock(ctx, s.ARN)
	if err != nil {
		// Without the lock nothing can be written, and a renewal would spend the
		// refresh token of all other programs.
		token, _ := h.peek(context.WithoutCancel(ctx))
		return renewed{token.ifValid(), true}, s.unlocked(s.noCredentials(), err)
	}
	defer unlock()
	token, err := h.peek(ctx)
	if err != nil {
		return renewed{}, s.unreadable(ctx, err)
	}
	s = s.in(token)
	err = h.save(ctx)
	switch why := h.ended(token, s.Region); {
	case h.lastsFor(token, left):
		return renewed{token, err != nil}, err
	case why != nil:
		return renewed{token.ifValid(), true}, why
	}
	inFile := h.spent(token)
	next := token // with the fields of other programs
	_, err = c.exchange(ctx, s, s.noCredentials(), &next, types.CreateOAuth2TokenRequestBody{
		GrantType: aws.String(grantRefresh), RefreshToken: aws.String(token.RefreshToken.Reveal()),
	})
	ctx = context.WithoutCancel(ctx)
	if err == nil {
		return c.swap(ctx, s, h, inFile, next)
	}
	if !endsSession(err) {
		if refusal(err) == nil && !isUnsent(err) {
			h.lose(token)
		}
		return renewed{token.ifValid(), true}, s.explain(ctx, s.noCredentials(), err)
	}
	switch current, changed, gone := h.rotated(ctx, inFile); {
	case gone:
		return renewed{}, signedOut(s, h)
	case changed:
		return renewed{token: current}, nil
	}
	why, final := s.over(token, err, h.isLost(token))
	if final {
		h.end(token, s.Region, why)
	}
	return renewed{token.ifValid(), true}, why
}

// spent returns the refresh token that the file has while a token is renewed: its own, or
// the one before if it could not be written.
func (h *held) spent(t Token) secret.Text {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.hasUnsavedLocked() && h.unsaved.RefreshToken == t.RefreshToken {
		return h.instead
	}
	return t.RefreshToken
}

// swap writes a renewed token if the file still has the refresh token was: it undoes no
// sign-out and no other sign-in.
func (c *Client) swap(ctx context.Context, s Session, h *held, was secret.Text, is Token) (renewed, error) {
	current, err := c.cache.load(ctx, s.ARN)
	switch {
	case errors.Is(err, ErrNoToken) && !was.IsZero():
		return renewed{}, signedOut(s, h)
	case err == nil && current.RefreshToken != was:
		h.forget()
		return renewed{token: current}, nil
	}
	h.bear(is)
	err = h.store(ctx, was, is)
	c.log.Info("console sign-in renewed", "identity", s.ARN, "expires", is.Expires, "saved", err == nil)
	return renewed{is, true}, err
}

// signedOut says that somebody has signed out during a renewal, whose result is dropped.
func signedOut(s Session, h *held) error {
	h.forget()
	return say(s.noCredentials(), creds.CodeSignInNeeded, ErrNoToken, "", "somebody has just signed out of AWS's console as %s", s.ARN)
}

// rotated reports whether another program, such as an SDK, has spent the refresh token and
// written a new one, or has removed the file. It waits a little for that.
func (h *held) rotated(ctx context.Context, was secret.Text) (current Token, changed, gone bool) {
	for wait := 125 * time.Millisecond; ; wait *= 2 {
		current, err := h.cache.load(ctx, h.arn)
		switch {
		case err == nil && current.RefreshToken != was && current.lasts() > 0:
			return current, true, false
		case errors.Is(err, ErrNoToken) && !was.IsZero():
			return Token{}, false, true
		}
		if wait > 500*time.Millisecond || jsoncache.Sleep(ctx, wait) != nil {
			return Token{}, false, false
		}
	}
}
