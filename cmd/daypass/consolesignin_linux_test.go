package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"daypass/creds"
	"daypass/creds/agent"
	"daypass/creds/agentapi"
	"daypass/creds/awstest"
	"daypass/creds/core"
	"daypass/internal/signin"
)

// consoleAgent is an agent that knows one profile, prod, whose console sign-in takes the
// code "good". Its broker is a real one.
type consoleAgent struct {
	broker *agent.Broker
	env    []string
	// noted is what another text is refused with.
	noted string
	// opened counts the pages that a browser was opened at.
	opened atomic.Int32
	// back ends a sign-in in the browser.
	back chan struct{}
	// tried gets what was pasted.
	tried chan string
	// added gets the requests to add a profile.
	added chan creds.AddConsoleRequest
}

// beginConsole starts it. Where nobody is, it can show nothing.
func beginConsole(t *testing.T, nobody bool) *consoleAgent {
	t.Helper()
	a := &consoleAgent{
		noted: "this is no code of AWS's page", back: make(chan struct{}), tried: make(chan string, 10), added: make(chan creds.AddConsoleRequest, 1),
	}
	desktop := agent.Desktop{Browse: func(context.Context, agent.SignInPage) error { a.opened.Add(1); return nil }}
	if !nobody {
		desktop.Window = func(ctx context.Context, _ string, shown func()) error { shown(); <-ctx.Done(); return nil }
	}
	a.broker = agent.NewBroker(desktop, slog.New(slog.DiscardHandler))
	// A socket's address is short, and the folders of tests are long.
	dir, err := os.MkdirTemp("", "daypass")
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", agentapi.SocketPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: a.routes()}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-ended
		a.broker.Close()
		_ = os.RemoveAll(dir)
	})
	home := t.TempDir()
	a.env = []string{
		"HOME=" + home, "DAYPASS_RUNTIME_DIR=" + dir, "TERM=xterm",
		"AWS_CONFIG_FILE=" + filepath.Join(home, "config"), "AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(home, "credentials"),
		"SSH_CONNECTION=", "SSH_TTY=", "DISPLAY=:0",
	}
	return a
}

func (a *consoleAgent) world() *world { return &world{env: a.env} }

func (a *consoleAgent) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+agentapi.Login.Path, func(w http.ResponseWriter, r *http.Request) {
		var in creds.LoginRequest
		_ = json.NewDecoder(r.Body).Decode(&in)
		a.signIn(w, r, in.SignInOptions)
	})
	mux.HandleFunc("POST "+agentapi.AddConsole.Path, func(w http.ResponseWriter, r *http.Request) {
		var in creds.AddConsoleRequest
		_ = json.NewDecoder(r.Body).Decode(&in)
		a.added <- in
		a.signIn(w, r, in.SignInOptions)
	})
	mux.HandleFunc("GET "+agentapi.Snapshot.Path, func(w http.ResponseWriter, _ *http.Request) {
		answer(w, creds.Snapshot{Profiles: []creds.Status{{Name: "prod", Kind: creds.KindConsole}}})
	})
	mux.HandleFunc("GET "+agentapi.WatchPrompts.Path, func(w http.ResponseWriter, r *http.Request) {
		for all := range a.broker.Watch(r.Context()) {
			if json.NewEncoder(w).Encode(all) != nil || http.NewResponseController(w).Flush() != nil {
				return
			}
		}
	})
	said := func(w http.ResponseWriter, err error) {
		if err != nil {
			answer(w, creds.AsError(err))
			return
		}
		answer(w, struct{}{})
	}
	mux.HandleFunc("POST "+agentapi.Answer.Path, func(w http.ResponseWriter, r *http.Request) {
		var in creds.AnswerRequest
		_ = json.NewDecoder(r.Body).Decode(&in)
		said(w, a.broker.Answer(r.PathValue("id"), in))
	})
	mux.HandleFunc("POST "+agentapi.CancelPrompt.Path, func(w http.ResponseWriter, r *http.Request) {
		said(w, a.broker.Cancel(r.PathValue("id")))
	})
	return mux
}

// signIn answers with a profile that somebody has signed in for.
func (a *consoleAgent) signIn(w http.ResponseWriter, r *http.Request, o creds.SignInOptions) {
	by := creds.Requester{Surface: creds.Surface(r.Header.Get(agentapi.HeaderSurface))}
	if by.Surface == creds.SurfaceTerminal {
		by.Surface = creds.SurfaceTray // here no request keeps its prompt in the terminal
	}
	err := a.broker.SignIn(r.Context(), core.SignInRequest{
		Kind: creds.PromptConsole, Profile: "prod", About: creds.SignIn{Identity: alice}, Options: o, Requester: by,
	}, a.flow)
	if err != nil {
		answer(w, creds.AsError(err))
		return
	}
	now := time.Now()
	answer(w, creds.Status{
		Name: "prod", Kind: creds.KindConsole, LoginSession: alice, AccountID: "111122223333", WrittenAs: "prod-temporary",
		Issued: now, Expires: now.Add(15*time.Minute + time.Second), SignInEnds: now.Add(12*time.Hour + time.Second),
	})
}

