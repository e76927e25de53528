package core

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"daypass/creds"
	"daypass/creds/answers"
	"daypass/creds/awscall"
	"daypass/creds/profile"
	"daypass/creds/secret"
	"daypass/sso"
)

// person is who is signed in to a session of Identity Center. AWS does not say so
// where one signs in: it names every session of a role after the person.
// https://docs.aws.amazon.com/singlesignon/latest/userguide/howtosessionduration.html
type person struct {
	Name string `json:"name"`
	// StartURL is the portal's: another one has people of its own.
	StartURL string `json:"start_url"`
}

// triedRoles is how many roles of a session's profiles are asked for to learn who
// has signed in. Another person may have none of them.
const triedRoles = 3

// errNoRole is why it cannot be learnt who has signed in.
var errNoRole = &creds.Error{Code: creds.CodeDenied, Message: "they have no role there that would tell"}

// newcomer is who a token belongs to that is not in use yet.
type newcomer struct {
	name string
	// session is what was got for a profile on the way; the zero value if that was
	// a role of no profile.
	session session
	// unknown is why the name is not known.
	unknown error
}

// whose learns whose a token is. It costs one role's credentials, which are
// kept for the profile that they belong to, and one call of STS.
func (m *Manager) whose(ctx context.Context, s sso.Session, token sso.Token) newcomer {
	for _, c := range m.rolesOf(s.ID()) {
		got, err := m.sso.RoleCredentialsFor(ctx, s, token, c.Base.SSO.AccountID, c.Base.SSO.RoleName)
		if errors.Is(err, sso.ErrNoAccess) {
			continue
		}
		if err != nil {
			return newcomer{unknown: sso.Explain("", err)}
		}
		return m.newcomer(ctx, c, got)
	}
	account, role, err := m.sso.SomeRole(ctx, s, token)
	if err != nil {
		return newcomer{unknown: sso.Explain("", err)}
	}
	if role == "" {
		return newcomer{unknown: errNoRole}
	}
	got, err := m.sso.RoleCredentialsFor(ctx, s, token, account, role)
	if err != nil {
		return newcomer{unknown: sso.Explain("", err)}
	}
	return m.newcomer(ctx, profile.Chain{Region: s.Region}, got)
}

// rolesOf returns chains of the accounts and roles that a session's profiles name:
// what was used last comes first.
func (m *Manager) rolesOf(id string) []profile.Chain {
	m.mu.Lock()
	defer m.mu.Unlock()
	var roles []profile.Chain
	for _, name := range m.hanging[id] {
		if c, err := m.profiles().Resolve(name); err == nil && len(c.Roles) == 0 {
			roles = append(roles, c)
		}
	}
	slices.SortFunc(roles, func(a, b profile.Chain) int {
		return cmp.Or(m.store.Held[b.Asked].LastUsed.Compare(m.store.Held[a.Asked].LastUsed), strings.Compare(a.Asked, b.Asked))
	})
	roles = slices.CompactFunc(roles, func(a, b profile.Chain) bool {
		return a.Base.SSO.AccountID == b.Base.SSO.AccountID && a.Base.SSO.RoleName == b.Base.SSO.RoleName
	})
	return roles[:min(len(roles), triedRoles)]
}

func (m *Manager) newcomer(ctx context.Context, c profile.Chain, got sso.Credentials) newcomer {
	n := newcomer{}
	if c.SSOSession != "" {
		n.session, n.unknown = m.ssoCredentials(c, request{Origin: c.Origin(0)}, got)
	}
	if n.unknown == nil {
		n.name, n.unknown = m.nameIn(ctx, c, got)
	}
	return n
}

// nameIn returns the name of the person whom credentials of a role were given to.
func (m *Manager) nameIn(ctx context.Context, c profile.Chain, got sso.Credentials) (string, error) {
	asking := awscall.PurposeOf(c, true)
	asking.Subject = "who has signed in is not known"
	api, err := m.client.STS(c.Base, c.STSRegion(), got.AccessKeyID, got.SecretAccessKey.Reveal(), got.SessionToken.Reveal())
	if err != nil {
		return "", err
	}
	out, err := api.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", m.client.Explain(asking, err)
	}
	// arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123/alice
	arn := aws.ToString(out.Arn)
	if fault := answers.Identity(arn); fault != nil {
		return "", m.client.Explain(asking, fault)
	}
	_, rest, isRole := strings.Cut(arn, ":assumed-role/")
	_, name, named := strings.Cut(rest, "/")
	if !isRole || !named || name == "" {
		return "", creds.Errorf(creds.CodeAWS, "%s: AWS calls them %q", asking.Subject, arn)
	}
	return name, nil
}

// welcome lets a token be used whose person is the one of before, or nobody was
// before, or a person says so. Nothing is written for anybody else.
func (m *Manager) welcome(ctx context.Context, s sso.Session, n newcomer, profile string, o RefreshOptions) error {
	before := m.personOf(s)
	if before == "" || n.unknown == nil && strings.EqualFold(before, n.name) {
		return nil
	}
	if err := m.mayAsk(profile, o); err != nil {
		return err
	}
	m.ask(askingSignIn(s.ID()), +1)
	defer m.ask(askingSignIn(s.ID()), -1)
	ask := PersonRequest{Person: n.insteadOf(before, s.ID()), Profile: profile, Requester: o.Requester}
	if err := m.cfg.User.Person(ctx, ask); err != nil {
		return err
	}
	return m.dismiss(ctx, s)
}

// personOf returns whose the profiles of a session are; "" if that is not known.
func (m *Manager) personOf(s sso.Session) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.personOfLocked(s)
}

