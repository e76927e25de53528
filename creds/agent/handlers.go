package agent

import (
	"context"
	"os"
	"time"

	"daypass/creds"
	"daypass/creds/agentapi"
)

// table has the routes about the agent as a whole.
func (a *Agent) table() []route {
	return []route{
		answers(agentapi.Greeting, a.hello),
		answers(agentapi.Snapshot, a.snapshot),
		answers(agentapi.Records, a.lists.records),
		answers(agentapi.List, a.lists.table),
		streams(agentapi.Watch, func(ctx context.Context, _ call) (<-chan creds.Snapshot, error) { return a.Watch(ctx), nil }),
		answers(agentapi.Unlock, func(ctx context.Context, c call, _ agentapi.Nothing) (agentapi.Nothing, error) {
			return done(a.Unlock(ctx, c.by()))
		}),
		answers(agentapi.Stop, func(context.Context, call, agentapi.Nothing) (agentapi.Nothing, error) {
			return done(nil)
		}).after(a.end),
	}
}

func (a *Agent) hello(context.Context, call, agentapi.Nothing) (agentapi.Hello, error) {
	return agentapi.Hello{
		Version:         a.cfg.Version,
		PID:             os.Getpid(),
		ConfigFile:      a.cfg.Files.Config,
		CredentialsFile: a.cfg.Files.Credentials,
		Headless:        a.cfg.Headless,
		Desktop:         a.cfg.Desktop,
	}, nil
}

func (a *Agent) snapshot(ctx context.Context, c call, _ agentapi.Nothing) (creds.Snapshot, error) {
	s := a.cfg.Manager.Snapshot(ctx)
	s.Prompts = a.cfg.Broker.Prompts()
	consoles := a.consoles.feed.Current()
	s.Bookmarks, s.Visits, s.NoIcon = consoles.bookmarks, consoles.visits, a.display.noIcon.Current()
	if c.Noteworthy {
		s.Profiles = noteworthy(s.Profiles, time.Now())
	}
	return s, nil
}

// noteworthy returns the profiles with something to say about them. It copies, as the
// snapshot is shared.
func noteworthy(all []creds.Status, now time.Time) []creds.Status {
	some := []creds.Status{}
	for _, s := range all {
		if s.Noteworthy(now) {
			some = append(some, s)
		}
	}
	return some
}
