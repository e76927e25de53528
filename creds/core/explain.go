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
			Kind: brokenKind(now.chain.kind), Profile: name, Title: "profile " + name, Missing: creds.AsError(err).Message,
		}}}, nil
	}
	links := m.explainBase(now.chain, err)
	for n, r := range now.chain.roles {
		links = append(links, creds.ExplainedLink{
			Kind: creds.LinkRole, Profile: r.profile.name, Title: roleTitle(r.arn), Detail: r.arn,
			Expires: m.sessionEnd(now.chain.origin(n + 1)),
		})
	}
	return creds.Explanation{Links: append(links, m.explainFile(name, now)), Flaws: flaws}, nil
}

// explainFlawsLocked returns what AWS's own tools would not read of all that a chain
// leads through.
func (m *Manager) explainFlawsLocked(name string, now standing) []creds.Error {
	names := []string{name, now.held.Written.Section, now.chain.base.name}
	for _, r := range now.chain.roles {
		names = append(names, r.profile.name)
	}
	all := slices.Clone(m.files.flaws.refused)
	for _, one := range names {
		for _, f := range m.files.flawsOf(one) {
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
func (m *Manager) explainBase(c chain, unread error) []creds.ExplainedLink {
	b := c.base
	if c.session != "" {
		return []creds.ExplainedLink{m.explainSignIn(c), {
			Kind: creds.LinkSSORole, Profile: b.name, Title: fmt.Sprintf("role %s in %s", b.sso.RoleName, b.sso.AccountID),
			Detail: "given by IAM Identity Center", Expires: m.sessionEnd(c.origin(0)),
		}}
	}
	key := creds.ExplainedLink{Kind: creds.LinkKey, Profile: b.name, Title: "long-term key of " + b.name}
	switch {
	case unread != nil:
		key.Missing = unread.Error()
	case m.keys[b.name]:
		key.Detail = "in the keyring"
	default:
		key.Detail = "in the credentials file, in the clear"
	}
	links := []creds.ExplainedLink{key}
	if len(c.roles) == 1 && !m.throughSession(c) {
		if c.mfaSerial != "" {
			// Assumed with a code, straight from the key.
			links[0].Title += ", with an MFA code"
		}
		return links
	}
	session := creds.ExplainedLink{
		Kind: creds.LinkSession, Profile: b.name, Title: "session of " + b.name, Expires: m.sessionEnd(c.origin(0)),
	}
	if c.mfaSerial != "" {
		session.Title, session.Detail = "MFA session of "+b.name, c.mfaSerial
	}
	return append(links, session)
}

// throughSession reports whether the only role of a chain is assumed with the
// session of its user, and not straight from the key.
func (m *Manager) throughSession(c chain) bool {
	wanted, err := c.roles[0].profile.durationSeconds()
	return c.mfaSerial != "" && err == nil && cmp.Or(wanted, defaultRole) <= defaultRole
}

func (m *Manager) explainSignIn(c chain) creds.ExplainedLink {
	s := m.session(m.files.sessions[c.session])
	link := creds.ExplainedLink{
		Kind: creds.LinkSignIn, Profile: c.base.name, Title: "sign-in to " + strings.TrimPrefix(c.session, "https://"),
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
		return one.Expires.Add(m.client.farOff())
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
	link.Expires = now.held.Written.Expires.Add(m.client.farOff())
	return link
}

// roleTitle says which role an ARN is.
func roleTitle(arn string) string {
	if account := accountOf(arn); account != "" {
		return fmt.Sprintf("role %s in %s", roleName(arn), account)
	}
	return "role " + arn
}

// roleName returns the last part of a role's ARN: paths are for policies.
func roleName(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
