package app

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/settings/schema"
	"daypass/internal/secret"
	"daypass/internal/words"
)

// seeded is a larger window whose agent has profiles, settings and bookmarks, on Fyne's test
// driver.
type seeded struct {
	*framed

	agent *testAgent
	data  *testData
	// started are the windows of this process's own.
	started []string
	copied  []secret.Text
}

func openSeeded(t testing.TB, data func(*testData)) *seeded {
	t.Helper()
	h := &seeded{}
	h.framed = openFramedOn(t, func(a *testAgent) {
		h.agent, h.data = a, a.data
		if data != nil {
			data(a.data)
		}
	})
	h.start = func(args ...string) { h.do(func() { h.started = append(h.started, strings.Join(args, " ")) }) }
	// It is called where widgets may not be touched.
	h.copySecret = func(_ context.Context, text secret.Text) error {
		h.do(func() { h.copied = append(h.copied, text) })
		return nil
	}
	return h
}

func (h *seeded) openStatus(t testing.TB) *statusWindow {
	t.Helper()
	w := newStatusWindow(h.frame, StatusOptions{})
	t.Cleanup(func() {
		for _, timer := range []*time.Timer{w.redraw.timer, w.unfocus.timer} {
			if timer != nil {
				timer.Stop()
			}
		}
	})
	h.until(t, "the profiles", func() bool { return w.state.known })
	return w
}

// wantSaid waits for a request that changes something.
func (h *seeded) wantSaid(t *testing.T, want string) {
	t.Helper()
	h.until(t, want, func() bool { return slices.Contains(h.data.said(), want) })
}

// typeText types as the keyboard does: to whatever has the focus.
func (h *seeded) typeText(text string) {
	for _, r := range text {
		if on := h.win.Canvas().Focused(); on != nil {
			on.TypedRune(r)
		} else {
			h.win.Canvas().OnTypedRune()(r)
		}
	}
}

// shortcut does what Fyne's driver does with one.
func (h *seeded) shortcut(s fyne.Shortcut) {
	if on, ok := h.win.Canvas().Focused().(fyne.Shortcutable); ok {
		on.TypedShortcut(s)
		return
	}
	// Fyne's canvas for tests wraps the one that takes shortcuts.
	canvas := reflect.ValueOf(h.win.Canvas()).Elem().FieldByName("WindowlessCanvas").Interface()
	canvas.(fyne.Shortcutable).TypedShortcut(s)
}

func TestAProfileSaysWhoIsSignedInAndWhatKeepsItFromBeingRenewed(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openStatus(t)
	h.data.change(func(s *creds.Snapshot) {
		s.Profiles[5].Person, s.Sessions[0].Person = "alice@corp.example", "alice@corp.example"
	})
	facts := factsOf(creds.Status{}, time.Now())
	person := w.detail.facts.Rows[slices.IndexFunc(facts, func(f kit.Fact) bool { return f.Label == "Signed in as" })]
	h.until(t, "the person", func() bool { return person.Visible() && person.Value.Text == "alice@corp.example" })
	if w.detail.troubled.Visible() {
		t.Errorf("it says %q", w.detail.trouble.Words)
	}
	h.data.change(func(s *creds.Snapshot) {
		s.Sessions[0].Phase = creds.PhaseFailed
		s.Sessions[0].Stranger = &creds.Person{Session: "corp", Before: "alice@corp.example", Now: "bob@corp.example"}
		s.Sessions[0].Err = &creds.Error{Code: creds.CodeSignInNeeded, Message: "the person signed in is another one"}
	})
	h.until(t, "the trouble", func() bool {
		return w.detail.troubled.Visible() && w.detail.trouble.Words == "The person signed in is another one. Refresh it to sign in."
	})
	if !strings.HasPrefix(w.detail.words.Words, "Valid until ") {
		t.Errorf("it says %q", w.detail.words.Words)
	}
	h.press(fyne.KeyReturn)
	h.wantSaid(t, agentapi.Login.Path+` {"profile":"prod-admin","force":true}`)
}

