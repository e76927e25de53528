package core

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/creds/partition"
	"daypass/sso"
)

// profiles are all the profiles of the AWS files.
type profiles struct {
	byName map[string]profile
	// hasKey reports whether the keyring holds a long-term key under a
	// profile's name.
	hasKey func(name string) bool
	// ours reports whether a profile's temporary credentials are of our own
	// making.
	ours func(profile) bool
	// endpoint names where calls for a profile go to, "" for AWS's own
	// endpoint of the region. Nil is "" for all.
	endpoint func(service string, own endpoints) string
	// keyAlone reports whether a profile's roles are assumed without the MFA device
	// of their user. Nil is no for all.
	keyAlone func(name string) bool
	// unread is why it is not known which keys the keyring holds, nil if it is:
	// the error of a profile whose key may be there.
	unread error
}

// A role is one AssumeRole in a chain.
type role struct {
	profile profile
	arn     string
	// endpoints are those that the call goes by, and endpoint names them; see
	// [profiles].
	endpoints endpoints
	endpoint  string
}

// chain is how a profile comes by its credentials: a base, and the roles that
// are assumed one after the other, the profile's own last.
type chain struct {
	// asked is the name of the profile that the chain was resolved for.
	asked string
	kind  creds.Kind
	// base is the profile whose keys, or whose sign-in, all starts from.
	base  profile
	roles []role
	// mfaSerial is the device whose code the chain needs, or "", and mfaOfSource is
	// set if no role's profile names it but that of their user, which the AWS CLI
	// does not look at.
	mfaSerial   string
	mfaOfSource bool
	// spared is that device where no code of it is asked for.
	spared string
	// session is the ID of the sign-in to Identity Center that all starts
	// from, or "".
	session string
	region  string
	// regionSetting and mfaSetting name the settings that the region and the device
	// are from; see [profile.setting].
	regionSetting, mfaSetting string
	// keyID is the long-term key's that stands in the credentials file, or "".
	keyID string
	// endpoint names where the base's own call goes to; see [profiles].
	endpoint string
}

// origin names what the first n roles of the chain make of its base, or the
// base's own session for n = 0. It holds all that AWS is asked for but how long
// a session is to last, so that sessions of equal origin have equal rights, at
// the same AWS.
//
// The region is left out: a session of one region's STS is good in all of the
// partition, and one code is to serve roles in several regions
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html).
func (c chain) origin(n int) string {
	// Package fmt would take most of the time that a snapshot of hundreds of
	// profiles takes.
	b := make([]byte, 0, 256)
	quoted := func(label, value string) { b = strconv.AppendQuote(append(b, label...), value) }
	unlessEmpty := func(label, value string) {
		if value != "" {
			quoted(label, value)
		}
	}
	quoted("", c.base.name)
	quoted(" mfa=", c.mfaSerial)
	unlessEmpty(" key=", c.keyID)
	if c.session != "" {
		quoted(" sso=", c.session)
		quoted(" account=", c.base.sso.AccountID)
		quoted(" role=", c.base.sso.RoleName)
		quoted(" portal=", c.base.sso.StartURL)
		quoted(" in=", c.base.sso.Region)
	}
	unlessEmpty(" at=", c.endpoint)
	for _, r := range c.roles[:n] {
		quoted(" ", r.arn)
		quoted(" as=", r.profile.sessionName)
		quoted(" external_id=", r.profile.externalID)
		unlessEmpty(" at=", r.endpoint)
	}
	return string(b)
}

// withKeyAlone returns the chain as the AWS CLI follows it, by which mfa_serial
// belongs to the profile of the role:
// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-role.html.
func (c chain) withKeyAlone() chain {
	c.mfaSerial, c.mfaOfSource, c.spared = "", false, c.mfaSerial
	return c
}

// originPrefix is what the origins of all chains from one base begin with.
func originPrefix(base string) string { return strconv.Quote(base) + " " }

// comesFrom reports whether an origin starts from a session of Identity Center.
// What stands there besides is quoted and cannot look like it.
func comesFrom(origin, id string) bool {
	return strings.Contains(origin, " sso="+strconv.Quote(id)+" ")
}

// account returns the account that the chain ends in, if the settings tell.
func (c chain) account() string {
	if n := len(c.roles); n > 0 {
		return accountOf(c.roles[n-1].arn)
	}
	switch {
	case c.base.accountID != "":
		return c.base.accountID
	case c.base.sso.AccountID != "":
		return c.base.sso.AccountID
	}
	return accountOf(c.mfaSerial)
}

