//go:build linux

package rig

import (
	"context"
	"errors"
	"fmt"
	"image"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Window is a window that a program has on the screen.
type Window struct {
	// ID is the X window's.
	ID    string
	Title string

	d *Desktop
}

// Windows returns the windows on the screen that the window manager knows, the
// panel not among them, oldest first.
func (d *Desktop) Windows(ctx context.Context) ([]Window, error) {
	out, err := d.call(ctx, "xprop", "-root", "-notype", "_NET_CLIENT_LIST")
	if err != nil {
		return nil, err
	}
	var windows []Window
	for _, id := range hexID.FindAllString(out, -1) {
		props, err := d.call(ctx, "xprop", "-id", id, "-notype", "_NET_WM_NAME", "WM_NAME", "_NET_WM_WINDOW_TYPE")
		if d.failure(ctx) != nil {
			return nil, d.failure(ctx)
		}
		if err != nil || strings.Contains(props, "_NET_WM_WINDOW_TYPE_DOCK") {
			continue // Closed since the list was read, or the panel.
		}
		title, err := d.call(ctx, "xdotool", "getwindowname", id)
		if d.failure(ctx) != nil {
			return nil, d.failure(ctx)
		}
		if err == nil {
			windows = append(windows, Window{ID: id, Title: strings.TrimSuffix(title, "\n"), d: d})
		}
	}
	return windows, nil
}

var hexID = regexp.MustCompile(`0x[0-9a-f]+`)

// WaitWindow waits for a window with this title, the whole of it.
func (d *Desktop) WaitWindow(ctx context.Context, title string) (Window, error) {
	return d.waitWindow(ctx, title, func(t string) bool { return t == title })
}

// WaitWindowPrefix waits for a window whose title begins so.
func (d *Desktop) WaitWindowPrefix(ctx context.Context, prefix string) (Window, error) {
	return d.waitWindow(ctx, prefix+"…", func(t string) bool { return strings.HasPrefix(t, prefix) })
}

func (d *Desktop) waitWindow(ctx context.Context, wanted string, match func(title string) bool) (Window, error) {
	var found Window
	var windows []Window
	err := d.until(ctx, func() (bool, error) {
		list, err := d.Windows(ctx)
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

// NoWindow waits until no window has this title.
func (d *Desktop) NoWindow(ctx context.Context, title string) error {
	err := d.until(ctx, func() (bool, error) {
		windows, err := d.Windows(ctx)
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

// askAgain is after how long a window manager is asked once more for what it has
// not done: one that has just managed a window may pass over it.
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
	err := w.d.until(ctx, func() (bool, error) {
		// The window manager lists it, and names it as the one that has the keyboard,
		// a moment longer than it is there.
		state, err := w.d.call(ctx, "xprop", "-id", w.ID, "-notype", "WM_STATE")
		if cause := w.d.failure(ctx); cause != nil {
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
		// What it says against it is said of this moment, and not of the next.
		_, _ = w.d.call(ctx, "xdotool", "windowactivate", w.ID)
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
	out, err := w.d.call(ctx, "xdotool", "getactivewindow")
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
	if _, err := w.d.call(ctx, "xdotool", "type", "--delay", "15", "--", text); err != nil {
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
	if _, err := w.d.call(ctx, "xdotool", append([]string{"key", "--delay", "15", "--"}, keys...)...); err != nil {
		return fmt.Errorf("pressing keys in the window %q: %w", w.Title, err)
	}
	return nil
}

// Press presses keys in a browser's window once it is drawn, again and again until
// it has another title: a page that is not drawn yet takes no keys and does not tell
// when it will. What follows on the page must have a title of its own.
//
// It is in no hurry to press again: a form that is sent twice is sent anew, and on a
// busy machine the first time may just be on its way.
func (w Window) Press(ctx context.Context, keys ...string) error {
	for wait := 5 * time.Second; ; wait *= 2 {
		if err := w.Drawn(ctx); err != nil {
			return err
		}
		if err := w.Key(ctx, keys...); err != nil {
			return err
		}
		short, cancel := context.WithTimeout(ctx, wait)
		err := w.d.NoWindow(short, w.Title)
		cancel()
		if err == nil || ctx.Err() != nil {
			return err
		}
	}
}

// Drawn waits until the window stands still, or for a while where it does not: it
// may have something in it that moves.
func (w Window) Drawn(ctx context.Context) error {
	box, err := w.Box(ctx)
	if err != nil {
		return err
	}
	short, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	err = w.d.WaitStill(short, box)
	if ctx.Err() == nil && short.Err() != nil {
		return nil
	}
	return err
}

// Box returns where on the screen the window is, without its frame.
func (w Window) Box(ctx context.Context) (image.Rectangle, error) {
	// xdotool counts the frame's title bar twice.
	info, err := w.d.call(ctx, "xwininfo", "-id", w.ID)
	if err != nil {
		return image.Rectangle{}, fmt.Errorf("measuring the window %q: %w", w.Title, err)
	}
	var x, y, width, height int
	for label, n := range map[string]*int{
		"Absolute upper-left X": &x, "Absolute upper-left Y": &y, "Width": &width, "Height": &height,
	} {
		_, rest, _ := strings.Cut(info, label+":")
		if _, err := fmt.Sscan(rest, n); err != nil {
			return image.Rectangle{}, fmt.Errorf("measuring the window %q: xwininfo tells no %s:\n%s", w.Title, label, info)
		}
	}
	return image.Rect(x, y, x+width, y+height), nil
}

// Move puts the window's upper left corner at a place on the screen.
func (w Window) Move(ctx context.Context, x, y int) error {
	if _, err := w.d.call(ctx, "xdotool", "windowmove", "--sync", w.ID, fmt.Sprint(x), fmt.Sprint(y)); err != nil {
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

// Key presses keys one after the other in whatever has the keyboard, as a menu
// that is open.
func (d *Desktop) Key(ctx context.Context, keys ...string) error {
	if _, err := d.call(ctx, "xdotool", append([]string{"key", "--delay", "15", "--"}, keys...)...); err != nil {
		return fmt.Errorf("pressing keys: %w", err)
	}
	return nil
}

// Click moves the pointer to a place on the screen and presses a button there:
// 1 is the left one, 3 the right one.
func (d *Desktop) Click(ctx context.Context, x, y, button int) error {
	_, err := d.call(ctx, "xdotool", "mousemove", fmt.Sprint(x), fmt.Sprint(y), "click", fmt.Sprint(button))
	if err != nil {
		return fmt.Errorf("clicking at %d,%d: %w", x, y, err)
	}
	return nil
}
