package core_test

import (
	"context"
	"testing"
	"time"

	"daypass/creds"
	"daypass/creds/core"
)

// A renewal replaces a key first in the file, and then in the agent's memory. A reader in
// between must find one of the two.
func TestAProfileKeepsItsCredentialsWhileTheyAreReplaced(t *testing.T) {
	w := newWorld(t)
	w.refresh("dev-admin", core.RefreshOptions{})
	w.refresh("ci", core.RefreshOptions{})
	ctx, stop := context.WithCancel(t.Context())
	lost := make(chan creds.Status, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			for _, name := range []string{"dev-admin", "ci"} {
				s, err := w.m.Status(ctx, name)
				if ctx.Err() == nil && (err != nil || s.Left(time.Now()) == 0) {
					select {
					case lost <- s:
					default:
					}
				}
			}
		}
	}()
	for range 12 {
		w.refresh("dev-admin", core.RefreshOptions{Force: true})
		w.refresh("ci", core.RefreshOptions{Force: true})
	}
	stop()
	<-ended
	select {
	case s := <-lost:
		t.Errorf("while it was refreshed: %+v", s)
	default:
	}
}
