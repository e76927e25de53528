package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Named is an entry of a list: a name with a description below it.
type Named struct {
	Name, About string
	// Off entries are grey.
	Off bool
}

// NameList is a list of names of which one is chosen.
type NameList struct {
	RowList

	Chosen int
	choose func(int)
}

// NewNameList makes a list of the names that names returns.
func NewNameList(names func() []Named, choose func(int), k Keys) *NameList {
	l := &NameList{choose: choose}
	l.build(func() int { return len(names()) }, func() fyne.CanvasObject { return newNameRow() },
		func(at int, o fyne.CanvasObject) { o.(*nameRow).set(names()[at], at == l.Chosen) }, l.pick, k)
	l.ExtendBaseWidget(l)
	return l
}

// pick chooses one.
func (l *NameList) pick(at int) {
	at = min(at, l.Length()-1)
	if at < 0 {
		return
	}
	l.Chosen = at
	l.ScrollTo(at)
	l.Refresh()
	l.choose(at)
}

// TypedKey moves, or passes the key on.
func (l *NameList) TypedKey(ev *fyne.KeyEvent) {
	if by, moves := Steps(ev, l.Length()); moves {
		l.pick(max(0, l.Chosen+by))
		return
	}
	l.RowList.TypedKey(ev)
}

// nameRow shows an entry.
type nameRow struct {
	widget.BaseWidget

	name, about *Line
	ground      *canvas.Rectangle
	chosen      bool
}

func newNameRow() *nameRow {
	r := &nameRow{ground: canvas.NewRectangle(nil)}
	r.name = NewLine(theme.ColorNameForeground, SizeText, fyne.TextStyle{})
	r.about = NewLine(ColorSecondary, SizeSmall, fyne.TextStyle{})
	r.ExtendBaseWidget(r)
	return r
}

func (r *nameRow) set(n Named, chosen bool) {
	r.name.Set(n.Name)
	ink := theme.ColorNameForeground
	if n.Off {
		ink = theme.ColorNameDisabled
	}
	r.name.Tint(ink)
	alone := r.about.Text == ""
	r.about.Set(n.About)
	if r.chosen != chosen || alone != (n.About == "") {
		r.chosen = chosen
		r.Refresh()
	}
}

func (r *nameRow) CreateRenderer() fyne.WidgetRenderer {
	d := &nameRowRenderer{Drawing{[]fyne.CanvasObject{r.ground, r.name, r.about}}, r}
	d.Refresh()
	return d
}

type nameRowRenderer struct {
	Drawing

	row *nameRow
}

const nameHeight = 40

func (d *nameRowRenderer) MinSize() fyne.Size { return fyne.NewSize(100, nameHeight) }

func (d *nameRowRenderer) Layout(size fyne.Size) {
	r := d.row
	r.ground.Resize(size)
	upper, lower := r.name.MinSize().Height, r.about.MinSize().Height
	if r.about.Text == "" {
		lower = 0
	}
	top := (size.Height - upper - lower) / 2
	Place(r.name, RowLeft, top, size.Width-2*RowLeft, upper)
	Place(r.about, RowLeft, top+upper, size.Width-2*RowLeft, r.about.MinSize().Height)
}

func (d *nameRowRenderer) Refresh() {
	r := d.row
	r.ground.CornerRadius, r.ground.Hidden = Radius, !r.chosen
	r.ground.FillColor = Shade(ColorChosen)
	d.Layout(r.Size())
	r.ground.Refresh()
}
