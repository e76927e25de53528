package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/pkg/browser"

	"daypass/creds/agent"
	"daypass/creds/browsers"
	"daypass/creds/console"
	"daypass/creds/wsl"
	"daypass/internal/lang"
	"daypass/internal/secret"
	"daypass/internal/signin"
)

// signInLimit is how long a browser may take to ask for the page of a sign-in.
// Nobody finishes one that took longer.
const signInLimit = 10 * time.Minute

// signInBrowser opens the pages of sign-ins in the person's browser.
type signInBrowser struct {
	// open starts the browser, or a program that does.
	open func(address string) error
	// inPlace opens an address in the chosen place.
	inPlace func(ctx context.Context, page agent.SignInPage, place browsers.Place) error
	// apart is set if the browser may not reach this machine's ports.
	apart bool
	log   *slog.Logger
}

func newSignInBrowser(log *slog.Logger) signInBrowser {
	b := signInBrowser{open: browser.OpenURL, apart: wsl.In(os.Getenv, wsl.Kernel()), log: log}
	b.inPlace = b.openInPlace
	return b
}

// browse opens the page of a sign-in in the person's browser. Some openers return only when
// the browser is closed; ctx does not end an open browser.
//
// Other users can read a program's arguments, and sign in as themselves at the address of
// a sign-in. So the browser gets the address from a port of this machine, until ctx ends.
func (b signInBrowser) browse(ctx context.Context, page agent.SignInPage) error {
	place, err := browsers.ParsePlace(page.Place)
	if err != nil {
		return &signin.Unopened{Why: err.Error()}
	}
	if place.String() != (browsers.Place{}).String() {
		return b.inPlace(ctx, page, place)
	}
	if b.apart {
		return b.start(page.URL)
	}
	handoff, err := browsers.NewHandoff(ctx, secret.New(page.URL), signInLimit, b.log)
	if err != nil {
		return err
	}
	if err := b.start(handoff.Address); err != nil {
		handoff.Close()
		return err
	}
	return nil
}

// openInPlace opens the page in a browser's profile, a private window, a container or by a
// command, by the same hand-off as the console. A container is named after the session
// or the profile, unless the place has a name.
func (b signInBrowser) openInPlace(ctx context.Context, page agent.SignInPage, place browsers.Place) error {
	name := cmp.Or(page.Session, page.Profile)
	container := console.Container{Name: cmp.Or(place.Container, name), Colour: console.ColourOf(name)}
	err := browsers.Open(ctx, browsers.Find(ctx, browsers.System()), place, secret.New(page.URL), browsers.Options{
		Wrap: func(address string) (string, error) { return container.Wrap(place.AddOn, address) },
		Log:  b.log,
	})
	if err != nil && ctx.Err() == nil {
		if page.Session == "" { // the console, whose page no setting moves
			return &signin.Unopened{Why: lang.Sprintf("%v; the place is that of --browser", err)}
		}
		return &signin.Unopened{Why: lang.Sprintf("%v; the place is that of --browser, or place in [sso.%s] of config.toml", err, tableName(page.Session))}
	}
	return err
}

// tableName writes a session's ID as the name of its table in TOML.
func tableName(id string) string {
	plain := func(r rune) bool {
		return r == '-' || r == '_' || r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r))
	}
	if strings.ContainsFunc(id, func(r rune) bool { return !plain(r) }) {
		return strconv.Quote(id)
	}
	return id
}

func (b signInBrowser) start(address string) error {
	if err := b.open(address); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			return &signin.Unopened{Why: lang.T(browsers.NoOpener)}
		}
		// An opener such as xdg-open has failed, with no more than an exit status.
		// The address must not be in the log.
		return lang.Errorf("no browser could be opened: %w", err)
	}
	return nil
}

// quietBrowser discards the output of openers and browsers.
func quietBrowser() { browser.Stdout, browser.Stderr = io.Discard, io.Discard }
