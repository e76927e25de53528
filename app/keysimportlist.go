package app

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"daypass/app/kit"
	"daypass/internal/lang"
)

func newKeyList(s *keysImportState, choose, toggle func(int), k kit.Keys) *kit.RowList {
	return kit.NewRowList(func() int { return len(s.rows) }, func() fyne.CanvasObject { return newKeyRowView(toggle) },
		func(at int, o fyne.CanvasObject) { o.(*keyRowView).set(&s.rows[at], at, at == s.at, s.home) }, choose, k)
}

// keyTick ticks a row where it is clicked.
type keyTick struct {
	widget.BaseWidget

	icon *widget.Icon
	do   func()
}

func newKeyTick(do func()) *keyTick {
	t := &keyTick{icon: widget.NewIcon(nil), do: do}
	t.ExtendBaseWidget(t)
	return t
}

// Tapped ticks.
func (t *keyTick) Tapped(*fyne.PointEvent) { t.do() }

func (t *keyTick) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewCenter(t.icon))
}

// keyRowView shows a key that was found.
type keyRowView struct {
	widget.BaseWidget

	at                       int
	chosen                   bool
	ground                   *canvas.Rectangle
	tick                     *keyTick
	state                    *kit.Icon
	title, about, name, word *kit.Line
}

func newKeyRowView(toggle func(int)) *keyRowView {
	r := &keyRowView{ground: canvas.NewRectangle(nil), state: kit.NewIcon(kit.GlyphNone, kit.ColorSecondary, rowIcon)}
	r.ground.CornerRadius = kit.Radius
	r.tick = newKeyTick(func() { toggle(r.at) })
	r.title = kit.NewLine(theme.ColorNameForeground, kit.SizeText, fyne.TextStyle{Bold: true})
	r.about = kit.NewLine(kit.ColorSecondary, kit.SizeSmall, fyne.TextStyle{})
	r.name = kit.NewLine(theme.ColorNameForeground, kit.SizeText, fyne.TextStyle{})
	r.word = kit.NewLine(kit.ColorSecondary, kit.SizeSmall, fyne.TextStyle{})
	r.ExtendBaseWidget(r)
	return r
}

func (r *keyRowView) set(k *keyRow, at int, chosen bool, home string) {
	r.at = at
	var icon fyne.Resource = theme.NewColoredResource(theme.CheckButtonIcon(), theme.ColorNamePlaceHolder)
	if k.ticked {
		icon = theme.NewPrimaryThemedResource(theme.CheckButtonCheckedIcon())
	}
	r.tick.icon.SetResource(icon)
	kit.Show(r.tick, k.canTick())
	kit.Show(r.state, !k.canTick())
	r.state.Ground = theme.ColorNameBackground
	if chosen {
		r.state.Ground = kit.ColorChosen
	}
	switch k.phase {
	case keyMoving:
		r.state.Set(kit.GlyphBusy, theme.ColorNamePrimary)
	case keyMoved:
		r.state.Set(kit.GlyphValid, theme.ColorNameSuccess)
	default:
		r.state.Set(kit.GlyphFailed, theme.ColorNameError)
	}
	r.title.Set(k.title())
	r.title.SetBrief(k.id())
	r.about.Set(k.about(home, time.Now()))
	r.name.Set(lang.Sprintf("as %s", k.name))
	r.word.Set(k.word())
	if r.chosen != chosen {
		r.chosen = chosen
		r.Refresh()
	}
}

func (r *keyRowView) CreateRenderer() fyne.WidgetRenderer {
	d := &keyRowRenderer{kit.Drawing{Parts: []fyne.CanvasObject{r.ground, r.tick, r.state, r.title, r.name, r.about, r.word}}, r}
	d.Refresh()
	return d
}

type keyRowRenderer struct {
	kit.Drawing

	row *keyRowView
}

func (*keyRowRenderer) MinSize() fyne.Size { return fyne.NewSize(320, rowHeight) }

func (d *keyRowRenderer) Layout(size fyne.Size) {
	r := d.row
	r.ground.Resize(size)
	kit.Place(r.tick, 0, 0, rowText, size.Height)
	kit.Place(r.state, kit.RowLeft, (size.Height-rowIcon)/2, rowIcon, rowIcon)
	room := size.Width - rowText - kit.PairGap - kit.RowLeft
	left := room * 0.62
	upper, lower := r.title.MinSize().Height, r.about.MinSize().Height
	top := (size.Height - upper - lower) / 2
	kit.Place(r.title, rowText, top, left, upper)
	kit.Place(r.about, rowText, top+upper, left, lower)
	x := rowText + left + kit.PairGap
	kit.Place(r.name, x, top, room-left, upper)
	kit.Place(r.word, x, top+upper, room-left, lower)
}

func (d *keyRowRenderer) Refresh() {
	d.row.ground.Hidden = !d.row.chosen
	d.row.ground.FillColor = kit.Shade(kit.ColorChosen)
	d.Layout(d.row.Size())
	d.row.ground.Refresh()
}
