package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"daypass/creds"
	"daypass/internal/secret"
)

// screen is a command in a terminal of its own.
type screen struct {
	t      *testing.T
	cmd    *exec.Cmd
	keys   *os.File
	ended  chan error
	mu     sync.Mutex
	shown  strings.Builder
	before int // what was waited for already
}

// inTerminal starts a shell command as a person would, in a terminal.
func inTerminal(t *testing.T, w *world, shell string) *screen {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", shell)
	cmd.Env = append(os.Environ(), w.env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &screen{t: t, cmd: cmd, keys: master, ended: make(chan error, 1)}
	_ = tty.Close()
	go func() {
		buf := make([]byte, 1024)
		for {
			n, err := master.Read(buf)
			s.mu.Lock()
			s.shown.Write(buf[:n])
			s.mu.Unlock()
			if err != nil {
				s.ended <- cmd.Wait()
				return
			}
		}
	}()
	return s
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.String()
}

// await waits until the screen shows a text after the one awaited before.
func (s *screen) await(text string) {
	s.t.Helper()
	for limit := time.Now().Add(2 * time.Minute); ; time.Sleep(5 * time.Millisecond) {
		shown := s.text()
		if i := strings.Index(shown[s.before:], text); i >= 0 {
			s.before += i + len(text)
			return
		}
		if time.Now().After(limit) {
			s.t.Fatalf("the terminal does not show %q:\n%s", text, shown)
		}
	}
}

func (s *screen) typeIn(text string) {
	s.t.Helper()
	if _, err := io.WriteString(s.keys, text); err != nil {
		s.t.Fatal(err)
	}
}

// exits waits for the end and checks the exit status.
func (s *screen) exits(want int) {
	s.t.Helper()
	select {
	case <-s.ended:
		if got := s.cmd.ProcessState.ExitCode(); got != want {
			s.t.Errorf("it exited with %d, want %d:\n%s", got, want, s.text())
		}
	case <-time.After(time.Minute):
		s.t.Fatalf("it does not end:\n%s", s.text())
	}
}

// withKey is a world in which alice's key was added in a terminal.
func withKey(t *testing.T) *world {
	t.Helper()
	w := inWorld(t)
	s := inTerminal(t, w, "daypass add alice")
	s.await("Access key ID: ")
	s.typeIn(w.sample.AliceKey.ID + "\r")
	s.await("Secret access key (not shown): ")
	s.typeIn(w.sample.AliceKey.Secret + "\r")
	s.await("alice: the key is in the keyring")
	s.exits(exitOK)
	if strings.Contains(s.text(), w.sample.AliceKey.Secret) {
		t.Fatal("the secret was shown")
	}
	return w
}

func TestACodeIsAskedForInTheTerminalUntilItIsRight(t *testing.T) {
	w := withKey(t)
	s := inTerminal(t, w, "daypass login alice")
	s.await("alice (account 111111111111) needs a code from this MFA device:")
	s.await("  " + w.sample.Phone.Serial())
	s.await("Code: ")
	s.typeIn(w.wrongCode())
	s.await("checking…")
	s.await("AWS did not accept this code")
	s.await("Code: ")
	s.typeIn(w.code())
	s.await("alice: valid 11 h 59 min, until")
	s.exits(exitOK)
}

func TestOnlyTheShellSeesWhatExportPrints(t *testing.T) {
	w := withKey(t)
	s := inTerminal(t, w, `eval "$(daypass export alice)"; echo "id=$AWS_ACCESS_KEY_ID"`)
	s.await("Code: ")
	s.typeIn(w.code())
	s.await("id=ASIA")
	s.exits(exitOK)
}

func TestCtrlCEndsTheQuestionAndLeavesTheTerminalAsItWas(t *testing.T) {
	w := withKey(t)
	s := inTerminal(t, w, "stty -g; daypass login alice; code=$?; stty -g; exit $code")
	s.await("Code: ")
	s.typeIn("12\x03")
	s.exits(exitInterrupted)
	lines := strings.Fields(s.text())
	if first, last := lines[0], lines[len(lines)-1]; first != last {
		t.Errorf("the terminal was %s and is %s", first, last)
	}
	for limit := time.Now().Add(10 * time.Second); len(w.broker.Prompts()) > 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("the prompt is still open")
		}
	}
}

