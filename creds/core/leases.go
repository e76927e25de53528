package core

import (
	"context"
	"slices"
	"time"
)

// leases locks sensitive profiles again when their time is over.
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

// end starts to lock each profile whose time is over. A slow one does not hold up the
// others.
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
			_ = l.lock(ctx, name) // it is retried
		})
	})
}

// lockAll locks all sensitive profiles at once and cancels attempts to unlock one: the
// screen was locked, say, or the agent ends. It also ends the hour in which programs
// need not ask, as the person who allowed that is gone.
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

func (l leases) lock(ctx context.Context, names ...string) error {
	if len(names) == 0 {
		return nil
	}
	defer l.writer.blockRenewals(names...)()
	// Nobody gets these credentials from now on, however long it takes to remove them
	// from the file. A failed removal is retried.
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

// lockAtEnd locks all sensitive profiles before the agent ends.
func (l leases) lockAtEnd() {
	ctx, cancel := context.WithTimeoutCause(context.Background(), savePatience, errSlowSave)
	defer cancel()
	_ = l.lockAll(ctx) // logged
}
