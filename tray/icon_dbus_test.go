//go:build linux || freebsd || openbsd || netbsd

package tray

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"testing"

	"daypass/packaging/icons"
)

func TestIconsStandOutFromEveryPanel(t *testing.T) {
	// 5% of the icon, an area like that of an exclamation mark.
	const least = 48 * 48 * 5 / 100
	for _, state := range icons.States() {
		data, err := drawn(state)
		if err != nil {
			t.Fatal(err)
		}
		icon, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		for _, panel := range []struct {
			name string
			grey uint8
		}{{"black", 0x00}, {"xfce's dark", 0x33}, {"xfce's light", 0xf6}, {"white", 0xff}} {
			seen := 0
			for y := range 48 {
				for x := range 48 {
					c := color.NRGBAModel.Convert(icon.At(x, y)).(color.NRGBA)
					for _, part := range []uint8{c.R, c.G, c.B} {
						if c.A > 0x80 && max(part, panel.grey)-min(part, panel.grey) > 0x50 {
							seen++
							break
						}
					}
				}
			}
			if seen < least {
				t.Errorf("%s: %d pixels are visible on a %s panel, want %d", state, seen, panel.name, least)
			}
		}
	}
}

func TestAnIconOfTheMenuMakesItsLinesNoHigher(t *testing.T) {
	for _, state := range icons.States() {
		panel, err := drawn(state)
		if err != nil {
			t.Fatal(err)
		}
		data, err := inMenu(panel)
		if err != nil {
			t.Fatal(err)
		}
		large, err := png.Decode(bytes.NewReader(panel))
		if err != nil {
			t.Fatal(err)
		}
		small, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if got := small.Bounds().Size(); got != image.Pt(24, 24) {
			t.Errorf("%s: the icon in the menu is %s large, want 24 by 24", state, got)
		}
		got, want := mean(small), mean(large)
		for i := range got {
			if math.Abs(got[i]-want[i]) > 2 { // of 256: parts are rounded down
				t.Errorf("%s: the icon in the menu is %.1f on average, the panel's %.1f", state, got, want)
			}
		}
	}
}

// mean returns the average colour of a picture.
func mean(icon image.Image) [4]float64 {
	var mean [4]float64
	size := icon.Bounds().Size()
	for y := range size.Y {
		for x := range size.X {
			r, g, b, a := icon.At(x, y).RGBA()
			for i, part := range []uint32{r, g, b, a} {
				mean[i] += float64(part>>8) / float64(size.X*size.Y)
			}
		}
	}
	return mean
}
