package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// programs is the folder of the real programs, built once for all tests here.
var programs string

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

func runTests(m *testing.M) int {
	if os.Getenv("DAYPASS_TEST_KILLED") != "" {
		return m.Run() // a tracer, which needs no programs
	}
	var err error
	if programs, err = os.MkdirTemp("", "dp"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(programs) }()
	build := exec.Command("go", "build", "-tags", "netgo,osusergo,nethttpomithttp2", "-o", programs, "daypass/cmd/daypass", "daypass/cmd/daypass-tray")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// home is a home folder with a runtime folder, of which no agent is left when
// the test has ended.
type home struct {
	t   *testing.T
	dir string
	run string
	env []string
	// bin is the folder of the programs.
	bin string
}

func newHome(t *testing.T) *home {
	t.Helper()
	dir, err := os.MkdirTemp("", "dp")
	if err != nil {
		t.Fatal(err)
	}
	h := &home{t: t, dir: dir, run: filepath.Join(dir, "run"), bin: programs}
	// With a passphrase file the keyring needs nobody.
	h.env = []string{
		"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "DAYPASS_RUNTIME_DIR=" + h.run,
		"DAYPASS_KEYRING_BACKEND=file", "DAYPASS_KEYRING_PASSPHRASE_FILE=" + filepath.Join(dir, "passphrase"),
		"AWS_PROFILE=of-a-shell", "AWS_SECRET_ACCESS_KEY=of-a-shell",
	}
	t.Cleanup(h.end)
	h.write("passphrase", "correct horse\n")
	h.write(".aws/config", "[profile alice]\nregion = eu-west-1\n")
	return h
}

// end kills what runs in the home, and removes it.
func (h *home) end() {
	for _, name := range []string{"daypass-tray", "dbus-daemon"} {
		for _, pid := range h.processes(name) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	_ = os.RemoveAll(h.dir)
}

func (h *home) write(name, text string) {
	h.t.Helper()
	path := filepath.Join(h.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// processes returns the pids of the processes of a name that stem from this
// home.
func (h *home) processes(name string) []int {
	h.t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		h.t.Fatal(err)
	}
	var pids []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		if err != nil || strings.TrimSpace(string(comm)) != name {
			continue
		}
		// The environment of an agent is root's to read. For other users there
		// is one home at a time.
		ours := slices.Contains(h.environ(pid), "HOME="+h.dir)
		if ours || os.Geteuid() != 0 && strings.HasPrefix(texts(pid, "cmdline")[0], h.bin+"/") {
			pids = append(pids, pid)
		}
	}
	return pids
}

func (h *home) environ(pid int) []string { return texts(pid, "environ") }

// texts returns the parts of a file of a process that end with a zero byte.
func texts(pid int, file string) []string {
	// Of a process that has ended there is nothing to read.
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, file))
	return strings.Split(strings.TrimRight(string(data), "\x00"), "\x00")
}

// command returns one of our programs in this home.
func (h *home) command(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(h.t.Context(), filepath.Join(h.bin, name), args...)
	cmd.Env = h.env
	cmd.Dir = h.dir
	return cmd
}

