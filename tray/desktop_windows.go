package tray

import (
	"context"
	"strings"
)

// notify does nothing: systray does not lend its icon for a balloon, and a toast
// needs an installed shortcut. The icon, its tooltip and the menu tell the same.
func notify(context.Context, Notice) error { return nil }

// escape doubles what a menu would take as the mark of an access key.
// https://learn.microsoft.com/en-us/windows/win32/menurc/about-menus
func escape(text string) string { return strings.ReplaceAll(text, "&", "&&") }
