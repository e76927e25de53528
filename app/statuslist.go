package app

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"daypass/creds"
	"daypass/creds/words"
)

func newProfileList(s *statusState, choose func(at int), favour func(name string), k keys) *rowList {
	return newRowList(func() int { return len(s.items) }, func() fyne.CanvasObject { return newProfileRow(favour) },
		func(at int, o fyne.CanvasObject) {
			row := o.(*profileRow)
			if i := s.items[at]; i >= 0 {
				row.set(s.all.Profiles[i], at == s.at, time.Now())
			} else {
				row.head(s.groups[^i])
			}
		}, choose, k)
}

// profileRow shows a profile, or the heading of a group.
type profileRow struct {
	widget.BaseWidget

	name         string
	chosen       bool
	icon         *icon
	title, about *line
	word, left   *line
	bar          *timeBar
	star         *star
}

func newProfileRow(favour func(name string)) *profileRow {
	r := &profileRow{icon: newIcon(glyphNone, colorSecondary, rowIcon), bar: newTimeBar()}
	r.title = newLine(theme.ColorNameForeground, sizeText, fyne.TextStyle{Bold: true})
	r.about = newLine(colorSecondary, sizeSmall, fyne.TextStyle{})
	r.word = newLine(colorSecondary, sizeText, fyne.TextStyle{})
	r.left = newLine(colorSecondary, sizeSmall, fyne.TextStyle{})
	r.star = newStar(func() { favour(r.name) })
	r.ExtendBaseWidget(r)
	return r
}

// set shows a profile.
func (r *profileRow) set(s creds.Status, chosen bool, now time.Time) {
	look := lookOf(s, now)
	r.choose(chosen)
	r.name = s.Name
	for _, o := range []fyne.CanvasObject{r.icon, r.word, r.left, r.bar, r.star} {
		show(o, true)
	}
	r.icon.set(look.Glyph, look.Ink)
	r.title.tint(theme.ColorNameForeground)
	r.title.set(s.Name, "")
	r.about.set(rowAbout(s), "")
	r.about.setBrief(rowBrief(s))
	r.word.tint(look.Ink)
	r.word.set(look.Word, "")
	left, share := timeLeft(s, now)
	r.left.set(left, "")
	if (r.bar.share < 0) != (share < 0) {
		defer r.Refresh() // The word's place is another.
	}
	r.bar.set(share, look.Ink)
	r.star.mark(s.Favourite)
}

// head shows the heading of a group.
func (r *profileRow) head(g statusGroup) {
	r.choose(false)
	for _, o := range []fyne.CanvasObject{r.icon, r.word, r.left, r.bar, r.star} {
		show(o, false)
	}
	about := countOf(g.Count, "profile")
	if g.About != "" {
		about += " · " + g.About
	}
	r.title.tint(theme.ColorNamePrimary)
	r.title.set(g.Title, "")
	r.about.set(about, "")
	r.about.setBrief("")
}

func (r *profileRow) choose(chosen bool) {
	if r.chosen != chosen {
		r.chosen = chosen
		ground := theme.ColorNameBackground
		if chosen {
			ground = colorChosen
		}
		r.icon.ground = ground
		r.icon.Refresh()
		r.Refresh()
	}
}

// rowAbout is the second line of a row.
func rowAbout(s creds.Status) string {
	text := kindWord(s)
	if role := roleOf(s); role != "" {
		text = role + " · " + text
	}
	if account := accountOf(s); account != "" {
		text = account + " · " + text
	}
	return text
}

// rowBrief is the second line where it does not fit: the icon and the detail say
// the rest.
func rowBrief(s creds.Status) string {
	return strings.Trim(accountOf(s)+" · "+roleOf(s), " ·")
}

// timeLeft is how long a profile's credentials last, in words and as a share of
// their life; a share below zero where there are none.
func timeLeft(s creds.Status, now time.Time) (string, float32) {
	left, life := s.Left(now), s.Expires.Sub(s.Issued)
	if left == 0 || life <= 0 {
		return "", -1
	}
	return words.Span(left), min(1, float32(left)/float32(life))
}

// CreateRenderer draws the row.
func (r *profileRow) CreateRenderer() fyne.WidgetRenderer {
	d := &profileRowRenderer{row: r, ground: canvas.NewRectangle(nil)}
	d.Refresh()
	return d
}

type profileRowRenderer struct {
	row    *profileRow
	ground *canvas.Rectangle
}

const (
	rowHeight = 48
	rowIcon   = 20
	rowText   = 44
	rowTime   = 168
	rowStar   = 44
)

func (d *profileRowRenderer) Destroy() {}

func (d *profileRowRenderer) Objects() []fyne.CanvasObject {
	r := d.row
	return []fyne.CanvasObject{d.ground, r.icon, r.title, r.about, r.word, r.left, r.bar, r.star}
}

func (d *profileRowRenderer) MinSize() fyne.Size { return fyne.NewSize(380, rowHeight) }

func (d *profileRowRenderer) Layout(size fyne.Size) {
	r := d.row
	d.ground.Resize(size)
	place(r.icon, rowLeft, (size.Height-rowIcon)/2, rowIcon, rowIcon)
	upper, lower := r.title.MinSize().Height, r.about.MinSize().Height
	top := (size.Height - upper - lower) / 2
	text, width := float32(rowText), size.Width-rowText-rowTime-rowStar-pairGap
	if !r.icon.Visible() { // A heading.
		text, width = rowLeft, size.Width-2*rowLeft
		top = size.Height - upper - lower - 2
	}
	place(r.title, text, top, width, upper)
	place(r.about, text, top+upper, width, lower)
	x := size.Width - rowTime - rowStar
	const leftWidth = 76
	place(r.word, x, top, rowTime, upper)
	place(r.left, x, top+upper, leftWidth, lower)
	place(r.bar, x+leftWidth, top+upper+(lower-timeBarHeight)/2+1, rowTime-leftWidth, timeBarHeight)
	if !r.bar.Visible() || r.bar.share < 0 {
		// Words alone stand in the middle.
		place(r.word, x, (size.Height-upper)/2, rowTime, upper)
	}
	place(r.star, size.Width-rowStar+(rowStar-starSize)/2, (size.Height-starSize)/2, starSize, starSize)
}

func (d *profileRowRenderer) Refresh() {
	d.ground.FillColor = nil
	d.ground.CornerRadius = radius
	d.ground.Hidden = !d.row.chosen
	if d.row.chosen {
		d.ground.FillColor = shade(newLook(), colorChosen)
	}
	d.Layout(d.row.Size())
	d.ground.Refresh()
}
