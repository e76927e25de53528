package filewatch_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"daypass/internal/filewatch"
)

func TestMain(m *testing.M) {
	if task := os.Getenv("FILEWATCH_TEST_CHILD"); task != "" {
		child(task, os.Args[1])
		return
	}
	os.Exit(m.Run())
}

// child does, in another process, what would affect the other tests.
func child(task, dir string) {
	switch task {
	case "limit":
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 3, Max: 3}); err != nil {
			panic(err)
		}
		for err := range new(filewatch.Watcher).Files(context.Background(), dir) {
			fmt.Println(err)
		}
	case "permission":
		if os.Getuid() == 0 {
			// Root may do everything.
			if err := syscall.Setuid(65534); err != nil {
				panic(err)
			}
		}
		folder := filepath.Join(dir, "aws")
		check := func(err error) {
			if err != nil {
				panic(err)
			}
		}
		check(os.Mkdir(folder, 0o300))
		changes := new(filewatch.Watcher).Files(context.Background(), filepath.Join(folder, "config"))
		fmt.Println(<-changes)
		check(os.Chmod(folder, 0o700))
		fmt.Println(<-changes)
		check(os.WriteFile(filepath.Join(folder, "config"), nil, 0o600))
		fmt.Println(<-changes)
		check(os.Chmod(folder, 0o300))
		fmt.Println(<-changes)
	}
}

func runChild(t *testing.T, task, dir string) []string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, dir)
	cmd.Env = append(os.Environ(), "FILEWATCH_TEST_CHILD="+task)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

func TestALimitOfTheSystemIsReportedAndEndsTheWatch(t *testing.T) {
	said := runChild(t, "limit", t.TempDir())
	if len(said) != 1 || !strings.Contains(said[0], "limit of open files") {
		t.Errorf("it says %q", said)
	}
}

func TestAFolderThatMayNotBeReadIsWatchedOnceItMay(t *testing.T) {
	dir, err := os.MkdirTemp("", "filewatch")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	said := runChild(t, "permission", dir)
	refused := "the folder " + filepath.Join(dir, "aws") + " cannot be watched: permission denied"
	if want := []string{refused, "<nil>", "<nil>", refused}; strings.Join(said, "\n") != strings.Join(want, "\n") {
		t.Errorf("it says %q, not %q", said, want)
	}
}
