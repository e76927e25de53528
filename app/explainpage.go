package app

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"daypass/creds"
	"daypass/creds/words"
)

// explainPage draws how a profile comes by its credentials: a box for each step,
// and arrows from one to the next.
type explainPage struct {
	*fyne.Container

	title *line
	chain *fyne.Container
	about *notice
	boxes []*linkBox
}

func newExplainPage(back func(), k keys) *explainPage {
	p := &explainPage{title: newHeadline(""), chain: container.New(chainLayout{}), about: newNotice(0)}
	p.about.lines = 1
	close := newKeyButton("Back", back, k.key)
	close.importance(true)
	head := container.New(layout.NewCustomPaddedVBoxLayout(10), p.title, p.about.wide())
	p.Container = container.New(sheet{}, head, container.NewVScroll(p.chain),
		newButtons(layout.NewSpacer(), close))
	return p
}

// show draws the chain of a profile.
func (p *explainPage) show(profile string, e creds.Explanation, now time.Time) {
	p.title.set("How "+profile+" gets its credentials", "")
	text := "Each step gives what the next one needs."
	if len(e.Links) == 0 {
		text = "There is nothing to tell about this profile."
	}
	for _, flaw := range e.Flaws {
		text = join(text, words.Sentence(flaw.Message), flaw.Advice)
	}
	p.about.say(text, toneQuiet)
	p.chain.RemoveAll()
	p.boxes = nil
	for i, l := range e.Links {
		if i > 0 {
			p.chain.Add(newArrow())
		}
		box := newLinkBox(l, now)
		p.boxes = append(p.boxes, box)
		p.chain.Add(box)
	}
}

// linkGlyphs are the shapes of the kinds of step.
var linkGlyphs = map[creds.LinkKind]glyph{
	creds.LinkKey: glyphKey, creds.LinkSignIn: glyphSignIn, creds.LinkSession: glyphEnding,
	creds.LinkSSORole: glyphRole, creds.LinkRole: glyphRole, creds.LinkFile: glyphFile,
}

// linkWords say when what a step gave ends.
func linkWords(l creds.ExplainedLink, now time.Time) (string, stateLook) {
	switch {
	case l.Missing != "":
		return words.Sentence(l.Missing), stateLook{glyphAsks, theme.ColorNameWarning, "Missing"}
	case l.Kind == creds.LinkKey:
		return "Stays until you replace it", stateLook{glyphValid, theme.ColorNameSuccess, "There"}
	case l.Expires.IsZero():
		return "Has given nothing yet", stateLook{glyphNone, colorSecondary, "Nothing"}
	case !l.Expires.After(now):
		return "Ended " + words.Clock(l.Expires, now), stateLook{glyphExpired, colorSecondary, "Ended"}
	}
	return "Until " + words.Clock(l.Expires, now) + ", " + words.Span(l.Expires.Sub(now)) + " left",
		stateLook{glyphValid, theme.ColorNameSuccess, "Valid"}
}

// linkBox is one step.
type linkBox struct {
	widget.BaseWidget

	kind, mark    *icon
	title, detail *line
	expiry        *notice
}

func newLinkBox(l creds.ExplainedLink, now time.Time) *linkBox {
	words, look := linkWords(l, now)
	b := &linkBox{
		kind: newIcon(linkGlyphs[l.Kind], theme.ColorNamePrimary, linkIcon), mark: newIcon(look.Glyph, look.Ink, rowIcon),
		title:  newLine(theme.ColorNameForeground, sizeText, fyne.TextStyle{Bold: true}),
		detail: newLine(colorSecondary, sizeSmall, fyne.TextStyle{}),
		expiry: newNotice(linkExpiry),
	}
	b.expiry.lines = 1
	b.kind.ground, b.mark.ground = theme.ColorNameInputBackground, theme.ColorNameInputBackground
	title := l.Title
	if title != "" && (l.Profile == "" || !strings.HasPrefix(title, l.Profile)) {
		title = strings.ToUpper(title[:1]) + title[1:]
	}
	b.title.set(title, "")
	detail := l.Detail
	if l.Profile != "" && l.Kind != creds.LinkFile && !strings.Contains(l.Title, l.Profile) {
		detail = strings.TrimSuffix("profile "+l.Profile+" · "+l.Detail, " · ")
	}
	b.detail.set(detail, "")
	b.expiry.say(words, toneQuiet)
	b.ExtendBaseWidget(b)
	return b
}

