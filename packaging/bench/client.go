//go:build linux

package main

import (
	"context"
)

// client measures the command line against agents with few and many profiles.
func (b *bench) client(ctx context.Context) ([]row, error) {
	few, err := b.newWorld(ctx, "few", home{profiles: 10})
	if err != nil {
		return nil, err
	}
	defer few.close()
	many, err := b.newWorld(ctx, "many", home{profiles: b.n.many})
	if err != nil {
		return nil, err
	}
	defer many.close()
	for _, w := range []*world{few, many} {
		if err := w.login(ctx); err != nil {
			return nil, err
		}
	}

	const words = `"AccessKeyId":"ASIA`
	serve := func(w *world) trial { return w.runs(words, "daypass", "credential-process", "--profile", "alice") }
	plain := few.runs(words, "minimal", few.socket(), few.config(), few.credentials(), "alice")
	ours, minimal, err := inTurns(ctx, b.n.pairs, serve(few), plain)
	if err != nil {
		return nil, err
	}
	large, small, err := inTurns(ctx, b.n.pairs, serve(many), serve(few))
	if err != nil {
		return nil, err
	}
	rows := []row{
		compared("credential-process, warm, start to exit", ours, minimal, "minimal Go client", 1.25),
		compared("the same at "+thousands(b.n.many)+" profiles", large, small, "at 10 profiles", 1.05),
	}
	status, err := b.status(ctx, many)
	return append(rows, status...), err
}

// status measures "daypass status" of all profiles, and of one. AWS's files
// have not changed since the agent last read them.
func (b *bench) status(ctx context.Context, w *world) ([]row, error) {
	_, plain, err := b.plainEdit("beside-status")
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, s := range []struct {
		what string
		args []string
	}{
		{"status", []string{"status"}},
		{"status NAME", []string{"status", "alice"}},
	} {
		ours, baseline, err := inTurns(ctx, b.n.writes, w.runs("alice", "daypass", s.args...), plain)
		if err != nil {
			return nil, err
		}
		rows = append(rows, compared(s.what+" at "+thousands(b.n.many)+" profiles", ours, baseline, "plain edit", 1.3))
	}
	return rows, nil
}
