//go:build linux

package app

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

// openSeeded starts daypass-ui for one of the windows that show what the agent
// knows, and waits for it.
func (s *screen) openSeeded(t *testing.T, data func(*testData), title lang.Text, args []string, env ...string) *process {
	t.Helper()
	p := &process{agent: newAgent(t, corpPrompt()), errors: &bytes.Buffer{}}
	if data != nil {
		p.agent.data.mu.Lock()
		data(p.agent.data)
		p.agent.data.mu.Unlock()
	}
	p.ended = s.run(t, p, exec.Command(s.ui, args...), env...)
	window, err := s.Windows.Wait(timeout(t), title.String())
	if err != nil {
		t.Fatalf("%v; daypass-ui said %q", err, p.errors)
	}
	p.Window = window
	return p
}

// seededScene is a state of such a window that is worth a picture.
type seededScene struct {
	name  string
	title lang.Text
	args  []string
	size  fyne.Size
	data  func(*testData)
	keys  []string
	// act is what happens before the picture is taken.
	act func(*process)
	// double is set where it is looked at in double scale, too.
	double bool
}

func statusScenes() []seededScene {
	status := func(s seededScene) seededScene {
		s.name, s.title, s.size = "status-"+s.name, "daypass — status", windowSize
		if s.args == nil {
			s.args = []string{"status"}
		}
		return s
	}
	return []seededScene{
		status(seededScene{name: "all", double: true}),
		status(seededScene{name: "failed", args: []string{"status", "terraform"}}),
		status(seededScene{name: "ending", args: []string{"status", "audit"}}),
		status(seededScene{name: "unlocked", data: func(h *testData) { h.snapshot.Profiles[5].Sensitive = true }}),
		status(seededScene{name: "no-key", args: []string{"status", "legacy"}}),
		status(seededScene{name: "search", keys: []string{"a", "d", "m", "Down"}}),
		status(seededScene{name: "nothing", keys: []string{"x", "y"}}),
		status(seededScene{name: "grouped", keys: []string{"ctrl+g"}}),
		status(seededScene{name: "accounts", keys: []string{"ctrl+g", "ctrl+g", "End"}}),
		status(seededScene{name: "many", data: func(h *testData) { h.snapshot = manyProfiles(10000) }, keys: []string{"Next", "Next"}}),
		status(seededScene{name: "explain", args: []string{"status", "audit"}, keys: []string{"ctrl+e"}, double: true}),
		status(seededScene{name: "copied", keys: []string{"ctrl+c"}}),
		status(seededScene{name: "no-icon", args: []string{"status", "--no-icon"}, data: func(h *testData) { h.snapshot.NoIcon = true }}),
		status(seededScene{name: "problem", data: func(h *testData) {
			h.snapshot.Problems = []creds.Error{{Code: creds.CodeKeyringLocked, Message: "the keyring is locked"}}
		}}),
		status(seededScene{name: "console", args: []string{"status", "dev"}, data: withConsole, double: true}),
		status(seededScene{name: "console-over", args: []string{"status", "dev-ended"}, data: withConsole}),
		status(seededScene{name: "console-new", args: []string{"status", "dev-new"}, data: withConsole}),
		status(seededScene{name: "keys", data: withKeys, double: true}),
		status(seededScene{name: "removing", data: func(h *testData) {
			withKeys(h)
			h.snapshot.Profiles[0].Removing = time.Now().Add(9 * time.Second)
		}}),
		status(seededScene{name: "remove", data: withKeys, args: []string{"status", "alice"}, keys: []string{"ctrl+Delete"}}),
		status(seededScene{name: "rename", data: withKeys, args: []string{"status", "alice"}, keys: []string{"ctrl+r", "a", "u", "d", "i", "t"}}),
		status(seededScene{name: "gone", act: func(p *process) { p.agent.stop() }}),
		status(seededScene{name: "empty", data: func(h *testData) { h.snapshot = creds.Snapshot{} }}),
		status(seededScene{name: "empty-sso", data: func(h *testData) { h.snapshot = creds.Snapshot{} }, keys: []string{"Tab", "Tab", "Return"}}),
	}
}

const addTitle = "daypass — add a profile"

