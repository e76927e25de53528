package app

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/agentapi"
)

// testHealth has findings of all severities.
func testHealth() creds.Health {
	return creds.Health{Findings: []creds.Finding{
		{ID: "keyring", Topic: creds.TopicKeyring, Severity: creds.SeverityOK, Title: "The keyring secret-service is open", Detail: "A test item was written, read back and removed."},
		{
			ID: "plaintext/work", Topic: creds.TopicKeys, Severity: creds.SeverityWarning, Title: "The long-term key of work is in plaintext",
			Detail: "The key AKIAIOSFODNN7EXAMPLE is in [work] of /home/alice/.aws/credentials, where every program that you start can read it.",
			Advice: "Move it into the keyring with: daypass import", Window: "import",
		},
		{
			ID: "modes//home/alice/.aws/credentials", Topic: creds.TopicFiles, Severity: creds.SeverityWarning, Title: "/home/alice/.aws/credentials is open to other users",
			Detail: "Other users may read it (mode 0644).", Advice: "Take their permissions away.", Fix: "Set mode 0600",
		},
		{
			ID: "nowhere/lost", Topic: creds.TopicProfiles, Severity: creds.SeverityError, Title: "The profile lost cannot get credentials",
			Detail: `source_profile in [profile lost] names "nobody", and there is no such profile in the AWS files.`,
			Advice: "Correct the profile's section in the AWS config or credentials file.",
		},
		{ID: "network/https://sts.eu-central-1.amazonaws.com", Topic: creds.TopicNetwork, Severity: creds.SeverityOK, Title: "sts.eu-central-1.amazonaws.com is reached", Detail: "It was asked through the proxy proxy.example:3128."},
		{ID: "clock", Topic: creds.TopicClock, Severity: creds.SeverityOK, Title: "The clock is right"},
		{ID: "notices", Topic: creds.TopicDesktop, Severity: creds.SeverityUnknown, Title: "The notification server does not answer", Detail: "Notices may not be shown."},
	}}
}

func (h *seeded) openHealth(t *testing.T) *healthWindow {
	t.Helper()
	w := newHealthWindow(h.frame)
	if w.summary.Tone != kit.ToneBusy || !w.again.Disabled() {
		t.Errorf("it looks, and says %q", w.summary.Words)
	}
	h.until(t, "the findings", func() bool { return !w.busy })
	return w
}

func TestFindingsAreShownWorstFirstAndMended(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openHealth(t)
	var shown []string
	for _, n := range w.state.names() {
		shown = append(shown, n.Name+" / "+n.About)
	}
	want := []string{
		"The profile lost cannot get credentials / Error · Profiles",
		"The long-term key of work is in plaintext / Warning · Long-term keys",
		"/home/alice/.aws/credentials is open to other users / Warning · Files",
		"The notification server does not answer / Not known · Desktop",
		"The keyring secret-service is open / In order · Keyring",
		"sts.eu-central-1.amazonaws.com is reached / In order · Network",
		"The clock is right / In order · Clock",
	}
	if diff := cmp.Diff(want, shown); diff != "" {
		t.Errorf("the list (-want +got)\n%s", diff)
	}
	if got := w.summary.Words; got != "1 error, 2 warnings, 1 that could not be found out; 3 are in order." {
		t.Errorf("it says %q", got)
	}
	if w.fix.Visible() || w.open.Visible() || w.title.Words != want[0][:39] {
		t.Errorf("of the first it says %q, with buttons %v %v", w.title.Words, w.fix.Visible(), w.open.Visible())
	}
	h.press(fyne.KeyReturn) // it can mend nothing
	h.press(fyne.KeyDown)
	if !w.open.Visible() || w.open.Text != "Import keys…" || w.fix.Visible() {
		t.Errorf("of the key it offers %q", w.open.Text)
	}
	test.Tap(w.open)
	h.wantSaid(t, agentapi.ShowWindow.Path+` {"window":"import"}`)
	h.press(fyne.KeyDown)
	if !w.fix.Visible() || w.fix.Text != "Set mode 0600" || w.what.Words != "Warning. Other users may read it (mode 0644)." {
		t.Errorf("of the file it says %q and offers %q", w.what.Words, w.fix.Text)
	}
	test.Tap(w.fix)
	if !w.fix.Disabled() || !w.again.Disabled() {
		t.Error("it can be mended twice")
	}
	h.until(t, "the mending", func() bool { return !w.busy })
	h.wantSaid(t, agentapi.Health.Path+` {"fix":["modes//home/alice/.aws/credentials"]}`)
	if f := w.state.chosen(); f.ID != "modes//home/alice/.aws/credentials" || f.Severity != creds.SeverityOK || w.fix.Visible() {
		t.Errorf("the chosen one is %+v now", f)
	}
	test.TapCanvas(h.win.Canvas(), fyne.NewPos(200, 150)) // the second row
	if w.state.chosen().ID != "plaintext/work" {
		t.Errorf("a click on the second row chooses %s", w.state.chosen().ID)
	}
	h.press(fyne.KeyF5)
	h.until(t, "another look", func() bool { return !w.busy })
	h.press(fyne.KeyEscape)
	if !h.closed {
		t.Error("Escape did not close the window")
	}
}

func TestAHealthThatCannotBeLookedAtIsSaidAndTriedAgain(t *testing.T) {
	h := openSeeded(t, func(d *testData) {
		d.fail[agentapi.Health.Path] = &creds.Error{Code: creds.CodeThrottled, Message: "the agent is busy"}
	})
	w := h.openHealth(t)
	if w.summary.Tone != kit.ToneRefused || w.again.Disabled() || w.detail.Visible() {
		t.Errorf("it says %q", w.summary.Words)
	}
	h.data.refuse(agentapi.Health.Path, nil)
	test.Tap(w.again)
	h.until(t, "the findings", func() bool { return len(w.state.findings) == 7 && !w.busy })
}

func TestTheStatusWindowOpensTheHealth(t *testing.T) {
	h := openSeeded(t, nil)
	h.openStatus(t)
	h.shortcut(kit.Chord(fyne.KeyH, false))
	h.wantSaid(t, agentapi.ShowWindow.Path+` {"window":"health"}`)
}
