//go:build linux

package app

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"daypass/creds/agentapi"
)

// openHouse starts daypass-ui for one of the windows that show what the agent
// knows, and waits for it.
func (s *screen) openHouse(t *testing.T, house func(*testHouse), title string, args []string, env ...string) *process {
	t.Helper()
	p := &process{agent: startAgent(t, corpPrompt()), errors: &bytes.Buffer{}}
	if house != nil {
		p.agent.house.mu.Lock()
		house(p.agent.house)
		p.agent.house.mu.Unlock()
	}
	p.ended = s.run(t, p, exec.Command(s.ui, args...), env...)
	window, err := s.WaitWindow(timeout(t), title)
	if err != nil {
		t.Fatalf("%v; daypass-ui said %q", err, p.errors)
	}
	p.Window = window
	return p
}

// houseScene is a state of such a window that is worth a picture.
type houseScene struct {
	name  string
	title string
	args  []string
	size  fyne.Size
	house func(*testHouse)
	keys  []string
	// act is what happens before the picture is taken.
	act func(*process)
	// double is set where it is looked at in double scale, too.
	double bool
}

func statusScenes() []houseScene {
	status := func(s houseScene) houseScene {
		s.name, s.title, s.size = "status-"+s.name, "daypass — status", statusSize
		if s.args == nil {
			s.args = []string{"status"}
		}
		return s
	}
	return []houseScene{
		status(houseScene{name: "all", double: true}),
		status(houseScene{name: "failed", args: []string{"status", "terraform"}}),
		status(houseScene{name: "ending", args: []string{"status", "audit"}}),
		status(houseScene{name: "no-key", args: []string{"status", "legacy"}}),
		status(houseScene{name: "search", keys: []string{"a", "d", "m", "Down"}}),
		status(houseScene{name: "nothing", keys: []string{"x", "y"}}),
		status(houseScene{name: "grouped", keys: []string{"ctrl+g"}}),
		status(houseScene{name: "accounts", keys: []string{"ctrl+g", "ctrl+g", "End"}}),
		status(houseScene{name: "many", house: func(h *testHouse) { h.snapshot = manyProfiles(10000) }, keys: []string{"Next", "Next"}}),
		status(houseScene{name: "explain", args: []string{"status", "audit"}, keys: []string{"ctrl+e"}, double: true}),
		status(houseScene{name: "copied", keys: []string{"ctrl+c"}}),
		status(houseScene{name: "problem", house: func(h *testHouse) {
			h.snapshot.Problems = []agentapi.Error{{Code: agentapi.CodeKeyringLocked, Message: "the keyring is locked"}}
		}}),
		status(houseScene{name: "gone", act: func(p *process) { p.agent.stop() }}),
		status(houseScene{name: "empty", house: func(h *testHouse) { h.snapshot = agentapi.Snapshot{} }}),
		status(houseScene{name: "empty-sso", house: func(h *testHouse) { h.snapshot = agentapi.Snapshot{} }, keys: []string{"Tab", "Tab", "Return"}}),
	}
}

// TestPicturesOfTheHouse is [TestPictures] for the windows that show what the
// agent knows.
func TestPicturesOfTheHouse(t *testing.T) {
	s := startScreen(t)
	for _, variant := range []string{"light", "dark"} {
		for _, scene := range statusScenes() {
			for scale := 1; scale <= 2; scale++ {
				// Double scale is a picture for people; single scale is the test's.
				if scale == 2 && (!scene.double || *pictures == "") {
					continue
				}
				name := fmt.Sprintf("%s-%s-%dx", scene.name, variant, scale)
				t.Run(name, func(t *testing.T) { s.housePicture(t, name, scene, variant, scale) })
			}
		}
	}
}

func (s *screen) housePicture(t *testing.T, name string, scene houseScene, variant string, scale int) {
	p := s.openHouse(t, scene.house, scene.title, scene.args, "FYNE_THEME="+variant, fmt.Sprint("FYNE_SCALE=", scale))
	time.Sleep(700 * time.Millisecond)
	for _, key := range scene.keys {
		must(t, p.Key(timeout(t), key))
		time.Sleep(150 * time.Millisecond)
	}
	if scene.act != nil {
		scene.act(p)
	}
	time.Sleep(500 * time.Millisecond)
	box := s.box(t, p.Window)
	if *pictures != "" {
		must(t, s.Screenshot(filepath.Join(*pictures, name+".png"), box))
	}
	if scale == 1 && (box.Dx() != int(scene.size.Width) || box.Dy() != int(scene.size.Height)) {
		t.Errorf("the window is %v, want %v", box.Size(), scene.size)
	}
	s.judge(t, box, variant)
}