// typing presses keys and types texts, of which keys have names.
func typing(steps ...string) func(*process) {
	return func(p *process) {
		for _, step := range steps {
			switch step {
			case "Tab", "Return", "Up", "Down", "Escape":
				_ = p.Key(context.Background(), step)
			default:
				_ = p.Type(context.Background(), step)
			}
			time.Sleep(300 * time.Millisecond)
		}
	}
}

func otherScenes() []seededScene {
	settings := func(s seededScene) seededScene {
		s.name, s.title, s.size = "settings-"+s.name, "daypass — settings", settingsSize
		if s.args == nil {
			s.args = []string{"settings"}
		}
		return s
	}
	add := func(s seededScene) seededScene {
		s.name, s.title = "add-"+s.name, addTitle
		if s.size.IsZero() {
			s.size = addSize
		}
		if s.args == nil {
			s.args = []string{"add"}
		}
		return s
	}
	console := func(s seededScene) seededScene {
		s.name, s.title, s.args = "add-console-"+s.name, addTitle, []string{"add-console", "dev"}
		if s.size.IsZero() {
			s.size = addSize
		}
		return s
	}
	key := func(s seededScene) seededScene {
		s.name, s.size = "key-"+s.name, keySize
		if s.title == "" {
			s.title = "daypass — the key of alice"
		}
		if s.args == nil {
			s.args = []string{"key", "alice"}
		}
		return s
	}
	imports := func(s seededScene) seededScene {
		s.name, s.title, s.args, s.size = "keys-"+s.name, "daypass — long-term keys in plaintext", []string{"import"}, keysImportSize
		return s
	}
	marks := func(s seededScene) seededScene {
		s.name, s.title, s.args, s.size = "bookmarks-"+s.name, "daypass — bookmarks", []string{"bookmarks"}, bookmarksSize
		return s
	}
	health := func(s seededScene) seededScene {
		s.name, s.title, s.args, s.size = "health-"+s.name, "daypass — health", []string{"health"}, windowSize
		return s
	}
	return []seededScene{
		key(seededScene{name: "due", data: withKeys, double: true}),
		key(seededScene{name: "old", data: withOldKey}),
		key(seededScene{name: "plaintext", data: withKeys, args: []string{"key", "legacy"}, title: "daypass — the key of legacy"}),
		key(seededScene{name: "plan", data: withKeys, keys: []string{"Return"}}),
		key(seededScene{name: "choice", data: func(h *testData) { withKeys(h); withSecondKey(h) }, args: []string{"rotate", "alice"}, double: true}),
		key(seededScene{name: "rotated", data: withKeys, keys: []string{"Return", "Return"}}),
		imports(seededScene{name: "found", double: true}),
		imports(seededScene{name: "moved", data: func(h *testData) {
			h.custody.refused[otherKeyID] = &creds.Error{Code: creds.CodeKeyInvalid, Message: "AWS does not know the key " + otherKeyID}
		}, keys: []string{"Return"}}),
		imports(seededScene{name: "none", data: func(h *testData) { h.custody.found = creds.FoundKeys{} }}),
		settings(seededScene{name: "general", double: true}),
		settings(seededScene{name: "sign-in", keys: []string{"Down"}}),
		settings(seededScene{name: "console", keys: []string{"Down", "Down"}}),
		settings(seededScene{name: "notices", keys: []string{"Down", "Down", "Down"}}),
		settings(seededScene{name: "choice", keys: []string{"Down", "Down", "Tab", "Tab", "space"}}),
		settings(seededScene{name: "profile", args: []string{"settings", "prod-admin"}}),
		settings(seededScene{name: "refused", data: func(h *testData) {
			h.fail[agentapi.Settings.Path] = nil
			h.refuseSet = &creds.Error{Code: creds.CodeBadRequest, Message: "a session lasts from 15 minutes to 36 hours, and not 99 hours"}
		}, keys: []string{"Tab", "Tab", "Tab", "Tab", "9", "9", "h", "Return"}}),
		add(seededScene{name: "ways", double: true}),
		add(seededScene{name: "key", args: []string{"add", "work"}, act: typing("AKIA123", "Tab", "xyz")}),
		add(seededScene{name: "who", act: typing("Return", sampleID, "Tab", sampleSecret, "Return")}),
		add(seededScene{name: "device", double: true, act: typing("Return", sampleID, "Tab", sampleSecret, "Return", "Return", "Up")}),
		add(seededScene{name: "region", act: typing("Return", sampleID, "Tab", sampleSecret, "Return", "Return", "Return")}),
		add(seededScene{name: "name", act: typing("Return", sampleID, "Tab", sampleSecret, "Return", "Return", "Return", "Return")}),
		add(seededScene{name: "exists", data: func(h *testData) {
			h.fail[agentapi.Add.Path] = &creds.Error{Code: creds.CodeKeyExists, Message: "the keyring holds another access key for work"}
		}, act: typing("Return", sampleID, "Tab", sampleSecret, "Return", "Return", "Return", "Return", "Return")}),
		add(seededScene{name: "works", act: typing("Return", sampleID, "Tab", sampleSecret, "Return", "Return", "Return", "Return", "Return")}),
		add(seededScene{name: "refused", data: func(h *testData) {
			h.fail[agentapi.LookAtKey.Path] = &creds.Error{Code: creds.CodeKeyInvalid, Message: "the key was not stored: the secret access key does not belong to this access key", Advice: "Look at both parts of the key; if they are right, make another one in the IAM console."}
		}, act: typing("Return", sampleID, "Tab", sampleSecret, "Return")}),
		add(seededScene{name: "closing", act: typing("Return", sampleID, "Escape")}),
		add(seededScene{name: "session", act: typing("Tab", "Return")}),
		console(seededScene{name: "empty", double: true}),
		console(seededScene{name: "waits", act: func(p *process) {
			p.agent.data.mu.Lock() // The agent waits for the person.
			time.AfterFunc(5*time.Second, p.agent.data.mu.Unlock)
			_ = p.Key(context.Background(), "Return")
		}}),
		console(seededScene{name: "done", data: func(h *testData) { h.signInEnds = time.Now().Add(12 * time.Hour) }, keys: []string{"Return"}}),
		console(seededScene{name: "failed", data: func(h *testData) {
			h.fail[agentapi.AddConsole.Path] = &creds.Error{Code: creds.CodeDeclined, Message: "the sign-in was cancelled"}
		}, keys: []string{"Return"}}),
		marks(seededScene{name: "all", double: true}),
		marks(seededScene{name: "none", data: func(h *testData) { h.marks = creds.Bookmarks{} }}),
		marks(seededScene{name: "text", keys: []string{"ctrl+t"}}),
		health(seededScene{name: "all", double: true}),
		health(seededScene{name: "mend", keys: []string{"Down"}}),
		health(seededScene{name: "in-order", keys: []string{"End"}}),
		health(seededScene{name: "failed", data: func(h *testData) {
			h.fail[agentapi.Health.Path] = &creds.Error{Code: creds.CodeInternal, Message: "the agent is ending"}
		}}),
	}
}

