//go:build !(linux || freebsd || openbsd || netbsd || windows)

package machine

import (
	"context"
	"log/slog"

	"daypass/internal/lang"
)

// Watch returns an error at once. macOS posts com.apple.screenIsLocked to the run loops
// of Cocoa programs, and reports sleep through IOKit; both need cgo.
func Watch(context.Context, Events, *slog.Logger) error {
	return lang.Error("on this system locks and sleep are not noticed without cgo")
}
