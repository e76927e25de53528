package agent

import (
	"context"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/core"
)

// sessions serves requests about SSO sessions.
type sessions struct{ waits }

func (s *sessions) routes() []route {
	return []route{
		answers(agentapi.AddSession, s.add),
		answers(agentapi.SSOLogin, s.login),
		answers(agentapi.SSOLogout, s.logout),
		answers(agentapi.SSOAccounts, s.accounts),
		answers(agentapi.SSOImport, s.imports),
		answers(agentapi.SSOMigrate, s.migrate),
	}
}

func (s *sessions) add(ctx context.Context, _ call, in creds.AddSessionRequest) (agentapi.Nothing, error) {
	return done(s.manager.AddSession(ctx, in))
}

func (s *sessions) login(ctx context.Context, c call, in creds.SSOLoginRequest) (creds.SSOLoginReply, error) {
	if err := checkSignIn(in.SignInOptions); err != nil {
		return creds.SSOLoginReply{}, err
	}
	ctx, o, leave := s.forSession(ctx, in.Session, c.by())
	defer leave()
	o.Force, o.SignIn = in.Force, in.SignInOptions
	reply, err := s.manager.SignIn(ctx, in.Session, o)
	if err != nil {
		return creds.SSOLoginReply{}, whyEnded(ctx, err)
	}
	reply.Warning = s.manager.Unsaved()
	return reply, nil
}

func (s *sessions) logout(ctx context.Context, _ call, in creds.SSOLoginRequest) (agentapi.Nothing, error) {
	return done(s.manager.SignOut(ctx, in.Session))
}

func (s *sessions) accounts(ctx context.Context, c call, _ agentapi.Nothing) ([]creds.SSOAccount, error) {
	ctx, o, leave := s.forSession(ctx, c.Session, c.by())
	defer leave()
	accounts, err := s.manager.Accounts(ctx, c.Session, o)
	return accounts, whyEnded(ctx, err)
}

func (s *sessions) imports(ctx context.Context, c call, in creds.SSOImportRequest) (creds.ConfigChange, error) {
	ctx, o, leave := s.forSession(ctx, in.Session, c.by())
	defer leave()
	change, err := s.manager.Import(ctx, in, o)
	return change, whyEnded(ctx, err)
}

func (s *sessions) migrate(ctx context.Context, _ call, in creds.SSOMigrateRequest) (creds.ConfigChange, error) {
	return s.manager.Migrate(ctx, in)
}

// forSession registers a caller that waits for a session, and returns how to ask the
// manager for it; see [Broker.attend].
func (s *sessions) forSession(ctx context.Context, session string, by creds.Requester) (attended context.Context, o core.RefreshOptions, leave func()) {
	attended, leave = s.broker.attend(ctx, awaited{session: session}, by.Surface)
	return attended, core.RefreshOptions{Requester: by}, leave
}