// stsRegion returns the region whose STS is called.
func (c chain) stsRegion() string {
	switch {
	case c.region != "":
		return c.region
	case len(c.roles) > 0:
		return partitionRegion(c.roles[0].arn)
	}
	return partitionRegion(c.mfaSerial)
}

// resolve follows a profile's source_profile settings to their base, by the
// rules of the AWS SDKs: for the profile asked for, role_arn comes before
// static keys; for a source, static keys come first; and a profile that is its
// own source is its own base.
func (ps profiles) resolve(name string) (chain, error) {
	p, ok := ps.byName[name]
	if !ok {
		return chain{}, creds.Errorf(creds.CodeNoProfile, "there is no profile %q in the AWS config and credentials files", name)
	}
	if ps.leadsTooFar(name) {
		return chain{}, creds.Errorf(creds.CodeBadProfile,
			"the source_profile settings of profile %q lead over more than %d other profiles, which daypass does not follow", name, maxChain)
	}
	c := chain{asked: name}
	c.takeRegion(p)
	var visited []string
	for {
		c.base = p
		if slices.Contains(visited, p.name) {
			if len(visited) == 1 && (ps.staticKey(p) || ps.unread != nil && p.mayHaveKey()) {
				break
			}
			return chain{}, creds.Errorf(creds.CodeBadProfile,
				"the profiles %s lead in a circle by their source_profile settings", quotedList(append(visited, p.name)))
		}
		visited = append(visited, p.name)
		if len(visited) > 1 && ps.staticKey(p) || p.roleARN == "" || p.webIdentityFile != "" {
			break
		}
		switch {
		case p.source != "" && p.credentialSource != "":
			return chain{}, creds.Errorf(creds.CodeBadProfile, "%s has both source_profile and credential_source, and AWS's tools take one of them", sectionOf(p.name))
		case p.credentialSource != "":
			return chain{}, creds.Errorf(creds.CodeUnsupported,
				"profile %q takes its credentials from %s, which daypass leaves to the AWS SDKs", p.name, p.credentialSource)
		case p.source == "":
			return chain{}, creds.Errorf(creds.CodeBadProfile, "role_arn in %s has no source_profile beside it, and no credential_source, whose credentials it could be assumed with", sectionOf(p.name))
		}
		c.roles = append(c.roles, role{profile: p, arn: p.roleARN})
		c.takeDevice(p)
		source, ok := ps.byName[p.source]
		if !ok {
			return chain{}, creds.Errorf(creds.CodeBadProfile,
				"%s names %q, and there is no such profile in the AWS files", p.setting("source_profile"), p.source)
		}
		c.takeRegion(source)
		p = source
	}
	slices.Reverse(c.roles)
	err := ps.finish(&c)
	if n := len(c.roles); err == nil && n > 0 {
		// Said before anything is asked for, also where another profile has a
		// session of the role.
		_, err = c.roles[n-1].profile.durationSeconds()
	}
	ps.locate(&c)
	if err == nil {
		err = c.checkRegion()
	}
	return c, err
}

// takeRegion takes a profile's region unless one before it had one.
func (c *chain) takeRegion(p profile) {
	if c.region == "" && p.region != "" {
		c.region, c.regionSetting = p.region, p.setting("region")
	}
}

// takeDevice takes a profile's MFA device unless one before it had one.
func (c *chain) takeDevice(p profile) {
	if c.mfaSerial == "" && p.mfaSerial != "" {
		c.mfaSerial, c.mfaSetting = p.mfaSerial, p.setting("mfa_serial")
	}
}

// regionAdvice goes with a region that can be none of AWS's.
const regionAdvice = "Regions are written like eu-west-1, in small letters and with hyphens."

// checkRegion refuses a region that AWS's own STS cannot have: there is no such
// host to ask. What a person's own endpoint goes by is its own affair.
func (c chain) checkRegion() error {
	if c.region == "" || partition.IsRegion(c.region) {
		return nil
	}
	atAWS := c.session == "" && !isURL(c.endpoint)
	for _, r := range c.roles {
		atAWS = atAWS || !isURL(r.endpoint)
	}
	if !atAWS {
		return nil
	}
	return &creds.Error{
		Code:    creds.CodeBadProfile,
		Message: fmt.Sprintf("profile %q cannot be used: %s is %q, which is no region of AWS", c.asked, c.regionSetting, c.region),
		Advice:  regionAdvice,
	}
}