func TestAPromptThatIsAnsweredElsewhereLeavesTheTerminal(t *testing.T) {
	w := withKey(t)
	s := inTerminal(t, w, "daypass login alice")
	s.await("Code: ")
	s.typeIn("12")
	prompts := w.broker.Prompts()
	if len(prompts) != 1 || prompts[0].Requester.Surface != creds.SurfaceTerminal {
		t.Fatalf("got %+v", prompts)
	}
	if err := w.broker.Answer(prompts[0].ID, creds.AnswerRequest{Answer: secret.New(w.code())}); err != nil {
		t.Fatal(err)
	}
	s.await("alice: valid")
	s.exits(exitOK)
}

func TestASpentCodeIsCountedDownToTheNext(t *testing.T) {
	w := withKey(t)
	s := inTerminal(t, w, "daypass login alice; daypass login alice --force")
	s.await("Code: ")
	// There is something to count only while the code is still shown.
	const step, enough = 30 * time.Second, 20 * time.Second
	if left := time.Until(time.Now().Truncate(step).Add(step)); left < enough {
		time.Sleep(left)
	}
	spent := w.code()
	s.typeIn(spent)
	s.await("AWS_PROFILE=alice")
	s.await("Code")
	s.typeIn(spent)
	s.await("checking…")
	s.await("Code (the next one comes in ")
	s.typeIn("\x03")
	s.exits(exitInterrupted)
}

// TestALockedKeyringIsReportedAndUnlockedByALogin starts the agent anew with a keyring
// that wants its passphrase.
func TestALockedKeyringIsReportedAndUnlockedByALogin(t *testing.T) {
	dir := t.TempDir()
	before, stop, err := newWorld(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := inTerminal(t, before, "daypass add alice")
	s.await("Access key ID: ")
	s.typeIn(before.sample.AliceKey.ID + "\r")
	s.await("Secret access key (not shown): ")
	s.typeIn(before.sample.AliceKey.Secret + "\r")
	s.exits(exitOK)
	stop()

	w := locked(t, dir, before)
	for command, want := range map[string][]string{
		"daypass list": {
			"alice", "keyring locked", "dev-admin", "keyring locked",
			"daypass: the keyring is locked", "Unlock the keyring",
		},
		"daypass status dev-admin":  {"keyring locked", "The keyring is locked."},
		"daypass explain dev-admin": {"long-term key of alice", "! The keyring is locked.", "role Admin in 111111111111"},
		"daypass status":            {"daypass: the keyring is locked"},
		"daypass status --json":     {"daypass: the keyring is locked", "Unlock the keyring"},
		"daypass list --json":       {"daypass: the keyring is locked", "Unlock the keyring"},
		"daypass sso list --json":   {"daypass: the keyring is locked", "Unlock the keyring"},
		"daypass login alice --no-input || test $? = 3": {
			"daypass: the keyring is locked, and nobody is to be asked to unlock it",
		},
	} {
		s := inTerminal(t, w, command)
		s.exits(exitOK)
		for _, words := range want {
			if !strings.Contains(s.text(), words) {
				t.Errorf("%s does not say %q:\n%s", command, words, s.text())
			}
		}
		for _, line := range strings.Split(s.text(), "\n") {
			if strings.Contains(line, "left to other") && !strings.HasPrefix(line, "default") {
				t.Errorf("%s leaves to others: %s", command, line)
			}
		}
		if command == "daypass status" && strings.Contains(s.text(), "dev-admin") {
			t.Errorf("%s says of each profile what it says of the keyring:\n%s", command, s.text())
		}
	}

	s = inTerminal(t, w, "daypass login dev-admin")
	s.await("assphrase")
	s.typeIn("open sesame\r")
	s.await("code")
	s.typeIn(w.code() + "\r")
	s.await("Use it with: AWS_PROFILE=dev-admin-temporary")
	s.exits(exitOK)
}