func (a *consoleAgent) flow(ctx context.Context, way signin.Way) error {
	page := signin.Page{Method: way.Method, URL: "https://eu-west-1.signin.aws.amazon.com/v1/authorize?" + strings.Repeat("x", 400)}
	if page.Method == "" {
		page.Method = signin.MethodBrowser
	}
	page.Pastes = page.Method == signin.MethodDevice
	way.Show(page)
	if way.Open != nil {
		if err := way.Open(ctx, page.URL); err != nil {
			return err
		}
		page.Opened = true
		way.Show(page)
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-a.back:
			return nil
		case code := <-way.Pasted:
			a.tried <- code
			switch code {
			case "good":
				return nil
			case "denied":
				return &creds.Error{Code: creds.CodeDenied, Message: "the person may not do that"}
			}
			page.Note = a.noted
			way.Show(page)
		}
	}
}

const (
	pasteQuestion = "Paste the code: "
	pasteHeading  = "To sign in to AWS's console as user/alice (111122223333), open this page in any browser, and paste the code that it shows:\r\n"
)

func TestACodeIsPastedInTheTerminalUntilItIsRight(t *testing.T) {
	a := beginConsole(t, false)
	s := inTerminal(t, a.world(), "stty cols 60; stty -g; daypass login prod --device-code --no-browser; code=$?; stty -g; exit $code")
	s.await("\x1b[?2004h")
	s.await(pasteHeading)
	if address := s.line(); !strings.HasPrefix(address, "https://eu-west-1.signin") || !strings.HasSuffix(address, "x") {
		t.Errorf("%q is no address to copy", address)
	}
	s.await(pasteQuestion)
	for range 2 { // the same sentence is said again
		s.typeIn("bad\r")
		s.await("This is no code of AWS's page.\r\n")
		s.await(pasteQuestion)
	}
	// One that is longer than the terminal is wide, in several lines.
	long := strings.Repeat("abcdefghij", 150)
	begun := len(s.text())
	s.typeIn("\x1b[200~" + strings.Repeat("abcdefghij\r\n", 150) + "\x1b[201~")
	s.await("…")
	s.typeIn("\r")
	s.await("This is no code of AWS's page.\r\n")
	for _, line := range strings.FieldsFunc(s.text()[begun:], func(r rune) bool { return r == '\r' || r == '\n' }) {
		if line = strings.TrimRight(strings.ReplaceAll(line, "\b", ""), " "); columns(line) > 59 {
			t.Errorf("a line breaks the screen: %q", line)
		}
	}
	s.typeIn(strings.Repeat("x", creds.MostPasted+1) + "\r")
	s.await("This is longer than any code that AWS shows: copy only the code from the page.\r\n")
	s.await(pasteQuestion)
	s.typeIn("\x1b[200~good\x1b[201~\r")
	s.await("Signed in as user/alice (111122223333).\r\n")
	s.await("prod: valid 15 min, until ")
	s.await("  The sign-in lasts 12 h, until ")
	s.await("Use it with: AWS_PROFILE=prod-temporary")
	s.exits(exitOK)
	for _, want := range []string{"bad", "bad", long, "good"} {
		if got := <-a.tried; got != want {
			t.Errorf("the sign-in got %.60q, want %.60q", got, want)
		}
	}
	if !strings.Contains(s.text(), "\x1b[?2004l") {
		t.Error("the terminal still marks what is pasted")
	}
	lines := strings.Fields(s.text())
	if first, last := lines[0], strings.TrimLeft(lines[len(lines)-1], "\b"); first != last {
		t.Errorf("the terminal was %s and is %s", first, last)
	}
	if a.opened.Load() != 0 {
		t.Error("a browser was opened")
	}
}

func TestAConsoleSignInInTheBrowserNeedsNothingTyped(t *testing.T) {
	a := beginConsole(t, false)
	s := inTerminal(t, a.world(), "daypass login prod --device-code=false --no-browser=false")
	s.await("Opening the browser to sign in to AWS's console as user/alice (111122223333)… If it does not open, go to:\r\n")
	s.line()
	s.await(signInWait)
	s.typeIn("good\r") // is no answer here
	close(a.back)
	s.await("Signed in as user/alice (111122223333).")
	s.exits(exitOK)
	if a.opened.Load() != 1 || len(a.tried) != 0 || strings.Contains(s.text(), "2004") {
		t.Errorf("%d pages, %d codes:\n%s", a.opened.Load(), len(a.tried), s.text())
	}
}

