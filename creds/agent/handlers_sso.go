package agent

import (
	"context"
	"net/http"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/browsers"
	"daypass/creds/core"
)

func (a *Agent) beginSignIn(w http.ResponseWriter, r *http.Request) error {
	var in creds.SignInOptions
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if err := checkSignIn(in); err != nil {
		return err
	}
	if err := a.cfg.Broker.Begin(r.PathValue("id"), in); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, struct{}{})
}

func checkSignIn(o creds.SignInOptions) error {
	switch o.Method {
	case "", creds.SignInBrowser, creds.SignInDeviceCode:
	default:
		return badRequest("%q is no way to sign in", o.Method)
	}
	if _, err := browsers.ParsePlace(o.Place); err != nil {
		return badRequest("%v", err)
	}
	return nil
}

// forSession makes the broker know who waits for a session, and returns how the
// manager is asked for it; see [Broker.attend].
func (a *Agent) forSession(r *http.Request, session string) (ctx context.Context, o core.RefreshOptions, leave func()) {
	by := requester(r.Context(), surface(r))
	ctx, leave = a.cfg.Broker.attend(r.Context(), hanging{session: session}, by.Surface)
	return ctx, core.RefreshOptions{Requester: by}, leave
}

func (a *Agent) ssoAdd(w http.ResponseWriter, r *http.Request) error {
	var in creds.AddSessionRequest
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if err := a.cfg.Manager.AddSession(r.Context(), in); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, struct{}{})
}

func (a *Agent) ssoLogin(w http.ResponseWriter, r *http.Request) error {
	var in creds.SSOLoginRequest
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if err := checkSignIn(in.SignInOptions); err != nil {
		return err
	}
	ctx, o, leave := a.forSession(r, in.Session)
	defer leave()
	o.Force, o.SignIn = in.Force, in.SignInOptions
	reply, err := a.cfg.Manager.SignIn(ctx, in.Session, o)
	if err != nil {
		return whyEnded(ctx, err)
	}
	reply.Warning = a.cfg.Manager.Unsaved()
	return writeJSON(w, http.StatusOK, reply)
}

func (a *Agent) ssoLogout(w http.ResponseWriter, r *http.Request) error {
	var in creds.SSOLoginRequest
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if err := a.cfg.Manager.SignOut(r.Context(), in.Session); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, struct{}{})
}

func (a *Agent) ssoAccounts(w http.ResponseWriter, r *http.Request) error {
	session := r.URL.Query().Get(agentapi.QuerySession)
	ctx, o, leave := a.forSession(r, session)
	defer leave()
	accounts, err := a.cfg.Manager.Accounts(ctx, session, o)
	if err != nil {
		return whyEnded(ctx, err)
	}
	return writeJSON(w, http.StatusOK, accounts)
}

func (a *Agent) ssoImport(w http.ResponseWriter, r *http.Request) error {
	var in creds.SSOImportRequest
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	ctx, o, leave := a.forSession(r, in.Session)
	defer leave()
	change, err := a.cfg.Manager.Import(ctx, in, o)
	if err != nil {
		return whyEnded(ctx, err)
	}
	return writeJSON(w, http.StatusOK, change)
}

func (a *Agent) ssoMigrate(w http.ResponseWriter, r *http.Request) error {
	var in creds.SSOMigrateRequest
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	change, err := a.cfg.Manager.Migrate(r.Context(), in)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, change)
}
