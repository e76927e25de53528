//go:build !(linux || freebsd || openbsd || netbsd || windows)

package machine

import (
	"context"
	"errors"
	"log/slog"
)

// Watch returns an error at once. macOS posts com.apple.screenIsLocked to the run loops
// of Cocoa programs, and reports sleep through IOKit; both need cgo.
func Watch(context.Context, Events, *slog.Logger) error {
	return errors.New("on this system locks and sleep are not noticed without cgo")
}
