package profile

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/partition"
)

// Resolver holds all profiles of the AWS files.
type Resolver struct {
	ByName map[string]Profile
	// HasKey reports whether the keyring holds a long-term key under a
	// profile's name.
	HasKey func(name string) bool
	// KeyID returns the access key ID of that key, "" if it is not known yet. Nil returns
	// "" for all.
	KeyID func(name string) string
	// Ours reports whether we made a profile's temporary credentials.
	Ours func(Profile) bool
	// Endpoint returns the endpoint of a profile's calls, "" for AWS's own of the
	// region. Nil returns "" for all.
	Endpoint func(service string, own Endpoints) string
	// Named returns the name of the profile that another name means; see [Set.Named].
	// Nil returns the name itself.
	Named func(name string) string
	// KeyAlone reports whether a profile's roles are assumed without the MFA device of
	// their user. Nil means no for all.
	KeyAlone func(name string) bool
	// Console reports whether the person wants a profile without credentials to get them
	// by signing in to the console. Nil means no for all.
	Console func(name string) bool
	// IsDaypass reports whether the first word of a command line starts daypass, besides by
	// one of its names. Nil means no for all.
	IsDaypass func(program string) bool
	// Unread is why it is not known which keys the keyring holds, nil if it is known. It
	// is the error of a profile whose key may be there.
	Unread error
}

// A Role is one AssumeRole in a chain.
type Role struct {
	Profile Profile
	ARN     string
	// Endpoints are those of the call, and endpoint names them; see [Resolver].
	Endpoints Endpoints
	Endpoint  string
	// PolicyARNs are those of managed policies that bound the session.
	PolicyARNs []string
}

// settingNames name the settings of a chain's region and MFA device; see
// [Profile.Setting].
type settingNames struct{ RegionSetting, MFASetting string }

// Chain is how a profile gets its credentials: a base, and the roles that are assumed
// one after the other, the profile's own last.
type Chain struct {
	// Asked is the name of the profile that the chain was resolved for.
	Asked string
	Kind  creds.Kind
	// Base is the profile that the chain starts from. Source is the kind of a profile
	// with the same start and no role.
	Base   Profile
	Source creds.Kind
	Roles  []Role
	// MFASerial is the device whose code the chain needs, or "". MFAOfSource is set if
	// only the user's profile names it and no role's: the AWS CLI ignores it then.
	MFASerial   string
	MFAOfSource bool
	// Spared is that device if no code of it is asked for.
	Spared string
	// SSOSession is the ID of the SSO session that the chain starts from, or "".
	SSOSession string
	Region     string
	settingNames
	// KeyID is the ID of the long-term key in the credentials file, or "".
	KeyID string
	// BaseKeyID is the ID of the long-term key that the chain starts from, wherever that
	// is; "" if it starts from none, or which one is not known yet.
	BaseKeyID string
	// Endpoint names where the base's own call goes to; see [Resolver].
	Endpoint string
	// Wanted, unless "", is what the chain leads to, for sentences, where that is no
	// profile's.
	Wanted string
}

// Origin names what the chain's first n roles make of its base; n = 0 is the base's own
// session. It holds all that AWS is asked for except the lifetime, so that sessions of
// equal origin have equal rights, at the same AWS.
//
// The region is left out: a session of one region's STS works in the whole partition,
// and one code should serve roles in several regions:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html
func (c Chain) Origin(n int) string {
	// Package fmt would take up most of the time of a snapshot of hundreds of profiles.
	b := make([]byte, 0, 256)
	quoted := func(label, value string) { b = strconv.AppendQuote(append(b, label...), value) }
	unlessEmpty := func(label, value string) {
		if value != "" {
			quoted(label, value)
		}
	}
	// Profiles with one key have one session.
	if c.BaseKeyID != "" {
		quoted(labelKey, c.BaseKeyID)
	} else {
		quoted("", c.Base.Name)
	}
	quoted(labelMFA, c.MFASerial)
	if s := c.source(); s.origin != nil {
		s.origin(c, quoted)
	}
	unlessEmpty(" at=", c.Endpoint)
	for _, r := range c.Roles[:n] {
		quoted(" ", r.ARN)
		quoted(" as=", r.Profile.SessionName)
		quoted(" external_id=", r.Profile.ExternalID)
		for _, arn := range r.PolicyARNs {
			quoted(" policy=", arn)
		}
		unlessEmpty(" at=", r.Endpoint)
	}
	return string(b)
}

// WithKeyAlone returns the chain as the AWS CLI follows it, for which mfa_serial belongs
// to the role's profile:
// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-role.html
func (c Chain) WithKeyAlone() Chain {
	c.MFASerial, c.MFAOfSource, c.Spared = "", false, c.MFASerial
	return c
}

// OriginPrefix begins the origins of all chains from one base, unless that is a long-term
// key whose ID is known.
func OriginPrefix(base string) string { return strconv.Quote(base) + " " }

// ComesFrom reports whether an origin starts from an SSO session. Everything else in it
// is quoted and cannot look like that.
func ComesFrom(origin, id string) bool { return holds(origin, labelSSO, id) }

// holds reports whether an origin has a value under a label.
func holds(origin, label, value string) bool {
	return strings.Contains(origin+" ", label+strconv.Quote(value)+" ")
}

// Account returns the account that the chain ends in, if the settings say.
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

// Resolve follows a profile's source_profile settings to their base, by the rules of the
// AWS SDKs. For the profile asked for, role_arn comes before static keys; for a source,
// static keys come first. A profile that is its own source is its own base.
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
	if p.recipe != nil && p.RoleARN == "" && p.Source != name {
		return ps.savedSession(c, p)
	}
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
		// Checked before anything is asked for, even if another profile has a session of
		// the role.
		_, err = c.Roles[n-1].Profile.DurationSeconds()
	}
	ps.locate(&c)
	if err == nil {
		err = c.checkRegion()
	}
	return c, err
}

