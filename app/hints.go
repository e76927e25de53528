package app

import (
	"errors"
	"fmt"

	"github.com/go-gl/glfw/v3.3/glfw"
)

// openScreen fails where no window can be shown, as without a display.
//
// The binding prints the platform's own error and returns nil, and then panics
// at the first call that needs a screen, which would be one of Fyne's.
func openScreen() (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("no window can be opened: there is no screen, or it does not answer")
		}
	}()
	if err := glfw.Init(); err != nil {
		return fmt.Errorf("no window can be opened: %w", err)
	}
	glfw.GetMonitors()
	return nil
}

// hintWindow asks for what Fyne has no words for. Fyne leaves the hints of its
// windowing library as they are, so they hold for the next window that is
// shown; it must have made one before, or the library is not ready for hints.
func hintWindow() {
	// Whoever asked for credentials has its own window in front, and waits.
	glfw.WindowHint(glfw.Floating, glfw.True)
	hintClass()
}

// hintClass is the part of hintWindow that every window needs.
func hintClass() {
	// Without these the class would be the first title, and no two windows
	// would be of one program to a window manager.
	glfw.WindowHintString(glfw.X11ClassName, name)
	glfw.WindowHintString(glfw.X11InstanceName, name)
}
