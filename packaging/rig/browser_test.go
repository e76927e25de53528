//go:build linux

package rig_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"daypass/packaging/rig"
)

// servePages serves a page with a button that has the focus, and reports when it is pressed.
func servePages(t *testing.T) (url string, pressed <-chan string) {
	t.Helper()
	forms := make(chan string, 8)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			forms <- r.FormValue("button")
		}
		fmt.Fprintf(w, "<!doctype html><title>Page %s</title><form method=post action=/pressed>"+
			"<button autofocus name=button value=one>One</button> <button name=button value=two>Two</button></form>", r.URL.Path)
	}))
	t.Cleanup(server.Close)
	return server.URL, forms
}

func TestAPageIsOpenedItsButtonsArePressedAndNothingIsLeft(t *testing.T) {
	url, pressed := servePages(t)
	dir := shortDir(t)
	d, ctx := startIn(t, dir)
	for _, open := range []struct{ program, path, button string }{
		{"xdg-open", "/xdg", "one"},
		{d.Browser(), "/again", "two"}, // A tab of the same window.
	} {
		if out, err := command(ctx, d, open.program, url+open.path).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", open.program, err, out)
		}
		win, err := d.Windows.Wait(ctx, "Page "+open.path+" - Chromium")
		if err != nil {
			t.Fatal(err)
		}
		keys := []string{"Return"}
		if open.button == "two" {
			keys = []string{"Tab", "Return"}
		}
		if err := win.Press(ctx, keys...); err != nil {
			t.Fatal(err)
		}
		if got := <-pressed; got != open.button {
			t.Errorf("the button %s was pressed, want %s", got, open.button)
		}
	}
	before := strings.Join(running(t, dir), "\n")
	if !strings.Contains(before, "--type=renderer") {
		t.Errorf("no page is seen among the processes to look for:\n%s", before)
	}
	d.Close()
	if left := running(t, dir); len(left) != 0 {
		t.Errorf("left running: %q", left)
	}
}

func TestAClickOnANotificationReachesItsProgram(t *testing.T) {
	d, ctx := start(t)
	var out bytes.Buffer
	cmd := command(ctx, d, "notify-send", "--action=default=Open", "Click me", "please")
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Notifications.Wait(ctx, func(n rig.Notification) bool { return n.Summary == "Click me" }); err != nil {
		t.Fatal(err)
	}
	if err := d.Notifications.Click(ctx); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || out.String() != "default\n" {
		t.Errorf("the program got %q (%v)", out.String(), err)
	}
}
