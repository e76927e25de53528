package core_test

import (
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gofrs/flock"

	"daypass/creds"
	"daypass/creds/core"
	"daypass/creds/credstest"
)

// TestAKillAroundAWriteLeavesNoSensitiveProfileUnlocked has an agent killed that waits
// for the file's lock, which is the last moment before the write, and one that has just
// written. Nothing is saved in between.
func TestAKillAroundAWriteLeavesNoSensitiveProfileUnlocked(t *testing.T) {
	const section = "dev-admin-temporary"
	for name, tt := range map[string]struct{ again, written bool }{
		"before the first credentials are written": {},
		"after the first credentials are written":  {written: true},
		"before others are replaced":               {again: true},
		"after others are replaced":                {again: true, written: true},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.choose("dev-admin", creds.ProfileSettings{Sensitive: true, Lease: creds.Span(20 * time.Minute)})
				if tt.again {
					w.refresh("dev-admin", core.RefreshOptions{})
				}
				lock := flock.New(filepath.Join(w.home, ".aws", ".credentials.daypass.lock"))
				if ok, err := lock.TryLock(); !ok || err != nil {
					t.Fatalf("locked: %v, %v", ok, err)
				}
				done := make(chan struct{})
				go func() {
					defer close(done)
					_, _ = w.m.Refresh(t.Context(), "dev-admin", core.RefreshOptions{Force: true, Requester: atTray})
				}()
				synctest.Wait()
				before, left := w.credentials(section)["aws_access_key_id"], readTree(t, w.home)
				if err := lock.Close(); err != nil {
					t.Fatal(err)
				}
				<-done
				after := w.credentials(section)["aws_access_key_id"]
				if after == before || (before != "") != tt.again {
					t.Fatalf("%q is in the file, and then %q", before, after)
				}
				if wanted := filepath.Join(".aws", "credentials"); tt.written {
					left[wanted] = readTree(t, w.home)[wanted]
				}
				w.stop()
				w.moveTo(t.TempDir())
				for path, text := range left {
					w.write(filepath.Join(w.home, path), text)
				}
				w.start()
				if s, _ := w.status("dev-admin"); (s.WrittenAs == section) != (tt.again || tt.written) {
					t.Errorf("it is written as %q", s.WrittenAs)
				}
				time.Sleep(21 * time.Minute)
				if id := w.credentials(section)["aws_access_key_id"]; id != "" {
					t.Errorf("after its time %s is in the file, where %q was replaced by %q", id, before, after)
				}
			})
		})
	}
}

// TestAKillAroundAWriteInTheLayoutOfAWSMFALeavesNothingOfIt logs out afterwards: all that
// either agent has written goes, and the key stays.
func TestAKillAroundAWriteInTheLayoutOfAWSMFALeavesNothingOfIt(t *testing.T) {
	for name, tt := range map[string]struct{ again, saved, written bool }{
		"before the first credentials are written":          {},
		"after the first credentials are written":           {written: true},
		"before others are replaced":                        {again: true},
		"after others are replaced":                         {again: true, written: true},
		"after those of a saved profile are written":        {saved: true, written: true},
		"before those of a saved profile are replaced":      {saved: true, again: true},
		"after others replaced those that a login has made": {saved: true, again: true, written: true},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				of, choice := "work", creds.LayoutChoice{}
				if tt.saved {
					of, choice = "work-production", creds.LayoutChoice{ShortTermSuffix: "-production", RoleARN: "arn:aws:iam::111111111111:role/ReadOnly"}
				}
				start := w.withKey("work-long-term", "region = eu-west-1") + "[work]\n# mine\noutput = json\n"
				w.write(w.files.Credentials, start)
				log := func() {
					_, _ = w.lays("work", choice, core.RefreshOptions{Force: true, Requester: atTray})
				}
				if tt.again {
					log()
				}
				lock := flock.New(filepath.Join(w.home, ".aws", ".credentials.daypass.lock"))
				if ok, err := lock.TryLock(); !ok || err != nil {
					t.Fatalf("locked: %v, %v", ok, err)
				}
				done := make(chan struct{})
				go func() {
					defer close(done)
					log()
				}()
				synctest.Wait()
				before, left := w.credentials(of)["aws_access_key_id"], readTree(t, w.home)
				if err := lock.Close(); err != nil {
					t.Fatal(err)
				}
				<-done
				if after := w.credentials(of)["aws_access_key_id"]; after == before || (before != "") != tt.again {
					t.Fatalf("%q is in the file, and then %q", before, after)
				}
				if wanted := filepath.Join(".aws", "credentials"); tt.written {
					left[wanted] = readTree(t, w.home)[wanted]
				}
				w.stop()
				w.moveTo(t.TempDir())
				for path, text := range left {
					w.write(filepath.Join(w.home, path), text)
				}
				w.start()
				if s, _ := w.status(of); (s.WrittenAs == of) != (tt.again || tt.written) {
					t.Errorf("it is written as %q", s.WrittenAs)
				}
				for _, name := range []string{of, "work"} {
					if err := w.m.Logout(t.Context(), name); err != nil {
						t.Fatal(err)
					}
				}
				if end := credstest.Content(t, w.files.Credentials); end != start {
					t.Errorf("left is\n%s", end)
				}
			})
		})
	}
}
