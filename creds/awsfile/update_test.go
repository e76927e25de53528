package awsfile_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"daypass/creds/awsfile"
	"daypass/creds/credstest"
	"daypass/internal/atomicfile"
	"daypass/internal/textfile"

	"github.com/gofrs/flock"
	"github.com/google/go-cmp/cmp"
)

func TestMain(m *testing.M) {
	if task := os.Getenv("AWSFILE_TEST_CHILD"); task != "" {
		child(task, os.Args[1], os.Args[2:])
		return
	}
	os.Exit(m.Run())
}

// child is what this test binary does as a child process.
func child(task, path string, args []string) {
	set := func(value string, profiles ...string) error {
		return awsfile.Update(context.Background(), awsfile.Credentials, path, func(f *awsfile.File) error {
			for _, name := range profiles {
				if err := f.Set(awsfile.Profile(name), "n", value); err != nil {
					return err
				}
			}
			return nil
		})
	}
	switch task {
	case "limited":
		credstest.LimitFileSize()
		fallthrough
	case "set":
		fmt.Print(set(args[0], args[1:]...))
	case "loop":
		for n := 0; ; n++ {
			if err := set(strconv.Itoa(n), args...); err != nil {
				fmt.Println(err)
				return
			}
			fmt.Println("wrote")
		}
	case "load":
		_, _, err := awsfile.Load(context.Background(), awsfile.Credentials, path)
		fmt.Print(err)
	}
}

func childCommand(t *testing.T, task, path string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, append([]string{path}, args...)...)
	cmd.Env = append(os.Environ(), "AWSFILE_TEST_CHILD="+task)
	return cmd
}

// setN is the edit that most tests here make.
func setN(value string) func(*awsfile.File) error {
	return func(f *awsfile.File) error { return f.Set(awsfile.Profile("x"), "n", value) }
}

func update(t *testing.T, path string, edit func(*awsfile.File) error) error {
	t.Helper()
	return awsfile.Update(t.Context(), awsfile.Credentials, path, edit)
}

func TestUpdateLeavesOnlyTheFileAndItsLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "credentials")
	for _, n := range []string{"1", "2"} {
		if err := update(t, path, setN(n)); err != nil {
			t.Fatal(err)
		}
	}
	if got := credstest.Content(t, path); got != "[x]\nn = 2\n" {
		t.Errorf("the file holds %q", got)
	}
	if diff := cmp.Diff([]string{".credentials.daypass.lock", "credentials"}, credstest.Names(t, filepath.Dir(path))); diff != "" {
		t.Error(diff)
	}
}

func TestUpdateSweepsWhatAKilledOneLeft(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "credentials")
	for _, name := range []string{".credentials.daypass-123", ".config.daypass-123", "credentials.bak"} {
		credstest.Write(t, filepath.Join(folder, name), "[y]\n")
	}
	if err := update(t, path, setN("1")); err != nil {
		t.Fatal(err)
	}
	want := []string{".config.daypass-123", ".credentials.daypass.lock", "credentials", "credentials.bak"}
	if diff := cmp.Diff(want, credstest.Names(t, folder)); diff != "" {
		t.Error(diff)
	}
}

func TestAFileThatIsNoTextIsLeftAsItIs(t *testing.T) {
	for name, text := range map[string]string{
		"UTF-16 with its mark": "\xff\xfe[\x00x\x00]\x00\n\x00",
		"UTF-16":               "\x00[\x00x\x00]\x00\n",
		"UTF-32":               "[\x00\x00\x00x\x00\x00\x00]\x00\x00\x00",
		"NUL bytes":            "[x]\nn = 0\n\x00\x00",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "credentials")
			credstest.Write(t, path, text)
			if err := update(t, path, setN("1")); !textfile.IsNotText(err) || !strings.HasPrefix(err.Error(), "read "+path+": it ") {
				t.Errorf("the error is %v", err)
			}
			if _, _, err := awsfile.Load(t.Context(), awsfile.Credentials, path); !textfile.IsNotText(err) {
				t.Errorf("on reading it is %v", err)
			}
			if got := credstest.Content(t, path); got != text {
				t.Errorf("the file holds %q", got)
			}
			if diff := cmp.Diff([]string{"credentials"}, credstest.Names(t, filepath.Dir(path))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestUpdateThatChangesNothingWritesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "credentials")
	credstest.Write(t, path, "[x]\nn = 1\n")
	before, err := awsfile.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := update(t, path, setN("1")); err != nil {
		t.Fatal(err)
	}
	own := errors.New("own error")
	if err := update(t, path, func(f *awsfile.File) error { return errors.Join(setN("2")(f), own) }); !errors.Is(err, own) {
		t.Errorf("the edit's error became %v", err)
	}
	if after, err := awsfile.Stat(path); err != nil || after != before {
		t.Errorf("the file was written (%v)", err)
	}
	if diff := cmp.Diff([]string{"credentials"}, credstest.Names(t, filepath.Dir(path))); diff != "" {
		t.Error(diff)
	}
}

