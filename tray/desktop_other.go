//go:build !(linux || freebsd || openbsd || netbsd)

package tray

import (
	"context"
	"runtime"

	"fyne.io/systray"

	"daypass/creds/agentapi"
)

// show runs the tray as an icon of the notification area (Windows) or of the
// menu bar (macOS).
func (t *tray) show(ctx context.Context, _ context.CancelCauseFunc, snapshots <-chan agentapi.Snapshot) error {
	t.work.Go(func() { t.cry(ctx) })
	if runtime.GOOS == "windows" {
		// In macOS's menu bar a plain click opens the menu.
		systray.SetOnTapped(func() { go t.tapped(ctx) })
	}
	systray.Run(func() {
		t.host = newHost(t.actions, ctx.Done(), t.log)
		t.loop(ctx, snapshots)
		systray.Quit()
	}, nil)
	return nil
}

// cry shows notices until ctx ends. They cannot be clicked, nor taken back.
func (t *tray) cry(ctx context.Context) {
	for {
		select {
		case b := <-t.bulletins:
			for _, n := range b.notices {
				if err := notifyInTime(ctx, n); err != nil {
					t.log.Debug("notice not shown", "title", n.Title, "error", err)
				}
			}
		case <-ctx.Done():
			return
		}
	}
}

func notifyInTime(ctx context.Context, n Notice) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return notify(ctx, n)
}
