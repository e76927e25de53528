package profile

import (
	"errors"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/partition"
	"daypass/sso"
)

const labelSSO = " sso="

// portalRole is an account and role of IAM Identity Center.
var portalRole = source{
	kind:    creds.KindSSO,
	named:   func(p Profile) bool { return p.HasSSO },
	keyless: true,
	take:    takePortalRole,
	origin: func(c Chain, add func(label, value string)) {
		add(labelSSO, c.SSOSession)
		add(" account=", c.Base.SSO.AccountID)
		add(" role=", c.Base.SSO.RoleName)
		add(" portal=", c.Base.SSO.StartURL)
		add(" in=", c.Base.SSO.Region)
	},
	account: func(p Profile) string { return p.SSO.AccountID },
	endpoint: func(_ Profile, of func(service string, own Endpoints) string) string {
		return of(servicePortal, Endpoints{})
	},
}

func takePortalRole(_ Resolver, c *Chain) (taken bool, err error) {
	b := c.Base
	switch {
	case !b.HasSSO:
		return false, nil
	case b.SSOError != nil:
		return true, explainSettings(b.SSOError)
	case b.SSO.AccountID == "":
		return true, creds.Errorf(creds.CodeUnsupported,
			"profile %q signs in to %q for a token alone: it names no sso_account_id and sso_role_name to get credentials for", b.Name, b.SSO.SignIn().ID())
	case !partition.IsRegion(b.SSO.Region):
		return true, &creds.Error{
			Code:    creds.CodeBadProfile,
			Message: lang.Sprintf("profile %q cannot be used: %s", c.Asked, sso.RegionFault(b.SSO.SignIn())),
			Advice:  lang.T(RegionAdvice),
		}
	}
	// Identity Center has its own MFA. AWS would refuse an IAM device with its
	// credentials.
	c.SSOSession, c.MFASerial, c.MFAOfSource, c.Spared = b.SSO.SignIn().ID(), "", false, ""
	return true, nil
}

// explainSettings is [sso.Explain] for an error in a profile's settings.
func explainSettings(err error) error {
	if errors.As(err, new(*sso.Error)) {
		return sso.Explain("", err)
	}
	return creds.Errorf(creds.CodeBadProfile, "%s", err)
}