// client runs the command line and returns what it prints.
func (h *home) client(args ...string) string {
	h.t.Helper()
	out, err := h.command("daypass", args...).CombinedOutput()
	if err != nil {
		h.t.Fatalf("daypass %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// agent returns the pid of the only agent.
func (h *home) agent() int {
	h.t.Helper()
	pids := h.processes("daypass-tray")
	if len(pids) != 1 {
		h.t.Fatalf("the agents are %v, not one", pids)
	}
	return pids[0]
}

func (h *home) eventually(what string, true func() bool) {
	h.t.Helper()
	for range 500 {
		if true() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	log, _ := os.ReadFile(filepath.Join(h.dir, ".local/state/daypass/agent.log"))
	h.t.Fatalf("not after ten seconds: %s; the log of an agent that was started on demand:\n%s", what, log)
}

func (h *home) noAgent() {
	h.t.Helper()
	h.eventually("no agent runs", func() bool { return len(h.processes("daypass-tray")) == 0 })
}

func TestTheFirstClientStartsAnAgentThatStays(t *testing.T) {
	h := newHome(t)
	if out := h.client("list"); !strings.Contains(out, "alice") {
		t.Errorf("the list is\n%s", out)
	}
	pid := h.agent()
	h.client("list")
	if again := h.agent(); again != pid {
		t.Errorf("agent %d was replaced by %d", pid, again)
	}
	for _, entry := range h.environ(pid) {
		if strings.Contains(entry, "of-a-shell") {
			t.Errorf("the agent has inherited %s", entry)
		}
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	if fields := strings.Fields(string(stat)); fields[5] != strconv.Itoa(pid) {
		t.Errorf("the agent is in session %s, not in its own", fields[5])
	}
	log, err := os.Stat(filepath.Join(h.dir, ".local/state/daypass/agent.log"))
	if err != nil || log.Mode().Perm() != 0o600 || log.Size() == 0 {
		t.Errorf("the log: %v, %v", log, err)
	}
	h.client("stop")
	h.noAgent()
	if _, err := os.Lstat(filepath.Join(h.run, "agent.sock")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
}

func TestManyClientsThatStartAtOnceEndUpWithOneAgent(t *testing.T) {
	h := newHome(t)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if out, err := h.command("daypass", "list").CombinedOutput(); err != nil || !bytes.Contains(out, []byte("alice")) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	all.Wait()
	h.eventually("one agent is left", func() bool { return len(h.processes("daypass-tray")) == 1 })
}

func TestAKilledAgentIsNoObstacle(t *testing.T) {
	h := newHome(t)
	for range 5 {
		h.client("list")
		if err := syscall.Kill(h.agent(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	h.client("list")
}

func TestASecondStartExitsWithoutError(t *testing.T) {
	h := newHome(t)
	h.client("list")
	for _, flag := range []string{"--headless", "--on-demand"} {
		if out, err := h.command("daypass-tray", flag).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", flag, err, out)
		}
	}
	h.agent()
}

func TestASignalEndsTheAgentCleanly(t *testing.T) {
	h := newHome(t)
	h.env = append(h.env, "DBUS_SESSION_BUS_ADDRESS=disabled:")
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		cmd := h.command("daypass-tray", "--headless")
		var log bytes.Buffer
		cmd.Stderr = &log
		t.Cleanup(func() { t.Logf("%s:\n%s", signal, log.String()) })
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		socket := filepath.Join(h.run, "agent.sock")
		h.eventually("the agent serves", func() bool {
			_, err := os.Lstat(socket)
			return err == nil
		})
		h.client("list")
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v\n%s", signal, err, log.String())
		}
		if _, err := os.Lstat(socket); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the socket is left: %v", err)
		}
	}
}

// TestSettingsWithAFaultKeepNobodyFromBeingServed has each fault at the agent's
// start, with the settings of a start before.
func TestSettingsWithAFaultKeepNobodyFromBeingServed(t *testing.T) {
	large := func(text string) func(path string) error {
		return func(path string) error { return os.WriteFile(path, bytes.Repeat([]byte(text), 20<<20), 0o600) }
	}
	for _, c := range []struct {
		name string
		put  func(path string) error
		want string
	}{
		{"an unknown key", func(path string) error { return os.WriteFile(path, []byte("colour = \"red\"\n"), 0o600) }, `unknown key "colour"`},
		{"a pipe", func(path string) error { return syscall.Mkfifo(path, 0o600) }, "not a regular file"},
		{"a folder", func(path string) error { return os.Mkdir(path, 0o700) }, "not a regular file"},
		{"twenty million brackets", large("["), "too large"},
		{"a million brackets", func(path string) error { return os.WriteFile(path, bytes.Repeat([]byte("["), 1<<20), 0o600) }, "nested too deeply"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHome(t)
			h.write(".config/daypass/config.toml", "[profile.alice]\nsensitive = true\nfavourite = true\n")
			h.client("list")
			h.client("stop")
			h.noAgent()
			path := filepath.Join(h.dir, ".config/daypass/config.toml")
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := c.put(path); err != nil {
				t.Fatal(err)
			}
			for _, command := range []string{"list", "status"} {
				out, err := h.command("daypass", command).CombinedOutput()
				if err != nil || !strings.Contains(string(out), c.want) || !strings.Contains(string(out), "the last good settings are used") || len(out) > 2000 {
					t.Errorf("%s: %v\n%.2000s", command, err, out)
				}
			}
			if out := h.client("list", "--json"); !strings.Contains(out, `"sensitive": true`) {
				t.Errorf("the list is\n%s", out)
			}
			if got := h.client("settings", "get", "profile.alice.favourite"); strings.TrimSpace(got) != "true" {
				t.Errorf("it is %s", got)
			}
		})
	}
}

// TestWhatIsRemovedUnderALivingAgentIsMadeAnew removes files of the agent's socket,
// and has many clients come at once: each is served, by the same agent.
func TestWhatIsRemovedUnderALivingAgentIsMadeAnew(t *testing.T) {
	for name, files := range map[string][]string{
		"the socket":              {"agent.sock"},
		"the lock":                {"agent.lock"},
		"the socket and the lock": {"agent.sock", "agent.lock"},
		"the folder":              {"."},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHome(t)
			h.client("list")
			pid := h.agent()
			remove := func() {
				t.Helper()
				for _, file := range files {
					if err := os.RemoveAll(filepath.Join(h.run, file)); err != nil {
						t.Fatal(err)
					}
				}
			}
			for range 3 {
				remove()
				begun := time.Now()
				var all sync.WaitGroup
				for range 5 {
					all.Go(func() {
						if out, err := h.command("daypass", "list").CombinedOutput(); err != nil || !bytes.Contains(out, []byte("alice")) {
							t.Errorf("%v\n%s", err, out)
						}
					})
				}
				all.Wait()
				if took := time.Since(begun); took > 10*time.Second {
					t.Errorf("it took %s", took)
				}
				h.eventually("the same agent is left alone", func() bool { return slices.Equal(h.processes("daypass-tray"), []int{pid}) })
			}
			remove()
			if out := h.client("stop"); !strings.Contains(out, "The agent has ended") {
				t.Errorf("it says %s", out)
			}
			h.noAgent()
			if _, err := os.Lstat(filepath.Join(h.run, "agent.sock")); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the socket is left: %v", err)
			}
		})
	}
}

func TestFilesThatCannotBeReadAreNotReportedAsEmpty(t *testing.T) {
	h := newHome(t)
	h.write(".aws/config", "\xff\xfe[\x00a\x00]\x00")
	if out := h.client("list"); !strings.Contains(out, "UTF-16") || strings.Contains(out, "no profiles") {
		t.Errorf("the list is\n%s", out)
	}
}

func TestAHomeThatCannotBeWrittenToIsServed(t *testing.T) {
	h := newHome(t)
	h.env = append(h.env, "XDG_STATE_HOME=/dev/null/no/folder")
	if out := h.client("list"); !strings.Contains(out, "alice") {
		t.Errorf("the list is\n%s", out)
	}
}

func TestNoSessionBusIsLeftBehindWhereThereIsNone(t *testing.T) {
	h := newHome(t)
	// Choosing the keyring by itself is what looks for a bus.
	h.env = slices.DeleteFunc(h.env, func(e string) bool { return strings.HasPrefix(e, "DAYPASS_KEYRING_BACKEND") })
	h.client("list")
	h.client("stop")
	h.noAgent()
	if out, err := h.command("daypass-tray", "--version").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if left := h.processes("dbus-daemon"); len(left) > 0 {
		t.Errorf("session buses are left behind: %v", left)
	}
	// One that is left behind would be seen: this is how it is launched.
	launch := exec.Command("dbus-launch")
	launch.Env = h.env
	if out, err := launch.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if len(h.processes("dbus-daemon")) == 0 {
		t.Error("this test cannot see a session bus that is left behind")
	}
}

func TestTheCommandLineOfTheAgent(t *testing.T) {
	h := newHome(t)
	h.env = append(h.env, "DBUS_SESSION_BUS_ADDRESS=disabled:")
	for _, c := range []struct {
		args []string
		ok   bool
		want string
	}{
		{[]string{"--version"}, true, "daypass-tray "},
		{[]string{"--help"}, true, "-headless"},
		{[]string{"--nonsense"}, false, "-nonsense"},
		{[]string{"nonsense"}, false, `there is nothing to do with "nonsense"`},
	} {
		out, err := h.command("daypass-tray", c.args...).CombinedOutput()
		if (err == nil) != c.ok || !strings.Contains(string(out), c.want) {
			t.Errorf("%v: %v\n%s", c.args, err, out)
		}
	}
}

// another is an ordinary user, whom root can start programs as.
const another = 65534

func TestAnAgentsMemoryIsNotForOtherProgramsOfTheSameUser(t *testing.T) {
	h := newHome(t)
	as := &syscall.SysProcAttr{}
	if os.Geteuid() == 0 {
		as.Credential = &syscall.Credential{Uid: another, Gid: another}
		h.bin = filepath.Join(h.dir, "bin")
		for _, program := range []string{"daypass", "daypass-tray"} {
			data, err := os.ReadFile(filepath.Join(programs, program))
			if err != nil {
				t.Fatal(err)
			}
			h.write(filepath.Join("bin", program), string(data))
			if err := os.Chmod(filepath.Join(h.bin, program), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if err := filepath.WalkDir(h.dir, func(path string, _ os.DirEntry, err error) error {
			return errors.Join(err, os.Chown(path, another, another))
		}); err != nil {
			t.Fatal(err)
		}
	}
	list := h.command("daypass", "list")
	list.SysProcAttr = as
	if out, err := list.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	pid := h.agent()
	for _, file := range []string{"mem", "maps", "environ"} {
		look := exec.Command("head", "-c1", fmt.Sprintf("/proc/%d/%s", pid, file))
		look.SysProcAttr = as
		if out, err := look.CombinedOutput(); err == nil || !strings.Contains(string(out), "ermission denied") {
			t.Errorf("%s of the agent: %v, %s", file, err, out)
		}
	}
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(limits)) {
		if rest, is := strings.CutPrefix(line, "Max core file size"); is && !slices.Equal(strings.Fields(rest)[:2], []string{"0", "0"}) {
			t.Errorf("the agent's core files: %s", rest)
		}
	}
	stop := h.command("daypass", "stop")
	stop.SysProcAttr = as
	if out, err := stop.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	h.noAgent()
}

func TestTheAgentTakesItsOwnPlaceOnceAsItStarts(t *testing.T) {
	h := newHome(t)
	h.env = append(h.env, "GODEBUG=gctrace=0", "DBUS_SESSION_BUS_ADDRESS=disabled:")
	cmd := h.command("daypass-tray", "--headless")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	h.eventually("the agent has started once more", func() bool {
		return slices.Contains(h.environ(cmd.Process.Pid), "GODEBUG=gctrace=0,clobberfree=1")
	})
	h.eventually("it serves", func() bool {
		_, err := os.Lstat(filepath.Join(h.run, "agent.sock"))
		return err == nil
	})
	if pid := h.agent(); pid != cmd.Process.Pid {
		t.Errorf("the agent is %d, and %d was started", pid, cmd.Process.Pid)
	}
	h.client("stop")
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
