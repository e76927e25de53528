package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/pkg/browser"

	"daypass/creds/browsers"
	"daypass/creds/secret"
)

// signInLimit is how long a browser may take to ask for the page of a sign-in.
// Nobody finishes one that took longer.
const signInLimit = 10 * time.Minute

// signInBrowser opens the pages of sign-ins in the person's browser.
type signInBrowser struct {
	// open starts the browser, or a program that does.
	open func(address string) error
	// apart is set where the browser may not reach this machine's ports.
	apart bool
	log   *slog.Logger
}

func newSignInBrowser(log *slog.Logger) signInBrowser {
	kernel, _ := os.ReadFile("/proc/version") // there is none on other systems
	return signInBrowser{open: browser.OpenURL, apart: inWSL(os.Getenv, string(kernel)), log: log}
}

// inWSL reports whether the browser is Windows', which reaches a port of Linux
// only under some of its network modes.
func inWSL(getenv func(string) string, kernel string) bool {
	return getenv("WSL_DISTRO_NAME") != "" || strings.Contains(strings.ToLower(kernel), "microsoft")
}

// browse opens an address in the person's browser. It may return only when the
// browser is closed, as some openers wait for that; ctx does not end a browser
// that is open.
//
// Other users can read a program's arguments, and with the address of a sign-in
// somebody else can sign in in the person's place. So the browser is handed the
// address by a port of this machine, for as long as ctx lasts.
func (b signInBrowser) browse(ctx context.Context, address string) error {
	if b.apart {
		return b.start(address)
	}
	handoff, err := browsers.NewHandoff(ctx, secret.New(address), signInLimit, b.log)
	if err != nil {
		return err
	}
	if err := b.start(handoff.Address); err != nil {
		handoff.Close()
		return err
	}
	return nil
}

func (b signInBrowser) start(address string) error {
	if err := b.open(address); err != nil {
		// What failed is an opener such as xdg-open; its exit status alone
		// tells nothing, and the address is not for the log.
		return fmt.Errorf("no browser could be opened: %w", err)
	}
	return nil
}

// quietBrowser keeps what openers and browsers say out of the agent's output.
func quietBrowser() { browser.Stdout, browser.Stderr = io.Discard, io.Discard }
