package app

import (
	"math"

	"fyne.io/fyne/v2"
)

// labelLayout places a label of a fixed width and, beside it, its value.
type labelLayout struct{ width float32 }

// MinSize is that of the value.
func (l labelLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[1].MinSize().AddWidthHeight(l.width, 0)
}

// Layout places the two.
func (l labelLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	place(objects[0], 0, 0, l.width, size.Height)
	place(objects[1], l.width, 0, size.Width-l.width, size.Height)
}

// centred places one object in the middle, in its own size.
type centred struct{}

// MinSize is the object's.
func (centred) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

// Layout places the object.
func (centred) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	low := objects[0].MinSize()
	place(objects[0], (size.Width-low.Width)/2, (size.Height-low.Height)/2, low.Width, low.Height)
}

// thin gives one object all the width, and no more height than it needs.
type thin struct{}

// MinSize is the object's height.
func (thin) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(0, objects[0].MinSize().Height)
}

// Layout places the object.
func (thin) Layout(objects []fyne.CanvasObject, size fyne.Size) { objects[0].Resize(size) }

// rows stacks objects of one width. Heights are whole numbers, so that no text
// stands between two rows of pixels.
type rows struct{ gap float32 }

// MinSize has room for all that can be seen.
func (r rows) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, o := range objects {
		if o.Visible() {
			low := o.MinSize()
			size = fyne.NewSize(fyne.Max(size.Width, low.Width), size.Height+whole(low.Height)+r.gap)
		}
	}
	return fyne.NewSize(size.Width, fyne.Max(0, size.Height-r.gap))
}

// Layout places them.
func (r rows) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	y := float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		// Words wrap at the width they are given, and so have a height.
		o.Resize(fyne.NewSize(size.Width, o.MinSize().Height))
		height := whole(o.MinSize().Height)
		place(o, 0, y, size.Width, height)
		y += height + r.gap
	}
}

func whole(x float32) float32 { return float32(math.Ceil(float64(x))) }

// sideLayout places two objects beside each other; the second has a fixed width.
type sideLayout struct{}

const sideGap = 22

// MinSize has room for both.
func (sideLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	left, right := objects[0].MinSize(), objects[1].MinSize()
	return fyne.NewSize(left.Width+sideGap+detailWidth, fyne.Max(left.Height, right.Height))
}

// Layout places the two.
func (sideLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := size.Width - detailWidth - sideGap
	place(objects[0], 0, 0, width, size.Height)
	place(objects[1], width+sideGap, 0, detailWidth, size.Height)
}

// footLayout places words on the left and, as wide as they need, on the right.
type footLayout struct{}

// MinSize is one line.
func (footLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(0, objects[0].MinSize().Height)
}

// Layout places the two.
func (footLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	right := objects[1].(*line)
	width := fyne.MeasureText(right.text, right.size, right.style).Width + 1
	place(objects[0], 0, 0, size.Width-width-pairGap, size.Height)
	place(objects[1], size.Width-width, 0, width, size.Height)
}

// besideLayout places two objects beside each other; the first has a fixed
// width, and takes none where it is hidden.
type besideLayout struct{ width float32 }

func (l besideLayout) left(objects []fyne.CanvasObject) float32 {
	if !objects[0].Visible() {
		return 0
	}
	return l.width + sideGap
}

// MinSize has room for both.
func (l besideLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	right := objects[1].MinSize()
	return fyne.NewSize(l.left(objects)+right.Width, fyne.Max(objects[0].MinSize().Height, right.Height))
}

// Layout places the two.
func (l besideLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	x := l.left(objects)
	place(objects[0], 0, 0, l.width, size.Height)
	place(objects[1], x, 0, size.Width-x, size.Height)
}
