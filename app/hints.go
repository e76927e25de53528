package app

import (
	"cmp"
	"errors"
	"os"

	"github.com/go-gl/glfw/v3.4/glfw"

	_ "daypass/app/locale" // for what Fyne would log
)

// id is the name of the installed desktop entry, by which a Wayland compositor
// finds the window's icon.
const id = "app.daypass.daypass"

// openScreen readies the screen, and fails where no window can be shown, as
// without a display.
//
// X11 comes first where it answers: only there can a prompt stay above the
// windows of whoever waits for it, be raised, and be placed. FYNE_PLATFORM
// chooses otherwise, in Fyne's words.
func openScreen() error {
	wanted := os.Getenv("FYNE_PLATFORM")
	if os.Getenv("WAYLAND_DISPLAY") == "" || wanted == "x11" || wanted == "wayland" {
		platform := map[string]glfw.Platform{"x11": glfw.PlatformX11, "wayland": glfw.PlatformWayland}[wanted]
		return openPlatform(cmp.Or(platform, glfw.AnyPlatform))
	}
	if os.Getenv("DISPLAY") != "" && openPlatform(glfw.PlatformX11) == nil {
		return nil
	}
	return openPlatform(glfw.PlatformWayland)
}

// openPlatform readies one windowing system.
//
// The binding prints an error of the platform itself, returns nil, and panics at
// the first call that needs a screen, which would be one of Fyne's.
func openPlatform(platform glfw.Platform) (err error) {
	defer func() {
		if recover() != nil {
			err = errNoScreen
		}
	}()
	glfw.InitHint(glfw.PlatformHint, int(platform))
	if err := glfw.Init(); err != nil {
		return errNoScreen
	}
	glfw.GetMonitors()
	return nil
}

// errNoScreen is what every failure of the platforms comes to: they say no more
// than that there is none, or name an interface that is missing.
var errNoScreen = errors.New("no window can be shown: there is no screen, or it does not answer")

// hintClass asks for what Fyne has no words for. Fyne leaves these hints of its
// windowing library as they are, so they hold for the next window that is shown;
// it must have made one before, or the library is not ready for hints.
func hintClass() {
	// Without these the class would be the first title, and no two windows
	// would be of one program to a window manager.
	glfw.WindowHintString(glfw.X11ClassName, name)
	glfw.WindowHintString(glfw.X11InstanceName, name)
	glfw.WindowHintString(glfw.WaylandAppID, id)
}
