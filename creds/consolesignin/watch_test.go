package consolesignin_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"daypass/creds/consolesignin"
	"daypass/creds/credstest"
	"daypass/internal/filewatch"
)

func TestSignInsAndSignOutsOfOtherProgramsAreReported(t *testing.T) {
	w := newWorld(t)
	// As in a home where nobody has signed in yet.
	w.dir = filepath.Join(w.dir, ".aws", "login", "cache")
	changes := consolesignin.NewCache(w.dir, nil).Watch(t.Context(), new(filewatch.Watcher))
	until := func(what string, so func() bool) {
		t.Helper()
		limit := time.After(30 * time.Second)
		for {
			select {
			case err := <-changes:
				if err != nil {
					t.Fatal(err)
				}
				if so() {
					return
				}
			case <-limit:
				t.Fatalf("nothing is reported of %s", what)
			}
		}
	}
	until("the begin", func() bool { return true })
	w.client = w.newClient(aws.Config{})
	if _, err := w.client.Peek(t.Context(), w.session); err == nil {
		t.Fatal("somebody is signed in")
	}
	name, content := w.who.LoginFile(10 * time.Minute)
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	credstest.Write(t, filepath.Join(w.dir, name), string(content))
	until("a sign-in", func() bool { _, err := w.client.Peek(t.Context(), w.session); return err == nil })
	remove(t, w.path())
	until("a sign-out", func() bool { _, err := w.client.Peek(t.Context(), w.session); return err != nil })
}
