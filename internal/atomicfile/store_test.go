package atomicfile_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds/credstest"
	"daypass/internal/atomicfile"
)

func TestReadRefusesWhatIsTooLargeAndWhatIsNoFile(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "file")
	credstest.Write(t, path, "12345")
	if data, info, err := atomicfile.Read(path, 5); err != nil || string(data) != "12345" || info.Size() != 5 {
		t.Errorf("got %q, %v, %v", data, info, err)
	}
	if data, info, err := atomicfile.Read(path, 4); !errors.Is(err, atomicfile.ErrTooLarge) || data != nil || info == nil {
		t.Errorf("got %q, %v, %v", data, info, err)
	} else if want := "read " + path + ": it is too large"; err.Error() != want {
		t.Errorf("the error is %q, not %q", err, want)
	}
	if _, _, err := atomicfile.Read(folder, 5); !errors.Is(err, atomicfile.ErrNotRegular) {
		t.Errorf("of a folder: %v", err)
	}
	if _, info, err := atomicfile.Read(path+"2", 5); !errors.Is(err, fs.ErrNotExist) || info != nil {
		t.Errorf("of nothing: %v", err)
	}
	if _, _, err := atomicfile.Read(os.DevNull, 5); !errors.Is(err, atomicfile.ErrNotRegular) {
		t.Errorf("of the null device: %v", err)
	}
}

// readInfo returns what a file is now.
func readInfo(t *testing.T, path string) fs.FileInfo {
	t.Helper()
	_, info, err := atomicfile.Read(path, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func TestNoFileThatWasSetAsideIsReplaced(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "file")
	for _, text := range []string{"first", "second", "third"} {
		credstest.Write(t, path, text)
		aside, err := atomicfile.SetAside(path, readInfo(t, path))
		if err != nil {
			t.Fatal(err)
		}
		if got := credstest.Content(t, aside); got != text {
			t.Errorf("%s holds %q", aside, got)
		}
	}
	if diff := cmp.Diff([]string{"file.unreadable", "file.unreadable-2", "file.unreadable-3"}, credstest.Names(t, folder)); diff != "" {
		t.Error(diff)
	}
}

func TestSettingAsideFollowsLinks(t *testing.T) {
	folder := t.TempDir()
	credstest.Write(t, filepath.Join(folder, "real"), "damaged")
	path := filepath.Join(folder, "link")
	link(t, "real", path)
	if _, err := atomicfile.SetAside(path, readInfo(t, path)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"link", "real.unreadable"}, credstest.Names(t, folder)); diff != "" {
		t.Error(diff)
	}
}

func TestAFileThatWasWrittenMeanwhileIsNotSetAside(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "file")
	credstest.Write(t, path, "damaged")
	was := readInfo(t, path)
	if err := atomicfile.Write(t.Context(), path, []byte("good"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := atomicfile.SetAside(path, was); !errors.Is(err, atomicfile.ErrChanged) {
		t.Errorf("the error is %v", err)
	}
	if diff := cmp.Diff([]string{"file"}, credstest.Names(t, folder)); diff != "" || credstest.Content(t, path) != "good" {
		t.Error(diff)
	}
}

// TestADamagedFileIsSetAsideOnceByManyReaders writes good files meanwhile: none of
// those may be lost.
func TestADamagedFileIsSetAsideOnceByManyReaders(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "file")
	for round := range 50 {
		damaged := fmt.Sprintf("damaged %d", round)
		credstest.Write(t, path, damaged)
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
		was := readInfo(t, path)
		var all sync.WaitGroup
		var mu sync.Mutex
		var moved []string
		for n := range 4 {
			all.Go(func() {
				aside, err := atomicfile.SetAside(path, was)
				if err != nil {
					return // another was faster
				}
				mu.Lock()
				moved = append(moved, aside)
				mu.Unlock()
				if err := atomicfile.Write(t.Context(), path, fmt.Appendf(nil, "good %d", n), 0o600); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if len(moved) != 1 || credstest.Content(t, moved[0]) != damaged {
			t.Fatalf("it was moved to %v", moved)
		}
		if got := credstest.Content(t, path); !strings.HasPrefix(got, "good") {
			t.Fatalf("the file holds %q", got)
		}
	}
	for _, name := range credstest.Names(t, folder) {
		if credstest.Content(t, filepath.Join(folder, name)) == "" {
			t.Errorf("%s is empty", name)
		}
	}
}

func TestWriteNewReplacesNothing(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "sub")
	path := filepath.Join(folder, "copy")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := atomicfile.WriteNew(t.Context(), path, []byte("text"), 0o600); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	want := []string{"copy"}
	for n := 2; n <= 8; n++ {
		want = append(want, fmt.Sprintf("copy-%d", n))
	}
	if diff := cmp.Diff(want, credstest.Names(t, folder)); diff != "" {
		t.Error(diff)
	}
	for _, name := range want {
		if got := credstest.Content(t, filepath.Join(folder, name)); got != "text" {
			t.Errorf("%s holds %q", name, got)
		}
	}
}

// all is an edit that replaces the text.
func all(text string) (atomicfile.Edited, error) { return atomicfile.Edited{Text: []string{text}}, nil }

func TestAnEditIsRepeatedOnWhatAnotherProgramHasWrittenMeanwhile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	credstest.Write(t, path, "a")
	var seen []string
	err := atomicfile.Edit(t.Context(), path, 100, func(old string) (atomicfile.Edited, error) {
		seen = append(seen, old)
		if len(seen) == 1 {
			credstest.Write(t, path, "b") // of the same size, and perhaps in the same tick
		}
		return all(old + "!")
	})
	if err != nil || credstest.Content(t, path) != "b!" {
		t.Errorf("the file holds %q, %v", credstest.Content(t, path), err)
	}
	if diff := cmp.Diff([]string{"a", "b"}, seen); diff != "" {
		t.Error(diff)
	}
}

func TestAnEditWithoutAChangeOrWithAnErrorWritesNothing(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "file")
	if err := atomicfile.Edit(t.Context(), path, 100, all); err != nil || len(credstest.Names(t, folder)) > 0 {
		t.Errorf("there are %v, %v", credstest.Names(t, folder), err)
	}
	// In pieces, too.
	same := func(old string) (atomicfile.Edited, error) {
		return atomicfile.Edited{Text: []string{old[:1], "", old[1:]}}, nil
	}
	credstest.Write(t, path, "text")
	was := readInfo(t, path)
	if err := atomicfile.Edit(t.Context(), path, 100, same); err != nil || !os.SameFile(was, readInfo(t, path)) {
		t.Errorf("it was written (%v)", err)
	}
	own := errors.New("own")
	if err := atomicfile.Edit(t.Context(), path, 100, func(string) (atomicfile.Edited, error) {
		edited, _ := all("x")
		return edited, own
	}); !errors.Is(err, own) {
		t.Errorf("the error is %v", err)
	}
	credstest.Write(t, path, strings.Repeat("x", 101))
	if err := atomicfile.Edit(t.Context(), path, 100, func(string) (atomicfile.Edited, error) { return all("") }); !errors.Is(err, atomicfile.ErrTooLarge) {
		t.Errorf("the error is %v", err)
	}
	if diff := cmp.Diff([]string{"file"}, credstest.Names(t, folder)); diff != "" {
		t.Error(diff)
	}
}

