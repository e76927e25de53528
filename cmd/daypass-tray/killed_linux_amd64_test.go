package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"daypass/creds/awstest"
)

// writing are the system calls at which an agent is killed: all that change a file, or send
// something.
var writing = []uint64{
	unix.SYS_WRITE, unix.SYS_PWRITE64, unix.SYS_WRITEV, unix.SYS_SENDTO, unix.SYS_RENAME, unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2,
	unix.SYS_UNLINK, unix.SYS_UNLINKAT, unix.SYS_LINKAT, unix.SYS_MKDIRAT, unix.SYS_FSYNC, unix.SYS_FTRUNCATE, unix.SYS_FCHMOD,
}

const (
	envKilled = "DAYPASS_TEST_KILLED"
	envAt     = "DAYPASS_TEST_KILLED_AT"
)

// TestTheTracer is no test, but the process that follows an agent and kills it before its
// Nth writing system call. At the end it prints how many there were.
func TestTheTracer(t *testing.T) {
	pid, err := strconv.Atoi(os.Getenv(envKilled))
	if err != nil {
		t.Skip("it is started by TestWhateverKillsARotation")
	}
	at, _ := strconv.Atoi(os.Getenv(envAt))
	runtime.LockOSThread()
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		tid, _ := strconv.Atoi(task.Name())
		const options = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE
		if _, _, errno := syscall.Syscall6(syscall.SYS_PTRACE, unix.PTRACE_SEIZE, uintptr(tid), 0, options, 0, 0); errno != 0 {
			t.Fatalf("following thread %d: %v", tid, errno)
		}
		if err := unix.PtraceInterrupt(tid); err != nil {
			t.Fatal(err)
		}
	}
	fmt.Println("following")
	inside, n := map[int]bool{}, 0
	for {
		var status unix.WaitStatus
		tid, err := unix.Wait4(-1, &status, unix.WALL, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			break // no thread is left
		}
		if !status.Stopped() {
			continue
		}
		signal := 0
		switch stop := status.StopSignal(); {
		case stop == unix.SIGTRAP|0x80:
			if inside[tid] = !inside[tid]; !inside[tid] {
				break
			}
			var regs unix.PtraceRegs
			if err := unix.PtraceGetRegs(tid, &regs); err == nil && slices.Contains(writing, regs.Orig_rax) {
				if n++; n == at {
					_ = unix.Kill(pid, unix.SIGKILL)
				}
			}
		case int(status)>>16 != 0, stop == unix.SIGTRAP: // an event of the tracing itself
		default:
			signal = int(stop)
		}
		_ = unix.PtraceSyscall(tid, signal) // a thread that is gone is seen by the next wait
	}
	fmt.Printf("writes=%d\n", n)
}

// killable is a home whose agent can be followed.
type killable struct {
	*home
	sample *awstest.Sample
}

func newKillable(t *testing.T) *killable {
	t.Helper()
	k := &killable{newHome(t), awstest.NewSample()}
	k.write(".aws/config", k.sample.Config())
	server := httptest.NewServer(k.sample.AWS)
	t.Cleanup(server.Close)
	k.env = append(k.env, "AWS_ENDPOINT_URL="+server.URL)
	cmd := k.command("daypass", "add", "ci")
	cmd.Stdin = strings.NewReader(k.sample.CIKey.ID + "\n" + k.sample.CIKey.Secret + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("daypass add: %v\n%s", err, out)
	}
	return k
}

// killedAt runs a command whose agent is killed before its nth writing system call, and
// returns how many there were.
func (k *killable) killedAt(n int, args ...string) int {
	k.t.Helper()
	self, err := os.Executable()
	if err != nil {
		k.t.Fatal(err)
	}
	tracer := exec.CommandContext(k.t.Context(), self, "-test.run=^TestTheTracer$", "-test.v")
	tracer.Env = append(os.Environ(), fmt.Sprintf("%s=%d", envKilled, k.agent()), fmt.Sprintf("%s=%d", envAt, n))
	out, err := tracer.StdoutPipe()
	if err != nil {
		k.t.Fatal(err)
	}
	if err := tracer.Start(); err != nil {
		k.t.Fatal(err)
	}
	var said bytes.Buffer
	for buf := make([]byte, 1); !strings.Contains(said.String(), "following\n"); {
		if _, err := out.Read(buf); err != nil {
			k.t.Fatalf("the agent cannot be followed: %s", said.String())
		}
		said.Write(buf)
	}
	cmd := k.command("daypass", args...)
	_ = cmd.Run() // its agent is killed
	for _, pid := range k.processes("daypass-tray") {
		_ = syscall.Kill(pid, syscall.SIGKILL) // the one that was followed to its end, or a second one
	}
	_, _ = said.ReadFrom(out)
	_ = tracer.Wait()
	_, count, _ := strings.Cut(said.String(), "writes=")
	count, _, _ = strings.Cut(count, "\n")
	writes, err := strconv.Atoi(count)
	if err != nil {
		k.t.Fatalf("the tracer says %q", said.String())
	}
	return writes
}

