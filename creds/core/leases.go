package core

import (
	"context"
	"slices"
	"time"
)

// leases locks sensitive profiles again when the time is over that they are unlocked
// for.
type leases struct {
	*owners
	writer *writer
}

// plan calls each with the end of each lease.
func (l leases) plan(each func(name string, at time.Time)) {
	for name, h := range l.store.allHeld() {
		if h.Lease.IsZero() {
			continue
		}
		at, f := h.Lease, l.activity.get(name)
		switch {
		case f.ending:
			continue
		case f.stillHeld && f.retry.After(at):
			at = f.retry
		}
		each(name, at)
	}
}

// end starts to lock the profiles again whose time is over, each by itself: one that
// takes long does not hold up the others.
func (l leases) end(now time.Time) {
	l.plan(func(name string, at time.Time) {
		if at.After(now) {
			return
		}
		l.activity.change(name, func(f *facts) { f.ending = true })
		l.back.start("the end of a lease", func(ctx context.Context) {
			defer func() { // also after a panic
				isOver := false
				if h, ok := l.store.held(name); ok {
					isOver = h.isOver(time.Now())
				}
				l.activity.changeKnown(name, func(f *facts) {
					f.ending = false
					if isOver {
						f.stillHeld, f.retry = true, later(f.retry)
					}
				})
				l.view.wake()
			}()
			_ = l.lock(ctx, name) // it is tried again
		})
	})
}

// lockAll locks all sensitive profiles at once, and cancels what is under way to
// unlock one: the screen was locked, say, or the agent ends. With them ends what
// programs may have for an hour without a question: the person is gone who said so.
func (l leases) lockAll(ctx context.Context) error {
	l.questions.allowNothing()
	var names []string
	for name, h := range l.store.allHeld() {
		if !h.Lease.IsZero() {
			names = append(names, name)
		}
	}
	for _, f := range l.flights.abouts() {
		if f.profile != "" && l.choices.leaseOf(f.profile) > 0 {
			names = append(names, f.profile)
		}
	}
	slices.Sort(names)
	return l.lock(ctx, slices.Compact(names)...)
}

// lock locks profiles again.
func (l leases) lock(ctx context.Context, names ...string) error {
	if len(names) == 0 {
		return nil
	}
	defer l.writer.blockRenewals(names...)()
	// Nobody gets what they hold from now on, however long it takes to take it out
	// of the file. If that fails, it is tried again.
	l.store.endLeases(names...)
	l.view.publish()
	err := l.flights.cancel(ctx, func(f about) bool { return slices.Contains(names, f.profile) })
	if err == nil {
		err = l.writer.release(ctx, names...)
	}
	if err != nil {
		l.cfg.Log.Warn("sensitive profiles were not locked again", "profiles", names, "err", err)
		for _, name := range names {
			if _, ok := l.store.held(name); ok {
				l.activity.change(name, func(f *facts) { f.retry, f.stillHeld = time.Now().Add(glance), true })
			}
		}
		return err
	}
	l.cfg.Log.Info("locked again", "profiles", names)
	return nil
}

// lockAtEnd locks all sensitive profiles while the agent can still do so.
func (l leases) lockAtEnd() {
	ctx, cancel := context.WithTimeoutCause(context.Background(), savePatience, errSlowSave)
	defer cancel()
	_ = l.lockAll(ctx) // logged
}
