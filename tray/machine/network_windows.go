package machine

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

// From WinUser.h. wmRoute is this program's own.
const (
	wmTimer = 0x0113
	wmRoute = 0x8000 // WM_APP
)

// quiet is how long after the last default route Online is called, in milliseconds:
// those of IPv4 and IPv6 come one after the other.
const quiet = 1000

// routeTimer is the timer of the window that runs until then.
const routeTimer = 1

// followRoutes sends wmRoute to the window for every new default route, until stop is
// called. Windows calls from threads of its own.
// https://learn.microsoft.com/windows/win32/api/netioapi/nf-netioapi-notifyroutechange2
func followRoutes(window windows.HWND, post *windows.LazyProc) (stop func(), err error) {
	callback := windows.NewCallback(func(_ unsafe.Pointer, route *windows.MibIpForwardRow2, change uintptr) uintptr {
		if uint32(change) == windows.MibAddInstance && route != nil && route.DestinationPrefix.PrefixLength == 0 {
			_, _, _ = post.Call(uintptr(window), wmRoute, 0, 0)
		}
		return 0
	})
	var handle windows.Handle
	if err := windows.NotifyRouteChange2(windows.AF_UNSPEC, callback, nil, false, &handle); err != nil {
		return nil, fmt.Errorf("NotifyRouteChange2: %w", err)
	}
	return func() { _ = windows.CancelMibChangeNotify2(handle) }, nil
}
