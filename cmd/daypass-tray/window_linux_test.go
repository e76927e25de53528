package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// uiOf gives the cloud's programs a folder of their own, in which daypass-ui is
// what script says; "" leaves it out.
func (c *cloud) uiOf(script string, mode os.FileMode) {
	c.t.Helper()
	c.bin = filepath.Join(c.dir, "bin")
	if err := os.MkdirAll(c.bin, 0o700); err != nil {
		c.t.Fatal(err)
	}
	for _, name := range []string{"daypass", "daypass-tray"} {
		if err := os.Link(filepath.Join(programs, name), filepath.Join(c.bin, name)); err != nil {
			c.t.Fatal(err)
		}
	}
	c.setUI(script, mode)
}

func (c *cloud) setUI(script string, mode os.FileMode) {
	c.t.Helper()
	path := filepath.Join(c.bin, "daypass-ui")
	if err := os.RemoveAll(path); err != nil {
		c.t.Fatal(err)
	}
	if script == "" {
		return
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), mode); err != nil {
		c.t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		c.t.Fatal(err)
	}
}

// fails runs a client that ends with an exit code of its own, and returns what
// it says.
func (c *cloud) fails(status int, args ...string) string {
	c.t.Helper()
	cmd := c.command("daypass", args...)
	cmd.Env = slices.DeleteFunc(cmd.Env, func(e string) bool { return strings.HasPrefix(e, "AWS_PROFILE") || strings.HasPrefix(e, "AWS_SECRET") })
	var said strings.Builder
	cmd.Stderr = &said
	err := cmd.Run()
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != status { //nolint:errorlint // as exec returns it
		c.t.Errorf("daypass %s ended with %v and said %q", strings.Join(args, " "), err, &said)
	}
	return said.String()
}

func TestWithoutAWindowTheReasonAndTheWayToAnswerAreReportedAtOnce(t *testing.T) {
	for name, test := range map[string]struct {
		script string
		mode   os.FileMode
		why    string
	}{
		"its program is missing":           {"", 0, "daypass-ui is missing, and belongs into BIN"},
		"its program may not be executed":  {"exit 0", 0o600, "BIN/daypass-ui may not be executed"},
		"there is no screen":               {"echo 'daypass-ui: no window can be shown: there is no screen' >&2; exit 1", 0o755, "there is no screen"},
		"its program dies before it shows": {"kill -SEGV $$", 0o755, "daypass-ui has ended by itself (signal: segmentation fault)"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t, false)
			bus := c.withDesktop()
			notices := watchNotices(t, bus)
			c.uiOf(test.script, test.mode)
			c.add()
			why := strings.ReplaceAll(test.why, "BIN", c.bin)
			began := time.Now()
			if got, want := c.fails(1, "show"), "daypass: no window can be shown: "+why+"\n"+
				"What daypass asks for can be answered in a terminal, with: daypass login NAME\n"; got != want {
				t.Errorf("show says %q, want %q", got, want)
			}
			got := c.fails(3, "credential-process", "--profile", "dev-readonly")
			if want := "is needed, and no window can be shown: " + why + "; in a terminal: daypass login dev-readonly\n"; !strings.HasSuffix(got, want) {
				t.Errorf("credential-process says %q, which does not end with %q", got, want)
			}
			// A program would wait 50 seconds for a person.
			if took := time.Since(began); took > 40*time.Second {
				t.Errorf("it took %v", took)
			}
			// Two that come together are one.
			want := "No window can be shown"
			c.eventually("a notice that says "+want, func() bool { return strings.Contains(notices(), want) })
			// With the program in its place the same question is shown.
			shown := filepath.Join(c.dir, "shown")
			c.setUI("echo shown; echo $1 >"+shown+"; exec sleep 1000", 0o755)
			if out, err := c.command("daypass", "show").CombinedOutput(); err != nil {
				t.Errorf("with a window, show ends with %v and says %q", err, out)
			}
			c.eventually("the question is shown", func() bool {
				text, _ := os.ReadFile(shown)
				return string(text) == "prompt\n"
			})
		})
	}
}

// watchNotices takes the place of the desktop's notice server, and returns what
// the notices say that came.
func watchNotices(t *testing.T, bus *dbus.Conn) func() string {
	t.Helper()
	s := &noticeServer{}
	if err := bus.Export(s, "/org/freedesktop/Notifications", "org.freedesktop.Notifications"); err != nil {
		t.Fatal(err)
	}
	if reply, err := bus.RequestName("org.freedesktop.Notifications", 0); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("the notice server has no name: %v, %v", reply, err)
	}
	return s.said
}

// noticeServer is the least one.
type noticeServer struct {
	mu   sync.Mutex
	come []string
}

func (s *noticeServer) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.come, "\n")
}

// Notify takes a notice.
func (s *noticeServer) Notify(_ string, _ uint32, _, title, body string, _ []string, _ map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.come = append(s.come, title, body)
	return uint32(len(s.come)), nil
}

// CloseNotification takes one back.
func (*noticeServer) CloseNotification(uint32) *dbus.Error { return nil }

// GetCapabilities says what it can do.
func (*noticeServer) GetCapabilities() ([]string, *dbus.Error) { return []string{"body"}, nil }

// GetServerInformation says what it is.
func (*noticeServer) GetServerInformation() (name, vendor, version, spec string, err *dbus.Error) {
	return "test", "daypass", "1", "1.2", nil
}

func TestALinkThatCannotBeCopiedIsReportedWithTheCause(t *testing.T) {
	for name, test := range map[string]struct{ script, why string }{
		"the clipboard takes another program": {
			"echo noise >&2; echo 'daypass-ui: the clipboard takes wl-copy' >&2; exit 1", "the clipboard takes wl-copy",
		},
		"there is no screen": {"echo 'daypass-ui: no window can be shown: there is no screen' >&2; exit 1", "there is no screen"},
		"nothing is said":    {"exit 1", "the clipboard cannot be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t, true)
			c.withDesktop()
			c.uiOf(test.script, 0o755)
			c.add()
			got := c.fails(1, "console", "alice", "--copy")
			if want := "daypass: the link was not copied: " + test.why + "\nHave the link printed instead.\n"; got != want {
				t.Errorf("console --copy says %q, want %q", got, want)
			}
		})
	}
}
