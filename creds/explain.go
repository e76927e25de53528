package creds

import "time"

// Explanation is how a profile gets its credentials.
type Explanation struct {
	// Links are in the order in which one leads to the next: the key or the sign-in
	// first, the section of the credentials file last.
	Links []ExplainedLink `json:"links"`
	// Flaws are those of the profiles in the chain; see [Status].
	Flaws []Error `json:"flaws,omitempty"`
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
