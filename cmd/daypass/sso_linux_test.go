package main

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daypass/creds"
	"daypass/creds/awstest"
)

const corp = awstest.SampleSession

// signInWait is the last line while the browser has its turn.
const signInWait = "waiting… Ctrl-C cancels"

// line returns the line that comes next on the screen, once it is whole.
func (s *screen) line() string {
	s.t.Helper()
	start := s.before
	s.await("\r\n")
	return strings.TrimSpace(s.text()[start : s.before-len("\r\n")])
}

// code waits for an address and a code to compare, and returns both.
func (s *screen) code() (address, code string) {
	s.t.Helper()
	s.await("To sign in to " + corp + ", open this page in any browser:\r\n")
	address = s.line()
	s.await("Approve it only if the page shows this code:\r\n")
	code = s.line()
	s.await(signInWait)
	return address, code
}

// approve has the person approve the sign-in with a code.
func (w *world) approve(t *testing.T, code string) {
	t.Helper()
	if err := w.sample.SSO.Center.Approve(code); err != nil {
		t.Fatal(err)
	}
}

func (w *world) awaitPrompts(t *testing.T, ready func([]creds.Prompt) bool) {
	t.Helper()
	for limit := time.Now().Add(20 * time.Second); !ready(w.broker.Prompts()); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("the prompts are %+v", w.broker.Prompts())
		}
	}
}

func none(prompts []creds.Prompt) bool { return len(prompts) == 0 }

func TestASignInShowsAnAddressAndACodeToCompare(t *testing.T) {
	w := inWorld(t)
	s := inTerminal(t, w, "daypass sso login "+corp+" --device-code --no-browser")
	address, code := s.code()
	if u, err := url.Parse(address); err != nil || u.Scheme != "https" || !strings.HasSuffix(u.Host, ".amazonaws.com") {
		t.Errorf("%q is no address to copy: %v", address, err)
	}
	w.approve(t, code)
	s.await(corp + ": signed in, renewed by itself")
	s.await("3 profiles refreshed")
	s.exits(exitOK)

	s = inTerminal(t, w, "daypass sso login "+corp)
	s.await("(as before; --force signs in again)")
	s.exits(exitOK)
}

func TestCtrlCEndsASignInAndTheNextOneWorks(t *testing.T) {
	w := inWorld(t)
	s := inTerminal(t, w, "stty -g; daypass login sso-sandbox --device-code --no-browser; code=$?; stty -g; exit $code")
	s.code()
	s.typeIn("x\r\x03")
	s.exits(exitInterrupted)
	lines := strings.Fields(s.text())
	// The last line was cleared, with the cursor going back over it.
	if first, last := lines[0], strings.TrimLeft(lines[len(lines)-1], "\b"); first != last {
		t.Errorf("the terminal was %s and is %s", first, last)
	}
	w.awaitPrompts(t, none)

	s = inTerminal(t, w, "daypass login sso-sandbox --device-code --no-browser")
	_, code := s.code()
	w.approve(t, code)
	s.await("Signed in to " + corp + " as alice.")
	s.await("sso-sandbox: valid 3 h 59 min, until")
	s.exits(exitOK)
}

func TestASignalEndsASignIn(t *testing.T) {
	w := inWorld(t)
	s := inTerminal(t, w, "exec daypass sso login "+corp+" --device-code --no-browser")
	s.code()
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	s.exits(exitInterrupted)
	w.awaitPrompts(t, none)
}

func TestTheBrowserSignsIn(t *testing.T) {
	w := inWorld(t)
	release := w.hold() // or it may be over before anything is shown
	s := inTerminal(t, w, "daypass login sso-sandbox --device-code=false --no-browser=false")
	s.await("Opening the browser to sign in to " + corp + "… If it does not open, go to:\r\n")
	if address := s.line(); !strings.Contains(address, "/authorize?") {
		t.Errorf("%q is no address to copy", address)
	}
	release()
	s.await("Signed in to " + corp + " as alice.")
	s.await("sso-sandbox: valid 3 h 59 min, until")
	s.exits(exitOK)
}

func TestASignInOpensWhereTheFlagOrTheSettingOfItsSessionSays(t *testing.T) {
	w := inWorld(t)
	w.runs(t, "settings", "set", "sso."+corp+".place", "private")
	for _, c := range []struct{ command, want string }{
		{"login sso-sandbox", "private"},
		{"login sso-sandbox --force --browser firefox:Work", "firefox:Work"},
		{"sso login --force --browser 'chrome:Profile 1' " + corp, "chrome:Profile 1"},
		{"sso accounts --browser zen:container " + corp, "zen:container"},
		{"sso import --dry-run --browser vivaldi " + corp, "vivaldi"},
	} {
		w.runs(t, "sso", "logout", corp)
		release := w.hold()
		s := inTerminal(t, w, "daypass "+c.command+" --device-code=false --no-browser=false")
		s.await("Opening " + c.want + " to sign in to " + corp + "… If it does not open, go to:\r\n")
		release()
		s.exits(exitOK)
		w.mu.Lock()
		if got := w.signInPlaces[len(w.signInPlaces)-1]; got != c.want {
			t.Errorf("daypass %s opened %q", c.command, got)
		}
		w.mu.Unlock()
	}
}

