package sso

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"golang.org/x/sync/singleflight"

	"daypass/creds/localpage"
	"daypass/creds/secret"
)

// Client talks to Identity Center for all sessions, over one token cache. Its
// methods may be called from many goroutines at once.
type Client struct {
	base  aws.Config
	cache *Cache
	log   *slog.Logger
	// ports is what the browser comes back to.
	ports ports

	renewals singleflight.Group // by session

	mu      sync.Mutex
	regions map[string]*region
	known   map[string]*standing // by session
}

// NewClient returns a client that reaches AWS as cfg says: its HTTP client,
// retries and endpoints. Its region and credentials are of no account. A nil
// log is none.
func NewClient(cfg aws.Config, cache *Cache, log *slog.Logger) *Client {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Client{
		base: cfg, cache: cache, log: log, ports: ports{listen: localpage.Listen},
		regions: map[string]*region{}, known: map[string]*standing{},
	}
}

// standing is what the client knows of a session beyond the token's file.
type standing struct {
	// change is held by whoever compares the file with what it was and
	// writes it. A channel, so that waiting for it ends with the context.
	change chan struct{}

	mu sync.Mutex
	// refused is an access token that the portal did not take.
	refused secret.Text
	// verdict is on the person whose token it is.
	verdict verdict
	// unsaved is a token that could not be written, and instead is what the
	// file had then.
	unsaved, instead Token
	// life is how long the access token born lasts altogether; the file
	// does not tell.
	born secret.Text
	life time.Duration
	// quiet is until when a token that is still valid is left alone, because
	// the last renewal failed.
	quiet time.Time
	// lasts is until when the token lasts that the file had when it was read
	// or written last; zero if it had none and that was waited for.
	lasts time.Time
}

func (c *Client) standing(s Session) *standing {
	c.mu.Lock()
	defer c.mu.Unlock()
	st := c.known[s.ID()]
	if st == nil {
		st = &standing{change: make(chan struct{}, 1)}
		c.known[s.ID()] = st
	}
	return st
}

