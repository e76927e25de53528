package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// tone is the manner in which a window says something; each has an icon of its
// own, so that nothing is said by colour alone.
type tone int

const (
	toneQuiet tone = iota
	toneBusy
	toneInfo
	toneWarning
	toneRefused
	toneDone
)

// icon is nil for a tone that has none, or one that moves.
func (t tone) icon() fyne.Resource {
	switch t {
	case toneInfo:
		return theme.NewColoredResource(theme.InfoIcon(), theme.ColorNamePrimary)
	case toneWarning:
		return theme.NewColoredResource(theme.WarningIcon(), theme.ColorNameWarning)
	case toneRefused:
		return theme.NewColoredResource(theme.ErrorIcon(), theme.ColorNameError)
	case toneDone:
		return theme.NewColoredResource(theme.ConfirmIcon(), theme.ColorNameSuccess)
	default:
		return nil
	}
}