func TestStatusFollowsTheAgentAndTheKeyboard(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openStatus(t)
	chosen := func(want string) {
		t.Helper()
		if w.detail.name.Words != want {
			t.Fatalf("%q is shown, want %q", w.detail.name.Words, want)
		}
	}
	chosen("prod-admin")
	if w.count.Text != "9 profiles, 3 valid" {
		t.Errorf("the count is %q", w.count.Text)
	}
	h.press(fyne.KeyDown)
	chosen("alice")
	h.typeText("aud") // Nothing has the focus: that is a search.
	chosen("audit")
	if w.search.Text != "aud" || h.win.Canvas().Focused() != fyne.Focusable(w.search) || w.count.Text != "1 of 9 profiles" {
		t.Errorf("the search is %q, the count %q", w.search.Text, w.count.Text)
	}
	h.press(fyne.KeyReturn)
	h.wantSaid(t, agentapi.Login.Path+` {"profile":"audit","force":true}`)
	h.until(t, "the report", func() bool { return strings.HasPrefix(w.detail.outcome.Words, "Refreshed: valid until ") })
	h.press(fyne.KeyEscape)
	if w.search.Text != "" || h.closed {
		t.Fatal("Escape did not clear the search first")
	}
	h.press(fyne.KeyEnd)
	chosen("terraform")
	h.press(fyne.KeyHome)
	chosen("prod-admin")
	h.press(fyne.KeyPageDown)
	chosen("terraform")

	h.data.change(func(s *creds.Snapshot) {
		s.Profiles[8].Phase, s.Profiles[8].Err = creds.PhaseIdle, nil
		s.Profiles[8].Issued, s.Profiles[8].Expires = time.Now(), time.Now().Add(time.Hour)
		s.Problems = []creds.Error{{Code: creds.CodeKeyringLocked, Message: "the keyring is locked"}}
	})
	h.until(t, "the change", func() bool { return w.count.Text == "9 profiles, 4 valid" })
	if !strings.HasPrefix(w.detail.words.Words, "Valid until ") || w.detail.troubled.Visible() {
		t.Errorf("the window says %q", w.detail.words.Words)
	}
	if !w.banner.Visible() || !strings.HasPrefix(w.banner.notice.Words, "The keyring is locked. ") {
		t.Errorf("the banner says %q", w.banner.notice.Words)
	}
	h.press(fyne.KeyEscape)
	if !h.closed {
		t.Error("Escape did not close the window")
	}
}

// The role of audit has a long form, and so can have the focus.
func TestEscapeReachesTheStatusWindowFromAFact(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openStatus(t)
	w.search.SetText("audit")
	role := w.detail.facts.Rows[1].Value
	h.win.Canvas().Focus(role)
	if h.win.Canvas().Focused() != fyne.Focusable(role) {
		t.Fatalf("%q cannot have the focus", role.Text)
	}
	h.press(fyne.KeyEscape)
	if w.search.Text != "" {
		t.Error("Escape does not clear the search")
	}
}

func TestStatusUnlocksTheKeyring(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openStatus(t)
	if w.banner.unlock.Visible() {
		t.Error("it offers to unlock what is not locked")
	}
	locked := creds.Error{Code: creds.CodeKeyringLocked, Message: "the keyring is locked"}
	h.data.change(func(s *creds.Snapshot) {
		s.Problems = []creds.Error{locked}
		for i := range s.Profiles {
			if s.Profiles[i].Name == "prod-admin" {
				s.Profiles[i] = creds.Status{Name: "prod-admin", Kind: creds.KindRole, Phase: creds.PhaseIdle, Err: &locked}
			}
		}
	})
	h.until(t, "the offer", func() bool { return w.banner.unlock.Visible() && w.banner.Visible() })
	if got := w.detail.trouble.Words; got != "The keyring is locked. Refresh a profile to unlock the keyring." {
		t.Errorf("of the profile it says %q", got)
	}
	if w.detail.actions[actionRefresh].Disabled() {
		t.Error("the profile cannot be refreshed")
	}
	h.data.refuse(agentapi.Unlock.Path, &locked)
	w.banner.unlock.OnTapped()
	h.wantSaid(t, agentapi.Unlock.Path+" ")
	h.until(t, "what came of it", func() bool { return w.detail.outcome.Words == "The keyring is locked." && !w.banner.unlock.Disabled() })
	h.data.change(func(s *creds.Snapshot) { s.Problems = nil })
	h.until(t, "the end of the offer", func() bool { return !w.banner.unlock.Visible() })
}

