// Package machine reports when the screen is locked, when the machine has slept, and
// when it may have a network again.
//
// Any program of the user can send the same signals, and an unknown desktop may send
// none. So an event that comes too often must do no harm, and no secret may depend on
// an event alone.
package machine

import (
	"log/slog"

	"daypass/internal/safely"
)

// Events are called one at a time; a field may be nil.
type Events struct {
	// Locked is called when the screen is locked, more than once for one lock
	// where several parts of a desktop report it. A screen saver whose signal does
	// not say whether it locks counts as a lock.
	Locked func()
	// Woke is called when the machine is awake again after it was suspended or
	// hibernated.
	Woke func()
	// Online is called about a second after the machine got a default route, which
	// may not work yet. It is never called on the BSDs.
	Online func()
}

// kept returns events whose panics end nothing else.
func (e Events) kept(log *slog.Logger) Events {
	keep := func(doing string, event func()) func() {
		if event == nil {
			return nil
		}
		return func() { safely.Run(log, doing, event) }
	}
	return Events{
		Locked: keep("what follows a lock of the screen", e.Locked),
		Woke:   keep("what follows the machine's sleep", e.Woke),
		Online: keep("what follows a new network", e.Online),
	}
}
