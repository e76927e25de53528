package sso

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"golang.org/x/sync/singleflight"

	"daypass/internal/signin"
)

// Client talks to Identity Center for all sessions, over one token cache. Its
// methods may be called from many goroutines at once.
type Client struct {
	base  aws.Config
	cache *Cache
	log   *slog.Logger
	// ports are for the browser's way back.
	ports signin.Ports

	renewals singleflight.Group // by session

	mu      sync.Mutex
	regions map[string]*region
	known   map[string]*held // by session
}

// NewClient returns a client that reaches AWS as cfg says: its HTTP client,
// retries and endpoints. Its region and credentials are ignored. A nil log
// discards output.
func NewClient(cfg aws.Config, cache *Cache, log *slog.Logger) *Client {
	return &Client{
		base: cfg, cache: cache, log: cmp.Or(log, slog.New(slog.DiscardHandler)),
		regions: map[string]*region{}, known: map[string]*held{},
	}
}

// held returns the state of a session's token.
func (c *Client) held(s Session) *held {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.known[s.ID()]
	if h == nil {
		h = &held{cache: c.cache, log: c.log, change: make(chan struct{}, 1)}
		c.known[s.ID()] = h
	}
	return h
}

// Peek returns the token of a session in the cache, expired or not, without asking AWS. It
// returns [ErrNoToken] if there is none.
func (c *Client) Peek(ctx context.Context, s Session) (Token, error) { return c.held(s).peek(ctx, s) }

// now is the time by the wall clock: tokens expire while the machine sleeps, and the
// monotonic clock stops.
func now() time.Time { return time.Now().Round(0) }
