//go:build linux || freebsd || openbsd || netbsd

package tray

import (
	"bytes"
	"image/color"
	"image/png"
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
				t.Errorf("%s: %d pixels stand out from a %s panel, want %d", state, seen, panel.name, least)
			}
		}
	}
}
