package app

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// colorSecondary is for text that explains rather than tells. Its contrast
// with the background is above 4.5:1 in both variants, the bound of WCAG 2.2,
// criterion 1.4.3; Fyne's own placeholder colour is below it.
const colorSecondary fyne.ThemeColorName = "daypassSecondary"

// The grounds of what a diff adds and removes; the lines say it themselves, with
// a + or a - in front.
const (
	colorAdded   fyne.ThemeColorName = "daypassAdded"
	colorRemoved fyne.ThemeColorName = "daypassRemoved"
)

// colorStar is that of a favourite's star, colorChosen the ground of the row that
// is chosen, and colorTrack that of a bar.
const (
	colorStar   fyne.ThemeColorName = "daypassStar"
	colorChosen fyne.ThemeColorName = "daypassChosen"
	colorTrack  fyne.ThemeColorName = "daypassTrack"
)

const (
	sizeText     = 14
	sizeSmall    = 12
	sizeHeadline = 21
	sizeDigit    = 28
	sizeCode     = 34
	radius       = 8
)

// look is Fyne's default theme with daypass's colours. It is laid over a
// window's content, and not set for the whole application: Fyne stops following
// the desktop's choice of light or dark as soon as the application sets a theme
// (settings_desktop.go, watchSettings).
type look struct{ fyne.Theme }

func newLook() look { return look{theme.DefaultTheme()} }

// Color returns daypass's colour of the given name, or Fyne's.
func (l look) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	palette := darkPalette
	if variant == theme.VariantLight {
		palette = lightPalette
	}
	alpha := uint8(0xff)
	if name == theme.ColorNameFocus { // Fyne blends it with what has the focus.
		name, alpha = theme.ColorNamePrimary, 0x40
	}
	if c := palette(name); c != 0 {
		return color.NRGBA{R: uint8(c >> 16), G: uint8(c >> 8), B: uint8(c), A: alpha}
	}
	return l.Theme.Color(name, variant)
}

// Size returns daypass's size of the given name, or Fyne's.
func (l look) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case theme.SizeNameText:
		return sizeText
	case theme.SizeNameInputRadius:
		return radius
	}
	return l.Theme.Size(name)
}

// checkLook draws the borders of boxes to tick so that they can be seen: 3:1 is
// the bound of WCAG 2.2, criterion 1.4.11. A field shows its place by its ground.
type checkLook struct{ look }

// Color returns the look's colour of the given name.
func (c checkLook) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	if name == theme.ColorNameInputBorder {
		name = colorSecondary
	}
	return c.look.Color(name, variant)
}

func lightPalette(name fyne.ThemeColorName) uint32 {
	switch name {
	case theme.ColorNameBackground:
		return 0xfcfcfd
	case theme.ColorNameForeground:
		return 0x1b1d2a
	case colorSecondary, theme.ColorNamePlaceHolder:
		return 0x626778
	case theme.ColorNameInputBackground:
		return 0xf1f2f6
	case theme.ColorNameInputBorder:
		return 0xd5d8e2
	case theme.ColorNameButton:
		return 0xeceef4
	case theme.ColorNamePrimary:
		return 0x3b4bb5
	case theme.ColorNameForegroundOnPrimary:
		return 0xffffff
	case theme.ColorNameDisabled:
		return 0x9499a8
	case theme.ColorNameError:
		return 0xb3261e
	case theme.ColorNameWarning:
		return 0x8a5300
	case theme.ColorNameSuccess:
		return 0x1b6e3c
	case colorAdded:
		return 0xdff3e4
	case colorRemoved:
		return 0xfbe3e1
	case colorStar:
		return 0xb27700
	case colorChosen:
		return 0xe6e9f8
	case colorTrack:
		return 0xdfe2ea
	}
	return 0
}

func darkPalette(name fyne.ThemeColorName) uint32 {
	switch name {
	case theme.ColorNameBackground:
		return 0x1c1d24
	case theme.ColorNameForeground:
		return 0xeeeff4
	case colorSecondary, theme.ColorNamePlaceHolder:
		return 0xa4a8b8
	case theme.ColorNameInputBackground:
		return 0x282a34
	case theme.ColorNameInputBorder:
		return 0x424554
	case theme.ColorNameButton:
		return 0x31333f
	case theme.ColorNamePrimary:
		return 0x97a5ff
	case theme.ColorNameForegroundOnPrimary:
		return 0x14161f
	case theme.ColorNameDisabled:
		return 0x747889
	case theme.ColorNameError:
		return 0xff8f86
	case theme.ColorNameWarning:
		return 0xf5bd5c
	case theme.ColorNameSuccess:
		return 0x7fd6a0
	case colorAdded:
		return 0x1d3a2a
	case colorRemoved:
		return 0x472528
	case colorStar:
		return 0xf2c14e
	case colorChosen:
		return 0x2e3350
	case colorTrack:
		return 0x3a3d4a
	}
	return 0
}

// shade returns the colour of the given name as a widget of ours sees it.
func shade(th fyne.Theme, name fyne.ThemeColorName) color.Color {
	return th.Color(name, fyne.CurrentApp().Settings().ThemeVariant())
}

// dressed is a window's content in daypass's look, on its background.
func dressed(content fyne.CanvasObject) fyne.CanvasObject {
	return container.NewThemeOverride(container.NewStack(newBackdrop(), content), newLook())
}

// backdrop is a window's background, in the colour of its own look.
type backdrop struct{ widget.BaseWidget }

func newBackdrop() *backdrop {
	b := &backdrop{}
	b.ExtendBaseWidget(b)
	return b
}

// CreateRenderer draws the background.
func (b *backdrop) CreateRenderer() fyne.WidgetRenderer {
	fill := canvas.NewRectangle(nil)
	r := &backdropRenderer{widget.NewSimpleRenderer(fill), b, fill}
	r.Refresh()
	return r
}

type backdropRenderer struct {
	fyne.WidgetRenderer

	backdrop *backdrop
	fill     *canvas.Rectangle
}

func (r *backdropRenderer) Refresh() {
	r.fill.FillColor = shade(r.backdrop.Theme(), theme.ColorNameBackground)
	r.fill.Refresh()
}
