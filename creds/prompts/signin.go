package prompts

import (
	"strings"

	"daypass/creds"
	"daypass/internal/lang"
)

// signIn asks to sign in to IAM Identity Center with a browser. Its answers are methods, of
// which the last one counts.
var signIn = Kind{
	Input:    InputBrowser,
	Subject:  creds.Prompt.SessionID,
	Asks:     func(p creds.Prompt) string { return lang.Sprintf("the sign-in to %s", p.SessionID()) },
	Undone:   " did not happen",
	Menu:     signInLine,
	Title:    func(p creds.Prompt) string { return lang.Sprintf("sign in to %s", session(p)) },
	Headline: signInHeadline,
	Facts:    func(creds.Prompt) []Fact { return nil },
	Explain:  why,
	Close:    "Cancel",
	Heading: func(p creds.Prompt) []string {
		by := AskedBy(p.Requester)
		if by == "" {
			return nil
		}
		return []string{lang.Sprintf("%s needs a sign-in, %s", p.SessionID(), by)}
	},
	Questions: func(creds.Prompt) []string { return []string{lang.T("waiting… Ctrl-C cancels")} },
	First:     "a sign-in to Identity Center is needed first",
	has:       func(p creds.Prompt) bool { return p.SignIn != nil },
}

func signInHeadline(p creds.Prompt) string {
	to := session(p)
	if p.Kind == creds.PromptConsole {
		to = console(p)
	}
	return lang.Sprintf("Sign in to %s", to)
}

func signInLine(p creds.Prompt) string {
	line, program := signInHeadline(p), byProgram(p.Requester)
	switch {
	case p.SignIn.Begun:
		return lang.Sprintf("%s in the browser…", line)
	case program != "":
		return lang.Sprintf("%s: %s is waiting", line, program)
	case p.Requester.Surface == creds.SurfaceProgram:
		return lang.Sprintf("%s: a program is waiting", line)
	}
	return line + "…"
}

// why says in one sentence who needs the sign-in.
func why(p creds.Prompt) string {
	what := lang.Sprintf("the credentials of %s", p.Profile)
	yours := what + ","
	if p.Profile == "" {
		yours = lang.T("it")
		what = lang.T("its profiles")
	}
	switch who := p.Requester; {
	case who == creds.Requester{}:
		return lang.Sprintf("It is needed for %s.", what)
	case who.Surface == creds.SurfaceTray:
		return lang.Sprintf("You asked for %s in the tray.", yours)
	case who.Surface == creds.SurfaceWindow:
		return lang.Sprintf("You asked for %s in the window.", yours)
	case who.Surface == creds.SurfaceTerminal && who.Program == "":
		return lang.Sprintf("You asked for %s in a terminal.", yours)
	default:
		return lang.Sprintf("%s needs %s.", upperFirst(who.String()), what)
	}
}

// upperFirst makes "a program (pid 7)" begin a sentence; the names of programs
// stay as they are.
func upperFirst(who string) string {
	if rest, unnamed := strings.CutPrefix(who, "a program "); unnamed {
		return lang.Sprintf("A program %s", rest)
	}
	return who
}
