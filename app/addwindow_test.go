package app

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/words"
)

const lookedAt = "/keys/look" + ` {"access_key_id":"` + sampleID + `","secret_access_key":"` + sampleSecret + `"}`

// addedKey is the request that adds the key of the tests.
var addedKey = agentapi.Add.Path + ` {"profile":"work","access_key_id":"` + sampleID +
	`","secret_access_key":"` + sampleSecret + `","region":"eu-central-1","mfa_serial":"` + tabletARN + `"`

// openAdd opens the window and goes on to the page of the key, which it fills.
func (h *seeded) openAdd(t *testing.T) *addWindow {
	t.Helper()
	w := newAddWindow(h.frame, "")
	test.Tap(w.ways[0])
	test.Type(w.id, " "+sampleID)
	test.Type(w.key, sampleSecret)
	return w
}

// toName goes on to the page of the name, with the second device that can be used.
func (h *seeded) toName(t *testing.T, w *addWindow) {
	t.Helper()
	h.press(fyne.KeyReturn)
	h.until(t, "the user", func() bool { return w.state.page == pageWho })
	h.press(fyne.KeyReturn)
	h.press(fyne.KeyDown)
	h.press(fyne.KeyReturn)
	w.region.SetText("eu-central-1")
	h.press(fyne.KeyReturn)
	if w.state.page != pageName {
		t.Fatalf("the page is %d: %s", w.state.page, w.notice.Words)
	}
	w.name.SetText("work")
}

func TestAKeyIsAddedByTheKeyboardAlone(t *testing.T) {
	h := openSeeded(t, nil)
	w := newAddWindow(h.frame, "")
	if h.win.Canvas().Focused() != fyne.Focusable(w.ways[0]) {
		t.Fatal("the first way is not focused")
	}
	h.press(fyne.KeyReturn)
	if w.state.page != pageKey || h.win.Canvas().Focused() != fyne.Focusable(w.id) || !w.next.Disabled() {
		t.Fatalf("page %d", w.state.page)
	}
	test.Type(w.id, sampleID)
	h.win.Canvas().FocusNext()
	test.Type(w.key, sampleSecret)
	h.press(fyne.KeyReturn)
	w.goOn() // Once is enough.
	h.wantSaid(t, lookedAt)
	h.until(t, "the user", func() bool { return w.state.page == pageWho })
	if !w.facts.Rows[0].Value.Visible() || w.facts.Rows[0].Value.Text != "user/alice (123456789012)" || !strings.Contains(w.about.Words, "root user") {
		t.Errorf("%q, %q", w.facts.Rows[0].Value.Text, w.about.Words)
	}
	h.press(fyne.KeyReturn)
	if w.state.page != pageDevice || w.deviceList.Chosen != 1 {
		t.Fatalf("page %d, device %d", w.state.page, w.deviceList.Chosen)
	}
	h.press(fyne.KeyUp)
	if w.deviceList.Chosen != 1 || !strings.Contains(w.notice.Words, "takes codes only") {
		t.Errorf("a security key: %d, %q", w.deviceList.Chosen, w.notice.Words)
	}
	h.press(fyne.KeyDown)
	h.press(fyne.KeyReturn)
	if w.state.page != pageRegion || w.region.Text != "eu-west-1" {
		t.Fatalf("page %d, region %q", w.state.page, w.region.Text)
	}
	w.region.SetText("frank")
	if !w.next.Disabled() {
		t.Error("a city is a region")
	}
	h.press(fyne.KeyDown)
	h.press(fyne.KeyReturn)
	if w.state.page != pageName || w.name.Text != "alice-2" || w.state.region != "eu-central-1" {
		t.Fatalf("page %d, name %q, region %q, %q", w.state.page, w.name.Text, w.state.region, w.notice.Words)
	}
	w.name.SetText("prod-admin")
	if !w.next.Disabled() || !strings.Contains(w.notice.Words, "is there already") {
		t.Errorf("a name that is taken: %q", w.notice.Words)
	}
	w.name.SetText("work")
	h.press(fyne.KeyReturn)
	h.wantSaid(t, addedKey+"}")
	h.wantSaid(t, agentapi.Login.Path+` {"profile":"work"}`)
	h.until(t, "the end", func() bool { return w.title.Text == "work works" })
	if w.key.Text != "" || !w.state.key.IsZero() || !strings.Contains(w.notice.Words, "AWS_PROFILE=work") {
		t.Errorf("it says %q", w.notice.Words)
	}
	h.press(fyne.KeyReturn)
	if !h.closed {
		t.Error("Enter did not close the window")
	}
}

