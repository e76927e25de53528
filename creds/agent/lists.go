package agent

import (
	"context"
	"encoding/json"
	"sync"
	"time"
	"weak"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/core"
)

// lists answers requests for all profiles. For ten thousand of them an answer is up to
// 5.4 MB of JSON, and making it takes most of a list's time. So it is kept while it is
// true, or until the next garbage collection.
type lists struct {
	manager            *core.Manager
	asRecords, asTable kept
}

func (l *lists) records(ctx context.Context, _ call, _ agentapi.Nothing) (agentapi.Text, error) {
	return l.asRecords.get(l.manager.Snapshot(ctx), func(s creds.Snapshot, now time.Time) (agentapi.Text, time.Time, error) {
		const each = 640 // bytes, rather too many than too few
		return agentapi.AppendRecords(make([]byte, 0, each*len(s.Profiles)), s.Profiles, now), nextChange(s.Profiles, now), nil
	})
}

func (l *lists) table(ctx context.Context, _ call, _ agentapi.Nothing) (agentapi.Text, error) {
	return l.asTable.get(l.manager.Snapshot(ctx), func(s creds.Snapshot, _ time.Time) (text agentapi.Text, _ time.Time, err error) {
		text, err = json.Marshal(agentapi.TableOf(s))
		return text, time.Time{}, err
	})
}

// nextChange returns when the state of one of the profiles next changes by itself; zero
// if none does.
func nextChange(profiles []creds.Status, now time.Time) time.Time {
	var first time.Time
	for _, s := range profiles {
		if next := s.Next(now); !next.IsZero() && (first.IsZero() || next.Before(first)) {
			first = next
		}
	}
	return first
}

// kept keeps the text of the last snapshot.
type kept struct {
	mu   sync.Mutex
	last weak.Pointer[made]
}

// made is a text that is true for a snapshot's profiles, which never change, until a
// time; zero is forever.
type made struct {
	text  agentapi.Text
	of    []creds.Status
	until time.Time
}

func (k *kept) get(s creds.Snapshot, makeText func(creds.Snapshot, time.Time) (agentapi.Text, time.Time, error)) (agentapi.Text, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	if m := k.last.Value(); m != nil && m.isOf(s.Profiles) && (m.until.IsZero() || now.Before(m.until)) {
		return m.text, nil
	}
	text, until, err := makeText(s, now)
	if err == nil {
		k.last = weak.Make(&made{text, s.Profiles, until})
	}
	return text, err
}

func (m *made) isOf(profiles []creds.Status) bool {
	return len(profiles) > 0 && len(m.of) == len(profiles) && &m.of[0] == &profiles[0]
}
