// Command gen draws the icon set: the pictures of the SVG sources in every
// size, the tray's states for light and dark panels, and Windows' .ico files.
//
// It is run by "make icons" in the folder packaging/icons and needs
// rsvg-convert. What it writes is checked in, so that a build needs nothing.
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// A face is what the badge shows in one state. Every state has a shape of its
// own, so that the icons differ for people who do not see the colours.
type face struct {
	state  string
	accent string // colour of the badge; empty for the panel's own
	filled bool   // a filled badge is a valid pass; an outline is no pass
	glyph  string // drawn in the badge: cut out of a filled one, drawn on an outline
}

// The badge's inside is 5..19 by 8..20 of a 24 by 24 square.
var faces = []face{
	{state: "idle", glyph: `<path d="M8.200 17h7.600M9 15.500a3 3 0 0 1 6 0" stroke-width="1.700"/>`},
	{state: "valid", filled: true, glyph: `<path d="M7 18a5 5 0 0 1 10 0z" fill="#000" stroke="none"/><path d="M12 9.250v1.500M7.200 11.200l1.100 1.100M16.800 11.200l-1.100 1.100" stroke-width="1.700"/>`},
	{state: "ending", accent: "#f2a33a", filled: true, glyph: `<circle cx="12" cy="14" r="4.250" stroke-width="1.700"/><path d="M12 11.600v2.600l1.800 1.100" stroke-width="1.500"/>`},
	{state: "expired", accent: "#f2a33a", glyph: `<path d="M15.600 16.200a4.400 4.400 0 1 1-4.200-6.600a3.700 3.700 0 0 0 4.200 6.600z" fill="currentColor" stroke-width="0.800"/>`},
	{state: "attention", accent: "#f2a33a", glyph: `<path d="M12 9.300v4.700" stroke-width="3"/><circle cx="12" cy="17.800" r="1.500" stroke="none" fill="currentColor"/>`},
	{state: "failed", accent: "#e5484d", filled: true, glyph: `<path d="M8.500 10.500l7 7M15.500 10.500l-7 7" stroke-width="2.400"/>`},
	{state: "unlocked", accent: "#f2a33a", filled: true, glyph: `<rect x="7.700" y="13" width="8.600" height="6.200" rx="1.200" fill="#000" stroke="none"/><path d="M9.700 13v-1.700a2.500 2.500 0 0 1 4.900-.7" stroke-width="1.700"/>`},
	{state: "refreshing", glyph: `<path d="M8.300 14.300a3.800 3.800 0 0 1 6.500-2.800M15.700 13.700a3.800 3.800 0 0 1-6.500 2.800" stroke-width="1.600"/><path d="M15.900 9.500v3.200h-3.200zM8.100 18.500v-3.200h3.200z" fill="currentColor" stroke="none"/>`},
}

// Light ink is for dark panels, dark ink for light ones.
var inks = map[string]string{"dark": "#f4f4f8", "light": "#2b2d42"}