func TestAChangeByAProgramWithoutLockIsKept(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(t *testing.T, path string, run int)
	}{
		{"appended", func(t *testing.T, path string, run int) {
			credstest.Write(t, path, credstest.Content(t, path)+fmt.Sprintf("[foreign%d]\n", run))
		}},
		{"replaced", func(t *testing.T, path string, run int) {
			credstest.Write(t, path+".new", credstest.Content(t, path)+fmt.Sprintf("[foreign%d]\n", run))
			if err := os.Rename(path+".new", path); err != nil {
				t.Fatal(err)
			}
		}},
		{"of the same size and time", func(t *testing.T, path string, run int) {
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			credstest.Write(t, path, strings.Replace(credstest.Content(t, path), fmt.Sprintf("[before_%d]", run), fmt.Sprintf("[foreign%d]", run), 1))
			if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "credentials")
			credstest.Write(t, path, "[before_1]\n[before_2]\n[x]\nn = 0\n")
			runs := 0
			err := update(t, path, func(f *awsfile.File) error {
				if runs++; runs <= 2 { // once before the lock is taken, once under it
					c.change(t, path, runs)
				}
				return setN("1")(f)
			})
			if err != nil {
				t.Fatal(err)
			}
			f := awsfile.Parse(awsfile.Credentials, []byte(credstest.Content(t, path)))
			if n, _ := f.Get(awsfile.Profile("x"), "n"); n != "1" || !f.Has(awsfile.Profile("foreign1")) || !f.Has(awsfile.Profile("foreign2")) {
				t.Errorf("the file holds\n%s", f.Bytes())
			}
		})
	}
}

func TestUpdateGivesUpOnAFileThatKeepsChanging(t *testing.T) {
	path := filepath.Join(t.TempDir(), "credentials")
	runs := 0
	err := update(t, path, func(f *awsfile.File) error {
		runs++
		credstest.Write(t, path, fmt.Sprintf("[x]\nn = foreign%d\n", runs))
		return setN("1")(f)
	})
	if !errors.Is(err, atomicfile.ErrChanged) || !strings.Contains(err.Error(), path) {
		t.Errorf("the error is %v", err)
	}
	if got := credstest.Content(t, path); got != fmt.Sprintf("[x]\nn = foreign%d\n", runs) {
		t.Errorf("the file holds %q", got)
	}
}

func TestTheContextEndsTheWaitForTheLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "credentials")
	lock := flock.New(filepath.Join(filepath.Dir(path), ".credentials.daypass.lock"))
	if err := lock.Lock(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lock.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	err := awsfile.Update(ctx, awsfile.Credentials, path, setN("1"))
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), path) {
		t.Errorf("the error is %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file was written without the lock (%v)", err)
	}
}

func TestAnEndedContextReadsAndWritesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	path := filepath.Join(t.TempDir(), "credentials")
	err := awsfile.Update(ctx, awsfile.Credentials, path, func(f *awsfile.File) error {
		cancel()
		return setN("1")(f)
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if _, _, err := awsfile.Load(ctx, awsfile.Credentials, path); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if names := credstest.Names(t, filepath.Dir(path)); slices.Contains(names, "credentials") {
		t.Errorf("there are %v", names)
	}
}

func TestTheLockIsBesideTheFileThatLinksLeadTo(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "credentials")
	real := filepath.Join(folder, "real")
	if err := os.Symlink(filepath.Join("real", "keys"), path); err != nil {
		t.Fatal(err)
	}
	for _, n := range []string{"1", "2"} { // the first makes the file and its folder
		if err := update(t, path, setN(n)); err != nil {
			t.Fatal(err)
		}
		if got := credstest.Content(t, filepath.Join(real, "keys")); got != "[x]\nn = "+n+"\n" {
			t.Errorf("the file holds %q", got)
		}
	}
	if info, err := os.Lstat(path); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone (%v)", err)
	}
	for in, want := range map[string][]string{folder: {"credentials", "real"}, real: {".keys.daypass.lock", "keys"}} {
		if diff := cmp.Diff(want, credstest.Names(t, in)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestLinksInACircleAreAnError(t *testing.T) {
	folder := t.TempDir()
	for from, to := range map[string]string{"credentials": "b", "b": "credentials"} {
		if err := os.Symlink(to, filepath.Join(folder, from)); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(folder, "credentials")
	if err := update(t, path, setN("1")); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("the error is %v", err)
	}
	if diff := cmp.Diff([]string{"b", "credentials"}, credstest.Names(t, folder)); diff != "" {
		t.Error(diff)
	}
}

func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	f, missing, err := awsfile.Load(t.Context(), awsfile.Config, path)
	if err != nil || len(f.Sections()) > 0 || missing != (awsfile.Stamp{}) {
		t.Errorf("a missing file gives %v, %v, %v", f.Sections(), missing, err)
	}
	credstest.Write(t, path, "[profile x]\nregion = a\n")
	f, stamp, err := awsfile.Load(t.Context(), awsfile.Config, path)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := f.Get(awsfile.Profile("x"), "region"); got != "a" {
		t.Errorf("the region is %q", got)
	}
	if again, err := awsfile.Stat(path); err != nil || again != stamp || again == missing {
		t.Errorf("the stamp is %v, then %v (%v)", stamp, again, err)
	}
	credstest.Write(t, path, "[profile x]\nregion = ab\n")
	if changed, err := awsfile.Stat(path); err != nil || changed == stamp {
		t.Errorf("the stamp stays %v (%v)", changed, err)
	}
	if f, _, err := awsfile.Load(t.Context(), awsfile.Config, os.DevNull); err != nil || len(f.Sections()) > 0 {
		t.Errorf("the null device gives %v", err)
	}
}

func TestOnlyRegularFilesAreReadAndReplaced(t *testing.T) {
	folder := t.TempDir()
	if _, _, err := awsfile.Load(t.Context(), awsfile.Config, folder); !errors.Is(err, atomicfile.ErrNotRegular) || !strings.Contains(err.Error(), folder) {
		t.Errorf("the error of reading is %v", err)
	}
	for _, path := range []string{folder, os.DevNull} {
		if err := update(t, path, setN("1")); !errors.Is(err, atomicfile.ErrNotRegular) || !strings.Contains(err.Error(), path) {
			t.Errorf("the error of writing is %v", err)
		}
	}
	if names := credstest.Names(t, folder); len(names) > 0 {
		t.Errorf("there are now %v", names)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Errorf("the null device is %v (%v)", info.Mode(), err)
	}
}

func TestTwentyWritersLoseNothingAndNoReaderSeesATornFile(t *testing.T) {
	path := manyFile(t)
	size := len(manyText())
	ctx, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	reads := 0
	readers.Go(func() {
		for ctx.Err() == nil {
			data, err := os.ReadFile(path)
			if err != nil || len(data) < size || bytes.Count(data, []byte("\n[")) != manyProfiles-1 || !bytes.HasSuffix(data, []byte("w\n\n")) {
				t.Errorf("a reader sees %d bytes (%v)", len(data), err)
				return
			}
			reads++
		}
	})
	var writers sync.WaitGroup
	for w := range 20 {
		writers.Go(func() {
			profile := fmt.Sprintf("profile-%05d", w*499)
			out, err := childCommand(t, "set", path, "by "+profile, profile).CombinedOutput()
			if err != nil || string(out) != "<nil>" {
				t.Errorf("writer %d: %s (%v)", w, out, err)
			}
		})
	}
	writers.Wait()
	stop()
	readers.Wait()
	if reads == 0 {
		t.Error("nothing was read meanwhile")
	}
	f, _, err := awsfile.Load(t.Context(), awsfile.Credentials, path)
	if err != nil {
		t.Fatal(err)
	}
	for w := range 20 {
		profile := fmt.Sprintf("profile-%05d", w*499)
		if got, _ := f.Get(awsfile.Profile(profile), "n"); got != "by "+profile {
			t.Errorf("writer %d left %q", w, got)
		}
	}
}

func TestTwentyWritersInOneProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "credentials")
	var writers sync.WaitGroup
	for w := range 20 {
		writers.Go(func() {
			if err := update(t, path, func(f *awsfile.File) error {
				return f.Set(awsfile.Profile(fmt.Sprint(w)), "n", "1")
			}); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	if got := len(awsfile.Parse(awsfile.Credentials, []byte(credstest.Content(t, path))).Profiles()); got != 20 {
		t.Errorf("%d of 20 survive", got)
	}
}

// TestKilledWritersNeverLeaveATornFile kills a process at moments spread over
// its writes.
func TestKilledWritersNeverLeaveATornFile(t *testing.T) {
	path := manyFile(t)
	first, last := "profile-00000", fmt.Sprintf("profile-%05d", manyProfiles-1)
	for n := range 24 {
		cmd := childCommand(t, "loop", path, first, last)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// After the first line it is in its loop.
		if said := make([]byte, 6); n%2 == 0 {
			if _, err := out.Read(said); err != nil || string(said) != "wrote\n" {
				t.Fatalf("the child says %q (%v)", said, err)
			}
		}
		time.Sleep(time.Duration(n) * 900 * time.Microsecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed, and says so
		f, _, err := awsfile.Load(t.Context(), awsfile.Credentials, path)
		if err != nil {
			t.Fatal(err)
		}
		a, _ := f.Get(awsfile.Profile(first), "n")
		b, _ := f.Get(awsfile.Profile(last), "n")
		if got := len(f.Profiles()); got != manyProfiles || a != b {
			t.Fatalf("after kill %d there are %d profiles, with %q in the first and %q in the last", n, got, a, b)
		}
	}
	if err := update(t, path, setN("1")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{".credentials.daypass.lock", "credentials"}, credstest.Names(t, filepath.Dir(path))); diff != "" {
		t.Error(diff)
	}
}

func TestAFileOfAnImpossibleSizeIsNotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 1<<30); err != nil {
		t.Fatal(err)
	}
	want := "read " + path + ": it is too large"
	if _, _, err := awsfile.Load(t.Context(), awsfile.Config, path); err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
	if err := awsfile.Update(t.Context(), awsfile.Config, path, func(*awsfile.File) error { return nil }); err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}
