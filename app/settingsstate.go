package app

import (
	"maps"
	"slices"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/words"
)

// The pages of the settings.
const (
	pageGeneral = iota
	pageSignIn
	pageConsole
	pageNotices
	pageProfiles
)

var settingPages = []kit.Named{
	{Name: "General", About: "start, sessions, keyring"},
	{Name: "Identity Center", About: "how and where to sign in"},
	{Name: "Console", About: "where it opens"},
	{Name: "Notices", About: "what is told, and when"},
	{Name: "Profiles", About: "each one’s own"},
}

// settingKind is how a setting is shown.
type settingKind int

const (
	settingText settingKind = iota
	settingSwitch
	settingChoice
)

// setting is one that a person can change.
type setting struct {
	Label, Help string
	Kind        settingKind
	// Path is where it is in config.toml; nil is the start at login, which
	// is not there.
	Path []string
	// Value is what it is now: "" is the default, and a switch is "true" or
	// "false".
	Value string
	// Default is what a text is where nothing is chosen, or the value of a
	// switch that need not be written.
	Default string
	Options []option
	// Bool is set where a choice is written as a bool.
	Bool bool
}

// option is one of a choice's values, and its name for people.
type option struct{ Value, Name string }

// change returns the request that gives the setting another value.
func (s setting) change(value string) creds.SettingsRequest {
	on := value == "true"
	if s.Path == nil {
		return creds.SettingsRequest{StartAtLogin: &on}
	}
	var v any // nil is the default.
	switch {
	case value == "" || s.Kind == settingSwitch && value == s.Default:
	case s.Kind == settingSwitch || s.Bool:
		v = on
	default:
		v = value
	}
	return creds.SettingsRequest{Changes: []creds.SettingChange{{Path: s.Path, Value: v}}}
}

func onOff(on bool) string {
	if on {
		return "true"
	}
	return "false"
}

// ifSet is a switch's value, or by where nothing is chosen.
func ifSet(on *bool, by string) string {
	if on == nil {
		return by
	}
	return onOff(*on)
}

// settingsState is what the settings window knows. It has no widgets.
type settingsState struct {
	reply    creds.SettingsReply
	places   []creds.ConsolePlace
	sessions []creds.Session
	home     string
}

// page returns the settings of a page; those of the named profile on the page of
// the profiles.
func (s *settingsState) page(page int, profile string) []setting {
	switch page {
	case pageGeneral:
		return s.general()
	case pageSignIn:
		return s.signIn()
	case pageConsole:
		return s.console()
	case pageNotices:
		return s.notices()
	case pageProfiles:
		if profile != "" {
			return s.profile(profile)
		}
	}
	return nil
}

func (s *settingsState) general() []setting {
	backends := []option{{"", "The best there is"}}
	for _, name := range s.reply.Backends {
		backends = append(backends, option{name, name})
	}
	set := s.reply.Settings
	return []setting{
		{
			Label: "Start at login", Help: "daypass starts with your desktop’s session.", Kind: settingSwitch,
			Value: onOff(s.reply.StartsAtLogin), Default: "false",
		},
		{
			Label: "Sessions last", Help: "An IAM user’s session, from 15m to 36h.", Path: []string{"session_duration"},
			Value: set.SessionDuration.String(), Default: "12h",
		},
		{
			Label: "Suffix of sections", Help: "For temporary credentials that need a section of their own.",
			Path: []string{"derived_suffix"}, Value: set.DerivedSuffix, Default: "-temporary",
		},
		{
			Label: "Keyring", Help: "Where access keys are kept. It is read when daypass starts.", Kind: settingChoice,
			Path: []string{"keyring_backend"}, Value: set.KeyringBackend, Options: with(backends, set.KeyringBackend),
		},
		{
			Label: "More folders of programs", Help: "For pass, gpg and browsers that are not found. It is read when daypass starts.",
			Path: []string{"path"}, Value: set.Path, Default: "those of the system",
		},
		{
			Label: "A user’s MFA for roles", Help: "Also for roles whose own profile names no device.", Kind: settingSwitch,
			Path: []string{"mfa_of_source"}, Value: ifSet(set.MFAOfSource, "true"), Default: "true",
		},
	}
}

// with are the options, and value if it is none of them: a person may have
// written it into the file.
func with(options []option, value string) []option {
	if value != "" && !slices.ContainsFunc(options, func(o option) bool { return o.Value == value }) {
		return append(options, option{value, value})
	}
	return options
}

func (s *settingsState) signIn() []setting {
	ids := make(map[string]bool)
	for _, one := range s.sessions {
		ids[one.ID] = true
	}
	for id := range s.reply.Settings.SSO {
		ids[id] = true
	}
	var list []setting
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		list = append(list, setting{
			Label: briefURL(id), Help: "How to sign in to this session.", Kind: settingChoice,
			Path: []string{"sso", id, "sign_in"}, Value: string(s.reply.Settings.SSO[id].SignIn),
			Options: []option{
				{"", "Browser, where there is one"},
				{string(creds.SignInBrowser), "Browser"},
				{string(creds.SignInDeviceCode), "Compare a code"},
			},
		}, setting{
			Label: "Page of " + briefURL(id), Help: "Where it opens, as for the console: to sign in as somebody who is signed in there.", Kind: settingChoice,
			Path: []string{"sso", id, "place"}, Value: s.reply.Settings.SSO[id].Place,
			Options: s.placeOptions("The system’s browser", s.reply.Settings.SSO[id].Place),
		})
	}
	return list
}

// placeOptions are where the console can be opened; first is what no choice
// means.
func (s *settingsState) placeOptions(first, value string) []option {
	options := []option{{"", first}}
	for _, p := range s.places {
		if p.Place != "" {
			options = append(options, option{p.Place, p.Name})
		}
	}
	return with(options, value)
}

