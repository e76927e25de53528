package main

import (
	"io"
	"os"
	"strings"
	"testing"
)

// closedOutput is a stream like that of a full disk.
type closedOutput struct{}

func (closedOutput) Write([]byte) (int, error) { return 0, os.ErrClosed }

func TestOutputThatCannotBeWrittenFailsTheCommand(t *testing.T) {
	(&standIn{}).begin(t)
	var said strings.Builder
	code := run(t.Context(), []string{"bookmarks"}, strings.NewReader(""), closedOutput{}, &said)
	if code != exitFailed || !strings.Contains(said.String(), os.ErrClosed.Error()) {
		t.Errorf("exit status %d, and on stderr: %s", code, said.String())
	}
	if code := run(t.Context(), []string{"bookmarks"}, strings.NewReader(""), io.Discard, closedOutput{}); code != exitOK {
		t.Errorf("exit status %d of a command that prints nothing on stderr", code)
	}
}
