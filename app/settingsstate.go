package app

import (
	"maps"
	"slices"
	"strings"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/settings/schema"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// settingPages are those of [schema.Setting.Page].
var settingPages = []kit.Named{
	schema.General:  {Name: lang.T("General"), About: lang.T("start, sessions, keyring")},
	schema.SignIn:   {Name: lang.T("Identity Center"), About: lang.T("how and where to sign in")},
	schema.Console:  {Name: lang.T("Console"), About: lang.T("where it opens")},
	schema.Notices:  {Name: lang.T("Notices"), About: lang.T("what is said, and when")},
	schema.Profiles: {Name: lang.T("Profiles"), About: lang.T("each one’s own")},
}

// settingKind is how a setting is shown.
type settingKind int

const (
	settingText settingKind = iota
	settingSwitch
	settingChoice
)

// setting is a setting as a row of the window shows it.
type setting struct {
	schema.Setting

	Control settingKind
	// Value is the present one: "" is the default, and a switch is "true" or "false".
	Value   string
	Options []option
}

// option is a value of a choice, and its name for people.
type option struct{ Value, Name string }

// change returns the request that gives the setting another value.
func (s setting) change(value string) creds.SettingsRequest {
	if s.Control == settingSwitch && value == s.Default {
		value = "" // A default is not written.
	}
	return creds.SettingsRequest{Changes: []creds.SettingChange{{Key: s.Key(), Value: s.Setting.Value(value)}}}
}

func onOff(on bool) string {
	if on {
		return "true"
	}
	return "false"
}

// settingsState is what the settings window knows. It has no widgets.
type settingsState struct {
	reply    creds.SettingsReply
	places   []creds.ConsolePlace
	sessions []creds.Session
	home     string
}

// page returns the settings of a page. On the page of the profiles these are the named
// profile's.
func (s *settingsState) page(page int, profile string) []setting {
	names := []string{profile}
	if page == schema.SignIn {
		names = s.sessionIDs()
	}
	var list []setting
	for _, name := range names {
		for _, one := range append(schema.Table{schema.StartAtLogin()}, schema.All()...) {
			if one.Page == page {
				list = append(list, s.rows(one.For(name))...)
			}
		}
	}
	return list
}

// sessionIDs are the sessions of the AWS config file and those that have settings.
func (s *settingsState) sessionIDs() []string {
	ids := make(map[string]bool)
	for _, one := range s.sessions {
		ids[one.ID] = true
	}
	for id := range s.reply.Settings.SSO {
		ids[id] = true
	}
	return slices.Sorted(maps.Keys(ids))
}

// rows returns one row for a setting, and two for a place: one to choose from the places
// that were found, and one to type another.
func (s *settingsState) rows(one schema.Setting) []setting {
	kind, name := one.Of()
	if kind == "sso" {
		one.Label = strings.ReplaceAll(one.Label, "NAME", words.Session(name))
	}
	row := setting{Setting: one, Value: one.Text(s.reply)}
	switch {
	case one.Kind == schema.Flag && len(one.Choices) == 0:
		row.Control = settingSwitch
		if row.Value == "" {
			row.Value = one.Default
		}
	case one.Kind == schema.Place:
		row.Control, row.Options = settingChoice, s.placeOptions(row)
		if kind == "sso" {
			break
		}
		words := row
		words.Control, words.Label = settingText, lang.T("Or in")
		words.Help = lang.T("Any place in words: firefox:container, chrome:Work, or a command with {url}.")
		return []setting{row, words}
	case len(one.Choices) > 0:
		row.Control, row.Options = settingChoice, choiceOptions(row)
	}
	return []setting{row}
}

func choiceOptions(s setting) []option {
	options := []option{{"", words.Upper(s.Unset)}}
	for _, c := range s.Choices {
		if c.Label != "" {
			options = append(options, option{c.Value, c.Label})
		}
	}
	return options
}

// placeOptions are the places that were found, and the present one: a person may have
// written another one into the file.
func (s *settingsState) placeOptions(of setting) []option {
	options := []option{{"", words.Upper(of.Unset)}}
	for _, p := range s.places {
		if p.Place != "" {
			options = append(options, option{p.Place, p.Name})
		}
	}
	if !slices.ContainsFunc(options, func(o option) bool { return o.Value == of.Value }) {
		options = append(options, option{of.Value, of.Value})
	}
	return options
}
