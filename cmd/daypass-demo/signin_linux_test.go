package main

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"daypass/creds/awstest"
	"daypass/packaging/rig"
)

const (
	approvedPage = "daypass: Approved - Chromium"
	deniedPage   = "daypass: Not signed in - Chromium"
	// signInLine is what the menu has for a session without a sign-in.
	signInLine = "Sign in to " + awstest.SampleSession
)

// handed is an address that is good for one time.
var handed = regexp.MustCompile(`http://127\.0\.0\.1:\d+/[A-Z2-7]{26}`)

// begin clicks on a line of the menu, and waits for the window and for the
// page in the browser.
func (p *playing) begin(ctx context.Context, t *testing.T, line string) (window, page rig.Window) {
	t.Helper()
	item, err := p.desktop.Tray.Item(ctx)
	check(t, err)
	window, err = p.clickFor(ctx, item, signInDialog, line)
	check(t, err)
	page, err = p.desktop.Windows.Wait(ctx, consentPage)
	check(t, err)
	return window, page
}

// approve presses the page's button, and waits until the sign-in has served
// every profile of the session.
func (p *playing) approve(ctx context.Context, t *testing.T, page rig.Window) {
	t.Helper()
	check(t, page.Press(ctx, "Return"))
	check(t, p.desktop.Windows.WaitGone(ctx, signInDialog))
	for _, profile := range sessionProfiles() {
		check(t, p.valid(ctx, profile))
	}
	if got := p.session(ctx, t); got != "valid" {
		t.Errorf("the session is %s", got)
	}
}

// session returns the state of the session, as the command line has it.
func (p *playing) session(ctx context.Context, t *testing.T) string {
	t.Helper()
	said, err := p.run(ctx, "", p.program("daypass"), "sso", "list", "--json")
	check(t, err)
	var sessions []struct{ Session, State string }
	check(t, json.Unmarshal([]byte(said), &sessions))
	for _, s := range sessions {
		if s.Session == awstest.SampleSession {
			return s.State
		}
	}
	t.Fatalf("no %s in %s", awstest.SampleSession, said)
	return ""
}

// menuHas waits until the menu has a text.
func (p *playing) menuHas(ctx context.Context, t *testing.T, text string) {
	t.Helper()
	item, err := p.desktop.Tray.Item(ctx)
	check(t, err)
	for last := ""; ; time.Sleep(20 * time.Millisecond) {
		menu, err := item.Menu(ctx)
		if err != nil {
			t.Fatalf("%q is not in the menu (%v):\n%s", text, err, last)
		}
		if last = rig.Text(menu); strings.Contains(last, text) {
			return
		}
	}
}

// visits are the requests of browsers for the stand-in's pages.
type visits struct {
	mu    sync.Mutex
	pages []url.URL
}

func (v *visits) watch(r *http.Request) {
	if r.Method == http.MethodGet && (r.URL.Path == "/authorize" || r.URL.Path == "/device") {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.pages = append(v.pages, *r.URL)
	}
}

// of returns the queries that a page was asked for with.
func (v *visits) of(path string) []url.Values {
	v.mu.Lock()
	defer v.mu.Unlock()
	var queries []url.Values
	for _, page := range v.pages {
		if page.Path == path {
			queries = append(queries, page.Query())
		}
	}
	return queries
}

func TestAClickAndApproveMakeTheProfilesOfASessionValid(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		_, page := p.begin(ctx, t, signInLine)
		// What is in the argv of the browser is for all to see.
		once := false
		p.processes(t, func(name string, data []byte) {
			once = once || handed.Match(data)
			if bytes.Contains(data, []byte("state=")) || bytes.Contains(data, []byte("/authorize?")) {
				t.Errorf("the address of the sign-in is in the argv of %s", name)
			}
		})
		if !once {
			t.Error("no address that is good for one time is in any argv")
		}
		p.approve(ctx, t, page)
		_, err := p.desktop.Windows.Wait(ctx, approvedPage)
		check(t, err)
		check(t, p.answersAs(ctx, "sso-dev-admin-temporary", devAdmin))
	})
}

func TestASignInOpensInTheProfileOfChromiumThatItsSettingNames(t *testing.T) {
	pages, _ := servePages(t)
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		const one, two = "Default", "Profile 1"
		p.makeProfile(ctx, t, one, pages)
		p.makeProfile(ctx, t, two, pages)
		p.daypass(ctx, t, "settings", "set", "sso."+awstest.SampleSession+".place", "chromium:profile="+p.profileNames(t)[two])
		_, page := p.begin(ctx, t, signInLine)
		inProfile := false
		p.processes(t, func(name string, data []byte) {
			// Chromium adds switches of its own in between.
			inProfile = inProfile || bytes.Contains(data, []byte("--profile-directory="+two)) && handed.Match(data)
			if bytes.Contains(data, []byte("state=")) || bytes.Contains(data, []byte("/authorize?")) {
				t.Errorf("the address of the sign-in is in the argv of %s", name)
			}
		})
		if !inProfile {
			t.Errorf("no Chromium was given the address in %q", two)
		}
		p.approve(ctx, t, page)
		_, err := p.desktop.Windows.Wait(ctx, approvedPage)
		check(t, err)
	})
}

