package main

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daypass/packaging/rig"
)

// beginConsole clicks on the sample's profile of a console sign-in, and waits for the window
// and for the page in the browser.
func (p *playing) beginConsole(ctx context.Context, t *testing.T) (window, page rig.Window) {
	t.Helper()
	item, err := p.desktop.Tray.Item(ctx)
	check(t, err)
	check(t, item.ClickUntil(ctx, clickAgain, func(ctx context.Context) (err error) {
		window, err = p.desktop.Windows.WaitPrefix(ctx, consoleDialog)
		return err
	}, "console-alice"))
	page, err = p.desktop.Windows.Wait(ctx, allowPage)
	check(t, err)
	return window, page
}

func TestACodeOfTheConsolesPageIsPastedIntoTheWindow(t *testing.T) {
	var seen visits
	watch := func(r *http.Request) {
		if r.Method == http.MethodGet && r.URL.Path == "/v1/authorize" && strings.HasSuffix(r.URL.Query().Get("client_id"), "/cross-device") {
			seen.mu.Lock()
			defer seen.mu.Unlock()
			seen.pages = append(seen.pages, *r.URL)
		}
	}
	onAWatchedDesktop(t, watch, func(ctx context.Context, t *testing.T, p *playing) {
		window, page := p.beginConsole(ctx, t)
		check(t, page.Close(ctx))
		check(t, p.desktop.Windows.WaitGone(ctx, allowPage))
		before, err := window.Box(ctx)
		check(t, err)
		// From "Copy link" over "Open again" to "Use another device…".
		check(t, window.Key(ctx, "Tab", "Tab", "Return"))
		for now := before; now.Dy() <= before.Dy(); now, err = window.Box(ctx) {
			check(t, err)
			time.Sleep(20 * time.Millisecond)
		}
		page, err = p.desktop.Windows.Wait(ctx, allowPage)
		check(t, err)
		if n := len(seen.of("/v1/authorize")); n != 1 {
			t.Errorf("%d pages for another device were opened, want 1", n)
		}
		check(t, page.Press(ctx, "Return"))
		code, err := p.desktop.Windows.Wait(ctx, "Authorization code · AWS stand-in - Chromium")
		check(t, err)
		p.keep(t, "console-code.png")
		// A code of another sign-in first: the window says so and takes the right one.
		check(t, window.Type(ctx, "bm90IGEgY29kZQ=="))
		check(t, window.Key(ctx, "Return"))
		check(t, window.Drawn(ctx))
		p.keep(t, "console-wrong.png")
		check(t, code.Key(ctx, "ctrl+a", "ctrl+c"))
		check(t, window.Key(ctx, "ctrl+a", "ctrl+v", "Return"))
		check(t, p.desktop.Windows.WaitGone(ctx, window.Title))
		check(t, p.valid(ctx, "console-alice"))
		check(t, p.answersAs(ctx, "console-alice-temporary", ":user/alice"))
	})
}

func TestAConsoleSignInThatIsDeniedIsReportedAndAnotherIdentityIsConfirmed(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		window, page := p.beginConsole(ctx, t)
		check(t, page.Press(ctx, "Tab", "Return")) // from Allow to Deny
		_, err := p.desktop.Windows.Wait(ctx, deniedPage)
		check(t, err)
		p.menuHas(ctx, t, "console-alice — failed: ")
		check(t, window.Key(ctx, "Return"))
		check(t, p.desktop.Windows.WaitGone(ctx, window.Title))

		_, page = p.beginConsole(ctx, t)
		// From Allow back to the identities, and to the next one.
		check(t, page.Press(ctx, "shift+Tab", "Down", "Tab", "Return"))
		confirm, err := p.desktop.Windows.WaitPrefix(ctx, "daypass — Somebody else")
		check(t, err)
		check(t, confirm.Drawn(ctx))
		p.keep(t, "console-confirm.png")
		said, err := p.run(ctx, "", p.program("daypass"), "status", "console-alice", "--json")
		check(t, err)
		if !strings.Contains(said, ":user/alice") {
			t.Errorf("it is changed before anybody has confirmed that: %s", said)
		}
		check(t, confirm.Key(ctx, "Tab", "Tab", "Tab", "Tab", "Return")) // over both identities and "Cancel" to "Use …"
		check(t, p.desktop.Windows.WaitGone(ctx, confirm.Title))
		check(t, p.valid(ctx, "console-alice"))
		check(t, p.answersAs(ctx, "console-alice-temporary", ":assumed-role/Admin/bob"))
	})
}

func TestAProfileOfAConsoleSignInIsMadeWithTheKeyboardAlone(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		ended := make(chan error, 1)
		go func() {
			_, err := p.run(ctx, "", p.program("daypass-ui"), "add-console")
			ended <- err
		}()
		window, err := p.desktop.Windows.Wait(ctx, "daypass — add a profile")
		check(t, err)
		check(t, window.Drawn(ctx))
		p.keep(t, "console-add.png")
		check(t, window.Type(ctx, "play"))
		check(t, window.Key(ctx, "Tab"))
		check(t, window.Type(ctx, "eu-west-1"))
		check(t, window.Key(ctx, "Return"))
		page, err := p.desktop.Windows.Wait(ctx, allowPage)
		check(t, err)
		check(t, page.Press(ctx, "Return"))
		check(t, p.valid(ctx, "play"))
		check(t, window.Drawn(ctx))
		p.keep(t, "console-added.png")
		config, err := os.ReadFile(filepath.Join(p.home, ".aws", "config"))
		check(t, err)
		if section := "[profile play]\nregion = eu-west-1\nlogin_session = " + p.sample.Console.Alice.ARN() + "\n"; !strings.Contains(string(config), section) {
			t.Errorf("the config file is\n%s", config)
		}
		check(t, p.answersAs(ctx, "play-temporary", ":user/alice"))
		check(t, window.Key(ctx, "Escape"))
		check(t, <-ended)
	})
}
