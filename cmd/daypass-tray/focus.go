package main

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// focusLimit is how long after a click a window that opens is its answer.
const focusLimit = 10 * time.Second

// focus hands the token of a person's click to the window that the click opens. A
// window without one comes up behind the others where the desktop lets no program
// take the focus by itself.
//
// A click goes through a refresh, which may be another caller's, before a window
// opens, so the token is the next window's, whichever that is.
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

// environ returns an environment for a window. What the agent itself was started with
// is no longer good.
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
