package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Tone is the kind of a message. Each has its own icon, so that colour is not the only
// difference.
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

// icon is nil for a tone without an icon, or with one that moves.
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
