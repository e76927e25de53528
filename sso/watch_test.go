package sso_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"daypass/creds/credstest"
	"daypass/internal/filewatch"
	"daypass/sso"
)

// watched is a cache in a home of its own with a watch on it.
type watched struct {
	*sso.Cache
	t       *testing.T
	home    string
	file    string
	changes <-chan error
	leave   context.CancelFunc
}

// watchCache prepares a home with the folders named, and watches.
func watchCache(t *testing.T, folders ...string) *watched {
	t.Helper()
	w := &watched{t: t, home: t.TempDir()}
	for _, name := range folders {
		w.mkdir(name)
	}
	w.Cache = sso.NewCache(filepath.Join(w.home, ".aws", "sso", "cache"), nil)
	w.file = filepath.Join(w.Dir(), sso.TokenName(corpSession))
	var ctx context.Context
	ctx, w.leave = context.WithCancel(t.Context())
	t.Cleanup(w.leave)
	w.changes = w.Watch(ctx, new(filewatch.Watcher))
	w.until("its begin", func() bool { return true })
	return w
}

func (w *watched) mkdir(name string) {
	w.t.Helper()
	if err := os.MkdirAll(filepath.Join(w.home, name), 0o700); err != nil {
		w.t.Fatal(err)
	}
}

// until waits for changes until something is so, as a caller looks at the cache
// after each.
func (w *watched) until(what string, so func() bool) {
	w.t.Helper()
	limit := time.After(30 * time.Second)
	for {
		select {
		case err, open := <-w.changes:
			if !open || err != nil {
				w.t.Fatalf("the watch ends before %s (%v)", what, err)
			}
			if so() {
				return
			}
		case <-limit:
			w.t.Fatalf("nothing is reported of %s", what)
		}
	}
}

func (w *watched) signsIn() {
	w.t.Helper()
	if err := w.StoreToken(w.t.Context(), corpSession, tokenOf(corpSession, "a")); err != nil {
		w.t.Fatal(err)
	}
	w.until("a sign-in", w.signedIn)
}

func (w *watched) signedIn() bool {
	_, err := w.Token(w.t.Context(), corpSession)
	return err == nil
}

func (w *watched) signedOut() bool { return !w.signedIn() }

func TestChangesAreTold(t *testing.T) {
	w := watchCache(t, ".aws/sso/cache")
	w.signsIn()
	// As the AWS CLI writes: in place.
	credstest.Write(t, w.file, `{"accessToken":"cli","expiresAt":"2100-01-02T03:04:05Z"}`)
	w.until("what the AWS CLI wrote", func() bool {
		token, err := w.Token(t.Context(), corpSession)
		return err == nil && token.AccessToken.Reveal() == "cli"
	})
	// "aws sso logout".
	if err := os.Remove(w.file); err != nil {
		t.Fatal(err)
	}
	w.until("a sign-out", w.signedOut)
}

func TestFoldersMayComeLater(t *testing.T) {
	for _, there := range []string{"", ".aws", ".aws/sso"} {
		w := watchCache(t, there)
		w.signsIn()
		if err := w.RemoveToken(t.Context(), corpSession); err != nil {
			t.Fatal(err)
		}
		w.until("a sign-out", w.signedOut)
	}
}

func TestFoldersMayGoAndComeBack(t *testing.T) {
	for _, gone := range []string{".aws", ".aws/sso", ".aws/sso/cache"} {
		t.Run(gone, func(t *testing.T) {
			w := watchCache(t)
			w.signsIn()
			if err := os.RemoveAll(filepath.Join(w.home, gone)); err != nil {
				t.Fatal(err)
			}
			w.until("the removal", w.signedOut)
			w.signsIn()
			// Renamed, with all that is watched in it.
			path := filepath.Join(w.home, gone)
			if err := os.Rename(path, path+".old"); err != nil {
				t.Fatal(err)
			}
			w.until("the renaming", w.signedOut)
			if err := os.Rename(path+".old", path); err != nil {
				t.Fatal(err)
			}
			w.until("the renaming back", w.signedIn)
			if err := w.RemoveToken(t.Context(), corpSession); err != nil {
				t.Fatal(err)
			}
			w.until("a sign-out", w.signedOut)
		})
	}
}

func TestAFolderThatIsALinkIsWatched(t *testing.T) {
	home := t.TempDir()
	for _, name := range []string{"one", "two", ".aws/sso"} {
		if err := os.MkdirAll(filepath.Join(home, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	w := &watched{t: t, home: home, Cache: sso.NewCache(filepath.Join(home, ".aws/sso/cache"), nil)}
	relink := func(to string) {
		t.Helper()
		_ = os.Remove(w.Dir()) // there is none the first time
		if err := os.Symlink(filepath.Join(home, to), w.Dir()); err != nil {
			t.Fatal(err)
		}
	}
	relink("one")
	w.changes = w.Watch(t.Context(), new(filewatch.Watcher))
	w.signsIn()
	relink("two")
	w.until("another link", w.signedOut)
	w.signsIn()
}

func TestManyChangesAreFewWords(t *testing.T) {
	w := watchCache(t, ".aws/sso/cache")
	start := time.Now()
	for range 50 {
		if err := w.StoreToken(t.Context(), corpSession, tokenOf(corpSession, "a")); err != nil {
			t.Fatal(err)
		}
	}
	last := sso.Session{Name: "last", StartURL: corpSession.StartURL, Region: corpSession.Region}
	if err := w.StoreToken(t.Context(), last, tokenOf(last, "a")); err != nil {
		t.Fatal(err)
	}
	reports := 0
	w.until("the last", func() bool {
		reports++
		_, err := w.Token(t.Context(), last)
		return err == nil
	})
	if most := 1 + int(time.Since(start)/(100*time.Millisecond)); reports > most {
		t.Errorf("changes were reported %d times, not %d", reports, most)
	}
}

// What the files of daypass itself, the AWS CLI and boto3 are called while they
// are being written, and what is set aside.
func TestOnlyTokensAndRegistrationsAreTold(t *testing.T) {
	w := watchCache(t, ".aws/sso/cache")
	for _, name := range []string{".a.json.daypass-1", "tmp1.tmp", "a.json.tmp-1", "a.json.unreadable"} {
		put(t, filepath.Join(w.Dir(), name), "{}")
	}
	if err := os.WriteFile(filepath.Join(w.home, ".aws", "credentials"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-w.changes:
		t.Errorf("something is reported (%v)", err)
	case <-time.After(time.Second):
	}
	w.signsIn()
}

func TestAWatchEndsWithItsContext(t *testing.T) {
	w := watchCache(t)
	w.leave()
	for range w.changes {
		t.Error("there was a change")
	}
}
