package tray

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf16"
	"unsafe"

	"golang.org/x/sys/windows"

	"daypass/internal/lang"
)

// These identify systray's icon. systray itself shows no balloons, and a second icon
// would be visible beside it: Windows shows no balloon of a hidden icon. A toast,
// which may have buttons, needs an installed shortcut.
const (
	systrayClass   = "SystrayClass"
	systrayIcon    = 100
	systrayMessage = 0x0400 + 1 // WM_USER + 1
)

// From ShellAPI.h and WinUser.h.
const (
	modifyIcon     = 0x1         // NIM_MODIFY
	hasBalloon     = 0x10        // NIF_INFO
	balloonClicked = 0x0400 + 5  // NIN_BALLOONUSERCLICK
	windowProc     = ^uintptr(3) // GWLP_WNDPROC, which is -4

	infoSign         = 0x01 // NIIF_INFO
	warningSign      = 0x02 // NIIF_WARNING
	noSound          = 0x10 // NIIF_NOSOUND
	respectQuietTime = 0x80 // NIIF_RESPECT_QUIET_TIME

	getMessageDuration = 0x2016 // SPI_GETMESSAGEDURATION
)

// notifyIconData is NOTIFYICONDATAW.
type notifyIconData struct {
	size                uint32
	window              windows.HWND
	id, flags, callback uint32
	icon                windows.Handle
	tip                 [128]uint16
	state, stateMask    uint32
	text                [maxBalloonText + 1]uint16
	version             uint32
	title               [maxBalloonTitle + 1]uint16
	textFlags           uint32
	item                windows.GUID
	balloonIcon         windows.Handle
}

// showNotices shows notices as balloons of the icon, which Windows turns into toasts,
// until ctx ends. They disappear with the icon.
func (t *tray) showNotices(ctx context.Context) {
	area := &area{user32: windows.NewLazySystemDLL("user32.dll"), clicks: make(chan struct{}, 1)}
	b := &balloons{post: area.post, turn: area.turn(), answers: t.answers, log: t.log}
	b.run(ctx, t.updates, area.clicks)
}

// area is the notification area.
type area struct {
	user32 *windows.LazyDLL
	// window is systray's, once there was a notice.
	window windows.HWND
	clicks chan struct{}
}

// turn returns how long balloons are shown, which people choose, and a moment more.
func (a *area) turn() time.Duration {
	seconds := uint32(5)                                                                                                  // Windows' own
	_, _, _ = a.user32.NewProc("SystemParametersInfoW").Call(getMessageDuration, 0, uintptr(unsafe.Pointer(&seconds)), 0) //nolint:gosec // alive during the call
	return time.Duration(seconds)*time.Second + 2*time.Second
}

// post shows a balloon. Windows holds it back during quiet hours.
func (a *area) post(b balloon) error {
	if a.window == 0 {
		window, err := a.listen()
		if err != nil {
			return err
		}
		a.window = window
	}
	data := notifyIconData{window: a.window, id: systrayIcon, flags: hasBalloon, textFlags: infoSign | respectQuietTime}
	data.size = uint32(unsafe.Sizeof(data))
	if b.warn {
		data.textFlags = warningSign | respectQuietTime
	}
	if b.quiet {
		data.textFlags |= noSound
	}
	copy(data.title[:maxBalloonTitle], utf16.Encode([]rune(b.title)))
	copy(data.text[:maxBalloonText], utf16.Encode([]rune(b.text)))
	notify := windows.NewLazySystemDLL("shell32.dll").NewProc("Shell_NotifyIconW")
	if ok, _, err := notify.Call(modifyIcon, uintptr(unsafe.Pointer(&data))); ok == 0 { //nolint:gosec // alive during the call
		return lang.Errorf("Shell_NotifyIcon: %w", err)
	}
	return nil
}

// listen hooks into systray's window, which gets the icon's messages, and returns it.
func (a *area) listen() (windows.HWND, error) {
	get, set := a.user32.NewProc("GetWindowLongPtrW"), a.user32.NewProc("SetWindowLongPtrW")
	if err := errors.Join(get.Find(), set.Find()); err != nil {
		return 0, err
	}
	window, err := a.systrayWindow()
	if err != nil {
		return 0, err
	}
	next, _, err := get.Call(uintptr(window), windowProc)
	if next == 0 {
		return 0, lang.Errorf("GetWindowLongPtr: %w", err)
	}
	call := a.user32.NewProc("CallWindowProcW")
	// Go cannot free a callback; this one is made once in a process.
	before := windows.NewCallback(func(window windows.HWND, message uintptr, wParam, lParam uintptr) uintptr {
		if uint32(message) == systrayMessage && lParam == balloonClicked {
			select {
			case a.clicks <- struct{}{}:
			default: // one is enough
			}
		}
		result, _, _ := call.Call(next, uintptr(window), message, wParam, lParam)
		return result
	})
	if old, _, err := set.Call(uintptr(window), windowProc, before); old == 0 {
		return 0, lang.Errorf("SetWindowLongPtr: %w", err)
	}
	return window, nil
}

// systrayWindow returns the window that systray has made in this process.
func (a *area) systrayWindow() (windows.HWND, error) {
	class, err := windows.UTF16PtrFromString(systrayClass)
	if err != nil {
		return 0, err
	}
	find := a.user32.NewProc("FindWindowExW")
	for window := uintptr(0); ; {
		if window, _, _ = find.Call(0, window, uintptr(unsafe.Pointer(class)), 0); window == 0 { //nolint:gosec // alive during the call
			return 0, lang.Error("the tray icon has no window")
		}
		var process uint32
		_, err := windows.GetWindowThreadProcessId(windows.HWND(window), &process)
		if err == nil && process == windows.GetCurrentProcessId() {
			return windows.HWND(window), nil
		}
	}
}

// escape doubles the mark of an access key.
// https://learn.microsoft.com/en-us/windows/win32/menurc/about-menus
func escape(text string) string { return strings.ReplaceAll(text, "&", "&&") }