// savedSession returns the chain of a saved profile without a role, which is the session of
// its source's user in another section.
func (ps Resolver) savedSession(c Chain, p Profile) (Chain, error) {
	source, err := ps.sourceOf(p)
	if err != nil {
		return Chain{}, err
	}
	c.takeDevice(p)
	c.takeRegion(source)
	c.Base = source
	err = ps.finish(&c)
	ps.locate(&c)
	return c, cmp.Or(err, c.checkRegion())
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
	source, ok := ps.ByName[ps.named(p.Source)]
	if !ok {
		return Profile{}, creds.Errorf(creds.CodeBadProfile,
			"%s names %q, and there is no such profile in the AWS files", p.Setting("source_profile"), p.Source)
	}
	return source, nil
}

// takeRegion takes a profile's region unless an earlier profile had one.
func (c *Chain) takeRegion(p Profile) {
	if c.Region == "" && p.Region != "" {
		c.Region, c.RegionSetting = p.Region, p.Setting("region")
	}
}

// takeDevice takes a profile's MFA device unless an earlier profile had one.
func (c *Chain) takeDevice(p Profile) {
	if c.MFASerial == "" && p.MFASerial != "" {
		c.MFASerial, c.MFASetting = p.MFASerial, p.Setting("mfa_serial")
	}
}

// RegionAdvice goes with a region that cannot be one of AWS's.
const RegionAdvice = "Regions are written like eu-west-1, in small letters and with hyphens."

// checkRegion refuses a region that AWS's own STS cannot have, as there is no such host.
// A person's own endpoint takes any region.
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
		Message: lang.Sprintf("profile %q cannot be used: %s is %q, which is no region of AWS", c.Asked, c.RegionSetting, c.Region),
		Advice:  lang.T(RegionAdvice),
	}
}

// IsURL reports whether an endpoint's name is a person's own URL.
func IsURL(endpoint string) bool { return strings.Contains(endpoint, "://") }

// The services that have endpoints, as the Go SDK calls them.
const (
	serviceSTS    = "STS"
	servicePortal = "SSO"
	serviceSignin = "Signin"
)

// locate sets where the calls of a chain go.
func (ps Resolver) locate(c *Chain) {
	endpoint := func(service string, own Endpoints) string {
		if ps.Endpoint == nil {
			return ""
		}
		return ps.Endpoint(service, own)
	}
	c.Endpoint = endpoint(serviceSTS, c.Base.Endpoints)
	if s := c.source(); s.endpoint != nil {
		c.Endpoint = s.endpoint(c.Base, endpoint)
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

// leadsTooFar looks ahead and copies nothing, as it runs for every profile whenever the
// files change. It says no to a circle, which resolve reports.
func (ps Resolver) leadsTooFar(name string) bool {
	at, before := name, ""
	for n := 0; ; n++ {
		p, ok := ps.ByName[at]
		if !ok || p.RoleARN == "" || p.Source == "" || p.CredentialSource != "" || p.bringsRole() || n > 0 && ps.staticKey(p) {
			return false
		}
		if n&(n-1) == 0 {
			before = at // Brent's algorithm: a circle leads back to one of these
		}
		switch at = ps.named(p.Source); {
		case at == before:
			return false
		case n == maxChain:
			return true
		}
	}
}

// staticKey reports whether the profile has its own key to start from. Half a key
// counts, so that it is reported and not ignored.
func (ps Resolver) staticKey(p Profile) bool {
	return ps.hasKey(p) || p.AccessKeyID != "" || !p.SecretKey.IsZero()
}

// keyID returns the ID of the profile's long-term key in the keyring, "" if it is not known.
func (ps Resolver) keyID(p Profile) string {
	if ps.KeyID == nil {
		return ""
	}
	for _, name := range p.KeyNames() {
		if ps.HasKey(name) {
			return ps.KeyID(name)
		}
	}
	return ""
}

// hasKey reports whether the keyring holds the profile's long-term key.
func (ps Resolver) hasKey(p Profile) bool {
	return ps.HasKey(p.Name) || p.KeySection != "" && ps.HasKey(p.KeySection)
}

// named is [Set.Named].
func (ps Resolver) named(name string) string {
	if ps.Named == nil {
		return name
	}
	return ps.Named(name)
}

// AccountOf returns the account number in an ARN, or "".
func AccountOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 && parts[0] == "arn" {
		return parts[4]
	}
	return ""
}

// PartitionRegion returns the region whose STS to call if a profile names none: the
// first of the ARN's partition.
func PartitionRegion(arn string) string {
	p, ok := partition.OfARN(arn)
	if !ok {
		p = partition.All()[0]
	}
	return p.Region
}

// quotedList leaves out the middle of a long list.
func quotedList(names []string) string {
	const first, last = 5, 2
	quoted := make([]string, 0, len(names))
	for i, n := range names {
		switch rest := len(names) - first - last; {
		case rest <= 1 || i < first || i >= first+rest:
			quoted = append(quoted, strconv.Quote(n))
		case i == first:
			quoted = append(quoted, lang.Sprintf("%d more", rest))
		}
	}
	return strings.Join(quoted, " → ")
}

// Subject begins the sentence about a failure of the chain's last role.
func (c Chain) Subject() string {
	if c.Wanted != "" {
		return lang.Sprintf("no credentials for %s", c.Wanted)
	}
	return lang.Sprintf("no credentials for profile %q", c.Asked)
}
