package app

import (
	"cmp"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"daypass/app/kit"
	"daypass/internal/lang"
)

// pairList is a list of accounts and roles with ticks. It draws only visible rows.
type pairList struct {
	widget.List

	key func(*fyne.KeyEvent)
}

func newPairList(s *importState, toggle func(row int), key func(*fyne.KeyEvent)) *pairList {
	l := &pairList{key: key}
	l.Length = func() int { return len(s.shown) }
	l.CreateItem = func() fyne.CanvasObject { return newPairRow() }
	l.UpdateItem = func(row widget.ListItemID, o fyne.CanvasObject) {
		if row < len(s.shown) {
			o.(*pairRow).set(s.pairs[s.shown[row]])
		}
	}
	l.OnSelected = func(row widget.ListItemID) {
		l.UnselectAll() // List.Select ignores a click on the same row.
		toggle(row)
	}
	l.ExtendBaseWidget(l)
	return l
}

// TypedKey moves and ticks, or passes the key on.
func (l *pairList) TypedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeySpace, fyne.KeyUp, fyne.KeyDown:
		l.List.TypedKey(ev)
	case fyne.KeyHome:
		l.ScrollToTop()
	case fyne.KeyEnd:
		l.ScrollToBottom()
	default:
		l.key(ev)
	}
}

// pairRow shows a role of an account, and whether it is ticked.
type pairRow struct {
	widget.BaseWidget

	tick                         *widget.Icon
	account, role, about, became *kit.Line
}

func newPairRow() *pairRow {
	r := &pairRow{tick: widget.NewIcon(nil)}
	r.account = kit.NewLine(theme.ColorNameForeground, kit.SizeText, fyne.TextStyle{Bold: true})
	r.role = kit.NewLine(theme.ColorNameForeground, kit.SizeText, fyne.TextStyle{})
	r.about = kit.NewLine(kit.ColorSecondary, kit.SizeSmall, fyne.TextStyle{})
	r.became = kit.NewLine(kit.ColorSecondary, kit.SizeSmall, fyne.TextStyle{})
	r.ExtendBaseWidget(r)
	return r
}

func (r *pairRow) set(p importPair) {
	var icon fyne.Resource = theme.NewColoredResource(theme.CheckButtonIcon(), theme.ColorNamePlaceHolder)
	if p.Ticked {
		icon = theme.NewPrimaryThemedResource(theme.CheckButtonCheckedIcon())
	}
	r.tick.SetResource(icon)
	about := p.AccountID
	if p.Email != "" {
		about += " · " + p.Email
	}
	r.account.Set(cmp.Or(p.Account, p.AccountID))
	r.role.Set(p.Role)
	r.about.Set(about)
	became := ""
	switch {
	case p.Profile != "" && p.Ticked:
		became = lang.Sprintf("is %s", p.Profile)
	case p.Profile != "":
		became = lang.Sprintf("removes %s", p.Profile)
	}
	r.became.Set(became)
}

func (r *pairRow) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.New(pairLayout{}, r.tick, r.account, r.role, r.about, r.became))
}

// pairLayout places the account on the left and the role on the right, each above its
// description.
type pairLayout struct{}

const (
	pairHeight = 42
	pairTick   = 20
	pairText   = 36
)

func (pairLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(240, pairHeight) }

func (pairLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	kit.Place(objects[0], 6, (size.Height-pairTick)/2, pairTick, pairTick)
	half := (size.Width - pairText - kit.PairGap) / 2
	upper, lower := objects[1].MinSize().Height, objects[3].MinSize().Height
	top := (size.Height - upper - lower) / 2
	for i, o := range objects[1:] {
		x, y, height := float32(pairText), top, upper
		if i%2 == 1 {
			x += half + kit.PairGap
		}
		if i >= 2 {
			y, height = top+upper, lower
		}
		kit.Place(o, x, y, half, height)
	}
}
