package tray

import (
	"context"
	"fmt"
	"os/exec"
)

// script shows a notification. The text comes as arguments, so that nothing in
// it can be taken for a part of the script.
const script = `on run {heading, body}
	display notification body with title heading
end run`

// showNotices shows notices until ctx ends. They can be neither clicked nor withdrawn.
func (t *tray) showNotices(ctx context.Context) {
	for {
		select {
		case b := <-t.updates:
			for _, n := range b.notices {
				if err := notify(ctx, n); err != nil {
					t.log.Debug("notice not shown", "title", n.Title, "error", err)
				}
			}
		case <-ctx.Done():
			return
		}
	}
}

// notify shows a notice through AppleScript, under the name of Script Editor:
// the system's own interface accepts notices only from signed bundles. Clicks are not
// reported.
func notify(ctx context.Context, n Notice) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	title, body := n.Text(false)
	if err := exec.CommandContext(ctx, "/usr/bin/osascript", "-e", script, title, body).Run(); err != nil { //nolint:gosec // arguments, not code
		return fmt.Errorf("osascript: %w", err)
	}
	return nil
}

// escape returns the text as it is: menus on macOS have no access keys.
func escape(text string) string { return text }
