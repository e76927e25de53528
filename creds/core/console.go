package core

import (
	"cmp"
	"context"
	"errors"
	"time"

	"daypass/creds"
	"daypass/creds/awscall"
	"daypass/creds/console"
	"daypass/creds/profile"
	"daypass/internal/lang"
	"daypass/internal/partition"
	"daypass/internal/secret"
	"daypass/internal/words"
)

// ConsoleOptions say which page of the console to open, and how.
type ConsoleOptions struct {
	// Page is where to go; its ProfileRegion is filled in.
	Page console.Page
	// Duration of the console session, from 15 minutes to 12 hours; zero takes the
	// longest that AWS gives.
	Duration time.Duration
	// Portal uses the access portal's shortcut if the profile is an account and role of
	// Identity Center.
	Portal bool
	// LogoutFirst ends the browser's present console session first.
	LogoutFirst bool
	// Refresh says how to renew credentials that have ended.
	Refresh RefreshOptions
}

// ConsoleLink is a way into the console.
type ConsoleLink struct {
	// Link signs in whoever has it, for 15 minutes from now.
	Link secret.Text
	// Destination is the page, without anything secret.
	Destination string
	// AccountID and Identity say who the link signs in.
	AccountID, Identity string
	// Until is when the console session ends; zero if unknown.
	Until time.Time
	// Note is one sentence on what differs from the request, or "".
	Note string
}

// consoles make links to the console.
type consoles struct {
	*owners
	asker     asker
	issuer    *issuer
	refresher *refresher
}

// link makes a console link with a profile's identity; see [Manager.Console].
func (cs *consoles) link(ctx context.Context, name string, o ConsoleOptions) (ConsoleLink, error) {
	if o.Duration != 0 && (o.Duration < creds.MinConsole || o.Duration > creds.MaxConsole) {
		return ConsoleLink{}, creds.Errorf(creds.CodeBadRequest, "a console session lasts from 15 minutes to 12 hours, not %s", words.Duration(o.Duration))
	}
	now, err := cs.refresher.prepare(ctx, name, o.Refresh.Requester)
	if err != nil {
		return ConsoleLink{}, err
	}
	c := now.chain
	in, err := partitionOf(c)
	if err != nil {
		return ConsoleLink{}, creds.Errorf(creds.CodeBadProfile, "profile %q: %v", name, err)
	}
	o.Page.ProfileRegion = c.Region
	destination, err := console.Destination(in, o.Page, awscall.SigninEndpoint(cs.cfg.AWS))
	if err != nil {
		return ConsoleLink{}, creds.Errorf(creds.CodeBadRequest, "%v", err)
	}
	link := ConsoleLink{Destination: destination, AccountID: c.Account()}
	login := console.Login{Partition: in, Destination: destination, Issuer: sourceOf(c).portal(c), LogoutFirst: o.LogoutFirst}
	if len(c.Roles) == 0 {
		return sourceOf(c).console(ctx, cs, now, o, link, login)
	}
	return cs.roleConsole(ctx, c, o, link, login)
}

// consoleLimit returns how long a profile's console session may last if it is asked for
// now; zero is no limit. For a sensitive profile it is the rest of the lease, as nothing
// can end a console session early.
func (cs *consoles) consoleLimit(name string) time.Duration {
	limit := cs.choices.leaseOf(name)
	if limit == 0 {
		return 0
	}
	if now, err := cs.holding(name); err == nil && now.inFile && !now.held.Lease.IsZero() {
		limit = min(limit, time.Until(now.held.Lease))
	}
	return max(limit, creds.MinConsole)
}

// boundConsole bounds a console session's duration, and notes it if somebody asked for
// longer. Zero is the longest that AWS gives, which is most.
func (link *ConsoleLink) boundConsole(wanted, most, limit time.Duration) time.Duration {
	if limit == 0 || cmp.Or(wanted, most) <= limit {
		return wanted
	}
	if wanted != 0 {
		link.note(lang.Sprintf("the console session lasts %s instead of %s: the profile is sensitive, and is unlocked for no longer", words.Duration(limit), words.Duration(wanted)))
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

// partitionOf returns the partition that a chain ends in.
func partitionOf(c profile.Chain) (partition.Partition, error) {
	if n := len(c.Roles); n > 0 {
		return console.PartitionOfARN(c.Roles[n-1].ARN)
	}
	return sourceOf(c).partition(c)
}

// roleConsole uses a role's credentials, also those of Identity Center.
func (cs *consoles) roleConsole(ctx context.Context, c profile.Chain, o ConsoleOptions, link ConsoleLink, login console.Login) (ConsoleLink, error) {
	if _, err := cs.refresher.refresh(ctx, c.Asked, o.Refresh); err != nil {
		return ConsoleLink{}, err
	}
	now, err := cs.holding(c.Asked)
	if err != nil {
		return ConsoleLink{}, err
	}
	one := now.session
	limit := cs.consoleLimit(c.Asked)
	login.AccessKeyID, login.SecretAccessKey, login.SessionToken = one.AccessKeyID, one.SecretAccessKey, one.SessionToken
	login.Duration = link.boundConsole(o.Duration, one.left(cs.aws.Now()), limit)
	link.Until = one.Expires.Add(cs.aws.FarOff())
	if n := len(c.Roles); n > 0 {
		link.Identity = roleName(c.Roles[n-1].ARN)
	}
	link.AccountID = cmp.Or(one.AccountID, link.AccountID)
	if len(c.Roles) > 1 || len(c.Roles) == 1 && sourceOf(c).givesRole(c) {
		// AWS accepts no duration with role chaining.
		if o.Duration != 0 {
			link.Note = lang.T("AWS decides how long a console session of a role lasts that is assumed through another role")
		}
		login.Duration = 0
	}
	return cs.federate(ctx, c, link, login)
}

// federate trades credentials for the link.
func (cs *consoles) federate(ctx context.Context, c profile.Chain, link ConsoleLink, login console.Login) (ConsoleLink, error) {
	cfg, err := cs.aws.ConfigFor(c.Base, c.STSRegion(), "", "", "")
	if err != nil {
		return ConsoleLink{}, err
	}
	federation := console.Federation{Client: cfg.HTTPClient, Endpoint: awscall.SigninEndpoint(cs.cfg.AWS)}
	started := time.Now()
	link.Link, err = federation.Link(ctx, login)
	if errors.Is(err, console.ErrDuration) {
		link.note(lang.Sprintf("AWS did not take %s for the console session, and decides itself how long it lasts", words.Duration(login.Duration)))
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

func explainConsole(c profile.Chain, err error) error {
	code := creds.CodeAWS
	switch {
	case errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, console.ErrRefused):
		code = creds.CodeDenied
	case errors.Is(err, console.ErrUnreachable):
		code = creds.CodeNetwork
	}
	return creds.Errorf(code, "no console for profile %q: %v", c.Asked, err)
}
