package kit

import (
	"image/color"
	"sort"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

const (
	noticeIcon = 18
	noticeGap  = 8
)

// Notice is a message with an icon for its tone, on as many lines as it needs.
type Notice struct {
	widget.BaseWidget

	Words string
	Tone  Tone
	width float32
	lines int
	// size, style and ink are those of the text; an empty ink is the tone's.
	size  float32
	style fyne.TextStyle
	ink   fyne.ThemeColorName
}

// NewNotice makes an empty notice of a width, which has room for so many lines at least.
// Two keep most windows from growing when they have something to say.
func NewNotice(width float32, lines int) *Notice {
	n := &Notice{width: width, lines: lines, size: SizeText}
	n.ExtendBaseWidget(n)
	return n
}

// NewWrappedHeadline makes a headline for a name that is never cut: it takes as many lines
// as it needs.
func NewWrappedHeadline() *Notice {
	n := NewNotice(0, 1)
	n.size, n.style, n.ink = SizeHeadline, fyne.TextStyle{Bold: true}, theme.ColorNameForeground
	return n
}

// Say sets the message, and reports whether that was a change. An empty message has no
// icon.
func (n *Notice) Say(words string, t Tone) bool {
	if words == "" {
		t = ToneQuiet
	}
	if n.Words == words && n.Tone == t {
		return false
	}
	n.Words, n.Tone = words, t
	n.Refresh()
	return true
}

// Wide makes the notice as wide as its place, in a window that people resize.
func (n *Notice) Wide() fyne.CanvasObject { return container.New(wideNotice{}, n) }

// wideNotice is the layout of a notice that is as wide as its place.
type wideNotice struct{}

func (wideNotice) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(0, objects[0].MinSize().Height)
}

func (wideNotice) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	n := objects[0].(*Notice)
	if n.width != size.Width {
		n.width = size.Width
		n.Refresh()
	}
	n.Resize(size)
}

// CreateRenderer draws the notice. It draws each line as a text: Fyne's rich text has a
// padding, and computes its height from its present width, so that a window could not
// be made as high as the text needs.
func (n *Notice) CreateRenderer() fyne.WidgetRenderer {
	r := &noticeRenderer{notice: n, icon: widget.NewIcon(nil), busy: widget.NewActivity()}
	r.Refresh()
	return r
}

type noticeRenderer struct {
	notice *Notice
	lines  []*canvas.Text
	// words and room are those that the lines were made for.
	words string
	room  float32
	icon  *widget.Icon
	busy  *widget.Activity
}

func (r *noticeRenderer) Destroy() { r.busy.Stop() }

func (r *noticeRenderer) Objects() []fyne.CanvasObject {
	objects := []fyne.CanvasObject{r.icon, r.busy}
	for _, l := range r.lines {
		objects = append(objects, l)
	}
	return objects
}

// LineHeight is the height of one line.
func (n *Notice) LineHeight() float32 {
	return Whole(fyne.MeasureText("X", n.size, n.style).Height)
}

func (r *noticeRenderer) MinSize() fyne.Size {
	r.wrap()
	return fyne.NewSize(r.notice.width, float32(max(len(r.lines), r.notice.lines))*r.notice.LineHeight())
}

// left is where the text begins.
func (r *noticeRenderer) left() float32 {
	if r.notice.Tone == ToneQuiet {
		return 0
	}
	return noticeIcon + noticeGap
}

func (r *noticeRenderer) Layout(fyne.Size) {
	r.wrap()
	Place(r.icon, 0, 0, noticeIcon, noticeIcon)
	Place(r.busy, 0, 0, noticeIcon, noticeIcon)
	height := r.notice.LineHeight()
	for i, l := range r.lines {
		Place(l, r.left(), float32(i)*height, r.room, height)
	}
}

// wrap makes the lines anew where the text or its room have changed.
func (r *noticeRenderer) wrap() {
	room := r.notice.width - r.left()
	if r.words == r.notice.Words && r.room == room {
		return
	}
	r.words, r.room = r.notice.Words, room
	r.lines = nil
	for _, text := range r.notice.Wrap(room) {
		l := canvas.NewText(text, r.ink())
		l.TextSize, l.TextStyle = r.notice.size, r.notice.style
		r.lines = append(r.lines, l)
	}
}

func (r *noticeRenderer) ink() color.Color {
	if r.notice.ink != "" {
		return Shade(r.notice.ink)
	}
	if r.notice.Tone == ToneQuiet || r.notice.Tone == ToneBusy {
		return Shade(ColorSecondary)
	}
	return Shade(theme.ColorNameForeground)
}

// Wrap breaks the text into lines of at most a width. Longer words, such as ARNs, are
// broken too.
func (n *Notice) Wrap(width float32) []string {
	fits := func(s string) bool {
		return width <= 0 || fyne.MeasureText(s, n.size, n.style).Width <= width
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(n.Words) {
		if longer := strings.TrimPrefix(line+" "+word, " "); fits(longer) {
			line = longer
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for rest := []rune(word); ; {
			if line = string(rest); fits(line) {
				break
			}
			most := max(1, sort.Search(len(rest), func(i int) bool { return !fits(string(rest[:i+1])) }))
			lines, rest = append(lines, string(rest[:most])), rest[most:]
			if len(rest) == 0 {
				line = ""
				break
			}
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

func (r *noticeRenderer) Refresh() {
	n := r.notice
	if icon := n.Tone.icon(); icon != nil {
		r.icon.SetResource(icon)
	}
	r.icon.Hidden = n.Tone == ToneQuiet || n.Tone == ToneBusy
	r.busy.Hidden = n.Tone != ToneBusy
	if n.Tone == ToneBusy {
		r.busy.Start()
	} else {
		r.busy.Stop()
	}
	r.Layout(n.Size())
	for _, l := range r.lines {
		l.Color = r.ink()
	}
	r.icon.Refresh()
	r.busy.Refresh()
	canvas.Refresh(n)
}
