//go:build unix

package sso_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/sso"
)

// limitOpenFiles makes every further open fail, as it does when a limit is
// reached.
func limitOpenFiles() {
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 3, Max: 3}); err != nil {
		panic(err)
	}
}

func TestFilesAndFoldersAreForTheOwnerOnly(t *testing.T) {
	home := t.TempDir()
	cache := sso.NewCache(filepath.Join(home, ".aws", "sso", "cache"), nil)
	token, reg := sso.TokenName(corpSession), sso.RegistrationName(corpSession)
	check := func() {
		t.Helper()
		for name, want := range map[string]fs.FileMode{
			".aws": 0o700, ".aws/sso": 0o700, ".aws/sso/cache": 0o700, ".aws/sso/cache/" + token: 0o600, ".aws/sso/cache/" + reg: 0o600,
		} {
			info, err := os.Stat(filepath.Join(home, name))
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != want {
				t.Errorf("%s has the mode %v", name, info.Mode())
			}
		}
	}
	for range 2 {
		if err := cache.StoreToken(t.Context(), corpSession, tokenOf(corpSession, "a")); err != nil {
			t.Fatal(err)
		}
		if err := cache.StoreRegistration(t.Context(), corpSession, registrationOf("c", browserFlow)); err != nil {
			t.Fatal(err)
		}
		check()
		for _, name := range []string{token, reg} { // and again when everybody may read them
			if err := os.Chmod(filepath.Join(cache.Dir(), name), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestATokenThatOthersMayReadIsMadePrivateWhenItIsRead(t *testing.T) {
	cache := sso.NewCache(t.TempDir(), nil)
	if err := cache.StoreToken(t.Context(), corpSession, tokenOf(corpSession, "a")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(cache.Dir(), sso.TokenName(corpSession))
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := cache.Token(t.Context(), corpSession); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("it is %v, %v", info, err)
	}
}

func TestLinksAreFollowed(t *testing.T) {
	root := t.TempDir()
	link := func(target, path string) {
		t.Helper()
		if err := os.Symlink(target, path); err != nil {
			t.Fatal(err)
		}
	}
	isLink := func(path string) {
		t.Helper()
		if info, err := os.Lstat(path); err != nil || info.Mode().Type() != fs.ModeSymlink {
			t.Errorf("%s is no link any more (%v)", path, err)
		}
	}
	elsewhere := filepath.Join(root, "elsewhere") // is not there yet
	link(elsewhere, filepath.Join(root, "cache"))
	cache := sso.NewCache(filepath.Join(root, "cache"), nil)
	name := sso.TokenName(corpSession)
	if err := cache.StoreToken(t.Context(), corpSession, tokenOf(corpSession, "a")); err != nil {
		t.Fatal(err)
	}
	isLink(cache.Dir())
	// Now the file is a link too.
	real := filepath.Join(root, "token")
	if err := os.Rename(filepath.Join(elsewhere, name), real); err != nil {
		t.Fatal(err)
	}
	link("../token", filepath.Join(elsewhere, name))
	if err := cache.StoreToken(t.Context(), corpSession, tokenOf(corpSession, "b")); err != nil {
		t.Fatal(err)
	}
	isLink(filepath.Join(elsewhere, name))
	if got := jsonOf(t, real)["accessToken"]; got != "b" {
		t.Errorf("the file behind the link has %v", got)
	}
	if err := cache.RemoveToken(t.Context(), corpSession); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"cache", "elsewhere"}, names(t, root)); diff != "" {
		t.Errorf("after the sign-out: %s", diff)
	}
	if err := cache.StoreToken(t.Context(), corpSession, tokenOf(corpSession, "c")); err != nil {
		t.Fatal(err)
	}
	if got := jsonOf(t, real)["accessToken"]; got != "c" {
		t.Errorf("the file behind the link has %v", got)
	}
	put(t, real, "junk")
	if _, err := cache.Token(t.Context(), corpSession); err == nil {
		t.Error("junk is a token")
	}
	if diff := cmp.Diff([]string{"cache", "elsewhere", "token.unreadable"}, names(t, root)); diff != "" {
		t.Errorf("what was set aside: %s", diff)
	}
}

func TestWhatIsNoFileIsLeftAlone(t *testing.T) {
	for name, make := range map[string]func(path string) error{
		"a folder": func(path string) error { return os.Mkdir(path, 0o700) },
		"a pipe":   func(path string) error { return syscall.Mkfifo(path, 0o600) },
	} {
		cache := sso.NewCache(t.TempDir(), nil)
		path := filepath.Join(cache.Dir(), sso.TokenName(corpSession))
		if err := make(path); err != nil {
			t.Fatal(err)
		}
		if _, err := cache.Token(t.Context(), corpSession); err == nil || err.Error() != "read "+path+": not a regular file" {
			t.Errorf("%s: the error of reading is %v", name, err)
		}
		if err := cache.StoreToken(t.Context(), corpSession, tokenOf(corpSession, "a")); err == nil || err.Error() != "write "+path+": not a regular file" {
			t.Errorf("%s: the error of writing is %v", name, err)
		}
		if left := names(t, cache.Dir()); len(left) != 1 {
			t.Errorf("%s: there are %v", name, left)
		}
	}
}

func TestACacheThatCannotBeIsOneSentence(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sso")
	put(t, file, "")
	cache := sso.NewCache(filepath.Join(file, "cache"), nil)
	err := cache.StoreToken(t.Context(), corpSession, tokenOf(corpSession, "a"))
	if want := "write " + filepath.Join(cache.Dir(), sso.TokenName(corpSession)) + ": not a directory"; err == nil || err.Error() != want {
		t.Errorf("the error is %v", err)
	}
}

func TestALimitThatIsReachedIsReported(t *testing.T) {
	out, err := cacheChildCommand(t, "watch", t.TempDir()).CombinedOutput()
	first, second, _ := strings.Cut(string(out), "\n")
	if err != nil || first != "<nil>" || !strings.Contains(second, "limit of open files") || strings.Contains(second, "\n") {
		t.Errorf("it says %s (%v)", out, err)
	}
}