// TestPicturesOfStatusSettingsAndOtherWindows is [TestPictures] for the windows that show what the
// agent knows.
func TestPicturesOfStatusSettingsAndOtherWindows(t *testing.T) {
	s := startScreen(t)
	for _, variant := range []string{"light", "dark"} {
		for i, scene := range slices.Concat(statusScenes(), otherScenes()) {
			for scale := 1; scale <= 2; scale++ {
				// Most pictures are for people, and take their time.
				inTurn := (i%2 == 1) == (variant == "dark")
				if *pictures == "" && (scale == 2 || !scene.double || !inTurn) || scale == 2 && !scene.double {
					continue
				}
				name := fmt.Sprintf("%s-%s-%dx", scene.name, variant, scale)
				t.Run(name, func(t *testing.T) { s.seededPicture(t, name, scene, variant, scale) })
			}
		}
	}
}

func (s *screen) seededPicture(t *testing.T, name string, scene seededScene, variant string, scale int) {
	p := s.openSeeded(t, scene.data, scene.title, scene.args, "FYNE_THEME="+variant, fmt.Sprint("FYNE_SCALE=", scale))
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
	s.waitDrawn(t, box)
	if *pictures != "" {
		must(t, s.Screen.Screenshot(filepath.Join(*pictures, name+".png"), box))
	}
	if scale == 1 && (box.Dx() != int(scene.size.Width) || box.Dy() != int(scene.size.Height)) {
		t.Errorf("the window is %v, want %v", box.Size(), scene.size)
	}
	s.judge(t, box, variant)
}

func (p *process) wantSaid(t *testing.T, want string) {
	t.Helper()
	eventually(t, want, func() bool { return slices.Contains(p.agent.data.said(), want) })
}

