package profile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"daypass/creds"
	"daypass/internal/partition"
)

// Resolver are all the profiles of the AWS files.
type Resolver struct {
	ByName map[string]Profile
	// HasKey reports whether the keyring holds a long-term key under a
	// profile's name.
	HasKey func(name string) bool
	// Ours reports whether a profile's temporary credentials are of our own
	// making.
	Ours func(Profile) bool
	// Endpoint names where calls for a profile go to, "" for AWS's own
	// endpoint of the region. Nil is "" for all.
	Endpoint func(service string, own Endpoints) string
	// KeyAlone reports whether a profile's roles are assumed without the MFA device
	// of their user. Nil is no for all.
	KeyAlone func(name string) bool
	// Unread is why it is not known which keys the keyring holds, nil if it is:
	// the error of a profile whose key may be there.
	Unread error
}

// A Role is one AssumeRole in a chain.
type Role struct {
	Profile Profile
	ARN     string
	// Endpoints are those that the call goes by, and endpoint names them; see
	// [Resolver].
	Endpoints Endpoints
	Endpoint  string
}

// Chain is how a profile comes by its credentials: a base, and the roles that
// are assumed one after the other, the profile's own last.
type Chain struct {
	// Asked is the name of the profile that the chain was resolved for.
	Asked string
	Kind  creds.Kind
	// Base is the profile that all starts from, and Source is what it starts from:
	// the kind of a profile that has the same and no role.
	Base   Profile
	Source creds.Kind
	Roles  []Role
	// MFASerial is the device whose code the chain needs, or "", and mfaOfSource is
	// set if no role's profile names it but that of their user, which the AWS CLI
	// does not look at.
	MFASerial   string
	MFAOfSource bool
	// Spared is that device where no code of it is asked for.
	Spared string
	// SSOSession is the ID of the SSO session that all starts from, or "".
	SSOSession string
	Region     string
	// RegionSetting and mfaSetting name the settings that the region and the device
	// are from; see [Profile.Setting].
	RegionSetting, MFASetting string
	// KeyID is the ID of the long-term key in the credentials file, or "".
	KeyID string
	// Endpoint names where the base's own call goes to; see [Resolver].
	Endpoint string
}

// Origin names what the first n roles of the chain make of its base, or the
// base's own session for n = 0. It holds all that AWS is asked for but how long
// a session is to last, so that sessions of equal origin have equal rights, at
// the same AWS.
//
// The region is left out: a session of one region's STS is good in all of the
// partition, and one code is to serve roles in several regions
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html).
func (c Chain) Origin(n int) string {
	// Package fmt would take most of the time that a snapshot of hundreds of
	// profiles takes.
	b := make([]byte, 0, 256)
	quoted := func(label, value string) { b = strconv.AppendQuote(append(b, label...), value) }
	unlessEmpty := func(label, value string) {
		if value != "" {
			quoted(label, value)
		}
	}
	quoted("", c.Base.Name)
	quoted(" mfa=", c.MFASerial)
	if s := c.source(); s.origin != nil {
		s.origin(c, quoted)
	}
	unlessEmpty(" at=", c.Endpoint)
	for _, r := range c.Roles[:n] {
		quoted(" ", r.ARN)
		quoted(" as=", r.Profile.SessionName)
		quoted(" external_id=", r.Profile.ExternalID)
		unlessEmpty(" at=", r.Endpoint)
	}
	return string(b)
}

// WithKeyAlone returns the chain as the AWS CLI follows it, by which mfa_serial
// belongs to the profile of the role:
// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-role.html.
func (c Chain) WithKeyAlone() Chain {
	c.MFASerial, c.MFAOfSource, c.Spared = "", false, c.MFASerial
	return c
}

// OriginPrefix is what the origins of all chains from one base begin with.
func OriginPrefix(base string) string { return strconv.Quote(base) + " " }

// ComesFrom reports whether an origin starts from a session of Identity Center.
// Whatever else is there is quoted and cannot look like it.
func ComesFrom(origin, id string) bool {
	return strings.Contains(origin, " sso="+strconv.Quote(id)+" ")
}

