package core

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"daypass/creds"
	"daypass/creds/answers"
	"daypass/creds/console"
	"daypass/creds/partition"
	"daypass/creds/secret"
	"daypass/creds/words"
	"daypass/sso"
)

// ConsoleOptions say where in the console to go, and how.
type ConsoleOptions struct {
	// Page is the one to go to; its ProfileRegion is filled in.
	Page console.Page
	// Duration of the console session, from 15 minutes to 12 hours; zero is as
	// long as AWS gives.
	Duration time.Duration
	// Portal takes the access portal's shortcut where the profile is an account
	// and role of Identity Center.
	Portal bool
	// LogoutFirst ends the console session that the browser has.
	LogoutFirst bool
	// Refresh is how credentials are got that have ended.
	Refresh RefreshOptions
}

// ConsoleLink is a way into the console.
type ConsoleLink struct {
	// Link signs in whoever has it, for 15 minutes from now.
	Link secret.Text
	// Destination is the page, without anything secret.
	Destination string
	// AccountID and Identity are who one is there.
	AccountID, Identity string
	// Until is when the console session ends; zero where that is not known.
	Until time.Time
	// Note is one sentence on what is not as asked for, or "".
	Note string
}

// Console makes a link to the console in the identity of a profile. Credentials
// that have ended are refreshed first, with a question if need be.
func (m *Manager) Console(ctx context.Context, name string, o ConsoleOptions) (ConsoleLink, error) {
	if o.Duration != 0 && (o.Duration < console.MinDuration || o.Duration > console.MaxDuration) {
		return ConsoleLink{}, creds.Errorf(creds.CodeBadRequest, "a console session lasts from 15 minutes to 12 hours, not %s", words.Duration(o.Duration))
	}
	now, err := m.prepare(ctx, name, o.Refresh.Requester)
	if err != nil {
		return ConsoleLink{}, err
	}
	c := now.chain
	in, err := partitionOf(c)
	if err != nil {
		return ConsoleLink{}, creds.Errorf(creds.CodeBadProfile, "profile %q: %v", name, err)
	}
	o.Page.ProfileRegion = c.region
	destination, err := console.Destination(in, o.Page, SigninEndpoint(m.cfg.AWS))
	if err != nil {
		return ConsoleLink{}, creds.Errorf(creds.CodeBadRequest, "%v", err)
	}
	link := ConsoleLink{Destination: destination, AccountID: c.account()}
	login := console.Login{Partition: in, Destination: destination, Issuer: issuerOf(c), LogoutFirst: o.LogoutFirst}
	switch {
	case len(c.roles) == 0 && c.session == "":
		if m.wantsConsent(now, o.Refresh.Requester) {
			if err := m.consent(ctx, name, c, o.Refresh.Requester); err != nil {
				return ConsoleLink{}, err
			}
		}
		return m.userConsole(ctx, c, o, link, login)
	case len(c.roles) == 0 && o.Portal && m.leaseOf(name) == 0:
		return m.portalConsole(c, link)
	case len(c.roles) == 0 && o.Portal:
		link.Note = "opened by federation, not by the access portal, whose console sessions do not end with the time that a sensitive profile is unlocked for"
	}
	return m.roleConsole(ctx, c, o, link, login)
}

