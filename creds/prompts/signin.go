package prompts

import (
	"fmt"
	"strings"

	"daypass/creds"
)

// signIn asks to sign in to IAM Identity Center with a browser. Its answers are methods, of
// which the last one counts.
var signIn = Kind{
	Input:    InputBrowser,
	Subject:  creds.Prompt.SessionID,
	Asks:     func(p creds.Prompt) string { return "the sign-in to " + p.SessionID() },
	Undone:   " did not happen",
	Menu:     signInLine,
	Title:    func(p creds.Prompt) string { return "sign in to " + session(p) },
	Headline: signInHeadline,
	Facts:    func(creds.Prompt) []Fact { return nil },
	Explain:  why,
	Close:    "Cancel",
	Heading: func(p creds.Prompt) []string {
		by := AskedBy(p.Requester)
		if by == "" {
			return nil
		}
		return []string{p.SessionID() + " needs a sign-in, " + by}
	},
	Questions: func(creds.Prompt) []string { return []string{"waiting… Ctrl-C cancels"} },
	First:     "a sign-in to Identity Center is needed first",
	has:       func(p creds.Prompt) bool { return p.SignIn != nil },
}

func signInHeadline(p creds.Prompt) string { return "Sign in to " + session(p) }

func signInLine(p creds.Prompt) string {
	line, program := signInHeadline(p), byProgram(p.Requester)
	switch {
	case p.SignIn.Begun:
		return line + " in the browser…"
	case program != "":
		return line + ": " + program + " is waiting"
	case p.Requester.Surface == creds.SurfaceProgram:
		return line + ": a program is waiting"
	}
	return line + "…"
}

// why says in one sentence who needs the sign-in.
func why(p creds.Prompt) string {
	what := "the credentials of " + p.Profile
	yours := what + ","
	if p.Profile == "" {
		yours = "it"
		what = "its profiles"
	}
	switch who := p.Requester; {
	case who == creds.Requester{}:
		return fmt.Sprintf("It is needed for %s.", what)
	case who.Surface == creds.SurfaceTray:
		return fmt.Sprintf("You asked for %s in the tray.", yours)
	case who.Surface == creds.SurfaceWindow:
		return fmt.Sprintf("You asked for %s in the window.", yours)
	case who.Surface == creds.SurfaceTerminal && who.Program == "":
		return fmt.Sprintf("You asked for %s in a terminal.", yours)
	default:
		return fmt.Sprintf("%s needs %s.", upperFirst(who.String()), what)
	}
}

// upperFirst makes "a program (pid 7)" begin a sentence; the names of programs
// stay as they are.
func upperFirst(who string) string {
	if rest, unnamed := strings.CutPrefix(who, "a program "); unnamed {
		return "A program " + rest
	}
	return who
}
