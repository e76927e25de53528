package tray

import (
	"daypass/creds"
	"daypass/creds/advice"
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
		body += "\nAnswer in a terminal: daypass login " + advice.Word(s.Unshown.Profile)
	}
	return []Notice{{Topic: TopicFailed, Title: "No window can be shown", Body: body}}
}
