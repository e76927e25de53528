package prompts

import (
	"cmp"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// person asks whether the profiles of an SSO session are to get the credentials of another
// person than before. It is asked in the terminal of the person who signed in, even if a
// program has asked first.
var person = Kind{
	Input: InputChoice,
	Choices: func(p creds.Prompt) []Choice {
		return []Choice{{creds.GrantPerson, lang.Sprintf("Use %s", cmp.Or(p.Person.Now, lang.T("their credentials")))}}
	},
	Follows: true,
	Subject: creds.Prompt.SessionID,
	Asks: func(p creds.Prompt) string {
		return lang.Sprintf("the confirmation that %s may take over %s", cmp.Or(p.Person.Now, lang.T("somebody else")), p.SessionID())
	},
	Undone:   " was not given",
	Menu:     func(p creds.Prompt) string { return lang.Sprintf("%s: is that right?", SignedIn(p.Person)) },
	Title:    personHeadline,
	Headline: personHeadline,
	Facts: func(p creds.Prompt) []Fact {
		by := ""
		if p.Requester.Surface == creds.SurfaceProgram {
			by = process(p.Requester)
		}
		return []Fact{
			{Label: lang.T("Now"), Value: cmp.Or(p.Person.Now, lang.T("not known"))},
			{Label: lang.T("Before"), Value: p.Person.Before},
			{Label: lang.T("Asked by"), Value: by},
		}
	},
	Explain: func(p creds.Prompt) string {
		why := ""
		if p.Person.Now == "" {
			why = words.Sentence(p.Person.Why)
		}
		return join(why, lang.Sprintf("If you go on, all profiles of %s get their credentials.", brief(session(p), 40, lang.T("the session"))))
	},
	Close:     "Cancel",
	Heading:   personHeading,
	Questions: personQuestions,
	First:     "somebody else has signed in to Identity Center, which is to be confirmed first",
	has:       func(p creds.Prompt) bool { return p.Person != nil },
}

func personHeadline(p creds.Prompt) string {
	return lang.Sprintf("Somebody else signed in to %s", session(p))
}

// SignedIn says who has signed in to a session instead of the person before.
func SignedIn(p *creds.Person) string {
	return lang.Sprintf("%s signed in to %s", someone(p), words.Session(p.Session))
}

func personHeading(p creds.Prompt) []string {
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
	brief := lang.T("Use their credentials for its profiles?")
	if p.Person.Now == "" {
		return []string{brief}
	}
	return []string{lang.Sprintf("Use %s's credentials for the profiles of %s?", p.Person.Now, p.Person.Session), brief}
}
