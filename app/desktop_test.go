//go:build linux

package app

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"fyne.io/fyne/v2/theme"
	"github.com/go-gl/glfw/v3.4/glfw"
	"github.com/google/go-cmp/cmp"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/packaging/rig"
)

// clipboardEnv makes the test binary a program that owns the clipboard: on X11
// what is to be pasted must be offered by somebody.
const clipboardEnv = "DAYPASS_TEST_CLIPBOARD"

// pasteEnv makes the test binary a program that prints the clipboard.
const pasteEnv = "DAYPASS_TEST_PASTE"

func TestMain(m *testing.M) {
	if text := os.Getenv(clipboardEnv); text != "" {
		if err := ownClipboard(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if os.Getenv(pasteEnv) != "" {
		if err := printClipboard(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(runTests(m))
}

// builtUI returns daypass-ui, which is built once for all tests that want it.
var builtUI func() (string, error)

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "daypass-ui")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	builtUI = sync.OnceValues(func() (string, error) {
		ui := filepath.Join(dir, "daypass-ui")
		out, err := exec.Command("go", "build", "-o", ui, "daypass/cmd/daypass-ui").CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("building daypass-ui: %w\n%s", err, out)
		}
		return ui, nil
	})
	return m.Run()
}

func printClipboard() error {
	runtime.LockOSThread()
	if err := glfw.Init(); err != nil {
		return err
	}
	defer glfw.Terminate()
	fmt.Print(glfw.GetClipboardString())
	return nil
}

// ownClipboard offers text until the process is killed.
func ownClipboard(text string) error {
	runtime.LockOSThread()
	if err := glfw.Init(); err != nil {
		return err
	}
	glfw.WindowHint(glfw.Visible, glfw.False)
	window, err := glfw.CreateWindow(10, 10, "clipboard", nil, nil)
	if err != nil {
		return err
	}
	window.SetClipboardString(text)
	fmt.Println("ready")
	for {
		glfw.WaitEvents()
	}
}

// screen is a desktop with daypass-ui installed.
type screen struct {
	*rig.Desktop

	ui string
}

// screenSize is that of the screen: pictures are taken in double scale, too.
func screenSize() string {
	if *pictures != "" {
		return "2400x1600"
	}
	return "1280x1000"
}

// startScreen starts a desktop for one test, which runs beside others: most of
// what such a test does is to wait.
func startScreen(t *testing.T) *screen {
	t.Helper()
	t.Parallel()
	// Not t.TempDir, whose paths are too long for the desktop's sockets.
	dir, err := os.MkdirTemp("", "rig")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	d, err := rig.Start(t.Context(), rig.Options{Dir: dir, Size: screenSize()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	ui, err := builtUI()
	if err != nil {
		t.Fatal(err)
	}
	return &screen{Desktop: d, ui: ui}
}

// call runs a command on the screen and returns what it printed.
func (s *screen) call(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = s.Env()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// process is a daypass-ui that asks a prompt of agent.
type process struct {
	rig.Window

	agent  *testAgent
	ended  <-chan error
	errors *bytes.Buffer
	screen *screen
	// quit has the process end and print its goroutines.
	quit func()
}

// open starts daypass-ui for a prompt, with more in its environment, and waits
// for its window.
func (s *screen) open(t *testing.T, prompt creds.Prompt, env ...string) *process {
	t.Helper()
	p := &process{agent: newAgent(t, prompt), errors: &bytes.Buffer{}}
	p.ended = s.start(t, p, promptID, env...)
	window, err := s.Windows.Wait(timeout(t), promptTitle(prompt))
	if err != nil {
		t.Fatalf("%v; daypass-ui said %q", err, p.errors)
	}
	p.Window = window
	return p
}

func (s *screen) start(t *testing.T, p *process, id string, env ...string) <-chan error {
	t.Helper()
	return s.run(t, p, exec.Command(s.ui, "prompt", id), env...)
}

// run starts a daypass-ui.
func (s *screen) run(t *testing.T, p *process, cmd *exec.Cmd, env ...string) <-chan error {
	t.Helper()
	p.screen = s
	cmd.Env = append(s.Env(), "DAYPASS_RUNTIME_DIR="+p.agent.root, "LANG=en_GB.UTF-8")
	cmd.Env = append(cmd.Env, env...)
	cmd.Stderr = p.errors
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.quit = func() { _ = cmd.Process.Signal(syscall.SIGQUIT) }
	ended, gone := make(chan error, 1), make(chan struct{})
	go func() {
		ended <- cmd.Wait()
		close(gone)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-gone
	})
	return ended
}

// shows does something that changes what the window shows, and waits until it shows
// that and no longer moves. How soon a busy machine draws is not known, and keys that
// come before are for what was there before.
func (p *process) shows(t *testing.T, act func()) {
	t.Helper()
	box := p.screen.box(t, p.Window)
	before, err := p.screen.Screen.Image()
	must(t, err)
	act()
	// What changes nothing that can be seen is waited for in vain, and no fault.
	ctx, stop := context.WithTimeout(timeout(t), 15*time.Second)
	defer stop()
	_ = p.screen.Screen.Wait(ctx, func(now *image.RGBA) bool { return rig.Changed(before, now, box) })
	p.settles(t)
}

// settles waits until the window is drawn and no longer moves.
func (p *process) settles(t *testing.T) {
	t.Helper()
	p.screen.waitDrawn(t, p.screen.box(t, p.Window))
	must(t, p.Drawn(timeout(t)))
}

func timeout(t *testing.T) context.Context {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	t.Cleanup(stop)
	return ctx
}

func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !cond(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %s in vain for %s", patience, what)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantAnswers waits for as many answers as are wanted.
func (p *process) wantAnswers(t *testing.T, want ...string) {
	t.Helper()
	eventually(t, "the answers", func() bool { got, _ := p.agent.seen(); return len(got) >= len(want) })
	got, _ := p.agent.seen()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("answers (-want +got)\n%s", diff)
	}
}

// wantEnd waits for the process to end, with a failure whose words contain
// failure unless that is empty.
func (p *process) wantEnd(t *testing.T, failure string) {
	t.Helper()
	select {
	case err := <-p.ended:
		if (err != nil) != (failure != "") || !strings.Contains(p.errors.String(), failure) {
			t.Errorf("daypass-ui ended with %v and said %q, want %q", err, p.errors, failure)
		}
	case <-time.After(patience):
		p.quit()
		<-p.ended
		t.Fatalf("daypass-ui did not end:\n%s", p.errors)
	}
}

func (p *process) refuse(t *testing.T, change func(*creds.Prompt)) {
	t.Helper()
	p.agent.change(func(prompt *creds.Prompt) {
		prompt.Checking, prompt.Refusal = false, refusedWords
		if change != nil {
			change(prompt)
		}
	})
}

// refusedWords and spentWords are the agent's.
const (
	refusedWords = "AWS did not accept this code: it is mistyped, spent already, from another device, or the device's clock is off."
	spentWords   = "This code has been used already, and each works once. Wait for the next one."
)

func (p *process) wantDeclined(t *testing.T) {
	t.Helper()
	if _, cancelled := p.agent.seen(); !cancelled {
		t.Error("the agent does not know")
	}
}

// offer puts text on the clipboard until the test ends.
func (s *screen) offer(t *testing.T, text string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(s.Env(), clipboardEnv+"="+text)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatalf("nobody offers the clipboard: %v", err)
	}
}

// pasted returns what a program that pastes gets.
func (s *screen) pasted(t *testing.T) string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(s.Env(), pasteEnv+"=1")
	out, err := cmd.Output()
	must(t, err)
	return string(out)
}

// box returns where on the screen a window is, without its frame.
func (s *screen) box(t *testing.T, w rig.Window) image.Rectangle {
	t.Helper()
	box, err := w.Box(timeout(t))
	must(t, err)
	return box
}

// waitRefused waits until a light window shows the icon of a failure.
func (s *screen) waitRefused(t *testing.T, p *process) {
	t.Helper()
	box := s.box(t, p.Window)
	ink := color.RGBAModel.Convert(kit.NewLook().Color(theme.ColorNameError, theme.VariantLight))
	must(t, s.Screen.Wait(timeout(t), func(img *image.RGBA) bool {
		return somewhere(img, box, func(c color.RGBA) bool { return c == ink })
	}))
}
