package machine

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"

	"daypass/internal/lang"
)

// className is the window class's; the window is never seen.
const className = "daypass-machine"

// From WinUser.h and WtsApi32.h.
const (
	wmDestroy       = 0x0002
	wmClose         = 0x0010
	wmPower         = 0x0218 // WM_POWERBROADCAST
	wmSessionChange = 0x02B1 // WM_WTSSESSION_CHANGE
	// resumed comes after every sleep, whoever ended it.
	// https://learn.microsoft.com/windows/win32/power/pbt-apmresumeautomatic
	resumed       = 0x12 // PBT_APMRESUMEAUTOMATIC
	sessionLocked = 0x7  // WTS_SESSION_LOCK
	messageOnly   = ^uintptr(2)
)

// windowClass is WNDCLASSEXW.
type windowClass struct {
	size, style                        uint32
	proc                               uintptr
	classExtra, windowExtra            int32
	instance, icon, cursor, background windows.Handle
	menu, name                         *uint16
	smallIcon                          windows.Handle
}

// message is MSG.
type message struct {
	window         windows.HWND
	id             uint32
	wParam, lParam uintptr
	time           uint32
	x, y           int32
}

// Watch reports events until ctx ends, which is no error. It may be called only once in
// a process: it makes a callback, which Go cannot free.
func Watch(ctx context.Context, events Events, log *slog.Logger) error {
	// A window's messages come to the thread that has made it.
	events = events.kept(log)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	user32 := windows.NewLazySystemDLL("user32.dll")
	next := user32.NewProc("DefWindowProcW")
	quit := user32.NewProc("PostQuitMessage")
	setTimer, killTimer := user32.NewProc("SetTimer"), user32.NewProc("KillTimer")
	window, err := makeWindow(user32, func(window windows.HWND, id uint32, wParam, lParam uintptr) uintptr {
		switch {
		case id == wmSessionChange && wParam == sessionLocked:
			log.Info("the screen is locked")
			if events.Locked != nil {
				events.Locked()
			}
		case id == wmPower && wParam == resumed:
			log.Info("the machine has woken up")
			if events.Woke != nil {
				events.Woke()
			}
		case id == wmRoute:
			_, _, _ = setTimer.Call(uintptr(window), routeTimer, quiet, 0) // anew, if it runs
		case id == wmTimer && wParam == routeTimer:
			_, _, _ = killTimer.Call(uintptr(window), routeTimer)
			log.Info("there may be a network again")
			if events.Online != nil {
				events.Online()
			}
		case id == wmDestroy:
			_, _, _ = quit.Call(0)
		default:
			result, _, _ := next.Call(uintptr(window), uintptr(id), wParam, lParam)
			return result
		}
		return 1 // TRUE answers WM_POWERBROADCAST; the others are not looked at
	})
	if err != nil {
		return err
	}
	post := user32.NewProc("PostMessageW")
	defer context.AfterFunc(ctx, func() { _, _, _ = post.Call(uintptr(window), wmClose, 0, 0) })()
	// The numbers are NOTIFY_FOR_THIS_SESSION and DEVICE_NOTIFY_WINDOW_HANDLE.
	// A window that is only for messages gets no broadcasts unless it asks.
	wts := windows.NewLazySystemDLL("wtsapi32.dll")
	if err := ask(wts.NewProc("WTSRegisterSessionNotification"), window, 0); err != nil {
		log.Warn("Windows reports no locks", "error", err)
	}
	if err := ask(user32.NewProc("RegisterSuspendResumeNotification"), window, 0); err != nil {
		log.Warn("Windows reports no sleep", "error", err)
	}
	if events.Online != nil {
		if stop, err := followRoutes(window, post); err != nil {
			log.Warn("Windows reports no changes of the network", "error", err)
		} else {
			defer stop()
		}
	}
	return loop(user32)
}

// makeWindow makes a window that is only for messages.
// https://learn.microsoft.com/windows/win32/winmsg/window-features#message-only-windows
func makeWindow(
	user32 *windows.LazyDLL, proc func(window windows.HWND, id uint32, wParam, lParam uintptr) uintptr,
) (windows.HWND, error) {
	name, err := windows.UTF16PtrFromString(className)
	if err != nil {
		return 0, err
	}
	var instance windows.Handle
	if err := windows.GetModuleHandleEx(0, nil, &instance); err != nil {
		return 0, err
	}
	class := windowClass{proc: windows.NewCallback(proc), instance: instance, name: name}
	class.size = uint32(unsafe.Sizeof(class))
	if ok, _, err := user32.NewProc("RegisterClassExW").Call(uintptr(unsafe.Pointer(&class))); ok == 0 { //nolint:gosec // alive during the call
		return 0, lang.Errorf("RegisterClassEx: %w", err)
	}
	window, _, err := user32.NewProc("CreateWindowExW").Call(0, uintptr(unsafe.Pointer(name)), 0, 0, //nolint:gosec // alive during the call
		0, 0, 0, 0, messageOnly, 0, uintptr(instance), 0)
	if window == 0 {
		return 0, lang.Errorf("CreateWindowEx: %w", err)
	}
	return windows.HWND(window), nil
}

// ask registers a window for messages, until its end.
func ask(proc *windows.LazyProc, window windows.HWND, flags uintptr) error {
	if err := proc.Find(); err != nil {
		return err
	}
	if ok, _, err := proc.Call(uintptr(window), flags); ok == 0 {
		return fmt.Errorf("%s: %w", proc.Name, err)
	}
	return nil
}

// loop dispatches messages until the window is gone.
func loop(user32 *windows.LazyDLL) error {
	get, dispatch := user32.NewProc("GetMessageW"), user32.NewProc("DispatchMessageW")
	var m message
	for {
		switch more, _, err := get.Call(uintptr(unsafe.Pointer(&m)), 0, 0, 0); int32(more) { //nolint:gosec // alive during the call
		case -1:
			return lang.Errorf("GetMessage: %w", err)
		case 0:
			return nil
		}
		_, _, _ = dispatch.Call(uintptr(unsafe.Pointer(&m))) //nolint:gosec // alive during the call
	}
}
