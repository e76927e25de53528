package prompts

import (
	"cmp"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// person asks whether the profiles of an SSO session, or the one of a console sign-in, are
// to get the credentials of another person than before. It is asked in the terminal of the
// person who signed in, even if a program has asked first.
var person = Kind{
	Input: InputChoice,
	Choices: func(p creds.Prompt) []Choice {
		return []Choice{{creds.GrantPerson, lang.Sprintf("Use %s", cmp.Or(nowOf(p.Person), lang.T("their credentials")))}}
	},
	Follows: true,
	Subject: func(p creds.Prompt) string {
		if ofConsole(p.Person) {
			return ofProfile(p)
		}
		return p.SessionID()
	},
	Asks: func(p creds.Prompt) string {
		over := p.SessionID()
		if ofConsole(p.Person) {
			over = p.Profile
		}
		return lang.Sprintf("the confirmation that %s may take over %s", cmp.Or(nowOf(p.Person), lang.T("somebody else")), over)
	},
	Undone:    " was not given",
	Menu:      func(p creds.Prompt) string { return lang.Sprintf("%s: is that right?", SignedIn(p.Person)) },
	Title:     personHeadline,
	Headline:  personHeadline,
	Facts:     personFacts,
	Explain:   personExplain,
	Close:     "Cancel",
	Heading:   personHeading,
	Questions: personQuestions,
	First:     "somebody else has signed in, which is to be confirmed first",
	has:       func(p creds.Prompt) bool { return p.Person != nil },
}

// ofConsole reports whether a person has signed in to the console, and not to an SSO
// session.
func ofConsole(p *creds.Person) bool { return p.Session == "" }

// nowOf and beforeOf name the persons where that fits into a sentence; "" if unknown.
func nowOf(p *creds.Person) string    { return personName(p, p.Now) }
func beforeOf(p *creds.Person) string { return personName(p, p.Before) }

func personName(p *creds.Person, name string) string {
	if ofConsole(p) {
		return BriefIdentity(name)
	}
	return name
}

func personHeadline(p creds.Prompt) string {
	if ofConsole(p.Person) {
		return lang.T("Somebody else signed in to AWS's console")
	}
	return lang.Sprintf("Somebody else signed in to %s", session(p))
}

// SignedIn says who has signed in instead of the person before.
func SignedIn(p *creds.Person) string {
	if ofConsole(p) {
		return lang.Sprintf("%s signed in to AWS's console", someone(p))
	}
	return lang.Sprintf("%s signed in to %s", someone(p), words.Session(p.Session))
}

func personFacts(p creds.Prompt) []Fact {
	by, profile := "", ""
	if p.Requester.Surface == creds.SurfaceProgram {
		by = process(p.Requester)
	}
	now := Fact{Label: lang.T("Now"), Value: cmp.Or(p.Person.Now, lang.T("not known"))}
	before := Fact{Label: lang.T("Before"), Value: p.Person.Before}
	if ofConsole(p.Person) {
		profile = p.Profile
		now.Value, now.Full = words.Identity(now.Value), p.Person.Now
		before.Value, before.Full = words.Identity(before.Value), p.Person.Before
	}
	return []Fact{{Label: lang.T("Profile"), Value: profile}, now, before, {Label: lang.T("Asked by"), Value: by}}
}

func personExplain(p creds.Prompt) string {
	if ofConsole(p.Person) {
		return join(
			lang.Sprintf("%s is for %s, and %s has signed in.", brief(p.Profile, 24, lang.T("The profile")), beforeOf(p.Person), nowOf(p.Person)),
			lang.T("If you go on, the profile is changed to the new identity."),
		)
	}
	why := ""
	if p.Person.Now == "" {
		why = words.Sentence(p.Person.Why)
	}
	return join(why, lang.Sprintf("If you go on, all profiles of %s get their credentials.", brief(session(p), 40, lang.T("the session"))))
}

func personHeading(p creds.Prompt) []string {
	if ofConsole(p.Person) {
		return []string{
			lang.Sprintf("%s: %s has signed in to AWS's console.", p.Profile, words.Identity(p.Person.Now)),
			lang.Sprintf("The profile is for %s.", words.Identity(p.Person.Before)),
		}
	}
	lines := []string{
		lang.Sprintf("%s: %s has signed in.", p.Person.Session, cmp.Or(p.Person.Now, lang.T("somebody whose name is not known"))),
		lang.Sprintf("Before, it was %s.", p.Person.Before),
	}
	if p.Person.Why != "" {
		lines = append(lines, words.Sentence(p.Person.Why))
	}
	return lines
}

// personQuestions has a short form, as the lines above have the names.
func personQuestions(p creds.Prompt) []string {
	if ofConsole(p.Person) {
		return []string{
			lang.Sprintf("Change %s to %s?", p.Profile, nowOf(p.Person)),
			lang.T("Change the profile to the new identity?"),
		}
	}
	brief := lang.T("Use their credentials for its profiles?")
	if p.Person.Now == "" {
		return []string{brief}
	}
	return []string{lang.Sprintf("Use %s's credentials for the profiles of %s?", p.Person.Now, p.Person.Session), brief}
}
