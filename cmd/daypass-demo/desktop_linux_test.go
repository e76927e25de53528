package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"daypass/packaging/rig"
)

// programs builds daypass once for all tests and returns the folder.
var programs = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "daypass-programs-")
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-tags", "netgo,osusergo,nethttpomithttp2", "-o", dir+"/", "daypass/cmd/...") // as the Makefile
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return dir, nil
})

// onADesktop runs a test on a desktop of its own, with the real agent in its
// tray, and looks for secrets afterwards where none belong. It runs beside others.
func onADesktop(t *testing.T, test func(ctx context.Context, t *testing.T, p *playing)) {
	t.Helper()
	onAWatchedDesktop(t, nil, test)
}

// onAWatchedDesktop is onADesktop with watch seeing each request to the
// stand-in.
func onAWatchedDesktop(t *testing.T, watch func(*http.Request), test func(ctx context.Context, t *testing.T, p *playing)) {
	t.Helper()
	t.Parallel()
	var links seenLinks
	bin, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	dir, err := os.MkdirTemp("", "rig-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	desktop, err := rig.Start(ctx, rig.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer desktop.Close()
	var said bytes.Buffer
	see := func(r *http.Request) {
		links.watch(r)
		if watch != nil {
			watch(r)
		}
	}
	err = show(ctx, &said, stage{bin: bin, desktop: desktop.Env(), watch: see}, func(ctx context.Context, d *demo) error {
		p := &playing{demo: d, desktop: desktop, pictures: t.TempDir()}
		defer func() {
			if t.Failed() { // Before what is on the screen goes.
				p.keep(t, t.Name()+".png")
				t.Logf("the browser said:\n%s", desktop.BrowserSaid())
			}
		}()
		test(ctx, t, p)
		p.noSecretsShown(t, links.all()...)
		desktop.Close() // browsers write to the home to the last, which goes next
		return nil
	})
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
}

// state returns what the command line says of a profile.
func (p *playing) state(ctx context.Context, t *testing.T, profile string) string {
	t.Helper()
	said, err := p.run(ctx, "", p.program("daypass"), "status", profile, "--json")
	if err != nil {
		t.Fatal(err)
	}
	var statuses []struct{ State string }
	if err := json.Unmarshal([]byte(said), &statuses); err != nil || len(statuses) != 1 {
		t.Fatalf("%v in %q", err, said)
	}
	return statuses[0].State
}

// check fails the test at once.
func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ask opens the dialog through the tray's menu.
func (p *playing) ask(ctx context.Context, t *testing.T) rig.Window {
	t.Helper()
	item, err := p.desktop.Tray.Item(ctx)
	check(t, err)
	window, err := p.clickFor(ctx, item, dialog, "alice")
	check(t, err)
	return window
}

func TestTheDemoDoesTheWholeJob(t *testing.T) {
	bin, err := programs()
	check(t, err)
	pictures := t.TempDir()
	var said bytes.Buffer
	if err := play(t.Context(), &said, bin, pictures); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	for _, name := range []string{"dialog.png", "signin.png", "console.png", "console-signin.png", "status-dark.png", "status-light.png", "menu.png"} {
		if info, err := os.Stat(filepath.Join(pictures, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPicturesGoToANewFolderThatNobodyElseCanEnter(t *testing.T) {
	temp, elsewhere := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temp)
	// What another user has laid where earlier versions wrote.
	check(t, os.Symlink(elsewhere, filepath.Join(temp, "daypass-demo-pictures")))
	if flag := newCommand().Flags().Lookup("pictures"); flag.DefValue != "" {
		t.Errorf("pictures go to %s, which anybody can know", flag.DefValue)
	}
	seen := map[string]bool{}
	for range 3 {
		dir, err := picturesFolder("")
		check(t, err)
		info, err := os.Lstat(dir)
		check(t, err)
		if seen[dir] || info.Mode() != os.ModeDir|0o700 || filepath.Dir(dir) != temp {
			t.Errorf("the folder is %s, %v", dir, info.Mode())
		}
		seen[dir] = true
	}
	named := filepath.Join(t.TempDir(), "a", "b")
	if dir, err := picturesFolder(named); err != nil || dir != named {
		t.Errorf("the folder is %s, %v; want %s", dir, err, named)
	}
	if laid, err := os.ReadDir(elsewhere); err != nil || len(laid) > 0 {
		t.Errorf("%v, %v in a folder that a link leads to", laid, err)
	}
}

func TestAWrongCodeLeavesTheDialogOpenForTheRightOne(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		window := p.ask(ctx, t)
		check(t, window.Type(ctx, "000000"))
		for len(p.sample.AWS.Calls("GetSessionToken")) == 0 {
			check(t, ctx.Err())
			time.Sleep(20 * time.Millisecond)
		}
		code, err := p.sample.Phone.NextCode(ctx)
		check(t, err)
		// The field is cleared when AWS's answer is there; until then it
		// takes no digit.
		for p.state(ctx, t, "alice") != "valid" {
			check(t, ctx.Err())
			windows, err := p.desktop.Windows.List(ctx)
			check(t, err)
			if len(windows) > 0 && len(p.sample.AWS.Calls("GetSessionToken")) < 2 {
				_ = window.Type(ctx, code) // it may just have closed
			}
		}
		check(t, p.desktop.Windows.WaitGone(ctx, dialog))
	})
}

func TestEscapeDeclinesAndNothingIsWritten(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		window := p.ask(ctx, t)
		check(t, window.Key(ctx, "Escape"))
		check(t, p.desktop.Windows.WaitGone(ctx, dialog))
		if got := p.state(ctx, t, "alice"); got != "none" {
			t.Errorf("alice is %s", got)
		}
		if data, err := os.ReadFile(filepath.Join(p.home, ".aws", "credentials")); err != nil || len(data) != 0 {
			t.Errorf("%v; the credentials file holds %d bytes", err, len(data))
		}
		if n := len(p.sample.AWS.Calls("GetSessionToken")); n != 0 {
			t.Errorf("AWS was called %d times", n)
		}
	})
}

