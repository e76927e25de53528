package core

import (
	"context"
	"fmt"
	"time"

	"daypass/creds/awscall"
	"daypass/creds/profile"
	"daypass/creds/words"
	"daypass/sso"
)

// ssoSession gets the credentials of the account and role that a chain starts
// from.
func (i *issuer) ssoSession(ctx context.Context, c profile.Chain, r request, o RefreshOptions) (session, error) {
	base := c.Base.SSO
	s := base.SignIn()
	for attempt := 0; ; attempt++ {
		got, err := i.sso.RoleCredentials(ctx, s, base.AccountID, base.RoleName)
		if err == nil {
			if err := i.signer.admit(ctx, s, c, got, o); err != nil {
				return session{}, err
			}
			one, err := i.ssoCredentials(c, r, got)
			if err != nil {
				return session{}, err
			}
			if lifetime := one.Expires.Sub(one.Issued); o.Duration > lifetime+time.Minute {
				one.Note = fmt.Sprintf("%s instead of %s: the permission set of Identity Center decides", words.Duration(lifetime.Round(time.Minute)), words.Duration(o.Duration))
			}
			i.store.put(one)
			i.signer.learnToken(ctx, s)
			return one, nil
		}
		if !wantsSignIn(err) || attempt > 0 {
			return session{}, sso.Explain(c.Subject(), err)
		}
		i.signer.noteOver(ctx, s, err)
		if err := i.asker.mayAsk(c.Asked, o); err != nil {
			return session{}, err
		}
		if err := i.signer.signIn(ctx, s, c.Asked, o); err != nil {
			return session{}, err
		}
	}
}

// ssoCredentials makes a session of what the portal has given, if that can be one.
func (o *owners) ssoCredentials(c profile.Chain, r request, got sso.Credentials) (session, error) {
	one := session{
		request: r, AccessKeyID: got.AccessKeyID, SecretAccessKey: got.SecretAccessKey, SessionToken: got.SessionToken,
		Issued: o.aws.Now(), Expires: got.Expires, AccountID: c.Base.SSO.AccountID,
	}
	if fault := one.fault(); fault != nil {
		return session{}, o.aws.Explain(awscall.PurposeOf(c, true), fault)
	}
	return one, nil
}