func (m *Manager) personOfLocked(s sso.Session) string {
	if last := m.store.People[s.ID()]; last.StartURL == s.StartURL {
		return last.Name
	}
	return ""
}

// insteadOf is what a person is asked about a newcomer.
func (n newcomer) insteadOf(before, id string) creds.Person {
	p := creds.Person{Session: id, Before: before, Now: n.name}
	if n.unknown != nil {
		p.Why = n.unknown.Error()
	}
	return p
}

// stranger is a person who was not confirmed, and the access token of theirs that
// is in the cache.
type stranger struct {
	creds.Person
	token secret.Text
}

// noteStranger notes why a token that is in the cache gives nothing.
func (m *Manager) noteStranger(s sso.Session, n newcomer, accessToken secret.Text) {
	before := m.personOf(s)
	m.sso.Reject(s, accessToken)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.signInOf(s.ID()).stranger = stranger{n.insteadOf(before, s.ID()), accessToken}
	m.publish()
}

// unconfirmed returns whose the token in the cache is if it is not used for that;
// nil if it is used. Of a token that was put there since nothing is known yet.
func (f *signIn) unconfirmed() *creds.Person {
	if !f.has || f.token.AccessToken != f.stranger.token {
		return nil
	}
	who := f.stranger.Person // what is here changes when they are confirmed
	return &who
}

// unconfirmed says why a session that is signed in to gives nothing.
func unconfirmed(p creds.Person) *creds.Error {
	return &creds.Error{Code: creds.CodeSignInNeeded, Message: fmt.Sprintf(
		"the person signed in to %q is %s, and its profiles belong to %s; nothing is written until you sign in and confirm that",
		p.Session, cmp.Or(p.Now, "not known"), p.Before)}
}

// dismiss takes away what the profiles of a session hold of the person before, and
// has the next sweep give all of them something of the next one's.
func (m *Manager) dismiss(ctx context.Context, s sso.Session) error {
	id := s.ID()
	m.stopSweep(id)
	names := m.heldOf(id)
	defer m.depart(names...)()
	err := m.ground(ctx, func(f *flight) bool { return slices.Contains(names, f.profile) && f.asked.unattended })
	if err == nil {
		err = m.releaseSession(ctx, s)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.signInOf(id)
	if f.taken == nil {
		f.taken = map[string]bool{}
	}
	for _, name := range names {
		f.taken[name] = true
	}
	return err
}

// settleIn notes that a token is in use from now on, and whose it is.
func (m *Manager) settleIn(s sso.Session, n newcomer) {
	if n.session.Origin != "" {
		m.remember(n.session)
	}
	is := person{StartURL: s.StartURL}
	if n.unknown != nil {
		m.cfg.Log.Warn("who has signed in is not known", "session", s.ID(), "err", n.unknown)
	} else {
		is.Name = n.name
	}
	m.mu.Lock()
	before := m.store.People[s.ID()]
	m.store.People[s.ID()] = is
	f := m.signInOf(s.ID())
	f.failed, f.stranger = nil, stranger{}
	for _, name := range m.hanging[s.ID()] {
		if i, ok := m.find(name); ok {
			m.base[i].Person = m.personOfLocked(s)
		}
	}
	m.publish()
	m.mu.Unlock()
	if is != before {
		_ = m.save(false) // a problem that the snapshot tells, and that is tried again
	}
}

// passes reports whether a failure is one of the moment.
func passes(err error) bool {
	code := creds.AsError(err).Code
	return code == creds.CodeNetwork || code == creds.CodeThrottled
}

// admit makes sure that credentials were got by a token of the person whom the
// session's profiles belong to: another program may have signed in.
func (m *Manager) admit(ctx context.Context, s sso.Session, c profile.Chain, got sso.Credentials, o RefreshOptions) error {
	return m.admitToken(ctx, s, got, c.Asked, o, func(ctx context.Context) newcomer {
		n := newcomer{}
		n.name, n.unknown = m.nameIn(ctx, c, got)
		return n
	})
}

// admitCached is admit for the token that the cache holds, before a person relies
// on it.
func (m *Manager) admitCached(ctx context.Context, s sso.Session, o RefreshOptions) error {
	token, err := m.sso.Token(ctx, s)
	if err != nil {
		return err
	}
	return m.admitToken(ctx, s, sso.Credentials{AccessToken: token.AccessToken}, "", o, func(ctx context.Context) newcomer {
		return m.whose(ctx, s, token)
	})
}

func (m *Manager) admitToken(ctx context.Context, s sso.Session, got sso.Credentials, profile string, o RefreshOptions, who func(context.Context) newcomer) error {
	for !m.sso.Admitted(s, got.AccessToken) {
		if err := m.load(ctx, o.Requester); err != nil {
			return err // whose the profiles are is not known
		}
		f := &flight{key: "person " + s.ID(), asked: o}
		m.mu.Lock()
		f = m.needLocked(f, func(ctx context.Context) (session, error) {
			n := who(ctx)
			if o.unattended && n.unknown != nil && passes(n.unknown) {
				return session{}, n.unknown // and is tried again
			}
			if err := m.welcome(ctx, s, n, profile, o); err != nil {
				m.noteStranger(s, n, got.AccessToken)
				return session{}, err
			}
			m.sso.Admit(s, got.AccessToken)
			m.settleIn(s, n)
			return session{}, nil
		})
		m.mu.Unlock()
		_, err := m.awaitNeeded(ctx, f)
		silent := f.asked.unattended && !o.unattended && errors.Is(err, errNeedsPerson)
		if err != nil && !silent {
			return err
		}
	}
	return nil
}
