package app

import (
	"encoding/json"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/settings/schema"
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
		{schema.General, "Start at login", "false", "true", `{"changes":[{"key":"start_at_login","value":true}]}`},
		{schema.General, "Sessions last", "12h", "8h", `{"changes":[{"key":"session_duration","value":"8h"}]}`},
		{schema.General, "Sessions last", "12h", "", `{"changes":[{"key":"session_duration","value":null}]}`},
		{schema.General, "Sections of a user", "", "aws-mfa", `{"changes":[{"key":"layout","value":"aws-mfa"}]}`},
		{schema.General, "Suffix of keys", "", "none", `{"changes":[{"key":"long_term_suffix","value":"none"}]}`},
		{schema.General, "Suffix of sections", "-temporary", "-t", `{"changes":[{"key":"derived_suffix","value":"-t"}]}`},
		{schema.General, "Keyring", "", "file", `{"changes":[{"key":"keyring_backend","value":"file"}]}`},
		{schema.General, "More folders of programs", "", "/opt/gnupg/bin", `{"changes":[{"key":"path","value":"/opt/gnupg/bin"}]}`},
		{schema.SignIn, "corp", "device-code", "", `{"changes":[{"key":"sso.corp.sign_in","value":null}]}`},
		{schema.SignIn, "lab", "", "browser", `{"changes":[{"key":"sso.lab.sign_in","value":"browser"}]}`},
		{schema.SignIn, "Page of corp", "", "private", `{"changes":[{"key":"sso.corp.place","value":"private"}]}`},
		{schema.Console, "Opens in", "", "private", `{"changes":[{"key":"console.place","value":"private"}]}`},
		{schema.Console, "Or in", "", "firefox:work", `{"changes":[{"key":"console.place","value":"firefox:work"}]}`},
		{schema.Console, "Lasts", "", "4h", `{"changes":[{"key":"console.duration","value":"4h"}]}`},
		{schema.Console, "Identity Center", "", "portal", `{"changes":[{"key":"console.link","value":"portal"}]}`},
		{schema.Console, "Log out first", "false", "true", `{"changes":[{"key":"console.logout_first","value":true}]}`},
		{schema.Console, "Remember what was opened", "true", "false", `{"changes":[{"key":"console.record","value":false}]}`},
		{schema.Notices, "Before credentials end", "true", "false", `{"changes":[{"key":"notices.ending","value":false}]}`},
		{schema.Notices, "Do not disturb", "false", "true", `{"changes":[{"key":"notices.do_not_disturb","value":true}]}`},
		{schema.Profiles, "Favourite", "true", "false", `{"changes":[{"key":"profile.prod-admin.favourite","value":null}]}`},
		{schema.Profiles, "Notices", "false", "true", `{"changes":[{"key":"profile.prod-admin.notices","value":null}]}`},
		{schema.Profiles, "Sensitive", "true", "false", `{"changes":[{"key":"profile.prod-admin.sensitive","value":null}]}`},
		{schema.Profiles, "Unlocked for", "", "15m", `{"changes":[{"key":"profile.prod-admin.lease","value":"15m"}]}`},
		{schema.Profiles, "Programs", "", "never", `{"changes":[{"key":"profile.prod-admin.programs","value":"never"}]}`},
		{schema.Profiles, "Console in", "", "private", `{"changes":[{"key":"profile.prod-admin.console.place","value":"private"}]}`},
		{schema.Profiles, "Console lasts", "", "1h", `{"changes":[{"key":"profile.prod-admin.console.duration","value":"1h"}]}`},
		{schema.Profiles, "Identity Center", "", "portal", `{"changes":[{"key":"profile.prod-admin.console.link","value":"portal"}]}`},
		{schema.Profiles, "Log out first", "", "false", `{"changes":[{"key":"profile.prod-admin.console.logout_first","value":false}]}`},
		{schema.Profiles, "Colour", "", "red", `{"changes":[{"key":"profile.prod-admin.console.colour","value":"red"}]}`},
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
			shown[one.Key()] = true
		}
	}
	// The one is by the account where a profile has none, the other is for all profiles.
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

func TestOnlyWhatASettingMayBeIsOffered(t *testing.T) {
	s := settingsState{places: []creds.ConsolePlace{{Place: "private"}}, sessions: []creds.Session{{ID: "lab"}}}
	offers := 0
	for page := range settingPages {
		for _, one := range s.page(page, "p") {
			for _, o := range one.Options {
				if offers++; o.Value != "" && o.Name == "" && one.Kind != schema.Place {
					t.Errorf("%s offers %q without a name", one.Key(), o.Value)
				}
				if _, says := one.Check(one.Setting.Value(o.Value)); says != "" {
					t.Errorf("%s %s", one.Key(), says)
				}
			}
		}
	}
	if offers < 30 {
		t.Errorf("only %d are offered", offers)
	}
}

