package schema

import (
	"strings"
	"time"

	"daypass/creds"
	"daypass/internal/lang"
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
		Label: lang.T("Start at login"), Help: lang.T("daypass starts with your desktop’s session."),
	})[0]
}

// All returns the settings of config.toml, in the order in which they are shown. The
// path of each key leads to its field in [creds.Settings], by the names in JSON.
func All() Table {
	return withPaths(
		Setting{
			key: "layout", Choices: layouts(), Default: creds.LayoutTemporary, Unset: lang.T("NAME and NAME-temporary"),
			Label: lang.T("Sections of a user"), Help: lang.T("Of the key and of the credentials, where the AWS files say nothing else."),
			Example: creds.LayoutTemporary, Doc: `which sections a user's key and credentials are in; see "Layouts of the AWS files"`,
		},
		Setting{
			key: "long_term_suffix", Kind: Suffix, Unset: lang.T("that of the layout"),
			Label: lang.T("Suffix of keys"), Help: lang.T("Of the section with the long-term key; “none” for no suffix."),
			Example: "-long-term", Doc: `of sections with long-term keys, where it is not that of the layout; "none" is no suffix`,
		},
		Setting{
			key: "derived_suffix", Kind: Suffix, Unset: lang.T("that of the layout"),
			Label: lang.T("Suffix of sections"), Help: lang.T("For temporary credentials that need a section of their own; “none” for no suffix."),
			Example: "-temporary", Doc: "of sections of their own, as above",
		},
		Setting{
			key: "session_duration", Kind: Span, Min: creds.MinSession, Max: creds.MaxSession, Default: "12h", Filled: true,
			Label: lang.T("Sessions last"), Help: lang.T("An IAM user’s session, from 15m to 36h."),
			Example: "12h", Doc: "of a user's session",
		},
		Setting{
			key: "keyring_backend", Choices: same(creds.KeyringBackends()), Unset: lang.T("the best there is"),
			Label: lang.T("Keyring"), Help: lang.T("Where access keys are kept. It is read when daypass starts."),
			Doc: "where keys are kept, read at start",
		},
		Setting{
			key: "path", Kind: Folders, Unset: lang.T("those of the system"),
			Label: lang.T("More folders of programs"), Help: lang.T("For pass, gpg and browsers that are not found. It is read when daypass starts."),
			Example: "/opt/gnupg/bin", Doc: `more folders of pass, gpg, xdg-open and browsers, with ":" (Windows: ";") in between; read at start`,
		},
		Setting{
			key: "mfa_of_source", Kind: Flag, Default: "true",
			Label: lang.T("A user’s MFA for roles"), Help: lang.T("Also for roles whose own profile names no device."),
			Example: "true", Doc: "roles that name no MFA device take their user's; false as the AWS CLI has it",
		},
		Setting{
			key: "mfa_process", Kind: Program, Unset: lang.T("you are asked"),
			Label: lang.T("Program that gives MFA codes"), Help: lang.T("Such as “ykman oath accounts code --single NAME”. You are asked if it fails."),
			Example: "/opt/bin/aws-code", Doc: `a program that prints MFA codes; see "Codes and keys from programs"`,
		},
		Setting{
			key: "keys_folder", Kind: Folder, Unset: lang.Sprintf("~/%s, if it is there", creds.KeysFolder),
			Page:    Hidden,
			Example: "~/" + creds.KeysFolder, Doc: `where NAME.access_key and NAME.secret_key are profiles' keys; "none" for nowhere`,
		},
		Setting{
			key: "rotation_reminder", Kind: Days, Default: creds.DefaultRotationReminder,
			Page: Notices, Label: lang.T("Days until keys are old"), Help: lang.T("Then daypass reminds you of a rotation, once a day at most; 0 for never."),
			Example: creds.DefaultRotationReminder, Doc: "days after which a key should be rotated; 0 is never",
		},
		Setting{
			key: "old_key_kept", Kind: Days, Default: creds.DefaultOldKeyKept,
			Label: lang.T("Days to keep an old key"), Help: lang.T("After a rotation it is inactive, and deleted after so many days."),
			Example: creds.DefaultOldKeyKept, Doc: "days that an old key stays after a rotation, inactive",
		},

		Setting{
			key: accounts + "." + anyName, Kind: Account, Unset: lang.T("no account of this name"),
			Page:    Hidden,
			Example: "012345678901", Doc: "what you call the account, and its number",
		},

		Setting{
			key: "sso.NAME.sign_in", Unset: lang.T("a browser if there is one"),
			Choices: []Choice{{string(creds.SignInBrowser), lang.T("Browser")}, {string(creds.SignInDeviceCode), lang.T("Compare a code")}},
			Page:    SignIn, Label: "NAME", Help: lang.T("How to sign in to this session."),
			Example: "device-code",
		},
		Setting{
			key: "sso.NAME.place", Kind: Place, Unset: lang.T(systemBrowser),
			Page: SignIn, Label: lang.T("Page of NAME"), Help: lang.T("Where it opens, as for the console: to sign in as somebody who is signed in there."),
			Example: "firefox:Work", Doc: `where its page opens; see "The console"`,
		},

		Setting{
			key: "console.place", Kind: Place, Unset: lang.T(systemBrowser),
			Page: Console, Label: lang.T("Opens in"), Help: lang.T("Browsers and their profiles, as they were found."),
			Example: "firefox:container", Doc: `see "The console"`,
		},
		Setting{
			key: "console.duration", Kind: Span, Min: creds.MinConsole, Max: creds.MaxConsole, Unset: lang.T("as long as AWS gives"),
			Page: Console, Label: lang.T("Lasts"), Help: lang.T("The console session, from 15m to 12h."),
			Example: "8h",
		},
		Setting{
			key: "console.link", Choices: links(), Default: string(creds.LinkFederation), Unset: lang.T("with the profile’s credentials"),
			Page: Console, Label: lang.T("Identity Center"), Help: lang.T("How its profiles get to the console."),
			Example: string(creds.LinkFederation), Doc: "for profiles of Identity Center",
		},
		Setting{
			key: "console.logout_first", Kind: Flag, Default: "false",
			Page: Console, Label: lang.T("Log out first"), Help: lang.T("For consoles that hold one identity only. AWS refuses it where multi-session support is on."),
			Example: "false", Doc: "ends the console session that the browser has; not with AWS's multi-session support",
		},
		Setting{
			key: "console.colour", Choices: colours(), Unset: lang.T("by the account"),
			Page: Hidden, // the window offers that of a profile
			Help: lang.T("The colour of Firefox containers."),
			Doc:  "of containers",
		},
		Setting{
			key: "console.record", Kind: Flag, Default: "true",
			Page: Console, Label: lang.T("Remember what was opened"), Help: lang.T("A list on this computer, for “recent” and for notices before the end."),
			Example: "true", Doc: "the list of visits",
		},

		Setting{
			key: "notices.ending", Kind: Flag, Default: "true",
			Page: Notices, Label: lang.T("Before credentials end"), Help: lang.T("Only for profiles in use, and only where a renewal needs you."),
			Example: "true", Doc: "before credentials end",
		},
		Setting{
			key: "notices.do_not_disturb", Kind: Flag, Default: "false",
			Page: Notices, Label: lang.T("Do not disturb"), Help: lang.T("No notices but the answers to your clicks."),
			Example: "false", Doc: "no notices but the answers to clicks",
		},

		Setting{
			key: "profile.NAME.favourite", Kind: Flag, Default: "false",
			Page: Profiles, Label: lang.T("Favourite"), Help: lang.T("Comes first, in the tray and in the window."),
			Example: "true", Doc: "comes first",
		},
		Setting{
			key: "profile.NAME.notices", Kind: Flag, Default: "true",
			Page: Profiles, Label: lang.T("Notices"), Help: lang.T("Before its credentials end."),
			Example: "false", Doc: "before its credentials end",
		},
		Setting{
			key: "profile.NAME.sensitive", Kind: Flag, Default: "false",
			Page: Profiles, Label: lang.T("Sensitive"), Help: lang.T("Unlocked for a time, never renewed silently, and locked again at the end and when the screen locks."),
			Example: "true", Doc: `see "Sensitive profiles, and programs"`,
		},
		Setting{
			key: "profile.NAME.lease", Kind: Span, Min: minLease, Max: maxLease, Default: creds.Span(creds.DefaultLease).String(),
			Page: Profiles, Label: lang.T("Unlocked for"), Help: lang.T("While it is sensitive."),
			Example: "30m", Doc: "for how long it is unlocked",
		},
		Setting{
			key: "profile.NAME.programs", Default: string(creds.ProgramsAsk), Unset: lang.T("you are asked"),
			Choices: []Choice{
				{string(creds.ProgramsAsk), ""},
				{string(creds.ProgramsAlways), lang.T("Always what they want")},
				{string(creds.ProgramsNever), lang.T("Never anything")},
			},
			Page: Profiles, Label: lang.T("Programs"), Help: lang.T("What a program gets that wants it while you are away."),
			Example: string(creds.ProgramsAsk), Doc: "what programs get that want it while it is locked",
		},
		Setting{
			key: "profile.NAME.mfa_of_source", Kind: Flag, Unset: lang.T(asForAll),
			Choices: []Choice{{lang.T("true"), lang.T("A code is asked for")}, {lang.T("false"), lang.T("The key alone is used")}},
			Page:    Profiles, Label: lang.T("Its user’s MFA"), Help: lang.T("Also where the role’s own profile names no device."),
			Example: "false", Doc: "as above",
		},
		Setting{
			key: "profile.NAME.mfa_process", Kind: Program, Unset: lang.T(asForAll),
			Page: Profiles, Label: lang.T("Program for its codes"), Help: lang.T("Where the AWS files name none with mfa_process."),
			Example: "/opt/bin/work-code", Doc: "as above, for this profile",
		},
		Setting{
			key: "profile.NAME.console_sign_in", Kind: Flag, Default: "false",
			Page:    Hidden, // set by adding such a profile
			Help:    lang.T("The profile gets its credentials by a sign-in to AWS’s console."),
			Example: "true", Doc: "gets credentials by a sign-in to AWS's console, also before the first; see \"Console sign-in\"",
		},
		Setting{
			key: "profile.NAME.console.place", Kind: Place, Unset: lang.T(asForAll),
			Page: Profiles, Label: lang.T("Console in"), Help: lang.T("Where its console opens."),
			Example: "chromium:Work",
		},
		Setting{
			key: "profile.NAME.console.duration", Kind: Span, Min: creds.MinConsole, Max: creds.MaxConsole, Unset: lang.T(asForAll),
			Page: Profiles, Label: lang.T("Console lasts"), Help: lang.T("From 15m to 12h."),
		},
		Setting{
			key: "profile.NAME.console.link", Choices: links(), Unset: lang.T(asForAll),
			Page: Profiles, Label: lang.T("Identity Center"), Help: lang.T("How its profiles get to the console."),
		},
		Setting{
			key: "profile.NAME.console.logout_first", Kind: Flag, Unset: lang.T(asForAll), Choices: []Choice{{lang.T("true"), lang.T("Yes")}, {lang.T("false"), lang.T("No")}},
			Page: Profiles, Label: lang.T("Log out first"), Help: lang.T("Ends the console session that the browser has."),
		},
		Setting{
			key: "profile.NAME.console.colour", Choices: colours(), Unset: lang.T("by the account"),
			Page: Profiles, Label: lang.T("Colour"), Help: lang.T("Of its Firefox container."),
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

func layouts() []Choice {
	return []Choice{
		{creds.LayoutTemporary, ""},
		{creds.LayoutAWSMFA, lang.T("NAME-long-term and NAME")},
		{creds.LayoutAWSIAMLogin, lang.T("NAME and NAME-sts")},
	}
}

func links() []Choice {
	return []Choice{
		{string(creds.LinkFederation), lang.T("The profile’s credentials")},
		{string(creds.LinkPortal), lang.T("The access portal’s sign-in")},
	}
}

func colours() []Choice {
	choices := same(creds.ContainerColours())
	for i := range choices {
		choices[i].Label = words.Upper(choices[i].Label)
	}
	return choices
}