func TestAnEditOfAFileThatKeepsChangingGivesUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	n := 0
	err := atomicfile.Edit(t.Context(), path, 100, func(old string) (atomicfile.Edited, error) {
		n++
		credstest.Write(t, path, strings.Repeat("x", n))
		return all(old + "!")
	})
	if !errors.Is(err, atomicfile.ErrChanged) || n > 100 || strings.Contains(credstest.Content(t, path), "!") {
		t.Errorf("after %d: %v", n, err)
	}
}

// TestEditsAtTheSameTimeWaitForOneAnother relies on the lock alone.
func TestEditsAtTheSameTimeWaitForOneAnother(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "file")
	var writers sync.WaitGroup
	for range 20 {
		writers.Go(func() {
			if err := atomicfile.Edit(t.Context(), path, 100, func(old string) (atomicfile.Edited, error) { return all(old + "!") }); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	if got := credstest.Content(t, path); got != strings.Repeat("!", 20) {
		t.Errorf("the file holds %q", got)
	}
}

func TestAnEditKeepsTheModeAndTakesSecretsFromOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // modes are the folder's there
	}
	path := filepath.Join(t.TempDir(), "file")
	for _, private := range []bool{false, true} {
		for _, mode := range []fs.FileMode{0o600, 0o640, 0o644} {
			credstest.Write(t, path, "")
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
			err := atomicfile.Edit(t.Context(), path, 100, func(string) (atomicfile.Edited, error) {
				return atomicfile.Edited{Text: []string{"x"}, Private: func() bool { return private }}, nil
			})
			want := mode
			if private {
				want = 0o600
			}
			if got := readInfo(t, path).Mode(); err != nil || got != want {
				t.Errorf("%v became %v (%v)", mode, got, err)
			}
		}
	}
}

func TestTheNullDeviceIsAnEmptyTextAndIsNotReplaced(t *testing.T) {
	if text, info, err := atomicfile.ReadText(os.DevNull, 5); text != "" || info != nil || err != nil {
		t.Errorf("%q, %v, %v", text, info, err)
	}
	if err := atomicfile.Edit(t.Context(), os.DevNull, 5, all); err != nil {
		t.Errorf("an edit that changes nothing: %v", err)
	}
	if err := atomicfile.Edit(t.Context(), os.DevNull, 5, func(string) (atomicfile.Edited, error) { return all("x") }); !errors.Is(err, atomicfile.ErrNotRegular) {
		t.Errorf("another: %v", err)
	}
}

func TestALockExcludesOthersUntilItIsFreed(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "new", "file")
	unlock, err := atomicfile.Lock(t.Context(), path, time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer leave()
	link := filepath.Join(folder, "link") // shares the lock
	if err := os.Symlink(path, link); err != nil && runtime.GOOS != "windows" {
		t.Fatal(err)
	} else if err != nil {
		link = path
	}
	if _, err := atomicfile.Lock(ctx, link, time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second one: %v", err)
	}
	// Its holder writes.
	if err := atomicfile.Write(t.Context(), path, []byte("1"), 0o600); err != nil {
		t.Error(err)
	}
	taken := make(chan error)
	go func() {
		second, err := atomicfile.Lock(t.Context(), link, time.Millisecond)
		if err == nil {
			second()
		}
		taken <- err
	}()
	unlock()
	if err := <-taken; err != nil {
		t.Errorf("when it is free: %v", err)
	}
	if diff := cmp.Diff([]string{".file.daypass.lock", "file"}, credstest.Names(t, filepath.Dir(path))); diff != "" {
		t.Error(diff)
	}
}
