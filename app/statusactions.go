package app

import (
	"cmp"
	"context"
	"runtime"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/settings/schema"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// do runs an action on the chosen profile.
func (w *statusWindow) do(a action) {
	p, ok := w.state.profile()
	if !ok || !w.main.Visible() || w.detail.actions[a].Disabled() || w.busy[task{a, p.Name}] {
		return
	}
	switch a {
	case actionRefresh:
		w.refresh(p)
	case actionConsole:
		run(w, a, p, lang.T("Opening the console…"), func(ctx context.Context) (creds.ConsoleReply, error) {
			return w.client.Console(ctx, creds.ConsoleRequest{Profile: p.Name})
		}, openedWords)
	case actionExports:
		w.copyExports(p)
	case actionProfile:
		text, err := profileText(p, runtime.GOOS)
		if err != nil {
			w.report(p.Name, words.Sentence(lang.Sprintf("The profile's name cannot be copied: %s", err.Error())), kit.ToneRefused)
			return
		}
		fyne.CurrentApp().Clipboard().SetContent(text)
		w.report(p.Name, lang.T("Copied. Paste it into a terminal and type the command after it."), kit.ToneDone)
	case actionExplain:
		run(w, a, p, "", func(ctx context.Context) (creds.Explanation, error) {
			return w.client.Explain(ctx, p.Name)
		}, func(e creds.Explanation) string {
			if w.main.Visible() && w.state.chosen == p.Name {
				w.explain.show(p.Name, e, time.Now())
				w.turn(w.explain.Container)
			}
			return ""
		})
	case actionSettings:
		w.open(agentapi.WindowSettings, p.Name)
	case actionKey:
		w.open(agentapi.WindowKey, p.Name)
	case actionRename:
		w.turn(w.rename.Container)
		w.rename.show(p.Name, w.state.all)
	case actionRemove:
		w.turn(w.remove.Container)
		w.remove.show(p.Name)
	case actionLogout:
		others := w.state.alsoSignedOut(p)
		run(w, a, p, "", func(ctx context.Context) (struct{}, error) {
			return struct{}{}, w.client.Logout(ctx, creds.LogoutRequest{Profile: p.Name})
		}, func(struct{}) string { return loggedOut(others) })
	}
}

// addProfile opens the window that makes a profile.
func (w *statusWindow) addProfile() { w.open(agentapi.WindowAdd, "") }

// openedWords says where a console was opened.
func openedWords(r creds.ConsoleReply) string {
	return join(words.Sentence(lang.Sprintf("Opened the console in %s", cmp.Or(r.Place, lang.T("the browser")))), words.Sentence(r.Note))
}

// loggedOut says that a profile was logged out, and others with the sign-in that they share.
func loggedOut(others []string) string {
	const most = 3
	off := lang.T("The credentials are off this computer.")
	switch more := len(others) - most; {
	case len(others) == 0:
		return join(lang.T("Logged out."), off)
	case more > 0:
		return join(lang.Sprintf("Logged out, and so are %s and %d more, which have the same sign-in.", strings.Join(others[:most], ", "), more), off)
	}
	return join(lang.Sprintf("Logged out, and so are the others that have the same sign-in: %s.", strings.Join(others, ", ")), off)
}

// refresh gets new credentials, or shows the prompt that they wait for.
func (w *statusWindow) refresh(p creds.Status) {
	state := p.State(time.Now())
	switch {
	case wantsKey(p):
		w.open(agentapi.WindowAdd, p.KeyOwner())
		return
	case state == creds.StateNeedsMFA || state == creds.StateNeedsSSO:
		run(w, actionRefresh, p, "", func(ctx context.Context) (struct{}, error) {
			return struct{}{}, w.client.Show(ctx)
		}, func(struct{}) string { return "" })
		return
	}
	// A person who refreshes valid credentials wants new ones.
	request := creds.LoginRequest{Profile: p.Name, Force: p.Left(time.Now()) > 0}
	run(w, actionRefresh, p, "", func(ctx context.Context) (creds.Status, error) {
		return w.client.Login(ctx, request)
	}, func(s creds.Status) string {
		return join(lang.Sprintf("Refreshed: valid until %s.", words.Clock(s.Expires, time.Now())), words.Sentence(s.Warning))
	})
}

// unlockKeyring has the agent read the keyring, which may ask the person.
func (w *statusWindow) unlockKeyring() {
	kit.Enable(w.banner.unlock, false)
	ask(w.frame, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, w.client.Unlock(ctx)
	}, func(_ struct{}, err error) {
		kit.Enable(w.banner.unlock, true)
		if err != nil {
			w.report(w.state.chosen, words.Sentence(err.Error()), kit.ToneRefused)
		}
	})
}

// copyExports puts the lines of "daypass export" into the clipboard for a minute.
func (w *statusWindow) copyExports(p creds.Status) {
	run(w, actionExports, p, "", func(ctx context.Context) (creds.Credentials, error) {
		// Login waits for a person longer than Credentials does.
		if _, err := w.client.Login(ctx, creds.LoginRequest{Profile: p.Name}); err != nil {
			return creds.Credentials{}, err
		}
		cr, err := w.client.Credentials(ctx, p.Name, 0)
		if err != nil {
			return cr, err
		}
		text, err := exportText(cr, runtime.GOOS)
		if err != nil {
			return cr, err
		}
		return cr, w.copySecret(ctx, text)
	}, func(creds.Credentials) string {
		return lang.T("Copied the exports for a shell. They are secret: the clipboard is cleared after a minute.")
	})
}

// run makes the request of an action on a profile, and reports the result.
func run[T any](
	w *statusWindow, a action, p creds.Status, meanwhile string,
	call func(context.Context) (T, error), done func(T) string,
) {
	doing := task{a, p.Name}
	w.busy[doing] = true
	w.report(p.Name, meanwhile, kit.ToneQuiet)
	ask(w.frame, call, func(answer T, err error) {
		delete(w.busy, doing)
		if err != nil {
			w.report(p.Name, errorSentence(err), kit.ToneRefused)
			return
		}
		w.report(p.Name, done(answer), kit.ToneDone)
	})
}

// report shows the result of an action on a profile.
func (w *statusWindow) report(profile, words string, t kit.Tone) {
	w.outcomes[profile] = outcome{words, t}
	w.draw()
}

// favour makes a profile a favourite, or an ordinary one again.
func (w *statusWindow) favour(profile string) {
	p, ok := w.state.all.Profile(profile)
	if !ok || !w.main.Visible() || w.lost != "" {
		return
	}
	var value any // nil is the default.
	if !p.Favourite {
		value = true
	}
	ask(w.frame, func(ctx context.Context) (creds.SettingsReply, error) {
		return w.client.ChangeSettings(ctx, creds.SettingsRequest{
			Changes: []creds.SettingChange{{Key: schema.ProfileKey(profile, "favourite"), Value: value}},
		})
	}, func(_ creds.SettingsReply, err error) {
		if err != nil {
			w.report(profile, errorSentence(err), kit.ToneRefused)
		}
	})
}
