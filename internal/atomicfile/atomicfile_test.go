package atomicfile_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds/credstest"
	"daypass/internal/atomicfile"
)

func TestMain(m *testing.M) {
	if task := os.Getenv("ATOMICFILE_TEST_CHILD"); task != "" {
		child(task, os.Args[1])
		return
	}
	os.Exit(m.Run())
}

// child is what this test binary does as a process of its own.
func child(task, path string) {
	write := func(n int) error { return atomicfile.Write(context.Background(), path, bulky(n), 0o600) }
	switch task {
	case "loop":
		for n := 0; ; n++ {
			if err := write(n); err != nil {
				fmt.Println(err)
				return
			}
			fmt.Println("wrote")
		}
	case "limited":
		credstest.LimitFileSize()
		fmt.Print(write(1))
	case "stranger":
		credstest.BecomeStranger()
		fmt.Print(write(1))
	}
}

func childCommand(t *testing.T, task, path string) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, path)
	cmd.Env = append(os.Environ(), "ATOMICFILE_TEST_CHILD="+task)
	return cmd
}

// bulky makes more than one page, whose parts all belong to one write.
func bulky(n int) []byte { return bytes.Repeat([]byte(strconv.Itoa(1000+n)), 10_000) }

// whole reports whether data is the result of one write.
func whole(data []byte) bool {
	return len(data) == 40_000 && bytes.Equal(data, bytes.Repeat(data[:4], 10_000))
}

