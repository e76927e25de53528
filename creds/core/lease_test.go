package core_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/core"
	"daypass/creds/credstest"
)

var program = creds.Requester{Surface: creds.SurfaceProgram, Program: "terraform", PID: 4312, Dir: "~/infra"}

// choose changes the settings of a profile, as a person in the settings window
// would.
func (w *world) choose(name string, one creds.ProfileSettings) {
	profiles := map[string]creds.ProfileSettings{name: one}
	for other, its := range w.settings.Profile {
		if other != name {
			profiles[other] = its
		}
	}
	w.settings.Profile = profiles
	w.m.SettingsChanged()
}

// consents returns how often the person was asked about programs.
func (w *world) consents() int {
	w.person.mu.Lock()
	defer w.person.mu.Unlock()
	return len(w.person.consents)
}

func (w *world) program(name string) (creds.Credentials, error) {
	return w.m.Credentials(w.t.Context(), name, program)
}

func TestASensitiveProfileIsUnlockedForItsLeaseAndLockedAgain(t *testing.T) {
	for name, lease := range map[string]time.Duration{"half an hour by itself": 0, "as long as chosen": 50 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.choose("dev-admin", creds.ProfileSettings{Sensitive: true, Lease: creds.Span(lease)})
				if lease == 0 {
					lease = creds.DefaultLease
				}
				before := time.Now()
				s := w.refresh("dev-admin", core.RefreshOptions{})
				if got := s.Expires.Sub(before).Round(time.Second); got != lease || !s.Sensitive || !s.NeedsPerson {
					t.Errorf("unlocked for %s: %+v", got, s)
				}
				got, err := w.program("dev-admin")
				if err != nil || !got.Expires.Equal(s.Expires) {
					t.Errorf("a program is given credentials until %s, not %s: %v", got.Expires, s.Expires, err)
				}
				calls := w.calls("AssumeRole")
				time.Sleep(lease - time.Second)
				w.wantState("dev-admin", creds.StateEnding)
				time.Sleep(2 * time.Second)
				w.wantState("dev-admin", creds.StateNone)
				if got := w.credentials("dev-admin-temporary"); len(got) != 0 {
					t.Errorf("the file still holds %d values", len(got))
				}
				time.Sleep(12 * time.Hour)
				if n := w.calls("AssumeRole") - calls; n != 0 {
					t.Errorf("%d silent calls for it", n)
				}
				if len(w.person.consents) != 0 {
					t.Error("a program was asked about while the lease lasted")
				}
			})
		})
	}
}

func TestAClickUnlocksASensitiveProfileAgainWhileItsSessionLasts(t *testing.T) {
	for profile, until := range map[string]time.Duration{
		"dev-admin":     creds.DefaultLease,                  // the role's session was made for one lease
		"sso-dev-admin": creds.DefaultLease + 10*time.Minute, // the permission set's lasts for hours
	} {
		t.Run(profile, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				withSSO(w)
				w.choose(profile, creds.ProfileSettings{Sensitive: true})
				w.refresh(profile, core.RefreshOptions{})
				began := time.Now()
				time.Sleep(10 * time.Minute)
				s := w.refresh(profile, core.RefreshOptions{})
				if got := s.Expires.Sub(began).Round(time.Second); got != until {
					t.Errorf("it is unlocked until %s after the first click, want %s", got, until)
				}
			})
		})
	}
}

func TestALeaseThatEndedWhileTheAgentWasStoppedIsLockedAtTheStart(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.choose("dev-admin", creds.ProfileSettings{Sensitive: true})
		w.refresh("dev-admin", core.RefreshOptions{})
		saved, err := os.ReadFile(filepath.Join(w.home, "state", "sessions.age"))
		if err != nil {
			t.Fatal(err)
		}
		file, err := os.ReadFile(w.files.Credentials)
		if err != nil {
			t.Fatal(err)
		}
		w.stop()
		if got := w.credentials("dev-admin-temporary"); len(got) != 0 {
			t.Error("an agent that ends leaves behind what was unlocked")
		}
		// As if it had been killed.
		w.write(filepath.Join(w.home, "state", "sessions.age"), string(saved))
		w.write(w.files.Credentials, string(file))
		time.Sleep(time.Hour)
		w.start()
		synctest.Wait()
		w.wantState("dev-admin", creds.StateNone)
		time.Sleep(time.Second)
		if got := w.credentials("dev-admin-temporary"); len(got) != 0 {
			t.Error("the file still holds it")
		}
	})
}

