package app

import (
	"cmp"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"daypass/app/kit"
)

// settingRow shows a setting, takes another value, and says why a value was refused.
type settingRow struct {
	*fyne.Container

	setting setting
	change  func(*settingRow, string)
	label   *kit.Line
	help    *kit.Notice
	refusal *kit.Notice
	refused fyne.CanvasObject

	field  *settingField
	check  *kit.Check
	choice *keySelect
	// asked is the value that was sent last: both Enter and leaving the field send it.
	asked *string
	// drawing is set while the row itself changes its control.
	drawing bool
}

const controlWidth = 230

func newSettingRow(s setting, change func(*settingRow, string), key func(*fyne.KeyEvent)) *settingRow {
	r := &settingRow{setting: s, change: change, help: kit.NewNotice(0, 1), refusal: kit.NewNotice(0, 1)}
	r.label = kit.NewLine(theme.ColorNameForeground, kit.SizeText, fyne.TextStyle{Bold: true})
	r.label.Set(s.Label)
	r.help.Say(s.Help, kit.ToneQuiet)
	var control fyne.CanvasObject
	switch s.Control {
	case settingText:
		r.field = newSettingField(cmp.Or(s.Unset, s.Default), r.chosen, key)
		control = r.field
	case settingSwitch:
		r.check = kit.NewCheck("", func(on bool) { r.chosen(onOff(on)) }, key)
		control = container.NewHBox(kit.Edged(r.check))
	case settingChoice:
		r.choice = newKeySelect(func(at int) { r.chosen(r.setting.Options[at].Value) }, key)
		control = r.choice
	}
	r.refused = r.refusal.Wide()
	r.Container = container.New(kit.Rows(4),
		container.New(settingLayout{}, r.label, r.help.Wide(), control), r.refused)
	r.show(s)
	return r
}

// chosen asks for a value, if it is another one.
func (r *settingRow) chosen(value string) {
	value = strings.TrimSpace(value)
	if r.drawing || r.asked == nil && value == r.setting.Value || r.asked != nil && value == *r.asked {
		return
	}
	r.asked = &value
	r.change(r, value)
}

// update shows the setting if it has changed. What a person is typing stays.
func (r *settingRow) update(s setting) {
	other := r.setting.Key() != s.Key()
	if other && r.field != nil {
		r.field.SetText(s.Value)
	}
	if other || r.setting.Value != s.Value || len(r.setting.Options) != len(s.Options) {
		r.show(s)
	}
}

// show shows the setting as it is now.
func (r *settingRow) show(s setting) {
	r.drawing = true
	defer func() { r.drawing = false }()
	r.setting, r.asked = s, nil
	r.say("")
	switch {
	case r.field != nil:
		r.field.value = s.Value
		if !r.field.focused && r.field.Text != s.Value {
			r.field.SetText(s.Value)
		}
	case r.check != nil:
		r.check.SetChecked(s.Value == "true")
	case r.choice != nil:
		names, at := make([]string, len(s.Options)), 0
		for i, o := range s.Options {
			names[i] = o.Name
			if o.Value == s.Value {
				at = i
			}
		}
		r.choice.set(names, at)
	}
}

// say shows why a value was refused; "" hides that.
func (r *settingRow) say(words string) {
	r.refusal.Say(words, kit.ToneRefused)
	kit.Show(r.refused, words != "")
}

// settingLayout places a label above its help, and the control on the right.
type settingLayout struct{}

func (settingLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	words := objects[0].MinSize().Height + objects[1].MinSize().Height
	return fyne.NewSize(controlWidth+160, fyne.Max(words, objects[2].MinSize().Height))
}

func (settingLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := size.Width - controlWidth - kit.PairGap
	upper := kit.Whole(objects[0].MinSize().Height)
	kit.Place(objects[0], 0, 0, width, upper)
	kit.Place(objects[1], 0, upper, width, size.Height-upper)
	low := objects[2].MinSize().Height
	kit.Place(objects[2], size.Width-controlWidth, kit.Whole((size.Height-low)/2), controlWidth, low)
}

// settingField takes a text, and passes it on at the Enter key or when it loses the focus.
type settingField struct {
	kit.TextField

	done func(string)
	// value is what the Escape key restores.
	value   string
	focused bool
}

func newSettingField(placeholder string, done func(string), key func(*fyne.KeyEvent)) *settingField {
	f := &settingField{done: done}
	f.PlaceHolder, f.Key = placeholder, key
	f.OnSubmitted = done
	f.ExtendBaseWidget(f)
	return f
}

// TypedKey edits, or passes the key on.
func (f *settingField) TypedKey(ev *fyne.KeyEvent) {
	if ev.Name == fyne.KeyEscape && f.Text != f.value {
		f.SetText(f.value)
		return
	}
	f.TextField.TypedKey(ev)
}

// FocusGained selects the text, so that typing replaces it.
func (f *settingField) FocusGained() {
	f.focused = true
	f.TextField.FocusGained()
	f.TypedShortcut(&fyne.ShortcutSelectAll{})
}

// FocusLost passes the text on.
func (f *settingField) FocusLost() {
	f.focused = false
	f.TextField.FocusLost()
	f.done(f.Text)
}

// keySelect is a choice that passes on the keys that it does not use.
type keySelect struct {
	widget.Select

	key func(*fyne.KeyEvent)
}

func newKeySelect(changed func(at int), key func(*fyne.KeyEvent)) *keySelect {
	s := &keySelect{key: key}
	s.OnChanged = func(string) {
		if at := s.SelectedIndex(); at >= 0 {
			changed(at)
		}
	}
	s.ExtendBaseWidget(s)
	return s
}

// set sets the names, and which one is chosen.
func (s *keySelect) set(names []string, at int) {
	s.Options = names
	s.SetSelectedIndex(at)
	s.Refresh()
}

// TypedKey chooses, or passes the key on.
func (s *keySelect) TypedKey(ev *fyne.KeyEvent) {
	if ev.Name == fyne.KeyEscape {
		s.key(ev)
		return
	}
	s.Select.TypedKey(ev)
}
