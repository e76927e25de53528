package agent

import (
	"context"

	"daypass/creds"
	"daypass/creds/agentapi"
)

// click is a click in the tray's menu.
var click = call{surface: creds.SurfaceTray}

// Refresh gives a profile credentials that last, for a person at the tray. If the
// profile waits for an open prompt, that is shown.
func (a *Agent) Refresh(ctx context.Context, profile string, force bool) (creds.Status, error) {
	a.profiles.showWaiting(a.profiles.dependsOn(ctx, profile), click.by())
	return a.profiles.login(ctx, click, creds.LoginRequest{Profile: profile, Force: force})
}

// SignIn signs in to an SSO session, for a person at the tray. force does so even if the
// present sign-in lasts.
func (a *Agent) SignIn(ctx context.Context, session string, force bool) (creds.SSOLoginReply, error) {
	a.sessions.showWaiting(awaited{session: session}, click.by())
	return a.sessions.login(ctx, click, creds.SSOLoginRequest{Session: session, Force: force})
}

// Unlock reads a keyring that was locked, for a person.
func (a *Agent) Unlock(ctx context.Context, by creds.Requester) error {
	on := awaited{}
	ctx, leave := a.cfg.Broker.attend(ctx, on, by.Surface)
	defer leave()
	a.profiles.showWaiting(on, by)
	return whyEnded(ctx, a.cfg.Manager.Unlock(ctx, by))
}

// Raise brings an open window to the front and sets what it is about; "" leaves that.
func (a *Agent) Raise(window agentapi.Window, arg string) {
	a.display.raised.Publish(creds.Raised{Window: string(window), Arg: arg, Times: a.display.raised.Current().Times + 1})
}

// NoteNoIcon makes snapshots say whether the desktop shows no tray icon.
func (a *Agent) NoteNoIcon(none bool) { a.display.noIcon.Publish(none) }

// Console opens the console with a profile's identity, or does with the link what the
// request says.
func (a *Agent) Console(ctx context.Context, in creds.ConsoleRequest, by creds.Requester) (creds.ConsoleReply, error) {
	return a.consoles.show(ctx, in, by)
}

// Reopen opens the page of a visit once more, in the same identity and place.
func (a *Agent) Reopen(ctx context.Context, visit string, by creds.Requester) error {
	return a.consoles.reopen(ctx, visit, by)
}

// Announced notes that a notice of keys in plaintext was shown.
func (a *Agent) Announced(ctx context.Context, accessKeyIDs []string) {
	if err := a.cfg.Manager.Custody().Announced(ctx, accessKeyIDs); err != nil {
		a.cfg.Log.Warn("the notice of keys in plaintext will be shown once more", "err", err)
	}
}

// Reminded notes that a notice of old keys was shown.
func (a *Agent) Reminded(ctx context.Context, accessKeyIDs []string) {
	if err := a.cfg.Manager.Custody().Reminded(ctx, accessKeyIDs); err != nil {
		a.cfg.Log.Warn("the notice of old keys may be shown once more", "err", err)
	}
}
