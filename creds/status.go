// Package creds holds the words of the domain: profiles and their kinds, status and
// states, sessions, prompts, settings, and errors with their codes. The core decides
// with them, package agentapi carries them over the socket, and tray, windows and
// command line show them.
//
// It links neither the AWS SDK nor the keyring.
package creds

import (
	"cmp"
	"slices"
	"time"

	"daypass/internal/lang"
)

// Kind is how a profile gets its credentials.
type Kind string

// The kinds of profile.
const (
	// KindUser is an IAM user with a long-term key; GetSessionToken returns its temporary
	// credentials.
	KindUser Kind = "user"
	// KindRole is a role assumed with the credentials of a source profile.
	KindRole Kind = "role"
	// KindSSO is an IAM Identity Center account and role.
	KindSSO Kind = "sso"
	// KindConsole is a sign-in to AWS's console, as "aws login" makes it.
	KindConsole Kind = "console"
	// KindProcess is a person's own program that prints credentials, as credential_process
	// names it.
	KindProcess Kind = "process"
	// KindOther is a profile whose credentials daypass does not manage: web identity, a
	// credential_process that is daypass itself, or none at all.
	KindOther Kind = "other"
)

// kinds say what is the same in all rooms of each kind. How one comes by its
// credentials is in its source, in the rooms profile and core.
var kinds = map[Kind]struct {
	// label is what people call it, and withMFA what they call it if it takes a
	// code, unless that is the same.
	label, withMFA lang.Text
	// link is the step that shows a profile whose chain is broken.
	link LinkKind
	// foreign is set if daypass leaves the credentials to other programs.
	foreign bool
}{
	KindUser:    {label: "IAM user", withMFA: "IAM user with MFA", link: LinkKey},
	KindRole:    {label: "Assumed role", link: LinkRole},
	KindSSO:     {label: "Identity Center", link: LinkSSORole},
	KindConsole: {label: "Console sign-in", link: LinkSignIn},
	KindProcess: {label: "Program", withMFA: "Program with MFA", link: LinkKey},
	KindOther:   {label: "Other", link: LinkRole, foreign: true},
}

// Foreign reports whether daypass leaves the credentials of such profiles to other
// programs.
func (k Kind) Foreign() bool { return kinds[k].foreign }

// Link returns the kind of step that shows such a profile if its chain is broken.
func (k Kind) Link() LinkKind { return cmp.Or(kinds[k].link, LinkRole) }

// KindLabel says to people how the profile comes by its credentials.
func (s Status) KindLabel() string {
	k := kinds[s.Kind]
	if s.MFASerial != "" && k.withMFA != "" {
		return k.withMFA.String()
	}
	return k.label.String()
}

// Phase is what the agent is doing about a profile. People see the [Status.State].
type Phase string

// The phases.
const (
	PhaseIdle       Phase = "idle"
	PhaseRefreshing Phase = "refreshing"
	PhaseNeedsMFA   Phase = "needs_mfa"
	PhaseNeedsSSO   Phase = "needs_sso"
	PhaseFailed     Phase = "failed"
)

// State is what people see of a profile: a function of the facts in [Status]
// and of the time.
type State string

// The states.
const (
	// StateNone has no temporary credentials, and none were requested.
	StateNone State = "none"
	// StateValid has valid credentials.
	StateValid State = "valid"
	// StateEnding has credentials that end soon; see [Lead].
	StateEnding State = "ending"
	// StateExpired had credentials that have ended.
	StateExpired State = "expired"
	// StateRefreshing is being refreshed.
	StateRefreshing State = "refreshing"
	// StateNeedsMFA waits for a person to type a code.
	StateNeedsMFA State = "needs_mfa"
	// StateNeedsSSO waits for a person to sign in with a browser.
	StateNeedsSSO State = "needs_sso"
	// StateFailed could not be refreshed; [Status.Err] says why.
	StateFailed State = "failed"
)

