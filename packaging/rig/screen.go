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
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// picture is what was on the screen when it was last looked at.
type picture struct {
	mu    sync.Mutex
	frame []byte // where Xvfb draws
	data  []byte // what was there
	image *image.RGBA
}

// Screen is what people see of a desktop, with its pointer and its keyboard.
type Screen struct {
	s       *session
	picture picture
}

// Image returns what is on the screen now. It is not to be written to: as long as
// nothing changes, all get the same one.
//
// Xvfb keeps its frame buffer in a file in the XWD format (X11/XWDFile.h): a
// header of 32-bit numbers, a name, a colour map of 12 bytes each, the pixels.
func (c *Screen) Image() (*image.RGBA, error) {
	c.picture.mu.Lock()
	defer c.picture.mu.Unlock()
	if err := c.picture.look(filepath.Join(c.s.folders.screen(), "Xvfb_screen0")); err != nil {
		return nil, fmt.Errorf("reading the screen: %w", err)
	}
	return c.picture.image, nil
}

func (p *picture) look(path string) error {
	switch {
	case p.frame == nil && p.image != nil:
		return errClosed
	case p.frame == nil:
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		if p.frame, err = unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED); err != nil {
			return err
		}
	}
	field := func(i int) int {
		if 4*i+4 > len(p.frame) {
			return -1
		}
		return int(binary.BigEndian.Uint32(p.frame[4*i:]))
	}
	const version, bitsOfPixel, littleEndian = 7, 32, 0
	width, height, stride := field(4), field(5), field(12)
	start := field(0) + 12*field(19)
	switch {
	case field(1) != version, field(11) != bitsOfPixel, field(7) != littleEndian:
		return errors.New("not an XWD file of little-endian 32 bit pixels")
	case width <= 0, height <= 0, stride != 4*width, start < 0, start+height*stride > len(p.frame):
		return errors.New("the file is shorter than it says")
	}
	pixels := p.frame[start:][:height*stride]
	var last []byte
	switch {
	case p.image == nil:
		p.data = make([]byte, len(pixels))
	case same(p.data, pixels):
		return nil
	default:
		last = p.image.Pix
	}
	p.image = image.NewRGBA(image.Rect(0, 0, width, height))
	draw(p.image.Pix, last, p.data, pixels, stride)
	return nil
}

// The race detector would be asked about each of millions of bytes, which takes
// longer than everything that waits for the screen. It has no say in what another
// process draws, nor does anybody write to a picture that has been handed out.

//go:norace
func same(a, b []byte) bool { return bytes.Equal(a, b) }

// draw makes a picture of a frame. Rows that are as in the data of the last frame,
// if there was one, are as in its picture. The data becomes that of this frame.
//
//go:norace
func draw(pix, last, data, frame []byte, stride int) {
	for i := 0; i < len(data); i += stride {
		row, to := data[i:i+stride], pix[i:i+stride]
		if last != nil && bytes.Equal(row, frame[i:i+stride]) {
			copy(to, last[i:i+stride])
			continue
		}
		copy(row, frame[i:i+stride])
		for j := 0; j+4 <= stride; j += 4 {
			to[j], to[j+1], to[j+2], to[j+3] = row[j+2], row[j+1], row[j], 0xff
		}
	}
}

// close gives back what the pictures were read from.
func (p *picture) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = unix.Munmap(p.frame) // It was mapped here, or is nil.
	p.frame = nil
}

// Screenshot writes the screen to a PNG file, or only the part of it that crop
// names; an empty crop is the whole screen.
func (c *Screen) Screenshot(path string, crop image.Rectangle) error {
	screen, err := c.Image()
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
func (c *Screen) Panel() (image.Rectangle, error) {
	screen, err := c.Image()
	if err != nil {
		return image.Rectangle{}, err
	}
	return image.Rect(0, 0, screen.Rect.Dx(), panelHeight), nil
}

// How long nothing moves in a still part, and how many pixels may change anyway, such as
// those of a blinking cursor.
const (
	stillFor    = 300 * time.Millisecond
	stillPixels = 120
)

// WaitStill waits until nothing moves in a part of the screen.
func (c *Screen) WaitStill(ctx context.Context, part image.Rectangle) error {
	return c.Wait(ctx, Still(part))
}

// Still returns a condition for [Screen.Wait]: that nothing has moved in
// a part of the screen for a moment, in which it was looked at several times.
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

// Changed reports whether a part of the screen has changed by more than a blinking cursor.
func Changed(before, now *image.RGBA, part image.Rectangle) bool {
	return changed(before, now, part) > stillPixels
}

// changed counts the pixels of a part of the screen that are not what they were.
func changed(before, now *image.RGBA, part image.Rectangle) int {
	part = part.Intersect(before.Rect).Intersect(now.Rect)
	n := 0
	if before == now {
		return n
	}
	for y := part.Min.Y; y < part.Max.Y; y++ {
		from, to := before.PixOffset(part.Min.X, y), before.PixOffset(part.Max.X, y)
		n += differing(before.Pix[from:to], now.Pix[from:to])
	}
	return n
}

// differing counts the pixels that differ in two rows of pictures.
//
//go:norace
func differing(a, b []byte) int {
	if bytes.Equal(a, b) {
		return 0
	}
	n := 0
	for i := 0; i+4 <= len(a); i += 4 {
		if a[i] != b[i] || a[i+1] != b[i+1] || a[i+2] != b[i+2] || a[i+3] != b[i+3] {
			n++
		}
	}
	return n
}

// Wait waits until the screen is as ready wants it.
func (c *Screen) Wait(ctx context.Context, ready func(*image.RGBA) bool) error {
	err := c.s.until(ctx, func() (bool, error) {
		screen, err := c.Image()
		return err == nil && ready(screen), err
	})
	if err != nil {
		return fmt.Errorf("waiting for the screen to change: %w", err)
	}
	return nil
}

// Key presses keys one after the other in whatever has the keyboard, as a menu
// that is open.
func (c *Screen) Key(ctx context.Context, keys ...string) error {
	if _, err := c.s.call(ctx, "xdotool", append([]string{"key", "--delay", "15", "--"}, keys...)...); err != nil {
		return fmt.Errorf("pressing keys: %w", err)
	}
	return nil
}

// Click moves the pointer to a place on the screen and presses a button there:
// 1 is the left one, 3 the right one.
func (c *Screen) Click(ctx context.Context, x, y, button int) error {
	_, err := c.s.call(ctx, "xdotool", "mousemove", fmt.Sprint(x), fmt.Sprint(y), "click", fmt.Sprint(button))
	if err != nil {
		return fmt.Errorf("clicking at %d,%d: %w", x, y, err)
	}
	return nil
}
