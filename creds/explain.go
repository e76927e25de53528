package creds

import (
	"time"

	"daypass/internal/lang"
)

// Explanation is how a profile gets its credentials.
type Explanation struct {
	// Links are in the order in which one leads to the next: the key or the sign-in
	// first, the section of the credentials file last.
	Links []ExplainedLink `json:"links"`
	// Flaws are those of the profiles in the chain; see [Status].
	Flaws []Error `json:"flaws,omitempty"`
	// Values are those that decide on the credentials, with where each is from.
	Values []ExplainedValue `json:"values,omitempty"`
}

// ExplainedValue is one value that decides on a profile's credentials.
type ExplainedValue struct {
	Name  ValueName `json:"name"`
	Value string    `json:"value"`
	From  ValueFrom `json:"from"`
	// Where names the setting and its section; empty for a default.
	Where string `json:"where,omitempty"`
}

// ValueName is what a value is of.
type ValueName string

// The values, in the order in which they are shown.
const (
	ValueRegion   ValueName = "region"
	ValueDevice   ValueName = "mfa_device"
	ValueRole     ValueName = "role"
	ValueDuration ValueName = "duration"
	ValueLayout   ValueName = "layout"
	ValueSection  ValueName = "section"
)

// Label is what people call the value.
func (n ValueName) Label() string {
	switch n {
	case ValueRegion:
		return lang.T("region")
	case ValueDevice:
		return lang.T("MFA device")
	case ValueRole:
		return lang.T("role")
	case ValueDuration:
		return lang.T("duration")
	case ValueLayout:
		return lang.T("layout")
	case ValueSection:
		return lang.T("section")
	}
	return string(n)
}

// ValueFrom is what a value is from, by precedence.
type ValueFrom string

// What values are from.
const (
	// FromLogin is what a login has said, by its flags or the environment.
	FromLogin ValueFrom = "login"
	// FromFile is a setting in the AWS files.
	FromFile ValueFrom = "file"
	// FromSettings is one of daypass's settings.
	FromSettings ValueFrom = "settings"
	// FromDefault is daypass's default.
	FromDefault ValueFrom = "default"
)

// Words say what the value is from.
func (v ExplainedValue) Words() string {
	switch {
	case v.Where != "":
		return v.Where
	case v.From == FromLogin:
		return lang.T("the login")
	}
	return lang.T("the default")
}

// ExplainedLink is one step of an [Explanation].
type ExplainedLink struct {
	Kind LinkKind `json:"kind"`
	// Profile is the one whose settings define the step.
	Profile string `json:"profile,omitempty"`
	// Title says what it is in a few words: "role Admin in 111111111111".
	Title string `json:"title"`
	// Detail is an ARN, a serial number, a start URL or a path, or "".
	Detail string `json:"detail,omitempty"`
	// Expires is when the step's credentials end; zero if there are none, or if they do
	// not end.
	Expires time.Time `json:"expires,omitzero"`
	// Missing is one sentence on why the step cannot give credentials, or "".
	Missing string `json:"missing,omitempty"`
}

// LinkKind is the kind of a step.
type LinkKind string

// The kinds of step.
const (
	// LinkKey is a long-term key in the keyring.
	LinkKey LinkKind = "key"
	// LinkSignIn is a sign-in in the browser.
	LinkSignIn LinkKind = "sign_in"
	// LinkSession is an IAM user's session, with or without MFA.
	LinkSession LinkKind = "session"
	// LinkSSORole is a role that Identity Center gives.
	LinkSSORole LinkKind = "sso_role"
	// LinkRole is a role that is assumed.
	LinkRole LinkKind = "role"
	// LinkFile is the section of the credentials file.
	LinkFile LinkKind = "file"
)
