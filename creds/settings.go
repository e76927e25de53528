package creds

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"daypass/internal/lang"
)

// Settings are what a person may choose. Their JSON has the names and shapes of
// config.toml; package schema describes them.
type Settings struct {
	// Layout names one of [Layouts], for profiles of which the AWS files say nothing else;
	// "" is [LayoutTemporary].
	Layout string `json:"layout,omitempty"`
	// LongTermSuffix and DerivedSuffix are put after a profile's name for the section with
	// its long-term key, and for the one with temporary credentials where these need one of
	// their own. "" is that of the layout, and [NoSuffix] none.
	LongTermSuffix string `json:"long_term_suffix,omitempty"`
	DerivedSuffix  string `json:"derived_suffix"`
	// SessionDuration is how long an IAM user's session lasts, from 15
	// minutes to 36 hours.
	SessionDuration Span `json:"session_duration"`
	// KeyringBackend is the name of one, or "" for the best available. It is read when
	// the agent starts.
	KeyringBackend string `json:"keyring_backend"`
	// Path lists additional folders for the programs that the agent starts by name, as
	// PATH does; see [SplitFolders]. It is read when the agent starts.
	Path string `json:"path"`
	// MFAOfSource says whether roles that name no MFA device use that of their source
	// profile; nil is true.
	MFAOfSource *bool `json:"mfa_of_source,omitempty"`
	// KeysFolder is that of long-term keys in files of their own; "" is [KeysFolder] in the
	// home folder, if it is there.
	KeysFolder string `json:"keys_folder,omitempty"`
	// Accounts are the numbers of accounts by the names that the person gives them.
	Accounts map[string]string `json:"accounts,omitempty"`
	// MFAProcess is the command line of a program that prints an MFA code, so that nobody
	// is asked for one; "" is none.
	MFAProcess string `json:"mfa_process,omitempty"`
	// RotationReminder is after how many days daypass reminds of a key's rotation, "0" for
	// never, and OldKeyKept how many days the old key stays; "" is the default.
	RotationReminder string `json:"rotation_reminder,omitempty"`
	OldKeyKept       string `json:"old_key_kept,omitempty"`
	// SSO is by the [Session.ID].
	SSO     map[string]SSOSettings     `json:"sso,omitempty"`
	Console ConsoleSettings            `json:"console"`
	Notices NoticeSettings             `json:"notices"`
	Profile map[string]ProfileSettings `json:"profile,omitempty"`
}

// Clone returns a copy that shares nothing with s.
func (s Settings) Clone() Settings {
	s.SSO, s.Profile, s.Accounts = maps.Clone(s.SSO), maps.Clone(s.Profile), maps.Clone(s.Accounts)
	s.Console = s.Console.clone()
	s.Notices.Ending, s.MFAOfSource = clone(s.Notices.Ending), clone(s.MFAOfSource)
	for name, one := range s.Profile {
		one.Notices, one.MFAOfSource = clone(one.Notices), clone(one.MFAOfSource)
		one.Console = one.Console.clone()
		s.Profile[name] = one
	}
	return s
}

func (c ConsoleSettings) clone() ConsoleSettings {
	c.LogoutFirst, c.Record = clone(c.LogoutFirst), clone(c.Record)
	return c
}

func clone(p *bool) *bool {
	if p == nil {
		return nil
	}
	return new(*p)
}

// The defaults of the settings in days.
const (
	DefaultRotationReminder = "90"
	DefaultOldKeyKept       = "7"
)

// ReminderAfter is how old a long-term key gets before daypass reminds of its rotation; zero
// for never.
func (s Settings) ReminderAfter() time.Duration {
	return days(s.RotationReminder, DefaultRotationReminder)
}

// OldKeyKeptFor is how long the old key stays after a rotation.
func (s Settings) OldKeyKeptFor() time.Duration { return days(s.OldKeyKept, DefaultOldKeyKept) }

func days(text, fallback string) time.Duration {
	n, err := strconv.Atoi(cmp.Or(text, fallback))
	if err != nil || n < 0 {
		n, _ = strconv.Atoi(fallback)
	}
	return time.Duration(n) * 24 * time.Hour
}

// SplitFolders returns the folders of [Settings.Path].
func SplitFolders(path string) []string {
	return slices.DeleteFunc(filepath.SplitList(path), func(dir string) bool { return dir == "" })
}

// SSOSettings are those of one SSO session.
type SSOSettings struct {
	// SignIn is how to sign in; "" is a browser where there is one.
	SignIn SignInMethod `json:"sign_in,omitempty"`
	// Place is where the page of a sign-in opens, as for the console.
	Place string `json:"place,omitempty"`
}

// ConsoleSettings say how the console is opened. Those of a profile, where set, replace
// those for all.
type ConsoleSettings struct {
	// Place is where, as package browsers reads it; "" is the system's browser.
	Place string `json:"place,omitempty"`
	// Duration of the console session, from 15 minutes to 12 hours; zero is AWS's.
	Duration Span `json:"duration,omitempty"`
	// Link is how profiles of Identity Center open it; "" is [LinkFederation].
	Link ConsoleLinkKind `json:"link,omitempty"`
	// LogoutFirst ends the browser's console session first, for consoles that hold only
	// one identity. AWS refuses it if multi-session support is on.
	LogoutFirst *bool `json:"logout_first,omitempty"`
	// Colour is that of a Firefox container; "" depends on the account.
	Colour string `json:"colour,omitempty"`
	// Record keeps a local list of opened consoles. It is for all profiles.
	Record *bool `json:"record,omitempty"`
}