// Account returns the account that the chain ends in, if the settings tell.
func (c Chain) Account() string {
	if n := len(c.Roles); n > 0 {
		return AccountOf(c.Roles[n-1].ARN)
	}
	if c.Base.AccountID != "" {
		return c.Base.AccountID
	}
	for _, s := range sources {
		if s.account == nil {
			continue
		}
		if account := s.account(c.Base); account != "" {
			return account
		}
	}
	return AccountOf(c.MFASerial)
}

// STSRegion returns the region whose STS is called.
func (c Chain) STSRegion() string {
	switch {
	case c.Region != "":
		return c.Region
	case len(c.Roles) > 0:
		return PartitionRegion(c.Roles[0].ARN)
	}
	return PartitionRegion(c.MFASerial)
}

// Resolve follows a profile's source_profile settings to their base, by the
// rules of the AWS SDKs: for the profile asked for, role_arn comes before
// static keys; for a source, static keys come first; and a profile that is its
// own source is its own base.
func (ps Resolver) Resolve(name string) (Chain, error) {
	p, ok := ps.ByName[name]
	if !ok {
		return Chain{}, creds.Errorf(creds.CodeNoProfile, "there is no profile %q in the AWS config and credentials files", name)
	}
	if ps.leadsTooFar(name) {
		return Chain{}, creds.Errorf(creds.CodeBadProfile,
			"the source_profile settings of profile %q lead over more than %d other profiles, which daypass does not follow", name, maxChain)
	}
	c := Chain{Asked: name}
	c.takeRegion(p)
	var visited []string
	for {
		c.Base = p
		if slices.Contains(visited, p.Name) {
			if len(visited) == 1 && (ps.staticKey(p) || ps.Unread != nil && p.mayHaveKey()) {
				break
			}
			return Chain{}, creds.Errorf(creds.CodeBadProfile,
				"the profiles %s lead in a circle by their source_profile settings", quotedList(append(visited, p.Name)))
		}
		visited = append(visited, p.Name)
		if len(visited) > 1 && ps.staticKey(p) || p.RoleARN == "" || p.bringsRole() {
			break
		}
		source, err := ps.sourceOf(p)
		if err != nil {
			return Chain{}, err
		}
		c.Roles = append(c.Roles, Role{Profile: p, ARN: p.RoleARN})
		c.takeDevice(p)
		c.takeRegion(source)
		p = source
	}
	slices.Reverse(c.Roles)
	err := ps.finish(&c)
	if n := len(c.Roles); err == nil && n > 0 {
		// Said before anything is asked for, also where another profile has a
		// session of the role.
		_, err = c.Roles[n-1].Profile.DurationSeconds()
	}
	ps.locate(&c)
	if err == nil {
		err = c.checkRegion()
	}
	return c, err
}

// sourceOf returns the profile whose credentials a role is assumed with.
func (ps Resolver) sourceOf(p Profile) (Profile, error) {
	switch {
	case p.Source != "" && p.CredentialSource != "":
		return Profile{}, creds.Errorf(creds.CodeBadProfile, "%s has both source_profile and credential_source, and AWS's tools take one of them", SectionOf(p.Name))
	case p.CredentialSource != "":
		return Profile{}, creds.Errorf(creds.CodeUnsupported,
			"profile %q takes its credentials from %s, which daypass leaves to the AWS SDKs", p.Name, p.CredentialSource)
	case p.Source == "":
		return Profile{}, creds.Errorf(creds.CodeBadProfile, "role_arn in %s has no source_profile beside it, and no credential_source, whose credentials it could be assumed with", SectionOf(p.Name))
	}
	source, ok := ps.ByName[p.Source]
	if !ok {
		return Profile{}, creds.Errorf(creds.CodeBadProfile,
			"%s names %q, and there is no such profile in the AWS files", p.Setting("source_profile"), p.Source)
	}
	return source, nil
}

// takeRegion takes a profile's region unless one before it had one.
func (c *Chain) takeRegion(p Profile) {
	if c.Region == "" && p.Region != "" {
		c.Region, c.RegionSetting = p.Region, p.Setting("region")
	}
}

// takeDevice takes a profile's MFA device unless one before it had one.
func (c *Chain) takeDevice(p Profile) {
	if c.MFASerial == "" && p.MFASerial != "" {
		c.MFASerial, c.MFASetting = p.MFASerial, p.Setting("mfa_serial")
	}
}

