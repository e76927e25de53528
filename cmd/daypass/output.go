package main

import (
	"io"
	"os"

	"golang.org/x/term"
)

// output is a stream that remembers its first error, which run reports at the end: what
// prints need not look at errors.
type output struct {
	to  io.Writer
	err error
}

// Write writes to the stream until that has failed.
func (o *output) Write(text []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.to.Write(text)
	o.err = err
	return n, err
}

// terminalOf returns the terminal that a stream is, if it is one.
func terminalOf(stream any) (*os.File, bool) {
	if o, ok := stream.(*output); ok {
		stream = o.to
	}
	f, ok := stream.(*os.File)
	return f, ok && term.IsTerminal(int(f.Fd()))
}

// isTerminal reports whether a stream is a terminal.
func isTerminal(stream any) bool {
	_, ok := terminalOf(stream)
	return ok
}
