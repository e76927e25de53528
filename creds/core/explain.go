package core

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/profile"
)

// Explain says how a profile comes by its credentials, step by step, as the
// files have it now.
func (m *Manager) Explain(ctx context.Context, name string) (creds.Explanation, error) {
	m.awaitStart(ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reread()
	if _, err := m.status(name); err != nil {
		return creds.Explanation{}, err
	}
	now, err := m.stand(name)
	flaws := m.explainFlawsLocked(name, now)
	if err != nil && !errors.Is(err, errUnread) {
		// The chain broke on its way: there are no steps to show but why.
		return creds.Explanation{Flaws: flaws, Links: []creds.ExplainedLink{{
			Kind: brokenKind(now.chain.Kind), Profile: name, Title: "profile " + name, Missing: creds.AsError(err).Message,
		}}}, nil
	}
	links := m.explainBase(now.chain, err)
	for n, r := range now.chain.Roles {
		links = append(links, creds.ExplainedLink{
			Kind: creds.LinkRole, Profile: r.Profile.Name, Title: roleTitle(r.ARN), Detail: r.ARN,
			Expires: m.sessionEnd(now.chain.Origin(n + 1)),
		})
	}
	return creds.Explanation{Links: append(links, m.explainFile(name, now)), Flaws: flaws}, nil
}

// explainFlawsLocked returns what AWS's own tools would not read of all that a chain
// leads through.
func (m *Manager) explainFlawsLocked(name string, now standing) []creds.Error {
	names := []string{name, now.held.Written.Section, now.chain.Base.Name}
	for _, r := range now.chain.Roles {
		names = append(names, r.Profile.Name)
	}
	all := slices.Clone(m.files.Flaws.Refused)
	for _, one := range names {
		for _, f := range m.files.FlawsOf(one) {
			if !slices.Contains(all, f.Error) {
				all = append(all, f.Error)
			}
		}
	}
	return all
}

func brokenKind(kind creds.Kind) creds.LinkKind {
	switch kind {
	case creds.KindSSO:
		return creds.LinkSSORole
	case creds.KindUser:
		return creds.LinkKey
	case creds.KindRole, creds.KindOther:
	}
	return creds.LinkRole
}

// explainBase returns the steps up to the first role; unread is why it is not
// known whether the keyring holds its key, or nil. It is called with the lock
// held, like those below.
func (m *Manager) explainBase(c profile.Chain, unread error) []creds.ExplainedLink {
	b := c.Base
	if c.SSOSession != "" {
		return []creds.ExplainedLink{m.explainSignIn(c), {
			Kind: creds.LinkSSORole, Profile: b.Name, Title: fmt.Sprintf("role %s in %s", b.SSO.RoleName, b.SSO.AccountID),
			Detail: "given by IAM Identity Center", Expires: m.sessionEnd(c.Origin(0)),
		}}
	}
	key := creds.ExplainedLink{Kind: creds.LinkKey, Profile: b.Name, Title: "long-term key of " + b.Name}
	switch {
	case unread != nil:
		key.Missing = unread.Error()
	case m.keys[b.Name]:
		key.Detail = "in the keyring"
	default:
		key.Detail = "in the credentials file, in the clear"
	}
	links := []creds.ExplainedLink{key}
	if len(c.Roles) == 1 && !m.throughSession(c) {
		if c.MFASerial != "" {
			// Assumed with a code, straight from the key.
			links[0].Title += ", with an MFA code"
		}
		return links
	}
	session := creds.ExplainedLink{
		Kind: creds.LinkSession, Profile: b.Name, Title: "session of " + b.Name, Expires: m.sessionEnd(c.Origin(0)),
	}
	if c.MFASerial != "" {
		session.Title, session.Detail = "MFA session of "+b.Name, c.MFASerial
	}
	return append(links, session)
}

// throughSession reports whether the only role of a chain is assumed with the
// session of its user, and not straight from the key.
func (m *Manager) throughSession(c profile.Chain) bool {
	wanted, err := c.Roles[0].Profile.DurationSeconds()
	return c.MFASerial != "" && err == nil && cmp.Or(wanted, defaultRole) <= defaultRole
}

func (m *Manager) explainSignIn(c profile.Chain) creds.ExplainedLink {
	s := m.session(m.files.Sessions[c.SSOSession])
	link := creds.ExplainedLink{
		Kind: creds.LinkSignIn, Profile: c.Base.Name, Title: "sign-in to " + strings.TrimPrefix(c.SSOSession, "https://"),
		Detail: s.StartURL, Expires: s.Expires,
	}
	if s.Person != "" {
		link.Title += " as " + s.Person
	}
	switch {
	case s.Err != nil:
		link.Missing = s.Err.Message
	case s.Over:
		link.Missing = "the session is over; a person has to sign in"
	case s.Renewable:
		// Its end is that of a token which is renewed before that.
		link.Detail, link.Expires = link.Detail+" (renewed silently)", time.Time{}
	}
	return link
}

// sessionEnd returns when what a step gave ends by this machine's clock; zero if
// it has given nothing.
func (m *Manager) sessionEnd(origin string) time.Time {
	if one := m.store.Sessions.latest(origin); !one.Expires.IsZero() {
		return one.Expires.Add(m.client.FarOff())
	}
	return time.Time{}
}

func (m *Manager) explainFile(name string, now standing) creds.ExplainedLink {
	link := creds.ExplainedLink{Kind: creds.LinkFile, Profile: name, Title: "credentials file", Detail: m.cfg.Files.Credentials}
	if !now.inFile {
		link.Missing = "nothing is written yet"
		return link
	}
	link.Title = "[" + now.held.Written.Section + "] of the credentials file"
	link.Expires = now.held.Written.Expires.Add(m.client.FarOff())
	return link
}

// roleTitle says which role an ARN is.
func roleTitle(arn string) string {
	if account := profile.AccountOf(arn); account != "" {
		return fmt.Sprintf("role %s in %s", roleName(arn), account)
	}
	return "role " + arn
}

// roleName returns the last part of a role's ARN: paths are for policies.
func roleName(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
