package app

import (
	"encoding/json"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/agentapi"
)

// Each page shows what config.toml holds, and a change of each writes its place.
func TestSettingsAndWhatAChangeOfEachSays(t *testing.T) {
	s := settingsState{
		reply:    testSettings(),
		places:   []creds.ConsolePlace{{Place: "", Name: "The system's browser"}, {Place: "private", Name: "A private window"}},
		sessions: []creds.Session{{ID: "lab"}},
	}
	for _, test := range []struct {
		page  int
		label string
		value string // As it is.
		to    string
		want  string // The request.
	}{
		{pageGeneral, "Start at login", "false", "true", `{"start_at_login":true}`},
		{pageGeneral, "Sessions last", "12h", "8h", `{"changes":[{"path":["session_duration"],"value":"8h"}]}`},
		{pageGeneral, "Sessions last", "12h", "", `{"changes":[{"path":["session_duration"],"value":null}]}`},
		{pageGeneral, "Suffix of sections", "-temporary", "-t", `{"changes":[{"path":["derived_suffix"],"value":"-t"}]}`},
		{pageGeneral, "Keyring", "", "file", `{"changes":[{"path":["keyring_backend"],"value":"file"}]}`},
		{pageGeneral, "More folders of programs", "", "/opt/gnupg/bin", `{"changes":[{"path":["path"],"value":"/opt/gnupg/bin"}]}`},
		{pageSignIn, "corp", "device-code", "", `{"changes":[{"path":["sso","corp","sign_in"],"value":null}]}`},
		{pageSignIn, "lab", "", "browser", `{"changes":[{"path":["sso","lab","sign_in"],"value":"browser"}]}`},
		{pageSignIn, "Page of corp", "", "private", `{"changes":[{"path":["sso","corp","place"],"value":"private"}]}`},
		{pageConsole, "Opens in", "", "private", `{"changes":[{"path":["console","place"],"value":"private"}]}`},
		{pageConsole, "Or in", "", "firefox:work", `{"changes":[{"path":["console","place"],"value":"firefox:work"}]}`},
		{pageConsole, "Lasts", "", "4h", `{"changes":[{"path":["console","duration"],"value":"4h"}]}`},
		{pageConsole, "Identity Center", "", "portal", `{"changes":[{"path":["console","link"],"value":"portal"}]}`},
		{pageConsole, "Log out first", "false", "true", `{"changes":[{"path":["console","logout_first"],"value":true}]}`},
		{pageConsole, "Remember what was opened", "true", "false", `{"changes":[{"path":["console","record"],"value":false}]}`},
		{pageNotices, "Before credentials end", "true", "false", `{"changes":[{"path":["notices","ending"],"value":false}]}`},
		{pageNotices, "Do not disturb", "false", "true", `{"changes":[{"path":["notices","do_not_disturb"],"value":true}]}`},
		{pageProfiles, "Favourite", "true", "false", `{"changes":[{"path":["profile","prod-admin","favourite"],"value":null}]}`},
		{pageProfiles, "Notices", "false", "true", `{"changes":[{"path":["profile","prod-admin","notices"],"value":null}]}`},
		{pageProfiles, "Sensitive", "true", "false", `{"changes":[{"path":["profile","prod-admin","sensitive"],"value":null}]}`},
		{pageProfiles, "Lent for", "", "15m", `{"changes":[{"path":["profile","prod-admin","lease"],"value":"15m"}]}`},
		{pageProfiles, "Programs", "", "never", `{"changes":[{"path":["profile","prod-admin","programs"],"value":"never"}]}`},
		{pageProfiles, "Console in", "", "private", `{"changes":[{"path":["profile","prod-admin","console","place"],"value":"private"}]}`},
		{pageProfiles, "Console lasts", "", "1h", `{"changes":[{"path":["profile","prod-admin","console","duration"],"value":"1h"}]}`},
		{pageProfiles, "Identity Center", "", "portal", `{"changes":[{"path":["profile","prod-admin","console","link"],"value":"portal"}]}`},
		{pageProfiles, "Log out first", "", "false", `{"changes":[{"path":["profile","prod-admin","console","logout_first"],"value":false}]}`},
		{pageProfiles, "Colour", "", "red", `{"changes":[{"path":["profile","prod-admin","console","colour"],"value":"red"}]}`},
	} {
		found := false
		for _, one := range s.page(test.page, "prod-admin") {
			if one.Label != test.label {
				continue
			}
			found = true
			if one.Value != test.value {
				t.Errorf("%s is %q, want %q", test.label, one.Value, test.value)
			}
			got, err := json.Marshal(one.change(test.to))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(got)); diff != "" {
				t.Errorf("%s becoming %q (-want +got)\n%s", test.label, test.to, diff)
			}
		}
		if !found {
			t.Errorf("there is no %s", test.label)
		}
	}
}

// Whatever creds.Settings has, has a place in the window.
func TestNoSettingIsLeftOut(t *testing.T) {
	on := true
	console := creds.ConsoleSettings{
		Place: "private", Duration: 1, Link: creds.LinkPortal, LogoutFirst: &on, Colour: "red", Record: &on,
	}
	all := creds.Settings{
		DerivedSuffix: "-x", SessionDuration: 1, KeyringBackend: "file", Path: "/opt/gnupg/bin", Console: console,
		SSO:     map[string]creds.SSOSettings{"corp": {SignIn: creds.SignInBrowser, Place: "private"}},
		Notices: creds.NoticeSettings{Ending: &on, DoNotDisturb: true},
		Profile: map[string]creds.ProfileSettings{"p": {
			Favourite: true, Notices: &on, Console: console, Sensitive: true, Lease: 1, Programs: creds.ProgramsNever,
		}},
	}
	data, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(data, &tree); err != nil {
		t.Fatal(err)
	}
	s := settingsState{reply: creds.SettingsReply{Settings: all}}
	shown := make(map[string]bool)
	for page := range settingPages {
		for _, one := range s.page(page, "p") {
			shown[strings.Join(one.Path, ".")] = true
		}
	}
	// They hang on the profile's account, and on the person, respectively.
	shown["console.colour"], shown["profile.p.console.record"] = true, true
	var look func(prefix string, tree map[string]any)
	look = func(prefix string, tree map[string]any) {
		for name, value := range tree {
			if below, ok := value.(map[string]any); ok {
				look(prefix+name+".", below)
			} else if !shown[prefix+name] {
				t.Errorf("the window has no place for %s", prefix+name)
			}
		}
	}
	look("", tree)
}