func TestStatusDoesWhatItsKeysSay(t *testing.T) {
	for name, test := range map[string]struct {
		profile string
		keys    fyne.Shortcut
		want    string // The request.
		words   string // What the window says then.
	}{
		"Ctrl+O opens the console": {
			"prod-admin", kit.Chord(fyne.KeyO, false),
			agentapi.Console.Path + ` {"profile":"prod-admin"}`, "Opened the console in Firefox, profile work.",
		},
		"Ctrl+Shift+L logs out": {
			"prod-admin", kit.Chord(fyne.KeyL, true),
			agentapi.Logout.Path + ` {"profile":"prod-admin"}`, "Logged out. The credentials are off this computer.",
		},
		"Ctrl+D makes a favourite": {
			"alice", kit.Chord(fyne.KeyD, false),
			agentapi.Settings.Path + ` {"changes":[{"key":"profile.alice.favourite","value":true}]}`, "",
		},
		"Ctrl+D takes the mark away": {
			"prod-admin", kit.Chord(fyne.KeyD, false),
			agentapi.Settings.Path + ` {"changes":[{"key":"profile.prod-admin.favourite","value":null}]}`, "",
		},
		"Ctrl+C gets a session for the exports": {
			"prod-admin", &fyne.ShortcutCopy{},
			agentapi.Login.Path + ` {"profile":"prod-admin"}`,
			"Copied the exports for a shell. They are secret: the clipboard is cleared after a minute.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := openSeeded(t, nil)
			w := h.openStatus(t)
			w.state.chosen = test.profile
			w.state.keep()
			w.draw()
			h.shortcut(test.keys)
			h.wantSaid(t, test.want)
			h.until(t, "the report", func() bool { return w.detail.outcome.Words == test.words && len(w.busy) == 0 })
			if _, copies := test.keys.(*fyne.ShortcutCopy); copies {
				if len(h.copied) != 1 || h.copied[0].Reveal() != mustExport(t, testCredentials(), "linux") {
					t.Errorf("the clipboard got %d texts", len(h.copied))
				}
			}
		})
	}
}

func TestStatusCopiesTheProfileAndOpensOtherWindows(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openStatus(t)
	h.shortcut(kit.Chord(fyne.KeyC, true))
	if got := fyne.CurrentApp().Clipboard().Content(); got != "AWS_PROFILE=prod-admin-temporary " {
		t.Errorf("the clipboard has %q", got)
	}
	h.shortcut(kit.Chord(fyne.KeyComma, false))
	h.shortcut(kit.Chord(fyne.KeyB, false))
	h.typeText("legacy")
	h.press(fyne.KeyReturn)
	for _, want := range []string{`{"window":"settings","arg":"prod-admin"}`, `{"window":"bookmarks"}`, `{"window":"add","arg":"legacy"}`} {
		h.wantSaid(t, agentapi.ShowWindow.Path+" "+want)
	}
	if len(h.started) != 0 {
		t.Errorf("started %q", h.started)
	}
	h.press(fyne.KeyEscape)
	h.typeText("sandbox")
	h.press(fyne.KeyReturn) // A person is asked already.
	h.wantSaid(t, agentapi.Show.Path+" ")
	h.until(t, "the end of it", func() bool { return len(w.busy) == 0 })
}