// RegionAdvice goes with a region that can be none of AWS's.
const RegionAdvice = "Regions are written like eu-west-1, in small letters and with hyphens."

// checkRegion refuses a region that AWS's own STS cannot have: there is no such
// host to ask. What a person's own endpoint goes by is its own affair.
func (c Chain) checkRegion() error {
	if c.Region == "" || partition.IsRegion(c.Region) {
		return nil
	}
	atAWS := c.source().endpoint == nil && !IsURL(c.Endpoint)
	for _, r := range c.Roles {
		atAWS = atAWS || !IsURL(r.Endpoint)
	}
	if !atAWS {
		return nil
	}
	return &creds.Error{
		Code:    creds.CodeBadProfile,
		Message: fmt.Sprintf("profile %q cannot be used: %s is %q, which is no region of AWS", c.Asked, c.RegionSetting, c.Region),
		Advice:  RegionAdvice,
	}
}

// IsURL reports whether what names an endpoint is a URL of a person's own.
func IsURL(endpoint string) bool { return strings.Contains(endpoint, "://") }

// The services that endpoints are of, as the Go SDK calls them.
const (
	serviceSTS    = "STS"
	servicePortal = "SSO"
)

// locate fills in where the calls of a chain go to.
func (ps Resolver) locate(c *Chain) {
	endpoint := func(service string, own Endpoints) string {
		if ps.Endpoint == nil {
			return ""
		}
		return ps.Endpoint(service, own)
	}
	c.Endpoint = endpoint(serviceSTS, c.Base.Endpoints)
	if s := c.source(); s.endpoint != nil {
		c.Endpoint = s.endpoint(endpoint)
	}
	for i := range c.Roles {
		r := &c.Roles[i]
		if r.Endpoints = r.Profile.Endpoints; r.Endpoints == (Endpoints{}) {
			r.Endpoints = c.Base.Endpoints
		}
		r.Endpoint = endpoint(serviceSTS, r.Endpoints)
	}
}

// maxChain is how many roles may be assumed one after the other. AWS's SDKs follow
// any number; each is a call to AWS, and few people have three.
const maxChain = 100

// leadsTooFar looks ahead, and copies nothing: it is asked of every profile whenever
// the files change. Of a circle it says no: resolve names that.
func (ps Resolver) leadsTooFar(name string) bool {
	at, before := name, ""
	for n := 0; ; n++ {
		p, ok := ps.ByName[at]
		if !ok || p.RoleARN == "" || p.Source == "" || p.CredentialSource != "" || p.bringsRole() || n > 0 && ps.staticKey(p) {
			return false
		}
		if n&(n-1) == 0 {
			before = at // Brent: who goes in a circle comes back to one of these
		}
		switch at = p.Source; {
		case at == before:
			return false
		case n == maxChain:
			return true
		}
	}
}

// staticKey reports whether the profile has a key of its own to start from. A
// half of a key counts, so that it is reported rather than passed over.
func (ps Resolver) staticKey(p Profile) bool {
	return ps.HasKey(p.Name) || p.AccessKeyID != "" || !p.SecretKey.IsZero()
}

// AccountOf returns the account number in an ARN, or "".
func AccountOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 && parts[0] == "arn" {
		return parts[4]
	}
	return ""
}

// PartitionRegion returns the region to call STS in when a profile names none:
// the first one of the partition that the ARN belongs to.
func PartitionRegion(arn string) string {
	p, ok := partition.OfARN(arn)
	if !ok {
		p = partition.All()[0]
	}
	return p.Region
}

// quotedList leaves out those in the middle of many.
func quotedList(names []string) string {
	const first, last = 5, 2
	quoted := make([]string, 0, len(names))
	for i, n := range names {
		switch rest := len(names) - first - last; {
		case rest <= 1 || i < first || i >= first+rest:
			quoted = append(quoted, strconv.Quote(n))
		case i == first:
			quoted = append(quoted, fmt.Sprintf("%d more", rest))
		}
	}
	return strings.Join(quoted, " → ")
}

// Subject begins the sentence about a failure of the chain's last role.
func (c Chain) Subject() string {
	return fmt.Sprintf("no credentials for profile %q", c.Asked)
}