func TestOverSSHTheCodeOfAnotherBrowserIsPasted(t *testing.T) {
	a := beginConsole(t, false)
	a.env = append(a.env, "SSH_CONNECTION=1 2 3 4")
	s := inTerminal(t, a.world(), "daypass add prod --console --region eu-west-1")
	s.await(pasteHeading)
	s.await(pasteQuestion)
	s.typeIn("good\r")
	s.await("Signed in as user/alice (111122223333).")
	s.exits(exitOK)
	want := creds.AddConsoleRequest{Profile: "prod", Region: "eu-west-1", SignInOptions: creds.SignInOptions{Method: creds.SignInDeviceCode, NoBrowser: true}}
	if got := <-a.added; got != want {
		t.Errorf("asked for was %+v", got)
	}
	if a.opened.Load() != 0 {
		t.Error("a browser was opened")
	}
}

func TestAPastedCodeThatAWSRefusesEndsTheLogin(t *testing.T) {
	a := beginConsole(t, false)
	s := inTerminal(t, a.world(), "daypass login prod --device-code --no-browser")
	s.await(pasteQuestion)
	s.typeIn("denied\r")
	s.await("daypass: the person may not do that\r\n")
	s.exits(exitFailed)
}

func TestCtrlCEndsThePasteAndSaysWhatIsLeftOfAnAddition(t *testing.T) {
	a := beginConsole(t, false)
	s := inTerminal(t, a.world(), "stty -g; daypass add prod --console --device-code --no-browser; code=$?; stty -g; exit $code")
	s.await(pasteQuestion)
	s.typeIn("\x1b[200~half a co\x03")
	s.await("prod: the profile is there; sign in with: daypass login prod\r\n")
	s.exits(exitInterrupted)
	lines := strings.Fields(s.text())
	if first, last := lines[0], strings.TrimLeft(lines[len(lines)-1], "\b"); first != last {
		t.Errorf("the terminal was %s and is %s", first, last)
	}
	for limit := time.Now().Add(20 * time.Second); len(a.broker.Prompts()) > 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("the prompt is still open")
		}
	}
	if len(a.tried) > 0 {
		t.Errorf("half a code was tried: %q", <-a.tried)
	}
}

