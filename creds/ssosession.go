package creds

import "time"

// Session is an SSO session: an [sso-session] section of the config file, or the start
// URL of legacy profiles.
type Session struct {
	// ID names the session in requests: the name of its section, or the
	// start URL of a legacy one.
	ID       string `json:"id"`
	StartURL string `json:"start_url"`
	Region   string `json:"region"`
	// Legacy sessions have no section; AWS does not renew them.
	Legacy bool `json:"legacy,omitempty"`
	// Profiles is how many profiles use the session.
	Profiles int `json:"profiles"`

	// Phase is what the agent is doing about the session.
	Phase Phase `json:"phase"`
	// Expires is when the access token ends; zero if there is none.
	Expires time.Time `json:"expires,omitzero"`
	// Renewable tokens are renewed silently before they end, as long as AWS allows.
	Renewable bool `json:"renewable,omitempty"`
	// Over is set if there was a token and a person must sign in for the next one.
	Over bool `json:"over,omitempty"`
	// Err is why the last sign-in or renewal failed.
	Err *Error `json:"error,omitempty"`
	// Person is the name in Identity Center of the person who is signed in, or was
	// last; "" if unknown.
	Person string `json:"person,omitempty"`
	// Stranger is set while the access token belongs to another person who is not
	// confirmed: it is not used, and Err says so in one sentence. A sign-in asks for
	// the confirmation.
	Stranger *Person `json:"stranger,omitempty"`
	// Done and Total count the profiles that are refreshed after a sign-in; both are
	// zero otherwise.
	Done  int `json:"done,omitempty"`
	Total int `json:"total,omitempty"`
}

// State returns what people see of the session at the time now: none, valid,
// expired, refreshing, needs_sso or failed.
func (s Session) State(now time.Time) State {
	switch {
	case s.Phase == PhaseRefreshing || s.Total > 0:
		return StateRefreshing
	case s.Phase == PhaseNeedsSSO:
		return StateNeedsSSO
	case s.Over, s.Stranger != nil && !s.Renewable && !s.Expires.After(now):
		return StateExpired
	case s.Stranger != nil:
		return StateFailed // the token is valid, and not used
	case s.Expires.After(now):
		return StateValid
	case s.Phase == PhaseFailed:
		return StateFailed
	case s.Expires.IsZero():
		return StateNone
	case s.Renewable:
		// AWS decides at the next renewal whether the session is over.
		return StateValid
	}
	return StateExpired
}

// Next returns when State will change by itself, or the zero time if it will not.
func (s Session) Next(now time.Time) time.Time {
	ends := s.Expires.After(now) && (!s.Renewable || s.Phase == PhaseFailed)
	if state := s.State(now); ends && (state == StateValid || state == StateFailed) {
		return s.Expires
	}
	return time.Time{}
}

// SignInMethod is how a person signs in.
type SignInMethod string

// The methods.
const (
	// SignInBrowser redirects the browser to this machine: the authorization code grant
	// with PKCE (RFC 7636, RFC 8252).
	SignInBrowser SignInMethod = "browser"
	// SignInDeviceCode is for a browser on any machine: the person compares a code (RFC
	// 8628), or for the console brings back the one that the page shows.
	SignInDeviceCode SignInMethod = "device-code"
)

// SignInOptions say how to sign in. The zero value leaves that to the settings and the
// machine.
type SignInOptions struct {
	Method SignInMethod `json:"method,omitempty"`
	// NoBrowser shows the address and opens nothing.
	NoBrowser bool `json:"no_browser,omitempty"`
	// Place is where the page opens, as package browsers reads it.
	Place string `json:"place,omitempty"`
	// HasCode is set if whoever asks has an MFA code at hand, so that no program is run for
	// another.
	HasCode bool `json:"has_code,omitempty"`
}

// SignIn is the part of a prompt that asks to sign in.
type SignIn struct {
	// Session is the [Session.ID]; "" with [PromptConsole].
	Session  string `json:"session"`
	StartURL string `json:"start_url"`
	// Identity is the ARN of who is to sign in to the console; "" if that may be anybody.
	Identity string `json:"identity,omitempty"`
	// Begun is false until an answer starts the sign-in: only a person opens a browser,
	// not a program.
	Begun  bool         `json:"begun,omitempty"`
	Method SignInMethod `json:"method,omitempty"`
	// URL is the page to approve the sign-in on.
	URL string `json:"url,omitempty"`
	// Code must be the one that the page shows; empty with [SignInBrowser].
	Code string `json:"code,omitempty"`
	// Pastes is set if the page shows a code in the end, which is the answer to the
	// prompt.
	Pastes bool `json:"pastes,omitempty"`
	// Opening is set while a browser is being opened, and Opened afterwards. With
	// neither the person must open the URL.
	Opening bool `json:"opening,omitempty"`
	Opened  bool `json:"opened,omitempty"`
	// Place is where it opens, as package browsers writes it; "" is the system's
	// browser.
	Place string `json:"place,omitempty"`
	// Until is when the sign-in times out.
	Until time.Time `json:"until,omitzero"`
	// Note is one sentence on why the method differs from the requested one.
	Note string `json:"note,omitempty"`
}

