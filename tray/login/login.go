// Package login starts daypass when a person logs in to the desktop: by an entry in the
// XDG autostart folder, by a launch agent on macOS, and by a value of the Run key on
// Windows. A change takes effect at the next login.
package login

import (
	"fmt"
	"sync"

	"daypass/internal/lang"
)

// Login is the switch. It may be used by several goroutines.
type Login struct {
	mu     sync.Mutex
	system system
}

// A system is the switch of one kind of desktop.
type system interface {
	enabled() (bool, error)
	enable(on bool) error
}

// New returns the switch of this user's desktop. It starts program, which must
// be an absolute path.
func New(program string) *Login { return &Login{system: newSystem(program)} }

// Enabled reports whether daypass starts at the next login, because of Enable, of an
// installed package or of a person's own entry. An entry whose program does not exist
// starts nothing.
func (l *Login) Enabled() (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	on, err := l.system.enabled()
	if err != nil {
		return false, lang.Errorf("reading whether daypass starts at login: %w", err)
	}
	return on, nil
}

// Enable switches the start at login on or off. It changes nothing that is so already.
func (l *Login) Enable(on bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.system.enable(on); err != nil {
		what := lang.T("having daypass started at login")
		if !on {
			what = lang.T("keeping daypass from starting at login")
		}
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
