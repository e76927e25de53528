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

// nameList is a list of names of which one is chosen. It draws those that can be
// seen.
type nameList struct {
	widget.List

	keys   keys
	chosen int
	choose func(int)
}

func newNameList(names func() []named, choose func(int), k keys) *nameList {
	l := &nameList{keys: k, choose: choose}
	l.Length = func() int { return len(names()) }
	l.CreateItem = func() fyne.CanvasObject { return newNameRow() }
	l.UpdateItem = func(at widget.ListItemID, o fyne.CanvasObject) {
		if all := names(); at < len(all) {
			o.(*nameRow).set(all[at], at == l.chosen)
		}
	}
	l.OnSelected = func(at widget.ListItemID) {
		l.UnselectAll() // The row itself shows that it is chosen.
		l.pick(at)
	}
	l.HideSeparators = true
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

// FocusGained does nothing: what is chosen does not hang on the focus.
func (*nameList) FocusGained() {}

// FocusLost does nothing, as FocusGained does.
func (*nameList) FocusLost() {}

// TypedKey moves, or passes the key on.
func (l *nameList) TypedKey(ev *fyne.KeyEvent) {
	const page = 9
	switch ev.Name {
	case fyne.KeyUp:
		l.pick(max(0, l.chosen-1))
	case fyne.KeyDown:
		l.pick(l.chosen + 1)
	case fyne.KeyPageUp:
		l.pick(max(0, l.chosen-page))
	case fyne.KeyPageDown:
		l.pick(l.chosen + page)
	case fyne.KeyHome:
		l.pick(0)
	case fyne.KeyEnd:
		l.pick(l.Length() - 1)
	default:
		l.keys.key(ev)
	}
}

// TypedRune passes the character on to the window.
func (l *nameList) TypedRune(r rune) { l.keys.char(r) }

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
	d := &nameRowRenderer{r}
	d.Refresh()
	return d
}

type nameRowRenderer struct{ row *nameRow }

const nameHeight = 40

func (d *nameRowRenderer) Destroy() {}

func (d *nameRowRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{d.row.ground, d.row.name, d.row.about}
}

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
