//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"daypass/creds"
	"daypass/creds/agentapi"
)

const (
	// served is part of the credentials that credential-process prints.
	served = `"AccessKeyId":"ASIA`
	// leastGo is the program minimal.
	leastGo = "minimal Go client"
)

// client measures what the command line costs where there are few profiles.
func (b *bench) client(ctx context.Context) ([]row, error) {
	w, err := b.newWorld(ctx, "few", home{profiles: 10})
	if err != nil {
		return nil, err
	}
	defer w.close()
	if err := w.login(ctx); err != nil {
		return nil, err
	}
	took, err := allInTurns(ctx, b.n.pairs,
		w.runs(served, "minimal", w.socket(), w.config(), w.credentials(), "alice"),
		w.serves(),
		w.runs("alice", "daypass", "status", "alice"),
		w.runs("AWS_ACCESS_KEY_ID", "daypass", "export", "alice"),
		w.runs("alice", "daypass", "list", "--json"),
		w.runsWith([]string{"AWS_PROFILE=alice", "DAYPASS_PROFILE=alice"}, "alice-MFA-STS", "daypass", "now"),
	)
	if err != nil {
		return nil, err
	}
	rows := []row{
		compared("credential-process, warm, start to exit", took[1], took[0], leastGo, 1.25),
		compared("status NAME", took[2], took[0], leastGo, 1.5),
		compared("export NAME", took[3], took[0], leastGo, 1.5),
		compared("list --json", took[4], took[0], leastGo, 1.5),
		compared("now", took[5], took[0], leastGo, 1.5),
	}
	callers, err := b.callers(ctx, w)
	return append(rows, callers), err
}

// serves is a trial of credential-process.
func (w *world) serves() trial {
	return w.runs(served, "daypass", "credential-process", "--profile", "alice")
}

// callers has many callers ask for credentials at once, each over a connection of
// its own.
func (b *bench) callers(ctx context.Context, w *world) (row, error) {
	ask := func(ctx context.Context) (time.Duration, error) {
		began := time.Now()
		err := w.ask(ctx, agentapi.Query{Profile: "alice"}.On(agentapi.Credentials.Path), &creds.Credentials{})
		return time.Since(began), err
	}
	alone, err := allInTurns(ctx, b.n.reads, ask)
	if err != nil {
		return row{}, err
	}
	took := make([]time.Duration, b.n.callers)
	begin := make(chan struct{})
	all, allCtx := errgroup.WithContext(ctx)
	for n := range took {
		all.Go(func() (err error) {
			<-begin
			took[n], err = ask(allCtx)
			return err
		})
	}
	close(begin)
	if err := all.Wait(); err != nil {
		return row{}, fmt.Errorf("%d callers at once: %w", b.n.callers, err)
	}
	slices.Sort(took)
	part := func(percent int) time.Duration { return took[(len(took)-1)*percent/100] }
	return row{
		what:     thousands(b.n.callers) + " callers at once",
		ours:     fmt.Sprintf("p50 %s, p99 %s", milliseconds(part(50)), milliseconds(part(99))),
		baseline: milliseconds(alone[0]) + " one alone",
	}, nil
}

// atMany measures what many profiles cost. Each has a key in the keyring and a
// session in the credentials file, and the plain program reads the same files.
func (b *bench) atMany(ctx context.Context) ([]row, error) {
	w, err := b.newWorld(ctx, "many", home{profiles: b.n.many, keys: true})
	if err != nil {
		return nil, err
	}
	defer w.close()
	if err := w.login(ctx); err != nil {
		return nil, err
	}
	parse := w.runs(team(b.n.many/2), "plainlist", w.config(), w.credentials())
	took, err := allInTurns(ctx, b.n.reads,
		parse,
		w.runs("alice", "daypass", "status"),
		w.runs("alice", "daypass", "status", "alice"),
		w.runs(team(b.n.many/2), "daypass", "list"),
		w.runs(team(b.n.many/2), "daypass", "list", "--json"),
	)
	if err != nil {
		return nil, err
	}
	few, err := b.newWorld(ctx, "few-beside", home{profiles: 10})
	if err != nil {
		return nil, err
	}
	defer few.close()
	if err := few.login(ctx); err != nil {
		return nil, err
	}
	large, small, err := inTurns(ctx, b.n.pairs/3, w.serves(), few.serves())
	if err != nil {
		return nil, err
	}
	at := " at " + thousands(b.n.many) + " profiles"
	const plain = "plain parse"
	rows := []row{
		compared("credential-process"+at, large, small, "at 10 profiles", 1.05),
		compared("status"+at, took[1], took[0], plain, 0.3),
		compared("status NAME"+at, took[2], took[0], plain, 0.3),
		compared("list"+at, took[3], took[0], plain, 1.2),
		compared("list --json"+at, took[4], took[0], plain, 1.5),
	}
	login, reading, err := inTurns(ctx, b.n.logins, w.loginAnew, parse)
	if err != nil {
		return nil, err
	}
	rows = append(rows, compared("a whole login"+at+" with keys", login, reading, plain, 3))
	start, reading, err := inTurns(ctx, b.n.starts, w.firstAnswer, parse)
	if err != nil {
		return nil, err
	}
	return append(rows, compared("the agent's first answer"+at+" and keys", start, reading, plain, 3)), nil
}

// loginAnew gets new credentials for ci, and checks that the credentials file and the
// agent have them.
func (w *world) loginAnew(ctx context.Context) (time.Duration, error) {
	before, err := w.session(ctx, "ci")
	if err != nil {
		return 0, err
	}
	_, took, err := w.timed(ctx, "", "daypass", "login", "ci", "--force")
	if err != nil {
		return 0, err
	}
	after, err := w.session(ctx, "ci")
	if err == nil && (after == before || after == "") {
		err = fmt.Errorf("after its login, ci has the session %q, and before it had %q", after, before)
	}
	return took, err
}

// session returns the access key ID of a profile's session, "" if there is none. It
// fails unless the credentials file has the same.
func (w *world) session(ctx context.Context, profile string) (string, error) {
	var s creds.Status
	if err := w.ask(ctx, agentapi.Query{Profile: profile}.On(agentapi.Status.Path), &s); err != nil || s.Expires.IsZero() {
		return "", err
	}
	out, err := w.do(ctx, "", "credential-process", "--profile", profile)
	if err != nil {
		return "", err
	}
	_, id, _ := strings.Cut(out, `"AccessKeyId":"`)
	id, _, _ = strings.Cut(id, `"`)
	written, err := os.ReadFile(w.credentials())
	if err == nil && !strings.Contains(string(written), "["+profile+"]\naws_access_key_id = "+id+"\n") {
		err = fmt.Errorf("the credentials file does not have the session %s of %s", id, profile)
	}
	return id, err
}

// firstAnswer starts the agent anew and returns how long it takes to answer about a
// profile.
func (w *world) firstAnswer(ctx context.Context) (time.Duration, error) {
	w.endAgent()
	began := time.Now()
	err := w.startUntil(ctx, agentapi.Query{Profile: "alice"}.On(agentapi.Status.Path), &creds.Status{})
	return time.Since(began), err
}
