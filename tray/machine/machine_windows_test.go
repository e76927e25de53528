package machine

import (
	"context"
	"log/slog"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// TestTheWindowTakesWhatWindowsSends sends the window what Windows would.
func TestTheWindowTakesWhatWindowsSends(t *testing.T) {
	user32 := windows.NewLazySystemDLL("user32.dll")
	reported, ended := make(chan string, 10), make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		ended <- Watch(ctx, Events{
			Locked: func() { reported <- "locked" },
			Woke:   func() { reported <- "woke" },
			Online: func() { reported <- "online" },
		}, slog.Default())
	}()
	name, err := windows.UTF16PtrFromString(className)
	if err != nil {
		t.Fatal(err)
	}
	var window uintptr
	for deadline := time.Now().Add(20 * time.Second); window == 0; time.Sleep(10 * time.Millisecond) {
		window, _, _ = user32.NewProc("FindWindowExW").Call(messageOnly, 0, uintptr(unsafe.Pointer(name)), 0)
		if time.Now().After(deadline) {
			t.Fatal("no window")
		}
	}
	for _, m := range []struct {
		id, wParam uintptr
		want       string
	}{
		{wmSessionChange, sessionLocked, "locked"},
		{wmSessionChange, 8, ""}, // WTS_SESSION_UNLOCK
		{wmPower, 4, ""},         // PBT_APMSUSPEND
		{wmPower, resumed, "woke"},
		{wmPower, 7, ""}, // PBT_APMRESUMESUSPEND
		{wmSessionChange, sessionLocked, "locked"},
	} {
		_, _, _ = user32.NewProc("SendMessageW").Call(window, m.id, m.wParam, 0)
		got := ""
		select {
		case got = <-reported:
		default:
		}
		if got != m.want {
			t.Errorf("%#x %d: reported %q, want %q", m.id, m.wParam, got, m.want)
		}
	}
	for range 3 {
		_, _, _ = user32.NewProc("SendMessageW").Call(window, wmRoute, 0, 0)
	}
	for _, want := range []string{"online", ""} {
		got := ""
		select {
		case got = <-reported:
		case <-time.After(5 * quiet * time.Millisecond):
		}
		if got != want {
			t.Errorf("after three new routes: reported %q, want %q", got, want)
		}
	}
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it does not end")
	}
}
