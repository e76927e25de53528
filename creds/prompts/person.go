package prompts

import (
	"cmp"
	"fmt"

	"daypass/creds"
	"daypass/internal/words"
)

// person asks whether the profiles of an SSO session are to get the credentials of another
// person than before. It is asked in the terminal of the person who signed in, even if a
// program has asked first.
var person = Kind{
	Input: InputChoice,
	Choices: func(p creds.Prompt) []Choice {
		return []Choice{{creds.GrantPerson, "Use " + cmp.Or(p.Person.Now, "their credentials")}}
	},
	Follows: true,
	Subject: creds.Prompt.SessionID,
	Asks: func(p creds.Prompt) string {
		return fmt.Sprintf("the confirmation that %s may take over %s", cmp.Or(p.Person.Now, "somebody else"), p.SessionID())
	},
	Undone:   " was not given",
	Menu:     func(p creds.Prompt) string { return SignedIn(p.Person) + ": is that right?" },
	Title:    personHeadline,
	Headline: personHeadline,
	Facts: func(p creds.Prompt) []Fact {
		by := ""
		if p.Requester.Surface == creds.SurfaceProgram {
			by = process(p.Requester)
		}
		return []Fact{
			{Label: "Now", Value: cmp.Or(p.Person.Now, "not known")},
			{Label: "Before", Value: p.Person.Before},
			{Label: "Asked by", Value: by},
		}
	},
	Explain: func(p creds.Prompt) string {
		why := ""
		if p.Person.Now == "" {
			why = words.Sentence(p.Person.Why)
		}
		return join(why, fmt.Sprintf("If you go on, all profiles of %s get their credentials.", brief(session(p), 40, "the session")))
	},
	Close:     "Cancel",
	Heading:   personHeading,
	Questions: personQuestions,
	First:     "somebody else has signed in to Identity Center, which is to be confirmed first",
	has:       func(p creds.Prompt) bool { return p.Person != nil },
}

func personHeadline(p creds.Prompt) string { return "Somebody else signed in to " + session(p) }

// SignedIn says who has signed in to a session instead of the person before.
func SignedIn(p *creds.Person) string {
	return someone(p) + " signed in to " + words.Session(p.Session)
}

func personHeading(p creds.Prompt) []string {
	lines := []string{
		p.Person.Session + ": " + cmp.Or(p.Person.Now, "somebody whose name is not known") + " has signed in.",
		"Before, it was " + p.Person.Before + ".",
	}
	if p.Person.Why != "" {
		lines = append(lines, words.Sentence(p.Person.Why))
	}
	return lines
}

// personQuestions has a short form, as the lines above have the names.
func personQuestions(p creds.Prompt) []string {
	brief := "Use their credentials for its profiles?"
	if p.Person.Now == "" {
		return []string{brief}
	}
	return []string{fmt.Sprintf("Use %s's credentials for the profiles of %s?", p.Person.Now, p.Person.Session), brief}
}
