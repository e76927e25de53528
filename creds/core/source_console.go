package core

import (
	"cmp"
	"context"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/console"
	"daypass/creds/consolesignin"
	"daypass/creds/profile"
	"daypass/internal/lang"
	"daypass/internal/partition"
	"daypass/internal/secret"
)

// consoleSignIn is a sign-in to the console, as "aws login" makes it.
type consoleSignIn struct{}

func (consoleSignIn) lifetime(*owners, time.Duration) time.Duration { return 0 }

func (consoleSignIn) decides() string { return lang.T("AWS's sign-in service") }

func (consoleSignIn) session(ctx context.Context, i *issuer, c profile.Chain, r request, o RefreshOptions) (session, error) {
	return i.console.credentials(ctx, c, r, o)
}

func (consoleSignIn) role(ctx context.Context, i *issuer, c profile.Chain, r request, o RefreshOptions) (session, error) {
	return i.assumeWithSession(ctx, c, r, o)
}

func (consoleSignIn) givesRole(c profile.Chain) bool { return isRoleSession(c.Base.LoginSession()) }

// isRoleSession reports whether an ARN is that of somebody who has a role.
func isRoleSession(arn string) bool { return strings.Contains(arn, ":assumed-role/") }

func (consoleSignIn) needsNobody(o *owners, c profile.Chain) bool {
	return o.logins.isSilent(c.Base.LoginSession())
}

func (consoleSignIn) leastLeft() time.Duration { return consolesignin.RenewBefore }

// waits: the sign-in is renewed once for all of its profiles, which then take what the
// login cache has. So they also take what other programs have renewed.
func (consoleSignIn) waits(o *owners, is holding, now time.Time) bool {
	f := o.logins.get(is.chain.Base.LoginSession())
	if f.renewing || !f.token.Expires.After(now) {
		return true
	}
	return len(is.chain.Roles) == 0 && f.token.AccessKeyID == is.session.AccessKeyID && is.isWritten()
}

// renewsUnused: for as long as somebody is signed in.
func (consoleSignIn) renewsUnused() bool { return true }

func (consoleSignIn) explain(e explainer, c profile.Chain, _ error) []creds.ExplainedLink {
	arn := c.Base.LoginSession()
	link := creds.ExplainedLink{Kind: creds.LinkSignIn, Profile: c.Base.Name, Title: lang.T("sign-in to the console"), Detail: arn}
	f := e.logins.get(arn)
	switch {
	case arn == "":
		link.Missing = lang.T("nobody has signed in yet")
		return []creds.ExplainedLink{link}
	case f.over && f.failed != nil:
		link.Missing = f.failed.Message
	case !f.has || !f.missing.IsZero():
		link.Missing = lang.T("nobody is signed in")
	case !f.isSilent(time.Now()):
		link.Missing = lang.T("the sign-in has ended; a person has to sign in")
	case f.lives(time.Now()):
		link.Detail, link.Expires = lang.Sprintf("%s (renewed silently)", arn), f.token.Ends()
	default:
		link.Expires = f.token.Expires
	}
	link.Title = lang.Sprintf("sign-in to the console as %s", nameOf(arn))
	return []creds.ExplainedLink{link}
}

// nameOf returns what people call who is signed in: the last part of the ARN of a user or a
// role, or the root user.
func nameOf(arn string) string {
	if strings.HasSuffix(arn, ":root") {
		return "root"
	}
	return roleName(arn)
}

// console uses federation for roles. AWS gives it to nobody else: for them the page opens
// as for whoever is signed in to the browser.
func (consoleSignIn) console(ctx context.Context, cs *consoles, now holding, o ConsoleOptions, link ConsoleLink, login console.Login) (ConsoleLink, error) {
	c := now.chain
	arn := c.Base.LoginSession()
	if arn == "" || isRoleSession(arn) {
		link.Identity = nameOf(arn)
		signedIn, err := cs.roleConsole(ctx, c, o, link, login)
		if err == nil || creds.AsError(err).Code != creds.CodeDenied {
			if now, known := cs.holding(c.Asked); known == nil {
				signedIn.Identity = nameOf(now.chain.Base.LoginSession())
			}
			return signedIn, err
		}
	}
	if cs.asker.wantsConsent(now, o.Refresh.Requester) {
		if err := cs.asker.consent(ctx, c.Asked, c, o.Refresh); err != nil {
			return ConsoleLink{}, err
		}
	}
	cs.refresher.touch(c.Asked)
	return cs.plainConsole(c.Asked, link), nil
}

// plainConsole opens the page in the console session that the browser has.
func (cs *consoles) plainConsole(name string, link ConsoleLink) ConsoleLink {
	if now, err := cs.holding(name); err == nil { // somebody may just have signed in
		arn := now.chain.Base.LoginSession()
		link.AccountID, link.Identity = cmp.Or(profile.AccountOf(arn), link.AccountID), nameOf(arn)
	}
	link.Link = secret.New(link.Destination)
	link.note(lang.T("AWS signs nobody in to the console with these credentials, so the page opens as whoever is signed in to the browser"))
	if cs.choices.leaseOf(name) > 0 {
		link.note(lang.T("that console session does not end with the time that a sensitive profile is unlocked for"))
	}
	return link
}

func (consoleSignIn) partition(c profile.Chain) (partition.Partition, error) {
	if arn := c.Base.LoginSession(); arn != "" {
		return console.PartitionOfARN(arn)
	}
	return console.PartitionOf(cmp.Or(c.Region, profile.PartitionRegion("")))
}

func (consoleSignIn) portal(profile.Chain) string { return "" }
