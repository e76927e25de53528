package tray

import (
	"slices"
	"strings"
	"time"

	"daypass/creds"
	"daypass/internal/lang"
)

// remindEvery is how often a rotation is recalled at most.
const remindEvery = 24 * time.Hour

// rotationNotices returns the reminder of long-term keys that are old: one for all of them,
// once a day at most. The agent remembers when the last one was.
func (seen *Seen) rotationNotices(s creds.Snapshot, now time.Time) []Notice {
	last := seen.reminded
	var names, ids []string
	for _, p := range shown(s) {
		if !isOld(p, now) {
			continue
		}
		if p.Key.Reminded.After(last) {
			last = p.Key.Reminded
		}
		if names = append(names, p.Name); !slices.Contains(ids, p.Key.ID) {
			ids = append(ids, p.Key.ID)
		}
	}
	if len(names) == 0 || now.Sub(last) < remindEvery {
		return nil
	}
	seen.reminded, seen.remind = now, ids
	title := lang.Sprintf("The long-term key of %s is old", names[0])
	body := lang.T("daypass makes a new one, proves it, and only then retires the old one.")
	if len(names) > 1 {
		title = lang.Sprintf("The long-term keys of %s are old", lang.Count(len(names), "%d profile", "%d profiles"))
		more := ""
		if n := len(names) - maxNoticeLines; n > 0 {
			names, more = names[:maxNoticeLines], lang.Sprintf(" and %d more", n)
		}
		body = lang.Sprintf("These are %s. daypass makes new ones, proves them, and only then retires the old ones.", strings.Join(names, ", ")+more)
	}
	return []Notice{{
		Topic: TopicRotation, Title: title, Body: body,
		Offers: []Offer{{Label: lang.T("Replace it"), Among: lang.T("Replace it"), Clicks: []Command{rotateCommand(names[0])}}},
	}}
}

func rotateCommand(profile string) Command { return Command{Verb: VerbRotate, Profile: profile} }

// isOld reports whether a profile's long-term key should be rotated.
func isOld(p creds.Status, now time.Time) bool {
	return p.Key != nil && p.Key.ID != "" && !p.Key.Rotating && !p.Key.RotateAfter.IsZero() && !p.Key.RotateAfter.After(now)
}

// Reminded returns the access key IDs of the old keys that a notice was made about since the
// last call.
func (seen *Seen) Reminded() (ids []string) {
	ids, seen.remind = seen.remind, nil
	return ids
}
