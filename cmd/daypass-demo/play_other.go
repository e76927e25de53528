//go:build !linux

package main

import (
	"context"
	"errors"
	"io"
)

// play needs the parts of a Linux desktop.
func play(context.Context, io.Writer, string, string) error {
	return errors.New("there is no display to show daypass on")
}
