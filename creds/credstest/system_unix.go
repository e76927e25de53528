//go:build unix

package credstest

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
)

// MakeReadOnly keeps a folder's files from being removed until the test ends. Root ignores
// the mode, so that it needs an attribute.
func MakeReadOnly(t *testing.T, dir string) {
	t.Helper()
	if os.Geteuid() == 0 {
		if out, err := exec.Command("chattr", "+i", dir).CombinedOutput(); err != nil { //nolint:gosec // A folder of a test.
			t.Skipf("root cannot be kept out here: %v: %s", err, out)
		}
		t.Cleanup(func() { _ = exec.Command("chattr", "-i", dir).Run() }) //nolint:gosec // As above.
		return
	}
	if err := os.Chmod(dir, 0o500); err != nil { //nolint:gosec // A folder must be entered.
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) }) //nolint:gosec // As above.
}

// LimitFileSize makes every write behind the first 4 KiB of a file fail, as on
// a full disk, on any machine and for root too.
func LimitFileSize() {
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 4096, Max: 4096}); err != nil {
		panic(err)
	}
}

// BecomeStranger turns root into a user who must respect file modes.
func BecomeStranger() {
	const stranger = 54321
	if os.Geteuid() != 0 {
		return
	}
	for _, become := range []func() error{
		func() error { return syscall.Setgroups(nil) },
		func() error { return syscall.Setgid(stranger) },
		func() error { return syscall.Setuid(stranger) },
	} {
		if err := become(); err != nil {
			panic(err)
		}
	}
}
