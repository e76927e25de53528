package agent

import (
	"context"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/core"
	"daypass/internal/lang"
)

// display serves requests to daypass-ui and to the icon.
type display struct {
	broker *Broker
	// open is [Config.Show].
	open func(window agentapi.Window, arg string) *Opening
	// raised is the window last brought to the front. noIcon is set while the desktop
	// shows no tray icon.
	raised *core.Feed[creds.Raised]
	noIcon *core.Feed[bool]
}

func (d *display) routes() []route {
	return []route{
		answers(agentapi.Show, func(ctx context.Context, _ call, _ agentapi.Nothing) (agentapi.Nothing, error) {
			return done(d.showAgent(ctx))
		}),
		answers(agentapi.ShowWindow, d.showWindow),
	}
}

// showAgent shows the open prompts, or else the agent itself. It returns when they are
// on the screen, or with a [NoWindow] if that cannot be.
func (d *display) showAgent(ctx context.Context) error {
	var openings []*Opening
	for _, p := range d.broker.Prompts() {
		opening, err := d.broker.Show(p.ID)
		if err != nil {
			continue // it has ended by now
		}
		openings = append(openings, opening)
	}
	if len(openings) == 0 && d.open != nil {
		openings = append(openings, d.open(agentapi.WindowStatus, ""))
	}
	for _, opening := range openings {
		if err := opening.Wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (d *display) showWindow(ctx context.Context, _ call, in agentapi.ShowRequest) (agentapi.Nothing, error) {
	switch in.Window {
	case agentapi.WindowStatus, agentapi.WindowSettings, agentapi.WindowBookmarks, agentapi.WindowAdd, agentapi.WindowAddConsole,
		agentapi.WindowImportKeys, agentapi.WindowHealth:
	case agentapi.WindowImport, agentapi.WindowMigrate:
		if in.Arg == "" {
			return done(badRequest("the window %q is about a session, and none is named", string(in.Window)))
		}
	case agentapi.WindowKey, agentapi.WindowRotate:
		if in.Arg == "" {
			return done(badRequest("the window %q is about a profile, and none is named", string(in.Window)))
		}
	default:
		return done(badRequest("there is no window %q", string(in.Window)))
	}
	if d.open == nil {
		return done(&creds.Error{Code: creds.CodeNotShown, Message: lang.T("the agent runs without a desktop, and opens no windows")})
	}
	return done(d.open(in.Window, in.Arg).Wait(ctx))
}
