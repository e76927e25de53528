package main

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"daypass/creds"
)

// anyName stands in a setting's path where the name of a profile or of a session
// goes.
const anyName = "*"

// setting is one that can be set.
type setting struct {
	path []string
	// truth is set for one that is true or false; the others are texts.
	truth bool
	// span is set for a length of time.
	span bool
}

// allSettings returns the settings there are, as the agent and its file know
// them: [creds.Settings] is the one list of them.
func allSettings() []setting {
	return settingsIn(reflect.TypeFor[creds.Settings](), nil)
}

// settingsToOffer leaves out what a profile has no use for: it shares a type with
// the settings for all.
func settingsToOffer() []setting {
	return slices.DeleteFunc(allSettings(), func(s setting) bool {
		return formatKey(s.named(nil)) == "profile.NAME.console.record"
	})
}

func settingsIn(t reflect.Type, above []string) []setting {
	var out []setting
	for i := range t.NumField() {
		field := t.Field(i)
		path := append(slices.Clone(above), field.Tag.Get("toml"))
		kind := field.Type
		if kind.Kind() == reflect.Map {
			path, kind = append(path, anyName), kind.Elem()
		}
		if kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		if kind.Kind() == reflect.Struct {
			out = append(out, settingsIn(kind, path)...)
			continue
		}
		out = append(out, setting{path, kind.Kind() == reflect.Bool, kind == reflect.TypeFor[creds.Span]()})
	}
	return out
}

// chosen is a setting and what it is set to.
type chosen struct {
	path []string
	// text is the value's plain text, literal the same as TOML writes it. Both
	// are empty for a setting that is not set.
	text, literal string
	// fallback is what TOML writes for the value that is meant while none is set,
	// where there is one.
	fallback string
}

// chosenIn returns all settings with their values; of profiles and sessions,
// those that are set.
func chosenIn(s creds.Settings) []chosen {
	return valuesIn(reflect.ValueOf(s), nil, false)
}

func valuesIn(v reflect.Value, above []string, onlySet bool) []chosen {
	var out []chosen
	for i := range v.NumField() {
		path := append(slices.Clone(above), v.Type().Field(i).Tag.Get("toml"))
		field := v.Field(i)
		switch field.Kind() {
		case reflect.Map:
			names := field.MapKeys()
			slices.SortFunc(names, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
			for _, name := range names {
				out = append(out, valuesIn(field.MapIndex(name), append(slices.Clone(path), name.String()), true)...)
			}
		case reflect.Struct:
			out = append(out, valuesIn(field, path, onlySet)...)
		default:
			if onlySet && field.IsZero() {
				continue
			}
			text, literal := valueText(field)
			fallback := v.Type().Field(i).Tag.Get("default")
			if fallback != "" && field.Kind() == reflect.String {
				fallback = quoteTOML(fallback)
			}
			out = append(out, chosen{path, text, literal, fallback})
		}
	}
	return out
}

// valueText writes a value. Those of agentapi are strings, bools, and types that
// write themselves.
func valueText(v reflect.Value) (text, literal string) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return "", ""
		}
		v = v.Elem()
	}
	if v.Kind() == reflect.Bool {
		text = fmt.Sprint(v.Bool())
		return text, text
	}
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		// A span always has a text.
		data, _ := m.MarshalText()
		text = string(data)
	} else {
		text = v.String()
	}
	if text == "" {
		return "", ""
	}
	return text, quoteTOML(text)
}

// findSetting returns the setting that a key names, or says which one may have
// been meant.
func findSetting(path []string) (setting, error) {
	all := allSettings()
	for _, s := range all {
		if s.matches(path) {
			return s, nil
		}
	}
	if dotted, ok := undotted(all, path); ok {
		return setting{}, fmt.Errorf("there is no setting %s; a name with dots stands between quotes: %s",
			formatKey(path), formatKey(dotted))
	}
	if below := settingsBelow(all, path); len(below) > 0 {
		return setting{}, fmt.Errorf("%s has several settings: %s", formatKey(path), strings.Join(below, ", "))
	}
	var keys []string
	for _, s := range all {
		keys = append(keys, formatKey(s.named(path)))
	}
	if near, ok := nearest(formatKey(path), keys); ok {
		return setting{}, fmt.Errorf("there is no setting %s; did you mean %s?", formatKey(path), near)
	}
	return setting{}, fmt.Errorf("there is no setting %s; see those there are with: daypass settings --help", formatKey(path))
}

func (s setting) matches(path []string) bool {
	return slices.EqualFunc(s.path, path, func(mine, given string) bool {
		return mine == given || mine == anyName && given != ""
	})
}

// named returns the setting's path with the names of another path in it.
func (s setting) named(path []string) []string {
	out := slices.Clone(s.path)
	for i, word := range out {
		if word == anyName {
			out[i] = "NAME"
			if i < len(path) && path[i] != "" {
				out[i] = path[i]
			}
		}
	}
	return out
}

// undotted finds what a path would be if a name in it had dots.
func undotted(all []setting, path []string) ([]string, bool) {
	for _, s := range all {
		// A profile's or session's name is the second word of its settings.
		extra := len(path) - len(s.path)
		if extra < 1 || len(s.path) < 2 || s.path[1] != anyName {
			continue
		}
		joined := append([]string{path[0], strings.Join(path[1:2+extra], ".")}, path[2+extra:]...)
		if s.matches(joined) {
			return joined, true
		}
	}
	return nil, false
}

// settingsBelow returns the keys of the settings in a table.
func settingsBelow(all []setting, path []string) []string {
	var out []string
	for _, s := range all {
		if len(path) < len(s.path) && (setting{path: s.path[:len(path)]}).matches(path) {
			out = append(out, formatKey(s.named(path)))
		}
	}
	return out
}
