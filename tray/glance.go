package tray

import (
	"strings"
	"time"
	"unicode/utf16"

	"daypass/creds"
	"daypass/internal/words"
	"daypass/packaging/icons"
)

// recent is how long after its last use a profile whose credentials are gone
// still counts as in use. On Monday, Friday's session is no news.
const recent = 24 * time.Hour

// maxTooltip is the longest tooltip: Windows takes 128 UTF-16 units with the
// final zero, and systray cuts a longer text without it.
// https://learn.microsoft.com/en-us/windows/win32/api/shellapi/ns-shellapi-notifyicondataw
const maxTooltip = 127

// look is the state that a profile is shown with. Credentials that ended with
// their sign-in have not failed.
func look(p creds.Status, now time.Time) creds.State {
	state := p.State(now)
	if state == creds.StateFailed && p.Err != nil && p.Err.Code == creds.CodeSignInNeeded {
		return creds.StateExpired
	}
	return state
}

// The ranks of profiles: how much a person should look at them. Rank zero is not
// at all.
const (
	rankValid = 1 + iota
	rankRefreshing
	rankEnding
	rankExpired
	rankUnlocked
	rankFailed
	rankNeedy
	ranks
)

// rank returns the rank of a profile.
func rank(p creds.Status, now time.Time) int {
	inUse := now.Sub(p.LastUsed) < recent
	switch look(p, now) {
	case creds.StateNeedsMFA, creds.StateNeedsSSO:
		return rankNeedy
	case creds.StateFailed:
		if inUse {
			return rankFailed
		}
	case creds.StateExpired:
		if inUse {
			return rankExpired
		}
	case creds.StateEnding:
		if unlocked(p, now) {
			return rankUnlocked
		}
		return rankEnding
	case creds.StateRefreshing:
		return rankRefreshing
	case creds.StateValid:
		if unlocked(p, now) {
			return rankUnlocked
		}
		return rankValid
	case creds.StateNone:
	}
	return 0
}

// unlocked reports whether a sensitive profile has credentials.
func unlocked(p creds.Status, now time.Time) bool { return p.Sensitive && p.Left(now) > 0 }

// Icon returns the picture of the tray icon, that of the worst that matters: a
// question that waits, a failure, a sensitive profile that is unlocked, credentials
// that have ended or soon will, and only then good news. Failures and ends count
// for a day after the profile was last used. A session of Identity Center that is
// over, or has the token of another person, waits for a person if its profiles are
// in use, and else for nobody. A
// problem that concerns no single profile counts as a failure.
func Icon(s creds.Snapshot, now time.Time) icons.State {
	need := needsOf(s, now)
	if len(s.Prompts) > 0 || len(need.signIn) > 0 || len(need.strange) > 0 {
		return icons.Attention
	}
	worst, icon := 0, icons.Idle
	if len(s.Problems) > 0 || len(need.failed) > 0 {
		worst, icon = rankFailed, icons.Failed
	}
	for _, p := range shown(s) {
		if r := rank(p, now); r > worst && !need.cover(p, now) {
			worst, icon = r, profilePicture(p, now)
		}
	}
	return icon
}

// Tooltip says in words what [Icon] shows, the worst first:
// "daypass: alice waits for a code, 2 profiles valid".
func Tooltip(s creds.Snapshot, now time.Time) string {
	var groups [ranks]struct {
		first creds.Status
		count int
	}
	need := needsOf(s, now)
	for _, p := range shown(s) {
		if need.cover(p, now) {
			continue
		}
		r := rank(p, now)
		if groups[r].count == 0 {
			groups[r].first = p
		}
		groups[r].count++
	}
	var parts []string
	if len(s.Prompts) > 0 && groups[rankNeedy].count == 0 && len(need.signIn) == 0 && len(need.strange) == 0 {
		parts = append(parts, "a question waits")
	}
	parts = append(parts, sessionParts(need.signIn, "needs a sign-in", "need a sign-in")...)
	parts = append(parts, sessionParts(need.strange, "was signed in to by somebody else", "were signed in to by somebody else")...)
	for _, problem := range s.Problems {
		parts = append(parts, shorten(problem.Message, maxReason))
	}
	parts = append(parts, sessionParts(need.failed, "could not be signed in to", "could not be signed in to")...)
	for r := len(groups) - 1; r > 0; r-- {
		switch g := groups[r]; g.count {
		case 0:
		case 1:
			parts = append(parts, shorten(g.first.Name, maxName)+" "+glanceWords(g.first, now))
		default:
			parts = append(parts, words.Count(g.count, "profile")+" "+glancePlural(g.first, now))
		}
	}
	if len(parts) == 0 {
		parts = []string{"no credentials"}
	}
	return tooltipText("daypass: " + strings.Join(parts, ", "))
}

