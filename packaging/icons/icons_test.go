//go:build !windows

package icons_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/png"
	"os"
	"testing"

	"daypass/packaging/icons"
)

func decode(t *testing.T, data []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestEveryPictureHasTheSizeOfItsName(t *testing.T) {
	for _, size := range []int{16, 22, 24, 32, 48, 64, 128, 256, 512} {
		got := decode(t, read(t, fmt.Sprintf("app-%d.png", size))).Bounds()
		if want := image.Rect(0, 0, size, size); got != want {
			t.Errorf("app-%d.png has the bounds %v", size, got)
		}
	}
	for _, state := range icons.States() {
		for _, panel := range []string{"light", "dark"} {
			for _, size := range []int{22, 24, 32, 48} {
				name := fmt.Sprintf("tray/%s-%s-%d.png", state, panel, size)
				got := decode(t, read(t, name)).Bounds()
				if want := image.Rect(0, 0, size, size); got != want {
					t.Errorf("%s has the bounds %v", name, got)
				}
			}
		}
	}
}

func TestStatesDifferInShapeAndNotOnlyInColour(t *testing.T) {
	// Only what is opaque is compared. 5% of a 22 pixel square are 24 pixels,
	// about the size of an exclamation mark.
	const least = 22 * 22 * 5 / 100
	states := icons.States()
	for i, a := range states {
		for _, b := range states[i+1:] {
			for _, panel := range []string{"light", "dark"} {
				left := decode(t, read(t, fmt.Sprintf("tray/%s-%s-22.png", a, panel)))
				right := decode(t, read(t, fmt.Sprintf("tray/%s-%s-22.png", b, panel)))
				different := 0
				for y := range 22 {
					for x := range 22 {
						_, _, _, la := left.At(x, y).RGBA()
						_, _, _, ra := right.At(x, y).RGBA()
						if (la > 0x7fff) != (ra > 0x7fff) {
							different++
						}
					}
				}
				if different < least {
					t.Errorf("%s and %s differ in the shape of %d pixels on a %s panel, want %d", a, b, different, panel, least)
				}
			}
		}
	}
}

func TestTheTrayIconsOfBothPanelsAreEmbedded(t *testing.T) {
	for _, state := range icons.States() {
		for panel, dark := range map[string]bool{"dark": true, "light": false} {
			if !bytes.Equal(icons.Tray(state, dark), read(t, fmt.Sprintf("tray/%s-%s-48.png", state, panel))) {
				t.Errorf("the icon of %s for a %s panel is another's", state, panel)
			}
		}
	}
	if got := decode(t, icons.App()).Bounds().Dx(); got != 256 {
		t.Errorf("the application's icon is %d pixels wide", got)
	}
}

func TestWindowsIconsHoldWhatTheirDirectorySays(t *testing.T) {
	names := []string{"app.ico"}
	for _, state := range icons.States() {
		names = append(names, fmt.Sprintf("tray/%s-light.ico", state), fmt.Sprintf("tray/%s-dark.ico", state))
	}
	for _, name := range names {
		data := read(t, name)
		count := int(binary.LittleEndian.Uint16(data[4:]))
		if count < 4 {
			t.Errorf("%s holds %d pictures", name, count)
		}
		end := 6 + 16*count
		for i := range count {
			entry := data[6+16*i:]
			length, at := binary.LittleEndian.Uint32(entry[8:]), binary.LittleEndian.Uint32(entry[12:])
			if int(at) != end {
				t.Fatalf("%s: picture %d starts at %d, want %d", name, i, at, end)
			}
			if side := entry[0]; side != 0 { // 0 is 256, which is a PNG.
				width := binary.LittleEndian.Uint32(data[at+4:])
				height := binary.LittleEndian.Uint32(data[at+8:])
				if width != uint32(side) || height != 2*uint32(side) {
					t.Errorf("%s: picture %d is %d by %d, its entry says %d", name, i, width, height, side)
				}
			}
			end += int(length)
		}
		if end != len(data) {
			t.Errorf("%s has %d bytes, its directory speaks of %d", name, len(data), end)
		}
	}
}