func TestStatusSaysWhatWasRefusedAndNothingTwice(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openStatus(t)
	h.data.refuse(agentapi.Console.Path, &creds.Error{Code: creds.CodeNetwork, Message: "AWS cannot be reached"})
	h.shortcut(kit.Chord(fyne.KeyO, false))
	h.until(t, "the refusal", func() bool {
		return w.detail.outcome.Words == "AWS cannot be reached. Check the connection, then refresh the profile again."
	})
	if w.detail.outcome.Tone != kit.ToneRefused {
		t.Errorf("it is said in tone %v", w.detail.outcome.Tone)
	}
	h.press(fyne.KeyEnd) // The report is about that profile.
	if w.detail.outcome.Words != "" {
		t.Errorf("of another profile the window says %q", w.detail.outcome.Words)
	}
	err := w.state.all.Profiles[8].Err
	h.data.refuse(agentapi.Login.Path, err)
	h.press(fyne.KeyReturn)
	h.until(t, "the refusal", func() bool { return w.outcomes["terraform"].tone == kit.ToneRefused })
	if w.detail.outcome.Words != "" || !strings.HasPrefix(w.detail.trouble.Words, words.Sentence(err.Message)) {
		t.Errorf("the window says %q and %q", w.detail.trouble.Words, w.detail.outcome.Words)
	}
}

func TestStatusExplainsAsAChain(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openStatus(t)
	h.shortcut(kit.Chord(fyne.KeyE, false))
	h.until(t, "the chain", w.explain.Visible)
	var got []string
	for _, b := range w.explain.boxes {
		got = append(got, b.title.Text+": "+b.expiry.Words)
	}
	want := []string{
		"Access key of alice in the keyring: Stays until you replace it",
		"Session with a code of alice-phone: Until ",
		"Role Hub in 222222222222: Until ",
		"Role Auditor in 444444444444: AWS says that Hub may not assume it.",
		"Section audit-temporary of the credentials file: Not used yet",
	}
	for i, text := range want {
		if i >= len(got) || !strings.HasPrefix(got[i], text) {
			t.Errorf("the boxes are %q, want %q", got, want)
			break
		}
	}
	h.typeText("x")
	if w.search.Text != "" {
		t.Error("what was typed on the chain's page was searched for")
	}
	h.press(fyne.KeyEscape)
	if !w.main.Visible() || h.closed {
		t.Error("Escape did not lead back")
	}
}

func TestStatusOutlivesItsAgent(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openStatus(t)
	h.agent.stop()
	h.until(t, "the report", func() bool { return w.lost != "" })
	if !strings.HasPrefix(w.banner.notice.Words, "The daypass agent has stopped") || !w.detail.actions[actionConsole].Disabled() {
		t.Errorf("the banner says %q", w.banner.notice.Words)
	}
	if h.win.Canvas().Focused() != fyne.Focusable(w.banner.again) {
		t.Error("Enter does not start again")
	}
	h.data.change(func(s *creds.Snapshot) { s.Profiles = s.Profiles[:4] })
	h.agent.restart(t)
	h.press(fyne.KeyReturn)
	h.until(t, "the new agent", func() bool { return w.count.Text == "4 profiles, 2 valid" })
	if w.banner.Visible() || w.detail.actions[actionConsole].Disabled() {
		t.Errorf("the banner says %q", w.banner.notice.Words)
	}
	h.shortcut(kit.Chord(fyne.KeyO, false))
	h.wantSaid(t, agentapi.Console.Path+` {"profile":"alice"}`)
	h.until(t, "the end of it", func() bool { return len(w.busy) == 0 })
}

func TestStatusDrawsOnlyTheRowsThatCanBeSeen(t *testing.T) {
	h := openSeeded(t, func(h *testData) { h.snapshot = manyProfiles(10000) })
	w := h.openStatus(t)
	drawn := 0
	update := w.list.UpdateItem
	w.list.UpdateItem = func(at int, o fyne.CanvasObject) { drawn++; update(at, o) }
	h.typeText("p") // The beginning of prod.
	h.press(fyne.KeyEnd)
	h.press(fyne.KeyPageUp)
	w.draw()
	// Four changes, each of which looks twice at the dozen on the screen.
	if limit := 4 * 30; drawn > limit {
		t.Errorf("%d rows were drawn for four key presses, want at most %d", drawn, limit)
	}
	if w.state.hits == 0 || w.state.hits == 10000 {
		t.Errorf("%d profiles were found", w.state.hits)
	}
}