func TestWithoutATerminalAndADesktopNobodySignsInToTheConsole(t *testing.T) {
	a := beginConsole(t, true)
	for _, pair := range a.env {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
	got := (&standIn{}).runs(t, "", "login", "prod")
	got.is(t, outcomeOf{Code: exitNeedsPerson, Err: "daypass: the sign-in to AWS's console as user/alice (111122223333) is needed, and there is neither a desktop nor a terminal to ask for it\n" +
		"Sign in from a terminal: daypass login prod\n"})
}

func TestFlagsOfAnAdditionThatContradictOneAnotherAreRefused(t *testing.T) {
	for args, want := range map[string]string{
		"--console --replace":                      "--replace is about a key, and --console stores none: give one of them",
		"--console --mfa-serial x":                 "--mfa-serial is about a key, and --console stores none: give one of them",
		"--device-code":                            "--device-code is about a sign-in, which takes --console",
		"--no-browser --region eu-west-1":          "--no-browser is about a sign-in, which takes --console",
		"--browser firefox":                        "--browser is about a sign-in, which takes --console",
		"--console --no-browser --browser firefox": "--no-browser opens nothing, and --browser says where to open the page: give one of them",
		"--console --browser=":                     "--browser is empty",
		"--console=false --device-code":            "--device-code is about a sign-in, which takes --console",
	} {
		got := (&standIn{}).runs(t, "", append([]string{"add", "prod"}, strings.Fields(args)...)...)
		got.says(t, exitUsage, "daypass: "+want+"\nSee: daypass add --help\n")
	}
}

// page waits for the address of a sign-in whose code is to be pasted.
func (s *screen) page() (address string) {
	s.t.Helper()
	s.await(", and paste the code that it shows:\r\n")
	address = s.line()
	s.await(pasteQuestion)
	return address
}

func (w *world) approveConsole(t *testing.T, who *awstest.ConsoleIdentity, address string) (code string) {
	t.Helper()
	code, err := who.Approve(address)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestAProfileOfAConsoleSignInIsAddedAndUsed(t *testing.T) {
	for name, tc := range map[string]struct {
		flags  string
		pastes bool
	}{
		"in the browser":               {"--device-code=false --no-browser=false", false},
		"with a code of another one's": {"--device-code --no-browser", true},
	} {
		t.Run(name, func(t *testing.T) {
			w := inWorld(t)
			s := inTerminal(t, w, "daypass add play --console --region eu-west-1 "+tc.flags)
			if tc.pastes {
				s.await("To sign in to AWS's console for play, open")
				address := s.page()
				s.typeIn("c3RhdGU9MSZjb2RlPTI=\r") // of another sign-in
				s.await("This code is of another sign-in")
				s.await(pasteQuestion)
				code := w.approveConsole(t, w.sample.Console.Alice, address)
				s.typeIn(code[:20] + "\x1b[200~" + code[20:40] + "\r\n" + code[40:] + "\x1b[201~\r")
			}
			s.await("Signed in as user/alice (111122223333).\r\n")
			s.await("play: valid 14 min, until ")
			s.await("The sign-in lasts 11 h 59 min, until ")
			s.await("Use it with: AWS_PROFILE=play-temporary")
			s.exits(exitOK)
			if got := w.owner("play-temporary"); got != "alice" {
				t.Errorf("the profile is %q's", got)
			}
			config, err := os.ReadFile(filepath.Join(w.home, ".aws", "config"))
			if err != nil || !strings.Contains(string(config), "\n[profile play]\nregion = eu-west-1\nlogin_session = arn:aws:iam::111122223333:user/alice\n") {
				t.Errorf("the config file is %s, %v", config, err)
			}
			s = inTerminal(t, w, "daypass login play")
			s.await("play: valid 14 min, until ")
			s.exits(exitOK)
			if strings.Contains(s.text(), "Signed in as") {
				t.Errorf("nobody has signed in:\n%s", s.text())
			}
		})
	}
}

func TestAnotherIdentityAtTheConsoleIsAskedAboutInTheTerminal(t *testing.T) {
	for name, tc := range map[string]struct {
		command, typed, said, owner string
		exit                        int
	}{
		"y":         {"daypass login console-alice", "y\r", "Signed in as assumed-role/Admin/bob (111122223333).", "bob", exitOK},
		"n":         {"daypass login console-alice", "n\r", "daypass: the confirmation that assumed-role/Admin/bob (111122223333) may take over console-alice was not given: the question was closed", "", exitFailed},
		"a role, n": {"daypass login console-deploy", "\r", "daypass: the confirmation that assumed-role/Admin/bob (111122223333) may take over console-alice was not given: the question was closed", "", exitFailed},
	} {
		t.Run(name, func(t *testing.T) {
			w := inWorld(t)
			if err := w.withConsole(""); err != nil {
				t.Fatal(err)
			}
			s := inTerminal(t, w, tc.command+" --device-code --no-browser")
			s.await("To sign in to AWS's console as user/alice (111122223333), open")
			s.typeIn(w.approveConsole(t, w.sample.Console.Bob, s.page()) + "\r")
			s.await("console-alice: assumed-role/Admin/bob (111122223333) has signed in to AWS's console.\r\n")
			s.await("The profile is for user/alice (111122223333).\r\n")
			s.await("Change console-alice to assumed-role/Admin/bob (111122223333)? [y/N] ")
			s.typeIn(tc.typed)
			s.await(tc.said)
			s.exits(tc.exit)
			if got := w.owner("console-alice-temporary"); got != tc.owner {
				t.Errorf("the profile is %q's", got)
			}
			w.awaitPrompts(t, none)
		})
	}
}

func TestOneConsoleSignInServesTheTerminalsOfAllItsProfiles(t *testing.T) {
	for name, tc := range map[string]struct {
		first, second string
		more          string
	}{
		"a profile, and a role":              {"console-alice", "console-deploy", ""},
		"a role, and its profile":            {"console-deploy", "console-alice", ""},
		"two profiles of an identity":        {"console-alice", "twin", "\n[profile twin]\nregion = eu-west-1\nlogin_session = arn:aws:iam::111122223333:user/alice\n"},
		"the first sign-in, and a role":      {"play", "play-role", playRole},
		"a role, and then the first sign-in": {"play-role", "play", playRole},
	} {
		t.Run(name, func(t *testing.T) {
			w := inWorld(t)
			if err := w.withConsole(tc.more); err != nil {
				t.Fatal(err)
			}
			w.runs(t, "settings", "set", "profile.play.console_sign_in", "true")
			first := inTerminal(t, w, "daypass login "+tc.first+" --device-code --no-browser")
			address := first.page()
			second := inTerminal(t, w, "daypass login "+tc.second+" --device-code --no-browser")
			if again := second.page(); again != address {
				t.Errorf("two pages are to be opened: %s and %s", address, again)
			}
			second.typeIn(w.approveConsole(t, w.sample.Console.Alice, address) + "\r")
			second.await(tc.second + ": valid")
			second.exits(exitOK)
			first.await(tc.first + ": valid")
			first.exits(exitOK)
		})
	}
}

const playRole = "\n[profile play]\nregion = eu-west-1\n\n[profile play-role]\nrole_arn = arn:aws:iam::111122223333:role/Deploy\nsource_profile = play\n"
