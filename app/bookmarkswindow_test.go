package app

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/agentapi"
)

func (h *seeded) openBookmarks(t *testing.T) *bookmarksWindow {
	t.Helper()
	w := newBookmarksWindow(h.frame)
	h.until(t, "the bookmarks", func() bool { return w.notice.Tone != kit.ToneBusy })
	return w
}

func TestBookmarksAreAddedChangedOrderedAndRemoved(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openBookmarks(t)
	if w.name.Text != "S3" || !w.region.Checked || !w.up.Disabled() {
		t.Errorf("%q is shown", w.name.Text)
	}
	h.shortcut(&desktop.CustomShortcut{KeyName: fyne.KeyDown, Modifier: fyne.KeyModifierAlt})
	h.wantSaid(t, agentapi.Bookmarks.Path+` {"order":["Logs of checkout","S3","Billing"]}`)
	h.until(t, "the order", func() bool { return w.state.at == 1 && w.name.Text == "S3" })

	h.press(fyne.KeyEnd)
	if w.name.Text != "Billing" || !w.down.Disabled() {
		t.Errorf("%q is shown", w.name.Text)
	}
	test.Type(w.profiles, "prod-admin,  audit ,")
	w.profiles.OnSubmitted("")
	h.wantSaid(t, agentapi.Bookmarks.Path+` {"put":{"name":"Billing","url":"https://console.aws.amazon.com/costmanagement/home",`+
		`"profiles":["prod-admin","audit"]},"was":"Billing"}`)
	h.until(t, "the change", func() bool { return w.profiles.Text == "prod-admin, audit" })

	w.name.SetText("Costs")
	test.Tap(w.save)
	h.wantSaid(t, agentapi.Bookmarks.Path+` {"put":{"name":"Costs","url":"https://console.aws.amazon.com/costmanagement/home",`+
		`"profiles":["prod-admin","audit"]},"was":"Billing"}`)
	h.until(t, "the new name", func() bool { return w.state.chosen().Name == "Costs" })

	h.shortcut(kit.Chord(fyne.KeyN, false))
	if w.name.Text != "" || h.win.Canvas().Focused() != fyne.Focusable(w.name) || !w.save.Disabled() {
		t.Errorf("the form of a new one has %q", w.name.Text)
	}
	h.typeText("EC2")
	w.url.SetText("https://eu-central-1.console.aws.amazon.com/ec2/home?region=eu-central-1")
	w.region.SetChecked(true)
	h.press(fyne.KeyReturn)
	h.wantSaid(t, agentapi.Bookmarks.Path+` {"put":{"name":"EC2","url":"https://eu-central-1.console.aws.amazon.com/ec2/home?region=eu-central-1"},"any_region":true}`)
	h.until(t, "the new one", func() bool { return w.state.at == 3 && w.notice.Tone == kit.ToneDone })

	test.Tap(w.remove)
	h.wantSaid(t, agentapi.Bookmarks.Path+` {"remove":"EC2"}`)
	h.until(t, "its end", func() bool { return len(w.state.marks.Bookmarks) == 3 && w.name.Text == "Costs" })
	h.win.Canvas().Unfocus()
	h.press(fyne.KeyEscape)
	if !h.closed {
		t.Error("Escape did not close the window")
	}
}

func TestBookmarksSayWhatWasRefusedAndKeepWhatWasTyped(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openBookmarks(t)
	h.data.refuse(agentapi.Bookmarks.Path, &creds.Error{Code: creds.CodeBadRequest, Message: "this is no page of the AWS console"})
	w.url.SetText("https://example.com/")
	test.Tap(w.save)
	h.until(t, "the refusal", func() bool { return w.notice.Words == "This is no page of the AWS console." })
	if w.url.Text != "https://example.com/" {
		t.Errorf("the address became %q", w.url.Text)
	}
}

func TestBookmarksGoOutAndComeInAsText(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openBookmarks(t)
	h.shortcut(kit.Chord(fyne.KeyT, false))
	if !w.text.Visible() || w.area.Text != "[[bookmark]]\nname = \"S3\"\n" {
		t.Fatalf("the text is %q", w.area.Text)
	}
	w.area.SetText("[[bookmark]]\n")
	test.Tap(w.load)
	h.wantSaid(t, agentapi.Bookmarks.Path+` {"import":"[[bookmark]]\n"}`)
	h.until(t, "the bookmarks", func() bool { return len(w.state.marks.Bookmarks) == 4 && w.edit.Visible() })
	h.shortcut(kit.Chord(fyne.KeyT, false))
	h.press(fyne.KeyEscape)
	if !w.edit.Visible() || h.closed {
		t.Error("Escape did not lead back")
	}
}
