package core_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/core"
)

// tokenFile is the file of the session's token, and the folder that it is in.
func (w *world) tokenFile() (path, dir string) {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.tokens.Dir(), "*.json"))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, path := range files {
		if text, err := os.ReadFile(path); err == nil && strings.Contains(string(text), "accessToken") {
			return path, w.tokens.Dir()
		}
	}
	w.t.Fatalf("no token in %v", files)
	return "", ""
}

func (w *world) rename(from, to string) {
	w.t.Helper()
	if err := os.Rename(from, to); err != nil {
		w.t.Fatal(err)
	}
	w.m.RereadTokens(w.t.Context()) // as the agent does when something changes
}

// inUse signs in and has two profiles and a role behind one of them in use.
func (w *world) inUse() []string {
	w.t.Helper()
	w.withSSO("")
	w.click("sso-dev-admin")
	w.click("sso-deploy")
	synctest.Wait()
	return []string{"sso-dev-admin", "sso-sandbox", "sso-deploy"}
}

// allValid fails unless all profiles have credentials, also in the file.
func (w *world) allValid(names ...string) {
	w.t.Helper()
	for _, name := range names {
		if got := w.state(name); got != creds.StateValid {
			w.t.Errorf("%s is %s", name, got)
		}
		if len(w.credentials(name+"-temporary")) == 0 {
			w.t.Errorf("%s has no temporary profile", name)
		}
	}
}

func TestABrieflyMissingTokenFileRemovesNothing(t *testing.T) {
	for name, flap := range map[string]func(w *world, path, dir string){
		"replaced in two steps": func(w *world, path, _ string) {
			w.rename(path, path+".x")
			time.Sleep(50 * time.Millisecond)
			w.rename(path+".x", path)
		},
		"again and again": func(w *world, path, _ string) {
			for range 5 {
				w.rename(path, path+".x")
				time.Sleep(3 * time.Second)
				w.rename(path+".x", path)
				time.Sleep(3 * time.Second)
			}
		},
		"with the folder": func(w *world, _, dir string) {
			w.rename(dir, dir+".x")
			time.Sleep(3 * time.Second)
			w.rename(dir+".x", dir)
		},
		"seen by nobody as it comes back": func(w *world, path, _ string) {
			w.rename(path, path+".x")
			time.Sleep(time.Second)
			if err := os.Rename(path+".x", path); err != nil {
				w.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				names := w.inUse()
				path, dir := w.tokenFile()
				before := w.credentials("sso-dev-admin-temporary")["aws_access_key_id"]
				flap(w, path, dir)
				time.Sleep(time.Minute)
				w.allValid(names...)
				if got := w.credentials("sso-dev-admin-temporary")["aws_access_key_id"]; got != before {
					t.Errorf("the key became another: %s, %s before", got, before)
				}
				if one := w.session(awstest.SampleSession); one.State(time.Now()) != creds.StateValid {
					t.Errorf("the session is %+v", one)
				}
			})
		})
	}
}

func TestCredentialsReturnWithTheToken(t *testing.T) {
	for name, back := range map[string]func(w *world, path string){
		"the same":                      func(w *world, path string) { w.rename(path+".x", path) },
		"of another program's sign-in":  func(w *world, _ string) { w.signInElsewhere(); w.m.RereadTokens(w.t.Context()) },
		"after the agent looked anyway": func(w *world, path string) { w.session(awstest.SampleSession); w.rename(path+".x", path) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				names := w.inUse()
				if err := w.m.Logout(t.Context(), "sso-prod-readonly"); err != nil {
					t.Fatal(err)
				}
				path, _ := w.tokenFile()
				asked := w.person.signInsAsked()
				w.rename(path, path+".x")
				time.Sleep(4 * time.Second)
				w.allValid(names...)
				time.Sleep(2 * time.Second)
				w.nothingHeld(names...)
				back(w, path)
				synctest.Wait()
				time.Sleep(time.Minute)
				w.allValid(names...)
				w.nothingHeld("sso-prod-readonly")
				if got := w.person.signInsAsked(); got != asked {
					t.Errorf("the person was asked %d times more", got-asked)
				}
			})
		})
	}
}

func TestLoggedOutProfilesDoNotReturnWithTheToken(t *testing.T) {
	for name, out := range map[string]func(w *world) error{
		"one profile": func(w *world) error { return w.m.Logout(w.t.Context(), "sso-sandbox") },
		"the session": func(w *world) error { return w.m.SignOut(w.t.Context(), awstest.SampleSession) },
		"everything":  func(w *world) error { return w.m.LogoutAll(w.t.Context()) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				names := w.inUse()
				path, _ := w.tokenFile()
				w.rename(path, path+".x")
				time.Sleep(time.Minute)
				w.nothingHeld(names...)
				if err := out(w); err != nil {
					t.Fatal(err)
				}
				w.rename(path+".x", path)
				time.Sleep(time.Minute)
				w.nothingHeld("sso-sandbox")
				if name != "one profile" {
					w.nothingHeld(names...)
				}
			})
		})
	}
}

func TestASignOutDuringTheGracePeriodHappensOnce(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		names := w.inUse()
		path, _ := w.tokenFile()
		w.rename(path, path+".x")
		if err := w.m.SignOut(t.Context(), awstest.SampleSession); err != nil {
			t.Fatal(err)
		}
		w.nothingHeld(names...)
		w.signInElsewhere()
		w.click("sso-dev-admin")
		time.Sleep(time.Minute)
		w.allValid("sso-dev-admin")
	})
}

func TestATokenThatAWSRefusesIsNotWaitedFor(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		names := w.inUse()
		if err := w.otherProgram().Logout(t.Context(), w.corp()); err != nil {
			t.Fatal(err)
		}
		w.m.RereadTokens(t.Context())
		time.Sleep(time.Second)
		w.nothingHeld(names...)
	})
}

func TestADamagedOrUnreadableTokenIsNoSignOut(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"torn":  func(path string) error { return os.WriteFile(path, []byte(`{"accessToken": "x`), 0o600) },
		"empty": func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"unreadable": func(path string) error {
			if err := os.Remove(path); err != nil {
				return err
			}
			return os.Mkdir(path, 0o700) // root reads files of any mode
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				names := w.inUse()
				path, _ := w.tokenFile()
				whole, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := spoil(path); err != nil {
					t.Fatal(err)
				}
				for range 3 {
					w.m.RereadTokens(t.Context())
					time.Sleep(time.Minute)
				}
				w.allValid(names...)
				problems := w.m.Snapshot(t.Context()).Problems
				code, advice := creds.CodeSignInNeeded, "Sign in again"
				if name == "unreadable" { // and in the way of a sign-in, too
					code, advice = creds.CodeFile, ""
				}
				if len(problems) != 1 || problems[0].Code != code || !strings.HasPrefix(problems[0].Advice, advice) {
					t.Errorf("the problems are %v", problems)
				}
				if name == "unreadable" {
					if err := os.Remove(path); err != nil {
						t.Fatal(err)
					}
				}
				if err := os.WriteFile(path, whole, 0o600); err != nil {
					t.Fatal(err)
				}
				w.m.RereadTokens(t.Context())
				time.Sleep(time.Minute)
				w.allValid(names...)
				if problems := w.m.Snapshot(t.Context()).Problems; len(problems) > 0 {
					t.Errorf("the problems are %v", problems)
				}
				if _, err := w.m.Refresh(t.Context(), "sso-dev-admin", core.RefreshOptions{Requester: byProgram, Force: true}); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
