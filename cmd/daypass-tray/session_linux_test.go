package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// desktop is the environment of a desktop session: a bus, and a screen that nobody
// looks at.
type desktop struct {
	h    *home
	dir  string
	env  []string
	bus  *exec.Cmd
	conn *dbus.Conn
}

// newDesktop makes a desktop session whose bus is not there yet.
func (h *home) newDesktop(name string) *desktop {
	h.t.Helper()
	d := &desktop{h: h, dir: filepath.Join(h.dir, name)}
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		h.t.Fatal(err)
	}
	d.env = append(slices.Clone(h.env), "DISPLAY=:"+name, "DBUS_SESSION_BUS_ADDRESS="+d.address())
	return d
}

func (d *desktop) address() string { return "unix:path=" + filepath.Join(d.dir, "bus") }

// startBus starts the session's bus.
func (d *desktop) startBus() {
	d.h.t.Helper()
	d.bus = exec.Command("dbus-daemon", "--session", "--nofork", "--nopidfile", "--address="+d.address())
	d.bus.Env = append(slices.Clone(d.h.env), "XDG_DATA_DIRS=/nonexistent") // nothing is started on demand
	if err := d.bus.Start(); err != nil {
		d.h.t.Fatal(err)
	}
	d.h.t.Cleanup(d.endBus)
	d.h.eventually("the bus", func() bool {
		var err error
		d.conn, err = dbus.Connect(d.address())
		return err == nil
	})
	d.h.t.Cleanup(func() { _ = d.conn.Close() })
}

func (d *desktop) endBus() {
	_ = d.bus.Process.Kill()
	_ = d.bus.Wait()
}

// login starts an agent as the session does.
func (d *desktop) login() *exec.Cmd {
	d.h.t.Helper()
	cmd := d.h.command("daypass-tray")
	cmd.Env = d.env
	if err := cmd.Start(); err != nil {
		d.h.t.Fatal(err)
	}
	return cmd
}

// ended waits for an agent to end.
func (h *home) ended(cmd *exec.Cmd) {
	h.t.Helper()
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			h.t.Error(err)
		}
	case <-time.After(30 * time.Second):
		h.t.Fatal("the agent does not end")
	}
}

// icon waits for the icon of a process.
func (d *desktop) icon(pid int) {
	d.h.t.Helper()
	d.h.eventually(fmt.Sprintf("the icon of %d", pid), func() bool {
		var owned bool
		name := fmt.Sprintf("org.kde.StatusNotifierItem-%d-1", pid)
		return d.conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, name).Store(&owned) == nil && owned
	})
}

func TestTheAgentEndsWithItsDesktopSession(t *testing.T) {
	h := newHome(t)
	d := h.newDesktop("1")
	d.startBus()
	cmd := d.login()
	d.icon(cmd.Process.Pid)
	d.endBus()
	h.ended(cmd)
	h.noAgent()
}

// TestAnAgentThatIsThereBeforeTheBusServesAndGetsItsIcon has the agent begin before
// its session's bus, as at a login. It begins anew in its own place, since what uses
// the bus looks for it when it begins.
func TestAnAgentThatIsThereBeforeTheBusServesAndGetsItsIcon(t *testing.T) {
	h := newHome(t)
	d := h.newDesktop("1")
	cmd := d.login()
	h.eventually("it serves", func() bool {
		_, err := os.Lstat(filepath.Join(h.run, "agent.sock"))
		return err == nil
	})
	if out := h.client("list"); !strings.Contains(out, "alice") {
		t.Errorf("the list is\n%s", out)
	}
	d.startBus()
	d.icon(cmd.Process.Pid)
	if pid := h.agent(); pid != cmd.Process.Pid {
		t.Errorf("the agent is %d, and %d was started", pid, cmd.Process.Pid)
	}
	if out := h.client("list"); !strings.Contains(out, "alice") {
		t.Errorf("the list is\n%s", out)
	}
	h.client("stop")
	h.ended(cmd)
}

func TestTheAgentOfANewDesktopSessionTakesThePlaceOfAnEarlierOne(t *testing.T) {
	for _, tt := range []struct {
		name  string
		start func(h *home)
	}{
		{"one without a desktop", func(h *home) { h.client("list") }},
		{"one whose session was left without an end", func(h *home) {
			old := h.newDesktop("1")
			old.startBus()
			old.icon(old.login().Process.Pid)
		}},
		{"one whose bus never came", func(h *home) {
			h.newDesktop("1").login()
			h.eventually("it serves", func() bool {
				_, err := os.Lstat(filepath.Join(h.run, "agent.sock"))
				return err == nil
			})
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHome(t)
			tt.start(h)
			old := h.agent()
			d := h.newDesktop("2")
			d.startBus()
			cmd := d.login()
			d.icon(cmd.Process.Pid)
			h.eventually("the new agent is alone", func() bool {
				// Nobody but this test waits for the old one.
				_, _ = syscall.Wait4(old, nil, syscall.WNOHANG, nil)
				return slices.Equal(h.processes("daypass-tray"), []int{cmd.Process.Pid})
			})
			if out := h.client("list"); !strings.Contains(out, "alice") {
				t.Errorf("the list is\n%s", out)
			}
			h.client("stop")
			h.ended(cmd)
		})
	}
}

// TestTheAgentOfTheSameSessionStays has one started again in the session, and one in
// an environment that is left of a session that is over.
func TestTheAgentOfTheSameSessionStays(t *testing.T) {
	h := newHome(t)
	d := h.newDesktop("1")
	d.startBus()
	first := d.login()
	d.icon(first.Process.Pid)
	for _, again := range []*desktop{d, h.newDesktop("2")} {
		h.ended(again.login())
		if pid := h.agent(); pid != first.Process.Pid {
			t.Errorf("the agent is %d, and was %d", pid, first.Process.Pid)
		}
	}
	h.client("stop")
	h.ended(first)
}
