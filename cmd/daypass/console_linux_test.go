package main

import (
	"strings"
	"testing"
)

func TestAConsoleOpensAfterTheCodeIsTypedInTheTerminal(t *testing.T) {
	w := withKey(t)
	s := inTerminal(t, w, "daypass console dev-readonly --no-browser=false --browser private")
	s.await("needs a code from this MFA device:")
	s.await("Code: ")
	s.typeIn(w.code())
	s.await("Opened the console of dev-readonly (111111111111, ReadOnly) in a private window; until ")
	s.exits(exitOK)
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.opened) != 1 || !w.opened[0].place.Private || !strings.Contains(w.opened[0].link.Reveal(), "SigninToken=") {
		t.Errorf("the browser got %+v", w.opened)
	}
	if strings.Contains(s.text(), "SigninToken") {
		t.Errorf("the link was shown:\n%s", s.text())
	}
}

func TestAConsoleOpensAfterASignIn(t *testing.T) {
	w := inWorld(t)
	s := inTerminal(t, w, "link=$(daypass console sso-sandbox --device-code --no-browser --print); echo \"[$link]\"")
	_, code := s.code()
	w.approve(t, code)
	s.await("This is a link to the console of sso-sandbox (")
	s.await("[https://")
	if link := s.line(); !strings.Contains(link, "SigninToken=") || !strings.HasSuffix(link, "]") {
		t.Errorf("the shell got more or less than a link: %q", link)
	}
	s.exits(exitOK)
}

func TestCtrlCAtTheConsolesCodeOpensNothing(t *testing.T) {
	w := withKey(t)
	s := inTerminal(t, w, "daypass console dev-readonly --no-browser=false")
	s.await("Code: ")
	s.typeIn("12\x03")
	s.exits(exitInterrupted)
	w.awaitPrompts(t, none)
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.opened) != 0 {
		t.Errorf("the browser got %+v", w.opened)
	}
}
