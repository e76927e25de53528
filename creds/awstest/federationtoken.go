package awstest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// maxPolicy is how many characters an inline session policy may have.
const maxPolicy = 2048

var (
	federatedNamePattern = regexp.MustCompile(`^[\w+=,.@-]*$`)
	policyPattern        = regexp.MustCompile("^[\u0009\u000a\u000d\u0020-\u00ff]+$")
)

// getFederationToken issues temporary credentials for a long-term key. They may do what
// the user and the session policy both allow, so nothing without a policy.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
func (s sts) getFederationToken(r *request) (any, error) {
	c := checker{form: r.Values}
	c.require("Name")
	c.text("Name", 2, 32, federatedNamePattern)
	c.text("Policy", 1, maxPolicy, policyPattern)
	d := c.seconds("DurationSeconds", 900, 129600, 43200)
	if err := c.err(); err != nil {
		return nil, err
	}
	if r.caller.temporary() {
		return nil, denied("Cannot call GetFederationToken with session credentials")
	}
	u := r.caller.user
	if arn := u.acct.arn("sts", "federated-user/"+r.Get("Name")); !r.caller.allows("sts:GetFederationToken") {
		return nil, notAuthorized(r.caller, "sts:GetFederationToken", arn)
	}
	var p *policy
	size := 0
	if r.Has("Policy") {
		var err error
		if p, err = parsePolicy(r.Get("Policy")); err != nil {
			return nil, err
		}
		// AWS's packing is unknown: this is the share of the plain limit.
		size = (100*len(r.Get("Policy")) + maxPolicy - 1) / maxPolicy
	}
	k := s.newSessionLocked(key{user: u, federated: r.Get("Name"), policy: p}, u.sessionLimit(d))
	type federatedUser struct {
		FederatedUserID string `xml:"FederatedUserId"`
		Arn             string
	}
	return struct {
		Credentials      credentialsXML
		FederatedUser    federatedUser
		PackedPolicySize int `xml:",omitempty"`
	}{credentialsOf(k), federatedUser{k.userID(), k.arn()}, size}, nil
}

// policy is a session policy.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
type policy struct {
	Version   string
	ID        string `json:"Id"`
	Statement oneOrMany[statement]
}

type statement struct {
	Sid, Effect           string
	Action, NotAction     oneOrMany[string]
	Resource, NotResource oneOrMany[string]
	Condition             map[string]map[string]oneOrMany[any]
}

// oneOrMany is a list, whose brackets a policy may leave out around one element.
type oneOrMany[T any] []T

// UnmarshalJSON implements json.Unmarshaler.
func (l *oneOrMany[T]) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*l = nil
		return nil
	}
	*l = make([]T, 1)
	into := any(&(*l)[0])
	if text[0] == '[' {
		into = (*[]T)(l)
	}
	return strictJSON(string(text), into)
}

// strictJSON decodes a text that has no fields but the model's.
func strictJSON(text string, into any) error {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}

var actionNamePattern = regexp.MustCompile(`^(\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+|\*:\*)$`)

// parsePolicy reads a session policy. It does not check whether services and actions
// exist.
func parsePolicy(text string) (*policy, error) {
	if !json.Valid([]byte(text)) {
		return nil, malformedPolicy("The policy is not in the valid JSON format.")
	}
	p := &policy{}
	if err := strictJSON(text, p); err != nil || len(p.Statement) == 0 ||
		!slices.Contains([]string{"", "2008-10-17", "2012-10-17"}, p.Version) ||
		slices.ContainsFunc(p.Statement, func(s statement) bool { return !s.wellFormed() }) {
		return nil, malformedPolicy("Syntax errors in policy.")
	}
	return p, nil
}

func malformedPolicy(message string) error {
	return refuse(http.StatusBadRequest, "MalformedPolicyDocument", message)
}

func (s *statement) wellFormed() bool {
	actions := slices.Concat(s.Action, s.NotAction)
	return (s.Effect == "Allow" || s.Effect == "Deny") &&
		(len(s.Action) == 0) != (len(s.NotAction) == 0) &&
		(len(s.Resource) == 0) != (len(s.NotResource) == 0) &&
		!slices.ContainsFunc(actions, func(a string) bool { return !actionNamePattern.MatchString(a) })
}

// all reports whether the statement is about all actions on all resources.
func (s *statement) all() bool {
	every := func(list []string) bool { return slices.Contains(list, "*") || slices.Contains(list, "*:*") }
	return every(s.Action) && every(s.Resource) && len(s.Condition) == 0
}

// grants describes what the credentials may do.
func (k *key) grants() string {
	iam := k.account().iam
	iam.mu.Lock()
	defer iam.mu.Unlock()
	if k.role != nil {
		return "all that the role has"
	}
	allow := func(s statement) bool { return s.Effect == "Allow" }
	switch {
	case k.policy == nil:
		return "none: no session policy was given"
	case k.user.needsMFA:
		return fmt.Sprintf("none: the policies of %s demand MFA", k.user.name)
	case !slices.ContainsFunc(k.policy.Statement, allow):
		return "none: the session policy allows nothing"
	case slices.ContainsFunc(k.policy.Statement, func(s statement) bool { return allow(s) && s.all() }) &&
		!slices.ContainsFunc(k.policy.Statement, func(s statement) bool { return !allow(s) }):
		return "all that " + k.user.name + " has"
	}
	return "part of what " + k.user.name + " has"
}
