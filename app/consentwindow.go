package app

import (
	"cmp"
	"fmt"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"daypass/app/kit"
	"daypass/creds"
)

// newConsentWindow fills win with the question whether programs may have a
// sensitive profile. It shows nothing of the prompt until receive brings it.
func newConsentWindow(win fyne.Window, do func(func()), leave func()) *grantWindow {
	w := newGrantWindow(win, do, leave, "Not now", consentWords)
	w.describe = func(p creds.Prompt) {
		w.headline.Set(consentHeadline(p), "")
		for i, text := range []string{programWords(p.Requester), p.Requester.Dir, p.AccountID, leaseWords(p.Lease)} {
			w.facts[i].Set(text)
		}
	}
	buttons := container.New(layout.NewCustomPaddedHBoxLayout(kit.ButtonGap),
		w.newGrant("Once", creds.GrantOnce), w.newGrant("For an hour", creds.GrantHour),
		w.newGrant("Always", creds.GrantAlways), w.newGrant("Never", creds.GrantNever),
		layout.NewSpacer(), w.close)
	w.fill(container.New(kit.Column{Padding: windowPadding, Gaps: []float32{0, 14, 18, 18}},
		w.headline, w.newFacts("Program", "Folder", "Account", "Lent for"), w.notice, buttons))
	return w
}

// consentHeadline is the question.
func consentHeadline(p creds.Prompt) string {
	return fmt.Sprintf("%s wants %s", cmp.Or(p.Requester.Program, "A program"), p.Profile)
}

// consentWords say what an answer means beyond the program that asks: it is
// kept for the profile.
func consentWords(p creds.Prompt) string {
	return fmt.Sprintf("An answer holds for all programs. Always and Never hold until you change “Programs” of %s in the settings.",
		briefProfile(p.Profile))
}

// briefProfile is a profile's name where it fits into a sentence.
func briefProfile(name string) string {
	if len(name) <= 24 {
		return name
	}
	return "the profile"
}

// programWords name the program that asks.
func programWords(r creds.Requester) string {
	if r.Program == "" {
		return fmt.Sprintf("pid %d", r.PID)
	}
	return fmt.Sprintf("%s, pid %d", r.Program, r.PID)
}

// leaseWords say how long a profile would stay unlocked.
func leaseWords(lease time.Duration) string {
	if lease <= 0 {
		return ""
	}
	return roughly(lease)
}