func TestWithNoBrowserNothingIsOpenedAndTheAddressWorks(t *testing.T) {
	w := inWorld(t)
	s := inTerminal(t, w, "daypass sso login "+corp+" --device-code=false --no-browser")
	s.await("To sign in to " + corp + ", open this page in a browser on this machine:\r\n")
	address := s.line()
	s.await(signInWait)
	if p := w.broker.Prompts(); len(p) != 1 || p[0].SignIn.Opened {
		t.Fatalf("the prompts are %+v", p)
	}
	if _, err := w.sample.SSO.Center.Visit(t.Context(), address); err != nil {
		t.Fatal(err)
	}
	s.await(corp + ": signed in")
	s.exits(exitOK)
}

func TestADeniedSignInIsReportedAsOne(t *testing.T) {
	w := inWorld(t)
	s := inTerminal(t, w, "daypass sso login "+corp+" --device-code --no-browser")
	_, code := s.code()
	if err := w.sample.SSO.Center.Deny(code); err != nil {
		t.Fatal(err)
	}
	s.await("daypass: ")
	s.await("Try again: daypass sso login " + corp)
	s.exits(exitFailed)
	if strings.Contains(s.text(), "signed in") {
		t.Errorf("it is said to have worked:\n%s", s.text())
	}
}

func TestASignInThatAProgramNeedsIsBegunByThePersonInTheTerminal(t *testing.T) {
	// A window that nobody looks at.
	w := inWorldWith(t, func(ctx context.Context, _ string) error {
		<-ctx.Done()
		return nil
	})
	// By way of a shell that comes back to it: the test binary is daypass.
	program := exec.CommandContext(t.Context(), "sh", "-c", "daypass credential-process --profile sso-sandbox; exit $?")
	program.Env = append(os.Environ(), w.env...)
	var printed strings.Builder
	program.Stdout = &printed
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	w.awaitPrompts(t, func(p []creds.Prompt) bool { return len(p) == 1 })
	if p := w.broker.Prompts()[0]; p.SignIn.Begun || p.SignIn.URL != "" {
		t.Fatalf("a program has begun a sign-in: %+v", p)
	}
	s := inTerminal(t, w, "daypass login sso-sandbox --device-code --no-browser")
	s.await(corp + " needs a sign-in, asked for by daypass")
	_, code := s.code()
	w.approve(t, code)
	s.await("sso-sandbox: valid")
	s.exits(exitOK)
	if err := program.Wait(); err != nil || !strings.Contains(printed.String(), `"AccessKeyId":"ASIA`) {
		t.Errorf("the program got %q, %v", printed.String(), err)
	}
}

func TestAnImportSignsInShowsItsChangeAndAsks(t *testing.T) {
	w := inWorld(t)
	config := filepath.Join(w.home, ".aws", "config")
	before, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	unchanged := func() bool {
		now, err := os.ReadFile(config)
		return err == nil && string(now) == string(before)
	}
	const ask, added = "Write this to ", "[profile staging-ReadOnly]"

	// What is typed before the question is no answer to it.
	s := inTerminal(t, w, "TERM=xterm NO_COLOR= daypass sso import "+corp+" --device-code --no-browser")
	_, code := s.code()
	s.typeIn("y\r")
	w.approve(t, code)
	s.await("\x1b[32m+" + added + "\x1b[0m")
	s.await(ask)
	s.typeIn("\r")
	s.await("daypass: nothing was written")
	s.exits(exitFailed)
	if !unchanged() {
		t.Error("it was written")
	}

	s = inTerminal(t, w, "TERM=xterm NO_COLOR=1 daypass sso import "+corp)
	s.await("\r\n+" + added + "\r\n")
	s.await(ask)
	s.typeIn("y\x03")
	s.exits(exitInterrupted)
	if !unchanged() {
		t.Error("it was written")
	}
	if strings.Contains(s.text(), "\x1b[") {
		t.Errorf("it is coloured:\n%q", s.text())
	}

	s = inTerminal(t, w, "daypass sso import "+corp)
	s.await(ask)
	s.typeIn("y\r")
	s.await("Written to ")
	s.exits(exitOK)
	if now, err := os.ReadFile(config); err != nil || !strings.Contains(string(now), added) {
		t.Errorf("it was not written: %v", err)
	}
}

func TestTheRefreshAfterASignInShowsHowFarItIs(t *testing.T) {
	w := inWorld(t)
	w.sample.SSO.Center.Populate(150, 1)
	if err := w.signIn(corp); err != nil {
		t.Fatal(err)
	}
	// So that what the import begins is under way yet when the sign-in joins it.
	w.sample.SSO.Center.Set(awstest.SSOSettings{PortalRate: 50})
	s := inTerminal(t, w, "daypass sso import "+corp+" --yes && daypass sso login "+corp)
	s.await("Written to ")
	s.await("refreshing ")
	s.await(" of ")
	s.await(corp + ": signed in, renewed by itself")
	s.await("profiles refreshed")
	s.exits(exitOK)
}

// runs runs a command of daypass that must end well.
func (w *world) runs(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", append([]string{"-c", `daypass "$@"; exit $?`, "sh"}, args...)...)
	cmd.Env = append(os.Environ(), w.env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("daypass %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}
