package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// ColorSecondary is for text that explains. In both variants its contrast with the
// background is above the 4.5:1 of WCAG 2.2, criterion 1.4.3; that of Fyne's own
// placeholder colour is below.
const ColorSecondary fyne.ThemeColorName = "daypassSecondary"

// The backgrounds of lines that a diff adds and removes. The lines show it by their + or
// - too.
const (
	colorAdded   fyne.ThemeColorName = "daypassAdded"
	colorRemoved fyne.ThemeColorName = "daypassRemoved"
)

// colorStar is for the star of a favourite, ColorChosen for the background of the chosen
// row, and colorTrack for that of a bar.
const (
	colorStar   fyne.ThemeColorName = "daypassStar"
	ColorChosen fyne.ThemeColorName = "daypassChosen"
	colorTrack  fyne.ThemeColorName = "daypassTrack"
)

// The sizes of text, and how round a corner is.
const (
	SizeText     = 14
	SizeSmall    = 12
	SizeHeadline = 21
	sizeDigit    = 28
	SizeCode     = 34
	Radius       = 8
)

// Look is Fyne's default theme with daypass's colours. It is set for the application:
// for each theme of a part of a window Fyne loads all fonts again, about ten megabytes
// (CachedFontFace in internal/painter).
type Look struct{ fyne.Theme }

// NewLook makes the look.
func NewLook() Look { return Look{theme.DefaultTheme()} }

// Color returns daypass's colour of the given name, or Fyne's.
func (l Look) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	alpha := uint8(0xff)
	if name == theme.ColorNameFocus { // Fyne blends it with what has the focus.
		name, alpha = theme.ColorNamePrimary, 0x40
	}
	shades, ours := palette[name]
	if !ours {
		return l.Theme.Color(name, variant)
	}
	c := shades.dark
	if variant == theme.VariantLight {
		c = shades.light
	}
	return color.NRGBA{R: uint8(c >> 16), G: uint8(c >> 8), B: uint8(c), A: alpha}
}

// Size returns daypass's size of the given name, or Fyne's.
func (l Look) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNameText:
		return SizeText
	case theme.SizeNameInputRadius:
		return Radius
	}
	return l.Theme.Size(name)
}

// checkLook gives check boxes a border with the contrast of 3:1 that WCAG 2.2, criterion
// 1.4.11, asks for. Fields do not need one: their background shows where they are.
type checkLook struct{ Look }

func (c checkLook) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	if name == theme.ColorNameInputBorder {
		name = ColorSecondary
	}
	return c.Look.Color(name, variant)
}

// Edged gives check boxes a visible border.
func Edged(checks fyne.CanvasObject) fyne.CanvasObject {
	return container.NewThemeOverride(checks, checkLook{NewLook()})
}

// palette has daypass's colours in light windows and in dark ones.
var palette = map[fyne.ThemeColorName]struct{ light, dark uint32 }{
	theme.ColorNameBackground:          {0xfcfcfd, 0x1c1d24},
	theme.ColorNameForeground:          {0x1b1d2a, 0xeeeff4},
	ColorSecondary:                     {0x626778, 0xa4a8b8},
	theme.ColorNamePlaceHolder:         {0x626778, 0xa4a8b8},
	theme.ColorNameInputBackground:     {0xf1f2f6, 0x282a34},
	theme.ColorNameInputBorder:         {0xd5d8e2, 0x424554},
	theme.ColorNameButton:              {0xeceef4, 0x31333f},
	theme.ColorNamePrimary:             {0x3b4bb5, 0x97a5ff},
	theme.ColorNameForegroundOnPrimary: {0xffffff, 0x14161f},
	theme.ColorNameDisabled:            {0x9499a8, 0x747889},
	theme.ColorNameError:               {0xb3261e, 0xff8f86},
	theme.ColorNameWarning:             {0x8a5300, 0xf5bd5c},
	theme.ColorNameSuccess:             {0x1b6e3c, 0x7fd6a0},
	colorAdded:                         {0xdff3e4, 0x1d3a2a},
	colorRemoved:                       {0xfbe3e1, 0x472528},
	colorStar:                          {0xb27700, 0xf2c14e},
	ColorChosen:                        {0xe6e9f8, 0x2e3350},
	colorTrack:                         {0xdfe2ea, 0x3a3d4a},
}

// Shade returns the colour of the given name.
func Shade(name fyne.ThemeColorName) color.Color {
	return NewLook().Color(name, fyne.CurrentApp().Settings().ThemeVariant())
}
