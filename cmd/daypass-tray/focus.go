package main

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// focusLimit is how long after a click a new window counts as its effect.
const focusLimit = 10 * time.Second

// focus passes the token of a click to the window that the click opens. Where programs
// cannot take the focus by themselves, a window without a token opens behind the others.
//
// Between a click and its window is a refresh, which may be another caller's. So the next
// window gets the token, whichever that is.
// https://wayland.app/protocols/xdg-activation-v1
type focus struct {
	mu    sync.Mutex
	token string
	at    time.Time
}

// note keeps the token of a click.
func (f *focus) note(token string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.token, f.at = token, time.Now()
}

// take returns the token for a window that opens at the time now, once.
func (f *focus) take(now time.Time) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	token := f.token
	if now.Sub(f.at) > focusLimit {
		token = ""
	}
	f.token = ""
	return token
}

// The variables that carry a token, on Wayland and on X11.
var focusNames = []string{"XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID"} //nolint:gochecknoglobals // constant

// environ returns an environment for a window, without the agent's own tokens, which are
// no longer valid.
func (f *focus) environ(environ []string, now time.Time) []string {
	environ = slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return slices.Contains(focusNames, name)
	})
	if token := f.take(now); token != "" {
		for _, name := range focusNames {
			environ = append(environ, name+"="+token)
		}
	}
	return environ
}
