package prompts

import (
	"strings"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// consoleSignIn asks to sign in to AWS's console with a browser. Its answers are methods,
// and the code that the page shows where the browser cannot return to this machine.
var consoleSignIn = Kind{
	Input:    InputBrowser,
	Subject:  consoleSubject,
	Asks:     func(p creds.Prompt) string { return lang.Sprintf("the sign-in to %s", console(p)) },
	Undone:   " did not happen",
	Menu:     signInLine,
	Title:    func(p creds.Prompt) string { return lang.Sprintf("sign in to %s", console(p)) },
	Headline: signInHeadline,
	Facts: func(p creds.Prompt) []Fact {
		who := p.SignIn.Identity
		return []Fact{
			{Label: lang.T("Profile"), Value: p.Profile},
			{lang.T("Sign in as"), words.Identity(who), who},
		}
	},
	Explain: why,
	Busy:    "Checking with AWS…",
	Close:   "Cancel",
	Heading: func(p creds.Prompt) []string {
		by := AskedBy(p.Requester)
		if by == "" {
			return nil
		}
		return []string{lang.Sprintf("%s needs a sign-in to AWS's console, %s", p.Profile, by)}
	},
	Questions: func(p creds.Prompt) []string {
		if p.SignIn.Pastes {
			return []string{lang.T("Paste the code: ")}
		}
		return []string{lang.T("waiting… Ctrl-C cancels")}
	},
	First: "a sign-in to AWS's console is needed first",
	has:   func(p creds.Prompt) bool { return p.SignIn != nil },
}

// consoleSubject is who is to sign in, or else the profile whose first sign-in it is.
func consoleSubject(p creds.Prompt) string {
	if p.SignIn.Identity != "" {
		return p.SignIn.Identity
	}
	return ofProfile(p)
}

// ofProfile is the subject of a prompt that is about its profile alone. No SSO session and
// no ARN is named like that.
func ofProfile(p creds.Prompt) string { return "\n" + p.Profile }

// console names what is signed in to, for people: the console as who is to sign in, or for
// which profile.
func console(p creds.Prompt) string {
	switch {
	case p.SignIn.Identity != "":
		return lang.Sprintf("AWS's console as %s", BriefIdentity(p.SignIn.Identity))
	case p.Profile != "":
		return lang.Sprintf("AWS's console for %s", BriefProfile(p.Profile))
	}
	return lang.T("AWS's console")
}

// BriefIdentity names who is signed in to the console where it fits into a sentence:
// "user/alice (111122223333)".
func BriefIdentity(arn string) string {
	const most = 48
	whole := words.Identity(arn)
	if len(whole) <= most {
		return whole
	}
	// The last part of a path or of a role's session differs most, and then both ends do.
	if whole = whole[strings.LastIndexByte(whole, '/')+1:]; len(whole) > most {
		whole = strings.ToValidUTF8(whole[:most/2-1]+"…"+whole[len(whole)-most/2:], "")
	}
	return whole
}

// SignInTo names what a prompt of a sign-in is about, within a sentence.
func SignInTo(p creds.Prompt) string {
	if p.Kind == creds.PromptConsole {
		return console(p)
	}
	return p.SessionID()
}
