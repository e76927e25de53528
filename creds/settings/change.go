package settings

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"daypass/creds"
	"daypass/creds/settings/schema"
	"daypass/internal/lang"
)

// change returns the text of the file with the changes made, and the settings in it.
// The error is an [*creds.Error].
//
// The real decoder reads the new text, which must differ from the old one in the
// changes alone and have all its comments. So a form of TOML that the editing does not
// foresee makes it refuse the change at worst.
func change(file, text string, changes []creds.SettingChange) (string, creds.Settings, error) {
	settings, err := parse(file, text)
	if err != nil {
		return "", settings, &creds.Error{Code: creds.CodeBadFile, Message: err.Error()}
	}
	table, lineBreak := schema.All(), lineBreakOf(text) // which a change may remove
	for _, c := range changes {
		want := settings.Clone()
		one, says := asked(table, &want, c)
		if says != "" {
			return "", settings, &creds.Error{Code: creds.CodeBadRequest, Message: says}
		}
		if c.Value != nil && reflect.DeepEqual(want, settings) {
			continue // however it is written there
		}
		edited, err := editOne(text, lineBreak, one, c.Value, isDefault(settings, want, one, c.Value))
		if err == nil {
			var got creds.Settings
			if got, err = parse(file, edited); err == nil && !reflect.DeepEqual(got, want) {
				err = errForm
			}
		}
		if err != nil {
			return "", settings, &creds.Error{
				Code:    creds.CodeBadFile,
				Message: lang.Sprintf("%s cannot be changed in %s as that is written; please change it there with an editor", one.Key(), file),
			}
		}
		text, settings = edited, want
	}
	if key, says := clash(settings); says != "" {
		return "", settings, &creds.Error{Code: creds.CodeBadRequest, Message: key + " " + says}
	}
	return text, settings, nil
}

// asked makes a change in the settings, or says what is wrong with it.
func asked(table schema.Table, s *creds.Settings, c creds.SettingChange) (one schema.Setting, says string) {
	one, err := table.Parse(c.Key)
	if err != nil {
		return one, err.Error()
	}
	if text, _ := c.Value.(string); !utf8.ValidString(text) {
		return one, lang.Sprintf("%q is no text, and cannot be in the settings", text)
	}
	if says = put(s, one, c.Value); says != "" {
		says = one.Key() + " " + says
	}
	return one, says
}

// isDefault reports whether a change goes back to a default, so that its line is
// removed. False is not written where it is the default, or the flags that people set
// and clear would pile up.
func isDefault(before, after creds.Settings, one schema.Setting, value any) bool {
	switch value {
	case nil, "":
		return true
	case false:
		bare := before.Clone()
		return one.Put(&bare, nil) == "" && reflect.DeepEqual(bare, after)
	}
	return false
}

func editOne(text, lineBreak string, one schema.Setting, value any, drop bool) (string, error) {
	old, err := scan(text)
	if err != nil {
		return "", err
	}
	old.lineBreak = lineBreak
	edited := ""
	if drop {
		edited = old.drop(one.Path())
	} else {
		edited = old.put(one.Path(), valueText(value))
	}
	now, err := scan(edited)
	if err != nil {
		return "", err
	}
	if !slices.Equal(old.comments, now.comments) {
		return "", lang.Error("a comment would be lost")
	}
	return edited, nil
}

// valueText writes a value: a string or a bool.
func valueText(value any) string {
	text, ok := value.(string)
	switch {
	case !ok:
		return strconv.FormatBool(value == true)
	case strings.ContainsAny(text, `"\`) && !strings.Contains(text, "'") && !strings.ContainsFunc(text, unicode.IsControl):
		return "'" + text + "'" // easier to read
	}
	return schema.Quote(text)
}
