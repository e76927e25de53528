//go:build linux

package rig

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"time"
)

// Screen returns what is on the screen now.
//
// Xvfb keeps its frame buffer in a file in the XWD format (X11/XWDFile.h): a
// header of 32-bit numbers, a name, a colour map of 12 bytes each, the pixels.
func (d *Desktop) Screen() (*image.RGBA, error) {
	data, err := os.ReadFile(filepath.Join(d.screenDir(), "Xvfb_screen0"))
	if err != nil {
		return nil, fmt.Errorf("reading the screen: %w", err)
	}
	field := func(i int) int {
		if 4*i+4 > len(data) {
			return -1
		}
		return int(binary.BigEndian.Uint32(data[4*i:]))
	}
	const version, bitsOfPixel, littleEndian = 7, 32, 0
	width, height, stride := field(4), field(5), field(12)
	start := field(0) + 12*field(19)
	switch {
	case field(1) != version, field(11) != bitsOfPixel, field(7) != littleEndian:
		return nil, errors.New("reading the screen: not an XWD file of little-endian 32 bit pixels")
	case width <= 0, height <= 0, stride < 4*width, start < 0, start+height*stride > len(data):
		return nil, errors.New("reading the screen: the file is shorter than it says")
	}
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		row := data[start+y*stride:]
		for x := range width {
			to := img.Pix[img.PixOffset(x, y):]
			to[0], to[1], to[2], to[3] = row[4*x+2], row[4*x+1], row[4*x], 0xff
		}
	}
	return img, nil
}

// Screenshot writes the screen to a PNG file, or only the part of it that crop
// names; an empty crop is the whole screen.
func (d *Desktop) Screenshot(path string, crop image.Rectangle) error {
	screen, err := d.Screen()
	if err != nil {
		return err
	}
	if crop.Empty() {
		crop = screen.Bounds()
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("saving a screenshot: %w", err)
	}
	if err := png.Encode(f, screen.SubImage(crop)); err != nil {
		return errors.Join(fmt.Errorf("saving a screenshot: %w", err), f.Close())
	}
	return f.Close()
}

// Panel returns where on the screen the panel is.
func (d *Desktop) Panel() (image.Rectangle, error) {
	screen, err := d.Screen()
	if err != nil {
		return image.Rectangle{}, err
	}
	return image.Rect(0, 0, screen.Rect.Dx(), panelHeight), nil
}

// OpenMenu clicks with the right button on the last icon of the tray, the only
// one unless several programs have one, and waits until its menu is drawn.
func (d *Desktop) OpenMenu(ctx context.Context) error {
	before, err := d.Screen()
	if err != nil {
		return err
	}
	corner := before.Rect.Dx() - panelHeight/2
	for {
		if err := d.Click(ctx, corner, panelHeight/2, 3); err != nil {
			return err
		}
		// The menu hangs below the icon; notifications are at the other end. A
		// panel that was not ready for the click gets another one, which would
		// close a menu that is only late.
		short, cancel := context.WithTimeout(ctx, 30*time.Second)
		err := d.WaitScreen(short, func(now *image.RGBA) bool {
			return now.RGBAAt(corner, panelHeight+iconSize) != before.RGBAAt(corner, panelHeight+iconSize)
		})
		cancel()
		if err == nil || ctx.Err() != nil {
			return err
		}
	}
}

// What stands still: for how long, and how many pixels may change all the same, as
// those of a cursor that blinks do.
const (
	stillFor    = 300 * time.Millisecond
	stillPixels = 120
)

// WaitStill waits until a part of the screen stands still.
func (d *Desktop) WaitStill(ctx context.Context, part image.Rectangle) error {
	return d.WaitScreen(ctx, Still(part))
}

// Still returns a condition for [Desktop.WaitScreen]: that a part of the screen has
// stood still for a moment, and was looked at several times in it.
func Still(part image.Rectangle) func(*image.RGBA) bool {
	var before *image.RGBA
	var since time.Time
	looks := 0
	return func(now *image.RGBA) bool {
		if before == nil || Changed(before, now, part) {
			before, since, looks = now, time.Now(), 0
			return false
		}
		looks++
		return looks > 3 && time.Since(since) > stillFor
	}
}

// Changed reports whether a part of the screen is not what it was, but for what
// changes by itself, as a cursor that blinks.
func Changed(before, now *image.RGBA, part image.Rectangle) bool {
	return changed(before, now, part) > stillPixels
}

// changed counts the pixels of a part of the screen that are not what they were.
func changed(before, now *image.RGBA, part image.Rectangle) int {
	part = part.Intersect(before.Rect).Intersect(now.Rect)
	n := 0
	for y := part.Min.Y; y < part.Max.Y; y++ {
		from, to := before.PixOffset(part.Min.X, y), before.PixOffset(part.Max.X, y)
		if bytes.Equal(before.Pix[from:to], now.Pix[from:to]) {
			continue
		}
		for i := from; i < to; i += 4 {
			if !bytes.Equal(before.Pix[i:i+4], now.Pix[i:i+4]) {
				n++
			}
		}
	}
	return n
}

// WaitScreen waits until the screen is as ready wants it.
func (d *Desktop) WaitScreen(ctx context.Context, ready func(*image.RGBA) bool) error {
	err := d.until(ctx, func() (bool, error) {
		screen, err := d.Screen()
		return err == nil && ready(screen), err
	})
	if err != nil {
		return fmt.Errorf("waiting for the screen to change: %w", err)
	}
	return nil
}
