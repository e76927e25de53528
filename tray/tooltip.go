package tray

import (
	"strings"
	"time"
	"unicode/utf16"

	"daypass/creds"
	"daypass/internal/lang"
)

// maxTooltip is the longest tooltip: Windows takes 128 UTF-16 units with the
// final zero, and systray cuts a longer text without it.
// https://learn.microsoft.com/en-us/windows/win32/api/shellapi/ns-shellapi-notifyicondataw
const maxTooltip = 127

// Tooltip returns in words what [Icon] shows, the most important first:
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
		parts = append(parts, lang.T("a question waits"))
	}
	parts = append(parts, sessionParts(need.signIn, lang.T("needs a sign-in"), lang.T("need a sign-in"))...)
	parts = append(parts, sessionParts(need.strange, lang.T("was signed in to by somebody else"), lang.T("were signed in to by somebody else"))...)
	for _, problem := range s.Problems {
		parts = append(parts, shorten(problem.Message, maxReason))
	}
	parts = append(parts, sessionParts(need.failed, lang.T("could not be signed in to"), lang.T("could not be signed in to"))...)
	for r := len(groups) - 1; r > 0; r-- {
		switch g := groups[r]; g.count {
		case 0:
		case 1:
			parts = append(parts, shorten(g.first.Name, maxName)+" "+glanceWords(g.first, now))
		default:
			parts = append(parts, lang.Count(g.count, "%d profile", "%d profiles")+" "+glancePlural(g.first, now))
		}
	}
	if len(parts) == 0 {
		parts = []string{lang.T("no credentials")}
	}
	return tooltipText(lang.Sprintf("daypass: %s", strings.Join(parts, ", ")))
}

// sessionParts describes one or several sessions.
func sessionParts(sessions []creds.Session, one, several string) []string {
	switch len(sessions) {
	case 0:
		return nil
	case 1:
		return []string{sessionName(sessions[0].ID) + " " + one}
	}
	return []string{lang.Count(len(sessions), "%d session", "%d sessions") + " " + several}
}

// glanceWords follow a profile's name.
func glanceWords(p creds.Status, now time.Time) string {
	if rank(p, now) == rankUnlocked {
		return lang.Sprintf("is unlocked until %s", clock(p.Expires, now))
	}
	p = settled(p, now)
	switch p.State(now) {
	case creds.StateValid:
		switch end, steady := steadyUntil(p, now); {
		case steady && end.IsZero():
			return lang.T("is valid")
		case steady:
			return lang.Sprintf("valid until %s", clock(end, now))
		}
		return lang.Sprintf("valid until %s", clock(p.Expires, now))
	case creds.StateEnding:
		return lang.Sprintf("ends %s", clock(p.Expires, now))
	case creds.StateFailed:
		if look(p, now) != creds.StateFailed {
			return stateWords(p, now)
		}
		return lang.T("failed")
	case creds.StateRefreshing:
		return lang.T("is being refreshed")
	default:
		return stateWords(p, now)
	}
}

// glancePlural follows the number of profiles that are like p.
func glancePlural(p creds.Status, now time.Time) string {
	if rank(p, now) == rankUnlocked {
		return lang.T("are unlocked")
	}
	switch look(p, now) {
	case creds.StateNeedsMFA:
		return lang.T("wait for a code")
	case creds.StateNeedsSSO:
		return lang.T("wait for a sign-in")
	case creds.StateFailed:
		return lang.T("failed")
	case creds.StateEnding:
		return lang.T("end soon")
	case creds.StateRefreshing:
		return lang.T("are being refreshed")
	default:
		return string(look(p, now))
	}
}

// tooltipText shortens a text to what every system can show.
func tooltipText(text string) string {
	for limit := maxTooltip; ; limit-- {
		short := shorten(text, limit)
		if len(utf16.Encode([]rune(short))) <= maxTooltip {
			return short
		}
	}
}
