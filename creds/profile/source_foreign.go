package profile

import "daypass/creds"

// The sources that are other programs' business.
var (
	webIdentity = source{kind: creds.KindOther, take: func(_ Resolver, c *Chain) (taken bool, err error) {
		switch {
		case c.Base.WebIdentityFile == "":
			return false, nil
		case c.Base.RoleARN == "":
			c.Kind = creds.KindOther
			return true, creds.Errorf(creds.CodeBadProfile, "web_identity_token_file in %s has no role_arn beside it", SectionOf(c.Base.Name))
		}
		return true, c.foreign("a web identity token")
	}}
	temporaryKey = foreign(func(ps Resolver, p Profile) bool { return p.AccessKeyID != "" && !ps.Ours(p) },
		"another program, which wrote temporary ones to the credentials file")
	loginSession      = foreign(func(_ Resolver, p Profile) bool { return p.LoginSession != "" }, "an aws login session")
	credentialProcess = foreign(func(_ Resolver, p Profile) bool { return p.CredentialProcess != "" }, "a credential_process")
)

func foreign(has func(Resolver, Profile) bool, what string) source {
	return source{kind: creds.KindOther, take: func(ps Resolver, c *Chain) (taken bool, err error) {
		if !has(ps, c.Base) {
			return false, nil
		}
		return true, c.foreign(what)
	}}
}

func (c *Chain) foreign(what string) error {
	return creds.Errorf(creds.CodeUnsupported,
		"profile %q gets its credentials from %s, which daypass leaves to the AWS SDKs", c.Base.Name, what)
}
