package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"daypass/creds"
)

const (
	bob         = "bob@corp.example"
	bobQuestion = "Use bob@corp.example's credentials for the profiles of corp-sso? [y/N] "
	// refusedBob is what comes of a refusal.
	refusedBob = "daypass: the confirmation that bob@corp.example may take over corp-sso was not given: the question was closed"
)

// aliceThenBob is a world whose session is alice's, and where bob is the next who
// approves.
func aliceThenBob(t *testing.T, window func(context.Context, string) error) *world {
	t.Helper()
	w := inWorldWith(t, window)
	if err := w.signIn(corp); err != nil {
		t.Fatal(err)
	}
	if got := w.owner("sso-sandbox-temporary"); got != "alice" {
		t.Fatalf("the profile is %q's", got)
	}
	w.sample.SSO.Center.Person(bob)
	return w
}

func (s *screen) awaitBob() {
	s.t.Helper()
	s.await(corp + ": bob@corp.example has signed in.\r\n")
	s.await("Before, it was alice.\r\n")
	s.await(bobQuestion)
}

func TestAnotherPersonIsAskedAboutInTheTerminalThatHasSignedIn(t *testing.T) {
	const login, ofProfile = "daypass sso login " + corp + " --force --device-code --no-browser", "daypass login sso-sandbox --force --device-code --no-browser"
	for name, tc := range map[string]struct {
		typed, said, owner string
		exit               int
	}{
		"y":                              {"y\r", "Signed in to " + corp + " as bob@corp.example.", bob, exitOK},
		"Y":                              {"Y\r", "Signed in to " + corp + " as bob@corp.example.", bob, exitOK},
		"mistyped":                       {"x\x7fy\r", "Signed in to " + corp + " as bob@corp.example.", bob, exitOK},
		"n":                              {"n\r", refusedBob, "alice", exitFailed},
		"Enter":                          {"\r", refusedBob, "alice", exitFailed},
		"a command that was being typed": {"terraform apply\r", refusedBob, "alice", exitFailed},
		"Ctrl-C":                         {"y\x03", "", "alice", exitInterrupted},
	} {
		t.Run(name, func(t *testing.T) {
			w := aliceThenBob(t, nil)
			s := inTerminal(t, w, login)
			_, code := s.code()
			w.approve(t, code)
			s.awaitBob()
			s.typeIn(tc.typed)
			s.await(tc.said)
			s.exits(tc.exit)
			if got := w.owner("sso-sandbox-temporary"); got != tc.owner {
				t.Errorf("the profile is %q's", got)
			}
			w.awaitPrompts(t, none)
			if strings.Contains(s.text(), "checking") || strings.Contains(s.text(), "elsewhere") {
				t.Errorf("it says more than there is:\n%s", s.text())
			}
		})
	}
	t.Run("a profile", func(t *testing.T) {
		w := aliceThenBob(t, nil)
		if err := os.RemoveAll(filepath.Join(w.home, ".aws", "sso", "cache")); err != nil {
			t.Fatal(err)
		}
		s := inTerminal(t, w, ofProfile)
		_, code := s.code()
		w.approve(t, code)
		s.awaitBob()
		s.typeIn("y\r")
		s.await("Signed in to " + corp + " as bob@corp.example.")
		s.await("sso-sandbox: valid 3 h 59 min, until")
		s.exits(exitOK)
		if got := w.owner("sso-sandbox-temporary"); got != bob {
			t.Errorf("the profile is %q's", got)
		}
	})
}

func TestTheTokenOfAnotherProgramIsAskedAboutInTheTerminal(t *testing.T) {
	for name, command := range map[string]string{
		"the session":         "daypass sso login " + corp,
		"a profile":           "daypass login sso-sandbox --force",
		"its accounts":        "daypass sso accounts " + corp,
		"a profile's exports": "daypass export sso-prod-readonly --format process",
	} {
		t.Run(name, func(t *testing.T) {
			w := aliceThenBob(t, nil)
			if err := w.signInElsewhere(t.Context(), bob); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(command, "export") {
				logout := exec.CommandContext(t.Context(), "sh", "-c", "daypass logout sso-prod-readonly; exit $?")
				logout.Env = append(os.Environ(), w.env...)
				if out, err := logout.CombinedOutput(); err != nil {
					t.Fatalf("%v: %s", err, out)
				}
			}
			s := inTerminal(t, w, command)
			s.awaitBob()
			s.typeIn("n\r")
			s.await(refusedBob)
			s.exits(exitFailed)
			if got := w.owner("sso-sandbox-temporary"); got != "alice" {
				t.Errorf("the profile is %q's", got)
			}
			// A person may think better of it at once.
			s = inTerminal(t, w, command)
			s.awaitBob()
			s.typeIn("y\r")
			s.exits(exitOK)
			if strings.Contains(s.text(), "as before") {
				t.Errorf("nothing is as before:\n%s", s.text())
			}
		})
	}
}

func TestWhatWasTypedBeforeTheQuestionConfirmsNobody(t *testing.T) {
	w := aliceThenBob(t, nil)
	if err := w.signInElsewhere(t.Context(), bob); err != nil {
		t.Fatal(err)
	}
	// Nothing reads the terminal while the shell waits for the file.
	s := inTerminal(t, w, `echo typing; while [ ! -e "$HOME/typed" ]; do sleep 0.01; done; daypass sso login `+corp)
	s.await("typing\r\n")
	s.typeIn("y\r")
	s.await("y\r\n")
	if err := os.WriteFile(filepath.Join(w.home, "typed"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.awaitBob()
	s.typeIn("\r")
	s.await(refusedBob)
	s.exits(exitFailed)
}

func TestAPersonWhoIsConfirmedInTheWindowLeavesTheTerminal(t *testing.T) {
	w := aliceThenBob(t, nil)
	s := inTerminal(t, w, "daypass sso login "+corp+" --force --device-code --no-browser")
	_, code := s.code()
	w.approve(t, code)
	s.awaitBob()
	p := w.broker.Prompts()
	if len(p) != 1 || p[0].Kind != creds.PromptPerson {
		t.Fatalf("the prompts are %+v", p)
	}
	if err := w.broker.Answer(p[0].ID, creds.AnswerRequest{Grant: creds.GrantPerson}); err != nil {
		t.Fatal(err)
	}
	s.await("Answered elsewhere.")
	s.await("Signed in to " + corp + " as bob@corp.example.")
	s.exits(exitOK)
}

func TestAPersonIsNotAskedAboutInATerminalThatNobodySitsAt(t *testing.T) {
	shown := make(chan string, 1)
	w := aliceThenBob(t, func(ctx context.Context, id string) error {
		shown <- id
		<-ctx.Done()
		return nil
	})
	if err := w.signInElsewhere(t.Context(), bob); err != nil {
		t.Fatal(err)
	}
	piped := exec.CommandContext(t.Context(), "sh", "-c", "daypass sso login "+corp+"; exit $?")
	piped.Env = append(os.Environ(), w.env...)
	piped.Stdin = strings.NewReader("y\n")
	var said strings.Builder
	piped.Stdout, piped.Stderr = &said, &said
	if err := piped.Start(); err != nil {
		t.Fatal(err)
	}
	id := <-shown
	if err := w.broker.Cancel(id); err != nil {
		t.Fatal(err)
	}
	if err := piped.Wait(); err == nil || !strings.Contains(said.String(), refusedBob) || strings.Contains(said.String(), "[y/N]") {
		t.Errorf("it ends with %v and says %q", err, said.String())
	}
	if got := w.owner("sso-sandbox-temporary"); got != "alice" {
		t.Errorf("the profile is %q's", got)
	}
}
