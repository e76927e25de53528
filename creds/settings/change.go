package settings

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"unicode/utf8"

	"daypass/creds"
)

// change returns the text of the file with the changes made, and what it then
// says. The error is an [*creds.Error].
//
// Whatever the editing does, the new text is read by the real decoder and must
// say just what the old one did but for the changes, with all its comments. So
// the worst that a form of TOML can do that the editing does not foresee is to
// have the change refused.
func change(file, text string, changes []creds.SettingChange) (string, creds.Settings, error) {
	settings, err := parse(file, text)
	if err != nil {
		return "", settings, &creds.Error{Code: creds.CodeBadFile, Message: err.Error()}
	}
	refuse := func(c creds.SettingChange) (string, creds.Settings, error) {
		return "", settings, &creds.Error{
			Code:    creds.CodeBadFile,
			Message: fmt.Sprintf("%s cannot be changed in %s as that is written; please change it there with an editor", keyText(c.Path), file),
		}
	}
	for _, c := range changes {
		want := clone(settings)
		if err := request(&want, c); err != nil {
			return "", settings, &creds.Error{Code: creds.CodeBadRequest, Message: err.Error()}
		}
		if c.Value != nil && reflect.DeepEqual(want, settings) {
			continue // however it is written there
		}
		edited, err := editOne(text, c, isDefault(settings, want, c))
		if err != nil {
			return refuse(c)
		}
		got, err := parse(file, edited)
		if err != nil || !reflect.DeepEqual(got, want) {
			return refuse(c)
		}
		text, settings = edited, want
	}
	return text, settings, nil
}

// request assigns what a change asks for.
func request(s *creds.Settings, c creds.SettingChange) error {
	value, _ := c.Value.(string)
	for _, name := range append(slices.Clone(c.Path), value) {
		if !utf8.ValidString(name) {
			return fmt.Errorf("%q is no text, and cannot stand in the settings", name)
		}
	}
	if err := assign(s, c.Path, c.Value); err != nil {
		return err.asked()
	}
	return nil
}

// isDefault reports whether a change goes back to a default, so that its line
// is to go too: false, where that is one, is not written down, as the marks that
// people set and take back would pile up.
func isDefault(before, after creds.Settings, c creds.SettingChange) bool {
	switch c.Value {
	case nil, "":
		return true
	case false:
		bare := clone(before)
		return assign(&bare, c.Path, nil) == nil && reflect.DeepEqual(bare, after)
	}
	return false
}

func editOne(text string, c creds.SettingChange, drop bool) (string, error) {
	old, err := scan(text)
	if err != nil {
		return "", err
	}
	edited := ""
	if drop {
		edited = old.drop(c.Path)
	} else {
		edited = old.put(c.Path, valueText(c.Value))
	}
	now, err := scan(edited)
	if err != nil {
		return "", err
	}
	if !slices.Equal(old.comments, now.comments) {
		return "", errors.New("a comment would be lost")
	}
	return edited, nil
}
