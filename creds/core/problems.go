package core

import (
	"maps"
	"slices"
	"sync"

	"daypass/creds"
)

// The topics that problems are about, in the order in which they are shown.
const (
	topicFiles    = "1 files"
	topicDisagree = "2 disagreement"
	topicExposed  = "2 open to others"
	topicKeyring  = "3 keyring"
	topicSessions = "4 sessions"
	topicSaving   = "5 saving"
	topicJournal  = "5 journal"
	topicClock    = "6 clock"
	topicSettings = "8 settings"
	topicPath     = "8a path"

	topicBookmarks = "9 bookmarks"
	topicVisits    = "9 visits"
)

// topicTokens is the topic of a session's token in the token cache.
func topicTokens(id string) string { return "7 token " + id }

// topicRemoval is the topic of a profile's removal that was to be carried out later.
func topicRemoval(name string) string { return "8b removal " + name }

// problems concern no single profile. Each topic has at most one.
type problems struct {
	mu sync.Mutex
	of map[string]creds.Error
}

func newProblems() *problems { return &problems{of: map[string]creds.Error{}} }

// set records the problem of a topic, or with nil that there is none, and reports
// whether that is news.
func (p *problems) set(topic string, err error) (news bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	old, had := p.of[topic]
	if err == nil {
		delete(p.of, topic)
		return had
	}
	problem := *creds.AsError(err)
	p.of[topic] = problem
	return problem != old
}

// get returns the problem of a topic, nil if there is none.
func (p *problems) get(topic string) *creds.Error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if problem, ok := p.of[topic]; ok {
		return &problem
	}
	return nil
}

// list returns all problems in the order of their topics, with flaws behind those of the
// files.
func (p *problems) list(flaws []creds.Error) []creds.Error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []creds.Error
	if broken, ok := p.of[topicFiles]; ok {
		all = append(all, broken)
	}
	all = append(all, flaws...)
	for _, topic := range slices.Sorted(maps.Keys(p.of)) {
		if topic != topicFiles {
			all = append(all, p.of[topic])
		}
	}
	return all
}
