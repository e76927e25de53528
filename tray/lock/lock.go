// Package lock tells when the screen is locked and when the machine has slept.
//
// Any program of the person can tell the same, and the desktop of a stranger's
// making may tell nothing: what hangs on it must do no harm when it is told too
// often, nor be the only thing between somebody and a secret.
package lock

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
}
