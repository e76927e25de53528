// Package machine tells when the screen is locked, when the machine has slept, and
// when it may have a network again.
//
// Any program of the person can tell the same, and the desktop of a stranger's
// making may tell nothing: what hangs on it must do no harm when it is told too
// often, nor be the only thing between somebody and a secret.
package machine

import (
	"log/slog"

	"daypass/internal/safely"
)

// Events are what a person's machine goes through. A field may be nil. They are
// called one at a time, and what comes meanwhile waits.
type Events struct {
	// Locked is called when the screen is locked, more than once for one lock
	// where several parts of a desktop tell of it. Where a screen saver that
	// locks nothing tells no less than one that does, it counts as a lock.
	Locked func()
	// Woke is called when the machine is awake again after it was suspended or
	// hibernated.
	Woke func()
	// Online is called about a second after the machine got a way to the rest of
	// the world, which may not lead there yet. It is never called on the BSDs.
	Online func()
}

// kept returns events of which none ends more than itself by a panic.
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