func TestGoingBackLosesNothing(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openAdd(t)
	h.toName(t, w)
	for range 4 {
		test.Tap(w.back)
	}
	if w.state.page != pageKey || w.key.Text != sampleSecret {
		t.Fatalf("page %d", w.state.page)
	}
	asked := len(h.data.said())
	for range 4 {
		h.press(fyne.KeyReturn)
	}
	if w.state.page != pageName || w.name.Text != "work" || w.state.device != 2 || w.state.region != "eu-central-1" || len(h.data.said()) != asked {
		t.Errorf("page %d, %q, device %d, %d requests more", w.state.page, w.name.Text, w.state.device, len(h.data.said())-asked)
	}
}

func TestAKeyIsPastedWhole(t *testing.T) {
	h := openSeeded(t, nil)
	w := newAddWindow(h.frame, "work")
	fyne.CurrentApp().Clipboard().SetContent(sampleID + "," + sampleSecret + "\n")
	w.id.TypedShortcut(&fyne.ShortcutPaste{Clipboard: fyne.CurrentApp().Clipboard()})
	if w.id.Text != sampleID || w.key.Text != sampleSecret || w.next.Disabled() {
		t.Errorf("the id is %q", w.id.Text)
	}
	w.id.TypedShortcut(&fyne.ShortcutUndo{})
	if strings.Contains(w.id.Text, sampleSecret) {
		t.Error("the secret can be seen")
	}
	if !w.key.Password {
		t.Error("the secret is shown")
	}
}

func TestAWindowWithInputAsksBeforeItCloses(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openAdd(t)
	h.press(fyne.KeyEscape)
	if h.closed || w.cancel.Text != "Discard" || w.notice.Tone != kit.ToneWarning {
		t.Fatalf("closed %v, the button says %q", h.closed, w.cancel.Text)
	}
	w.id.SetText(sampleID) // The person goes on.
	test.Type(w.id, "X")
	if w.cancel.Text != "Cancel" {
		t.Errorf("the button says %q", w.cancel.Text)
	}
	h.press(fyne.KeyEscape)
	h.press(fyne.KeyEscape)
	if !h.closed || w.key.Text != "" || w.id.Text != "" || !w.state.key.IsZero() {
		t.Errorf("closed %v, and the secret is still in the window: %v", h.closed, w.key.Text != "")
	}
}

func TestAWindowWithoutInputClosesAtOnce(t *testing.T) {
	h := openSeeded(t, nil)
	newAddWindow(h.frame, "")
	h.press(fyne.KeyEscape)
	if !h.closed {
		t.Error("Escape did not close the window")
	}
}

func TestAnotherKeyIsReplacedOnlyByTheSecondPress(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openAdd(t)
	h.toName(t, w)
	exists := &creds.Error{Code: creds.CodeKeyExists, Message: "the keyring holds another access key for work"}
	h.data.refuse(agentapi.Add.Path, exists)
	w.goOn()
	h.until(t, "the question", func() bool { return w.next.Text == "Replace it" })
	if !strings.HasPrefix(w.notice.Words, words.Sentence(exists.Message)) || w.notice.Tone != kit.ToneWarning {
		t.Errorf("the window says %q", w.notice.Words)
	}
	w.name.SetText("other") // Of that one nothing was said.
	if w.next.Text != "Add" {
		t.Errorf("the button is %q", w.next.Text)
	}
	w.name.SetText("work")
	w.goOn()
	h.until(t, "the question again", func() bool { return w.next.Text == "Replace it" })
	h.data.refuse(agentapi.Add.Path, nil)
	test.Tap(w.next)
	h.wantSaid(t, addedKey+`,"replace":true}`)
	h.until(t, "the end", func() bool { return w.state.page == pageDone })
}

