package tray

import (
	"daypass/creds"
	"daypass/creds/advice"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// windowNotices returns the notice about a window that could not be shown. It takes the
// window's place, so that it is shown even in "do not disturb".
func (seen *Seen) windowNotices(s creds.Snapshot) []Notice {
	if s.Unshown.Times == seen.unshown {
		return nil
	}
	seen.unshown = s.Unshown.Times
	body := words.Sentence(s.Unshown.Why)
	if s.Unshown.Profile != "" {
		body += lang.Sprintf("\nAnswer in a terminal: daypass login %s", advice.Word(s.Unshown.Profile))
	}
	return []Notice{{Topic: TopicFailed, Title: lang.T("No window can be shown"), Body: body}}
}
