package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// named is what a list of names shows of one: the name and, below it, what there
// is to say of it.
type named struct{ Name, About string }

// nameList is a list of names of which one is chosen.
type nameList struct {
	rowList

	chosen int
	choose func(int)
}

func newNameList(names func() []named, choose func(int), k keys) *nameList {
	l := &nameList{choose: choose}
	l.build(func() int { return len(names()) }, func() fyne.CanvasObject { return newNameRow() },
		func(at int, o fyne.CanvasObject) { o.(*nameRow).set(names()[at], at == l.chosen) }, l.pick, k)
	l.ExtendBaseWidget(l)
	return l
}

// pick chooses one.
func (l *nameList) pick(at int) {
	at = min(at, l.Length()-1)
	if at < 0 {
		return
	}
	l.chosen = at
	l.ScrollTo(at)
	l.Refresh()
	l.choose(at)
}

// TypedKey moves, or passes the key on.
func (l *nameList) TypedKey(ev *fyne.KeyEvent) {
	if by, moves := steps(ev, l.Length()); moves {
		l.pick(max(0, l.chosen+by))
		return
	}
	l.rowList.TypedKey(ev)
}

// nameRow shows one.
type nameRow struct {
	widget.BaseWidget

	name, about *line
	ground      *canvas.Rectangle
	chosen      bool
}

func newNameRow() *nameRow {
	r := &nameRow{ground: canvas.NewRectangle(nil)}
	r.name = newLine(theme.ColorNameForeground, sizeText, fyne.TextStyle{})
	r.about = newLine(colorSecondary, sizeSmall, fyne.TextStyle{})
	r.ExtendBaseWidget(r)
	return r
}

func (r *nameRow) set(n named, chosen bool) {
	r.name.set(n.Name, "")
	one := r.about.text == ""
	r.about.set(n.About, "")
	if r.chosen != chosen || one != (n.About == "") {
		r.chosen = chosen
		r.Refresh()
	}
}

// CreateRenderer draws the row.
func (r *nameRow) CreateRenderer() fyne.WidgetRenderer {
	d := &nameRowRenderer{drawing{[]fyne.CanvasObject{r.ground, r.name, r.about}}, r}
	d.Refresh()
	return d
}

type nameRowRenderer struct {
	drawing

	row *nameRow
}

const nameHeight = 40

func (d *nameRowRenderer) MinSize() fyne.Size { return fyne.NewSize(100, nameHeight) }

func (d *nameRowRenderer) Layout(size fyne.Size) {
	r := d.row
	r.ground.Resize(size)
	upper, lower := r.name.MinSize().Height, r.about.MinSize().Height
	if r.about.text == "" {
		lower = 0
	}
	top := (size.Height - upper - lower) / 2
	place(r.name, rowLeft, top, size.Width-2*rowLeft, upper)
	place(r.about, rowLeft, top+upper, size.Width-2*rowLeft, r.about.MinSize().Height)
}

func (d *nameRowRenderer) Refresh() {
	r := d.row
	r.ground.CornerRadius, r.ground.Hidden = radius, !r.chosen
	r.ground.FillColor = shade(newLook(), colorChosen)
	d.Layout(r.Size())
	r.ground.Refresh()
}
