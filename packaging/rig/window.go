//go:build linux

package rig

import (
	"context"
	"errors"
	"fmt"
	"image"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Window is a window that a program has on the screen.
type Window struct {
	// ID is the X window's.
	ID    string
	Title string

	all *Windows
}

// Windows are the windows that programs have on the screen.
type Windows struct {
	s      *session
	screen *Screen

	mu    sync.Mutex
	docks []string // the IDs of the panel's windows
}

// List returns the windows on the screen that the window manager knows, the
// panel not among them, oldest first.
func (ws *Windows) List(ctx context.Context) ([]Window, error) {
	out, err := ws.s.call(ctx, "xprop", "-root", "-notype", "_NET_CLIENT_LIST")
	if err != nil {
		return nil, err
	}
	var windows []Window
	for _, id := range hexID.FindAllString(out, -1) {
		if ws.isDock(id) {
			continue
		}
		props, err := ws.s.call(ctx, "xprop", "-id", id, "-notype", "_NET_WM_NAME", "_NET_WM_WINDOW_TYPE")
		if cause := ws.s.failure(ctx); cause != nil {
			return nil, cause
		}
		if err != nil {
			continue // Closed since the list was read.
		}
		if strings.Contains(props, "_NET_WM_WINDOW_TYPE_DOCK") {
			ws.noteDock(id)
			continue
		}
		title, ok := titleOf(props)
		if !ok {
			title, err = ws.s.call(ctx, "xdotool", "getwindowname", id)
			if cause := ws.s.failure(ctx); cause != nil {
				return nil, cause
			}
			title = strings.TrimSuffix(title, "\n")
		}
		if err == nil {
			windows = append(windows, Window{ID: id, Title: title, all: ws})
		}
	}
	return windows, nil
}

// isDock reports whether a window is known to be the panel's, which stays as long
// as the desktop.
func (ws *Windows) isDock(id string) bool {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	return slices.Contains(ws.docks, id)
}

func (ws *Windows) noteDock(id string) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.docks = append(ws.docks, id)
}

var (
	hexID   = regexp.MustCompile(`0x[0-9a-f]+`)
	netName = regexp.MustCompile(`(?m)^_NET_WM_NAME = (".*")$`)
)

// titleOf returns the title among a window's properties as xprop prints them, if
// it is there in the newer of two ways: as UTF-8.
func titleOf(props string) (string, bool) {
	found := netName.FindStringSubmatch(props)
	if found == nil {
		return "", false
	}
	title, err := strconv.Unquote(found[1])
	return title, err == nil
}

// Wait waits for a window with this title, the whole of it.
func (ws *Windows) Wait(ctx context.Context, title string) (Window, error) {
	return ws.wait(ctx, title, func(t string) bool { return t == title })
}

// WaitPrefix waits for a window whose title begins so.
func (ws *Windows) WaitPrefix(ctx context.Context, prefix string) (Window, error) {
	return ws.wait(ctx, prefix+"…", func(t string) bool { return strings.HasPrefix(t, prefix) })
}

func (ws *Windows) wait(ctx context.Context, wanted string, match func(title string) bool) (Window, error) {
	var found Window
	var windows []Window
	err := ws.s.until(ctx, func() (bool, error) {
		list, err := ws.List(ctx)
		if err != nil {
			return false, err
		}
		windows = list
		for _, w := range windows {
			if match(w.Title) {
				found = w
				return true, nil
			}
		}
		return false, nil
	})
	if err != nil {
		return Window{}, fmt.Errorf("waiting for the window %q: %w; on the screen are %s", wanted, err, titles(windows))
	}
	return found, nil
}

// WaitGone waits until no window has this title.
func (ws *Windows) WaitGone(ctx context.Context, title string) error {
	err := ws.s.until(ctx, func() (bool, error) {
		windows, err := ws.List(ctx)
		if err != nil {
			return false, err
		}
		for _, w := range windows {
			if w.Title == title {
				return false, nil
			}
		}
		return true, nil
	})
	if err != nil {
		return fmt.Errorf("waiting for the window %q to go: %w", title, err)
	}
	return nil
}

func titles(windows []Window) string {
	var names []string
	for _, w := range windows {
		names = append(names, fmt.Sprintf("%q", w.Title))
	}
	if names == nil {
		return "no windows"
	}
	return strings.Join(names, ", ")
}

// askAgain is when a request to a window manager is repeated: it may ignore one about a new
// window.
const askAgain = 2 * time.Second

// managed is the state of a window that is not withdrawn (ICCCM 4.1.3.1).
var managed = regexp.MustCompile(`window state: (Normal|Iconic)`)

var errGone = errors.New("it is not on the screen any more")