// SSOLoginRequest asks to sign in to a session.
type SSOLoginRequest struct {
	Session string `json:"session"`
	// Force signs in again although the session is valid.
	Force bool `json:"force,omitempty"`
	SignInOptions
}

// SSOLoginReply is the result of a sign-in.
type SSOLoginReply struct {
	Session Session `json:"session"`
	// Refreshed is how many profiles got credentials.
	Refreshed int `json:"refreshed"`
	// Failed are the profiles that did not, and why.
	Failed []ProfileError `json:"failed,omitempty"`
	// Warning is one sentence about what else went wrong.
	Warning string `json:"warning,omitempty"`
}

// ProfileError is why one of many profiles has no credentials.
type ProfileError struct {
	Profile string `json:"profile"`
	Err     *Error `json:"error"`
}

// SSOAccount is an AWS account that a session gives access to.
type SSOAccount struct {
	ID    string   `json:"id"`
	Name  string   `json:"name"`
	Email string   `json:"email,omitempty"`
	Roles []string `json:"roles"`
	// Err is why AWS does not list the roles.
	Err *Error `json:"error,omitempty"`
}

// SSOPair is a role in an account.
type SSOPair struct {
	AccountID string `json:"account_id"`
	Role      string `json:"role"`
}

// SSOImportRequest asks for profiles for the accounts and roles of a session.
type SSOImportRequest struct {
	Session string `json:"session"`
	// Template makes a profile's name, in the language of text/template;
	// empty for {{.Account}}-{{.Role}}.
	Template string `json:"template,omitempty"`
	// Region is written to new profiles unless it is empty.
	Region string `json:"region,omitempty"`
	// Only are the roles to import; nil imports all of them.
	Only []SSOPair `json:"only"`
	// Drop are the roles whose imported profiles are to be removed.
	Drop []SSOPair `json:"drop,omitempty"`
	// Prune removes what an earlier import made and AWS no longer lists.
	Prune bool `json:"prune,omitempty"`
	// Rename gives profiles of an earlier import the names that the template
	// makes now.
	Rename bool `json:"rename,omitempty"`
	// Refetch asks AWS for the list again; else a list of the last minutes is used, so
	// that a preview costs no call.
	Refetch bool `json:"refetch,omitempty"`
	ConfigWrite
}

// SSOMigrateRequest asks to move legacy profiles to an [sso-session].
type SSOMigrateRequest struct {
	// StartURL is that of the profiles.
	StartURL string `json:"start_url"`
	// Region is their sso_region; empty if all of them have the same.
	Region string `json:"region,omitempty"`
	// Name is the section's; empty for one made of the start URL.
	Name string `json:"name,omitempty"`
	ConfigWrite
}

// ConfigWrite says whether a change of the config file is only shown.
type ConfigWrite struct {
	// Write makes the change.
	Write bool `json:"write,omitempty"`
	// Seen is the [ConfigChange.Fingerprint] of the change that a person has agreed to;
	// another one is refused with [CodePlanChanged]. Empty agrees to any change.
	Seen string `json:"seen,omitempty"`
}

// ConfigChange is a change of the config file, made or only shown.
type ConfigChange struct {
	// Path is the config file's.
	Path string `json:"path"`
	// Diff is in the unified format; empty if nothing changes.
	Diff string `json:"diff,omitempty"`
	// Fingerprint names the change.
	Fingerprint string `json:"fingerprint"`
	Written     bool   `json:"written,omitempty"`

	Added   []ImportedProfile `json:"added,omitempty"`
	Changed []ImportedProfile `json:"changed,omitempty"`
	Removed []ImportedProfile `json:"removed,omitempty"`
	// Kept exist already.
	Kept []ImportedProfile `json:"kept,omitempty"`
	// Skipped are not changed, and say why.
	Skipped []ImportedProfile `json:"skipped,omitempty"`
	// Warnings are sentences on what else a person should know before the write.
	Warnings []string `json:"warnings,omitempty"`
}

// ImportedProfile is a profile in a [ConfigChange].
type ImportedProfile struct {
	Profile   string `json:"profile"`
	AccountID string `json:"account_id,omitempty"`
	Account   string `json:"account,omitempty"`
	Role      string `json:"role,omitempty"`
	// Why says in one sentence why it was skipped, or what changes.
	Why string `json:"why,omitempty"`
}

// AddSessionRequest asks to write an [sso-session] section to the config file.
type AddSessionRequest struct {
	Name string `json:"name"`
	// StartURL is that of the access portal: https://corp.awsapps.com/start. It is
	// written in its canonical form.
	StartURL string `json:"start_url"`
	// Region is the one that Identity Center is in.
	Region string `json:"region"`
}