// isURL reports whether what names an endpoint is a URL of a person's own.
func isURL(endpoint string) bool { return strings.Contains(endpoint, "://") }

// The services that endpoints are of, as the Go SDK calls them.
const (
	serviceSTS    = "STS"
	servicePortal = "SSO"
)

// locate fills in where the calls of a chain go to.
func (ps profiles) locate(c *chain) {
	endpoint := func(service string, own endpoints) string {
		if ps.endpoint == nil {
			return ""
		}
		return ps.endpoint(service, own)
	}
	c.endpoint = endpoint(serviceSTS, c.base.endpoints)
	if c.session != "" {
		c.endpoint = endpoint(servicePortal, endpoints{})
	}
	for i := range c.roles {
		r := &c.roles[i]
		if r.endpoints = r.profile.endpoints; r.endpoints == (endpoints{}) {
			r.endpoints = c.base.endpoints
		}
		r.endpoint = endpoint(serviceSTS, r.endpoints)
	}
}

// maxChain is how many roles may be assumed one after the other. AWS's SDKs follow
// any number; each is a call to AWS, and few people have three.
const maxChain = 100

// leadsTooFar looks ahead, and copies nothing: it is asked of every profile whenever
// the files change. Of a circle it says no: resolve names that.
func (ps profiles) leadsTooFar(name string) bool {
	at, before := name, ""
	for n := 0; ; n++ {
		p, ok := ps.byName[at]
		if !ok || p.roleARN == "" || p.source == "" || p.credentialSource != "" || p.webIdentityFile != "" || n > 0 && ps.staticKey(p) {
			return false
		}
		if n&(n-1) == 0 {
			before = at // Brent: who goes in a circle comes back to one of these
		}
		switch at = p.source; {
		case at == before:
			return false
		case n == maxChain:
			return true
		}
	}
}

// staticKey reports whether the profile has a key of its own to start from. A
// half of a key counts, so that it is reported rather than passed over.
func (ps profiles) staticKey(p profile) bool {
	return ps.hasKey(p.name) || p.accessKeyID != "" || !p.secretKey.IsZero()
}

// finish judges the base of a chain and fills in what follows from it. While the
// keyring has not been read, a base that a key of its may belong to is not judged.
func (ps profiles) finish(c *chain) error {
	kind := creds.KindRole
	if len(c.roles) == 0 {
		kind = creds.KindUser
	}
	c.kind = kind
	err := ps.judge(c)
	if err != nil && ps.unread != nil && c.base.mayHaveKey() {
		c.kind, err = kind, ps.unread
	}
	return err
}

