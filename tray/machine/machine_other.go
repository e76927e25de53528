//go:build !(linux || freebsd || openbsd || netbsd || windows)

package machine

import (
	"context"
	"errors"
	"log/slog"
)

// Watch returns an error at once. macOS posts com.apple.screenIsLocked to the
// run loops of Cocoa programs, and tells of sleep through IOKit; both are to be
// had by cgo only.
func Watch(context.Context, Events, *slog.Logger) error {
	return errors.New("on this system nothing tells of locks and sleep without cgo")
}