func (s *settingsState) console() []setting {
	c := s.reply.Settings.Console
	path := func(name string) []string { return []string{"console", name} }
	return []setting{
		{
			Label: "Opens in", Help: "Browsers and their profiles, as they were found.", Kind: settingChoice,
			Path: path("place"), Value: c.Place, Options: s.placeOptions("The system’s browser", c.Place),
		},
		{
			Label: "Or in", Help: "Any place in words: firefox:container, chrome:Work, or a command with {url}.",
			Path: path("place"), Value: c.Place, Default: "the system’s browser",
		},
		{
			Label: "Lasts", Help: "The console session, from 15m to 12h.", Path: path("duration"),
			Value: c.Duration.String(), Default: "as long as AWS gives",
		},
		linkSetting(path("link"), "With the profile’s credentials", string(c.Link)),
		{
			Label: "Log out first", Help: "For consoles that hold one identity only. AWS refuses it where multi-session support is on.",
			Kind: settingSwitch, Path: path("logout_first"), Value: ifSet(c.LogoutFirst, "false"), Default: "false",
		},
		{
			Label: "Remember what was opened", Help: "A list on this computer, for “recent” and for notices before the end.",
			Kind: settingSwitch, Path: path("record"), Value: ifSet(c.Record, "true"), Default: "true",
		},
	}
}

func linkSetting(path []string, first, value string) setting {
	return setting{
		Label: "Identity Center", Help: "How its profiles get to the console.", Kind: settingChoice, Path: path, Value: value,
		Options: []option{
			{"", first},
			{string(creds.LinkFederation), "The profile’s credentials"},
			{string(creds.LinkPortal), "The access portal’s sign-in"},
		},
	}
}

func (s *settingsState) notices() []setting {
	n := s.reply.Settings.Notices
	return []setting{
		{
			Label: "Before credentials end", Help: "Only for profiles in use, and only where a renewal needs you.",
			Kind: settingSwitch, Path: []string{"notices", "ending"}, Value: ifSet(n.Ending, "true"), Default: "true",
		},
		{
			Label: "Do not disturb", Help: "No notices but the answers to your clicks.",
			Kind: settingSwitch, Path: []string{"notices", "do_not_disturb"}, Value: onOff(n.DoNotDisturb), Default: "false",
		},
	}
}

func (s *settingsState) profile(name string) []setting {
	p := s.reply.Settings.Profile[name]
	path := func(names ...string) []string { return append([]string{"profile", name}, names...) }
	return []setting{
		{
			Label: "Favourite", Help: "Comes first, in the tray and here.", Kind: settingSwitch,
			Path: path("favourite"), Value: onOff(p.Favourite), Default: "false",
		},
		{
			Label: "Notices", Help: "Before its credentials end.", Kind: settingSwitch,
			Path: path("notices"), Value: ifSet(p.Notices, "true"), Default: "true",
		},
		{
			Label: "Sensitive", Help: "Lent for a time, never renewed silently, and taken away at the end and when the screen locks.",
			Kind: settingSwitch, Path: path("sensitive"), Value: onOff(p.Sensitive), Default: "false",
		},
		{
			Label: "Lent for", Help: "While it is sensitive.", Path: path("lease"),
			Value: p.Lease.String(), Default: creds.Span(creds.DefaultLease).String(),
		},
		{
			Label: "Programs", Help: "What a program gets that wants it while you are away.", Kind: settingChoice,
			Path: path("programs"), Value: string(p.Programs),
			Options: []option{
				{"", "You are asked"},
				{string(creds.ProgramsAlways), "Always what they want"},
				{string(creds.ProgramsNever), "Never anything"},
			},
		},
		{
			Label: "Its user’s MFA", Help: "Also where the role’s own profile names no device.", Kind: settingChoice,
			Path: path("mfa_of_source"), Value: ifSet(p.MFAOfSource, ""), Bool: true,
			Options: []option{{"", "As for all"}, {"true", "A code is asked for"}, {"false", "The key alone is used"}},
		},
		{
			Label: "Console in", Help: "Where its console opens.", Kind: settingChoice, Path: path("console", "place"),
			Value: p.Console.Place, Options: s.placeOptions("As for all", p.Console.Place),
		},
		{
			Label: "Or in", Help: "Any place in words.", Path: path("console", "place"), Value: p.Console.Place, Default: "as for all",
		},
		{
			Label: "Console lasts", Help: "From 15m to 12h.", Path: path("console", "duration"),
			Value: p.Console.Duration.String(), Default: "as for all",
		},
		linkSetting(path("console", "link"), "As for all", string(p.Console.Link)),
		{
			Label: "Log out first", Help: "Ends the console session that the browser has.", Kind: settingChoice,
			Path: path("console", "logout_first"), Value: ifSet(p.Console.LogoutFirst, ""), Bool: true,
			Options: []option{{"", "As for all"}, {"true", "Yes"}, {"false", "No"}},
		},
		{
			Label: "Colour", Help: "Of its Firefox container.", Kind: settingChoice, Path: path("console", "colour"),
			Value: p.Console.Colour, Options: with(colours(), p.Console.Colour),
		},
	}
}

// colours are those that Firefox has for containers:
// https://developer.mozilla.org/docs/Mozilla/Add-ons/WebExtensions/API/contextualIdentities.
func colours() []option {
	options := []option{{"", "By the account"}}
	for _, c := range []string{"blue", "turquoise", "green", "yellow", "orange", "red", "pink", "purple", "toolbar"} {
		options = append(options, option{c, words.Upper(c)})
	}
	return options
}
