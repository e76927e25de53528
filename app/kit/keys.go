package kit

import (
	"runtime"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// Keys are what a window does with keys that no widget uses.
type Keys struct {
	Key  func(*fyne.KeyEvent)
	Char func(rune)
	// Shortcut reports whether the window has it.
	Shortcut func(fyne.Shortcut) bool
}

// bound is a shortcut with what it does.
type bound struct {
	On fyne.Shortcut
	Do func()
}

// Shortcuts are a window's shortcuts.
type Shortcuts []bound

// AddTo makes the shortcuts work in a window while nothing has the focus.
func (all Shortcuts) AddTo(on fyne.Canvas) {
	for _, one := range all {
		on.AddShortcut(one.On, func(fyne.Shortcut) { one.Do() })
	}
}

// Typed does what a shortcut is for, and reports whether the window has it.
func (all Shortcuts) Typed(s fyne.Shortcut) bool {
	for _, one := range all {
		if one.On.ShortcutName() == s.ShortcutName() {
			one.Do()
			return true
		}
	}
	return false
}

// Chord is a shortcut with this system's main modifier and, if shift is set, Shift.
func Chord(key fyne.KeyName, shift bool) *desktop.CustomShortcut {
	s := &desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault}
	if shift {
		s.Modifier |= fyne.KeyModifierShift
	}
	return s
}

// ChordWords is how a [Chord] is written on this system.
func ChordWords(key string, shift bool) string {
	switch mac := runtime.GOOS == "darwin"; {
	case mac && shift:
		return "⇧⌘" + key
	case mac:
		return "⌘" + key
	case shift:
		return "Ctrl+Shift+" + key
	}
	return "Ctrl+" + key
}

// Steps returns how far a key moves in a list of a length, and whether it moves.
func Steps(ev *fyne.KeyEvent, length int) (by int, moves bool) {
	const page = 9
	switch ev.Name {
	case fyne.KeyUp:
		return -1, true
	case fyne.KeyDown:
		return 1, true
	case fyne.KeyPageUp:
		return -page, true
	case fyne.KeyPageDown:
		return page, true
	case fyne.KeyHome:
		return -length, true
	case fyne.KeyEnd:
		return length, true
	}
	return 0, false
}

// Moves reports whether a key moves in a list.
func Moves(ev *fyne.KeyEvent) bool {
	_, ok := Steps(ev, 0)
	return ok
}
