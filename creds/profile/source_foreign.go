package profile

import (
	"daypass/creds"
	"daypass/internal/lang"
)

// The sources that other programs handle.
var (
	webIdentity = source{
		kind: creds.KindOther, settings: []string{"web_identity_token_file"}, ownsRole: true, keyless: true,
		take: func(_ Resolver, c *Chain) (taken bool, err error) {
			switch {
			case c.Base.Own("web_identity_token_file") == "":
				return false, nil
			case c.Base.RoleARN == "":
				c.Kind = creds.KindOther
				return true, creds.Errorf(creds.CodeBadProfile, "web_identity_token_file in %s has no role_arn beside it", SectionOf(c.Base.Name))
			}
			return true, c.foreign("a web identity token")
		},
	}
	temporaryKey = source{kind: creds.KindOther, take: func(ps Resolver, c *Chain) (taken bool, err error) {
		if c.Base.AccessKeyID == "" || ps.Ours(c.Base) {
			return false, nil
		}
		return true, c.foreign("another program, which wrote temporary ones to the credentials file")
	}}
)

func (c *Chain) foreign(what lang.Text) error {
	return creds.Errorf(creds.CodeUnsupported,
		"profile %q gets its credentials from %s, which daypass leaves to the AWS SDKs", c.Base.Name, what)
}