// Focus raises the window, gives it the keyboard, and returns once it has it.
//
// xdotool's own waiting (--sync) fails where no window at all has the keyboard for a
// moment, and gives up where the window manager is slow.
func (w Window) Focus(ctx context.Context) error {
	var asked time.Time
	err := w.all.s.until(ctx, func() (bool, error) {
		// The window manager lists it, and names it as the one that has the keyboard,
		// a moment longer than it is there.
		state, err := w.all.s.call(ctx, "xprop", "-id", w.ID, "-notype", "WM_STATE")
		if cause := w.all.s.failure(ctx); cause != nil {
			return false, cause
		}
		if err != nil || !managed.MatchString(state) {
			return false, errGone
		}
		if w.active(ctx) {
			return true, nil
		}
		if time.Since(asked) < askAgain {
			return false, nil
		}
		// It may fail now and succeed a moment later.
		_, _ = w.all.s.call(ctx, "xdotool", "windowactivate", w.ID)
		asked = time.Now()
		return false, nil
	})
	if err != nil {
		return fmt.Errorf("focusing the window %q: %w", w.Title, err)
	}
	return nil
}

// active reports whether the window has the keyboard.
func (w Window) active(ctx context.Context) bool {
	out, err := w.all.s.call(ctx, "xdotool", "getactivewindow")
	id, errID := strconv.ParseUint(w.ID, 0, 64)
	return err == nil && errID == nil && strings.TrimSpace(out) == strconv.FormatUint(id, 10)
}

// Type focuses the window and types text on the keyboard, as a person would:
// whatever has the keyboard then gets it.
func (w Window) Type(ctx context.Context, text string) error {
	if err := w.Focus(ctx); err != nil {
		return err
	}
	// Not with --window: events sent that way are marked as made up, and
	// toolkits may drop them.
	if _, err := w.all.s.call(ctx, "xdotool", "type", "--delay", "15", "--", text); err != nil {
		return fmt.Errorf("typing into the window %q: %w", w.Title, err)
	}
	return nil
}

// Key focuses the window and presses keys one after the other, by their X
// names: "Escape", "Return", "ctrl+v".
func (w Window) Key(ctx context.Context, keys ...string) error {
	if err := w.Focus(ctx); err != nil {
		return err
	}
	if _, err := w.all.s.call(ctx, "xdotool", append([]string{"key", "--delay", "15", "--"}, keys...)...); err != nil {
		return fmt.Errorf("pressing keys in the window %q: %w", w.Title, err)
	}
	return nil
}

// Press presses keys in a browser's window once it is drawn, again and again until
// it has another title: a page that is not drawn yet takes no keys and does not say
// when it will. What follows on the page must have a title of its own.
//
// A page with a form says in its title at once that the form is on its way. Another one may
// just have opened its menu or field, and must be given time before the next try.
func (w Window) Press(ctx context.Context, keys ...string) error {
	for wait := 10 * time.Second; ; wait *= 2 {
		if err := w.Drawn(ctx); err != nil {
			return err
		}
		if err := w.Key(ctx, keys...); err != nil {
			return err
		}
		short, cancel := context.WithTimeout(ctx, wait)
		err := w.all.WaitGone(short, w.Title)
		cancel()
		if err == nil || ctx.Err() != nil {
			return err
		}
	}
}

// Drawn waits until nothing moves in the window, or for a while where something
// always does.
func (w Window) Drawn(ctx context.Context) error {
	box, err := w.Box(ctx)
	if err != nil {
		return err
	}
	short, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	err = w.all.screen.WaitStill(short, box)
	if ctx.Err() == nil && short.Err() != nil {
		return nil
	}
	return err
}

// Box returns where on the screen the window is, without its frame.
func (w Window) Box(ctx context.Context) (image.Rectangle, error) {
	// xdotool counts the frame's title bar twice.
	info, err := w.all.s.call(ctx, "xwininfo", "-id", w.ID)
	if err != nil {
		return image.Rectangle{}, fmt.Errorf("measuring the window %q: %w", w.Title, err)
	}
	var x, y, width, height int
	for label, n := range map[string]*int{
		"Absolute upper-left X": &x, "Absolute upper-left Y": &y, "Width": &width, "Height": &height,
	} {
		_, rest, _ := strings.Cut(info, label+":")
		if _, err := fmt.Sscan(rest, n); err != nil {
			return image.Rectangle{}, fmt.Errorf("measuring the window %q: xwininfo says no %s:\n%s", w.Title, label, info)
		}
	}
	return image.Rect(x, y, x+width, y+height), nil
}

// Move puts the window's upper left corner at a place on the screen.
func (w Window) Move(ctx context.Context, x, y int) error {
	if _, err := w.all.s.call(ctx, "xdotool", "windowmove", "--sync", w.ID, fmt.Sprint(x), fmt.Sprint(y)); err != nil {
		return fmt.Errorf("moving the window %q: %w", w.Title, err)
	}
	return nil
}

// Close asks the window to close, as its title bar's button does: the program
// decides what then happens.
func (w Window) Close(ctx context.Context) error {
	// Through the window manager, which sends WM_DELETE_WINDOW (ICCCM 4.2.8.1).
	// "xdotool windowclose" destroys the window over its program's head.
	if err := w.Key(ctx, "alt+F4"); err != nil {
		return fmt.Errorf("closing the window %q: %w", w.Title, err)
	}
	return nil
}