func (h *housed) openSettings(t *testing.T, profile string) *settingsWindow {
	t.Helper()
	w := newSettingsWindow(h.frame, profile)
	h.until(t, "the settings", func() bool { return !w.waiting && len(w.profiles.all.Profiles) > 0 && len(w.rows) > 0 })
	return w
}

func TestSettingsAreChangedAtOnce(t *testing.T) {
	h := openHoused(t, nil)
	w := h.openSettings(t, "")
	test.Tap(&w.rows[0].check.Check)
	h.wantSaid(t, agentapi.PathSettings+` {"start_at_login":true}`)
	h.until(t, "the change", func() bool { return w.rows[0].setting.Value == "true" })

	field := w.rows[1].field
	h.win.Canvas().Focus(field)
	h.typeText("9h") // In place of what was there, which is selected.
	h.press(fyne.KeyReturn)
	h.wantSaid(t, agentapi.PathSettings+` {"changes":[{"path":["session_duration"],"value":"9h"}]}`)
	h.win.Canvas().Unfocus() // That asks for nothing more.
	h.until(t, "the change", func() bool { return w.rows[1].setting.Value == "9h" })
	if n := len(h.house.said()); n != 2 {
		t.Errorf("the agent was asked %d times: %q", n, h.house.said())
	}

	h.press(fyne.KeyDown)
	if w.title.Text != "Identity Center" || len(w.rows) != 4 {
		t.Fatalf("%d settings of %q are shown", len(w.rows), w.title.Text)
	}
	w.rows[0].choice.SetSelectedIndex(1)
	h.wantSaid(t, agentapi.PathSettings+` {"changes":[{"path":["sso","corp","sign_in"],"value":"browser"}]}`)
	h.press(fyne.KeyDown)
	test.Tap(w.forget)
	h.wantSaid(t, agentapi.PathVisits+` {"clear":true}`)
	h.until(t, "the news", func() bool { return w.about.Words == "The list of what was opened is empty now." })
	h.press(fyne.KeyEscape)
	if !h.closed {
		t.Error("Escape did not close the window")
	}
}

func TestSettingsTellWhyAChangeWasRefused(t *testing.T) {
	h := openHoused(t, nil)
	w := h.openSettings(t, "")
	h.house.mu.Lock()
	h.house.refuseSet = &creds.Error{Code: creds.CodeBadRequest, Message: "a session lasts from 15 minutes to 36 hours"}
	h.house.mu.Unlock()
	row := w.rows[1]
	h.win.Canvas().Focus(row.field)
	h.typeText("99h")
	h.press(fyne.KeyReturn)
	h.until(t, "the refusal", row.refused.Visible)
	if row.refusal.Words != "A session lasts from 15 minutes to 36 hours." || row.field.Text != "99h" {
		t.Errorf("the row says %q of %q", row.refusal.Words, row.field.Text)
	}
	h.press(fyne.KeyEscape) // What is there comes back.
	if row.field.Text != "12h" || h.closed {
		t.Errorf("the field has %q", row.field.Text)
	}
	test.Tap(&w.rows[0].check.Check)
	h.until(t, "the refusal", w.rows[0].refused.Visible)
	if w.rows[0].check.Checked {
		t.Error("the box is ticked though the change was refused")
	}
}

func TestSettingsOfAProfileAreFoundAmongAll(t *testing.T) {
	h := openHoused(t, nil)
	w := h.openSettings(t, "prod-admin")
	if w.title.Text != "prod-admin" || w.rows[0].check.Checked != true {
		t.Fatalf("the settings of %q are shown", w.title.Text)
	}
	h.typeText("audit")
	h.until(t, "the profile", func() bool { return w.title.Text == "audit" })
	if w.rows[0].check.Checked || len(w.names) != 1 {
		t.Errorf("audit is a favourite among %v", w.names)
	}
	test.Tap(&w.rows[2].check.Check)
	h.wantSaid(t, agentapi.PathSettings+` {"changes":[{"path":["profile","audit","sensitive"],"value":true}]}`)
	h.press(fyne.KeyEscape)
	if w.search.Text != "" || h.closed {
		t.Error("Escape did not clear the search first")
	}
	h.press(fyne.KeyEnd)
	h.until(t, "the last profile", func() bool { return w.title.Text == "terraform" })
}

// What others change is seen, and does not disturb who types.
func TestSettingsFollowWhatOthersChange(t *testing.T) {
	h := openHoused(t, nil)
	w := h.openSettings(t, "")
	field := w.rows[1].field
	h.win.Canvas().Focus(field)
	h.typeText("1")
	h.house.mu.Lock()
	h.house.settings.StartsAtLogin = true
	h.house.settings.Settings.SessionDuration *= 2
	h.house.mu.Unlock()
	h.house.change(func(s *creds.Snapshot) { s.DoNotDisturb = true })
	h.until(t, "the change", func() bool { return w.rows[0].check.Checked })
	if field.Text != "1" {
		t.Errorf("what was typed became %q", field.Text)
	}
}