func (h *seeded) openSettings(t *testing.T, profile string) *settingsWindow {
	t.Helper()
	w := newSettingsWindow(h.frame, profile)
	h.until(t, "the settings", func() bool { return !w.waiting && len(w.finder.state.all.Profiles) > 0 && len(w.rows()) > 0 })
	return w
}

func TestSettingsAreChangedAtOnce(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openSettings(t, "")
	test.Tap(&w.rows()[0].check.Check)
	h.wantSaid(t, agentapi.Settings.Path+` {"changes":[{"key":"start_at_login","value":true}]}`)
	h.until(t, "the change", func() bool { return w.rows()[0].setting.Value == "true" })

	field := w.rows()[4].field
	h.win.Canvas().Focus(field)
	h.typeText("9h") // In place of what was there, which is selected.
	h.press(fyne.KeyReturn)
	h.wantSaid(t, agentapi.Settings.Path+` {"changes":[{"key":"session_duration","value":"9h"}]}`)
	h.win.Canvas().Unfocus() // That asks for nothing more.
	h.until(t, "the change", func() bool { return w.rows()[4].setting.Value == "9h" })
	if n := len(h.data.said()); n != 2 {
		t.Errorf("the agent was asked %d times: %q", n, h.data.said())
	}

	h.press(fyne.KeyDown)
	if w.title.Text != "Identity Center" || len(w.rows()) != 4 {
		t.Fatalf("%d settings of %q are shown", len(w.rows()), w.title.Text)
	}
	w.rows()[0].choice.SetSelectedIndex(1)
	h.wantSaid(t, agentapi.Settings.Path+` {"changes":[{"key":"sso.corp.sign_in","value":"browser"}]}`)
	h.press(fyne.KeyDown)
	test.Tap(w.forget)
	h.wantSaid(t, agentapi.Visits.Path+` {"clear":true}`)
	h.until(t, "the report", func() bool { return w.about.Words == "The list of what was opened is empty now." })
	h.press(fyne.KeyEscape)
	if !h.closed {
		t.Error("Escape did not close the window")
	}
}

func TestSettingsSayWhyAChangeWasRefused(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openSettings(t, "")
	h.data.mu.Lock()
	h.data.refuseSet = &creds.Error{Code: creds.CodeBadRequest, Message: "a session lasts from 15 minutes to 36 hours"}
	h.data.mu.Unlock()
	row := w.rows()[4]
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
	test.Tap(&w.rows()[0].check.Check)
	h.until(t, "the refusal", w.rows()[0].refused.Visible)
	if w.rows()[0].check.Checked {
		t.Error("the box is ticked though the change was refused")
	}
}

func TestSettingsOfAProfileAreFoundAmongAll(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openSettings(t, "prod-admin")
	if w.title.Text != "prod-admin" || w.rows()[0].check.Checked != true {
		t.Fatalf("the settings of %q are shown", w.title.Text)
	}
	h.typeText("audit")
	h.until(t, "the profile", func() bool { return w.title.Text == "audit" })
	if w.rows()[0].check.Checked || len(w.finder.names) != 1 {
		t.Errorf("audit is a favourite among %v", w.finder.names)
	}
	test.Tap(&w.rows()[2].check.Check)
	h.wantSaid(t, agentapi.Settings.Path+` {"changes":[{"key":"profile.audit.sensitive","value":true}]}`)
	h.press(fyne.KeyEscape)
	if w.finder.search.Text != "" || h.closed {
		t.Error("Escape did not clear the search first")
	}
	h.press(fyne.KeyEnd)
	h.until(t, "the last profile", func() bool { return w.title.Text == "terraform" })
}

// What others change is seen, and does not disturb who types.
func TestSettingsFollowWhatOthersChange(t *testing.T) {
	h := openSeeded(t, nil)
	w := h.openSettings(t, "")
	field := w.rows()[2].field
	h.win.Canvas().Focus(field)
	h.typeText("1")
	h.data.mu.Lock()
	h.data.settings.StartsAtLogin = true
	h.data.settings.Settings.SessionDuration *= 2
	h.data.mu.Unlock()
	h.data.change(func(s *creds.Snapshot) { s.DoNotDisturb = true })
	h.until(t, "the change", func() bool { return w.rows()[0].check.Checked })
	if field.Text != "1" {
		t.Errorf("what was typed became %q", field.Text)
	}
}
