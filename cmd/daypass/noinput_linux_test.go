package main

import (
	"context"
	"os"
	"strings"
	"testing"

	"daypass/creds"
)

func TestACodeIsPastedInTheTerminalAsItWasCopied(t *testing.T) {
	for name, shape := range map[string]func(code string) string{
		"with a blank":              func(code string) string { return code[:3] + " " + code[3:] },
		"with a no-break space":     func(code string) string { return code[:3] + "\u00a0" + code[3:] + "\r\n" },
		"between marks and blanks":  func(code string) string { return "\x1b[200~\t " + code[:3] + "-" + code[3:] + " \r\n\x1b[201~" },
		"with each digit by itself": func(code string) string { return strings.Join(strings.Split(code, ""), " ") },
	} {
		t.Run(name, func(t *testing.T) {
			w := withKey(t)
			s := inTerminal(t, w, "daypass login alice")
			s.await("Code: ")
			s.typeIn(shape(w.code()))
			s.await("checking…")
			s.await("alice: valid 11 h 59 min, until")
			s.exits(exitOK)
		})
	}
}

func TestNobodyIsAskedInTheTerminalWithNoInput(t *testing.T) {
	w := withKey(t)
	for command, want := range map[string]string{
		"login alice --no-input":               "is needed for profile \"alice\", and nobody is to be asked for it\r\n",
		"export alice --no-input":              "is needed for profile \"alice\", and nobody is to be asked for it\r\n",
		"login alice --no-input --mfa-code -":  "give the code as --mfa-code CODE\r\n",
		"add bob --no-input":                   "give it on stdin, the access key ID on the first line and the secret access key on the second\r\n",
		"bookmarks add x - --no-input":         "daypass: the address is read from stdin, which is a terminal, and nobody is to be asked there: give it in a pipe or a file\r\n",
		"bookmarks import - --no-input":        "daypass: the file is read from stdin, which is a terminal, and nobody is to be asked there: give it in a pipe or a file\r\n",
		"sso login corp-sso --no-input":        "daypass: the sign-in to corp-sso is needed, and nobody is to be asked for it\r\n",
		"add new --console --no-input":         "and nobody is to be asked for it\r\n",
		"sso import corp-sso --yes --no-input": "daypass: the sign-in to corp-sso is needed, and nobody is to be asked for it\r\n",
	} {
		t.Run(command, func(t *testing.T) {
			s := inTerminal(t, w, "daypass "+command)
			s.await(want)
			s.exits(exitNeedsPerson)
		})
	}
	if asked := w.broker.Prompts(); len(asked) != 0 {
		t.Errorf("asked: %+v", asked)
	}
	t.Run("a change is not confirmed", func(t *testing.T) {
		if err := w.signIn("corp-sso"); err != nil {
			t.Fatal(err)
		}
		s := inTerminal(t, w, "daypass sso import corp-sso --no-input")
		s.await("daypass: nothing was written, as nobody is to be asked: --yes makes the change without asking\r\n")
		s.exits(exitNeedsPerson)
	})
	t.Run("a code that is given is used", func(t *testing.T) {
		s := inTerminal(t, w, "daypass login alice --no-input --mfa-code '"+w.code()+"'")
		s.await("alice: valid 11 h 59 min, until")
		s.exits(exitOK)
	})
}

func TestWhileSomebodyElseIsAskedACommandWithNoInputFailsAtOnce(t *testing.T) {
	w := withKey(t)
	s := inTerminal(t, w, "daypass login alice")
	s.await("Code: ")
	other := inTerminal(t, w, "daypass export alice --no-input")
	other.await(`is needed for profile "alice", and nobody is to be asked for it`)
	other.exits(exitNeedsPerson)
	s.typeIn(w.code())
	s.await("alice: valid 11 h 59 min, until")
	s.exits(exitOK)
}

func TestTheCodeOfAPipeIsReadWhereStdinIsNoTerminal(t *testing.T) {
	t.Run("in a pipe", func(t *testing.T) {
		w := withKey(t)
		s := inTerminal(t, w, "echo '"+w.code()+"' | daypass login alice --mfa-code -")
		s.await("alice: valid 11 h 59 min, until")
		s.exits(exitOK)
	})
	t.Run("a terminal is asked as ever", func(t *testing.T) {
		w := withKey(t)
		s := inTerminal(t, w, "daypass login alice --mfa-code -")
		s.await("Code: ")
		s.typeIn(w.code())
		s.await("alice: valid 11 h 59 min, until")
		s.exits(exitOK)
	})
}

// loginFrom is a login whose code is read from an input once it is asked for, as the
// commands in the old words do it.
func loginFrom(t *testing.T, w *world, input string, force bool) (rest string, err error) {
	t.Helper()
	for _, pair := range w.env {
		name, value, _ := strings.Cut(pair, "=")
		t.Setenv(name, value)
	}
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	if _, err := out.WriteString(input); err != nil {
		t.Fatal(err)
	}
	_ = out.Close()
	var said strings.Builder
	c := &cli{stdin: in, stdout: &output{to: &said}, stderr: &output{to: &said}}
	cmd := c.newRoot(nil)
	cmd.SetContext(context.Background())
	err = logIn(c, cmd, c.codeSource(), creds.LoginRequest{Profile: "alice", Force: force})
	left := make([]byte, 100)
	n, _ := in.Read(left)
	return string(left[:n]), err
}

func TestACodeIsReadFromAPipeOnceItIsAskedFor(t *testing.T) {
	w := withKey(t)
	if _, err := loginFrom(t, w, "", false); err == nil || (&cli{}).statusOf(err) != exitNeedsPerson {
		t.Errorf("without a code: %v", err)
	}
	if rest, err := loginFrom(t, w, w.code()+"\nmore", false); err != nil || rest != "more" {
		t.Errorf("with a code: %v, left %q", err, rest)
	}
	if rest, err := loginFrom(t, w, "654321\n", false); err != nil || rest != "654321\n" {
		t.Errorf("with a session that lasts: %v, left %q", err, rest)
	}
	_, err := loginFrom(t, w, w.wrongCode()+"\n", true)
	if creds.CodeOf(err) != creds.CodeMFARefused {
		t.Errorf("with a wrong code: %v", err)
	}
}
