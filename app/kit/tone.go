package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Tone is the manner in which a window says something; each has an icon of its
// own, so that nothing is said by colour alone.
type Tone int

// The tones.
const (
	ToneQuiet Tone = iota
	ToneBusy
	ToneInfo
	ToneWarning
	ToneRefused
	ToneDone
)

// icon is nil for a tone that has none, or one that moves.
func (t Tone) icon() fyne.Resource {
	switch t {
	case ToneInfo:
		return theme.NewColoredResource(theme.InfoIcon(), theme.ColorNamePrimary)
	case ToneWarning:
		return theme.NewColoredResource(theme.WarningIcon(), theme.ColorNameWarning)
	case ToneRefused:
		return theme.NewColoredResource(theme.ErrorIcon(), theme.ColorNameError)
	case ToneDone:
		return theme.NewColoredResource(theme.ConfirmIcon(), theme.ColorNameSuccess)
	default:
		return nil
	}
}
