package app

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"daypass/internal/secret"
)

func TestASecretIsInTheClipboardForAMinute(t *testing.T) {
	for name, test := range map[string]struct {
		// after is when another program or the end comes, and what it does.
		after  time.Duration
		change func(content *string, stop context.CancelFunc)
		want   string
		lasts  time.Duration
	}{
		"and is cleared then": {0, nil, "", time.Minute},
		"or until something else is copied, which stays": {
			20 * time.Second, func(c *string, _ context.CancelFunc) { *c = "a recipe" }, "a recipe", 20 * time.Second,
		},
		"or until the program is ended": {
			30 * time.Second, func(_ *string, stop context.CancelFunc) { stop() }, "", 30 * time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				content, start := "", time.Now()
				board := clipboard{
					get: func() string { return content }, set: func(s string) { content = s },
					wait: func(d time.Duration) {
						time.Sleep(d)
						if test.change != nil && time.Since(start) == test.after {
							test.change(&content, stop)
						}
					},
				}
				var out bytes.Buffer
				if err := board.hold(ctx, secret.New("s3cret\n"), &out); err != nil {
					t.Fatal(err)
				}
				if content != test.want || time.Since(start) != test.lasts || out.String() != copiedLine {
					t.Errorf("after %v the clipboard has %q, and %q was said", time.Since(start), content, out.String())
				}
			})
		})
	}
}

func TestASecretLeavesTheClipboardIfCopiedCannotBePrinted(t *testing.T) {
	content := ""
	board := clipboard{get: func() string { return content }, set: func(s string) { content = s }}
	if err := board.hold(t.Context(), secret.New("s3cret"), brokenPipe{}); err == nil || content != "" {
		t.Errorf("%v; the clipboard has %q", err, content)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestOnlyTheCauseOfAFailedCopyIsShown(t *testing.T) {
	for name, test := range map[string]struct{ printed, want string }{
		"the cause":                 {"daypass-ui: the clipboard cannot be reached\n", "the clipboard cannot be reached"},
		"among words of a library":  {"Fyne error: one\ndaypass-ui: the cause\r\nanother\n", "the cause"},
		"words of a library alone":  {"Fyne error: one\n", ""},
		"nothing, as it was killed": {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := complained(test.printed); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
