package profile

import (
	"slices"

	"daypass/creds"
	"daypass/internal/lang"
)

// source is one way in which a chain may start. Sources that daypass gets credentials
// from have a kind; the others belong to other programs.
type source struct {
	// kind is that of a profile with the source and no role.
	kind creds.Kind
	// settings are those that name the source in a profile and have no field there; see
	// [Profile.Own].
	settings []string
	// named reports whether a profile names the source; nil if it has one of settings.
	named func(Profile) bool
	// ownsRole is set if a role_arn beside that is the source's own. keyless is set if
	// the keyring then holds no long-term key for the profile.
	ownsRole, keyless bool
	// take reports whether a chain starts this way. If so, it sets what follows from
	// that, or returns what is wrong.
	take func(ps Resolver, c *Chain) (taken bool, err error)
	// origin adds what distinguishes the source's credentials, besides the base's name
	// and the MFA device. Sources of one kind share one.
	origin func(c Chain, add func(label, value string))
	// account returns the account that a profile's own settings name; nil if they name
	// none.
	account func(p Profile) string
	// endpoint returns the endpoint of the source's own call; nil is STS, at the
	// profile's own endpoint. See [Resolver].
	endpoint func(p Profile, of func(service string, own Endpoints) string) string
}

// sources are in the order in which AWS's tools prefer them.
var sources = []source{
	keyringKey, webIdentity, portalRole, fileKey, temporaryKey,
	consoleSignIn,
	programOfPerson,
	consoleChosen,
}

// names reports whether the profile's own settings name a source for which meant is
// true.
func (p Profile) names(meant func(source) bool) bool {
	for _, s := range sources {
		switch {
		case !meant(s):
		case s.named != nil && s.named(p):
			return true
		case slices.ContainsFunc(s.settings, func(key string) bool { return p.own[key] != "" }):
			return true
		}
	}
	return false
}

// bringsRole reports whether the profile's role_arn is its source's own, and needs
// nothing of another profile.
func (p Profile) bringsRole() bool { return p.names(func(s source) bool { return s.ownsRole }) }

// Own returns a setting that names a source.
func (p Profile) Own(key string) string { return p.own[key] }

// ownSettings picks the settings that name sources. Few profiles have any.
func ownSettings(values settings) map[string]string {
	var own map[string]string
	for _, s := range sources {
		for _, key := range s.settings {
			if value := values.own(key); value != "" && own == nil {
				own = map[string]string{key: value}
			} else if value != "" {
				own[key] = value
			}
		}
	}
	return own
}

// source returns what the chain starts from; the zero value if that is not known.
func (c Chain) source() source {
	for _, s := range sources {
		if c.Source != "" && s.kind == c.Source {
			return s
		}
	}
	return source{}
}

// finish checks the base of a chain and sets what follows from it. While the keyring has
// not been read, it skips a base whose key may be there.
func (ps Resolver) finish(c *Chain) error {
	err := ps.judge(c)
	if err != nil && ps.Unread != nil && c.Base.mayHaveKey() {
		c.Kind, err = c.kindOf(creds.KindUser), ps.Unread
	}
	return err
}

// kindOf returns the kind of a profile by that of its source.
func (c Chain) kindOf(source creds.Kind) creds.Kind {
	if len(c.Roles) > 0 {
		return creds.KindRole
	}
	return source
}

// judge is [Resolver.finish] by what is known.
func (ps Resolver) judge(c *Chain) error {
	ownDevice := c.MFASerial != ""
	c.takeDevice(c.Base)
	c.MFAOfSource = !ownDevice && len(c.Roles) > 0 && c.MFASerial != ""
	if c.MFAOfSource && ps.KeyAlone != nil && ps.KeyAlone(c.Asked) {
		*c = c.WithKeyAlone()
	}
	for _, s := range sources {
		c.Kind = c.kindOf(s.kind)
		if taken, err := s.take(ps, c); taken {
			if err == nil {
				c.Source = s.kind
			}
			return err
		}
	}
	return c.noSource()
}

// noSource says what is missing in a base that has no source.
func (c *Chain) noSource() error {
	b := c.Base
	switch {
	case b.RoleARN == "" && b.Source != "":
		c.Kind = creds.KindRole
		return &creds.Error{
			Code:    creds.CodeBadProfile,
			Message: lang.Sprintf("source_profile in %s has no role_arn beside it, and AWS's tools take nothing from another profile but a role", SectionOf(b.Name)),
			Advice:  lang.Sprintf("Add the role_arn of the role that it is for; where it is for none, use the profile %q itself.", b.Source),
		}
	case b.RoleARN == "" && b.CredentialSource != "":
		c.Kind = creds.KindRole
		return &creds.Error{
			Code:    creds.CodeBadProfile,
			Message: lang.Sprintf("credential_source in %s has no role_arn beside it, and is for roles alone", SectionOf(b.Name)),
			Advice:  lang.T("Add the role_arn of the role that it is for, or remove it."),
		}
	case b.MFASerial != "" || len(c.Roles) > 0 || b.AccessKeyID != "":
		c.Kind = c.kindOf(creds.KindUser)
		return creds.Errorf(creds.CodeNoKey, "there is no long-term key for profile %q in the keyring or the credentials file", b.Name)
	}
	c.Kind = creds.KindOther
	return creds.Errorf(creds.CodeNoKey, "profile %q has no credentials of any kind", b.Name)
}