func TestLockingEndsLeasesAndNothingElse(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.choose("dev-admin", creds.ProfileSettings{Sensitive: true})
		w.refresh("dev-admin", core.RefreshOptions{})
		if err := w.m.LockAgain(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.wantState("dev-admin", creds.StateNone)
		w.wantState("alice", creds.StateValid)
	})
}

func TestAProfileMarkedSensitiveWithCredentialsGetsALeaseAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("dev-admin", core.RefreshOptions{})
		w.choose("dev-admin", creds.ProfileSettings{Sensitive: true})
		if s, _ := w.status("dev-admin"); !s.Expires.Equal(time.Now().Add(creds.DefaultLease)) {
			t.Errorf("until %s", s.Expires)
		}
		w.choose("dev-admin", creds.ProfileSettings{})
		if s, _ := w.status("dev-admin"); s.Expires.Before(time.Now().Add(50 * time.Minute)) {
			t.Errorf("not marked any more, but until %s", s.Expires)
		}
	})
}

func TestProgramsThatWantASensitiveProfileShareOnePrompt(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.refresh("alice", core.RefreshOptions{})
		w.choose("dev-admin", creds.ProfileSettings{Sensitive: true})
		w.person.grant = creds.GrantOnce
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if _, err := w.program("dev-admin"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if len(w.person.consents) != 1 {
			t.Fatalf("%d questions", len(w.person.consents))
		}
		want := creds.Prompt{Kind: creds.PromptConsent, Profile: "dev-admin", AccountID: "111111111111", Lease: creds.DefaultLease, Requester: program}
		if got := w.person.consents[0]; got != want {
			t.Errorf("asked %+v, want %+v", got, want)
		}
	})
}

func TestWhatAPersonDecidesOnProgramsIsRemembered(t *testing.T) {
	for grant, want := range map[creds.Grant]struct {
		later  int // questions when a program comes after the lease
		atLast int // and after an hour
		rule   creds.ProgramRule
	}{
		creds.GrantOnce:   {2, 3, ""},
		creds.GrantHour:   {1, 2, ""},
		creds.GrantAlways: {1, 1, creds.ProgramsAlways},
	} {
		t.Run(string(grant), func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.refresh("alice", core.RefreshOptions{})
				w.choose("dev-admin", creds.ProfileSettings{Sensitive: true})
				w.person.grant = grant
				ask := func(wantAsked int) {
					t.Helper()
					if _, err := w.program("dev-admin"); err != nil {
						t.Fatal(err)
					}
					if n := len(w.person.consents); n != wantAsked {
						t.Errorf("%d questions, want %d", n, wantAsked)
					}
				}
				ask(1)
				if rule := w.chosen["dev-admin"]; rule != want.rule {
					t.Errorf("remembered %q", rule)
				} else if rule != "" {
					w.choose("dev-admin", creds.ProfileSettings{Sensitive: true, Programs: rule})
				}
				time.Sleep(40 * time.Minute)
				ask(want.later)
				time.Sleep(time.Hour)
				ask(want.atLast)
			})
		})
	}
}

func TestNeverIsReportedToTheProgramAndRemembered(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.choose("dev-admin", creds.ProfileSettings{Sensitive: true})
		w.person.grant = creds.GrantNever
		_, err := w.program("dev-admin")
		credstest.WantCode(t, err, creds.CodeDeclined, `"dev-admin"`)
		if w.chosen["dev-admin"] != creds.ProgramsNever {
			t.Errorf("remembered %q", w.chosen["dev-admin"])
		}
		if len(w.person.asked) != 0 {
			t.Error("a code was asked for")
		}
	})
}

