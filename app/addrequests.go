package app

import (
	"cmp"
	"context"
	"errors"
	"time"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// look asks AWS whose the key is, unless it has said so.
func (w *addWindow) look() {
	if w.state.looked {
		w.state.next()
		w.show()
		return
	}
	r := creds.KeyLookRequest{AccessKeyID: w.state.id, SecretAccessKey: w.state.key}
	w.lock(true)
	w.say(lang.T("Asking AWS whose key it is…"), kit.ToneBusy)
	w.stop = ask(w.frame, func(ctx context.Context) (creds.KeyLook, error) {
		return w.client.Custody().Look(ctx, r)
	}, func(look creds.KeyLook, err error) {
		w.lock(false)
		if err != nil {
			w.say(againSentence(err, lang.T("try")), kit.ToneRefused)
			w.win.Canvas().Focus(w.id)
			return
		}
		w.state.take(look)
		w.state.next()
		w.show()
	})
}

// add has the agent store the key.
func (w *addWindow) add() {
	r := w.state.request()
	r.Replace = w.replace == r.Profile
	w.lock(true)
	w.say(lang.T("Storing the key…"), kit.ToneBusy)
	w.stop = ask(w.frame, func(ctx context.Context) (creds.AddReply, error) {
		return w.client.Add(ctx, r)
	}, func(reply creds.AddReply, err error) {
		w.lock(false)
		if err != nil {
			w.refused(r, err)
			return
		}
		w.wipe(&w.state)
		w.finish(reply.Status, words.Sentence(reply.Note))
		w.try()
	})
}

// refused says why the key was not stored. Where there is another key already, the same
// button replaces it.
func (w *addWindow) refused(r creds.AddRequest, err error) {
	known, ok := errors.AsType[*creds.Error](err)
	if ok && known.Code == creds.CodeKeyExists {
		w.replace = r.Profile
		w.draw()
		w.say(lang.Sprintf("%s The new key can take its place.", words.Sentence(known.Message)), kit.ToneWarning)
		w.win.Canvas().Focus(w.next)
		return
	}
	w.say(againSentence(err, lang.T("try")), kit.ToneRefused)
	w.win.Canvas().Focus(w.name)
}

// finish shows the last page. about is one sentence on the profile, or "".
func (w *addWindow) finish(s creds.Status, about string) {
	w.made.status, w.made.about = s, about
	w.state.page = pageDone
	w.show()
	w.title.Set(lang.Sprintf("%s is ready", s.Name))
}

// try gets credentials for the profile. What it takes is asked as always.
func (w *addWindow) try() {
	name := w.made.status.Name
	w.made.failed = false
	w.lead.Say(join(lang.T("The key is in the keyring."), w.made.about), kit.ToneDone)
	w.lock(true)
	waits := lang.T("Getting temporary credentials…")
	if w.made.status.MFASerial != "" {
		waits = lang.Sprintf("Getting temporary credentials: type the code of %s in the window that opens.", words.Device(w.made.status.MFASerial))
	}
	w.say(waits, kit.ToneBusy)
	w.stop = ask(w.frame, func(ctx context.Context) (creds.Status, error) {
		return w.client.Login(ctx, creds.LoginRequest{Profile: name})
	}, func(s creds.Status, err error) {
		w.made.failed = err != nil
		w.lock(false)
		if err != nil {
			w.title.Set(lang.Sprintf("%s is stored", name))
			w.say(againSentence(err, lang.T("try")), kit.ToneRefused)
			w.win.Canvas().Focus(w.next)
			return
		}
		w.made.status = s
		w.draw()
		w.title.Set(lang.Sprintf("%s works", name))
		w.say(join(lang.Sprintf("It has temporary credentials until %s.", words.Clock(s.Expires, time.Now())),
			lang.Sprintf("Use it with AWS_PROFILE=%s.", cmp.Or(s.WrittenAs, s.Name)), words.Sentence(s.Warning), words.Sentence(s.Note)), kit.ToneDone)
		w.win.Canvas().Focus(w.cancel)
	})
}

// signInToSession writes a new session to the config file, and opens the window that signs
// in to it and makes profiles of its accounts and roles.
func (w *addWindow) signInToSession() {
	if w.state.sso.chosen != "" {
		w.importFrom(w.state.sso.chosen)
		return
	}
	r := creds.AddSessionRequest{Name: w.state.sso.name, StartURL: w.state.sso.start, Region: w.state.sso.region}
	w.lock(true)
	w.say(lang.T("Writing it to the config file…"), kit.ToneBusy)
	w.stop = ask(w.frame, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, w.client.AddSession(ctx, r)
	}, func(_ struct{}, err error) {
		w.lock(false)
		if err != nil {
			w.say(againSentence(err, lang.T("try")), kit.ToneRefused)
			w.win.Canvas().Focus(w.sso.start)
			return
		}
		w.importFrom(r.Name)
	})
}

// importFrom goes on in the window of a session's accounts and roles.
func (w *addWindow) importFrom(session string) {
	w.open(agentapi.WindowImport, session)
	w.made.status = creds.Status{}
	w.state.page = pageDone
	w.show()
	w.title.Set(words.Session(session))
	w.lead.Say(lang.T("Sign in, and choose the accounts and roles in the window that opens. It gets their credentials, too."), kit.ToneDone)
}
