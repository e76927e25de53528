//go:build !(linux || freebsd || openbsd || netbsd)

package tray

import (
	"context"
	"runtime"

	"fyne.io/systray"

	"daypass/creds"
	"daypass/internal/safely"
)

// show runs the tray as an icon of the notification area (Windows) or of the
// menu bar (macOS).
func (t *tray) show(ctx context.Context, _ context.CancelCauseFunc, snapshots <-chan creds.Snapshot) error {
	t.work.Go(func() { safely.Keep(ctx, t.log, "the notices", t.showNotices) })
	if runtime.GOOS == "windows" {
		// In macOS's menu bar a plain click opens the menu.
		systray.SetOnTapped(func() { go t.tapped(ctx) })
	}
	systray.Run(func() {
		t.menu = newMenuView(ctx.Done(), t.log)
		t.keepLoop(ctx, snapshots)
		systray.Quit()
	}, nil)
	return nil
}

// HasBus is for systems that have a session bus.
func HasBus() bool { return false }