// judge is [profiles.finish] by what is known.
func (ps profiles) judge(c *chain) error {
	b := c.base
	ownDevice := c.mfaSerial != ""
	c.takeDevice(b)
	c.mfaOfSource = !ownDevice && len(c.roles) > 0 && c.mfaSerial != ""
	if c.mfaOfSource && ps.keyAlone != nil && ps.keyAlone(c.asked) {
		*c = c.withKeyAlone()
	}
	switch {
	case ps.hasKey(b.name):
		return nil
	case b.webIdentityFile != "" && b.roleARN == "":
		c.kind = creds.KindOther
		return creds.Errorf(creds.CodeBadProfile, "web_identity_token_file in %s has no role_arn beside it", sectionOf(b.name))
	case b.webIdentityFile != "":
		return ps.foreign(c, "a web identity token")
	case b.hasSSO:
		if len(c.roles) == 0 {
			c.kind = creds.KindSSO
		}
		switch {
		case b.ssoError != nil:
			return explainSettings(b.ssoError)
		case b.sso.AccountID == "":
			return creds.Errorf(creds.CodeUnsupported,
				"profile %q signs in to %q for a token alone: it names no sso_account_id and sso_role_name to get credentials for", b.name, b.sso.SignIn().ID())
		}
		if !partition.IsRegion(b.sso.Region) {
			return &creds.Error{
				Code:    creds.CodeBadProfile,
				Message: fmt.Sprintf("profile %q cannot be used: %s", c.asked, sso.RegionFault(b.sso.SignIn())),
				Advice:  regionAdvice,
			}
		}
		// Identity Center has MFA of its own; a device of IAM's would be
		// refused with its credentials.
		c.session, c.mfaSerial, c.mfaOfSource, c.spared = b.sso.SignIn().ID(), "", false, ""
		return nil
	case b.accessKeyID != "" && b.secretKey.IsZero():
		return creds.Errorf(creds.CodeBadProfile, "the AWS files have an aws_access_key_id for profile %q, and no aws_secret_access_key beside it", b.name)
	case b.accessKeyID == "" && !b.secretKey.IsZero():
		return creds.Errorf(creds.CodeBadProfile, "the AWS files have an aws_secret_access_key for profile %q, and no aws_access_key_id beside it", b.name)
	case b.hasLongTermKey() && b.tokenName != "":
		return creds.Errorf(creds.CodeNoKey,
			"profile %q has the %s of temporary credentials left beside its long-term access key in the AWS files, and AWS takes no token with such a key; remove that line, or store the key in the keyring",
			b.name, b.tokenName)
	case b.hasLongTermKey():
		c.keyID = b.accessKeyID
		return nil
	case b.accessKeyID != "" && b.tokenName == "":
		return &creds.Error{
			Code:    creds.CodeNoKey,
			Message: fmt.Sprintf("the AWS files have a temporary access key for profile %q, and not the aws_session_token that belongs to it", b.name),
			Advice:  "Add that token beside the key, or store a long-term key with: daypass add " + advice.Word(b.name),
		}
	case b.accessKeyID != "" && !ps.ours(b) && !b.tokenEnds.IsZero() && b.tokenEnds.Before(time.Now()):
		return &creds.Error{
			Code:    creds.CodeNoKey,
			Message: fmt.Sprintf("the temporary credentials of profile %q in the AWS files have ended, and the keyring holds no long-term key to get others with", b.name),
			Advice:  "Get others from where these are from, or store a long-term key with: daypass add " + advice.Word(b.name),
		}
	case b.accessKeyID != "" && !ps.ours(b):
		return ps.foreign(c, "another program, which wrote temporary ones to the credentials file")
	case b.loginSession != "":
		return ps.foreign(c, "an aws login session")
	case b.credentialProcess != "":
		return ps.foreign(c, "a credential_process")
	case b.roleARN == "" && b.source != "":
		c.kind = creds.KindRole
		return &creds.Error{
			Code:    creds.CodeBadProfile,
			Message: fmt.Sprintf("source_profile in %s has no role_arn beside it, and AWS's tools take nothing from another profile but a role", sectionOf(b.name)),
			Advice:  fmt.Sprintf("Add the role_arn of the role that it is for; where it is for none, use the profile %q itself.", b.source),
		}
	case b.roleARN == "" && b.credentialSource != "":
		c.kind = creds.KindRole
		return &creds.Error{
			Code:    creds.CodeBadProfile,
			Message: fmt.Sprintf("credential_source in %s has no role_arn beside it, and is for roles alone", sectionOf(b.name)),
			Advice:  "Add the role_arn of the role that it is for, or remove it.",
		}
	case b.mfaSerial != "" || len(c.roles) > 0 || b.accessKeyID != "":
		return creds.Errorf(creds.CodeNoKey, "there is no long-term key for profile %q in the keyring or the credentials file", b.name)
	}
	c.kind = creds.KindOther
	return creds.Errorf(creds.CodeNoKey, "profile %q has no credentials of any kind", b.name)
}

// foreign is a base whose credentials are other programs' business.
func (ps profiles) foreign(c *chain, what string) error {
	if len(c.roles) == 0 {
		c.kind = creds.KindOther
	}
	return creds.Errorf(creds.CodeUnsupported,
		"profile %q gets its credentials from %s, which daypass leaves to the AWS SDKs", c.base.name, what)
}

// accountOf returns the account number in an ARN, or "".
func accountOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 && parts[0] == "arn" {
		return parts[4]
	}
	return ""
}

// partitionRegion returns the region to call STS in when a profile names none:
// the first one of the partition that the ARN belongs to.
func partitionRegion(arn string) string {
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

// explainSettings is [sso.Explain] for an error in what the files say of a profile.
func explainSettings(err error) error {
	if errors.As(err, new(*sso.Error)) {
		return sso.Explain("", err)
	}
	return creds.Errorf(creds.CodeBadProfile, "%s", err)
}

// subject begins the sentence about a failure of the chain's last role.
func (c chain) subject() string {
	return fmt.Sprintf("no credentials for profile %q", c.asked)
}
