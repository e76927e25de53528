package settings_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/settings"
)

func TestMain(m *testing.M) {
	if path := os.Getenv("SETTINGS_TEST_CHILD"); path != "" {
		child(path)
		return
	}
	os.Exit(m.Run())
}

// child changes two settings far apart, always to the same, until it is killed.
func child(path string) {
	store, err := settings.New(path)
	for n := 15; err == nil; n = 15 + (n-14)%60 {
		span := fmt.Sprintf("%dm", n)
		err = store.Change(context.Background(), []creds.SettingChange{to("session_duration", span), to("profile|last|lease", span)})
		fmt.Println("wrote", err)
	}
}

func open(t *testing.T, path string) *settings.Store {
	t.Helper()
	store, err := settings.New(path)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAChangeIsInTheFileAndInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "config.toml")
	store := open(t, path)
	if err := store.Change(t.Context(), []creds.SettingChange{to("profile|dev|favourite", true)}); err != nil {
		t.Fatal(err)
	}
	if want := "[profile.dev]\nfavourite = true\n"; read(t, path) != want {
		t.Errorf("the file is\n%s", read(t, path))
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if store.Path() != path || !store.Current().Profile["dev"].Favourite {
		t.Errorf("in use are %+v", store.Current())
	}
}

func TestWhatCurrentReturnsIsACopy(t *testing.T) {
	store := open(t, write(t, full))
	got := store.Current()
	got.Profile["x"] = creds.ProfileSettings{Favourite: true}
	got.SSO["corp"] = creds.SSOSettings{}
	*got.Console.Record, *got.Console.LogoutFirst, *got.Notices.Ending = false, false, false
	*got.Profile[`my "prod"`].Notices = true
	*got.Profile[`my "prod"`].Console.LogoutFirst = true
	if diff := cmp.Diff(fullSettings(), store.Current()); diff != "" {
		t.Error(diff)
	}
}

func TestAChangeThatCannotBeMadeChangesNothing(t *testing.T) {
	path := write(t, full)
	store := open(t, path)
	err := store.Change(t.Context(), []creds.SettingChange{to("profile|dev|favourite", true), to("profile|dev|lease", "1s")})
	var failure *creds.Error
	if !errors.As(err, &failure) || failure.Code != creds.CodeBadRequest {
		t.Errorf("%v", err)
	}
	// A file that an editor has broken is not changed.
	const broken = "derived_suffix = \"-x"
	if err := os.WriteFile(path, []byte(broken), 0o600); err != nil {
		t.Fatal(err)
	}
	err = store.Change(t.Context(), []creds.SettingChange{to("profile|dev|favourite", true)})
	if !errors.As(err, &failure) || failure.Code != creds.CodeBadFile || read(t, path) != broken {
		t.Errorf("%v\n%s", err, read(t, path))
	}
	if diff := cmp.Diff(fullSettings(), store.Current()); diff != "" {
		t.Error(diff)
	}
	// A failed write is reported.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	err = store.Change(t.Context(), []creds.SettingChange{to("profile|dev|favourite", true)})
	if !errors.As(err, &failure) || failure.Code != creds.CodeFile || !strings.Contains(failure.Message, path) {
		t.Errorf("%v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := store.Change(ended, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestLinksAreFollowedAndTheModeStays(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // neither is a person's to make there
	}
	real := write(t, "# mine\n")
	if err := os.Chmod(real, 0o640); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "config.toml")
	if err := os.Symlink(real, path); err != nil {
		t.Fatal(err)
	}
	if err := open(t, path).Change(t.Context(), []creds.SettingChange{to("console|record", true)}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is %v (%v)", info.Mode(), err)
	}
	if info, err := os.Stat(real); err != nil || info.Mode() != 0o640 || read(t, real) != "# mine\n\n[console]\nrecord = true\n" {
		t.Errorf("%v %v\n%s", info.Mode(), err, read(t, real))
	}
}

func TestTwoStoresLoseNothing(t *testing.T) {
	path := write(t, "# mine\n")
	stores := []*settings.Store{open(t, path), open(t, path)}
	const each, sides = 10, 2
	var wg sync.WaitGroup
	for i, store := range stores {
		for side := range sides {
			wg.Go(func() {
				for n := range each {
					name := fmt.Sprintf("profile|p %d %d %d|favourite", i, side, n)
					if err := store.Change(t.Context(), []creds.SettingChange{to(name, true)}); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	wg.Wait()
	got, err := settings.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(got.Profile); n != each*sides*len(stores) || !strings.HasPrefix(read(t, path), "# mine\n") {
		t.Errorf("%d changes are there", n)
	}
}

func TestAnEditorsSavedFileIsTheBaseOfAChange(t *testing.T) {
	path := write(t, "derived_suffix = '-a'\n")
	store := open(t, path)
	if err := os.WriteFile(path, []byte("# edited\nderived_suffix = '-b'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := store.Change(t.Context(), []creds.SettingChange{to("session_duration", "1h")}); err != nil {
		t.Fatal(err)
	}
	if want := "# edited\nderived_suffix = '-b'\nsession_duration = \"1h\"\n"; read(t, path) != want || store.Current().DerivedSuffix != "-b" {
		t.Errorf("the file is\n%s", read(t, path))
	}
}

func TestKilledWritersNeverLeaveATornFile(t *testing.T) {
	var text strings.Builder
	text.WriteString("# top\nsession_duration = '15m'\n")
	for n := range 400 {
		fmt.Fprintf(&text, "# about %d\n[profile.\"p %d\"]\nfavourite = true\n", n, n)
	}
	text.WriteString("[profile.last]\nlease = '15m' # end\n")
	path := write(t, text.String())
	for n := range 12 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "SETTINGS_TEST_CHILD="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// After the first line it is in its loop.
		if said, err := bufio.NewReader(out).ReadString('\n'); said != "wrote <nil>\n" {
			t.Fatalf("the child says %q (%v)", said, err)
		}
		time.Sleep(time.Duration(n) * 1700 * time.Microsecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed, and says so
		got, err := settings.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Profile) != 401 || got.Profile["last"].Lease != got.SessionDuration {
			t.Fatalf("after kill %d there are %d profiles, with %s first and %s last", n, len(got.Profile), got.SessionDuration, got.Profile["last"].Lease)
		}
	}
	if comments := strings.Count(read(t, path), "#"); comments != 402 {
		t.Errorf("%d comments are left", comments)
	}
}
