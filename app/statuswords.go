package app

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// stateLook is how a state is shown: by a shape, a colour, a word and a sentence.
type stateLook struct {
	Glyph    kit.Glyph
	Ink      fyne.ThemeColorName
	Word     string
	Sentence string
}

// lookOf returns how a profile is shown at the time now.
func lookOf(s creds.Status, now time.Time) stateLook {
	if !s.Removing.IsZero() {
		return stateLook{kit.GlyphRemove, theme.ColorNameWarning, lang.T("Being removed"), lang.T("It can be kept until the time is over.")}
	}
	end, left, still := words.Clock(s.Expires, now), words.Span(s.Left(now)), ""
	if s.Left(now) > 0 {
		still = lang.Sprintf(" The current credentials last until %s.", end)
	}
	switch s.State(now) {
	case creds.StateValid:
		if s.Sensitive {
			return stateLook{
				kit.GlyphUnlocked, theme.ColorNameSuccess, lang.T("Unlocked"),
				lang.Sprintf("Unlocked until %s: %s left. It locks then, or with the screen.", end, left),
			}
		}
		if s.KeptAlive(now) {
			return keptLook(s, now)
		}
		return stateLook{kit.GlyphValid, theme.ColorNameSuccess, lang.T("Valid"), lang.Sprintf("Valid until %s: %s left.", end, left)}
	case creds.StateEnding:
		return stateLook{kit.GlyphEnding, theme.ColorNameWarning, lang.T("Ends soon"), lang.Sprintf("Ends at %s: %s left.", end, left)}
	case creds.StateExpired:
		ago := words.Span(now.Sub(s.Expires))
		return stateLook{kit.GlyphExpired, kit.ColorSecondary, lang.T("Expired"), lang.Sprintf("Expired at %s, %s ago.", end, ago)}
	case creds.StateRefreshing:
		return stateLook{kit.GlyphBusy, theme.ColorNamePrimary, lang.T("Refreshing…"), lang.Sprintf("Asking AWS for new credentials.%s", still)}
	case creds.StateNeedsMFA:
		return stateLook{kit.GlyphAsks, theme.ColorNameWarning, lang.T("Needs a code"), lang.Sprintf("Waits for you to type a code.%s", still)}
	case creds.StateNeedsSSO:
		return stateLook{kit.GlyphAsks, theme.ColorNameWarning, lang.T("Needs a sign-in"), lang.Sprintf("Waits for you to sign in.%s", still)}
	case creds.StateFailed:
		if s.OfConsole() && s.Err != nil && s.Err.Code == creds.CodeSignInNeeded {
			return stateLook{kit.GlyphExpired, kit.ColorSecondary, lang.T("Not signed in"), lang.T("Not signed in: there are no credentials.")}
		}
		return stateLook{kit.GlyphFailed, theme.ColorNameError, lang.T("Failed"), lang.T("The last refresh failed, and there are no credentials.")}
	case creds.StateNone:
	}
	return lookWithoutCredentials(s)
}

// keptLook is how credentials are shown that are renewed while a sign-in to the console
// goes on.
func keptLook(s creds.Status, now time.Time) stateLook {
	look := stateLook{kit.GlyphValid, theme.ColorNameSuccess, lang.T("Valid"), lang.T("Valid, and renewed by itself while the sign-in lasts.")}
	if !s.SignInEnds.IsZero() {
		look.Sentence = lang.Sprintf("Valid, and renewed by itself. Signed in until about %s: %s left.", words.Clock(s.SignInEnds, now), words.Span(s.SignInEnds.Sub(now)))
	}
	return look
}

// wantsSignIn reports whether new credentials need a sign-in to the console. Nobody is
// signed in where there are neither credentials nor an end of a sign-in.
func wantsSignIn(s creds.Status, now time.Time) bool {
	return s.OfConsole() && s.NeedsPerson || s.Kind == creds.KindConsole && s.Left(now) == 0 && !s.SignInEnds.After(now)
}

func lookWithoutCredentials(s creds.Status) stateLook {
	look := stateLook{kit.GlyphNone, kit.ColorSecondary, lang.T("No credentials"), lang.T("No credentials: a refresh gets some.")}
	switch {
	case s.Foreign():
		return stateLook{kit.GlyphForeign, kit.ColorSecondary, lang.T("Not managed"), lang.T("The AWS tools get its credentials themselves.")}
	case s.Err == nil && s.Kind == creds.KindConsole && s.SignInEnds.IsZero():
		look.Word, look.Sentence = lang.T("Not signed in"), lang.T("No credentials: a sign-in to AWS's console gets some.")
	case s.Err == nil:
	case s.AwaitsKeyring():
		look.Word, look.Sentence = lang.T("No keyring"), lang.T("Its access key may be in the keyring.")
		if s.Err.Code == creds.CodeKeyringLocked {
			look.Word = lang.T("Keyring locked")
		}
	case s.Err.Code == creds.CodeNoKey:
		look.Word, look.Sentence = lang.T("No key"), lang.T("There is no access key for it yet.")
	case s.Err.Code == creds.CodeSignInNeeded:
		look.Word = lang.T("Not signed in")
	default:
		return stateLook{kit.GlyphFailed, theme.ColorNameError, lang.T("Cannot be used"), lang.T("It cannot be used as it is.")}
	}
	return look
}

// troubleWords says what went wrong with a profile last and what to do about it; empty if
// nothing did.
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
	case s.AwaitsKeyring(), s.OfConsole() && s.Err != nil && s.Err.Code == creds.CodeSignInNeeded:
		return errorSentence(s.Err), kit.ToneInfo
	case s.Err != nil:
		return errorSentence(s.Err), kit.ToneRefused
	case s.Note != "":
		return words.Sentence(s.Note), kit.ToneInfo
	}
	return "", kit.ToneQuiet
}

// identityOf says who is signed in to the console for a profile, or is empty.
func identityOf(s creds.Status) string {
	if s.Kind != creds.KindConsole {
		return ""
	}
	return words.Identity(s.LoginSession)
}

// roleOf is the name of a profile's role, or empty.
func roleOf(s creds.Status) string {
	if s.RoleName != "" {
		return s.RoleName
	}
	return s.RoleARN[strings.LastIndexByte(s.RoleARN, '/')+1:]
}
