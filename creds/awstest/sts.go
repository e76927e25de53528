package awstest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// sts models the Security Token Service, which uses the state of IAM, under its lock.
// https://docs.aws.amazon.com/STS/latest/APIReference/
type sts struct{ *IAM }

func (s sts) service() *queryService {
	return &queryService{
		mu:      &s.mu,
		name:    "sts",
		version: "2011-06-15",
		xmlns:   "https://sts.amazonaws.com/doc/2011-06-15/",
		actions: map[string]action{
			"GetCallerIdentity":  {nil, s.getCallerIdentity},
			"GetAccessKeyInfo":   {[]string{"AccessKeyId"}, s.getAccessKeyInfo},
			"GetSessionToken":    {[]string{"DurationSeconds", "SerialNumber", "TokenCode"}, s.getSessionToken},
			"GetFederationToken": {[]string{"Name", "Policy", "DurationSeconds"}, s.getFederationToken},
			"AssumeRole": {append([]string{
				"RoleArn", "RoleSessionName", "DurationSeconds", "ExternalId", "SerialNumber", "TokenCode",
			}, policyParams()...), s.assumeRole},
		},
	}
}

// The patterns of STS's model; \w is ASCII there and here.
var (
	sessionNamePattern = regexp.MustCompile(`^[\w+=,.@-]*$`)
	externalIDPattern  = regexp.MustCompile(`^[\w+=,.@:\/-]*$`)
	serialPattern      = regexp.MustCompile(`^[\w+=/:,.@-]*$`)
	codePattern        = regexp.MustCompile(`^[\d]*$`)
	keyIDPattern       = regexp.MustCompile(`^[\w]*$`)
	arnPattern         = regexp.MustCompile("^[\u0009\u000a\u000d\u0020-\u007e\u0085\u00a0-\ufffd]+$")
	roleARNPattern     = regexp.MustCompile(`^arn:(aws[a-z-]*):iam::(\d{12}):role/(?:[\x21-\x7e]+/)?([\w+=,.@-]+)$`)
)

// policyParams are the parameters of the ten managed policies that may bound a session.
func policyParams() []string {
	var names []string
	for n := range 10 {
		names = append(names, fmt.Sprintf("PolicyArns.member.%d.arn", n+1))
	}
	return names
}

