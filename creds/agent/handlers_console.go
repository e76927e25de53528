package agent

import (
	"net/http"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/creds/agentapi"
	"daypass/creds/settings/schema"
)

func (a *Agent) openPage(w http.ResponseWriter, r *http.Request) error {
	var in creds.ConsoleRequest
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	if err := checkSignIn(in.SignIn); err != nil {
		return err
	}
	reply, err := a.Console(r.Context(), in, requester(r.Context(), surface(r)))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, reply)
}

func (a *Agent) bookmarks(w http.ResponseWriter, _ *http.Request) error {
	all, err := a.cfg.Consoles.Bookmarks.List()
	if err != nil {
		return &creds.Error{Code: creds.CodeFile, Message: err.Error(), Advice: advice.File(err)}
	}
	a.refreshConsoles() // a person may have edited the file
	return writeJSON(w, http.StatusOK, all)
}

func (a *Agent) changeBookmarks(w http.ResponseWriter, r *http.Request) error {
	var in creds.BookmarksRequest
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	all, word, err := a.cfg.Consoles.Bookmarks.Change(in)
	if err != nil {
		return badRequest("%v", err)
	}
	if word != "" {
		a.cfg.Log.Info(word)
		all.Note = word
	}
	a.refreshConsoles()
	return writeJSON(w, http.StatusOK, all)
}

func (a *Agent) listPlaces(w http.ResponseWriter, r *http.Request) error {
	return writeJSON(w, http.StatusOK, a.places(r.Context()))
}

func (a *Agent) visits(w http.ResponseWriter, _ *http.Request) error {
	all, err := a.cfg.Consoles.Visits.List()
	if err != nil {
		return &creds.Error{Code: creds.CodeFile, Message: err.Error(), Advice: advice.File(err)}
	}
	return writeJSON(w, http.StatusOK, append([]creds.Visit{}, all...))
}

func (a *Agent) changeVisits(w http.ResponseWriter, r *http.Request) error {
	var in creds.VisitsRequest
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	var err error
	switch {
	case in.Clear && in.Reopen == "":
		if err = a.cfg.Consoles.Visits.Clear(); err != nil {
			err = &creds.Error{Code: creds.CodeFile, Message: err.Error(), Advice: advice.File(err)}
		}
		a.refreshConsoles()
	case !in.Clear && in.Reopen != "":
		err = a.Reopen(r.Context(), in.Reopen, requester(r.Context(), surface(r)))
	default:
		err = badRequest("visits are cleared, or one is opened again")
	}
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, struct{}{})
}

func (a *Agent) explain(w http.ResponseWriter, r *http.Request) error {
	e, err := a.cfg.Manager.Explain(r.Context(), r.URL.Query().Get(agentapi.QueryProfile))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, e)
}

func (a *Agent) settings(w http.ResponseWriter, _ *http.Request) error {
	return writeJSON(w, http.StatusOK, a.settingsReply())
}

func (a *Agent) settingsReply() creds.SettingsReply {
	reply := creds.SettingsReply{
		Settings: a.cfg.Settings.Current(), Path: a.cfg.Settings.Path(), Backends: creds.KeyringBackends(),
	}
	if a.cfg.Login == nil {
		return reply
	}
	on, err := a.cfg.Login.Enabled()
	if err != nil {
		// All else can be chosen; the switch itself says what is wrong.
		a.cfg.Log.Warn("whether the agent starts at login is not known", "error", err)
	}
	reply.StartsAtLogin = on
	return reply
}

func (a *Agent) changeSettings(w http.ResponseWriter, r *http.Request) error {
	var in creds.SettingsRequest
	if err := readJSON(w, r, &in); err != nil {
		return err
	}
	table := schema.All()
	var inFile []creds.SettingChange
	for _, c := range in.Changes {
		one, err := table.Parse(c.Key)
		if err != nil || one.InFile() {
			inFile = append(inFile, c)
		} else if err := a.startAtLogin(one, c.Value); err != nil {
			return err
		}
	}
	if len(inFile) > 0 {
		if err := a.cfg.Settings.Change(r.Context(), inFile); err != nil {
			return err
		}
		a.cfg.Manager.SettingsChanged()
	}
	return writeJSON(w, http.StatusOK, a.settingsReply())
}

// startAtLogin has the agent started with the desktop's session, or not.
func (a *Agent) startAtLogin(start schema.Setting, value any) error {
	on, says := start.Check(value)
	if says != "" {
		return &creds.Error{Code: creds.CodeBadRequest, Message: start.Key() + " " + says}
	}
	if a.cfg.Login == nil {
		return &creds.Error{Code: creds.CodeNotShown, Message: "the agent runs without a desktop, and cannot start with one"}
	}
	if err := a.cfg.Login.Enable(on == "true"); err != nil {
		return &creds.Error{Code: creds.CodeFile, Message: err.Error(), Advice: advice.File(err)}
	}
	return nil
}
