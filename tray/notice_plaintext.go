package tray

import (
	"slices"
	"strings"

	"daypass/creds"
	"daypass/internal/lang"
)

// plaintextNotices returns the notice about long-term keys in plaintext that were never
// announced: the agent remembers which were, for all time.
func (seen *Seen) plaintextNotices(s creds.Snapshot) []Notice {
	var names []string
	for _, p := range shown(s) {
		if p.Key == nil || p.Key.Announce == "" || slices.Contains(seen.plaintext, p.Key.Announce) {
			continue
		}
		if names = append(names, p.Name); !slices.Contains(seen.announce, p.Key.Announce) {
			seen.announce = append(seen.announce, p.Key.Announce)
		}
	}
	if len(names) == 0 {
		return nil
	}
	seen.plaintext = append(seen.plaintext, seen.announce...)
	title := lang.Sprintf("The long-term key of %s lies in plaintext", names[0])
	body := lang.T("Every program of yours can read it. daypass moves it into the keyring, and it works as before.")
	if len(names) > 1 {
		title = lang.Sprintf("The long-term keys of %s lie in plaintext", lang.Count(len(names), "%d profile", "%d profiles"))
		more := ""
		if n := len(names) - maxNoticeLines; n > 0 {
			names, more = names[:maxNoticeLines], lang.Sprintf(" and %d more", n)
		}
		body = lang.Sprintf("Every program of yours can read those of %s. daypass moves them into the keyring, and they work as before.", strings.Join(names, ", ")+more)
	}
	what := lang.T("Move into the keyring")
	return []Notice{{
		Topic: TopicPlaintext, Title: title, Body: body,
		Offers: []Offer{{Label: what, Among: what, Clicks: []Command{{Verb: VerbImportKeys}}}},
	}}
}

// Announced returns the access key IDs of the keys in plaintext that notices were made about
// since the last call.
func (seen *Seen) Announced() (ids []string) {
	ids, seen.announce = seen.announce, nil
	return ids
}