func TestNoReaderSeesAHalfFileWhileManyWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := atomicfile.Write(t.Context(), path, bulky(0), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var readers, writers sync.WaitGroup
	reads := 0
	readers.Go(func() {
		for ; ctx.Err() == nil; reads++ {
			if data, err := os.ReadFile(path); err != nil || !whole(data) {
				t.Errorf("a reader sees %d bytes (%v)", len(data), err)
				return
			}
		}
	})
	for w := range 10 {
		writers.Go(func() {
			for n := range 10 {
				if err := atomicfile.Write(t.Context(), path, bulky(10*w+n), 0o600); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	stop()
	readers.Wait()
	if reads == 0 {
		t.Error("nothing was read meanwhile")
	}
	if diff := cmp.Diff([]string{"file"}, credstest.Names(t, filepath.Dir(path))); diff != "" {
		t.Error(diff)
	}
}

// TestKilledWritersLeaveTheOldOrTheNew kills a process at moments spread over
// its writes.
func TestKilledWritersLeaveTheOldOrTheNew(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "file")
	for n := range 16 {
		cmd := childCommand(t, "loop", path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// After the first line it is in its loop.
		if said, err := bufio.NewReader(out).ReadString('\n'); err != nil || said != "wrote\n" {
			t.Fatalf("the child says %q (%v)", said, err)
		}
		time.Sleep(time.Duration(n) * 300 * time.Microsecond) // to another moment of a write each time
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed, and says so
		if data := credstest.Content(t, path); !whole([]byte(data)) {
			t.Fatalf("after kill %d there are %d bytes", n, len(data))
		}
	}
	atomicfile.Sweep(path, 0)
	if diff := cmp.Diff([]string{"file"}, credstest.Names(t, folder)); diff != "" {
		t.Error(diff)
	}
}

func TestWhatKilledWritersLeftIsSweptAfterAMinute(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "file")
	live, err := atomicfile.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer live.Close()
	ended, err := atomicfile.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	ended.Close()
	others := []string{".else.daypass-1", ".file.daypass.lock", "file.bak"} // as old
	for _, name := range others {
		credstest.Write(t, filepath.Join(folder, name), "")
	}
	if err := os.Mkdir(filepath.Join(folder, ".file.daypass-folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	ago := time.Now().Add(-2 * time.Minute)
	for _, name := range slices.Concat(others, []string{filepath.Base(ended.Name()), ".file.daypass-folder"}) {
		if err := os.Chtimes(filepath.Join(folder, name), ago, ago); err != nil {
			t.Fatal(err)
		}
	}
	if err := atomicfile.Write(t.Context(), path, []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := append(others, filepath.Base(live.Name()), ".file.daypass-folder", "file")
	slices.Sort(want)
	if diff := cmp.Diff(want, credstest.Names(t, folder)); diff != "" {
		t.Error(diff)
	}
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

func TestLinksAreFollowed(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(t *testing.T, folder string) // links folder/home/a to folder/real/b
	}{
		{"to a file", func(t *testing.T, folder string) {
			credstest.Write(t, filepath.Join(folder, "real", "b"), "old")
			link(t, filepath.Join(folder, "real", "b"), filepath.Join(folder, "home", "a"))
		}},
		{"by a relative chain", func(t *testing.T, folder string) {
			credstest.Write(t, filepath.Join(folder, "real", "b"), "old")
			link(t, "next", filepath.Join(folder, "home", "a"))
			link(t, "../real/b", filepath.Join(folder, "home", "next"))
		}},
		{"to a file not there yet", func(t *testing.T, folder string) {
			link(t, "next", filepath.Join(folder, "home", "a"))
			link(t, "../real/b", filepath.Join(folder, "home", "next"))
		}},
		{"to a folder not there yet", func(t *testing.T, folder string) {
			remove(t, filepath.Join(folder, "real"))
			link(t, "../real/b", filepath.Join(folder, "home", "a"))
		}},
		{"out of a linked folder", func(t *testing.T, folder string) {
			if err := os.MkdirAll(filepath.Join(folder, "deep", "er"), 0o700); err != nil {
				t.Fatal(err)
			}
			remove(t, filepath.Join(folder, "home"))
			link(t, filepath.Join(folder, "deep", "er"), filepath.Join(folder, "home"))
			link(t, "../../real/b", filepath.Join(folder, "deep", "er", "a"))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := t.TempDir()
			for _, name := range []string{"home", "real"} {
				if err := os.Mkdir(filepath.Join(folder, name), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			c.make(t, folder)
			path := filepath.Join(folder, "home", "a")
			if err := atomicfile.Write(t.Context(), path, []byte("new"), 0o600); err != nil {
				t.Fatal(err)
			}
			if info, err := os.Lstat(path); err != nil || info.Mode()&os.ModeSymlink == 0 {
				t.Errorf("the link is gone (%v)", err)
			}
			if got := credstest.Content(t, filepath.Join(folder, "real", "b")); got != "new" {
				t.Errorf("the file holds %q", got)
			}
			if diff := cmp.Diff([]string{"b"}, credstest.Names(t, filepath.Join(folder, "real"))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAFolderIsMadeWhereALinkLeads(t *testing.T) {
	folder := t.TempDir()
	link(t, "some/where", filepath.Join(folder, "home"))
	if err := atomicfile.Write(t.Context(), filepath.Join(folder, "home", "sub", "a"), []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := credstest.Content(t, filepath.Join(folder, "some", "where", "sub", "a")); got != "new" {
		t.Errorf("the file holds %q", got)
	}
	if diff := cmp.Diff([]string{"home", "some"}, credstest.Names(t, folder)); diff != "" {
		t.Error(diff)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func TestFollowLeadsToWhatIsMissingToo(t *testing.T) {
	folder, err := filepath.EvalSymlinks(t.TempDir()) // a Mac's is a link
	if err != nil {
		t.Fatal(err)
	}
	link(t, "missing", filepath.Join(folder, "dangling"))
	link(t, "dangling/deep", filepath.Join(folder, "chain"))
	for path, want := range map[string]string{
		"":                  "",
		"a":                 "a",
		"a/":                "a",
		"a/../b":            "b",
		"a/b/c":             "a/b/c",
		"dangling":          "missing",
		"dangling/":         "missing",
		"dangling/a":        "missing/a",
		"dangling/deep/a/b": "missing/deep/a/b",
		"chain":             "missing/deep",
		"chain/a":           "missing/deep/a",
	} {
		got, err := atomicfile.Follow(folder + string(filepath.Separator) + filepath.FromSlash(path))
		if err != nil || got != filepath.Join(folder, filepath.FromSlash(want)) {
			t.Errorf("%q leads to %q (%v)", path, got, err)
		}
	}
	t.Chdir(folder)
	if got, err := atomicfile.Follow("dangling"); err != nil || got != "missing" {
		t.Errorf("the relative one leads to %q (%v)", got, err)
	}
}

func TestLinksInACircleAreAnError(t *testing.T) {
	folder := t.TempDir()
	link(t, "b", filepath.Join(folder, "a"))
	link(t, "a", filepath.Join(folder, "b"))
	link(t, "self/below", filepath.Join(folder, "self"))
	for _, name := range []string{"a", "a/file", "self", "self/file"} {
		path := filepath.Join(folder, filepath.FromSlash(name))
		err := atomicfile.Write(t.Context(), path, []byte("new"), 0o600)
		if want := "write " + path + ": too many symbolic links"; err == nil || err.Error() != want {
			t.Errorf("the error is %v, not %s", err, want)
		}
	}
	if diff := cmp.Diff([]string{"a", "b", "self"}, credstest.Names(t, folder)); diff != "" {
		t.Error(diff)
	}
}

func TestReplacePutsAFileInThePlaceOfALink(t *testing.T) {
	for name, target := range map[string]string{"a file": "real", "nothing": "missing", "the null device": os.DevNull} {
		folder := t.TempDir()
		credstest.Write(t, filepath.Join(folder, "real"), "old")
		path := filepath.Join(folder, "a")
		link(t, target, path)
		if err := atomicfile.Replace(t.Context(), path, []byte("new"), 0o600); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() || credstest.Content(t, path) != "new" {
			t.Errorf("%s: it is %v (%v)", name, info.Mode(), err)
		}
		if got := credstest.Content(t, filepath.Join(folder, "real")); got != "old" {
			t.Errorf("%s: the other file holds %q", name, got)
		}
		if diff := cmp.Diff([]string{"a", "real"}, credstest.Names(t, folder)); diff != "" {
			t.Error(diff)
		}
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Errorf("the null device is %v (%v)", info, err)
	}
}

func TestOnlyRegularFilesAreReplaced(t *testing.T) {
	folder := t.TempDir()
	link(t, os.DevNull, filepath.Join(folder, "null"))
	link(t, ".", filepath.Join(folder, "folder"))
	for _, path := range []string{folder, os.DevNull, filepath.Join(folder, "null"), filepath.Join(folder, "folder")} {
		err := atomicfile.Write(t.Context(), path, []byte("new"), 0o600)
		if want := "write " + path + ": not a regular file"; err == nil || err.Error() != want {
			t.Errorf("the error is %v, not %s", err, want)
		}
	}
	if diff := cmp.Diff([]string{"folder", "null"}, credstest.Names(t, folder)); diff != "" {
		t.Error(diff)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Errorf("the null device is %v (%v)", info, err)
	}
}

func TestACancelledWriteChangesNothing(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	leave()
	folder := t.TempDir()
	path := filepath.Join(folder, "sub", "file")
	for _, write := range []func(context.Context, string, []byte, fs.FileMode) error{atomicfile.Write, atomicfile.Replace} {
		if err := write(ctx, path, []byte("new"), 0o600); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), path) {
			t.Errorf("the error is %v", err)
		}
	}
	if left := credstest.Names(t, folder); len(left) > 0 {
		t.Errorf("there are now %v", left)
	}
}

func TestCauseIsAllButTheOperationAndThePath(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	_, open := os.Open(missing)
	own := errors.New("own")
	for _, c := range []struct{ err, is error }{
		{open, fs.ErrNotExist},
		{os.Rename(missing, missing+"2"), fs.ErrNotExist},
		{fmt.Errorf("lock: %w", open), fs.ErrNotExist},
		{own, own},
	} {
		if got := atomicfile.Cause(c.err); !errors.Is(got, c.is) || strings.Contains(got.Error(), "missing") {
			t.Errorf("of %q it is %q", c.err, got)
		}
	}
	if err := atomicfile.Cause(nil); err != nil {
		t.Errorf("of nothing it is %v", err)
	}
}
