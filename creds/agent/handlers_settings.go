package agent

import (
	"context"
	"log/slog"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/core"
	"daypass/creds/settings"
	"daypass/creds/settings/schema"
	"daypass/internal/lang"
)

// choices serves the person's settings.
type choices struct {
	settings *settings.Store
	login    Login // may be nil
	manager  *core.Manager
	log      *slog.Logger
}

func (s *choices) routes() []route {
	return []route{
		answers(agentapi.Settings, func(context.Context, call, agentapi.Nothing) (creds.SettingsReply, error) {
			return s.reply(), nil
		}),
		answers(agentapi.ChangeSettings, s.change),
	}
}

func (s *choices) reply() creds.SettingsReply {
	out := creds.SettingsReply{
		Settings: s.settings.Current(), Path: s.settings.Path(), Backends: creds.KeyringBackends(),
	}
	if s.login == nil {
		return out
	}
	on, err := s.login.Enabled()
	if err != nil {
		// Everything else can still be chosen; the switch itself says what is wrong.
		s.log.Warn("whether the agent starts at login is not known", "error", err)
	}
	out.StartsAtLogin = on
	return out
}

func (s *choices) change(ctx context.Context, _ call, in creds.SettingsRequest) (creds.SettingsReply, error) {
	table := schema.All()
	var inFile []creds.SettingChange
	for _, c := range in.Changes {
		one, err := table.Parse(c.Key)
		if err != nil || one.InFile() {
			inFile = append(inFile, c)
		} else if err := s.startAtLogin(one, c.Value); err != nil {
			return creds.SettingsReply{}, err
		}
	}
	if len(inFile) > 0 {
		if err := s.settings.Change(ctx, inFile); err != nil {
			return creds.SettingsReply{}, err
		}
		s.manager.SettingsChanged()
	}
	return s.reply(), nil
}

// startAtLogin sets whether the agent is started with the desktop's session.
func (s *choices) startAtLogin(start schema.Setting, value any) error {
	on, says := start.Check(value)
	if says != "" {
		return &creds.Error{Code: creds.CodeBadRequest, Message: start.Key() + " " + says}
	}
	if s.login == nil {
		return &creds.Error{Code: creds.CodeNotShown, Message: lang.T("the agent runs without a desktop, and cannot start with one")}
	}
	if err := s.login.Enable(on == "true"); err != nil {
		return fileError(err)
	}
	return nil
}
