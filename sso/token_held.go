package sso

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"daypass/internal/jsoncache"
	"daypass/internal/lang"
	"daypass/internal/secret"
)

// held is the state of a session's token beyond its file.
type held struct {
	cache *Cache
	log   *slog.Logger
	// change is the lock for comparing and writing the file. It is a channel, so that
	// waiting for it ends with the context.
	change chan struct{}

	mu sync.Mutex
	// refused is an access token that the portal refused.
	refused secret.Text
	// verdict is on the person whose token it is.
	verdict verdict
	// unsaved is a token that could not be written, and instead the file's content
	// then.
	unsaved, instead Token
	// life is the whole lifetime of the access token born, which the file does not
	// have.
	born secret.Text
	life time.Duration
	// quiet is until when a valid token is not renewed, because the last renewal
	// failed.
	quiet time.Time
	// lasts is when the file's last token expires; zero after waiting for a missing
	// file.
	lasts time.Time
}

// lock waits for the right to change a session's file.
func (h *held) lock(ctx context.Context) (unlock func(), err error) {
	select {
	case h.change <- struct{}{}:
		return func() { <-h.change }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// peek returns the token in the file, or the one that could not be written there.
func (h *held) peek(ctx context.Context, s Session) (Token, error) {
	token, err := h.cache.Token(ctx, s)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		h.lasts = token.Expires
	}
	if h.unsaved.IsZero() {
		return token, err
	}
	none := errors.Is(err, ErrNoToken)
	switch {
	case err != nil && !none, // the disk still fails
		err == nil && token.AccessToken == h.instead.AccessToken,
		none && h.instead.IsZero():
		return h.unsaved, nil
	}
	// Another program has signed in or out since.
	h.unsaved, h.instead = Token{}, Token{}
	return token, err
}

const (
	// away is how long a token's file may be missing while another program replaces
	// it in two steps.
	away      = time.Second
	awayPause = 50 * time.Millisecond
)

// reappeared is peek for a caller that would otherwise give up a valid token, or ask a
// person, because the file is missing for a moment.
func (h *held) reappeared(ctx context.Context, s Session) (Token, error) {
	for start := time.Now(); ; {
		token, err := h.peek(ctx, s)
		if !errors.Is(err, ErrNoToken) {
			return token, err
		}
		h.mu.Lock()
		awaited := h.lasts.After(now()) && time.Since(start) < away
		if !awaited {
			h.lasts = time.Time{}
		}
		h.mu.Unlock()
		if !awaited {
			return token, err
		}
		if err := jsoncache.Sleep(ctx, awayPause); err != nil {
			return Token{}, err
		}
	}
}

// swap writes a renewed token if the file still has the one that was renewed, and returns
// the file's token then: it undoes no sign-out and no other sign-in.
func (h *held) swap(ctx context.Context, s Session, was, is Token) (Token, error) {
	unlock, err := h.lock(ctx)
	if err != nil {
		return Token{}, err
	}
	defer unlock()
	current, err := h.reappeared(ctx, s)
	switch {
	case errors.Is(err, ErrNoToken):
		return Token{}, signInNeeded(s, err, lang.T("the session was signed out"))
	case err == nil && current.AccessToken != was.AccessToken && current.Expires.After(now()):
		return current, nil
	}
	if err := h.store(ctx, s, was, is); err != nil {
		h.log.Error("a renewed token could not be saved, and is kept in memory", "session", s.ID(), "error", err)
	}
	return is, nil
}

// store writes a token, or keeps it in memory and returns an [ErrUnsaved]: the token
// before it may be spent, so that this one must not be lost. The caller holds the
// session's lock.
func (h *held) store(ctx context.Context, s Session, was, is Token) error {
	// Before anybody can read the new token.
	h.mu.Lock()
	if !was.IsZero() && h.verdict.isOn(was.AccessToken) {
		h.verdict.tokens = []secret.Text{was.AccessToken, is.AccessToken}
	}
	h.mu.Unlock()
	// Though the caller may be gone.
	err := h.cache.StoreToken(context.WithoutCancel(ctx), s, is)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.born, h.life, h.quiet = is.AccessToken, is.Expires.Sub(now()), time.Time{}
	if err == nil {
		h.unsaved, h.instead, h.lasts = Token{}, Token{}, is.Expires
		return nil
	}
	if h.unsaved.IsZero() || was.AccessToken != h.unsaved.AccessToken {
		h.instead = was
	}
	h.unsaved = is
	return failure(ErrUnsaved, err, "the token of %q could not be saved for the AWS CLI, and is used from memory: %v", s.ID(), err)
}

// saved tries again to write an unsaved token.
func (h *held) saved(ctx context.Context, s Session) {
	h.mu.Lock()
	none := h.unsaved.IsZero()
	h.mu.Unlock()
	if none {
		return
	}
	unlock, err := h.lock(ctx)
	if err != nil {
		return
	}
	defer unlock()
	if _, err := h.peek(ctx, s); err != nil {
		return
	}
	h.mu.Lock()
	token := h.unsaved
	h.mu.Unlock()
	if token.IsZero() || h.cache.StoreToken(context.WithoutCancel(ctx), s, token) != nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.unsaved, h.instead = Token{}, Token{}
	h.log.Info("a token that could not be saved at first is saved now", "session", s.ID())
}

// remove removes a session's token from the cache: only the given one, or any for nil.
func (h *held) remove(ctx context.Context, s Session, only *Token) error {
	unlock, err := h.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if only != nil {
		current, err := h.peek(ctx, s)
		switch {
		case errors.Is(err, ErrNoToken), errors.Is(err, ErrDamaged):
			return nil
		case err != nil:
			return err
		case current.AccessToken != only.AccessToken:
			return nil
		}
	}
	h.mu.Lock()
	h.unsaved, h.instead, h.lasts = Token{}, Token{}, time.Time{}
	h.mu.Unlock()
	if err := h.cache.RemoveToken(context.WithoutCancel(ctx), s); err != nil {
		return lang.Errorf("remove the token of %q: %w", s.ID(), err)
	}
	return nil
}

// verdict is whether a person is the right one, with the access tokens that it is about:
// the first one, or the last two of its renewals.
type verdict struct {
	admitted bool
	tokens   []secret.Text
}

func (v verdict) isOn(accessToken secret.Text) bool { return slices.Contains(v.tokens, accessToken) }

func (h *held) judge(v verdict) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.verdict = v
}

func (h *held) judged(accessToken secret.Text, admitted bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.verdict.isOn(accessToken) && h.verdict.admitted == admitted
}
