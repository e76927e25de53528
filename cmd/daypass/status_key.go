package main

import (
	"time"

	"daypass/creds"
	"daypass/internal/lang"
)

// keyFact describes a profile's long-term key: its ID and its age.
func keyFact(s creds.Status, now time.Time) string {
	k := s.Key
	switch {
	case k == nil || k.ID == "":
		return ""
	case k.Rotating:
		return lang.Sprintf("%s, being rotated", k.ID)
	case k.Created.IsZero():
		return k.ID
	}
	return lang.Sprintf("%s, %s old", k.ID, dayCount(now.Sub(k.Created)))
}

// oldKeyFact describes the key that the profile's replaced.
func oldKeyFact(s creds.Status) string {
	if s.Key == nil || s.Key.Old == nil {
		return ""
	}
	old := s.Key.Old
	what := lang.Sprintf("%s, inactive", old.ID)
	switch {
	case old.Active:
		what = lang.Sprintf("%s, active", old.ID)
	case !old.DeletedAfter.IsZero():
		what = lang.Sprintf("%s, inactive, deleted on %s", old.ID, old.DeletedAfter.Local().Format(time.DateOnly))
	}
	return what + "; " + old.LastUsed.Words()
}

// keyRemarks are sentences on a profile's long-term key.
func keyRemarks(s creds.Status, now time.Time) (out []string) {
	k := s.Key
	if k == nil {
		return nil
	}
	if !k.RotateAfter.IsZero() && now.After(k.RotateAfter) && !k.Rotating {
		out = append(out, lang.Sprintf("Its key is %s old; replace it with: daypass rotate %s", dayCount(now.Sub(k.Created)), shellWord(s.Name)))
	}
	return out
}