func TestProgramsShareOneDialogThatSaysWhoAsks(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		// A program waits for a person for 50 seconds, and tries again.
		script := fmt.Sprintf(`for i in 1 2 3 4 5; do (until %q credential-process --profile alice > %q/out$i; do :; done) & done; wait`,
			p.program("daypass"), p.home)
		done := make(chan error, 1)
		go func() {
			_, err := p.run(ctx, "", "sh", "-c", script)
			done <- err
		}()
		window, err := p.desktop.Windows.Wait(ctx, dialog)
		check(t, err)
		windows, err := p.desktop.Windows.List(ctx)
		check(t, err)
		if len(windows) != 1 {
			t.Errorf("%d windows, want one", len(windows))
		}
		// The shell is passed over: it is this test that asks.
		item, err := p.desktop.Tray.Item(ctx)
		check(t, err)
		menu, err := item.Menu(ctx)
		check(t, err)
		if text := rig.Text(menu); !strings.Contains(text, "asked for by daypass-demo") {
			t.Errorf("the menu does not say who asks:\n%s", text)
		}
		check(t, p.enterCode(ctx, window))
		check(t, <-done)
		first, err := os.ReadFile(filepath.Join(p.home, "out1"))
		check(t, err)
		var got struct {
			Version                   int
			AccessKeyID, SessionToken string
		}
		if err := json.Unmarshal(first, &got); err != nil || got.Version != 1 || !strings.HasPrefix(got.AccessKeyID, "ASIA") {
			t.Errorf("%v: %d bytes of no credentials", err, len(first))
		}
		for i := 2; i <= 5; i++ {
			other, err := os.ReadFile(filepath.Join(p.home, "out"+strconv.Itoa(i)))
			if err != nil || !bytes.Equal(first, other) {
				t.Errorf("caller %d got something else: %v", i, err)
			}
			check(t, os.Remove(filepath.Join(p.home, "out"+strconv.Itoa(i))))
		}
		check(t, os.Remove(filepath.Join(p.home, "out1")))
		if n := len(p.sample.AWS.Calls("GetSessionToken")); n != 1 {
			t.Errorf("%d calls to STS, want one", n)
		}
	})
}

func TestALockedKeyringIsReportedAndBlocksNothing(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		check(t, p.desktop.Keyring.Lock(ctx))
		begin := time.Now()
		out, err := p.run(ctx, "", p.program("daypass"), "list")
		if err != nil || !strings.Contains(out, "dev-admin") || time.Since(begin) > time.Minute {
			t.Errorf("list took %s: %v\n%s", time.Since(begin), err, out)
		}
		check(t, p.desktop.Keyring.Unlock(ctx))
		window := p.ask(ctx, t)
		check(t, p.enterCode(ctx, window))
		check(t, p.valid(ctx, "alice"))
	})
}

func TestAKilledAgentLosesNoSession(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		window := p.ask(ctx, t)
		check(t, p.enterCode(ctx, window))
		check(t, p.valid(ctx, "alice"))

		check(t, syscall.Kill(p.pid(t, "daypass-tray"), syscall.SIGKILL))

		// The next command starts an agent, with its icon.
		check(t, p.valid(context.WithoutCancel(ctx), "alice"))
		item, err := p.desktop.Tray.Item(context.WithoutCancel(ctx))
		check(t, err)
		check(t, item.Click(context.WithoutCancel(ctx), "dev-admin"))
		check(t, p.valid(context.WithoutCancel(ctx), "dev-admin"))
		if n := len(p.sample.AWS.Calls("GetSessionToken")); n != 1 {
			t.Errorf("%d calls to STS: a second code was asked for", n)
		}
	})
}

func TestASecondStartShowsTheFirstAndExits(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		if _, err := p.run(ctx, "", p.program("daypass-tray")); err != nil {
			t.Errorf("the second agent: %v", err)
		}
		items, err := p.desktop.Tray.Items(ctx)
		if err != nil || len(items) != 1 {
			t.Errorf("%d icons, %v", len(items), err)
		}
	})
}

func TestAPlainClickShowsThePromptThatWaits(t *testing.T) {
	onADesktop(t, func(ctx context.Context, t *testing.T, p *playing) {
		p.ask(ctx, t)
		// A window that died leaves its question open.
		check(t, syscall.Kill(p.pid(t, "daypass-ui"), syscall.SIGKILL))
		check(t, p.desktop.Windows.WaitGone(ctx, dialog))
		item, err := p.desktop.Tray.Item(ctx)
		check(t, err)
		check(t, item.Activate(ctx))
		window, err := p.desktop.Windows.Wait(ctx, dialog)
		check(t, err)
		check(t, p.enterCode(ctx, window))
		check(t, p.valid(ctx, "alice"))
	})
}
