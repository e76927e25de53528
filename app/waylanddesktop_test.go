//go:build linux

package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"daypass/creds"
)

// What needs a Wayland compositor is tested with
//
//	make desktops
var onSway = flag.Bool("sway", false, "show windows on sway, without X11")

// sway is a Wayland compositor without XWayland and without a screen of glass.
type sway struct {
	env []string
	ui  string
}

// nobody runs the compositor where the tests are root's, which sway refuses.
const nobody = 65534

func startSway(t *testing.T) *sway {
	t.Helper()
	if !*onSway {
		t.Skip("it takes sway: make desktops")
	}
	ui, err := builtUI()
	must(t, err)
	// Not t.TempDir, whose paths are too long for sockets.
	dir, err := os.MkdirTemp("", "sway")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	must(t, os.WriteFile(filepath.Join(dir, "config"), []byte(
		"xwayland disable\noutput HEADLESS-1 resolution 1280x900\nfor_window [app_id=\".*\"] floating enable\nseat seat0 fallback true\n"), 0o644))
	cmd := exec.Command("sway", "-c", filepath.Join(dir, "config"))
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "XDG_RUNTIME_DIR=" + dir,
		"WLR_BACKENDS=headless", "WLR_LIBINPUT_NO_DEVICES=1", "WLR_RENDERER=pixman", "LIBGL_ALWAYS_SOFTWARE=1",
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if os.Geteuid() == 0 {
		must(t, os.Chown(dir, nobody, nobody))
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	must(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended
	})
	s := &sway{ui: ui}
	eventually(t, "sway", func() bool {
		wayland, _ := filepath.Glob(filepath.Join(dir, "wayland-?"))
		control, _ := filepath.Glob(filepath.Join(dir, "sway-ipc.*.sock"))
		if len(wayland) == 0 || len(control) == 0 {
			return false
		}
		home := filepath.Join(t.TempDir(), "home")
		s.env = []string{
			"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_RUNTIME_DIR=" + dir, "LANG=C.UTF-8",
			"WAYLAND_DISPLAY=" + wayland[0], "SWAYSOCK=" + control[0], "LIBGL_ALWAYS_SOFTWARE=1",
			"DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent",
		}
		return true
	})
	return s
}

// node is a part of the tree of what sway shows.
type node struct {
	Name     string `json:"name"`
	AppID    string `json:"app_id"`
	Shell    string `json:"shell"`
	Focused  bool   `json:"focused"`
	Nodes    []node `json:"nodes"`
	Floating []node `json:"floating_nodes"`
}

// windows returns the windows that are on the screen.
func (s *sway) windows(t *testing.T) []node {
	t.Helper()
	cmd := exec.Command("swaymsg", "-t", "get_tree", "-r")
	cmd.Env = s.env
	out, err := cmd.Output()
	must(t, err)
	var root node
	must(t, json.Unmarshal(out, &root))
	var found []node
	for rest := []node{root}; len(rest) > 0; rest = rest[1:] {
		if rest[0].Shell != "" {
			found = append(found, rest[0])
		}
		rest = append(rest, slices.Concat(rest[0].Nodes, rest[0].Floating)...)
	}
	return found
}

// start starts a daypass-ui, and returns what it says and how it ends.
func (s *sway) start(t *testing.T, agent *testAgent, args ...string) (said *bytes.Buffer, ended <-chan error) {
	t.Helper()
	cmd := exec.Command(s.ui, args...)
	cmd.Env = append(slices.Clone(s.env), "DAYPASS_RUNTIME_DIR="+agent.root)
	said = &bytes.Buffer{}
	cmd.Stderr = said
	must(t, cmd.Start())
	over, gone := make(chan error, 1), make(chan struct{})
	go func() {
		over <- cmd.Wait()
		close(gone)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-gone
	})
	return said, over
}

func TestOnWaylandWithoutX11(t *testing.T) {
	s := startSway(t)
	// shown waits for the window, which has the focus and the entry's icon.
	shown := func(t *testing.T, said *bytes.Buffer, title string) {
		t.Helper()
		want := node{Name: title, AppID: "app.daypass.daypass", Shell: "xdg_shell", Focused: true}
		eventually(t, title, func() bool {
			return slices.ContainsFunc(s.windows(t), func(n node) bool {
				n.Nodes, n.Floating = nil, nil
				return n.Name == want.Name && n.AppID == want.AppID && n.Shell == want.Shell && n.Focused
			})
		})
		if *pictures != "" {
			time.Sleep(time.Second) // Until it is drawn.
			cmd := exec.Command("grim", filepath.Join(*pictures, "sway-"+title+".png"))
			cmd.Env = s.env
			must(t, cmd.Run())
		}
		// There is no session bus, which Fyne says.
		if text := said.String(); strings.Count(text, "Fyne error") > strings.Count(text, "failed to watch theme settings") {
			t.Errorf("daypass-ui says %q", text)
		}
	}
	ends := func(t *testing.T, said *bytes.Buffer, ended <-chan error) {
		t.Helper()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("daypass-ui ended with %v and said %q", err, said)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("daypass-ui did not end; it said %q", said)
		}
	}
	t.Run("a prompt is shown", func(t *testing.T) {
		agent := newAgent(t, alicePrompt())
		said, ended := s.start(t, agent, "prompt", promptID)
		shown(t, said, promptTitle(alicePrompt()))
		agent.end(nil)
		ends(t, said, ended)
	})
	t.Run("a sign-in is shown", func(t *testing.T) {
		agent := newAgent(t, corpPrompt())
		said, ended := s.start(t, agent, "prompt", promptID)
		shown(t, said, promptTitle(corpPrompt()))
		agent.end(nil)
		ends(t, said, ended)
	})
	t.Run("a consent is shown", func(t *testing.T) {
		agent := newAgent(t, prodPrompt())
		said, ended := s.start(t, agent, "prompt", promptID)
		shown(t, said, promptTitle(prodPrompt()))
		agent.end(&creds.Error{Code: creds.CodeDeclined, Message: "the question was closed"})
		ends(t, said, ended)
	})
	t.Run("the window of all profiles is shown", func(t *testing.T) {
		said, _ := s.start(t, newAgent(t, alicePrompt()), "status")
		shown(t, said, "daypass — status")
	})
	t.Run("a secret is copied for as long as it is wanted", func(t *testing.T) {
		cmd := exec.Command(s.ui, "copy")
		cmd.Env, cmd.Stdin = s.env, strings.NewReader("s3cret")
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		line := make([]byte, len(copiedLine))
		if _, err := out.Read(line); err != nil || string(line) != copiedLine {
			t.Fatalf("it says %q, %v", line, err)
		}
		paste := func() string {
			cmd := exec.Command("wl-paste", "--no-newline")
			cmd.Env = s.env
			got, _ := cmd.Output() // It fails where nothing is held.
			return string(got)
		}
		eventually(t, "the secret in the clipboard", func() bool { return paste() == "s3cret" })
		must(t, cmd.Process.Signal(syscall.SIGTERM))
		err = cmd.Wait()
		if exit, failed := errors.AsType[*exec.ExitError](err); failed {
			t.Errorf("it ended with %v", exit)
		}
		eventually(t, "an empty clipboard", func() bool { return paste() == "" })
	})
}
