//go:build linux

package app

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/color"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"daypass/app/kit"
	"daypass/creds"
)

// The pictures that TestPictures looks at are kept with
//
//	go test ./app -run TestPictures -pictures DIR
var pictures = flag.String("pictures", "", "the folder to keep pictures of the windows in")

// scene is a window in a state worth a picture.
type scene struct {
	name string
	// width of the window at single scale; zero is that of a code's.
	width  int
	prompt func(*creds.Prompt)
	// act is what happens before the picture is taken.
	act func(t *testing.T, p *process)
}

func scenes() []scene {
	const long = "a-customer-with-a-long-name.production.eu-central-1.readonly"
	typed := func(text string) func(*testing.T, *process) {
		return func(t *testing.T, p *process) { must(t, p.Type(timeout(t), text)) }
	}
	refused := func(change func(*creds.Prompt)) func(*testing.T, *process) {
		return func(t *testing.T, p *process) {
			typed("123456")(t, p)
			p.wantAnswers(t, "123456")
			p.refuse(t, change)
		}
	}
	return []scene{
		{name: "fresh", act: typed("123")},
		{name: "checking", act: typed("123456")},
		{name: "refused", act: refused(nil)},
		{name: "countdown", act: refused(func(p *creds.Prompt) {
			p.Refusal, p.Fresh = spentWords, time.Now().Add(18*time.Second)
		})},
		{name: "clock", prompt: func(p *creds.Prompt) { p.ClockOff = -7 * time.Minute }},
		{name: "clock-refused", act: refused(func(p *creds.Prompt) { p.ClockOff = -7 * time.Minute })},
		{name: "long", prompt: func(p *creds.Prompt) {
			p.Profile = long
			p.Device = "arn:aws:iam::123456789012:mfa/" + long
			p.Requester.Dir = "~/src/customers/" + long
		}},
		{name: "device", act: func(t *testing.T, p *process) { must(t, p.Key(timeout(t), "shift+Tab")) }},
		{name: "gone", act: func(_ *testing.T, p *process) { p.agent.stop() }},
		{name: "passphrase", prompt: func(p *creds.Prompt) {
			*p = creds.Prompt{Kind: creds.PromptPassphrase}
		}, act: typed("correct horse")},
	}
}

// TestPictures opens the window in all its states; where pictures are kept, light and dark, at
// single and at double scale. What it can judge by itself is that there is a picture:
// of the right size, in the colours of the variant, and with something on it.
func TestPictures(t *testing.T) {
	s := startScreen(t)
	for _, variant := range []string{"light", "dark"} {
		for _, scale := range []int{1, 2} {
			for i, scene := range slices.Concat(scenes(), signInScenes(), consentScenes(), personScenes()) {
				// Most pictures are for people, and take their time: a test looks at every
				// state once, light at single scale or dark at double, in turns.
				if dark := i%2 == 1; *pictures == "" && (dark != (variant == "dark") || dark != (scale == 2)) {
					continue
				}
				name := fmt.Sprintf("%s-%s-%dx", scene.name, variant, scale)
				t.Run(name, func(t *testing.T) { s.picture(t, name, scene, variant, scale) })
			}
		}
	}
}

func (s *screen) picture(t *testing.T, name string, scene scene, variant string, scale int) {
	prompt := alicePrompt()
	if scene.prompt != nil {
		scene.prompt(&prompt)
	}
	p := s.open(t, prompt, "FYNE_THEME="+variant, fmt.Sprint("FYNE_SCALE=", scale))
	if scene.act != nil {
		scene.act(t, p)
	}
	time.Sleep(200 * time.Millisecond) // The window draws 60 times a second.
	box := s.box(t, p.Window)
	s.waitDrawn(t, box)
	if *pictures != "" {
		must(t, s.Screen.Screenshot(filepath.Join(*pictures, name+".png"), box))
	}
	width := int(kit.CodeWidth(creds.CodeDigits))
	if scene.width != 0 {
		width = scene.width
	}
	if low := (width + 2*windowPadding) * scale; box.Dx() < low-scale || box.Dx() > low+scale {
		t.Errorf("the window is %d wide, want %d", box.Dx(), low)
	}
	s.judge(t, box, variant)
}

// inks counts the colours in a box of the screen, up to [leastInks].
func inks(img *image.RGBA, box image.Rectangle) int {
	all := make(map[color.RGBA]bool)
	somewhere(img, box, func(c color.RGBA) bool {
		all[c] = true
		return len(all) >= leastInks
	})
	return len(all)
}

// somewhere reports whether there is a pixel with such a colour in a box of the
// screen. Most rows of a window are as the one above them, and most pixels as the
// one before them: those are passed over.
func somewhere(img *image.RGBA, box image.Rectangle, such func(color.RGBA) bool) bool {
	box = box.Intersect(img.Rect)
	var above []byte
	for y := box.Min.Y; y < box.Max.Y; y++ {
		row := img.Pix[img.PixOffset(box.Min.X, y):img.PixOffset(box.Max.X, y)]
		if bytes.Equal(row, above) {
			continue
		}
		above = row
		var last color.RGBA
		for i := 0; i < len(row); i += 4 {
			c := color.RGBA{R: row[i], G: row[i+1], B: row[i+2], A: row[i+3]}
			if c != last && such(c) {
				return true
			}
			last = c
		}
	}
	return false
}

// leastInks is how many colours a window with text has at least: the edges of
// letters are smooth.
const leastInks = 50

// waitDrawn waits until a window has drawn itself, which takes seconds where
// much else goes on.
func (s *screen) waitDrawn(t *testing.T, box image.Rectangle) {
	t.Helper()
	must(t, s.Screen.Wait(timeout(t), func(img *image.RGBA) bool { return inks(img, box) >= leastInks }))
}

// judge looks whether there is a picture in the box, in the colours of the
// variant.
func (s *screen) judge(t *testing.T, box image.Rectangle, variant string) {
	t.Helper()
	img, err := s.Screen.Image()
	must(t, err)
	ground := img.RGBAAt(box.Min.X+5, box.Min.Y+5)
	if bright := ground.R > 0x80; bright != (variant == "light") {
		t.Errorf("the background is %v", ground)
	}
	if n := inks(img, box); n < leastInks {
		t.Errorf("there are %d colours on the picture, which is then not of a window with text", n)
	}
}