// consoleLimit is how long a console session of a profile may last that is asked for
// now: the rest of the time that a sensitive one is unlocked for, since nothing
// ends a console session before its own end. It is zero for all others.
func (m *Manager) consoleLimit(name string) time.Duration {
	limit := m.leaseOf(name)
	if limit == 0 {
		return 0
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if now, err := m.stand(name); err == nil && now.inFile && !now.held.Lease.IsZero() {
		limit = min(limit, time.Until(now.held.Lease))
	}
	return max(limit, console.MinDuration)
}

// boundConsole bounds a console session's duration, and notes it where somebody
// has asked for a longer one. Zero is as long as AWS gives, which is most.
func (link *ConsoleLink) boundConsole(wanted, most, limit time.Duration) time.Duration {
	if limit == 0 || cmp.Or(wanted, most) <= limit {
		return wanted
	}
	if wanted != 0 {
		link.note(fmt.Sprintf("the console session lasts %s instead of %s: the profile is sensitive, and is unlocked for no longer", words.Duration(limit), words.Duration(wanted)))
	}
	return limit
}

// note adds a remark.
func (link *ConsoleLink) note(text string) {
	if link.Note != "" {
		text = link.Note + "; " + text
	}
	link.Note = text
}

// partitionOf returns the one that a chain ends in.
func partitionOf(c chain) (partition.Partition, error) {
	switch n := len(c.roles); {
	case n > 0:
		return console.PartitionOfARN(c.roles[n-1].arn)
	case c.session != "":
		return console.PartitionOf(c.base.sso.Region)
	case c.mfaSerial != "" && accountOf(c.mfaSerial) != "":
		return console.PartitionOfARN(c.mfaSerial)
	}
	return console.PartitionOf(cmp.Or(c.region, partitionRegion("")))
}

// issuerOf returns the address of the access portal that a chain starts from, or "":
// other chains have no page to come back to.
func issuerOf(c chain) string {
	if c.session == "" {
		return ""
	}
	start, err := sso.StartURL(c.base.sso.StartURL)
	if err != nil {
		return ""
	}
	return start
}

// portalConsole needs no credentials: the browser signs in to the portal.
func (m *Manager) portalConsole(c chain, link ConsoleLink) (ConsoleLink, error) {
	start, err := sso.StartURL(c.base.sso.StartURL)
	if err != nil {
		return ConsoleLink{}, creds.Errorf(creds.CodeBadProfile, "profile %q: its start URL %.100q is not one: %v", c.asked, c.base.sso.StartURL, err)
	}
	shortcut, err := console.PortalLink(start, c.base.sso.AccountID, c.base.sso.RoleName, link.Destination)
	if err != nil {
		return ConsoleLink{}, creds.Errorf(creds.CodeBadProfile, "profile %q: %v", c.asked, err)
	}
	link.Link, link.Identity = secret.New(shortcut), c.base.sso.RoleName
	return link, nil
}

// roleConsole takes the credentials of a role, be it one of Identity Center.
func (m *Manager) roleConsole(ctx context.Context, c chain, o ConsoleOptions, link ConsoleLink, login console.Login) (ConsoleLink, error) {
	if _, err := m.Refresh(ctx, c.asked, o.Refresh); err != nil {
		return ConsoleLink{}, err
	}
	m.mu.Lock()
	now, err := m.stand(c.asked)
	m.mu.Unlock()
	if err != nil {
		return ConsoleLink{}, err
	}
	one := now.session
	limit := m.consoleLimit(c.asked)
	login.AccessKeyID, login.SecretAccessKey, login.SessionToken = one.AccessKeyID, one.SecretAccessKey, one.SessionToken
	login.Duration = link.boundConsole(o.Duration, one.left(m.client.now()), limit)
	link.Identity, link.Until = c.base.sso.RoleName, one.Expires.Add(m.client.farOff())
	if n := len(c.roles); n > 0 {
		link.Identity = roleName(c.roles[n-1].arn)
	}
	link.AccountID = cmp.Or(one.AccountID, link.AccountID)
	if len(c.roles) > 1 || len(c.roles) == 1 && c.session != "" {
		// "Role chaining": AWS takes no duration.
		if o.Duration != 0 {
			link.Note = "AWS decides how long a console session of a role lasts that is assumed through another role"
		}
		login.Duration = 0
	}
	return m.federate(ctx, c, link, login)
}

// userConsole takes credentials that are made for it, as AWS lets an IAM user's
// session into the console only if GetFederationToken gave it.
func (m *Manager) userConsole(ctx context.Context, c chain, o ConsoleOptions, link ConsoleLink, login console.Login) (ConsoleLink, error) {
	key, err := m.longTermKey(ctx, c.base, o.Refresh)
	if err != nil {
		return ConsoleLink{}, err
	}
	api, err := m.client.sts(c.base, c.stsRegion(), key.ID, key.Secret.Reveal(), "")
	if err != nil {
		return ConsoleLink{}, err
	}
	m.touch(c.asked)
	federated, err := api.GetFederationToken(ctx, &sts.GetFederationTokenInput{
		Name: aws.String(console.FederationName(c.base.name)), Policy: aws.String(console.AllowAll),
		DurationSeconds: seconds(cmp.Or(link.boundConsole(o.Duration, console.MaxDuration, m.consoleLimit(c.asked)), console.MaxDuration)),
	})
	if err != nil {
		return ConsoleLink{}, m.explainFederation(c, err)
	}
	got, err := newSession(request{}, federated.Credentials, m.client.now(), "")
	who := ""
	if federated.FederatedUser != nil {
		who = aws.ToString(federated.FederatedUser.Arn)
	}
	if err = answers.First(err, answers.Identity(who)); err != nil {
		return ConsoleLink{}, m.client.explainCall(askingConsole(c), err)
	}
	login.AccessKeyID, login.SecretAccessKey, login.SessionToken = got.AccessKeyID, got.SecretAccessKey, got.SessionToken
	link.AccountID, link.Identity = accountOf(who), roleName(who)
	link.Until = got.Expires.Add(m.client.farOff())
	if c.mfaSerial != "" {
		link.note("AWS takes no MFA code for an IAM user's console session, so that what the user may do with MFA alone is denied there; a role has no such limit")
	}
	return m.federate(ctx, c, link, login)
}

// explainFederation says what AWS allows where it denies GetFederationToken.
func (m *Manager) explainFederation(c chain, err error) error {
	asking := askingConsole(c)
	explained := m.client.explainCall(asking, err)
	if creds.AsError(explained).Code == creds.CodeDenied {
		return creds.Errorf(creds.CodeDenied, "%s: AWS lets an IAM user in only by sts:GetFederationToken, which takes no MFA code, "+
			"and denies that to this user; use a profile with a role, which the user may assume with MFA", asking.subject)
	}
	return explained
}

// askingConsole is [askingOf] for the console of an IAM user.
func askingConsole(c chain) asking {
	a := askingOf(c, false)
	a.subject = fmt.Sprintf("no console for profile %q", c.asked)
	return a
}

// federate trades credentials for the link.
func (m *Manager) federate(ctx context.Context, c chain, link ConsoleLink, login console.Login) (ConsoleLink, error) {
	cfg, err := m.client.configFor(c.base, c.stsRegion(), "", "", "")
	if err != nil {
		return ConsoleLink{}, err
	}
	federation := console.Federation{Client: cfg.HTTPClient, Endpoint: SigninEndpoint(m.cfg.AWS)}
	started := time.Now()
	link.Link, err = federation.Link(ctx, login)
	if errors.Is(err, console.ErrDuration) {
		link.note(fmt.Sprintf("AWS did not take %s for the console session, and decides itself how long it lasts", words.Duration(login.Duration)))
		login.Duration = 0
		link.Link, err = federation.Link(ctx, login)
	}
	if err != nil {
		return ConsoleLink{}, explainConsole(c, err)
	}
	if login.Duration != 0 {
		link.Until = started.Round(0).Add(login.Duration)
	}
	return link, nil
}

func explainConsole(c chain, err error) error {
	code := creds.CodeAWS
	switch {
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, console.ErrRefused):
		code = creds.CodeDenied
	case errors.Is(err, console.ErrUnreachable):
		code = creds.CodeNetwork
	}
	return creds.Errorf(code, "no console for profile %q: %v", c.asked, err)
}

// SigninEndpoint returns what the environment has instead of AWS's sign-in to the
// console, or "", given what [LoadAWS] has returned.
func SigninEndpoint(cfg aws.Config) string {
	for _, source := range cfg.ConfigSources {
		if e, ok := source.(environment); ok {
			base, _, _ := e.GetServiceBaseEndpoint(context.Background(), signinService)
			return base
		}
	}
	return ""
}
