package agent

import (
	"context"
	"errors"
	"time"

	"daypass/creds/agentapi"
)

// watchFiles follows changes of the AWS files. The Manager recognises its own by the
// files' stamps. Like those that follow, it may have had secrets in hand.
func (a *Agent) watchFiles(ctx context.Context) {
	for err := range a.files.Files(ctx, a.cfg.Files.Config, a.cfg.Files.Credentials) {
		if err != nil {
			// They are also read whenever somebody asks.
			a.cfg.Log.Warn("changes of the AWS files may go unnoticed", "error", err)
		}
		a.cfg.Manager.Reread(ctx)
		a.profiles.used()
	}
}

// watchTokens follows what the AWS CLI and SDKs do with the token cache: sign in and
// out, and renew.
func (a *Agent) watchTokens(ctx context.Context) {
	for err := range a.cfg.Tokens.Watch(ctx, &a.files) {
		if err != nil {
			// It is also read whenever somebody asks.
			a.cfg.Log.Warn("changes of the token cache may go unnoticed", "error", err)
		}
		a.cfg.Manager.RereadTokens(ctx)
		a.profiles.used()
	}
}

// watchLogins follows what the AWS CLI and SDKs do with the login cache: sign in to the
// console, sign out, and renew.
func (a *Agent) watchLogins(ctx context.Context) {
	for err := range a.cfg.Logins.Watch(ctx, &a.files) {
		if err != nil {
			// It is also read whenever somebody asks.
			a.cfg.Log.Warn("changes of the login cache may go unnoticed", "error", err)
		}
		a.cfg.Manager.RereadLogins(ctx)
		a.profiles.used()
	}
}

// watchSettings follows a change of the settings at once.
func (a *Agent) watchSettings(ctx context.Context) {
	for update := range a.cfg.Settings.Watch(ctx, &a.files) {
		a.cfg.Manager.SettingsChanged()
		a.cfg.Manager.NoteSettings(update.Err)
	}
}

// retry is how long to wait after what was removed of the seat could not be restored.
const retry = 2 * time.Second

// watchSeat opens the socket anew after it was removed. Otherwise nobody could reach or
// end the agent, and whoever looked for it would start a second one.
func (a *Agent) watchSeat(ctx context.Context, l *ownListener) {
	seat := a.cfg.Seat
	changes := a.files.Files(ctx, agentapi.SocketPath(seat.dir), seat.lock.Path())
	var again <-chan time.Time
	for {
		select {
		case err, open := <-changes:
			if !open {
				return
			}
			if err != nil {
				a.cfg.Log.Warn("a removed socket may go unnoticed", "error", err)
			}
		case <-again:
		case <-ctx.Done():
			return
		}
		again = nil
		switch err := seat.retake(ctx, l); {
		case ctx.Err() != nil:
			return
		case errors.Is(err, ErrRunning):
			a.cfg.Log.Error("another agent has taken the place of this one, which ends")
			a.end()
			return
		case err != nil:
			a.cfg.Log.Warn("the agent's socket cannot be opened anew", "error", err)
			again = time.After(retry)
		}
	}
}
