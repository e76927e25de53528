package kit

import (
	"fmt"
	"image/color"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
)

// Glyph is the shape of an icon: the content of an SVG of 24 by 24 units, with INK for
// its colour and GROUND for the colour of the background.
type Glyph string

// The shapes of the states. Each can be recognised without its colour.
const (
	GlyphValid   Glyph = `<circle cx="12" cy="12" r="10" fill="INK"/><path d="M7 12.4l3.4 3.4L17 9" fill="none" stroke="GROUND" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/>`
	GlyphEnding  Glyph = `<circle cx="12" cy="12" r="9" fill="none" stroke="INK" stroke-width="2"/><path d="M12 6.5V12l3.6 2.6" fill="none" stroke="INK" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/>`
	GlyphNone    Glyph = `<circle cx="12" cy="12" r="9" fill="none" stroke="INK" stroke-width="2"/>`
	GlyphExpired Glyph = `<path d="M20.8 14.8C15 17.2 6.8 12.5 9.6 3.2 4 4.6 1.6 10.8 4 16c3 6.2 13.4 6.6 16.8-1.200z" fill="INK"/>`
	GlyphBusy    Glyph = `<path d="M19.5 10.5A7.7 7.7 0 0 0 5.6 7.6M4.5 13.5a7.7 7.7 0 0 0 13.9 2.9" fill="none" stroke="INK" stroke-width="2.2" stroke-linecap="round"/><path d="M5 3v5.2h5.2zM19 21v-5.2h-5.2z" fill="INK"/>`
	GlyphAsks    Glyph = `<path d="M12 2.2L23 21.5H1z" fill="INK"/><path d="M12 9v6" stroke="GROUND" stroke-width="2.2" stroke-linecap="round"/><circle cx="12" cy="18.3" r="1.3" fill="GROUND"/>`
	GlyphFailed  Glyph = `<circle cx="12" cy="12" r="10" fill="INK"/><path d="M8.2 8.2l7.6 7.6M15.8 8.2l-7.6 7.6" stroke="GROUND" stroke-width="2.4" stroke-linecap="round"/>`
	GlyphForeign Glyph = `<circle cx="12" cy="12" r="9" fill="none" stroke="INK" stroke-width="2"/><path d="M8 12h8" stroke="INK" stroke-width="2.2" stroke-linecap="round"/>`
)

// GlyphUnlocked is an open lock: a sensitive profile has credentials.
const GlyphUnlocked Glyph = `<rect x="4" y="11" width="14" height="10.5" rx="2" fill="INK"/><path d="M14 11V7.2a3.8 3.8 0 0 1 7.6 0V10" fill="none" stroke="INK" stroke-width="2.2" stroke-linecap="round"/><circle cx="11" cy="16.2" r="1.8" fill="GROUND"/>`

// Other shapes.
const (
	glyphStar    Glyph = `<path d="M12 2.6l2.9 6 6.6.9-4.8 4.6 1.2 6.5L12 17.5l-5.9 3.1 1.2-6.5L2.5 9.5l6.6-.9z" fill="none" stroke="INK" stroke-width="1.6" stroke-linejoin="round"/>`
	glyphStarred Glyph = `<path d="M12 2.6l2.9 6 6.6.9-4.8 4.6 1.2 6.5L12 17.5l-5.9 3.1 1.2-6.5L2.5 9.5l6.6-.9z" fill="INK" stroke="INK" stroke-width="1.6" stroke-linejoin="round"/>`
	GlyphKey     Glyph = `<circle cx="7.5" cy="15.5" r="4.5" fill="none" stroke="INK" stroke-width="2"/><path d="M10.8 12.2L20 3m-3.5 3.5l3 3M13.8 9.2l2.2 2.2" fill="none" stroke="INK" stroke-width="2" stroke-linecap="round"/>`
	GlyphSignIn  Glyph = `<path d="M14 4h5v16h-5" fill="none" stroke="INK" stroke-width="2" stroke-linejoin="round"/><path d="M4 12h10m-4-4.5L14.5 12 10 16.5" fill="none" stroke="INK" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>`
	GlyphRole    Glyph = `<circle cx="12" cy="7.5" r="4" fill="none" stroke="INK" stroke-width="2"/><path d="M4 21c0-4.5 3.5-7 8-7s8 2.5 8 7" fill="none" stroke="INK" stroke-width="2" stroke-linecap="round"/>`
	GlyphFile    Glyph = `<path d="M6 2.5h8l5 5v14H6z" fill="none" stroke="INK" stroke-width="2" stroke-linejoin="round"/><path d="M9.5 12.5h6m-6 4h6" stroke="INK" stroke-width="2" stroke-linecap="round"/>`
	GlyphCopy    Glyph = `<path d="M9 8h11v13H9z" fill="none" stroke="INK" stroke-width="2" stroke-linejoin="round"/><path d="M15 4.5H4.5V17" fill="none" stroke="INK" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>`
	GlyphOut     Glyph = `<path d="M10 4H5v16h5" fill="none" stroke="INK" stroke-width="2" stroke-linejoin="round"/><path d="M10 12h10m-4-4.5l4.5 4.5-4.5 4.5" fill="none" stroke="INK" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>`
	GlyphWeb     Glyph = `<circle cx="12" cy="12" r="9" fill="none" stroke="INK" stroke-width="2"/><path d="M3 12h18M12 3c-5 5-5 13 0 18M12 3c5 5 5 13 0 18" fill="none" stroke="INK" stroke-width="1.6"/>`
	GlyphNext    Glyph = `<path d="M12 3v18m-4.600-5.500L12 21l4.600-5.500" fill="none" stroke="INK" stroke-width="1.850"/>`
	GlyphChain   Glyph = `<rect x="8" y="2" width="8" height="5" rx="1" fill="none" stroke="INK" stroke-width="2"/><rect x="8" y="17" width="8" height="5" rx="1" fill="none" stroke="INK" stroke-width="2"/><path d="M12 7v9m-3-3l3 3 3-3" fill="none" stroke="INK" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>`
	GlyphRemove  Glyph = `<path d="M4 6.5h16M9.500 6V3.500h5V6M6 6.500l1 14h10l1-14M10 10.500v6m4-6v6" fill="none" stroke="INK" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/>`
	GlyphGear    Glyph = `<circle cx="12" cy="12" r="3.2" fill="none" stroke="INK" stroke-width="2"/><path d="M12 2.5v4m0 11v4M2.5 12h4m11 0h4M5.3 5.3l2.8 2.8m7.8 7.8l2.8 2.8M18.7 5.3l-2.8 2.8m-7.8 7.8l-2.8 2.8" fill="none" stroke="INK" stroke-width="2.2" stroke-linecap="round"/>`
)