func TestAProfileWithheldFromProgramsOpensNoPromptForThem(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.person.centerOf = func(string) *awstest.IdentityCenter { return w.SSO.Center }
		w.write(w.files.Config, w.Config()+"\n"+w.SSO.Config())
		for _, name := range []string{"dev-admin", "sso-dev-admin"} {
			w.choose(name, creds.ProfileSettings{Programs: creds.ProgramsNever})
			_, err := w.program(name)
			credstest.WantCode(t, err, creds.CodeDeclined, "refuse")
			w.refresh(name, core.RefreshOptions{})
			if _, err := w.program(name); err != nil {
				t.Errorf("what a person has refreshed is not given to a program: %v", err)
			}
		}
		if n := len(w.person.asked) + w.person.signInsAsked(); n != 2 {
			t.Errorf("%d questions, want those of the person's own requests", n)
		}
	})
}

func TestAProgramNeedsAConsentHoweverItAsks(t *testing.T) {
	for name, ask := range map[string]func(w *world) error{
		"for credentials": func(w *world) error {
			_, err := w.program("ci")
			return err
		},
		"for a session": func(w *world) error {
			_, err := w.m.Refresh(w.t.Context(), "ci", core.RefreshOptions{Requester: program})
			return err
		},
		"for the console": func(w *world) error {
			_, err := w.m.Console(w.t.Context(), "ci", core.ConsoleOptions{Refresh: core.RefreshOptions{Requester: program}})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.choose("ci", creds.ProfileSettings{Sensitive: true})
				w.person.declines = true
				credstest.WantCode(t, ask(w), creds.CodeDeclined, "")
				if n := w.calls("GetSessionToken") + w.calls("GetFederationToken"); len(w.person.consents) != 1 || n != 0 {
					t.Errorf("%d questions, and %d calls without a yes", len(w.person.consents), n)
				}
				w.person.declines, w.person.grant = false, creds.GrantOnce
				if err := ask(w); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestCredentialsThatCannotBeRemovedFromTheFileAreWithheldAndRemovedLater(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.choose("dev-admin", creds.ProfileSettings{Sensitive: true, Lease: creds.Span(8 * time.Hour)})
		w.refresh("dev-admin", core.RefreshOptions{})
		text, err := os.ReadFile(w.files.Credentials)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.Remove(w.files.Credentials), os.Mkdir(w.files.Credentials, 0o700)); err != nil {
			t.Fatal(err)
		}
		if err := w.m.LockAgain(t.Context()); err == nil {
			t.Fatal("the file was edited all the same")
		}
		w.wantState("dev-admin", creds.StateNone)
		if err := os.Remove(w.files.Credentials); err != nil {
			t.Fatal(err)
		}
		w.write(w.files.Credentials, string(text))
		time.Sleep(2 * time.Minute)
		if got := w.credentials("dev-admin-temporary"); len(got) != 0 {
			t.Error("the file still holds it")
		}
	})
}

func TestALockEndsRunningRefreshesAndTheHourOfPrograms(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.choose("dev-readonly", creds.ProfileSettings{Sensitive: true})
		w.person.grant = creds.GrantHour
		if _, err := w.program("dev-readonly"); err != nil {
			t.Fatal(err)
		}
		if err := w.m.LockAgain(t.Context()); err != nil {
			t.Fatal(err)
		}
		asked := w.consents()
		w.AWS.Faults.Add("AssumeRole", awstest.Fault{Times: 1, Delay: 10 * time.Second})
		ended := make(chan error, 1)
		go func() {
			_, err := w.program("dev-readonly")
			ended <- err
		}()
		time.Sleep(time.Second)
		if n := w.consents() - asked; n != 1 {
			t.Errorf("%d questions after the lock", n)
		}
		if err := w.m.LockAgain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err == nil {
			t.Error("a program was given it while the screen was locked")
		}
		time.Sleep(time.Minute)
		w.wantState("dev-readonly", creds.StateNone)
	})
}
