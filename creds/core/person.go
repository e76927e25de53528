package core

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"daypass/creds"
	"daypass/creds/awscall"
	"daypass/creds/profile"
	"daypass/internal/answers"
	"daypass/internal/lang"
	"daypass/internal/secret"
	"daypass/sso"
)

// person is who is signed in to an SSO session. The sign-in does not say so, but AWS
// names every session of a role after the person:
// https://docs.aws.amazon.com/singlesignon/latest/userguide/howtosessionduration.html
type person struct {
	Name string `json:"name"`
	// StartURL is the portal's: another portal has other people.
	StartURL string `json:"start_url"`
}

// triedRoles is how many of a session's roles are tried to learn who has signed in.
// Another person may have none of them.
const triedRoles = 3

// errNoRole says why it is not known who has signed in.
var errNoRole = &creds.Error{Code: creds.CodeDenied, Message: lang.T("they have no role there that would tell")}

// newcomer is who a token belongs to that is not in use yet.
type newcomer struct {
	name string
	// session is what was obtained for a profile on the way; the zero value if the role
	// is no profile's.
	session session
	// unknown is why the name is not known.
	unknown error
}

// whose finds out who a token belongs to. It costs the credentials of one role, which
// are kept for its profile, and one call to STS.
func (s *signer) whose(ctx context.Context, of sso.Session, token sso.Token) newcomer {
	for _, c := range s.rolesOf(of.ID()) {
		got, err := s.sso.RoleCredentialsFor(ctx, of, token, c.Base.SSO.AccountID, c.Base.SSO.RoleName)
		if errors.Is(err, sso.ErrNoAccess) {
			continue
		}
		if err != nil {
			return newcomer{unknown: sso.Explain("", err)}
		}
		return s.newcomer(ctx, c, got)
	}
	account, role, err := s.sso.SomeRole(ctx, of, token)
	if err != nil {
		return newcomer{unknown: sso.Explain("", err)}
	}
	if role == "" {
		return newcomer{unknown: errNoRole}
	}
	got, err := s.sso.RoleCredentialsFor(ctx, of, token, account, role)
	if err != nil {
		return newcomer{unknown: sso.Explain("", err)}
	}
	return s.newcomer(ctx, profile.Chain{Region: of.Region}, got)
}

// rolesOf returns chains for the accounts and roles that a session's profiles name, most
// recently used first.
func (s *signer) rolesOf(id string) []profile.Chain {
	names := s.view.usersOf(id)
	s.store.byLastUse(names)
	var roles []profile.Chain
	resolver := s.resolver()
	for _, name := range names {
		if c, err := resolver.Resolve(name); err == nil && len(c.Roles) == 0 {
			roles = append(roles, c)
		}
	}
	roles = slices.CompactFunc(roles, func(a, b profile.Chain) bool {
		return a.Base.SSO.AccountID == b.Base.SSO.AccountID && a.Base.SSO.RoleName == b.Base.SSO.RoleName
	})
	return roles[:min(len(roles), triedRoles)]
}

func (s *signer) newcomer(ctx context.Context, c profile.Chain, got sso.Credentials) newcomer {
	n := newcomer{}
	if c.SSOSession != "" {
		n.session, n.unknown = s.ssoCredentials(c, request{Origin: c.Origin(0)}, got)
	}
	if n.unknown == nil {
		n.name, n.unknown = s.nameIn(ctx, c, got)
	}
	return n
}

// nameIn returns the name of the person that a role's credentials were given to.
func (s *signer) nameIn(ctx context.Context, c profile.Chain, got sso.Credentials) (string, error) {
	asking := awscall.PurposeOf(c, true)
	asking.Subject = lang.T("who has signed in is not known")
	api, err := s.aws.STS(c.Base, c.STSRegion(), got.AccessKeyID, got.SecretAccessKey.Reveal(), got.SessionToken.Reveal())
	if err != nil {
		return "", err
	}
	out, err := api.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", s.aws.Explain(asking, err)
	}
	// arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123/alice
	arn := aws.ToString(out.Arn)
	if fault := answers.Identity(arn); fault != nil {
		return "", s.aws.Explain(asking, fault)
	}
	_, rest, isRole := strings.Cut(arn, ":assumed-role/")
	_, name, named := strings.Cut(rest, "/")
	if !isRole || !named || name == "" {
		return "", creds.Errorf(creds.CodeAWS, "%s: AWS calls them %q", asking.Subject, arn)
	}
	return name, nil
}

// welcome accepts a token if its person is the same as before, is the first, or is
// confirmed by a person. Nothing is written for anybody else.
func (s *signer) welcome(ctx context.Context, of sso.Session, n newcomer, name string, o RefreshOptions) error {
	before := s.view.personOf(of)
	if before == "" || n.unknown == nil && strings.EqualFold(before, n.name) {
		return nil
	}
	who := n.insteadOf(before, of.ID())
	ask := creds.Prompt{Kind: creds.PromptPerson, Person: &who, Profile: name, Requester: o.Requester}
	if err := s.asker.mayAsk(name, ask, o); err != nil {
		return err
	}
	defer s.asker.asking(aboutSignIn(of.ID()))()
	yes := func(context.Context, creds.AnswerRequest) error { return nil } // there is no other answer
	if err := s.cfg.User.Ask(ctx, ask, yes); err != nil {
		return err
	}
	return s.dismiss(ctx, of)
}

