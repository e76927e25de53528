package app

import (
	"runtime"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// keys are what a window does with what is typed where no field has the focus.
type keys struct {
	key  func(*fyne.KeyEvent)
	char func(rune)
	// shortcut reports whether it is one of the window's.
	shortcut func(fyne.Shortcut) bool
}

// bound is a shortcut and what it does.
type bound struct {
	on fyne.Shortcut
	do func()
}

// shortcuts are those of a window.
type shortcuts []bound

// addTo has a window's canvas take them where nothing has the focus.
func (all shortcuts) addTo(on fyne.Canvas) {
	for _, one := range all {
		on.AddShortcut(one.on, func(fyne.Shortcut) { one.do() })
	}
}

// typed does what a shortcut is for, and reports whether it is one of these.
func (all shortcuts) typed(s fyne.Shortcut) bool {
	for _, one := range all {
		if one.on.ShortcutName() == s.ShortcutName() {
			one.do()
			return true
		}
	}
	return false
}

// chord is a shortcut of this system's main modifier key and, with shift, the
// Shift key.
func chord(key fyne.KeyName, shift bool) *desktop.CustomShortcut {
	s := &desktop.CustomShortcut{KeyName: key, Modifier: fyne.KeyModifierShortcutDefault}
	if shift {
		s.Modifier |= fyne.KeyModifierShift
	}
	return s
}

// chordWords name a [chord] as people of this system write it.
func chordWords(key string, shift bool) string {
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

// steps returns how far a key moves in a list of a length, and whether it does.
func steps(ev *fyne.KeyEvent, length int) (by int, moves bool) {
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

// moves reports whether a key moves in a list.
func moves(ev *fyne.KeyEvent) bool {
	_, ok := steps(ev, 0)
	return ok
}
