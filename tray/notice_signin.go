package tray

import (
	"slices"
	"strings"
	"time"

	"daypass/creds"
	"daypass/internal/lang"
)

// signInLead is how long before the end of a console sign-in its notice is shown. Until
// then credentials are renewed silently, and after it only a person gets new ones.
const signInLead = 30 * time.Minute

// signInEnd records the notice about the end of a console sign-in.
type signInEnd struct {
	// at is when the sign-in ends.
	at time.Time
	// passed: no notice is due of this end.
	passed bool
	// offer is what a notice that was shown offers; the zero command if none was, or if
	// somebody signs in already.
	offer Command
}

// signInNotices returns the notices about the ends of console sign-ins in use: one for
// each, however many profiles depend on it. A sign-in that waits for a person gets none,
// because its window is open.
func (seen *Seen) signInNotices(s creds.Snapshot, now time.Time) []Notice {
	before := seen.signIns
	seen.signIns = make(map[string]signInEnd)
	var notices []Notice
	for _, one := range signInsOf(s, now) {
		e, known := before[one.arn]
		if !e.at.Equal(one.ends) {
			e = signInEnd{at: one.ends}
		}
		switch due := !one.ends.Add(-signInLead).After(now); {
		case one.waits || due && !known:
			e.passed, e.offer = e.passed || due, Command{}
		case due && !e.passed && len(one.profiles) > 0:
			e.passed, e.offer = true, signInCommand(one)
			notices = append(notices, signInNotice(one, now))
		}
		seen.signIns[one.arn] = e
	}
	return notices
}

// consoleSignIn is a console sign-in with a known end.
type consoleSignIn struct {
	arn  string
	ends time.Time
	// profiles are those in use whose ends are announced, the one that was used last
	// first; name is the profile that signs in.
	profiles []creds.Status
	name     string
	// waits: a person is asked to sign in.
	waits bool
}

// signInsOf returns the console sign-ins that last at the time now, in the order of their
// profiles.
func signInsOf(s creds.Snapshot, now time.Time) []consoleSignIn {
	var all []consoleSignIn
	at := make(map[string]int)
	for _, p := range shown(s) {
		if p.LoginSession == "" || !p.SignInEnds.After(now) {
			continue
		}
		i, known := at[p.LoginSession]
		if !known {
			i = len(all)
			at[p.LoginSession] = i
			all = append(all, consoleSignIn{arn: p.LoginSession, ends: p.SignInEnds})
		}
		one := &all[i]
		one.waits = one.waits || p.Phase == creds.PhaseNeedsSSO
		if !p.Unannounced && (p.Left(now) > 0 || now.Sub(p.LastUsed) < recent) {
			one.profiles = append(one.profiles, p)
		}
	}
	for i := range all {
		list := all[i].profiles
		slices.SortStableFunc(list, func(a, b creds.Status) int { return b.LastUsed.Compare(a.LastUsed) })
		if len(list) > 0 {
			all[i].name = list[0].KeyOwner()
		}
	}
	return all
}

// signInCommand signs in anew: the agent does that for new credentials where the sign-in
// ends soon.
func signInCommand(one consoleSignIn) Command {
	return Command{Verb: VerbRenew, Profile: one.name, End: one.ends.Unix()}
}

func signInNotice(one consoleSignIn, now time.Time) Notice {
	name := shorten(one.name, maxName)
	n := Notice{
		Topic: TopicSignIn,
		Title: lang.Sprintf("The console sign-in of %s ends at %s", name, one.ends.In(now.Location()).Format("15:04")),
		Offers: []Offer{{
			Label: lang.T("Sign in"), Among: lang.Sprintf("Sign in for %s", name), Clicks: []Command{signInCommand(one)},
		}},
		Stays: true,
	}
	var others []string
	for _, p := range one.profiles {
		if p.Name != one.name {
			others = append(others, shorten(p.Name, maxName))
		}
	}
	const most = 3
	switch more := len(others) - most + 1; {
	case more > 1:
		n.Body = lang.Sprintf("It is also that of %s and %d more.", strings.Join(others[:most-1], ", "), more)
	case len(others) > 0:
		n.Body = lang.Sprintf("It is also that of %s.", strings.Join(others, ", "))
	}
	return n
}