// trayArt returns one tray icon as SVG. Systems draw the tray at 22 or at 24
// pixels: the art keeps one pixel free on each side, and the picture of 22 is
// the same art with that border cut off, so that both are sharp.
func trayArt(f face, ink string, size int) string {
	box := "0 0 24 24"
	if size == 22 {
		box = "1 1 22 22"
	}
	if f.accent != "" {
		ink = f.accent
	}
	const card = `x="4" y="2" width="16" height="20" rx="3.500"`
	const slot = `x="9" y="4.500" width="6" height="2" rx="1"`
	var art string
	if f.filled {
		cut := strings.ReplaceAll(f.glyph, "currentColor", "#000")
		art = `<mask id="m"><rect width="24" height="24" fill="#fff"/><rect ` + slot + ` fill="#000"/>` +
			`<g fill="none" stroke="#000" stroke-linecap="round" stroke-linejoin="round">` + cut + `</g></mask>` +
			`<rect ` + card + ` fill="` + ink + `" mask="url(#m)"/>`
	} else {
		art = `<g color="` + ink + `" fill="none" stroke="` + ink + `" stroke-linecap="round" stroke-linejoin="round">` +
			`<rect x="5" y="3" width="14" height="18" rx="3" stroke-width="2"/>` +
			`<path d="M10.500 6h3" stroke-width="1.600"/>` + f.glyph + `</g>`
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="%s">%s</svg>`+"\n", size, size, box, art)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run() error {
	var app [][]byte
	for _, size := range []int{16, 22, 24, 32, 48, 64, 128, 256, 512} {
		source := "app.svg"
		if size <= 32 {
			source = "app-small.svg"
		}
		art, err := os.ReadFile(source)
		if err != nil {
			return err
		}
		picture, err := render(art, size)
		if err != nil {
			return err
		}
		if err := write("app-"+strconv.Itoa(size)+".png", picture); err != nil {
			return err
		}
		if size == 16 || size == 24 || size == 32 || size == 48 || size == 256 {
			app = append(app, picture)
		}
	}
	if err := writeIco("app.ico", app); err != nil {
		return err
	}
	for _, f := range faces {
		for panel, ink := range inks {
			if err := drawState(f, panel, ink); err != nil {
				return fmt.Errorf("%s on %s: %w", f.state, panel, err)
			}
		}
	}
	return nil
}

func drawState(f face, panel, ink string) error {
	name := filepath.Join("tray", f.state+"-"+panel)
	if err := write(name+".svg", []byte(trayArt(f, ink, 24))); err != nil {
		return err
	}
	var all [][]byte
	for _, size := range []int{16, 22, 24, 32, 48} {
		picture, err := render([]byte(trayArt(f, ink, size)), size)
		if err != nil {
			return err
		}
		if size != 22 {
			all = append(all, picture)
		}
		if size == 16 { // Only Windows draws the tray at 16.
			continue
		}
		if err := write(name+"-"+strconv.Itoa(size)+".png", picture); err != nil {
			return err
		}
	}
	return writeIco(name+".ico", all)
}

func render(svg []byte, size int) ([]byte, error) {
	n := strconv.Itoa(size)
	//nolint:gosec,noctx // The arguments are numbers; the program ends by itself.
	cmd := exec.Command("rsvg-convert", "-w", n, "-h", n)
	cmd.Stdin = bytes.NewReader(svg)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("rsvg-convert: %w: %s", err, complaint.String())
	}
	return out.Bytes(), nil
}

func write(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil { //nolint:gosec // Part of the source tree.
		return err
	}
	return os.WriteFile(name, data, 0o644) //nolint:gosec // Part of the source tree.
}

// writeIco writes a Windows icon. Pictures below 256 are stored as bitmaps:
// LoadImage, which systray uses, promises PNG only for the largest size.
func writeIco(name string, pictures [][]byte) error {
	var head, body bytes.Buffer
	put := func(to *bytes.Buffer, v ...any) {
		for _, x := range v {
			_ = binary.Write(to, binary.LittleEndian, x) // A buffer takes everything.
		}
	}
	put(&head, uint16(0), uint16(1), uint16(len(pictures)))
	for _, p := range pictures {
		img, err := png.Decode(bytes.NewReader(p))
		if err != nil {
			return err
		}
		data, side := p, img.Bounds().Dx()
		if side < 256 {
			data = bitmap(img)
		}
		put(&head, uint8(side), uint8(side), uint16(0), uint16(1), uint16(32),
			uint32(len(data)), uint32(6+16*len(pictures)+body.Len()))
		body.Write(data)
	}
	return write(name, append(head.Bytes(), body.Bytes()...))
}

// bitmap returns img as an icon's BITMAPINFOHEADER, its pixels from the bottom
// row up, and an empty mask, because the alpha channel says what is seen.
func bitmap(img image.Image) []byte {
	side := img.Bounds().Dx()
	var out bytes.Buffer
	for _, v := range []any{
		uint32(40), int32(side), int32(2 * side), uint16(1), uint16(32),
		[6]uint32{},
	} {
		_ = binary.Write(&out, binary.LittleEndian, v) // A buffer takes everything.
	}
	for y := side - 1; y >= 0; y-- {
		for x := range side {
			c := color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA)
			out.Write([]byte{c.B, c.G, c.R, c.A})
		}
	}
	out.Write(make([]byte, (side+31)/32*4*side))
	return out.Bytes()
}
