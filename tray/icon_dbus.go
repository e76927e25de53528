//go:build linux || freebsd || openbsd || netbsd

package tray

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"

	"daypass/internal/lang"
	"daypass/packaging/icons"
)

// drawn returns the icon of a state as a PNG that can be seen on every panel.
//
// The bus does not say whether a panel is dark, and a dark panel may have light menus.
// So the icon for a dark panel is drawn on a dark card of its own shape, which is
// hardly visible on a dark panel and sets the icon off from a light one.
func drawn(state icons.State) ([]byte, error) {
	icon, err := png.Decode(bytes.NewReader(icons.Tray(state, true)))
	if err != nil {
		return nil, lang.Errorf("tray icon %s: %w", state, err)
	}
	card := card(icon)
	draw.Draw(card, card.Bounds(), icon, icon.Bounds().Min, draw.Over)
	var out bytes.Buffer
	if err := png.Encode(&out, card); err != nil {
		return nil, lang.Errorf("tray icon %s: %w", state, err)
	}
	return out.Bytes(), nil
}

// inMenu returns an icon for the menu, half as large. MATE's panel draws the icons of a
// menu in their own size: with 48 pixels, lines are twice as high as those without an
// icon, and a full submenu is higher than the screen. Other panels scale them.
func inMenu(icon []byte) ([]byte, error) {
	if icon == nil {
		return nil, nil // which is logged
	}
	large, err := png.Decode(bytes.NewReader(icon))
	if err != nil {
		return nil, lang.Errorf("menu icon: %w", err)
	}
	size := large.Bounds().Size().Div(2)
	small := image.NewRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			var sum [4]uint32
			for i := range 4 {
				r, g, b, a := large.At(2*x+i%2, 2*y+i/2).RGBA()
				for part, value := range []uint32{r, g, b, a} {
					sum[part] += value >> 8
				}
			}
			small.SetRGBA(x, y, color.RGBA{
				R: uint8(sum[0] / 4), G: uint8(sum[1] / 4), B: uint8(sum[2] / 4), A: uint8(sum[3] / 4),
			})
		}
	}
	var data bytes.Buffer
	if err := png.Encode(&data, small); err != nil {
		return nil, lang.Errorf("menu icon: %w", err)
	}
	return data.Bytes(), nil
}

// ink is the card's colour, rim its width around an icon of 48 pixels.
var ink = color.RGBA{R: 0x24, G: 0x27, B: 0x3a, A: 0xff}

const rim = 2.0

// card returns the outline of an icon, filled and widened by the rim.
func card(icon image.Image) *image.RGBA {
	size := icon.Bounds().Size()
	outside := around(icon)
	out := image.NewRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			// How far is the nearest pixel of the shape?
			near := math.Inf(1)
			for dy := -3; dy <= 3; dy++ {
				for dx := -3; dx <= 3; dx++ {
					p := image.Pt(x+dx, y+dy)
					if p.In(out.Bounds()) && !outside[p] {
						near = min(near, math.Hypot(float64(dx), float64(dy)))
					}
				}
			}
			cover := min(1, max(0, rim+0.5-near))
			out.SetRGBA(x, y, color.RGBA{
				R: uint8(float64(ink.R) * cover), G: uint8(float64(ink.G) * cover),
				B: uint8(float64(ink.B) * cover), A: uint8(float64(ink.A) * cover),
			})
		}
	}
	return out
}

// around returns the pixels that can be reached from a corner without crossing
// the icon.
func around(icon image.Image) map[image.Point]bool {
	size := image.Rectangle{Max: icon.Bounds().Size()}
	outside := make(map[image.Point]bool)
	for next := []image.Point{{}}; len(next) > 0; {
		p := next[len(next)-1]
		next = next[:len(next)-1]
		at := p.Add(icon.Bounds().Min)
		if _, _, _, alpha := icon.At(at.X, at.Y).RGBA(); !p.In(size) || outside[p] || alpha >= 0x8000 {
			continue
		}
		outside[p] = true
		next = append(next, p.Add(image.Pt(1, 0)), p.Add(image.Pt(-1, 0)), p.Add(image.Pt(0, 1)), p.Add(image.Pt(0, -1)))
	}
	return outside
}
