//go:build linux

package app

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"daypass/creds"
	"daypass/internal/lang"
)

// openLarge starts daypass-ui for one of the larger windows, and waits for it.
func (s *screen) openLarge(t *testing.T, sso func(*testSSO), title, command, arg string, env ...string) *process {
	t.Helper()
	p := &process{agent: newAgent(t, corpPrompt()), errors: &bytes.Buffer{}}
	p.agent.sso.mu.Lock()
	if sso != nil {
		sso(p.agent.sso)
	}
	p.agent.sso.mu.Unlock()
	p.ended = s.run(t, p, exec.Command(s.ui, command, arg), env...)
	window, err := s.Windows.Wait(timeout(t), title)
	if err != nil {
		t.Fatalf("%v; daypass-ui said %q", err, p.errors)
	}
	p.Window = window
	return p
}

var (
	importTitle  = lang.Sprintf("daypass — profiles for %s", "corp")
	migrateTitle = lang.Sprintf("daypass — move the profiles of %s", "corp.awsapps.com")
)

func TestARealImport(t *testing.T) {
	s := startScreen(t)
	p := s.openLarge(t, nil, importTitle, "sso-import", "corp", "FYNE_THEME=light")
	p.waitAsked(t, 2) // All that is there, and the example.
	p.shows(t, func() { must(t, p.Type(timeout(t), "prod admin")) })
	p.shows(t, func() { must(t, p.Key(timeout(t), "Tab", "Return")) }) // Tick all.
	p.shows(t, func() {
		must(t, p.Key(timeout(t), "shift+Tab", "Return")) // The search field's Enter previews.
		eventually(t, "the preview", func() bool { return p.lastAsked().Only != nil && !p.lastAsked().Rename })
	})
	p.shows(t, func() {
		must(t, p.Key(timeout(t), "Return"))
		eventually(t, "the profiles", func() bool {
			p.agent.sso.mu.Lock()
			defer p.agent.sso.mu.Unlock()
			return len(p.agent.sso.made) == 2
		})
	})
	must(t, p.Key(timeout(t), "Escape"))
	p.wantEnd(t, "")
}

func (p *process) waitAsked(t *testing.T, n int) {
	t.Helper()
	eventually(t, "requests", func() bool {
		p.agent.sso.mu.Lock()
		defer p.agent.sso.mu.Unlock()
		return len(p.agent.sso.asked) >= n
	})
	p.settles(t)
}

func (p *process) lastAsked() creds.SSOImportRequest {
	p.agent.sso.mu.Lock()
	defer p.agent.sso.mu.Unlock()
	return p.agent.sso.asked[len(p.agent.sso.asked)-1]
}

// largeScene is a state of a larger window that is worth a picture.
type largeScene struct {
	name    string
	migrate bool
	sso     func(*testSSO)
	keys    []string
}

func largeScenes() []largeScene {
	made := func(s *testSSO) {
		s.accounts = testAccounts(1000, 5)
		s.accounts[1].Name = "a-customer-with-a-long-name-production-eu-central-1"
		for i := range 4 {
			a := s.accounts[i]
			s.made[creds.SSOPair{AccountID: a.ID, Role: "Admin"}] = a.Name + "-admin"
		}
		s.made[creds.SSOPair{AccountID: s.accounts[0].ID, Role: "ReadOnly"}] = longProfile
	}
	return []largeScene{
		{name: "import-signing-in", sso: func(s *testSSO) {
			s.wait, s.prompts = make(chan struct{}), []creds.Prompt{corpPrompt()}
		}},
		{name: "import-failed", sso: func(s *testSSO) {
			s.fail = &creds.Error{Code: creds.CodeNetwork, Message: "AWS cannot be reached"}
		}},
		{name: "import-list", sso: made},
		{name: "import-found", sso: made, keys: []string{"b", "i", "l", "l", "space", "a", "d", "m", "i", "n", "Tab", "Return"}},
		{name: "import-diff", sso: made, keys: []string{"b", "i", "l", "l", "Tab", "Return", "shift+Tab", "Return"}},
		{name: "import-removal", sso: made, keys: []string{"Tab", "Tab", "Return", "shift+Tab", "shift+Tab", "Return"}},
		{name: "import-nothing", sso: made, keys: []string{"Return"}},
		{name: "import-written", keys: []string{"Tab", "Return", "shift+Tab", "Return", "Return"}},
		{name: "migrate", migrate: true},
		{name: "migrate-moved", migrate: true, keys: []string{"Return"}},
	}
}

// TestPicturesOfLargerWindows is [TestPictures] for the windows of import and
// migration.
func TestPicturesOfLargerWindows(t *testing.T) {
	s := startScreen(t)
	for _, variant := range []string{"light", "dark"} {
		for i, scene := range largeScenes() {
			// As in [TestPictures], most are for people.
			if *pictures == "" && (variant == "dark") != (i%2 == 1) {
				continue
			}
			name := fmt.Sprintf("%s-%s-1x", scene.name, variant)
			t.Run(name, func(t *testing.T) { s.largePicture(t, name, scene, variant) })
		}
	}
}

func (s *screen) largePicture(t *testing.T, name string, scene largeScene, variant string) {
	title, command, arg := importTitle, "sso-import", "corp"
	if scene.migrate {
		title, command, arg = migrateTitle, "sso-migrate", "https://corp.awsapps.com/start"
	}
	p := s.openLarge(t, scene.sso, title, command, arg, "FYNE_THEME="+variant)
	time.Sleep(time.Second)
	for _, key := range scene.keys {
		must(t, p.Key(timeout(t), key))
		time.Sleep(250 * time.Millisecond)
	}
	time.Sleep(500 * time.Millisecond)
	box := s.box(t, p.Window)
	s.waitDrawn(t, box)
	if *pictures != "" {
		must(t, s.Screen.Screenshot(filepath.Join(*pictures, name+".png"), box))
	}
	if box.Dx() != int(windowSize.Width) || box.Dy() != int(windowSize.Height) {
		t.Errorf("the window is %v, want %v", box.Size(), windowSize)
	}
	s.judge(t, box, variant)
}