// insteadOf returns what to ask about a newcomer.
func (n newcomer) insteadOf(before, id string) creds.Person {
	p := creds.Person{Session: id, Before: before, Now: n.name}
	if n.unknown != nil {
		p.Why = n.unknown.Error()
	}
	return p
}

// noteStranger records why a token in the cache gives nothing.
func (s *signer) noteStranger(of sso.Session, n newcomer, accessToken secret.Text) {
	who := stranger{n.insteadOf(s.view.personOf(of), of.ID()), accessToken}
	s.sso.Reject(of, accessToken)
	s.signIns.change(of.ID(), func(f *signIn) { f.stranger = who })
	s.view.publish()
}

// unconfirmed says why a session that is signed in to gives nothing.
func unconfirmed(p creds.Person) *creds.Error {
	return &creds.Error{Code: creds.CodeSignInNeeded, Message: lang.Sprintf(
		"the person signed in to %q is %s, and its profiles belong to %s; nothing is written until you sign in and confirm that",
		p.Session, cmp.Or(p.Now, lang.T("not known")), p.Before)}
}

// dismiss removes what a session's profiles hold of the previous person, and makes the
// next sweep give each of them the new person's.
func (s *signer) dismiss(ctx context.Context, of sso.Session) error {
	id := of.ID()
	s.sweeper.stop(id)
	names := s.signOut.heldOf(id)
	defer s.signOut.writer.blockRenewals(names...)()
	err := s.flights.cancel(ctx, func(f about) bool { return slices.Contains(names, f.profile) && f.asked.unattended })
	if err == nil {
		err = s.signOut.releaseSession(ctx, of)
	}
	s.signIns.change(id, func(f *signIn) {
		taken := map[string]bool{}
		maps.Copy(taken, f.taken)
		for _, name := range names {
			taken[name] = true
		}
		f.taken = taken
	})
	return err
}

// settleIn records that a token is in use from now on, and whose it is.
func (s *signer) settleIn(of sso.Session, n newcomer) {
	if n.session.Origin != "" {
		s.store.put(n.session)
	}
	is := person{StartURL: of.StartURL}
	if n.unknown != nil {
		s.cfg.Log.Warn("who has signed in is not known", "session", of.ID(), "err", n.unknown)
	} else {
		is.Name = n.name
	}
	news := s.store.nameBook().setPerson(of.ID(), is)
	s.signIns.change(of.ID(), func(f *signIn) { f.failed, f.stranger = nil, stranger{} })
	s.view.publishAll()
	if news {
		_ = s.keeper.save(false) // shown as a problem, and retried
	}
}

// passes reports whether a failure is temporary.
func passes(err error) bool {
	code := creds.AsError(err).Code
	return code == creds.CodeNetwork || code == creds.CodeThrottled
}

// admit checks that credentials came from a token of the person whom the session's
// profiles belong to: another program may have signed in.
func (s *signer) admit(ctx context.Context, of sso.Session, c profile.Chain, got sso.Credentials, o RefreshOptions) error {
	return s.admitToken(ctx, of, got.AccessToken, c.Asked, o, func(ctx context.Context) newcomer {
		n := newcomer{}
		n.name, n.unknown = s.nameIn(ctx, c, got)
		return n
	})
}

// admitCached is admit for the cached token, before a person relies on it.
func (s *signer) admitCached(ctx context.Context, of sso.Session, o RefreshOptions) error {
	token, err := s.sso.Token(ctx, of)
	if err != nil {
		return err
	}
	return s.admitToken(ctx, of, token.AccessToken, "", o, func(ctx context.Context) newcomer { return s.whose(ctx, of, token) })
}

func (s *signer) admitToken(ctx context.Context, of sso.Session, token secret.Text, name string, o RefreshOptions, who func(context.Context) newcomer) error {
	for !s.sso.Admitted(of, token) {
		if err := s.keeper.load(ctx, o.Requester); err != nil {
			return err // it is not known whose the profiles are
		}
		_, joined, err := s.flights.need(ctx, o.flightKey("person "+of.ID()), about{asked: o}, func(ctx context.Context) (session, error) {
			if s.sso.Admitted(of, token) {
				return session{}, nil // by a flight that has just ended
			}
			n := who(ctx)
			if o.unattended && n.unknown != nil && passes(n.unknown) {
				return session{}, n.unknown // it is retried
			}
			if err := s.welcome(ctx, of, n, name, o); err != nil {
				s.noteStranger(of, n, token)
				return session{}, err
			}
			s.sso.Admit(of, token)
			s.settleIn(of, n)
			return session{}, nil
		})
		silent := joined.asked.unattended && !o.unattended && errors.Is(err, errNeedsPerson)
		if err != nil && !silent {
			return err
		}
	}
	return nil
}