// sessionParts say how one or several sessions are.
func sessionParts(sessions []creds.Session, one, several string) []string {
	switch len(sessions) {
	case 0:
		return nil
	case 1:
		return []string{sessionName(sessions[0].ID) + " " + one}
	}
	return []string{words.Count(len(sessions), "session") + " " + several}
}

// glanceWords follow a profile's name.
func glanceWords(p creds.Status, now time.Time) string {
	if rank(p, now) == rankUnlocked {
		return "is unlocked until " + clock(p.Expires, now)
	}
	switch p.State(now) {
	case creds.StateValid:
		return "valid until " + clock(p.Expires, now)
	case creds.StateEnding:
		return "ends " + clock(p.Expires, now)
	case creds.StateFailed:
		if look(p, now) != creds.StateFailed {
			return stateWords(p, now)
		}
		return "failed"
	case creds.StateRefreshing:
		return "is being refreshed"
	default:
		return stateWords(p, now)
	}
}

// glancePlural follows the number of profiles that are like p.
func glancePlural(p creds.Status, now time.Time) string {
	if rank(p, now) == rankUnlocked {
		return "are unlocked"
	}
	switch look(p, now) {
	case creds.StateNeedsMFA:
		return "wait for a code"
	case creds.StateNeedsSSO:
		return "wait for a sign-in"
	case creds.StateFailed:
		return "failed"
	case creds.StateEnding:
		return "end soon"
	case creds.StateRefreshing:
		return "are being refreshed"
	default:
		return string(look(p, now))
	}
}

// tooltipText cuts a text to what every platform can show.
func tooltipText(text string) string {
	for limit := maxTooltip; ; limit-- {
		short := shorten(text, limit)
		if len(utf16.Encode([]rune(short))) <= maxTooltip {
			return short
		}
	}
}

// Primary returns what a plain click on the icon does, where the tray host tells
// clicks apart: it shows the question that has waited longest, else signs in to
// the session in use that is over or was signed in to by somebody else, else refreshes the profile that needs it most,
// which is the one used last among those whose credentials have ended, or else
// the one whose credentials end first. A sensitive one is left alone.
func Primary(s creds.Snapshot, now time.Time) Command {
	if len(s.Prompts) > 0 {
		return Command{Verb: VerbAnswer, Prompt: s.Prompts[0].ID}
	}
	if id, ok := needsOf(s, now).most(lastUses(s, now)); ok {
		return Command{Verb: VerbSignIn, Session: id}
	}
	var ended, ending creds.Status
	for _, p := range shown(s) {
		if p.Sensitive {
			continue // it takes more than a click that may be a slip
		}
		switch p.State(now) {
		case creds.StateExpired, creds.StateFailed:
			if p.LastUsed.After(ended.LastUsed) {
				ended = p
			}
		case creds.StateEnding:
			if ending.Name == "" || p.Expires.Before(ending.Expires) {
				ending = p
			}
		default:
		}
	}
	switch {
	case ended.Name != "" && rank(ended, now) > 0:
		return refresh(s, ended, now)
	case ending.Name != "":
		return refresh(s, ending, now)
	case ended.Name != "":
		// Nothing of today's needs anything: what was used last, then.
		return refresh(s, ended, now)
	}
	return Command{Verb: VerbWindow}
}

// Next returns when the menu, the icon or a notice will change by themselves if
// no other snapshot comes; the zero time if they will not.
func Next(s creds.Snapshot, now time.Time) time.Time {
	var next time.Time
	at := func(t time.Time) {
		if t.After(now) && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	// "tomorrow 03:10" becomes "03:10".
	year, month, day := now.Date()
	midnight := time.Date(year, month, day+1, 0, 0, 0, 0, now.Location())
	for _, one := range s.Sessions {
		at(one.Next(now))
		if one.State(now) == creds.StateValid && !one.Renewable {
			at(midnight)
		}
		if one.Phase == creds.PhaseFailed {
			// A renewal that failed does not count before it is needed.
			at(one.Expires)
		}
	}
	for _, v := range s.Visits {
		at(v.Until.Add(-visitLead(v)))
		at(v.Until)
	}
	for _, p := range shown(s) {
		at(p.Next(now))
		if p.Session != "" || p.Phase == creds.PhaseFailed {
			at(p.LastUsed.Add(recent))
		}
		if p.Expires.IsZero() {
			continue
		}
		if p.Left(now) > 0 {
			at(p.Expires.Add(-stepsLeft(p.Expires, now)))
			if p.NeedsPerson || p.Phase == creds.PhaseFailed {
				at(p.Expires.Add(-lastLead(p.Expires.Sub(p.Issued))))
			}
		}
		at(p.LastUsed.Add(recent))
		at(midnight)
	}
	return next
}
