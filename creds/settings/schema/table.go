package schema

import (
	"strings"
	"time"

	"daypass/creds"
	"daypass/internal/words"
)

const (
	// minLease and maxLease bound how long a sensitive profile is unlocked.
	minLease = 5 * time.Minute
	maxLease = 12 * time.Hour
)

// The words for "nothing is set" that several settings have.
const (
	asForAll      = "as for all"
	systemBrowser = "the system’s browser"
)

const startAtLogin = "start_at_login"

// StartAtLogin is the one setting that is kept by the desktop, and not in config.toml.
func StartAtLogin() Setting {
	return withPaths(Setting{
		key: startAtLogin, Kind: Flag, Default: "false",
		Label: "Start at login", Help: "daypass starts with your desktop’s session.",
	})[0]
}

// All returns the settings of config.toml, in the order in which they are shown. The
// path of each key leads to its field in [creds.Settings], by the names in JSON.
func All() Table {
	return withPaths(
		Setting{
			key: "derived_suffix", Kind: Suffix, Default: "-temporary", Filled: true,
			Label: "Suffix of sections", Help: "For temporary credentials that need a section of their own.",
			Example: "-temporary", Doc: "for sections of their own",
		},
		Setting{
			key: "session_duration", Kind: Span, Min: creds.MinSession, Max: creds.MaxSession, Default: "12h", Filled: true,
			Label: "Sessions last", Help: "An IAM user’s session, from 15m to 36h.",
			Example: "12h", Doc: "of a user's session",
		},
		Setting{
			key: "keyring_backend", Choices: same(creds.KeyringBackends()), Unset: "the best there is",
			Label: "Keyring", Help: "Where access keys are kept. It is read when daypass starts.",
			Doc: "where keys are kept, read at start",
		},
		Setting{
			key: "path", Kind: Folders, Unset: "those of the system",
			Label: "More folders of programs", Help: "For pass, gpg and browsers that are not found. It is read when daypass starts.",
			Example: "/opt/gnupg/bin", Doc: `more folders of pass, gpg, xdg-open and browsers, with ":" (Windows: ";") in between; read at start`,
		},
		Setting{
			key: "mfa_of_source", Kind: Flag, Default: "true",
			Label: "A user’s MFA for roles", Help: "Also for roles whose own profile names no device.",
			Example: "true", Doc: "roles that name no MFA device take their user's; false as the AWS CLI has it",
		},

		Setting{
			key: "sso.NAME.sign_in", Unset: "a browser if there is one",
			Choices: []Choice{{string(creds.SignInBrowser), "Browser"}, {string(creds.SignInDeviceCode), "Compare a code"}},
			Page:    SignIn, Label: "NAME", Help: "How to sign in to this session.",
			Example: "device-code",
		},
		Setting{
			key: "sso.NAME.place", Kind: Place, Unset: systemBrowser,
			Page: SignIn, Label: "Page of NAME", Help: "Where it opens, as for the console: to sign in as somebody who is signed in there.",
			Example: "firefox:Work", Doc: `where its page opens; see "The console"`,
		},

		Setting{
			key: "console.place", Kind: Place, Unset: systemBrowser,
			Page: Console, Label: "Opens in", Help: "Browsers and their profiles, as they were found.",
			Example: "firefox:container", Doc: `see "The console"`,
		},
		Setting{
			key: "console.duration", Kind: Span, Min: creds.MinConsole, Max: creds.MaxConsole, Unset: "as long as AWS gives",
			Page: Console, Label: "Lasts", Help: "The console session, from 15m to 12h.",
			Example: "8h",
		},
		Setting{
			key: "console.link", Choices: links(), Default: string(creds.LinkFederation), Unset: "with the profile’s credentials",
			Page: Console, Label: "Identity Center", Help: "How its profiles get to the console.",
			Example: string(creds.LinkFederation), Doc: "for profiles of Identity Center",
		},
		Setting{
			key: "console.logout_first", Kind: Flag, Default: "false",
			Page: Console, Label: "Log out first", Help: "For consoles that hold one identity only. AWS refuses it where multi-session support is on.",
			Example: "false", Doc: "ends the console session that the browser has; not with AWS's multi-session support",
		},
		Setting{
			key: "console.colour", Choices: colours(), Unset: "by the account",
			Page: Hidden, // the window offers that of a profile
			Doc:  "of containers",
		},
		Setting{
			key: "console.record", Kind: Flag, Default: "true",
			Page: Console, Label: "Remember what was opened", Help: "A list on this computer, for “recent” and for notices before the end.",
			Example: "true", Doc: "the list of visits",
		},

		Setting{
			key: "notices.ending", Kind: Flag, Default: "true",
			Page: Notices, Label: "Before credentials end", Help: "Only for profiles in use, and only where a renewal needs you.",
			Example: "true", Doc: "before credentials end",
		},
		Setting{
			key: "notices.do_not_disturb", Kind: Flag, Default: "false",
			Page: Notices, Label: "Do not disturb", Help: "No notices but the answers to your clicks.",
			Example: "false", Doc: "no notices but the answers to clicks",
		},

		Setting{
			key: "profile.NAME.favourite", Kind: Flag, Default: "false",
			Page: Profiles, Label: "Favourite", Help: "Comes first, in the tray and here.",
			Example: "true", Doc: "comes first",
		},
		Setting{
			key: "profile.NAME.notices", Kind: Flag, Default: "true",
			Page: Profiles, Label: "Notices", Help: "Before its credentials end.",
			Example: "false", Doc: "before its credentials end",
		},
		Setting{
			key: "profile.NAME.sensitive", Kind: Flag, Default: "false",
			Page: Profiles, Label: "Sensitive", Help: "Unlocked for a time, never renewed silently, and locked again at the end and when the screen locks.",
			Example: "true", Doc: `see "Sensitive profiles, and programs"`,
		},
		Setting{
			key: "profile.NAME.lease", Kind: Span, Min: minLease, Max: maxLease, Default: creds.Span(creds.DefaultLease).String(),
			Page: Profiles, Label: "Unlocked for", Help: "While it is sensitive.",
			Example: "30m", Doc: "for how long it is unlocked",
		},
		Setting{
			key: "profile.NAME.programs", Default: string(creds.ProgramsAsk), Unset: "you are asked",
			Choices: []Choice{
				{string(creds.ProgramsAsk), ""},
				{string(creds.ProgramsAlways), "Always what they want"},
				{string(creds.ProgramsNever), "Never anything"},
			},
			Page: Profiles, Label: "Programs", Help: "What a program gets that wants it while you are away.",
			Example: string(creds.ProgramsAsk), Doc: "what programs get that want it while it is locked",
		},
		Setting{
			key: "profile.NAME.mfa_of_source", Kind: Flag, Unset: asForAll,
			Choices: []Choice{{"true", "A code is asked for"}, {"false", "The key alone is used"}},
			Page:    Profiles, Label: "Its user’s MFA", Help: "Also where the role’s own profile names no device.",
			Example: "false", Doc: "as above",
		},
		Setting{
			key: "profile.NAME.console.place", Kind: Place, Unset: asForAll,
			Page: Profiles, Label: "Console in", Help: "Where its console opens.",
			Example: "chromium:Work",
		},
		Setting{
			key: "profile.NAME.console.duration", Kind: Span, Min: creds.MinConsole, Max: creds.MaxConsole, Unset: asForAll,
			Page: Profiles, Label: "Console lasts", Help: "From 15m to 12h.",
		},
		Setting{
			key: "profile.NAME.console.link", Choices: links(), Unset: asForAll,
			Page: Profiles, Label: "Identity Center", Help: "How its profiles get to the console.",
		},
		Setting{
			key: "profile.NAME.console.logout_first", Kind: Flag, Unset: asForAll, Choices: []Choice{{"true", "Yes"}, {"false", "No"}},
			Page: Profiles, Label: "Log out first", Help: "Ends the console session that the browser has.",
		},
		Setting{
			key: "profile.NAME.console.colour", Choices: colours(), Unset: "by the account",
			Page: Profiles, Label: "Colour", Help: "Of its Firefox container.",
		},
	)
}

func withPaths(all ...Setting) Table {
	for i := range all {
		all[i].path = strings.Split(all[i].key, ".")
	}
	return all
}

// same returns choices whose labels are their values.
func same(values []string) []Choice {
	var choices []Choice
	for _, value := range values {
		choices = append(choices, Choice{value, value})
	}
	return choices
}

func links() []Choice {
	return []Choice{
		{string(creds.LinkFederation), "The profile’s credentials"},
		{string(creds.LinkPortal), "The access portal’s sign-in"},
	}
}

func colours() []Choice {
	choices := same(creds.ContainerColours())
	for i := range choices {
		choices[i].Label = words.Upper(choices[i].Label)
	}
	return choices
}