// CreateRenderer draws the box.
func (b *linkBox) CreateRenderer() fyne.WidgetRenderer {
	r := &linkBoxRenderer{b, canvas.NewRectangle(nil)}
	r.Refresh()
	return r
}

type linkBoxRenderer struct {
	box    *linkBox
	ground *canvas.Rectangle
}

const (
	linkHeight = 62
	linkIcon   = 26
	linkExpiry = 230
	linkMost   = 720
)

func (r *linkBoxRenderer) Destroy() {}

func (r *linkBoxRenderer) Objects() []fyne.CanvasObject {
	b := r.box
	return []fyne.CanvasObject{r.ground, b.kind, b.mark, b.title, b.detail, b.expiry}
}

func (r *linkBoxRenderer) MinSize() fyne.Size {
	return fyne.NewSize(460, fyne.Max(linkHeight, r.box.expiry.MinSize().Height+20))
}

func (r *linkBoxRenderer) Layout(size fyne.Size) {
	b := r.box
	r.ground.Resize(size)
	const pad, gap = 16, 14
	place(b.kind, pad, (size.Height-linkIcon)/2, linkIcon, linkIcon)
	x := float32(pad + linkIcon + gap)
	right := size.Width - pad - linkExpiry
	upper, lower := b.title.MinSize().Height, b.detail.MinSize().Height
	top := (size.Height - upper - lower) / 2
	if b.detail.text == "" {
		top = (size.Height - upper) / 2
	}
	width := right - rowIcon - gap - x - gap
	place(b.title, x, top, width, upper)
	place(b.detail, x, top+upper, width, lower)
	place(b.mark, right-rowIcon-gap, (size.Height-rowIcon)/2, rowIcon, rowIcon)
	high := b.expiry.MinSize().Height
	place(b.expiry, right, (size.Height-high)/2, linkExpiry, high)
}

func (r *linkBoxRenderer) Refresh() {
	th := newLook()
	r.ground.FillColor, r.ground.CornerRadius = shade(th, theme.ColorNameInputBackground), radius
	r.ground.StrokeColor, r.ground.StrokeWidth = shade(th, theme.ColorNameInputBorder), 1
	r.Layout(r.box.Size())
	canvas.Refresh(r.box)
}

// arrow leads from one step to the next.
type arrow struct{ widget.BaseWidget }

func newArrow() *arrow {
	a := &arrow{}
	a.ExtendBaseWidget(a)
	return a
}

// CreateRenderer draws the arrow.
func (a *arrow) CreateRenderer() fyne.WidgetRenderer {
	r := &arrowRenderer{a, []*canvas.Line{canvas.NewLine(nil), canvas.NewLine(nil), canvas.NewLine(nil)}}
	r.Refresh()
	return r
}

type arrowRenderer struct {
	arrow *arrow
	lines []*canvas.Line
}

func (r *arrowRenderer) Destroy() {}

func (r *arrowRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.lines[0], r.lines[1], r.lines[2]}
}

func (r *arrowRenderer) MinSize() fyne.Size { return fyne.NewSize(20, 26) }

func (r *arrowRenderer) Layout(size fyne.Size) {
	x, tip := size.Width/2, fyne.NewPos(size.Width/2, size.Height-3)
	for i, from := range []fyne.Position{{X: x, Y: 3}, {X: x - 5, Y: size.Height - 9}, {X: x + 5, Y: size.Height - 9}} {
		r.lines[i].Position1, r.lines[i].Position2 = from, tip
	}
}

func (r *arrowRenderer) Refresh() {
	for _, l := range r.lines {
		l.StrokeColor, l.StrokeWidth = shade(newLook(), colorSecondary), 2
		l.Refresh()
	}
}

// chainLayout stacks boxes and arrows in the middle of the page.
type chainLayout struct{}

// MinSize has room for all of them.
func (chainLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, o := range objects {
		low := o.MinSize()
		size = fyne.NewSize(fyne.Max(size.Width, low.Width), size.Height+low.Height)
	}
	return size
}

// Layout places them.
func (chainLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := fyne.Min(size.Width, linkMost)
	y := float32(0)
	for _, o := range objects {
		height := o.MinSize().Height
		place(o, (size.Width-width)/2, y, width, height)
		y += height
	}
}
