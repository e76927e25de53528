package app

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/words"
)

// addedKey is the request that adds the key of the tests.
var addedKey = agentapi.Add.Path + ` {"profile":"work","access_key_id":"AKIAIOSFODNN7EXAMPLE",` +
	`"secret_access_key":"not-a-real-key","region":"eu-central-1"`

func (h *seeded) openAdd() *addWindow {
	w := newAddWindow(h.frame, "")
	test.Type(w.name, "work")
	test.Type(w.id, " AKIAIOSFODNN7EXAMPLE\t")
	w.key.SetText("not-a-real-key\n")
	test.Type(w.region, "eu-central-1")
	return w
}

func TestAKeyIsAdded(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openAdd()
	w.region.OnSubmitted("")
	if !w.key.Locked || !w.name.Disabled() || !w.add.Disabled() {
		t.Error("the fields can be changed while the agent has what was in them")
	}
	w.send() // Once is enough.
	h.wantSaid(t, addedKey+"}")
	h.until(t, "the end", func() bool { return w.done })
	want := "The key is in the keyring. It belongs to arn:aws:iam::123456789012:user/alice. Its MFA device is alice-phone."
	if w.title.Text != "work is ready" || w.notice.Words != want || w.key.Text != "" {
		t.Errorf("%q, %q", w.title.Text, w.notice.Words)
	}
	if n := len(h.data.said()); n != 1 {
		t.Errorf("the agent was asked %d times", n)
	}
	h.press(fyne.KeyReturn)
	if !h.closed {
		t.Error("Enter did not close the window")
	}
}

func TestAnotherKeyIsReplacedOnlyByTheSecondPress(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openAdd()
	exists := &creds.Error{Code: creds.CodeKeyExists, Message: "the keyring holds another access key for work"}
	h.data.refuse(agentapi.Add.Path, exists)
	w.send()
	h.until(t, "the question", func() bool { return w.add.Text == "Replace it" })
	if !strings.HasPrefix(w.notice.Words, words.Sentence(exists.Message)) || w.notice.Tone != kit.ToneWarning {
		t.Errorf("the window says %q", w.notice.Words)
	}
	w.name.SetText("other") // Of that one nothing was said.
	if w.add.Text != "Add" {
		t.Errorf("the button is %q", w.add.Text)
	}
	w.name.SetText("work")
	w.send()
	h.until(t, "the question again", func() bool { return w.add.Text == "Replace it" })
	h.data.refuse(agentapi.Add.Path, nil)
	test.Tap(w.add)
	h.wantSaid(t, addedKey+`,"replace":true}`)
	h.until(t, "the end", func() bool { return w.done })
	if slices.Contains(h.data.said()[:2], addedKey+`,"replace":true}`) {
		t.Error("the key was replaced before the person knew")
	}
}

func TestAKeyThatIsRefusedStaysToBeCorrected(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openAdd()
	h.data.refuse(agentapi.Add.Path, &creds.Error{Code: creds.CodeKeyInvalid, Message: "AWS does not know this access key", Advice: "Look at both parts of it."})
	w.send()
	h.until(t, "the refusal", func() bool { return w.notice.Tone == kit.ToneRefused })
	if w.notice.Words != "AWS does not know this access key. Look at both parts of it." || w.key.Locked || w.id.Text == "" {
		t.Errorf("the window says %q", w.notice.Words)
	}
	h.press(fyne.KeyEscape)
	if !h.closed {
		t.Error("Escape did not close the window")
	}
}