type credentialsXML struct {
	AccessKeyID     string `xml:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      string
}

func credentialsOf(k *key) credentialsXML {
	return credentialsXML{k.id, k.secret, k.token, timestamp(k.expires)}
}

// getCallerIdentity needs no permission and cannot be denied.
func (s sts) getCallerIdentity(r *request) (any, error) {
	return struct {
		Arn     string
		UserID  string `xml:"UserId"`
		Account string
	}{r.caller.arn(), r.caller.userID(), r.caller.account().id}, nil
}

func (s sts) getAccessKeyInfo(r *request) (any, error) {
	c := checker{form: r.Values}
	c.require("AccessKeyId")
	c.text("AccessKeyId", 16, 128, keyIDPattern)
	if err := c.err(); err != nil {
		return nil, err
	}
	if err := sessionless(r, "GetAccessKeyInfo"); err != nil {
		return nil, err
	}
	k := s.keys[r.Get("AccessKeyId")]
	if k == nil {
		return nil, validation("The access key id is not valid.")
	}
	return struct{ Account string }{k.account().id}, nil
}

// sessionless refuses the sessions of GetSessionToken, which may only call AssumeRole and
// GetCallerIdentity of STS, and those of GetFederationToken, which may only call the
// latter.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html
func sessionless(r *request, action string) error {
	if r.caller.temporary() && r.caller.user != nil {
		return denied("Cannot call " + action + " with session credentials")
	}
	return nil
}

func (s sts) getSessionToken(r *request) (any, error) {
	c := checker{form: r.Values}
	d := c.seconds("DurationSeconds", 900, 129600, 43200)
	c.mfa()
	if err := c.err(); err != nil {
		return nil, err
	}
	if r.caller.temporary() {
		return nil, denied("Cannot call GetSessionToken with session credentials")
	}
	if !r.caller.allows("sts:GetSessionToken") {
		return nil, denied(fmt.Sprintf("User: %s is not authorized to perform: sts:GetSessionToken on resource: %[1]s with an explicit deny in an identity-based policy",
			r.caller.arn()))
	}
	mfa, err := s.checkMFA(r)
	if err != nil {
		return nil, err
	}
	k := s.newSessionLocked(key{user: r.caller.user, mfa: mfa}, r.caller.user.sessionLimit(d))
	return struct{ Credentials credentialsXML }{credentialsOf(k)}, nil
}

// sessionLimit is d, or the hour that a root user's sessions last at most.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html
func (u *User) sessionLimit(d time.Duration) time.Duration {
	if u.isRoot {
		return min(d, time.Hour)
	}
	return d
}

// mfa checks the shape of the two parameters of a code.
func (c *checker) mfa() {
	c.text("SerialNumber", 9, 256, serialPattern)
	c.text("TokenCode", 6, 6, codePattern)
}

// checkMFA checks the code of a call, if it has one, and marks a right one as used. It
// reports whether the call has a right one.
func (s sts) checkMFA(r *request) (bool, error) {
	serial, code := r.Get("SerialNumber"), r.Get("TokenCode")
	switch {
	case serial == "" && code == "":
		return false, nil
	case serial == "" || code == "":
		return false, denied("MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.")
	}
	d := r.caller.account().devices[serial]
	if d == nil || d.user != r.caller.user {
		return false, denied("MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.")
	}
	if !d.accept(code, r.now) {
		return false, denied("MultiFactorAuthentication failed with invalid MFA one time pass code.")
	}
	return true, nil
}

func (s sts) assumeRole(r *request) (any, error) {
	c := checker{form: r.Values}
	c.require("RoleArn")
	c.require("RoleSessionName")
	c.text("RoleArn", 20, 2048, arnPattern)
	c.text("RoleSessionName", 2, 64, sessionNamePattern)
	c.text("ExternalId", 2, 1224, externalIDPattern)
	for _, name := range policyParams() {
		c.text(name, 20, 2048, arnPattern)
	}
	d := c.seconds("DurationSeconds", 900, 43200, 3600)
	c.mfa()
	if err := c.err(); err != nil {
		return nil, err
	}
	arn := r.Get("RoleArn")
	if !roleARNPattern.MatchString(arn) {
		return nil, validation(arn + " is invalid")
	}
	switch u := r.caller.user; {
	case r.caller.federated != "":
		return nil, notAuthorized(r.caller, "sts:AssumeRole", arn)
	case u != nil && u.isRoot:
		return nil, denied("Roles may not be assumed by root accounts.")
	}
	mfa, err := s.checkMFA(r)
	if err != nil {
		return nil, err
	}
	// A session of GetSessionToken keeps the code it was made with, a role's
	// never has one: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
	mfa = mfa || r.caller.mfa
	role := s.roleLocked(arn)
	if role == nil || !role.admits(r.caller, mfa, r.Get("ExternalId")) {
		return nil, notAuthorized(r.caller, "sts:AssumeRole", arn)
	}
	switch {
	case r.caller.temporary() && d > time.Hour:
		return nil, validation("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	case d > role.maxSession:
		return nil, validation("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	k := s.newSessionLocked(key{role: role, session: r.Get("RoleSessionName"), chained: r.caller.temporary()}, d)
	type assumedRoleUser struct {
		AssumedRoleID string `xml:"AssumedRoleId"`
		Arn           string
	}
	return struct {
		Credentials     credentialsXML
		AssumedRoleUser assumedRoleUser
	}{credentialsOf(k), assumedRoleUser{k.userID(), k.arn()}}, nil
}

func notAuthorized(caller *key, action, resource string) error {
	return denied(fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s", caller.arn(), action, resource))
}

// roleLocked returns the role with exactly this ARN, or nil.
func (s sts) roleLocked(arn string) *Role {
	m := roleARNPattern.FindStringSubmatch(arn)
	acct := s.accounts[m[2]]
	if acct == nil {
		return nil
	}
	if role := acct.roles[m[3]]; role != nil && role.ARN() == arn {
		return role
	}
	return nil
}

// admits reports whether the caller may assume the role: the trust policy must
// name it, its conditions must hold, and the caller's own policies must allow it; within
// one account a trust policy that names the caller itself suffices.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
func (r *Role) admits(caller *key, mfa bool, externalID string) bool {
	acct := caller.account()
	itself := slices.Contains(r.trust.Principals, caller.principal())
	account := slices.Contains(r.trust.Principals, acct.id) || slices.Contains(r.trust.Principals, acct.RootARN())
	own := caller.permissions()
	switch {
	case !itself && !account,
		r.trust.RequireMFA && !mfa,
		r.trust.ExternalID != "" && r.trust.ExternalID != externalID,
		!own.allows("sts:AssumeRole", mfa),
		!strings.HasPrefix(r.ARN(), "arn:"+acct.partition+":"):
		return false
	case itself && acct == r.acct:
		return true
	}
	return own.allowsRole(r.ARN(), mfa)
}
