package main

import (
	"cmp"
	"errors"

	"daypass/creds"
	"daypass/creds/words"
)

// errNoPerson says that a prompt lacks what it is about.
var errNoPerson = errors.New("the agent asks about a person and does not say whom; it may be of another version")

// personLines say who has signed in, and who it was before.
func personLines(p *creds.Person) []string {
	lines := []string{
		printable(p.Session) + ": " + printable(cmp.Or(p.Now, "somebody whose name is not known")) + " has signed in.",
		"Before, it was " + printable(p.Before) + ".",
	}
	if p.Why != "" {
		lines = append(lines, words.Sentence(printable(p.Why)))
	}
	return lines
}

// questionMost is how long a question may be that a line of 80 columns has room
// for, with its answer.
const questionMost = 76

// personQuestion asks whether another person is to be taken. Long names are in the
// lines above it.
func personQuestion(p *creds.Person) string {
	const ending = "? [y/N] "
	if p.Now != "" {
		full := "Use " + printable(p.Now) + "'s credentials for the profiles of " + printable(p.Session) + ending
		if columns(full) <= questionMost {
			return full
		}
	}
	return "Use their credentials for its profiles" + ending
}

// signedInAs says to what a person has signed in, and who that is.
func signedInAs(session, person string) string {
	text := "Signed in to " + printable(session)
	if person != "" {
		text += " as " + printable(person)
	}
	return text + "."
}
