package app

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/prompts"
	"daypass/internal/lang"
	"daypass/internal/words"
)

func newProfileList(s *statusState, choose func(at int), favour func(name string), k kit.Keys) *kit.RowList {
	return kit.NewRowList(func() int { return len(s.items) }, func() fyne.CanvasObject { return newProfileRow(favour) },
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
	icon         *kit.Icon
	title, about *kit.Line
	word, left   *kit.Line
	bar          *kit.TimeBar
	star         *kit.Star
}

func newProfileRow(favour func(name string)) *profileRow {
	r := &profileRow{icon: kit.NewIcon(kit.GlyphNone, kit.ColorSecondary, rowIcon), bar: kit.NewTimeBar()}
	r.title = kit.NewLine(theme.ColorNameForeground, kit.SizeText, fyne.TextStyle{Bold: true})
	r.about = kit.NewLine(kit.ColorSecondary, kit.SizeSmall, fyne.TextStyle{})
	r.word = kit.NewLine(kit.ColorSecondary, kit.SizeText, fyne.TextStyle{})
	r.left = kit.NewLine(kit.ColorSecondary, kit.SizeSmall, fyne.TextStyle{})
	r.star = kit.NewStar(func() { favour(r.name) })
	r.ExtendBaseWidget(r)
	return r
}

// set shows a profile.
func (r *profileRow) set(s creds.Status, chosen bool, now time.Time) {
	look := lookOf(s, now)
	r.choose(chosen)
	r.name = s.Name
	for _, o := range []fyne.CanvasObject{r.icon, r.word, r.left, r.bar, r.star} {
		kit.Show(o, true)
	}
	r.icon.Set(look.Glyph, look.Ink)
	r.title.Tint(theme.ColorNameForeground)
	r.title.Set(s.Name)
	r.about.Set(rowAbout(s))
	r.about.SetBrief(rowBrief(s))
	r.word.Tint(look.Ink)
	r.word.Set(look.Word)
	left, share := timeLeft(s, now)
	if !s.Removing.IsZero() {
		left, share = removalSeconds(s, now), float32(removalLeft(s, now))/float32(creds.RemovalDelay)
	}
	r.left.Set(left)
	if (r.bar.Share < 0) != (share < 0) {
		defer r.Refresh() // The word moves.
	}
	r.bar.Set(share, look.Ink)
	r.star.Mark(s.Favourite)
}

// head shows the heading of a group.
func (r *profileRow) head(g statusGroup) {
	r.choose(false)
	for _, o := range []fyne.CanvasObject{r.icon, r.word, r.left, r.bar, r.star} {
		kit.Show(o, false)
	}
	about := countOf(g.Count, "%s profile", "%s profiles")
	if g.About != "" {
		about += " · " + g.About
	}
	r.title.Tint(theme.ColorNamePrimary)
	r.title.Set(g.Title)
	r.about.Set(about)
	r.about.SetBrief("")
}

func (r *profileRow) choose(chosen bool) {
	if r.chosen != chosen {
		r.chosen = chosen
		ground := theme.ColorNameBackground
		if chosen {
			ground = kit.ColorChosen
		}
		r.icon.Ground = ground
		r.icon.Refresh()
		r.Refresh()
	}
}

// rowAbout is the second line of a row.
func rowAbout(s creds.Status) string {
	if s.Key != nil && s.Key.Plaintext != "" {
		return lang.Sprintf("key in plaintext · %s", rowOf(s))
	}
	return rowOf(s)
}

// rowOf says what a profile is.
func rowOf(s creds.Status) string {
	text := s.KindLabel()
	if who := identityOf(s); who != "" {
		return who + " · " + text
	}
	if role := roleOf(s); role != "" {
		text = role + " · " + text
	}
	if account := accountOf(s); account != "" {
		text = account + " · " + text
	}
	return text
}

// rowBrief is the second line where it does not fit: the icon and the detail show the rest.
func rowBrief(s creds.Status) string {
	if s.Kind == creds.KindConsole && s.LoginSession != "" {
		return prompts.BriefIdentity(s.LoginSession)
	}
	brief := strings.Trim(accountOf(s)+" · "+roleOf(s), " ·")
	if s.Key != nil && s.Key.Plaintext != "" {
		return strings.TrimSuffix(lang.Sprintf("key in plaintext · %s", brief), " · ")
	}
	return brief
}

// longestSignIn is how long AWS lets a sign-in to the console last.
const longestSignIn = 12 * time.Hour

// timeLeft is how long a profile's credentials last, in words and as a share of their
// lifetime; the share is below zero without credentials. If those are renewed by
// themselves, it is how long the sign-in lasts.
func timeLeft(s creds.Status, now time.Time) (string, float32) {
	left, life := s.Left(now), s.Expires.Sub(s.Issued)
	if s.KeptAlive(now) {
		left, life = max(0, s.SignInEnds.Sub(now)), longestSignIn
	}
	if left == 0 || life <= 0 {
		return "", -1
	}
	return words.Span(left), min(1, float32(left)/float32(life))
}

func (r *profileRow) CreateRenderer() fyne.WidgetRenderer {
	d := &profileRowRenderer{row: r, ground: canvas.NewRectangle(nil)}
	d.Parts = []fyne.CanvasObject{d.ground, r.icon, r.title, r.about, r.word, r.left, r.bar, r.star}
	d.Refresh()
	return d
}

type profileRowRenderer struct {
	kit.Drawing

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

func (d *profileRowRenderer) MinSize() fyne.Size { return fyne.NewSize(380, rowHeight) }

func (d *profileRowRenderer) Layout(size fyne.Size) {
	r := d.row
	d.ground.Resize(size)
	kit.Place(r.icon, kit.RowLeft, (size.Height-rowIcon)/2, rowIcon, rowIcon)
	upper, lower := r.title.MinSize().Height, r.about.MinSize().Height
	top := (size.Height - upper - lower) / 2
	text, width := float32(rowText), size.Width-rowText-rowTime-rowStar-kit.PairGap
	if !r.icon.Visible() { // A heading.
		text, width = kit.RowLeft, size.Width-2*kit.RowLeft
		top = size.Height - upper - lower - 2
	}
	kit.Place(r.title, text, top, width, upper)
	kit.Place(r.about, text, top+upper, width, lower)
	x := size.Width - rowTime - rowStar
	const leftWidth = 76
	kit.Place(r.word, x, top, rowTime, upper)
	kit.Place(r.left, x, top+upper, leftWidth, lower)
	kit.Place(r.bar, x+leftWidth, top+upper+(lower-kit.TimeBarHeight)/2+1, rowTime-leftWidth, kit.TimeBarHeight)
	if !r.bar.Visible() || r.bar.Share < 0 {
		// A word without a bar is in the middle.
		kit.Place(r.word, x, (size.Height-upper)/2, rowTime, upper)
	}
	kit.Place(r.star, size.Width-rowStar+(rowStar-kit.StarSize)/2, (size.Height-kit.StarSize)/2, kit.StarSize, kit.StarSize)
}

func (d *profileRowRenderer) Refresh() {
	d.ground.FillColor = nil
	d.ground.CornerRadius = kit.Radius
	d.ground.Hidden = !d.row.chosen
	if d.row.chosen {
		d.ground.FillColor = kit.Shade(kit.ColorChosen)
	}
	d.Layout(d.row.Size())
	d.ground.Refresh()
}
