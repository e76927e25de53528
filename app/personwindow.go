package app

import (
	"cmp"
	"fmt"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/words"
)

// personMost is how wide a person's name may be on a button, so that the longest
// has room beside the other button.
const personMost = 300

// newPersonWindow fills win with the question whether another person than before
// may take a session over. It shows nothing of the prompt until receive brings it.
func newPersonWindow(win fyne.Window, do func(func()), leave func()) *grantWindow {
	w := newGrantWindow(win, do, leave, "Cancel", personWords)
	use := w.newGrant("", creds.GrantPerson)
	w.describe = func(p creds.Prompt) {
		w.headline.Set(personHeadline(p), "")
		for i, text := range []string{cmp.Or(p.Person.Now, "not known"), p.Person.Before, programThatAsks(p.Requester)} {
			w.facts[i].Set(text)
		}
		use.SetText(useWords(p))
	}
	buttons := container.New(layout.NewCustomPaddedHBoxLayout(kit.ButtonGap), layout.NewSpacer(), w.close, use)
	w.fill(container.New(kit.Column{Padding: windowPadding, Gaps: []float32{0, 14, 18, 18}},
		w.headline, w.newFacts("Now", "Before", "Asked by"), w.notice, buttons))
	return w
}

// personHeadline says what the question is about.
func personHeadline(p creds.Prompt) string {
	return "Somebody else signed in to " + sessionName(p)
}

// personWords say what an answer means.
func personWords(p creds.Prompt) string {
	why := ""
	if p.Person.Now == "" {
		why = words.Sentence(p.Person.Why)
	}
	return join(why, fmt.Sprintf("If you go on, all profiles of %s get their credentials.", briefSessionName(p)))
}

// useWords name the button that takes the other person.
func useWords(p creds.Prompt) string {
	if p.Person.Now == "" {
		return "Use their credentials"
	}
	name, _ := kit.Ellipsis(p.Person.Now, personMost, kit.SizeText, fyne.TextStyle{Bold: true})
	return "Use " + name
}

// briefSessionName is a session's name where it fits into a sentence.
func briefSessionName(p creds.Prompt) string {
	if name := sessionName(p); len(name) <= 40 {
		return name
	}
	return "the session"
}

// programThatAsks names the program that a question comes of; "" if a person has
// asked for what it comes of.
func programThatAsks(r creds.Requester) string {
	if r.Surface != creds.SurfaceProgram {
		return ""
	}
	return programWords(r)
}
