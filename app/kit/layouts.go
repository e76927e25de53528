package kit

import "fyne.io/fyne/v2"

// PairGap is the space between two columns of text.
const PairGap = 16

// Rows stacks objects of one width with a gap between them; hidden ones take no
// room. Heights are whole numbers, so that no text lies between two rows of pixels.
type Rows float32

// MinSize has room for all visible objects.
func (gap Rows) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, o := range objects {
		if o.Visible() {
			low := o.MinSize()
			size = fyne.NewSize(fyne.Max(size.Width, low.Width), size.Height+Whole(low.Height)+float32(gap))
		}
	}
	return fyne.NewSize(size.Width, fyne.Max(0, size.Height-float32(gap)))
}

// Layout places them.
func (gap Rows) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	y := float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		// Text wraps at its width, which decides its height.
		o.Resize(fyne.NewSize(size.Width, o.MinSize().Height))
		height := Whole(o.MinSize().Height)
		Place(o, 0, y, size.Width, height)
		y += height + float32(gap)
	}
}

// Column stacks objects of one width, each with its own gap above it; hidden ones take
// no room. The last object is at the bottom.
type Column struct {
	Padding float32
	Gaps    []float32
}

// MinSize has room for all objects and the padding around them.
func (c Column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.NewSize(0, 2*c.Padding)
	for i, o := range objects {
		if !o.Visible() {
			continue
		}
		low := o.MinSize()
		size.Width = fyne.Max(size.Width, low.Width+2*c.Padding)
		size.Height += low.Height + c.Gaps[i]
	}
	return size
}

// Layout places the objects.
func (c Column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	y, width := c.Padding, size.Width-2*c.Padding
	for i, o := range objects {
		if !o.Visible() {
			continue
		}
		height := o.MinSize().Height
		y += c.Gaps[i]
		if i == len(objects)-1 {
			y = size.Height - c.Padding - height
		}
		Place(o, c.Padding, y, width, height)
		y += height
	}
}

// Sheet stacks three objects; the middle one takes the room that is left.
type Sheet struct{}

const sheetGap = 14

// MinSize has room for all three.
func (Sheet) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.NewSize(0, 2*sheetGap)
	for _, o := range objects {
		low := o.MinSize()
		size = fyne.NewSize(fyne.Max(size.Width, low.Width), size.Height+low.Height)
	}
	return size
}

// Layout places the three.
func (Sheet) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	top, bottom := objects[0], objects[2]
	// Text wraps at its width, which decides its height.
	top.Resize(fyne.NewSize(size.Width, top.MinSize().Height))
	high, low := top.MinSize().Height, bottom.MinSize().Height
	top.Resize(fyne.NewSize(size.Width, high))
	Place(objects[1], 0, high+sheetGap, size.Width, size.Height-high-low-2*sheetGap)
	Place(bottom, 0, size.Height-low, size.Width, low)
}

// Labelled places a label of this width beside its value.
type Labelled float32

// MinSize is that of the value.
func (width Labelled) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return objects[1].MinSize().AddWidthHeight(float32(width), 0)
}

// Layout places the two.
func (width Labelled) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	height := objects[0].MinSize().Height
	Place(objects[0], 0, (size.Height-height)/2, float32(width), height)
	Place(objects[1], float32(width), 0, size.Width-float32(width), size.Height)
}

// Beside places two objects beside each other. One width is given; the other object
// takes the rest, and all of it while the first one is hidden.
type Beside struct{ Left, Right float32 }

const besideGap = 22

// MinSize has room for both.
func (b Beside) MinSize(objects []fyne.CanvasObject) fyne.Size {
	left, right := objects[0].MinSize(), objects[1].MinSize()
	height := fyne.Max(left.Height, right.Height)
	switch {
	case b.Right > 0:
		return fyne.NewSize(left.Width+besideGap+b.Right, height)
	case objects[0].Visible():
		return fyne.NewSize(b.Left+besideGap+right.Width, height)
	}
	return fyne.NewSize(right.Width, height)
}

// Layout places the two.
func (b Beside) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	left, x := b.Left, b.Left+besideGap
	switch {
	case b.Right > 0:
		x = size.Width - b.Right
		left = x - besideGap
	case !objects[0].Visible():
		x = 0
	}
	Place(objects[0], 0, 0, left, size.Height)
	Place(objects[1], x, 0, size.Width-x, size.Height)
}

// Foot is the last row of a prompt's window: a text or a link on the left, and buttons on
// the right. The Tab key reaches the link last.
type Foot struct{}

// MinSize has room for the buttons, and beside them the wider of the others.
func (Foot) MinSize(objects []fyne.CanvasObject) fyne.Size {
	buttons := objects[1].MinSize()
	left := objects[0].MinSize().Max(objects[2].MinSize())
	return fyne.NewSize(buttons.Width+left.Width+ButtonGap, fyne.Max(buttons.Height, left.Height))
}

// Layout places the three.
func (Foot) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	buttons := objects[1].MinSize()
	Place(objects[1], size.Width-buttons.Width, 0, buttons.Width, size.Height)
	for i, o := range []fyne.CanvasObject{objects[0], objects[2]} {
		low := o.MinSize()
		width := low.Width
		if i == 0 {
			width = size.Width - buttons.Width - ButtonGap
		}
		Place(o, 0, (size.Height-low.Height)/2, width, low.Height)
	}
}