// Status holds the facts about one profile.
type Status struct {
	Name  string `json:"name"`
	Kind  Kind   `json:"kind"`
	Phase Phase  `json:"phase"`

	// Issued and Expires bound the temporary credentials; both are zero if there are
	// none.
	Issued  time.Time `json:"issued,omitzero"`
	Expires time.Time `json:"expires,omitzero"`

	// Err is why the last refresh failed, or why this profile can have no credentials.
	Err *Error `json:"error,omitempty"`
	// Note is one sentence about credentials that are valid but differ from the
	// request, such as a duration that AWS cut to an hour.
	Note string `json:"note,omitempty"`
	// Warning is one sentence about what else went wrong in a login; only the answer to
	// that has it.
	Warning string `json:"warning,omitempty"`

	// Flaws are settings in the AWS files that AWS's own tools do not read, or read
	// otherwise than daypass, with what to do. Unfound is set if, because of one of
	// them, some tools do not find the section WrittenAs.
	Flaws   []Error `json:"flaws,omitempty"`
	Unfound bool    `json:"unfound,omitempty"`

	AccountID string `json:"account_id,omitempty"`
	// AccountName is what the settings or Identity Center call the account; empty if unknown.
	AccountName   string `json:"account_name,omitempty"`
	Region        string `json:"region,omitempty"`
	RoleARN       string `json:"role_arn,omitempty"`
	SourceProfile string `json:"source_profile,omitempty"`
	// KeyProfile is the profile at the start of its role chain, whose long-term key or
	// sign-in is used; empty if that is the profile itself.
	KeyProfile string `json:"key_profile,omitempty"`
	// MFASerial is the device whose code this profile needs, set on the profile itself
	// or on its source.
	MFASerial string `json:"mfa_serial,omitempty"`
	// WrittenAs is the section of the credentials file for the temporary credentials:
	// the profile's own name, or a derived one where AWS's tools disagree on the meaning
	// of the profile's own section.
	WrittenAs string `json:"written_as,omitempty"`
	// Section is WrittenAs, or the section that the temporary credentials will be written to.
	// Only the status of a single profile has it.
	Section string `json:"section,omitempty"`
	// MFA is set if a code was given for the temporary credentials.
	MFA bool `json:"mfa,omitempty"`
	// UserARN is the IAM user whose long-term key the profile has, if daypass has asked AWS.
	UserARN string `json:"user_arn,omitempty"`
	// Key is the profile's own long-term key; nil if it has none.
	Key *KeyStatus `json:"key,omitempty"`
	// Removing is when the profile will be removed, unless that is undone; zero for never.
	Removing time.Time `json:"removing,omitzero"`
	// Session is the [Session.ID] of the SSO session that the profile, or its source,
	// uses.
	Session string `json:"sso_session,omitempty"`
	// Person is the [Session.Person] of the SSO session.
	Person string `json:"sso_person,omitempty"`
	// RoleName is the sso_role_name.
	RoleName string `json:"sso_role_name,omitempty"`
	// LoginSession is the ARN of who is signed in to the console for the profile, or its
	// source, as login_session has it. SignInEnds is when that sign-in ends and somebody
	// must sign in anew; zero if that is not known, or if nobody is signed in.
	LoginSession string    `json:"login_session,omitempty"`
	SignInEnds   time.Time `json:"sign_in_ends,omitzero"`
	// LastUsed is when a person or a program last requested this profile.
	LastUsed time.Time `json:"last_used,omitzero"`
	// NeedsPerson reports whether a renewal needs an MFA code, a sign-in or a consent.
	// Otherwise the profile is renewed silently while it is in use.
	NeedsPerson bool `json:"needs_person,omitempty"`
	// Favourite, Sensitive and Unannounced are the person's settings: the profile comes
	// first, is unlocked for a time only, ends without a notice.
	Favourite   bool `json:"favourite,omitempty"`
	Sensitive   bool `json:"sensitive,omitempty"`
	Unannounced bool `json:"unannounced,omitempty"`
}

// Lead returns how long before their end credentials of a lifetime count as ending: half
// an hour for 12 hours, ten minutes for one hour.
func Lead(lifetime time.Duration) time.Duration {
	return min(lifetime/6, 30*time.Minute)
}

// State returns what people see at the time now.
func (s Status) State(now time.Time) State {
	switch s.Phase {
	case PhaseRefreshing:
		return StateRefreshing
	case PhaseNeedsMFA:
		return StateNeedsMFA
	case PhaseNeedsSSO:
		return StateNeedsSSO
	case PhaseFailed:
		// Credentials that are still valid matter more than a failed renewal.
		if !s.Expires.After(now) {
			return StateFailed
		}
	case PhaseIdle:
	}
	switch {
	case s.Expires.IsZero():
		return StateNone
	case !s.Expires.After(now):
		return StateExpired
	case !s.Expires.Add(-Lead(s.Expires.Sub(s.Issued))).After(now):
		return StateEnding
	}
	return StateValid
}

// Next returns when State will change by itself, or the zero time if it will not.
func (s Status) Next(now time.Time) time.Time {
	switch s.State(now) {
	case StateValid:
		return s.Expires.Add(-Lead(s.Expires.Sub(s.Issued)))
	case StateEnding:
		return s.Expires
	default:
		return time.Time{}
	}
}

// Left returns how long the credentials are still valid at the time now; zero if there
// are none.
func (s Status) Left(now time.Time) time.Duration {
	if s.Expires.IsZero() {
		return 0
	}
	return max(0, s.Expires.Sub(now))
}

// Foreign reports whether the profile gets its credentials in a way that daypass does not
// manage. That is no problem.
func (s Status) Foreign() bool {
	if s.Err != nil && s.Err.Code == CodeNoKey {
		return false
	}
	return s.Kind.Foreign() || s.Err != nil && s.Err.Code == CodeUnsupported
}

// OfKeyring reports whether an error says that the keyring is locked or does not answer.
// Daypass can then only read it again.
func (e *Error) OfKeyring() bool {
	return e != nil && (e.Code == CodeKeyringLocked || e.Code == CodeKeyringUnavailable)
}

// AwaitsKeyring reports whether the profile's key may be in a keyring that could not be
// read yet.
func (s Status) AwaitsKeyring() bool { return s.Phase == PhaseIdle && s.Err.OfKeyring() }