func TestADeniedSignInIsReportedAndTheNextOneWorks(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		window, page := p.begin(ctx, t, signInLine)
		check(t, page.Press(ctx, "Tab", "Return"))
		_, err := p.desktop.Windows.Wait(ctx, deniedPage)
		check(t, err)
		p.menuHas(ctx, t, signInLine+" — failed: ")
		p.keep(t, "denied.png")
		// The window stays to say so; a key closes it.
		check(t, window.Key(ctx, "Return"))
		check(t, p.desktop.Windows.WaitGone(ctx, signInDialog))
		if n := len(p.sample.AWS.Calls("CreateToken")); n != 0 {
			t.Errorf("%d tokens were asked for", n)
		}
		_, page = p.begin(ctx, t, signInLine)
		p.approve(ctx, t, page)
	})
}

// keep saves the screen of a test where its person wants to look at it.
func (p *playing) keep(t *testing.T, name string) {
	t.Helper()
	if dir := os.Getenv("DAYPASS_TEST_PICTURES"); dir != "" {
		check(t, p.desktop.Screen.Screenshot(filepath.Join(dir, name), image.Rectangle{}))
	}
}

func TestTheCodeInTheWindowIsTheOneOnThePage(t *testing.T) {
	var seen visits
	onAWatchedDesktop(t, seen.watch, func(ctx context.Context, t *testing.T, p *playing) {
		window, page := p.begin(ctx, t, signInLine)
		before, err := window.Box(ctx)
		check(t, err)
		// From "Copy link" over "Open again" to "Use a code instead".
		check(t, window.Key(ctx, "Tab", "Tab", "Return"))
		for len(seen.of("/device")) == 0 {
			check(t, ctx.Err())
			time.Sleep(20 * time.Millisecond)
		}
		// The page may be asked for before the window shows the code, which makes
		// it taller; keys that come earlier copy nothing.
		for now := before; now.Dy() <= before.Dy(); now, err = window.Box(ctx) {
			check(t, err)
			time.Sleep(20 * time.Millisecond)
		}
		p.keep(t, "code.png")
		// The code is selected, copied, and put into the page that asks for one.
		check(t, window.Key(ctx, "shift+Tab", "ctrl+c"))
		check(t, page.Key(ctx, "ctrl+l"))
		check(t, page.Type(ctx, p.url+"/device\n"))
		blank, err := p.desktop.Windows.Wait(ctx, "Enter the code · AWS stand-in - Chromium")
		check(t, err)
		check(t, blank.Press(ctx, "ctrl+a", "ctrl+v", "Return"))
		page, err = p.desktop.Windows.Wait(ctx, consentPage)
		check(t, err)
		asked := seen.of("/device")
		first, last := asked[0].Get("user_code"), asked[len(asked)-1].Get("user_code")
		if first == "" || first != last {
			t.Errorf("the page was opened for the code %q, the window shows %q", first, last)
		}
		p.approve(ctx, t, page)
		if n := len(p.sample.AWS.Calls("StartDeviceAuthorization")); n != 1 {
			t.Errorf("%d codes were made, want 1", n)
		}
	})
}

func TestABrowserThatWasClosedIsOpenedAgain(t *testing.T) {
	var seen visits
	onAWatchedDesktop(t, seen.watch, func(ctx context.Context, t *testing.T, p *playing) {
		window, page := p.begin(ctx, t, "sso-sandbox")
		check(t, page.Close(ctx))
		check(t, p.desktop.Windows.WaitGone(ctx, consentPage))
		check(t, window.Key(ctx, "Tab", "Return")) // From "Copy link" to "Open again".
		page, err := p.desktop.Windows.Wait(ctx, consentPage)
		check(t, err)
		p.approve(ctx, t, page)
		asked := seen.of("/authorize")
		if len(asked) != 2 || asked[0].Encode() != asked[1].Encode() {
			t.Errorf("not the same page twice: %d pages were asked for", len(asked))
		}
	})
}

