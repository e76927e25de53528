package main

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"daypass/packaging/rig"
)

// running reports whether a program of daypass's runs with an argument.
func (p *playing) running(t *testing.T, program, argument string) bool {
	t.Helper()
	mark, found := []byte(p.program(program)+"\x00"+argument+"\x00"), false
	p.processes(t, func(_ string, data []byte) { found = found || bytes.HasPrefix(data, mark) })
	return found
}

// It is the first test of the package, as it mostly waits while others run.
func TestACopiedLinkSignsInAndLeavesTheClipboardAfterAMinute(t *testing.T) {
	pages, texts := servePages(t)
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		p.withoutCode(ctx, t)
		p.browse(ctx, t, pages.URL+"/first")
		first := p.page(ctx, t, "Page /first")
		if said := p.daypass(ctx, t, "console", "dev-admin", "--copy"); said != "" {
			t.Errorf("%d bytes are printed", len(said))
		}
		copied := time.Now()
		// A busy browser may give up the clipboard and load its first page once more.
		check(t, untilSeen(ctx, clickAgain, func() error {
			windows, err := p.desktop.Windows.List(ctx)
			if err != nil || !slices.ContainsFunc(windows, func(w rig.Window) bool { return w.Title == first.Title }) {
				return err
			}
			return first.Press(ctx, "ctrl+l", "ctrl+v", "Return")
		}, func(ctx context.Context) error {
			_, err := p.desktop.Windows.WaitPrefix(ctx, adminConsole)
			return err
		}))

		for p.running(t, "daypass-ui", "copy") {
			check(t, ctx.Err())
			time.Sleep(200 * time.Millisecond)
		}
		if held := time.Since(copied); held < 30*time.Second {
			t.Errorf("the clipboard held the link for %s", held)
		}
		p.browse(ctx, t, pages.URL+"/second")
		second := p.page(ctx, t, "Page /second")
		check(t, second.Press(ctx, "ctrl+a", "x", "ctrl+v", "Return"))
		if got := <-texts; got != "x" {
			t.Errorf("%d more bytes are in the clipboard", len(got)-1)
		}
	})
}