// lock waits for the right to change a session's file.
func (st *standing) lock(ctx context.Context) (unlock func(), err error) {
	select {
	case st.change <- struct{}{}:
		return func() { <-st.change }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// now is the time by the wall clock. A machine that slept has a monotonic clock
// that did too, and tokens do not.
func now() time.Time { return time.Now().Round(0) }

// Peek returns what the cache has of a session, expired or not, without asking
// AWS. It returns [ErrNoToken] where there is nothing.
func (c *Client) Peek(ctx context.Context, s Session) (Token, error) {
	token, err := c.cache.Token(ctx, s)
	st := c.standing(s)
	st.mu.Lock()
	defer st.mu.Unlock()
	if err == nil {
		st.lasts = token.Expires
	}
	if st.unsaved.IsZero() {
		return token, err
	}
	none := errors.Is(err, ErrNoToken)
	switch {
	case err != nil && !none, // the disk has trouble still
		err == nil && token.AccessToken == st.instead.AccessToken,
		none && st.instead.IsZero():
		return st.unsaved, nil
	}
	// Somebody else signed in or out since.
	st.unsaved, st.instead = Token{}, Token{}
	return token, err
}

const (
	// away is how long a token's file may be gone while another program
	// replaces it in two steps.
	away      = time.Second
	awayPause = 50 * time.Millisecond
)

// reappeared is Peek for one who would give a valid token up, or ask a person,
// because its file is gone at this moment.
func (c *Client) reappeared(ctx context.Context, s Session) (Token, error) {
	st := c.standing(s)
	for start := time.Now(); ; {
		token, err := c.Peek(ctx, s)
		if !errors.Is(err, ErrNoToken) {
			return token, err
		}
		st.mu.Lock()
		awaited := st.lasts.After(now()) && time.Since(start) < away
		if !awaited {
			st.lasts = time.Time{}
		}
		st.mu.Unlock()
		if !awaited {
			return token, err
		}
		if err := sleep(ctx, awayPause); err != nil {
			return Token{}, err
		}
	}
}

// swap writes a token if the file still has what it had when the token was
// asked for, and returns what the file has then. A sign-out or another sign-in
// of the meantime stands.
func (c *Client) swap(ctx context.Context, s Session, was, is Token) (Token, error) {
	st := c.standing(s)
	unlock, err := st.lock(ctx)
	if err != nil {
		return Token{}, err
	}
	defer unlock()
	current, err := c.reappeared(ctx, s)
	switch {
	case errors.Is(err, ErrNoToken):
		return Token{}, signInNeeded(s, err, "the session was signed out")
	case err == nil && current.AccessToken != was.AccessToken && current.Expires.After(now()):
		return current, nil
	}
	if err := c.store(ctx, s, st, was, is); err != nil {
		c.log.Error("a renewed token could not be saved, and is kept in memory", "session", s.ID(), "error", err)
	}
	return is, nil
}

// store writes a token, or keeps it in memory and returns an [ErrUnsaved]. The
// one before it may be spent, so that it must not be lost. The session's lock
// is held.
func (c *Client) store(ctx context.Context, s Session, st *standing, was, is Token) error {
	// Before anybody can see the new token.
	st.mu.Lock()
	if !was.IsZero() && st.verdict.isOn(was.AccessToken) {
		st.verdict.tokens = []secret.Text{was.AccessToken, is.AccessToken}
	}
	st.mu.Unlock()
	// Not to be broken off by somebody who has lost interest.
	err := c.cache.StoreToken(context.WithoutCancel(ctx), s, is)
	st.mu.Lock()
	defer st.mu.Unlock()
	st.born, st.life, st.quiet = is.AccessToken, is.Expires.Sub(now()), time.Time{}
	if err == nil {
		st.unsaved, st.instead, st.lasts = Token{}, Token{}, is.Expires
		return nil
	}
	if st.unsaved.IsZero() || was.AccessToken != st.unsaved.AccessToken {
		st.instead = was
	}
	st.unsaved = is
	return failure(ErrUnsaved, err, "the token of %q could not be saved for the AWS CLI, and is used from memory: %v", s.ID(), err)
}

// saved tries again to write a token that could not be written.
func (c *Client) saved(ctx context.Context, s Session, st *standing) {
	st.mu.Lock()
	none := st.unsaved.IsZero()
	st.mu.Unlock()
	if none {
		return
	}
	unlock, err := st.lock(ctx)
	if err != nil {
		return
	}
	defer unlock()
	if _, err := c.Peek(ctx, s); err != nil {
		return
	}
	st.mu.Lock()
	token := st.unsaved
	st.mu.Unlock()
	if token.IsZero() || c.cache.StoreToken(context.WithoutCancel(ctx), s, token) != nil {
		return
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	st.unsaved, st.instead = Token{}, Token{}
	c.log.Info("a token that could not be saved at first is saved now", "session", s.ID())
}

// remove takes a session's token out of the cache: the one given and not what
// may have replaced it, or with nil any.
func (c *Client) remove(ctx context.Context, s Session, only *Token) error {
	st := c.standing(s)
	unlock, err := st.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if only != nil {
		current, err := c.Peek(ctx, s)
		switch {
		case errors.Is(err, ErrNoToken), errors.Is(err, ErrDamaged):
			return nil
		case err != nil:
			return err
		case current.AccessToken != only.AccessToken:
			return nil
		}
	}
	st.mu.Lock()
	st.unsaved, st.instead, st.lasts = Token{}, Token{}, time.Time{}
	st.mu.Unlock()
	if err := c.cache.RemoveToken(context.WithoutCancel(ctx), s); err != nil {
		return fmt.Errorf("remove the token of %q: %w", s.ID(), err)
	}
	return nil
}