func TestAFailureStaysOnItsPage(t *testing.T) {
	refused := &creds.Error{Code: creds.CodeKeyInvalid, Message: "AWS does not know this access key", Advice: "Look at both parts of it."}
	t.Run("of the key", func(t *testing.T) {
		h := openSeeded(t, nil)
		w := h.openAdd(t)
		h.data.refuse(agentapi.LookAtKey.Path, refused)
		w.goOn()
		h.until(t, "the refusal", func() bool { return w.notice.Tone == kit.ToneRefused })
		if w.notice.Words != "AWS does not know this access key. Look at both parts of it." || w.state.page != pageKey || w.key.Locked || w.key.Text == "" {
			t.Errorf("the window says %q", w.notice.Words)
		}
	})
	t.Run("of the first credentials", func(t *testing.T) {
		h := openSeeded(t, nil)
		w := h.openAdd(t)
		h.toName(t, w)
		h.data.refuse(agentapi.Login.Path, &creds.Error{Code: creds.CodeDeclined, Message: "the question was closed"})
		w.goOn()
		h.until(t, "the refusal", func() bool { return w.notice.Tone == kit.ToneRefused })
		if w.title.Text != "work is stored" || !w.next.Visible() || w.next.Text != "Try again" || w.state.page != pageDone {
			t.Errorf("%q, %q", w.title.Text, w.notice.Words)
		}
		h.data.refuse(agentapi.Login.Path, nil)
		h.press(fyne.KeyReturn)
		h.until(t, "the end", func() bool { return w.title.Text == "work works" && !w.next.Visible() })
	})
}

func TestADeviceIsTypedWhereAWSDoesNotListThem(t *testing.T) {
	h := openSeeded(t, func(d *testData) {
		d.look = creds.KeyLook{UserARN: aliceARN, AccountID: "123456789012", Region: "eu-west-1", Suggested: "alice", DevicesDenied: true}
	})
	w := h.openAdd(t)
	w.goOn()
	h.until(t, "the user", func() bool { return w.state.page == pageWho })
	w.goOn()
	if !w.serial.Visible() || w.deviceList.Visible() || w.next.Disabled() {
		t.Errorf("no field to type the device in")
	}
	w.serial.SetText(yubiARN)
	if !w.next.Disabled() || !strings.Contains(w.notice.Words, "FIDO") {
		t.Errorf("it says %q", w.notice.Words)
	}
	w.serial.SetText(phoneARN)
	if got := w.state.request(); w.next.Disabled() || got.MFASerial != phoneARN {
		t.Errorf("it asks for %q", got.MFASerial)
	}
}

func TestASessionOfIdentityCenterIsAddedAndItsAccountsShown(t *testing.T) {
	h := openSeeded(t, nil)
	w := newAddWindow(h.frame, "")
	h.until(t, "the sessions", func() bool { return len(w.sso.pick.Options) == 3 })
	test.Tap(w.ways[1])
	test.Type(w.sso.start, "https://acme.awsapps.com/start")
	test.Type(w.sso.region, "eu-central-1")
	test.Type(w.sso.name, "acme")
	h.data.refuse(agentapi.AddSession.Path, &creds.Error{Code: creds.CodeBadRequest, Message: "there is another session of this name"})
	test.Tap(w.next)
	h.until(t, "the refusal", func() bool { return w.notice.Tone == kit.ToneRefused })
	if w.state.page != pageSession || w.sso.name.Text != "acme" {
		t.Errorf("page %d", w.state.page)
	}
	h.data.refuse(agentapi.AddSession.Path, nil)
	test.Tap(w.next)
	h.wantSaid(t, agentapi.AddSession.Path+` {"name":"acme","start_url":"https://acme.awsapps.com/start","region":"eu-central-1"}`)
	h.wantSaid(t, agentapi.ShowWindow.Path+` {"window":"sso-import","arg":"acme"}`)
	h.until(t, "the end", func() bool { return w.state.page == pageDone })
	if w.made.copy.Visible() || w.next.Visible() {
		t.Error("there is more to press than to close")
	}
}

func TestASessionThatIsThereNeedsNoStartURL(t *testing.T) {
	h := openSeeded(t, nil)
	w := newAddWindow(h.frame, "")
	h.until(t, "the sessions", func() bool { return len(w.sso.pick.Options) == 3 })
	test.Tap(w.ways[1])
	w.sso.pick.SetSelectedIndex(2)
	if w.sso.fields.Visible() || w.next.Disabled() {
		t.Error("a session that is there is asked about")
	}
	test.Tap(w.next)
	h.wantSaid(t, agentapi.ShowWindow.Path+` {"window":"sso-import","arg":"lab"}`)
}
