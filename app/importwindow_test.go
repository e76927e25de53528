package app

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"

	"daypass/app/kit"
	"daypass/creds"
)

func TestAnImportFromItsListToTheFile(t *testing.T) {
	f := openFramed(t, func(s *testSSO) {
		s.made[creds.SSOPair{AccountID: "111111111111", Role: "Admin"}] = "mine"
	})
	w := newImportWindow(f.frame, "corp")
	f.until(t, "the list", w.pick.Visible)
	if f.win.Title() != importTitleOf("corp") || w.count.Text != "1 of 18 selected" {
		t.Errorf("title %q, count %q", f.win.Title(), w.count.Text)
	}
	if w.region.Text != "eu-central-1" || w.state.region != w.region.Text {
		t.Errorf("the region is %q, want the session's", w.region.Text)
	}
	f.until(t, "an example", func() bool { return w.example.Words == "Admin in prod-0000 becomes mine" })

	test.Type(w.search, "admin")
	w.tickShown(true)
	w.list.Select(0) // The one that is there already.
	w.list.Select(0)
	w.list.Select(0)
	if w.count.Text != "5 of 18 selected, 6 shown" {
		t.Errorf("the count is %q", w.count.Text)
	}
	w.search.OnSubmitted("")
	f.until(t, "the diff", func() bool { return w.plan.state.stage == planShown })
	if want := "Profiles: 4 added, 1 removed, 1 skipped."; !strings.HasSuffix(w.plan.notice.Words, want) {
		t.Errorf("the window says %q, want %q", w.plan.notice.Words, want)
	}
	if !w.plan.skipped.Visible() || w.plan.table.Lines[0].Mark != kit.DiffHead {
		t.Errorf("the table begins with %v", w.plan.table.Lines[0])
	}
	test.Tap(w.plan.skipped)
	want := []kit.DiffLine{{Mark: kit.DiffSame, Text: "audit-0003-admin: a profile of this name is there already, and was not made by import."}}
	if diff := cmp.Diff(want, w.plan.table.Lines); diff != "" {
		t.Errorf("skipped (-want +got)\n%s", diff)
	}
	f.press(fyne.KeyEscape)
	if !w.pick.Visible() || f.closed {
		t.Fatal("Escape did not lead back to the list")
	}
	w.search.OnSubmitted("")
	f.until(t, "the diff again", func() bool { return w.plan.state.stage == planShown })

	f.sso.mu.Lock()
	f.sso.shift++ // Somebody else edits the file.
	f.sso.mu.Unlock()
	f.press(fyne.KeyReturn)
	f.until(t, "another diff", func() bool { return w.plan.state.stage == planShown && w.plan.state.again })
	if w.plan.notice.Tone != kit.ToneWarning {
		t.Errorf("the window says %q in tone %v", w.plan.notice.Words, w.plan.notice.Tone)
	}
	f.press(fyne.KeyReturn)
	f.until(t, "the end", func() bool { return w.plan.state.stage == planDone })
	if words := w.plan.notice.Words; !strings.HasPrefix(words, "Wrote 4 profiles to ~") || !strings.Contains(words, ", and removed 1. Getting their credentials…") {
		t.Errorf("the window says %q", words)
	}
	f.until(t, "the credentials", func() bool { return strings.HasSuffix(w.plan.notice.Words, "have credentials.") })
	if diff := cmp.Diff([]string{"corp"}, f.sso.logins); diff != "" {
		t.Errorf("sessions whose profiles get credentials (-want +got)\n%s", diff)
	}
	f.press(fyne.KeyReturn)
	if !f.closed {
		t.Error("Enter did not close the window")
	}
}

func importTitleOf(session string) string { return "daypass — profiles for " + session }

func TestAnImportWaitsForTheSignInAndTriesAgain(t *testing.T) {
	wait := make(chan struct{})
	f := openFramed(t, func(s *testSSO) {
		s.wait, s.prompts = wait, []creds.Prompt{corpPrompt()}
		s.fail = &creds.Error{Code: creds.CodeNetwork, Message: "AWS cannot be reached"}
	})
	w := newImportWindow(f.frame, "corp")
	f.until(t, "the sign-in", func() bool { return w.loaded.Words == "Waiting for the sign-in…" })
	close(wait)
	f.until(t, "the failure", w.retry.Visible)
	if want := "AWS cannot be reached. Check the connection, then try again."; w.loaded.Words != want {
		t.Errorf("the window says %q, want %q", w.loaded.Words, want)
	}
	f.sso.mu.Lock()
	f.sso.fail = nil
	f.sso.mu.Unlock()
	f.press(fyne.KeyReturn)
	f.until(t, "the list", w.pick.Visible)
	f.press(fyne.KeyEscape)
	if !f.closed {
		t.Error("Escape did not close the window")
	}
}

func TestAnImportSaysThatItWaitsForAPersonToBeConfirmed(t *testing.T) {
	wait := make(chan struct{})
	person := bobPrompt()
	f := openFramed(t, func(s *testSSO) { s.wait, s.prompts = wait, []creds.Prompt{corpPrompt(), person} })
	w := newImportWindow(f.frame, person.SessionID())
	f.until(t, "the question", func() bool { return w.loaded.Words == "Waiting for your answer: somebody else has signed in…" })
	close(wait)
	f.until(t, "the list", w.pick.Visible)
}

func TestAnInvalidTemplateIsReported(t *testing.T) {
	f := openFramed(t, nil)
	w := newImportWindow(f.frame, "corp")
	f.until(t, "an example", func() bool { return w.example.Tone == kit.ToneQuiet && w.example.Words != "" })
	w.state.template = "{{{"
	w.typed()
	f.until(t, "the refusal", func() bool { return w.example.Tone == kit.ToneRefused })
	w.state.template = "x{{.Role}}"
	w.typed()
	f.until(t, "another example", func() bool {
		return w.example.Words == "Admin in prod-0000 becomes x-prod-0000-admin"
	})
}
