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

	"daypass/app/kit"
	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// explainPage draws how a profile gets its credentials: a box for each step, and arrows
// between them.
type explainPage struct {
	*fyne.Container

	title *kit.Line
	chain *fyne.Container
	about *kit.Notice
	boxes []*linkBox
}

func newExplainPage(back func(), k kit.Keys) *explainPage {
	p := &explainPage{title: kit.NewHeadline(""), chain: container.New(chainLayout{}), about: kit.NewNotice(0, 1)}
	close := kit.NewButton(lang.T("Back"), back, k.Key)
	close.StandOut(true)
	head := container.New(layout.NewCustomPaddedVBoxLayout(10), p.title, p.about.Wide())
	p.Container = container.New(kit.Sheet{}, head, container.NewVScroll(p.chain),
		kit.NewButtons(layout.NewSpacer(), close))
	return p
}

// show draws the chain of a profile.
func (p *explainPage) show(profile string, e creds.Explanation, now time.Time) {
	p.title.Set(lang.Sprintf("How %s gets its credentials", profile))
	text := lang.T("Each step gives what the next one needs.")
	if len(e.Links) == 0 {
		text = lang.T("There is nothing to explain about this profile.")
	}
	for _, flaw := range e.Flaws {
		text = join(text, words.Sentence(flaw.Message), flaw.Advice)
	}
	p.about.Say(text, kit.ToneQuiet)
	p.chain.RemoveAll()
	p.boxes = nil
	for i, l := range e.Links {
		if i > 0 {
			p.chain.Add(kit.NewIcon(kit.GlyphNext, kit.ColorSecondary, linkArrow))
		}
		box := newLinkBox(l, now)
		p.boxes = append(p.boxes, box)
		p.chain.Add(box)
	}
}

// linkGlyphs are the icons of the kinds of step.
var linkGlyphs = map[creds.LinkKind]kit.Glyph{
	creds.LinkKey: kit.GlyphKey, creds.LinkSignIn: kit.GlyphSignIn, creds.LinkSession: kit.GlyphEnding,
	creds.LinkSSORole: kit.GlyphRole, creds.LinkRole: kit.GlyphRole, creds.LinkFile: kit.GlyphFile,
}

// lookOfLink returns how a step is shown, and when what it gave ends.
func lookOfLink(l creds.ExplainedLink, now time.Time) stateLook {
	switch {
	case l.Missing != "":
		return stateLook{kit.GlyphAsks, theme.ColorNameWarning, lang.T("Missing"), words.Sentence(l.Missing)}
	case l.Kind == creds.LinkKey:
		return stateLook{kit.GlyphValid, theme.ColorNameSuccess, lang.T("There"), lang.T("Stays until you replace it")}
	case l.Expires.IsZero():
		return stateLook{kit.GlyphNone, kit.ColorSecondary, lang.T("Nothing"), lang.T("Not used yet")}
	case !l.Expires.After(now):
		return stateLook{kit.GlyphExpired, kit.ColorSecondary, lang.T("Ended"), lang.Sprintf("Ended %s", words.Clock(l.Expires, now))}
	}
	return stateLook{
		kit.GlyphValid, theme.ColorNameSuccess, lang.T("Valid"),
		lang.Sprintf("Until %s, %s left", words.Clock(l.Expires, now), words.Span(l.Expires.Sub(now))),
	}
}

// linkBox is one step.
type linkBox struct {
	widget.BaseWidget

	kind, mark    *kit.Icon
	title, detail *kit.Line
	expiry        *kit.Notice
}

func newLinkBox(l creds.ExplainedLink, now time.Time) *linkBox {
	look := lookOfLink(l, now)
	b := &linkBox{
		kind: kit.NewIcon(linkGlyphs[l.Kind], theme.ColorNamePrimary, linkIcon), mark: kit.NewIcon(look.Glyph, look.Ink, rowIcon),
		title:  kit.NewLine(theme.ColorNameForeground, kit.SizeText, fyne.TextStyle{Bold: true}),
		detail: kit.NewLine(kit.ColorSecondary, kit.SizeSmall, fyne.TextStyle{}),
		expiry: kit.NewNotice(linkExpiry, 1),
	}
	b.kind.Ground, b.mark.Ground = theme.ColorNameInputBackground, theme.ColorNameInputBackground
	title := l.Title
	if title != "" && (l.Profile == "" || !strings.HasPrefix(title, l.Profile)) {
		title = strings.ToUpper(title[:1]) + title[1:]
	}
	b.title.Set(title)
	detail := l.Detail
	if l.Profile != "" && l.Kind != creds.LinkFile && !strings.Contains(l.Title, l.Profile) {
		detail = strings.TrimSuffix(lang.Sprintf("profile %s", l.Profile)+" · "+l.Detail, " · ")
	}
	b.detail.Set(detail)
	b.expiry.Say(look.Sentence, kit.ToneQuiet)
	b.ExtendBaseWidget(b)
	return b
}

func (b *linkBox) CreateRenderer() fyne.WidgetRenderer {
	r := &linkBoxRenderer{box: b, ground: canvas.NewRectangle(nil)}
	r.Parts = []fyne.CanvasObject{r.ground, b.kind, b.mark, b.title, b.detail, b.expiry}
	r.Refresh()
	return r
}

type linkBoxRenderer struct {
	kit.Drawing

	box    *linkBox
	ground *canvas.Rectangle
}

const (
	linkHeight = 62
	linkIcon   = 26
	linkExpiry = 230
	linkMost   = 720
	linkArrow  = 26
)

func (r *linkBoxRenderer) MinSize() fyne.Size {
	return fyne.NewSize(460, fyne.Max(linkHeight, r.box.expiry.MinSize().Height+20))
}

func (r *linkBoxRenderer) Layout(size fyne.Size) {
	b := r.box
	r.ground.Resize(size)
	const pad, gap = 16, 14
	kit.Place(b.kind, pad, (size.Height-linkIcon)/2, linkIcon, linkIcon)
	x := float32(pad + linkIcon + gap)
	right := size.Width - pad - linkExpiry
	upper, lower := b.title.MinSize().Height, b.detail.MinSize().Height
	top := (size.Height - upper - lower) / 2
	if b.detail.Text == "" {
		top = (size.Height - upper) / 2
	}
	width := right - rowIcon - gap - x - gap
	kit.Place(b.title, x, top, width, upper)
	kit.Place(b.detail, x, top+upper, width, lower)
	kit.Place(b.mark, right-rowIcon-gap, (size.Height-rowIcon)/2, rowIcon, rowIcon)
	high := b.expiry.MinSize().Height
	kit.Place(b.expiry, right, (size.Height-high)/2, linkExpiry, high)
}

func (r *linkBoxRenderer) Refresh() {
	r.ground.FillColor, r.ground.CornerRadius = kit.Shade(theme.ColorNameInputBackground), kit.Radius
	r.ground.StrokeColor, r.ground.StrokeWidth = kit.Shade(theme.ColorNameInputBorder), 1
	r.Layout(r.box.Size())
	canvas.Refresh(r.box)
}

// chainLayout stacks boxes and arrows in the middle of the page.
type chainLayout struct{ kit.Rows }

func (chainLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := fyne.Min(size.Width, linkMost)
	y := float32(0)
	for _, o := range objects {
		height := o.MinSize().Height
		kit.Place(o, (size.Width-width)/2, y, width, height)
		y += height
	}
}
