package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"math/bits"
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
		t.Skip("it is started by TestWhateverKillsTheAgent")
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

// newKillable makes a home without keys, in which a profile of the person's own gets its
// credentials through ci.
func newKillable(t *testing.T) *killable {
	t.Helper()
	k := &killable{newHome(t), awstest.NewSample()}
	k.write(".aws/config", k.sample.Config()+"\n# ours\n[profile child]\nrole_arn = arn:aws:iam::111122223333:role/deploy\nsource_profile = ci\n")
	server := httptest.NewServer(k.sample.AWS)
	t.Cleanup(server.Close)
	k.env = append(k.env, "AWS_ENDPOINT_URL="+server.URL)
	return k
}

// keep puts ci's key into the keyring.
func (k *killable) keep() {
	k.t.Helper()
	cmd := k.command("daypass", "add", "ci")
	cmd.Stdin = strings.NewReader(k.sample.CIKey.ID + "\n" + k.sample.CIKey.Secret + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		k.t.Fatalf("daypass add: %v\n%s", err, out)
	}
}

// read returns a file of the home.
func (k *killable) read(name string) string {
	k.t.Helper()
	data, err := os.ReadFile(filepath.Join(k.dir, name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		k.t.Fatal(err)
	}
	return string(data)
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

// operation is one whose agent is killed.
type operation struct {
	args    []string
	prepare func(k *killable)
	// wrong returns what is not as it must be after the next agent: "" if all is well.
	wrong func(k *killable) string
}

var operations = map[string]operation{
	"a rotation": {[]string{"rotate", "ci", "--yes"}, (*killable).keep, (*killable).wrongRotation},
	"an import":  {[]string{"import", "--yes"}, (*killable).lay, (*killable).wrongImport},
	"a rename":   {[]string{"rename", "ci", "made"}, (*killable).keepAndLogIn, (*killable).wrongRename},
}

func (k *killable) wrongRotation() string {
	k.t.Helper()
	if out, err := k.command("daypass", "login", "ci").CombinedOutput(); err != nil {
		return fmt.Sprintf("no key works: %v\n%s", err, out)
	}
	status := k.client("status", "ci", "--json")
	ids, active := k.sample.CI.Keys()
	unnamed, usable := 0, 0
	for _, id := range ids {
		if !strings.Contains(status, id) {
			unnamed++
		}
		if active[id] {
			usable++
		}
	}
	if len(ids) > 2 || unnamed > 0 || usable != 1 {
		return fmt.Sprintf("IAM has the keys %v (active: %v), of which one must be active, and the status names all:\n%s", ids, active, status)
	}
	_, secret := k.sample.CI.AccessKey()
	return k.inTheClear(secret, k.sample.CIKey.Secret)
}

// laid is a credentials file that somebody has written by hand.
const laid = "# by hand\n[build]\nregion = eu-west-1\n\n[other]\n# nothing\n"

// lay writes ci's key into the credentials file.
func (k *killable) lay() {
	k.t.Helper()
	k.write(".aws/credentials", k.laid())
	k.client("list")
}

func (k *killable) laid() string {
	return strings.Replace(laid, "region", "aws_access_key_id = "+k.sample.CIKey.ID+"\naws_secret_access_key="+k.sample.CIKey.Secret+"\nregion", 1)
}

func (k *killable) wrongImport() string {
	k.t.Helper()
	// What the person wrote comes first, and what the agent writes behind it.
	switch text := k.read(".aws/credentials"); {
	case strings.HasPrefix(text, k.laid()):
		if n := strings.Count(text, k.sample.CIKey.Secret); n != 1 {
			return fmt.Sprintf("the secret is in the file %d times", n)
		}
		k.write(".aws/credentials", strings.Replace(text, k.sample.CIKey.Secret, "gone", 1)) // to look elsewhere
		defer k.write(".aws/credentials", text)
		return k.inTheClear(k.sample.CIKey.Secret)
	case !strings.HasPrefix(text, laid):
		return "the credentials file is neither as it was nor without the key:\n" + strings.ReplaceAll(text, k.sample.CIKey.Secret, "SECRET")
	}
	if out, err := k.command("daypass", "login", "build").CombinedOutput(); err != nil {
		return fmt.Sprintf("the key is neither in the file nor in the keyring: %v\n%s", err, out)
	}
	return k.inTheClear(k.sample.CIKey.Secret)
}

// keepAndLogIn leaves temporary credentials, too.
func (k *killable) keepAndLogIn() {
	k.t.Helper()
	k.keep()
	k.client("login", "ci")
}

func (k *killable) wrongRename() string {
	k.t.Helper()
	config := k.read(".aws/config")
	had, has := strings.Count(config, "source_profile = ci\n"), strings.Count(config, "source_profile = made\n")
	if had+has != 1 || strings.Contains(config, "[profile ci]") != (had == 1) || strings.Contains(config, "[profile made]") != (has == 1) {
		return "the config file has both names, or none:\n" + config
	}
	name, other := "ci", "made"
	if has == 1 {
		name, other = other, name
	}
	if out, err := k.command("daypass", "login", name).CombinedOutput(); err != nil {
		return fmt.Sprintf("%s has no key that works: %v\n%s", name, err, out)
	}
	// ci has no settings beside its region, so that its section has its name.
	if text := k.read(".aws/credentials"); !strings.Contains(text, "["+name+"]") || strings.Contains(text, "["+other+"]") {
		return fmt.Sprintf("temporary credentials are not those of %s alone", name)
	}
	if out, err := k.command("daypass", "status", other, "--json").CombinedOutput(); err == nil {
		return fmt.Sprintf("there are both %s and %s:\n%s", name, other, out)
	}
	return k.inTheClear(k.sample.CIKey.Secret)
}

func (k *killable) inTheClear(secrets ...string) string {
	k.t.Helper()
	for _, one := range secrets {
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

// sample is how long each operation of "make test" is tried.
const sample = 10 * time.Second

// points yields the numbers from 1 to n, each halving the gaps that those before have left:
// all of them in "make soak", else as many as the sample's time allows.
func points(n int) iter.Seq[int] {
	until := time.Now().Add(sample)
	width := bits.Len(uint(n))
	return func(yield func(int) bool) {
		for i := range 1 << width {
			at := 1 + int(bits.Reverse32(uint32(i))>>(32-width))
			if at > n {
				continue
			}
			if os.Getenv("DAYPASS_SOAK") == "" && time.Now().After(until) || !yield(at) {
				return
			}
		}
	}
}

func TestWhateverKillsTheAgentAKeyIsLeftThatWorks(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("the agent is root's to follow")
	}
	for name, op := range operations {
		t.Run(name, func(t *testing.T) {
			begun := newKillable(t)
			op.prepare(begun)
			total, tried := begun.killedAt(0, op.args...), 0
			for n := range points(total) {
				tried++
				k := newKillable(t)
				op.prepare(k)
				k.killedAt(n, op.args...)
				k.settled()
				if wrong := op.wrong(k); wrong != "" {
					t.Errorf("killed before writing system call %d of %d: %s", n, total, wrong)
				}
				k.end()
			}
			t.Logf("%s has %d writing system calls; the agent was killed at %d of them", name, total, tried)
		})
	}
}

// TestARotationWithoutItsJournalIsNoticed has the next agent find no journal. The checks above
// must then fail somewhere.
func TestARotationWithoutItsJournalIsNoticed(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("the agent is root's to follow")
	}
	op := operations["a rotation"]
	begun := newKillable(t)
	op.prepare(begun)
	total := begun.killedAt(0, op.args...)
	for n := total / 2; n > 0 && n <= total; n += max(1, total/12) {
		k := newKillable(t)
		op.prepare(k)
		k.killedAt(n, op.args...)
		if err := os.Remove(filepath.Join(k.dir, ".local/state/daypass/custody.json")); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		k.settled()
		if wrong := op.wrong(k); wrong != "" {
			t.Logf("without a journal, at %d of %d: %s", n, total, wrong)
			return
		}
	}
	t.Error("nothing is wrong without a journal")
}
