package core

import (
	"context"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/awscall"
	"daypass/creds/console"
	"daypass/creds/profile"
	"daypass/internal/lang"
	"daypass/internal/partition"
	"daypass/internal/secret"
	"daypass/sso"
)

// portalRole is an account and role of IAM Identity Center.
type portalRole struct{}

func (portalRole) lifetime(*owners, time.Duration) time.Duration {
	return 0
}

func (portalRole) decides() string { return lang.T("the permission set of Identity Center") }

func (portalRole) session(ctx context.Context, i *issuer, c profile.Chain, r request, o RefreshOptions) (session, error) {
	return i.ssoSession(ctx, c, r, o)
}

func (portalRole) role(ctx context.Context, i *issuer, c profile.Chain, r request, o RefreshOptions) (session, error) {
	return i.assumeWithSession(ctx, c, r, o)
}

func (portalRole) givesRole(profile.Chain) bool { return true }

func (portalRole) needsNobody(o *owners, c profile.Chain) bool {
	return o.signIns.isSilent(c.SSOSession)
}

// leastLeft: what a permission set gives lasts an hour at least.
func (portalRole) leastLeft() time.Duration { return 0 }

// waits: not each of a session's profiles tries to renew its token.
func (portalRole) waits(o *owners, is holding, now time.Time) bool {
	f := o.signIns.get(is.chain.SSOSession)
	return !f.token.Expires.After(now) && (f.renewing || f.failures > 0)
}

// renewsUnused: for as long as somebody is signed in.
func (portalRole) renewsUnused() bool { return true }

func (portalRole) explain(e explainer, c profile.Chain, _ error) []creds.ExplainedLink {
	b := c.Base
	return []creds.ExplainedLink{e.signIn(c), {
		Kind: creds.LinkSSORole, Profile: b.Name, Title: lang.Sprintf("role %s in %s", b.SSO.RoleName, b.SSO.AccountID),
		Detail: lang.T("given by IAM Identity Center"), Expires: e.sessionEnd(c.Origin(0)),
	}}
}

func (e explainer) signIn(c profile.Chain) creds.ExplainedLink {
	s := e.view.session(e.files.set().Sessions[c.SSOSession])
	link := creds.ExplainedLink{
		Kind: creds.LinkSignIn, Profile: c.Base.Name, Title: lang.Sprintf("sign-in to %s", strings.TrimPrefix(c.SSOSession, "https://")),
		Detail: s.StartURL, Expires: s.Expires,
	}
	if s.Person != "" {
		link.Title += lang.Sprintf(" as %s", s.Person)
	}
	switch {
	case s.Err != nil:
		link.Missing = s.Err.Message
	case s.Over:
		link.Missing = lang.T("the session is over; a person has to sign in")
	case s.Renewable:
		// The token that ends then is renewed before.
		link.Detail, link.Expires = lang.Sprintf("%s (renewed silently)", link.Detail), time.Time{}
	}
	return link
}

func (portalRole) console(ctx context.Context, cs *consoles, now holding, o ConsoleOptions, link ConsoleLink, login console.Login) (ConsoleLink, error) {
	c := now.chain
	switch {
	case o.Portal && cs.choices.leaseOf(c.Asked) == 0:
		return cs.portalConsole(c, link)
	case o.Portal:
		link.Note = lang.T("opened by federation, not by the access portal, whose console sessions do not end with the time that a sensitive profile is unlocked for")
	}
	link.Identity = c.Base.SSO.RoleName
	return cs.roleConsole(ctx, c, o, link, login)
}

func (portalRole) partition(c profile.Chain) (partition.Partition, error) {
	return console.PartitionOf(c.Base.SSO.Region)
}

func (portalRole) portal(c profile.Chain) string {
	start, err := sso.StartURL(c.Base.SSO.StartURL)
	if err != nil {
		return ""
	}
	return start
}

// ssoSession gets the credentials of the account and role that a chain starts from.
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
			i.store.put(one)
			i.signer.learnToken(ctx, s)
			return one, nil
		}
		if !wantsSignIn(err) || attempt > 0 {
			return session{}, sso.Explain(c.Subject(), err)
		}
		i.signer.noteOver(ctx, s, err)
		if err := i.asker.mayAsk(c.Asked, signInPrompt(s, c.Asked, o), o); err != nil {
			return session{}, err
		}
		begun := i.aws.Now()
		if err := i.signer.signIn(ctx, s, c.Asked, o); err != nil {
			return session{}, err
		}
		if one := i.store.session(r); !one.Issued.Before(begun) && one.lasts(i.aws.Now(), 0) {
			return one, nil // obtained to learn who has signed in
		}
	}
}

// ssoCredentials makes a session of the portal's answer, if that is valid.
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

// portalConsole needs no credentials: the browser signs in to the portal.
func (cs *consoles) portalConsole(c profile.Chain, link ConsoleLink) (ConsoleLink, error) {
	start, err := sso.StartURL(c.Base.SSO.StartURL)
	if err != nil {
		return ConsoleLink{}, creds.Errorf(creds.CodeBadProfile, "profile %q: its start URL %.100q is not one: %v", c.Asked, c.Base.SSO.StartURL, err)
	}
	shortcut, err := console.PortalLink(start, c.Base.SSO.AccountID, c.Base.SSO.RoleName, link.Destination)
	if err != nil {
		return ConsoleLink{}, creds.Errorf(creds.CodeBadProfile, "profile %q: %v", c.Asked, err)
	}
	link.Link, link.Identity = secret.New(shortcut), c.Base.SSO.RoleName
	return link, nil
}
