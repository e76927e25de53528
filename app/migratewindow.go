package app

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// typingPause is how long a person has to pause before the agent is asked about what they
// typed.
const typingPause = 300 * time.Millisecond

// Migrate shows the window that moves the legacy profiles of a start URL to an
// sso-session. It is called as [Import] is.
func Migrate(ctx context.Context, connect Connect, startURL string) error {
	return openFrame(ctx, connect, func(f *frame) { newMigrateWindow(f, startURL) })
}

// migrateWindow moves legacy profiles to an sso-session.
type migrateWindow struct {
	*planPage

	name  *kit.TextField
	pause later
}

func newMigrateWindow(f *frame, startURL string) *migrateWindow {
	w := &migrateWindow{}
	w.name = kit.NewTextField(lang.T("made from the start URL"), w.typed, func(ev *fyne.KeyEvent) { w.typedKey(ev) })
	kit.OnEnter(func() { w.agree() }, w.name)
	row := kit.NewFormRow(formLabel, "Name of the session", w.name)
	w.planPage = newPlanPage(f, lang.Sprintf("Move the profiles of %s", words.Session(startURL)), lang.T("Cancel"), lang.T("Move"), row)
	w.state.why = lang.T("Only profiles with an sso-session can be renewed without a new sign-in.")
	w.back = f.leave
	w.request = func(c creds.ConfigWrite) func(context.Context) (creds.ConfigChange, error) {
		r := creds.SSOMigrateRequest{StartURL: startURL, Name: strings.TrimSpace(w.name.Text), ConfigWrite: c}
		return func(ctx context.Context) (creds.ConfigChange, error) { return f.client.SSOMigrate(ctx, r) }
	}
	f.fill(lang.Sprintf("daypass — move the profiles of %s", words.Session(startURL)), windowSize, w.typedKey, w.Container)
	f.session = startURL
	go f.followRaised(agentapi.WindowMigrate)
	w.preview()
	return w
}

// typed previews the new name once the person pauses. The change that was shown has
// another name, and can no longer be written.
func (w *migrateWindow) typed(string) {
	if w.state.stage == planWriting || w.state.stage == planDone {
		return // What is being written is not cancelled.
	}
	w.stop()
	w.state.ask()
	w.draw()
	w.pause.call(typingPause, w.frame.do, w.preview)
}