func TestARealStatusWindow(t *testing.T) {
	s := startScreen(t)
	t.Run("searches as one types, refreshes with Enter and closes with Escape", func(t *testing.T) {
		p := s.openSeeded(t, nil, "daypass — status", []string{"status"})
		p.settles(t)
		p.shows(t, func() { must(t, p.Type(timeout(t), "terra")) })
		must(t, p.Key(timeout(t), "Return"))
		p.wantSaid(t, agentapi.Login.Path+` {"profile":"terraform"}`)
		must(t, p.Key(timeout(t), "Escape", "Down", "ctrl+o"))
		p.wantSaid(t, agentapi.Console.Path+` {"profile":"alice"}`)
		must(t, p.Key(timeout(t), "ctrl+d"))
		p.wantSaid(t, agentapi.Settings.Path+` {"changes":[{"key":"profile.alice.favourite","value":true}]}`)
		must(t, p.Key(timeout(t), "ctrl+c"))
		want := mustExport(t, testCredentials(), "linux")
		eventually(t, "the exports on the clipboard", func() bool { return s.pasted(t) == want })
		must(t, p.Key(timeout(t), "Escape"))
		p.wantEnd(t, "")
		if got := s.pasted(t); got != want {
			t.Errorf("with the window the exports went: %q", got)
		}
	})
	t.Run("finds a profile among ten thousand", func(t *testing.T) {
		p := s.openSeeded(t, func(h *testData) { h.snapshot = manyProfiles(10000) }, "daypass — status", []string{"status"})
		p.settles(t)
		p.shows(t, func() { must(t, p.Type(timeout(t), "sandbox-1998 admin")) })
		must(t, p.Key(timeout(t), "ctrl+o"))
		p.wantSaid(t, agentapi.Console.Path+` {"profile":"sandbox-1998-admin"}`)
	})
	t.Run("closes when the window manager says so", func(t *testing.T) {
		p := s.openSeeded(t, nil, "daypass — status", []string{"status"})
		must(t, p.Key(timeout(t), "alt+F4"))
		p.wantEnd(t, "")
	})
}

func TestARealClipboard(t *testing.T) {
	s := startScreen(t)
	copies := func(t *testing.T, text string) (p *process, cmd *exec.Cmd) {
		t.Helper()
		p = &process{agent: newAgent(t, corpPrompt()), errors: &bytes.Buffer{}}
		cmd = exec.Command(s.ui, "copy")
		cmd.Stdin = strings.NewReader(text)
		said, err := cmd.StdoutPipe()
		must(t, err)
		p.ended = s.run(t, p, cmd)
		line, err := bufio.NewReader(said).ReadString('\n')
		if err != nil || line != copiedLine {
			t.Fatalf("it said %q, %v; %s", line, err, p.errors)
		}
		return p, cmd
	}
	const secret = "https://signin.aws.amazon.com/federation?SigninToken=s3cret\n"
	t.Run("is emptied when the program that copies is ended", func(t *testing.T) {
		p, cmd := copies(t, secret)
		if got := s.pasted(t); got != secret {
			t.Errorf("the clipboard has %q", got)
		}
		// xdotool fails where it finds nothing.
		search := exec.Command("xdotool", "search", "--onlyvisible", "--pid", strconv.Itoa(cmd.Process.Pid))
		search.Env = s.Env()
		if out, err := search.Output(); err == nil {
			t.Errorf("there are windows: %s", out)
		}
		must(t, cmd.Process.Signal(syscall.SIGTERM))
		p.wantEnd(t, "")
		if got := s.pasted(t); got != "" {
			t.Errorf("the clipboard has %q still", got)
		}
	})
	t.Run("keeps what was copied after the secret", func(t *testing.T) {
		p, _ := copies(t, secret)
		s.offer(t, "a recipe")
		p.wantEnd(t, "")
		if got := s.pasted(t); got != "a recipe" {
			t.Errorf("the clipboard has %q", got)
		}
	})
	t.Run("is not touched where there is nothing to copy", func(t *testing.T) {
		p := &process{agent: newAgent(t, corpPrompt()), errors: &bytes.Buffer{}}
		p.ended = s.run(t, p, exec.Command(s.ui, "copy"))
		p.wantEnd(t, "there is nothing to copy")
	})
}
