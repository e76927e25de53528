//go:build linux || freebsd || openbsd || netbsd

package tray

import (
	"bytes"
	"cmp"
	"image"
	"image/draw"
	"image/png"
	"path/filepath"
)

// iconInstalled reports whether the desktop's icon theme has daypass's icon.
// https://specifications.freedesktop.org/icon-theme-spec/latest/#directory_layout
func iconInstalled(getenv func(string) string) bool {
	dirs := []string{cmp.Or(getenv("XDG_DATA_HOME"), filepath.Join(getenv("HOME"), ".local", "share"))}
	dirs = append(dirs, filepath.SplitList(cmp.Or(getenv("XDG_DATA_DIRS"), "/usr/local/share:/usr/share"))...)
	for _, dir := range dirs {
		if !filepath.IsAbs(dir) {
			continue // the specification has them ignored
		}
		for _, place := range []string{"icons/hicolor/*/apps", "pixmaps"} {
			for _, ext := range []string{".png", ".svg"} {
				if found, _ := filepath.Glob(filepath.Join(dir, place, appID+ext)); len(found) > 0 {
					return true
				}
			}
		}
	}
	return false
}

// rawImage is a picture as a notice carries it.
// https://specifications.freedesktop.org/notification-spec/latest/icons-and-images.html
type rawImage struct {
	Width, Height, RowStride int32
	HasAlpha                 bool
	BitsPerSample, Channels  int32
	Data                     []byte
}

// imageData returns a PNG as the picture of a notice.
func imageData(data []byte) (rawImage, error) {
	decoded, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return rawImage{}, err
	}
	raw := image.NewNRGBA(image.Rectangle{Max: decoded.Bounds().Size()})
	draw.Draw(raw, raw.Rect, decoded, decoded.Bounds().Min, draw.Src)
	return rawImage{
		Width: int32(raw.Rect.Dx()), Height: int32(raw.Rect.Dy()), RowStride: int32(raw.Stride),
		HasAlpha: true, BitsPerSample: 8, Channels: 4, Data: raw.Pix,
	}, nil
}
