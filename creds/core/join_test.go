package core

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/creds/profile"
	"daypass/sso"
)

func TestAPersonWhoJoinsASilentRefreshIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		m := NewManager(Config{
			Files:    awsfile.Paths{Config: filepath.Join(dir, "config"), Credentials: filepath.Join(dir, "credentials")},
			Settings: func() creds.Settings { return creds.Settings{SessionDuration: creds.Span(time.Hour)} },
			StateDir: dir, Tokens: sso.NewCache(dir, nil),
		})
		defer m.back.shutDown()
		c := profile.Chain{Asked: "alice", Base: profile.Profile{Name: "alice", AccessKeyID: "AKIA1"}}
		r, err := m.request(c, 0)
		if err != nil {
			t.Fatal(err)
		}
		// A role's renewal needs the user's session, and must ask nobody.
		ends := make(chan struct{})
		m.flights.start(fmt.Sprintf("session %s %s", r.Lifetime, r.Origin), about{}, func(context.Context) (session, error) {
			<-ends
			return session{}, errNeedsPerson
		})
		got := make(chan error, 1)
		go func() {
			_, err := m.refresher.refreshProfile(t.Context(), "alice", c, RefreshOptions{})
			got <- err
		}()
		synctest.Wait()
		close(ends)
		if err := <-got; err == nil || errors.Is(err, errNeedsPerson) {
			t.Errorf("got %v, and not what a refresh of its own comes to", err)
		}
	})
}
