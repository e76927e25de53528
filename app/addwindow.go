package app

import (
	"context"
	"errors"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
	"daypass/internal/secret"
	"daypass/internal/words"
)

// Add shows the window that stores an access key under a profile's name. It is called as
// [Import] is.
func Add(ctx context.Context, connect Connect, profile string) error {
	return openFrame(ctx, connect, func(f *frame) { newAddWindow(f, profile) })
}

var addSize = fyne.NewSize(560, 470)

// addWindow takes an access key.
type addWindow struct {
	*frame

	name, id, key, region *kit.TextField
	fields                *fyne.Container
	title                 *kit.Line
	notice                *kit.Notice
	cancel, add           *kit.Button
	page                  *fyne.Container

	// replace is the profile that a person has been asked about because it has
	// another key.
	replace string
	stop    func()
	done    bool
}

func newAddWindow(f *frame, profile string) *addWindow {
	w := &addWindow{frame: f, stop: func() {}}
	w.title = kit.NewHeadline(lang.T("Add an access key"))
	w.name = kit.NewTextField(lang.T("work"), w.typed, w.typedKey)
	w.id = kit.NewTextField("AKIA…", w.typed, w.typedKey)
	w.key = kit.NewPassphraseField(lang.T("40 characters, shown once by AWS"), w.typed, w.typedKey)
	w.region = kit.NewTextField("eu-central-1", nil, w.typedKey)
	w.name.Text = profile
	kit.OnEnter(w.send, w.name, w.id, w.key, w.region)
	w.fields = container.New(kit.Rows(12),
		kit.NewFormRow(formLabel, "Profile", w.name),
		kit.NewFormRow(formLabel, "Access key ID", w.id),
		kit.NewFormRow(formLabel, "Secret access key", w.key),
		kit.NewFormRow(formLabel, "Region", w.region))
	w.notice = kit.NewNotice(0, 3)
	w.cancel = kit.NewButton(lang.T("Cancel"), w.dismiss, w.typedKey)
	w.add = kit.NewButton(lang.T("Add"), w.send, w.typedKey)
	w.add.StandOut(true)
	w.page = container.New(kit.Sheet{}, w.title, container.New(kit.Rows(12), w.fields, w.notice.Wide()),
		kit.NewButtons(layout.NewSpacer(), w.cancel, w.add))
	f.fill(lang.T("daypass — access key"), addSize, w.typedKey, w.page)
	f.win.SetCloseIntercept(w.dismiss)
	w.say(lang.T("The key goes to the keyring of your desktop, and nowhere else. daypass asks AWS whose it is, and which MFA device its user has."), kit.ToneQuiet)
	w.typed("")
	go f.followRaised(agentapi.WindowAdd)
	if profile == "" {
		f.win.Canvas().Focus(w.name)
	} else {
		f.win.Canvas().Focus(w.id)
	}
	return w
}

func (w *addWindow) say(words string, t kit.Tone) {
	if w.notice.Say(words, t) {
		w.page.Refresh()
	}
}

// typed enables the button once the needed fields are filled.
func (w *addWindow) typed(string) {
	if w.replace != "" && w.replace != w.request().Profile {
		w.replace = ""
		w.add.SetText(lang.T("Add"))
	}
	kit.Enable(w.add, !w.done && !w.key.Locked && w.ready())
}

func (w *addWindow) request() creds.AddRequest {
	return creds.AddRequest{
		Profile: strings.TrimSpace(w.name.Text), AccessKeyID: strings.TrimSpace(w.id.Text),
		SecretAccessKey: secret.New(strings.TrimSpace(w.key.Text)), Region: strings.TrimSpace(w.region.Text),
	}
}

func (w *addWindow) ready() bool {
	r := w.request()
	return r.Profile != "" && r.AccessKeyID != "" && !r.SecretAccessKey.IsZero()
}

// send has the agent store the key.
func (w *addWindow) send() {
	if w.done || w.key.Locked || !w.ready() {
		return
	}
	r := w.request()
	r.Replace = w.replace == r.Profile
	w.lock(true)
	w.say(lang.T("Asking AWS whose key it is…"), kit.ToneBusy)
	w.stop = ask(w.frame, func(ctx context.Context) (creds.AddReply, error) {
		return w.client.Add(ctx, r)
	}, func(reply creds.AddReply, err error) {
		w.lock(false)
		if err != nil {
			w.refused(r, err)
			return
		}
		w.finish(reply)
	})
}

// lock locks the fields while the agent checks what is in them.
func (w *addWindow) lock(on bool) {
	w.key.Locked = on
	for _, f := range []*kit.TextField{w.name, w.id, w.region} {
		kit.Enable(f, !on)
	}
	w.typed("")
}

// refused says why the key was not stored. Where there is another key already, the same
// button replaces it.
func (w *addWindow) refused(r creds.AddRequest, err error) {
	known, ok := errors.AsType[*creds.Error](err)
	if ok && known.Code == creds.CodeKeyExists {
		w.replace = r.Profile
		w.add.SetText(lang.T("Replace it"))
		w.say(lang.Sprintf("%s The new key can take its place.", words.Sentence(known.Message)), kit.ToneWarning)
		w.win.Canvas().Focus(w.add)
		return
	}
	w.say(errorSentence(err), kit.ToneRefused)
	w.win.Canvas().Focus(w.id)
}

// finish says what AWS knows of the key.
func (w *addWindow) finish(reply creds.AddReply) {
	w.done = true
	w.key.SetText("")
	kit.Show(w.fields, false)
	kit.Show(w.add, false)
	w.title.Set(lang.Sprintf("%s is ready", reply.Status.Name), "")
	device := lang.T("It has no MFA device.")
	if reply.Status.MFASerial != "" {
		device = lang.Sprintf("Its MFA device is %s.", words.Device(reply.Status.MFASerial))
	}
	w.say(join(lang.T("The key is in the keyring."), lang.Sprintf("It belongs to %s.", reply.UserARN), device, words.Sentence(reply.Note)), kit.ToneDone)
	w.cancel.SetText(lang.T("Close"))
	w.cancel.StandOut(true)
	w.win.Canvas().Focus(w.cancel)
	w.win.Resize(fyne.NewSize(addSize.Width, 0)) // The fields are hidden.
}

// dismiss closes the window, and cancels a request that is running.
func (w *addWindow) dismiss() {
	w.stop()
	w.leave()
}

func (w *addWindow) typedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeyEscape:
		w.dismiss()
	case fyne.KeyReturn, fyne.KeyEnter:
		w.send()
	}
}
