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

// Add shows the window that makes a profile of an access key, or of a sign-in to the
// console if the person chooses that. It is called as [Import] is.
func Add(ctx context.Context, connect Connect, profile string) error {
	return openFrame(ctx, connect, func(f *frame) { newAddWindow(f, profile) })
}

// AddConsole is [Add] with the sign-in to the console chosen.
func AddConsole(ctx context.Context, connect Connect, profile string) error {
	return openFrame(ctx, connect, func(f *frame) { newAddConsoleWindow(f, profile) })
}

var addSize = fyne.NewSize(560, 520)

// addKinds are the labels of what a profile can be made of: an access key, and then a
// sign-in to the console.
var addKinds = []lang.Text{"an access key of an IAM user", "a sign-in to AWS's console"}

// addForm is what a person fills in.
type addForm struct {
	kind                  *keySelect
	name, id, key, region *kit.TextField
	fields                *fyne.Container
	// ofKey are the rows about an access key alone.
	ofKey []*fyne.Container
	// console is set while a sign-in to the console is chosen.
	console bool
}

// addWindow makes a profile.
type addWindow struct {
	*frame
	addForm

	title       *kit.Line
	notice      *kit.Notice
	cancel, add *kit.Button
	page        *fyne.Container
	made        madeProfile

	// replace is the profile that a person has been asked about because it has
	// another key.
	replace string
	stop    func()
	done    bool
}

func newAddWindow(f *frame, profile string) *addWindow {
	w := newAddPage(f, profile)
	go f.followRaised(agentapi.WindowAdd)
	if profile == "" {
		f.win.Canvas().Focus(w.name)
	} else {
		f.win.Canvas().Focus(w.id)
	}
	return w
}

func newAddConsoleWindow(f *frame, profile string) *addWindow {
	w := newAddPage(f, profile)
	w.kind.SetSelectedIndex(1)
	go f.followRaised(agentapi.WindowAddConsole)
	if profile == "" {
		f.win.Canvas().Focus(w.name)
	} else {
		f.win.Canvas().Focus(w.add)
	}
	return w
}

// newAddPage fills a window for a profile of an access key.
func newAddPage(f *frame, profile string) *addWindow {
	w := &addWindow{frame: f, stop: func() {}}
	w.title = kit.NewHeadline("")
	w.kind = newKeySelect(w.choose, w.typedKey)
	w.name = kit.NewTextField(lang.T("work"), w.typed, w.typedKey)
	w.id = kit.NewTextField("AKIA…", w.typed, w.typedKey)
	w.key = kit.NewPassphraseField(lang.T("40 characters, shown once by AWS"), w.typed, w.typedKey)
	w.region = kit.NewTextField("eu-central-1", nil, w.typedKey)
	w.name.Text = profile
	kit.OnEnter(w.send, w.name, w.id, w.key, w.region)
	w.ofKey = []*fyne.Container{
		kit.NewFormRow(formLabel, "Access key ID", w.id),
		kit.NewFormRow(formLabel, "Secret access key", w.key),
	}
	w.fields = container.New(kit.Rows(12),
		kit.NewFormRow(formLabel, "Made of", w.kind),
		kit.NewFormRow(formLabel, "Profile", w.name), w.ofKey[0], w.ofKey[1],
		kit.NewFormRow(formLabel, "Region", w.region))
	w.notice = kit.NewNotice(0, 3)
	w.cancel = kit.NewButton(lang.T("Cancel"), w.dismiss, w.typedKey)
	w.add = kit.NewButton("", w.send, w.typedKey)
	w.add.StandOut(true)
	w.made.build(w)
	w.page = container.New(kit.Sheet{}, w.title, container.New(kit.Rows(12), w.fields, w.notice.Wide()),
		kit.NewButtons(w.made.copy, w.made.open, layout.NewSpacer(), w.cancel, w.add))
	f.fill("", addSize, w.typedKey, w.page)
	f.win.SetCloseIntercept(w.dismiss)
	var kinds []string
	for _, k := range addKinds {
		kinds = append(kinds, k.String())
	}
	w.kind.set(kinds, 0)
	return w
}

// choose shows what a profile of a kind needs.
func (w *addWindow) choose(at int) {
	w.console = at == 1
	title, frame := lang.T("Add an access key"), lang.T("daypass — access key")
	words := lang.T("The key goes to the keyring of your desktop, and nowhere else. daypass asks AWS whose it is, and which MFA device its user has.")
	if w.console {
		title, frame = lang.T("Add a sign-in to AWS's console"), lang.T("daypass — console sign-in")
		words = lang.T("Your browser opens, and you sign in as you do for the console. No key is stored. " +
			"daypass keeps the credentials fresh until the sign-in ends, after 12 hours at most.")
	}
	w.title.Set(title, "")
	w.win.SetTitle(frame)
	for _, row := range w.ofKey {
		kit.Show(row, !w.console)
	}
	w.replace = ""
	w.add.SetText(w.addWords())
	w.say(words, kit.ToneQuiet)
	w.typed("")
	w.page.Refresh()
}

// addWords is the button that makes the profile.
func (w *addWindow) addWords() string {
	if w.console {
		return lang.T("Sign in…")
	}
	return lang.T("Add")
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
		w.add.SetText(w.addWords())
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
	return r.Profile != "" && (w.console || r.AccessKeyID != "" && !r.SecretAccessKey.IsZero())
}

// send has the agent store the key, or sign in.
func (w *addWindow) send() {
	switch {
	case w.done || w.key.Locked || !w.ready():
		return
	case w.console:
		w.signIn()
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
	for _, f := range []fyne.Disableable{w.kind, w.name, w.id, w.region} {
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
	device := lang.T("It has no MFA device.")
	if reply.Status.MFASerial != "" {
		device = lang.Sprintf("Its MFA device is %s.", words.Device(reply.Status.MFASerial))
	}
	w.end(reply.Status.Name, join(lang.T("The key is in the keyring."), lang.Sprintf("It belongs to %s.", reply.UserARN), device, words.Sentence(reply.Note)))
}

// end says that the profile is made.
func (w *addWindow) end(profile, words string) {
	w.done = true
	w.key.SetText("")
	kit.Show(w.fields, false)
	kit.Show(w.add, false)
	w.title.Set(lang.Sprintf("%s is ready", profile), "")
	w.say(words, kit.ToneDone)
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
