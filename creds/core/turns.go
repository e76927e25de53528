package core

import (
	"sync"

	"daypass/creds"
	"daypass/internal/lang"
)

// turns keep two changes of the same profile or key from running at the same time. The
// second one is refused with what the first one is: it may wait for a person.
type turns struct {
	mu sync.Mutex
	// busy has what is being done, as a clause, by the names it is done to.
	busy map[string]string
}

func newTurns() *turns { return &turns{busy: map[string]string{}} }

// take begins a change of names: profiles, or access key IDs. doing says what it is, such
// as "the key is being rotated". done ends it.
func (t *turns) take(doing string, names ...string) (done func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, name := range names {
		if other, is := t.busy[name]; is {
			return nil, &creds.Error{
				Code: creds.CodeBusy, Message: lang.Sprintf("%s: %s just now; nothing was changed", name, other),
			}
		}
	}
	for _, name := range names {
		t.busy[name] = doing
	}
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		for _, name := range names {
			delete(t.busy, name)
		}
	}, nil
}