func TestNoProgramOpensABrowser(t *testing.T) {
	var seen visits
	onAWatchedDesktop(t, seen.watch, func(ctx context.Context, t *testing.T, p *playing) {
		type answer struct {
			said string
			err  error
		}
		answers := make(chan answer, 1)
		go func() {
			said, err := p.run(ctx, "", p.program("daypass"), "credential-process", "--profile", "sso-sandbox")
			answers <- answer{said, err}
		}()
		window, err := p.desktop.Windows.Wait(ctx, signInDialog)
		check(t, err)
		p.menuHas(ctx, t, signInLine+": daypass-demo")
		p.keep(t, "program.png")
		p.processes(t, func(where string, data []byte) {
			if bytes.Contains(data, []byte("--user-data-dir")) {
				t.Errorf("a browser runs: %s", where)
			}
		})
		pressed := p.sample.AWS.Now()
		check(t, window.Key(ctx, "Return"))
		page, err := p.desktop.Windows.Wait(ctx, consentPage)
		check(t, err)
		p.approve(ctx, t, page)

		got := <-answers
		check(t, got.err)
		var credentials struct {
			Version     int
			AccessKeyID string
		}
		if err := json.Unmarshal([]byte(got.said), &credentials); err != nil || credentials.Version != 1 || !strings.HasPrefix(credentials.AccessKeyID, "ASIA") {
			t.Errorf("%v: %d bytes of no credentials", err, len(got.said))
		}
		// Pages are only for clients that have registered.
		if calls := p.sample.AWS.Calls("RegisterClient"); len(calls) != 1 || calls[0].Time.Before(pressed) {
			t.Errorf("the sign-in began before a person wanted it: %+v", calls)
		}
		if n := len(seen.of("/authorize")) + len(seen.of("/device")); n != 1 {
			t.Errorf("%d pages were asked for, want 1", n)
		}
	})
}

func TestAClickOnTheNoticeThatASessionIsOverSignsIn(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		_, page := p.begin(ctx, t, signInLine)
		p.approve(ctx, t, page)
		check(t, p.desktop.Notifications.Close(ctx))

		p.sample.SSO.Center.EndSessions()
		first := p.endToken(t)
		_, err := p.desktop.Notifications.Wait(ctx, func(n rig.Notification) bool {
			return n.Summary == "The session "+awstest.SampleSession+" is over — click to sign in"
		})
		check(t, err)
		if got := p.session(ctx, t); got != "expired" {
			t.Errorf("the session is %s", got)
		}
		windows, err := p.desktop.Windows.List(ctx)
		check(t, err)
		for _, w := range windows {
			if w.Title == signInDialog || w.Title == consentPage {
				t.Errorf("%q came by itself", w.Title)
			}
		}
		p.keep(t, "over.png")
		check(t, p.desktop.Notifications.Click(ctx))
		_, err = p.desktop.Windows.Wait(ctx, signInDialog)
		check(t, err)
		page, err = p.desktop.Windows.Wait(ctx, consentPage)
		check(t, err)
		p.approve(ctx, t, page)
		if now := p.token(t)["accessToken"]; now == first {
			t.Error("the token is the old one")
		}
	})
}

// tokenFile returns the path of the session's token.
func (p *playing) tokenFile(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(p.home, ".aws", "sso", "cache", "*.json"))
	check(t, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		check(t, err)
		if bytes.Contains(data, []byte(`"accessToken"`)) {
			return file
		}
	}
	t.Fatalf("no token among %q", files)
	return ""
}

func (p *playing) token(t *testing.T) (fields map[string]any) {
	t.Helper()
	data, err := os.ReadFile(p.tokenFile(t))
	check(t, err)
	check(t, json.Unmarshal(data, &fields))
	return fields
}

// endToken makes the access token in the cache one that has ended, as if an hour
// had passed, and returns it.
func (p *playing) endToken(t *testing.T) (token any) {
	t.Helper()
	file, fields := p.tokenFile(t), p.token(t)
	fields["expiresAt"] = time.Now().Add(-time.Second).UTC().Format(time.RFC3339)
	data, err := json.Marshal(fields)
	check(t, err)
	check(t, os.WriteFile(file+".new", data, 0o600))
	check(t, os.Rename(file+".new", file))
	return fields["accessToken"]
}

func TestAnAgentKilledInMidSignInLeavesNothingInTheWay(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		window, page := p.begin(ctx, t, signInLine)
		check(t, syscall.Kill(p.pid(t, "daypass-tray"), syscall.SIGKILL))
		// The demo ends with its agent.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()

		// The window says so, and a key closes it.
		for closed := false; !closed; {
			check(t, ctx.Err())
			p.keep(t, "killed.png")
			_ = window.Key(ctx, "Escape") // it may just have closed
			short, stop := context.WithTimeout(ctx, 5*time.Second)
			closed = p.desktop.Windows.WaitGone(short, signInDialog) == nil
			stop()
		}
		check(t, page.Close(ctx))
		check(t, p.desktop.Windows.WaitGone(ctx, consentPage))
		if got := p.session(ctx, t); got != "none" { // This starts an agent.
			t.Errorf("the session is %s", got)
		}
		_, page = p.begin(ctx, t, signInLine)
		p.approve(ctx, t, page)
	})
}