func TestStatusDrawsNothingAnewWhileNothingChanges(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openStatus(t)
	row := newProfileRow(nil)
	now := time.Now()
	p, _ := w.state.profile()
	row.set(p, true, now)
	bar := row.bar.Share
	row.set(p, true, now.Add(time.Millisecond))
	if row.bar.Share != bar {
		t.Error("a bar moved within a millisecond")
	}
	row.set(p, true, now.Add(5*time.Minute))
	if row.bar.Share >= bar || row.left.Text != "35 min" {
		t.Errorf("after five minutes the bar is at %v of %v, and %q is left", row.bar.Share, bar, row.left.Text)
	}
}

func TestStatusWithoutProfilesLeadsToTheFirst(t *testing.T) {
	h := openSeeded(t, func(h *testData) { h.snapshot = creds.Snapshot{} })
	w := h.openStatus(t)
	h.until(t, "the first page", w.welcome.Visible)
	h.press(fyne.KeyReturn) // Nothing has the focus.
	test.Tap(w.welcome.fromSSO)
	if !w.welcome.form.Visible() || !w.welcome.begin.Disabled() {
		t.Fatalf("the form is there: %v", w.welcome.form.Visible())
	}
	test.Type(w.welcome.start, " https://acme.awsapps.com/start")
	test.Type(w.welcome.name, "acme")
	h.press(fyne.KeyReturn) // No region yet.
	test.Type(w.welcome.region, "mars")
	h.data.refuse(agentapi.AddSession.Path, &creds.Error{Code: creds.CodeBadRequest, Message: `"mars" is no AWS region, such as eu-central-1`})
	test.Tap(w.welcome.begin)
	test.Tap(w.welcome.begin)
	h.until(t, "the refusal", func() bool { return w.welcome.about.Words == `"mars" is no AWS region, such as eu-central-1.` })
	if w.welcome.about.Tone != kit.ToneRefused {
		t.Errorf("a refusal has the tone %v", w.welcome.about.Tone)
	}
	h.data.refuse(agentapi.AddSession.Path, nil)
	w.welcome.region.SetText("us-east-1")
	h.win.Canvas().Focus(w.welcome.region)
	h.press(fyne.KeyReturn)
	h.wantSaid(t, agentapi.ShowWindow.Path+` {"window":"sso-import","arg":"acme"}`)
	add := func(region string) string {
		return agentapi.AddSession.Path + ` {"name":"acme","start_url":"https://acme.awsapps.com/start","region":"` + region + `"}`
	}
	want := []string{add("mars"), add("us-east-1"), agentapi.ShowWindow.Path + ` {"window":"sso-import","arg":"acme"}`}
	if diff := cmp.Diff(want, h.data.said()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	h.data.change(func(s *creds.Snapshot) { s.Sessions = []creds.Session{{ID: "acme"}} })
	h.until(t, "the session", func() bool { return w.welcome.fromSSO.Text == "Import from acme…" })
	test.Tap(w.welcome.fromSSO)
	h.until(t, "the window", func() bool { return len(h.data.said()) == 4 })
	h.data.change(func(s *creds.Snapshot) { s.Profiles = testSnapshot(time.Now()).Profiles })
	h.until(t, "the profiles", w.main.Visible)
}

func TestAStartURLIsPassedOnAsItWasTypedAndShownAsItWasWritten(t *testing.T) {
	h := openSeeded(t, func(h *testData) { h.snapshot, h.completes = creds.Snapshot{}, true })
	w := h.openStatus(t)
	h.until(t, "the first page", w.welcome.Visible)
	test.Tap(w.welcome.fromSSO)
	test.Type(w.welcome.start, "acme.awsapps.com/start")
	test.Type(w.welcome.region, "eu-central-1")
	test.Type(w.welcome.name, "acme")
	test.Tap(w.welcome.begin)
	h.wantSaid(t, agentapi.AddSession.Path+` {"name":"acme","start_url":"acme.awsapps.com/start","region":"eu-central-1"}`)
	h.until(t, "the complete address", func() bool { return w.welcome.start.Text == "https://acme.awsapps.com/start" })
	want := "The start URL is https://acme.awsapps.com/start. Choose the accounts and roles in the window that opens."
	h.until(t, want, func() bool { return w.welcome.about.Words == want })
}

func TestTheSearchLosesTheFocusWhenNobodyTypes(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openStatus(t)
	h.typeText("a")
	w.unfocus.timer.Reset(time.Millisecond) // As searchRest later.
	h.until(t, "the rest", func() bool { return h.win.Canvas().Focused() == nil })
	h.typeText("u")
	if w.search.Text != "au" {
		t.Errorf("the search is %q", w.search.Text)
	}
}

func TestACopyThatFailsIsReported(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openStatus(t)
	h.copySecret = func(context.Context, secret.Text) error {
		return errors.New("no window can be opened: there is no screen")
	}
	h.shortcut(&fyne.ShortcutCopy{})
	h.until(t, "the refusal", func() bool { return w.detail.outcome.Words == "No window can be opened: there is no screen." })
}

func TestStatusSaysWhyItOpenedWhereThereIsNoIcon(t *testing.T) {
	h := openSeeded(t, func(h *testData) { h.snapshot.NoIcon = true })
	w := newStatusWindow(h.frame, StatusOptions{NoIcon: true, Profile: "audit"})
	t.Cleanup(func() { w.redraw.stop() })
	h.until(t, "the profiles", func() bool { return w.state.known })
	if w.banner.notice.Words != noIconWords || !w.banner.Visible() || w.detail.name.Words != "audit" {
		t.Errorf("%q is shown, and the banner says %q", w.detail.name.Words, w.banner.notice.Words)
	}
	h.data.change(func(s *creds.Snapshot) { s.Problems = []creds.Error{{Message: "the config file cannot be read"}} })
	h.until(t, "the problem", func() bool { return w.banner.notice.Words == "The config file cannot be read." })
	h.data.change(func(s *creds.Snapshot) { s.Problems = nil })
	h.until(t, "the words on the icon again", func() bool { return w.banner.notice.Words == noIconWords })
	h.data.change(func(s *creds.Snapshot) { s.NoIcon = false })
	h.until(t, "nothing, as the icon has come", func() bool { return !w.banner.Visible() })
	h.data.change(func(s *creds.Snapshot) { s.NoIcon = true })
	h.until(t, "the words on the icon that has gone", func() bool { return w.banner.notice.Words == noIconWords && w.banner.Visible() })
}

// toFront counts how often a window was brought to the front.
type toFront struct {
	fyne.Window
	times int
}

func (f *toFront) RequestFocus() { f.times++ }

func TestAWindowComesToTheFrontWhenItIsAskedForAgain(t *testing.T) {
	h := openSeeded(t, func(h *testData) { h.snapshot.Raised = creds.Raised{Window: "status", Times: 3} })
	front := &toFront{Window: h.win}
	h.win = front
	w := h.openStatus(t)
	next := func(window string, times int) {
		h.data.change(func(s *creds.Snapshot) {
			s.Raised = creds.Raised{Window: window, Times: times}
		})
		h.until(t, "the report", func() bool { return w.state.all.Raised.Times == times })
	}
	next("settings", 4)
	if front.times != 0 {
		t.Fatal("it came to the front before it was asked for")
	}
	next("status", 5)
	next("status", 6)
	if front.times != 2 {
		t.Errorf("it came to the front %d times, want 2", front.times)
	}
}

func TestEveryLargerWindowComesToTheFrontWhenItIsAskedForAgain(t *testing.T) {
	const corp = "https://corp.awsapps.com/start"
	for window, tt := range map[agentapi.Window]struct {
		open func(*seeded)
		arg  string
	}{
		agentapi.WindowSettings:   {func(h *seeded) { newSettingsWindow(h.frame, "") }, ""},
		agentapi.WindowBookmarks:  {func(h *seeded) { newBookmarksWindow(h.frame) }, ""},
		agentapi.WindowAdd:        {func(h *seeded) { newAddWindow(h.frame, "") }, ""},
		agentapi.WindowAddConsole: {func(h *seeded) { newAddConsoleWindow(h.frame, "") }, ""},
		agentapi.WindowImport:     {func(h *seeded) { newImportWindow(h.frame, "corp") }, "corp"},
		agentapi.WindowMigrate:    {func(h *seeded) { newMigrateWindow(h.frame, corp) }, corp},
	} {
		t.Run(string(window), func(t *testing.T) {
			h := openSeeded(t, nil)
			front := &toFront{Window: h.win}
			h.win = front
			tt.open(h)
			h.until(t, "the first report", func() bool { return h.asked })
			times := 0
			raise := func(arg string) {
				times++
				h.data.change(func(s *creds.Snapshot) {
					s.Raised = creds.Raised{Window: string(window), Arg: arg, Times: times}
				})
				h.until(t, "the report", func() bool { return h.raised == times })
			}
			if tt.arg != "" {
				raise("another session")
				if front.times != 0 {
					t.Error("it came to the front for another session")
				}
			}
			raise(tt.arg)
			if front.times != 1 {
				t.Errorf("it came to the front %d times, want once", front.times)
			}
		})
	}
}

func TestSettingsTurnToTheProfileThatTheyAreAskedFor(t *testing.T) {
	h := openSeeded(t, nil)
	w := newSettingsWindow(h.frame, "prod-admin")
	h.until(t, "the settings", func() bool { return w.asked })
	w.finder.search.SetText("prod")
	h.data.change(func(s *creds.Snapshot) {
		s.Raised = creds.Raised{Window: string(agentapi.WindowSettings), Arg: "sandbox", Times: 1}
	})
	h.until(t, "the profile", func() bool { return w.title.Text == "sandbox" })
	w.choosePage(schema.General)
	h.data.change(func(s *creds.Snapshot) { s.Raised.Times = 2; s.Raised.Arg = "" })
	h.until(t, "the report", func() bool { return w.raised == 2 })
	if w.page != schema.General || w.finder.search.Text != "" {
		t.Errorf("page %d, search %q", w.page, w.finder.search.Text)
	}
}

func TestAWindowThatTheAgentCannotOpenIsOpenedHere(t *testing.T) {
	h := openSeeded(t, func(h *testData) {
		h.fail[agentapi.ShowWindow.Path] = &creds.Error{Code: creds.CodeNotShown, Message: "the agent runs without a desktop, and opens no windows"}
	})
	h.openStatus(t)
	h.shortcut(kit.Chord(fyne.KeyB, false))
	h.until(t, "the bookmarks", func() bool { return slices.Equal(h.started, []string{"bookmarks"}) })
	h.shortcut(kit.Chord(fyne.KeyComma, false))
	h.until(t, "the settings", func() bool { return slices.Equal(h.started, []string{"bookmarks", "settings -- prod-admin"}) })
}

// All that a key press costs the window among 10,000 profiles, beside the
// pixels: it is to be less than 50 ms.
func BenchmarkKeyPressInTheStatusWindow(b *testing.B) {
	h := openSeeded(b, func(h *testData) { h.snapshot = manyProfiles(10000) })
	w := h.openStatus(b)
	for i := 0; b.Loop(); i++ {
		if i%6 == 5 {
			w.search.SetText("")
		}
		w.typedRune([]rune("prod-a")[i%6])
	}
}