// ConsoleLinkKind is how a profile of Identity Center opens the console.
type ConsoleLinkKind string

// The kinds of link.
const (
	// LinkFederation signs in with the profile's credentials.
	LinkFederation ConsoleLinkKind = "federation"
	// LinkPortal is the access portal's shortcut, which uses the browser's own sign-in.
	LinkPortal ConsoleLinkKind = "portal"
)

// NoticeSettings are about the notices before credentials end.
type NoticeSettings struct {
	// Ending says whether they are shown; nil is true.
	Ending *bool `json:"ending,omitempty"`
	// DoNotDisturb suppresses all notices but the answers to clicks.
	DoNotDisturb bool `json:"do_not_disturb,omitempty"`
}

// ProfileSettings are those of one profile.
type ProfileSettings struct {
	// Favourite profiles come first.
	Favourite bool `json:"favourite,omitempty"`
	// Notices says whether a notice comes before the credentials' end; nil is true.
	Notices *bool           `json:"notices,omitempty"`
	Console ConsoleSettings `json:"console,omitzero"`
	// Sensitive profiles are unlocked for a time: never renewed silently, and removed
	// from files and memory at its end.
	Sensitive bool `json:"sensitive,omitempty"`
	// Lease is how long; zero is [DefaultLease].
	Lease Span `json:"lease,omitempty"`
	// Programs is the rule for programs that want this profile; "" is [ProgramsAsk].
	Programs ProgramRule `json:"programs,omitempty"`
	// MFAOfSource replaces that of [Settings]; nil does not.
	MFAOfSource *bool `json:"mfa_of_source,omitempty"`
	// MFAProcess replaces that of [Settings]; "" does not.
	MFAProcess string `json:"mfa_process,omitempty"`
	// ConsoleSignIn profiles get their credentials by a sign-in to the console, even
	// before anybody has signed in.
	ConsoleSignIn bool `json:"console_sign_in,omitempty"`
}

// KeysFolder is the name of the folder in the home folder that holds long-term keys in
// files of their own; see [Settings].
const KeysFolder = "aws-creds"

// NoFolder is the value of [Settings.KeysFolder] for none.
const NoFolder = "none"

// DefaultLease is how long a sensitive profile is unlocked.
const DefaultLease = 30 * time.Minute

// ProgramRule decides on programs that want a profile for which a person must be asked.
type ProgramRule string

// The rules for programs.
const (
	// ProgramsAsk asks the person.
	ProgramsAsk ProgramRule = "ask"
	// ProgramsAlways unlocks a sensitive profile for programs without a consent; AWS may
	// still want a code.
	ProgramsAlways ProgramRule = "always"
	// ProgramsNever refuses them at once.
	ProgramsNever ProgramRule = "never"
)

// KeyringBackends returns the names of the keyrings of all systems.
func KeyringBackends() []string {
	return []string{"secret-service", "kwallet", "pass", "keychain", "wincred", "file"}
}

// ContainerColours returns those of Firefox's containers, as its contextualIdentities
// names them, except "toolbar", which is no colour:
// https://developer.mozilla.org/docs/Mozilla/Add-ons/WebExtensions/API/contextualIdentities/ContextualIdentity.
func ContainerColours() []string {
	return []string{"blue", "turquoise", "green", "yellow", "orange", "red", "pink", "purple"}
}

// Span is a duration that is written as text: "12h", "90m".
type Span time.Duration

// String returns the shortest form: "12h", not "12h0m0s".
func (s Span) String() string {
	d := time.Duration(s)
	switch {
	case d == 0:
		return ""
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return d.String()
}

// MarshalText returns String.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what [time.ParseDuration] does; "" is zero.
func (s *Span) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*s = 0
		return nil
	}
	d, err := time.ParseDuration(string(text))
	if err != nil {
		return lang.Errorf("%q is no duration; write it as 90m or 12h", text)
	}
	*s = Span(d)
	return nil
}

// SettingsReply has the settings and where they are stored.
type SettingsReply struct {
	Settings Settings `json:"settings"`
	// Path is that of config.toml, which a person may edit too.
	Path string `json:"path"`
	// Backends are the keyring backends of this system.
	Backends []string `json:"backends,omitempty"`
	// StartsAtLogin reports whether the agent starts with the desktop's session.
	StartsAtLogin bool `json:"starts_at_login"`
}

// SettingsRequest changes settings: all of them or, with an error that names the one at
// fault, none.
type SettingsRequest struct {
	Changes []SettingChange `json:"changes"`
}

// SettingChange gives one setting a value: a string, a bool, or nil for the default.
type SettingChange struct {
	// Key is the setting's, as config.toml has it: profile."my prod".favourite.
	Key   string `json:"key"`
	Value any    `json:"value"`
}