// settled waits until the next agent has finished, or undone, what was begun.
func (k *killable) settled() {
	k.t.Helper()
	k.client("list")
	k.eventually("nothing is under way any more", func() bool {
		data, err := os.ReadFile(filepath.Join(k.dir, ".local/state/daypass/custody.json"))
		if errors.Is(err, fs.ErrNotExist) {
			return true
		}
		var journal struct {
			Entries map[string]struct {
				Due    time.Time
				Parked bool
			}
		}
		if err != nil || json.Unmarshal(data, &journal) != nil {
			return false
		}
		for _, e := range journal.Entries {
			if !e.Parked && !e.Due.After(time.Now()) {
				return false
			}
		}
		return true
	})
}

// wrong returns what is not as it must be after a rotation that was cut off: "" if all is well.
func (k *killable) wrong() string {
	k.t.Helper()
	if out, err := k.command("daypass", "login", "ci").CombinedOutput(); err != nil {
		return fmt.Sprintf("no key works: %v\n%s", err, out)
	}
	status := k.client("status", "ci", "--json")
	ids, active := k.sample.CI.Keys()
	unnamed := 0
	for _, id := range ids {
		if !strings.Contains(status, id) {
			unnamed++
		}
	}
	if len(ids) > 2 || unnamed > 0 {
		return fmt.Sprintf("IAM has the keys %v (active: %v), of which the status names not all:\n%s", ids, active, status)
	}
	_, secret := k.sample.CI.AccessKey()
	for _, one := range []string{secret, k.sample.CIKey.Secret} {
		if path := k.has(one); path != "" {
			return "a secret is in the clear in " + path
		}
	}
	return ""
}

// has returns a file that has a text, "" if none does.
func (k *killable) has(text string) (found string) {
	k.t.Helper()
	err := filepath.WalkDir(k.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // files come and go
		}
		if data, err := os.ReadFile(path); err == nil && bytes.Contains(data, []byte(text)) {
			found = path
		}
		return nil
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return found
}

// points returns the numbers from 1 to n, or as many of them, evenly spread, as fit into the
// time of "make test".
func points(n, most int) (all []int) {
	if os.Getenv("DAYPASS_SOAK") != "" || n <= most {
		most = n
	}
	for i := range most {
		all = append(all, 1+i*n/most)
	}
	return all
}

func TestWhateverKillsARotation(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("the agent is root's to follow")
	}
	total := newKillable(t).killedAt(0, "rotate", "ci", "--yes")
	tried := points(total, 10)
	t.Logf("a rotation has %d writing system calls; the agent is killed at %d of them", total, len(tried))
	for _, n := range tried {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			k := newKillable(t)
			k.killedAt(n, "rotate", "ci", "--yes")
			k.settled()
			if wrong := k.wrong(); wrong != "" {
				t.Errorf("killed before writing system call %d of %d: %s", n, total, wrong)
			}
		})
	}
}

// TestARotationWithoutItsJournalIsNoticed has the next agent find no journal. The checks above
// must then fail somewhere.
func TestARotationWithoutItsJournalIsNoticed(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("the agent is root's to follow")
	}
	total := newKillable(t).killedAt(0, "rotate", "ci", "--yes")
	for n := total / 2; n > 0 && n <= total; n += max(1, total/12) {
		k := newKillable(t)
		k.killedAt(n, "rotate", "ci", "--yes")
		if err := os.Remove(filepath.Join(k.dir, ".local/state/daypass/custody.json")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		k.settled()
		if wrong := k.wrong(); wrong != "" {
			t.Logf("without a journal, at %d of %d: %s", n, total, wrong)
			return
		}
	}
	t.Error("nothing is wrong without a journal")
}