// KeyOwner is the profile whose long-term key or sign-in this one uses.
func (s Status) KeyOwner() string { return cmp.Or(s.KeyProfile, s.Name) }

// NeedsSignIn reports whether what a person does for new credentials is a sign-in in
// the browser.
func (s Status) NeedsSignIn() bool {
	return s.Kind == KindConsole || s.LoginSession != "" || s.Session != "" && s.MFASerial == ""
}

// OfConsole reports whether the profile's credentials come from a sign-in to the console.
func (s Status) OfConsole() bool { return s.Kind == KindConsole || s.LoginSession != "" }

// KeptAlive reports whether the credentials are those of a sign-in to the console that
// goes on: they last for minutes and are renewed silently, so that only SignInEnds matters
// to a person.
func (s Status) KeptAlive(now time.Time) bool {
	return s.Kind == KindConsole && !s.NeedsPerson && !s.Sensitive &&
		s.State(now) == StateValid && s.Phase != PhaseFailed &&
		(s.SignInEnds.IsZero() || s.SignInEnds.After(now))
}

// Noteworthy reports whether the profile has credentials at the time now, had some, or
// has a problem that its owner can solve. A missing key is no problem until the profile
// is requested; a locked keyring is a problem of its own.
func (s Status) Noteworthy(now time.Time) bool {
	if s.State(now) != StateNone {
		return true
	}
	return s.Err != nil && s.Err.Code != CodeNoKey && !s.AwaitsKeyring() && !s.Foreign()
}

// Nearness ranks profiles by how likely their person needs them: where not all fit, the
// nearer ones are shown first.
type Nearness int

// The degrees of nearness, nearest first.
const (
	// NearFavourite is marked by the person.
	NearFavourite Nearness = iota
	// NearUsed has credentials, or was requested.
	NearUsed
	// NearReady can get credentials: its long-term key is stored, or its SSO session is
	// signed in to.
	NearReady
	// NearRest are all others.
	NearRest
)

// Nearness returns a function that ranks the snapshot's profiles at the time now.
func (s Snapshot) Nearness(now time.Time) func(Status) Nearness {
	signedIn := make(map[string]bool, len(s.Sessions))
	for _, one := range s.Sessions {
		signedIn[one.ID] = one.State(now) == StateValid
	}
	return func(p Status) Nearness {
		switch {
		case p.Favourite:
			return NearFavourite
		case p.Left(now) > 0, !p.LastUsed.IsZero():
			return NearUsed
		case p.Err == nil && !p.Kind.Foreign() && (p.Session == "" || signedIn[p.Session]):
			return NearReady
		}
		return NearRest
	}
}

// Raised names a window of daypass-ui, and counts how often it was requested.
type Raised struct {
	// Window is empty until one is requested.
	Window string `json:"window"`
	// Arg is what the window shows, or "": see [ShowRequest].
	Arg   string `json:"arg,omitempty"`
	Times int    `json:"times"`
}

// Unshown says why a window could not be shown, and counts how often to report that.
type Unshown struct {
	// Why is a clause.
	Why string `json:"why"`
	// Profile is the one whose prompt must be answered elsewhere, or "".
	Profile string `json:"profile,omitempty"`
	Times   int    `json:"times"`
}

// Snapshot is the state of the agent at one moment. It is never changed after it was
// published, so it may be read without a lock.
type Snapshot struct {
	// Profiles are sorted by name.
	Profiles []Status `json:"profiles"`
	// Prompts are open, oldest first.
	Prompts []Prompt `json:"prompts,omitempty"`
	// Sessions are the SSO sessions, sorted by ID.
	Sessions []Session `json:"sessions,omitempty"`
	// Bookmarks are pages of the console, in their order.
	Bookmarks []Bookmark `json:"bookmarks,omitempty"`
	// Visits are the consoles that were opened last, the latest first.
	Visits []Visit `json:"visits,omitempty"`
	// Problems concern no single profile: a keyring that is locked, a
	// config file that cannot be read.
	Problems []Error `json:"problems,omitempty"`
	// Raised is the window that was last requested while it was open: it comes to the
	// front when its Times grows.
	Raised Raised `json:"raised,omitzero"`
	// NoIcon reports whether the agent has a tray icon that the desktop does not show.
	NoIcon bool `json:"no_icon,omitempty"`
	// Unshown is the window that could last not be shown: it is reported when its Times
	// grows.
	Unshown Unshown `json:"unshown,omitzero"`
	// DoNotDisturb reports whether the person wants no notices but answers to clicks.
	DoNotDisturb bool `json:"do_not_disturb,omitempty"`
}

// Profile returns the status of the named profile.
func (s Snapshot) Profile(name string) (Status, bool) {
	return find(s.Profiles, func(p Status) bool { return p.Name == name })
}

// Session returns the session of this ID.
func (s Snapshot) Session(id string) (Session, bool) {
	return find(s.Sessions, func(one Session) bool { return one.ID == id })
}

func find[T any](all []T, is func(T) bool) (one T, found bool) {
	i := slices.IndexFunc(all, is)
	if i < 0 {
		return one, false
	}
	return all[i], true
}
