package consolesignin

import (
	"context"
	"errors"
	"sync"
	"time"

	"daypass/internal/secret"
)

// held is the state of an identity's session beyond its file.
type held struct {
	cache *Cache
	arn   string

	mu sync.Mutex
	// unsaved is a token that could not be written, and instead the refresh token of the
	// file then, which is spent; empty if there was no file.
	unsaved Token
	instead secret.Text
	// over is a refresh token that AWS has refused for good, and why, by region: one of a
	// profile may be another than that of the sign-in.
	over secret.Text
	why  map[string]error
	// lost is a refresh token that AWS may have taken, though its answer did not come.
	lost secret.Text
	// life is the whole lifetime of the credentials that came with the refresh token born.
	born secret.Text
	life time.Duration
}

// peek returns the token in the file, or the one that could not be written there.
func (h *held) peek(ctx context.Context) (Token, error) {
	token, err := h.cache.load(ctx, h.arn)
	none := errors.Is(err, ErrNoToken)
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case !h.hasUnsavedLocked():
		return token, err
	case err != nil && !none, // the disk still fails
		token.RefreshToken == h.instead: // both are empty if there is no file
		return h.unsaved, nil
	}
	// Another program has signed in or out since.
	h.unsaved, h.instead = Token{}, secret.Text{}
	return token, err
}

func (h *held) hasUnsavedLocked() bool { return !h.unsaved.RefreshToken.IsZero() }

func (h *held) hasUnsaved() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.hasUnsavedLocked()
}

// store writes a token in place of the file's with the refresh token was, or keeps it in
// memory and returns an [ErrUnsaved]: the token before it is spent. The caller has the
// file's lock.
func (h *held) store(ctx context.Context, was secret.Text, is Token) error {
	err := h.cache.store(ctx, is)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		h.unsaved, h.instead = Token{}, secret.Text{}
		return nil
	}
	h.unsaved, h.instead = is, was
	return unsaved(is, err)
}

// save tries again to write an unsaved token. The caller has the file's lock, and knows by
// [held.peek] that the file is still the one before.
func (h *held) save(ctx context.Context) error {
	h.mu.Lock()
	token, was := h.unsaved, h.instead
	h.mu.Unlock()
	if token.RefreshToken.IsZero() {
		return nil
	}
	return h.store(ctx, was, token)
}

// bear records how long new credentials last.
func (h *held) bear(t Token) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.born, h.life = t.RefreshToken, t.lasts()
}

// lastsFor reports whether credentials last longer than [RenewBefore] and than a caller
// needs, as far as AWS gives such: at the end of a session it gives shorter ones, and no
// caller has them renewed more than once a minute.
func (h *held) lastsFor(t Token, left time.Duration) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	life := Lifetime
	if h.born == t.RefreshToken {
		life = h.life
	}
	return t.lasts() > max(min(RenewBefore, life/2), min(left, life-time.Minute))
}

// forget drops what is only in memory.
func (h *held) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.unsaved, h.instead, h.over, h.why = Token{}, secret.Text{}, secret.Text{}, nil
}

// lose records that AWS's answer about a token did not come.
func (h *held) lose(t Token) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lost = t.RefreshToken
}

// isLost reports whether an earlier answer about a token did not come.
func (h *held) isLost(t Token) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.lost == t.RefreshToken
}

// end records that AWS has refused a refresh token in a region for good.
func (h *held) end(t Token, region string, why error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over != t.RefreshToken || h.why == nil {
		h.over, h.why = t.RefreshToken, map[string]error{}
	}
	h.why[region] = why
}

// ended returns why AWS does not take a refresh token in a region any more, or nil.
func (h *held) ended(t Token, region string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over != t.RefreshToken {
		return nil
	}
	return h.why[region]
}
