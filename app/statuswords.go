package app

import (
	"fmt"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/internal/words"
)

// stateLook is how a state is shown: by a shape, a colour and words.
type stateLook struct {
	Glyph kit.Glyph
	Ink   fyne.ThemeColorName
	Word  string
}

// lookOf returns how a profile is shown at the time now.
func lookOf(s creds.Status, now time.Time) stateLook {
	switch s.State(now) {
	case creds.StateValid:
		if s.Sensitive {
			return stateLook{kit.GlyphUnlocked, theme.ColorNameSuccess, "Unlocked"}
		}
		return stateLook{kit.GlyphValid, theme.ColorNameSuccess, "Valid"}
	case creds.StateEnding:
		return stateLook{kit.GlyphEnding, theme.ColorNameWarning, "Ends soon"}
	case creds.StateExpired:
		return stateLook{kit.GlyphExpired, kit.ColorSecondary, "Expired"}
	case creds.StateRefreshing:
		return stateLook{kit.GlyphBusy, theme.ColorNamePrimary, "Refreshing…"}
	case creds.StateNeedsMFA:
		return stateLook{kit.GlyphAsks, theme.ColorNameWarning, "Needs a code"}
	case creds.StateNeedsSSO:
		return stateLook{kit.GlyphAsks, theme.ColorNameWarning, "Needs a sign-in"}
	case creds.StateFailed:
		return stateLook{kit.GlyphFailed, theme.ColorNameError, "Failed"}
	case creds.StateNone:
	}
	switch {
	case s.Foreign():
		return stateLook{kit.GlyphForeign, kit.ColorSecondary, "Not managed"}
	case s.Err == nil:
	case s.AwaitsKeyring() && s.Err.Code == creds.CodeKeyringLocked:
		return stateLook{kit.GlyphNone, kit.ColorSecondary, "Keyring locked"}
	case s.AwaitsKeyring():
		return stateLook{kit.GlyphNone, kit.ColorSecondary, "No keyring"}
	case s.Err.Code == creds.CodeNoKey:
		return stateLook{kit.GlyphNone, kit.ColorSecondary, "No key"}
	case s.Err.Code == creds.CodeSignInNeeded:
		return stateLook{kit.GlyphNone, kit.ColorSecondary, "Not signed in"}
	default:
		return stateLook{kit.GlyphFailed, theme.ColorNameError, "Cannot be used"}
	}
	return stateLook{kit.GlyphNone, kit.ColorSecondary, "No credentials"}
}

// stateSentence says in full how a profile is.
func stateSentence(s creds.Status, now time.Time) string {
	left := s.Left(now)
	still := ""
	if left > 0 {
		still = fmt.Sprintf(" The current credentials last until %s.", words.Clock(s.Expires, now))
	}
	switch s.State(now) {
	case creds.StateValid:
		if s.Sensitive {
			return fmt.Sprintf("Unlocked until %s: %s left. It locks then, or with the screen.", words.Clock(s.Expires, now), words.Span(left))
		}
		return fmt.Sprintf("Valid until %s: %s left.", words.Clock(s.Expires, now), words.Span(left))
	case creds.StateEnding:
		return fmt.Sprintf("Ends at %s: %s left.", words.Clock(s.Expires, now), words.Span(left))
	case creds.StateExpired:
		return fmt.Sprintf("Expired at %s, %s ago.", words.Clock(s.Expires, now), words.Span(now.Sub(s.Expires)))
	case creds.StateRefreshing:
		return "Asking AWS for new credentials." + still
	case creds.StateNeedsMFA:
		return "Waits for you to type a code." + still
	case creds.StateNeedsSSO:
		return "Waits for you to sign in." + still
	case creds.StateFailed:
		return "The last refresh failed, and there are no credentials."
	case creds.StateNone:
	}
	switch {
	case s.Foreign():
		return "The AWS tools get its credentials themselves."
	case s.AwaitsKeyring():
		return "Its access key may be in the keyring."
	case s.Err != nil && s.Err.Code == creds.CodeNoKey:
		return "There is no access key for it yet."
	case s.Err != nil && s.Err.Code != creds.CodeSignInNeeded:
		return "It cannot be used as it is."
	}
	return "No credentials: a refresh gets some."
}

// troubleWords say what went wrong with a profile last and what to do about it;
// empty where nothing did.
func troubleWords(s creds.Status) (string, kit.Tone) {
	said, t := refreshTrouble(s)
	for _, flaw := range s.Flaws {
		said = join(said, words.Sentence(flaw.Message), flaw.Advice)
	}
	if t == kit.ToneQuiet && said != "" {
		t = kit.ToneInfo
	}
	return said, t
}

func refreshTrouble(s creds.Status) (string, kit.Tone) {
	switch {
	case s.Err != nil && s.Foreign():
		return words.Sentence(s.Err.Message), kit.ToneInfo
	case s.AwaitsKeyring():
		return errorSentence(s.Err), kit.ToneInfo
	case s.Err != nil:
		return errorSentence(s.Err), kit.ToneRefused
	case s.Note != "":
		return words.Sentence(s.Note), kit.ToneInfo
	}
	return "", kit.ToneQuiet
}

// roleOf is the name of a profile's role, or empty.
func roleOf(s creds.Status) string {
	if s.RoleName != "" {
		return s.RoleName
	}
	return s.RoleARN[strings.LastIndexByte(s.RoleARN, '/')+1:]
}
