package sso_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"daypass/creds/awstest"
	"daypass/creds/credstest"
	"daypass/sso"
)

// breakFolder puts a file where the cache's folder was, and returns what undoes
// it. Permissions would not keep root out.
func (w *world) breakFolder(t *testing.T) (mend func()) {
	t.Helper()
	away := w.dir + ".away"
	if err := os.Rename(w.dir, away); err != nil {
		t.Fatal(err)
	}
	credstest.Write(t, w.dir, "in the way")
	return func() {
		if err := errors.Join(os.Remove(w.dir), os.Rename(away, w.dir)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestARenewedTokenThatCannotBeSavedIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		first := w.signedIn(t)
		time.Sleep(time.Until(first.Expires) + time.Minute)
		w.aws.Faults.Add("CreateToken", awstest.Fault{Times: 1, Delay: time.Second})
		renewed := make(chan done, 1)
		go func() {
			token, err := w.client.Token(t.Context(), w.session)
			renewed <- done{token, err}
		}()
		synctest.Wait()
		mend := w.breakFolder(t)
		got := <-renewed
		if got.err != nil || got.token.AccessToken == first.AccessToken {
			t.Fatalf("the renewal failed: %v", got.err)
		}
		if _, err := w.client.RoleCredentials(t.Context(), w.session, accountID, "Admin"); err != nil {
			t.Errorf("while the disk has trouble: %v", err)
		}
		// And it is renewed again while it is in memory only.
		time.Sleep(50 * time.Minute)
		again, err := w.client.Token(t.Context(), w.session)
		if err != nil || again.AccessToken == got.token.AccessToken {
			t.Errorf("not renewed in memory: %v", err)
		}
		mend()
		if token, err := w.client.Token(t.Context(), w.session); err != nil || token.AccessToken != again.AccessToken {
			t.Errorf("the disk is back, and has the spent token: %v", err)
		}
		if token, err := w.newClient(aws.Config{}).Peek(t.Context(), w.session); err != nil || token.AccessToken != again.AccessToken {
			t.Errorf("not saved later: %v", err)
		}
	})
}

func TestATokenInMemoryGivesWayToTheFilesNext(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, w *world) error{
		"a logout by the AWS CLI": func(t *testing.T, w *world) error { t.Helper(); return w.cache.RemoveToken(t.Context(), w.session) },
		"a sign-in by another": func(t *testing.T, w *world) error {
			t.Helper()
			other := w.client
			w.client = w.newClient(aws.Config{})
			w.signedIn(t)
			w.client = other
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				first := w.signedIn(t)
				time.Sleep(time.Until(first.Expires) + time.Minute)
				w.aws.Faults.Add("CreateToken", awstest.Fault{Times: 1, Delay: time.Second})
				renewed := make(chan done, 1)
				go func() {
					token, err := w.client.Token(t.Context(), w.session)
					renewed <- done{token, err}
				}()
				synctest.Wait()
				mend := w.breakFolder(t)
				mine := <-renewed
				mend()
				if err := change(t, w); err != nil {
					t.Fatal(err)
				}
				got, err := w.client.Token(t.Context(), w.session)
				if err == nil && got.AccessToken == mine.token.AccessToken {
					t.Error("the token in memory outlived it")
				}
			})
		})
	}
}

func TestASignInThatCannotBeSavedServesAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		mend := w.breakFolder(t)
		token, err := w.signInByDevice(t)
		wantError(t, err, sso.ErrUnsaved, "used from memory")
		if token.IsZero() {
			t.Fatal("the token is lost")
		}
		if _, err := w.client.RoleCredentials(t.Context(), w.session, accountID, "Admin"); err != nil {
			t.Error(err)
		}
		mend()
		if got, err := w.client.Token(t.Context(), w.session); err != nil || got.AccessToken != token.AccessToken {
			t.Errorf("the disk is back: %v", err)
		}
		if err := w.client.Logout(t.Context(), w.session); err != nil {
			t.Error(err)
		}
		if _, err := w.client.Peek(t.Context(), w.session); !errors.Is(err, sso.ErrNoToken) {
			t.Errorf("it outlived the logout: %v", err)
		}
	})
}

func TestADamagedTokenNeedsASignInAndSaysWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.signedIn(t)
		files, err := filepath.Glob(filepath.Join(w.dir, "*.json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			credstest.Write(t, file, `{"accessToken": "aoaA`)
		}
		time.Sleep(2 * time.Second)
		_, err = w.client.Token(t.Context(), w.session)
		wantError(t, err, sso.ErrSignIn, "was set aside as")
		w.signedIn(t)
	})
}