// in returns the glyph as a picture in two colours.
func (g Glyph) in(ink, ground color.Color) fyne.Resource {
	a, b := hex(ink), hex(ground)
	body := strings.NewReplacer("INK", a, "GROUND", b).Replace(string(g))
	svg := `<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24">` + body + `</svg>`
	// Fyne caches drawings by the name of the SVG (internal/cache/svg.go).
	return fyne.NewStaticResource(fmt.Sprintf("%x%s%s.svg", string(g[len(g)/2:]), a[1:], b[1:]), []byte(svg))
}

func hex(c color.Color) string {
	r, g, b, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
}

// Icon shows a glyph.
type Icon struct {
	widget.BaseWidget

	glyph  Glyph
	ink    fyne.ThemeColorName
	Ground fyne.ThemeColorName
	size   float32
}

// NewIcon makes an icon of a height.
func NewIcon(g Glyph, ink fyne.ThemeColorName, size float32) *Icon {
	i := &Icon{glyph: g, ink: ink, Ground: "background", size: size}
	i.ExtendBaseWidget(i)
	return i
}

// Set sets the glyph and its colour.
func (i *Icon) Set(g Glyph, ink fyne.ThemeColorName) {
	if i.glyph != g || i.ink != ink {
		i.glyph, i.ink = g, ink
		i.Refresh()
	}
}

// CreateRenderer draws the icon.
func (i *Icon) CreateRenderer() fyne.WidgetRenderer {
	r := &iconRenderer{icon: i, image: &canvas.Image{FillMode: canvas.ImageFillContain}}
	r.WidgetRenderer = widget.NewSimpleRenderer(r.image)
	r.Refresh()
	return r
}

type iconRenderer struct {
	fyne.WidgetRenderer

	icon  *Icon
	image *canvas.Image
}

func (r *iconRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(r.icon.size) }

func (r *iconRenderer) Refresh() {
	r.image.Resource = r.icon.glyph.in(Shade(r.icon.ink), Shade(r.icon.Ground))
	r.image.Refresh()
}

// Star shows whether something is a favourite; a click changes that.
type Star struct {
	Icon
	hovering

	tapped func()
	marked bool
}

// NewStar makes a star for something that is not a favourite.
func NewStar(tapped func()) *Star {
	s := &Star{tapped: tapped}
	s.glyph, s.ink, s.Ground, s.size = glyphStar, ColorSecondary, "background", StarSize
	s.changed = func() { s.Mark(s.marked) }
	s.ExtendBaseWidget(s)
	return s
}

// StarSize is the height of a star.
const StarSize = 20

// Mark sets whether the star is filled.
func (s *Star) Mark(on bool) {
	s.marked = on
	g, ink := glyphStar, ColorSecondary
	if on {
		g, ink = glyphStarred, colorStar
	}
	if s.hovered {
		ink = "primary"
	}
	s.Set(g, ink)
}

// Tapped asks to change the mark.
func (s *Star) Tapped(*fyne.PointEvent) { s.tapped() }
