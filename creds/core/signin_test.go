package core_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/core"
	"daypass/creds/credstest"
	"daypass/internal/signin"
	"daypass/sso"
)

// withSSO adds the sample's sessions and profiles of Identity Center.
func (w *world) withSSO(more string) {
	w.t.Helper()
	w.write(w.files.Config, w.Config()+"\n"+w.SSO.Config()+more)
	w.person.mu.Lock()
	defer w.person.mu.Unlock()
	w.person.centerOf = func(startURL string) *awstest.IdentityCenter {
		if startURL == awstest.SampleLegacyStartURL {
			return w.SSO.Legacy
		}
		return w.SSO.Center
	}
}

var atTray = creds.Requester{Surface: creds.SurfaceTray}

// click refreshes as a person at the tray does.
func (w *world) click(name string) creds.Status {
	w.t.Helper()
	return w.refresh(name, core.RefreshOptions{Requester: atTray})
}

func (w *world) session(id string) creds.Session {
	w.t.Helper()
	s, ok := w.m.Snapshot(w.t.Context()).Session(id)
	if !ok {
		w.t.Fatalf("no session %q in the snapshot", id)
	}
	return s
}

func (w *world) state(name string) creds.State {
	w.t.Helper()
	s, err := w.m.Status(w.t.Context(), name)
	if err != nil {
		w.t.Fatal(err)
	}
	return s.State(time.Now())
}

// aws acts as another program with the same token cache, such as the AWS CLI.
func (w *world) otherProgram() *sso.Client { return sso.NewClient(w.aws, w.tokens, nil) }

func (w *world) corp() sso.Session {
	return sso.Session{
		Name: awstest.SampleSession, StartURL: awstest.SampleStartURL, Region: awstest.SampleRegion, Scopes: []string{"sso:account:access"},
	}
}

func (w *world) signInElsewhere() {
	w.t.Helper()
	_, err := w.otherProgram().SignIn(w.t.Context(), w.corp(), signin.Way{Show: func(p signin.Page) { _ = w.SSO.Center.Approve(p.Code) }})
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestOneSignInServesEveryProfileOfTheSession(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		s := w.click("sso-dev-admin")
		if s.WrittenAs != "sso-dev-admin-temporary" || s.AccountID != w.SSO.Development.ID() || s.Session != awstest.SampleSession {
			t.Errorf("got %+v", s)
		}
		synctest.Wait()
		for _, name := range []string{"sso-dev-admin", "sso-prod-readonly", "sso-sandbox"} {
			if got := w.state(name); got != creds.StateValid {
				t.Errorf("%s is %s", name, got)
			}
			if w.credentials(name + "-temporary")["aws_session_token"] == "" {
				t.Errorf("%s has no temporary profile", name)
			}
		}
		if got := w.state("sso-deploy"); got != creds.StateNone {
			t.Errorf("a role that nobody uses is %s", got)
		}
		w.click("sso-deploy")
		if got := w.calls("AssumeRole"); got != 1 {
			t.Errorf("%d calls to AssumeRole", got)
		}
		if got := w.person.signInsAsked(); got != 1 {
			t.Errorf("the person was asked %d times", got)
		}
		one := w.session(awstest.SampleSession)
		if one.State(time.Now()) != creds.StateValid || !one.Renewable || one.Profiles != 4 || one.Total != 0 {
			t.Errorf("got %+v", one)
		}
	})
}

func TestASessionIsRenewedSilentlyForAsLongAsAWSAllows(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		w.click("sso-prod-readonly")
		for range 7 {
			time.Sleep(61 * time.Minute)
			for _, name := range []string{"sso-prod-readonly", "sso-sandbox"} {
				if got := w.state(name); got != creds.StateValid {
					t.Errorf("%s is %s", name, got)
				}
			}
		}
		token, err := w.tokens.Token(t.Context(), w.corp())
		if err != nil || token.Left(time.Now()) < 15*time.Minute {
			t.Errorf("the AWS CLI's token has %s left, %v", token.Left(time.Now()), err)
		}
		if got := w.person.signInsAsked(); got != 1 {
			t.Errorf("the person was asked %d times", got)
		}

		// The session itself ends after eight hours.
		time.Sleep(3 * time.Hour)
		one := w.session(awstest.SampleSession)
		if !one.Over || one.State(time.Now()) != creds.StateExpired {
			t.Errorf("got %+v", one)
		}
		if got := w.person.signInsAsked(); got != 1 {
			t.Errorf("the end of the session asked the person: %d times", got)
		}
		calls := len(w.AWS.Calls(""))
		time.Sleep(12 * time.Hour)
		if more := len(w.AWS.Calls("")) - calls; more > 0 {
			t.Errorf("%d calls to AWS for a session that is over", more)
		}
		w.click("sso-sandbox")
		synctest.Wait()
		if got := w.state("sso-prod-readonly"); got != creds.StateValid || w.person.signInsAsked() != 2 {
			t.Errorf("after the next click the others are %s, with %d sign-ins", got, w.person.signInsAsked())
		}
		if w.session(awstest.SampleSession).Over {
			t.Error("the session is called over still")
		}
	})
}

func TestAfterSleepASessionThatEndedNeedsASignIn(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		w.click("sso-dev-admin")
		synctest.Wait()
		w.stop()
		time.Sleep(20 * time.Hour)
		w.start()
		synctest.Wait()
		time.Sleep(2 * time.Minute)
		if one := w.session(awstest.SampleSession); !one.Over {
			t.Errorf("got %+v", one)
		}
		if got := w.person.signInsAsked(); got != 1 {
			t.Errorf("the person was asked %d times", got)
		}
		w.click("sso-dev-admin")
		if got := w.state("sso-dev-admin"); got != creds.StateValid {
			t.Errorf("after a click it is %s", got)
		}
	})
}

func TestWhatTheCLISignedInToIsUsedWithoutAQuestion(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		w.signInElsewhere()
		w.click("sso-dev-admin")
		if got := w.person.signInsAsked(); got != 0 {
			t.Errorf("the person was asked %d times", got)
		}
		// It is renewed for the CLI too.
		time.Sleep(5 * time.Hour)
		if token, err := w.tokens.Token(t.Context(), w.corp()); err != nil || token.Left(time.Now()) <= 0 {
			t.Errorf("token with %s left, %v", token.Left(time.Now()), err)
		}
	})
}

func TestASignOutByTheCLIIsNoticed(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		w.click("sso-dev-admin")
		w.click("alice")
		synctest.Wait()
		if err := w.otherProgram().Logout(t.Context(), w.corp()); err != nil {
			t.Fatal(err)
		}
		w.m.RereadTokens(t.Context())
		synctest.Wait()
		for _, name := range []string{"sso-dev-admin", "sso-sandbox"} {
			if got := w.credentials(name + "-temporary"); len(got) > 0 {
				t.Errorf("%s has a temporary profile still", name)
			}
			if got := w.state(name); got != creds.StateNone {
				t.Errorf("%s is %s", name, got)
			}
		}
		if one := w.session(awstest.SampleSession); one.State(time.Now()) != creds.StateNone {
			t.Errorf("got %+v", one)
		}
		if got := w.state("alice"); got != creds.StateValid {
			t.Errorf("alice is %s", got)
		}
		w.click("sso-dev-admin")
	})
}

func TestSigningOutTakesTheSessionOutOfFilesAndAWS(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		w.click("sso-dev-admin")
		w.click("sso-deploy")
		synctest.Wait()
		if err := w.m.SignOut(t.Context(), awstest.SampleSession); err != nil {
			t.Fatal(err)
		}
		if _, err := w.tokens.Token(t.Context(), w.corp()); !errors.Is(err, sso.ErrNoToken) {
			t.Errorf("the token: %v", err)
		}
		if w.calls("Logout") != 1 {
			t.Error("AWS was not told")
		}
		for _, name := range []string{"sso-dev-admin", "sso-sandbox", "sso-deploy"} {
			if got := w.credentials(name + "-temporary"); len(got) > 0 {
				t.Errorf("%s has a temporary profile still", name)
			}
		}
		calls := len(w.AWS.Calls(""))
		time.Sleep(3 * time.Hour)
		if more := len(w.AWS.Calls("")) - calls; more > 0 {
			t.Errorf("%d calls to AWS after the sign-out", more)
		}
		credstest.WantCode(t, w.m.SignOut(t.Context(), "nowhere"), creds.CodeNoSession, `no session "nowhere"`)
	})
}

func TestASessionThatAnAdministratorEnds(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		w.click("sso-prod-readonly")
		synctest.Wait()
		w.SSO.Center.EndSessions()
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := w.person.signInsAsked(); got != 1 {
			t.Errorf("the person was asked %d times without having asked for anything", got)
		}
		w.click("sso-prod-readonly")
		if got := w.person.signInsAsked(); got != 2 || w.state("sso-prod-readonly") != creds.StateValid {
			t.Errorf("%d sign-ins, and it is %s", got, w.state("sso-prod-readonly"))
		}
	})
}

func TestFiveHundredProfilesOfOneSession(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.SSO.Center.Populate(100, 6)
		w.SSO.Center.Set(awstest.SSOSettings{PortalRate: 50})
		w.withSSO("")
		change, err := w.m.Import(t.Context(), creds.SSOImportRequest{
			Session: awstest.SampleSession, ConfigWrite: creds.ConfigWrite{Write: true},
		}, core.RefreshOptions{Requester: atTray})
		if err != nil || len(change.Added) < 600 {
			t.Fatalf("%d profiles added, %v", len(change.Added), err)
		}
		reply, err := w.m.SignIn(t.Context(), awstest.SampleSession, core.RefreshOptions{Requester: atTray})
		if err != nil {
			t.Fatal(err)
		}
		if reply.Refreshed != 500 || len(reply.Failed) != 0 {
			t.Errorf("%d refreshed, failed: %v", reply.Refreshed, reply.Failed)
		}
		if got := w.person.signInsAsked(); got != 1 {
			t.Errorf("the person was asked %d times", got)
		}
		again, err := w.m.Import(t.Context(), creds.SSOImportRequest{
			Session: awstest.SampleSession, Prune: true, ConfigWrite: creds.ConfigWrite{Write: true},
		}, core.RefreshOptions{Requester: atTray})
		if err != nil || again.Diff != "" || again.Written {
			t.Errorf("a second import changes something, or fails: %v\n%.300s", err, again.Diff)
		}
	})
}

func TestEachFailureOfASignInHasOneClearSentence(t *testing.T) {
	type day struct {
		t *testing.T
		*world
	}
	for name, tc := range map[string]struct {
		before func(day)
		code   creds.Code
		words  string
		after  func(day)
	}{
		"the person denies": {
			func(d day) { d.person.denies = true }, creds.CodeSignInFailed, "denied",
			func(d day) { d.person.denies = false },
		},
		"the person closes the question": {
			func(d day) { d.person.declines = true }, creds.CodeDeclined, "closed",
			func(d day) { d.person.declines = false },
		},
		"nobody comes": {
			func(d day) {
				d.person.centerOf = func(string) *awstest.IdentityCenter { return d.AWS.SSO.IdentityCenter("us-east-1", "https://x") }
			},
			creds.CodeSignInFailed, "expired before it was approved",
			func(d day) { d.withSSO("") },
		},
		"Identity Center is away": {
			func(d day) { d.AWS.Faults.Add("", awstest.Fault{Reset: true}) }, creds.CodeNetwork, "could not be reached",
			func(d day) { d.AWS.Faults.Clear() },
		},
		"the portal is down": {
			func(d day) {
				d.AWS.Faults.Add("GetRoleCredentials", awstest.Fault{Status: 503, Body: "<html>busy</html>"})
			}, creds.CodeNetwork, "HTTP status 503",
			func(d day) { d.AWS.Faults.Clear() },
		},
		"the role was taken away": {
			func(d day) { d.SSO.Center.Unassign(d.SSO.Development, "AdministratorAccess") }, creds.CodeDenied, "AdministratorAccess",
			func(d day) {
				d.SSO.Center.Assign(d.SSO.Development, "Development", "aws-dev@corp.example", "AdministratorAccess")
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.withSSO("")
				d := day{t, w}
				tc.before(d)
				_, err := w.m.Refresh(t.Context(), "sso-dev-admin", core.RefreshOptions{Requester: atTray})
				credstest.WantCode(t, err, tc.code, tc.words)
				tc.after(d)
				synctest.Wait()
				w.click("sso-dev-admin")
				if got := w.state("sso-dev-admin"); got != creds.StateValid {
					t.Errorf("after the next click it is %s", got)
				}
			})
		})
	}
}

func TestAClockThatIsOffChangesNothingForASession(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		w.AWS.Skew(-3 * time.Hour)
		w.click("sso-dev-admin")
		if got := w.state("sso-dev-admin"); got != creds.StateValid {
			t.Errorf("it is %s", got)
		}
		time.Sleep(5 * time.Hour)
		if got := w.state("sso-dev-admin"); got != creds.StateValid || w.person.signInsAsked() != 1 {
			t.Errorf("it is %s after %d sign-ins", got, w.person.signInsAsked())
		}
		problems := w.m.Snapshot(t.Context()).Problems
		if len(problems) != 1 || problems[0].Code != creds.CodeClockOff {
			t.Errorf("problems: %v", problems)
		}
	})
}

func TestADamagedTokenIsSetAsideWithAWarning(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		w.signInElsewhere()
		files, err := filepath.Glob(filepath.Join(w.tokens.Dir(), "*.json"))
		if err != nil || len(files) < 2 {
			t.Fatalf("%v, %v", files, err)
		}
		for _, path := range files {
			w.write(path, `{"startUrl": "https:`)
		}
		time.Sleep(time.Minute)
		s := w.m.Snapshot(t.Context())
		if len(s.Problems) != 1 || !strings.Contains(s.Problems[0].Message, "set aside") {
			t.Errorf("problems: %v", s.Problems)
		}
		w.click("sso-dev-admin")
		if got := w.person.signInsAsked(); got != 1 {
			t.Errorf("the person was asked %d times", got)
		}
		if problems := w.m.Snapshot(t.Context()).Problems; len(problems) != 0 {
			t.Errorf("problems: %v", problems)
		}
	})
}

func TestProgramsShareOneSignIn(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		come := make(chan struct{})
		w.person.signInNeeds = come
		errs := make(chan error, 21)
		for i := range 21 {
			name := []string{"sso-dev-admin", "sso-sandbox", "sso-deploy"}[i%3]
			go func() {
				_, err := w.m.Credentials(t.Context(), name, creds.Requester{Surface: creds.SurfaceProgram, PID: i})
				errs <- err
			}()
		}
		synctest.Wait()
		if got := w.state("sso-sandbox"); got != creds.StateNeedsSSO {
			t.Errorf("while the person is asked it is %s", got)
		}
		if one := w.session(awstest.SampleSession); one.State(time.Now()) != creds.StateNeedsSSO {
			t.Errorf("the session is %s", one.State(time.Now()))
		}
		close(come)
		for range 21 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if got := w.person.signInsAsked(); got != 1 {
			t.Errorf("the person was asked %d times", got)
		}
	})
}

func TestALegacyProfileWorksUntilItsTokenEnds(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		w.click("sso-legacy")
		time.Sleep(5 * time.Hour)
		if got := w.state("sso-legacy"); got != creds.StateValid {
			t.Errorf("it is %s", got)
		}
		one := w.session(awstest.SampleLegacyStartURL)
		if !one.Legacy || one.Renewable {
			t.Errorf("got %+v", one)
		}
		change, err := w.m.Migrate(t.Context(), creds.SSOMigrateRequest{StartURL: awstest.SampleLegacyStartURL, Name: "old"})
		if err != nil || !strings.Contains(change.Diff, "+[sso-session old]") || change.Written {
			t.Fatalf("%+v, %v", change, err)
		}
		before, err := os.ReadFile(w.files.Config)
		if err != nil {
			t.Fatal(err)
		}
		change, err = w.m.Migrate(t.Context(), creds.SSOMigrateRequest{
			StartURL: awstest.SampleLegacyStartURL, Name: "old",
			ConfigWrite: creds.ConfigWrite{Write: true, Seen: change.Fingerprint},
		})
		after, _ := os.ReadFile(w.files.Config)
		if err != nil || !change.Written || string(before) == string(after) {
			t.Fatalf("%+v, %v", change, err)
		}
		w.click("sso-legacy")
		if one := w.session("old"); !one.Renewable {
			t.Errorf("got %+v", one)
		}
	})
}

func TestImportingNeedsASignInOnlyFromAPerson(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		_, err := w.m.Accounts(t.Context(), awstest.SampleSession, core.RefreshOptions{Requester: creds.Requester{Surface: creds.SurfaceProgram}})
		credstest.WantCode(t, err, creds.CodeSignInNeeded, awstest.SampleSession)
		accounts, err := w.m.Accounts(t.Context(), awstest.SampleSession, core.RefreshOptions{Requester: atTray})
		if err != nil || len(accounts) != 4 || accounts[0].Name != "Development" || len(accounts[0].Roles) != 2 {
			t.Errorf("%v, %v", accounts, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := w.m.Accounts(ctx, awstest.SampleSession, core.RefreshOptions{Requester: atTray}); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

func TestAccountsAreCalledWhatIdentityCenterCallsThem(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		withSSO(w)
		w.refresh("sso-dev-admin", core.RefreshOptions{})
		synctest.Wait()
		s, _ := w.status("sso-dev-admin")
		if s.AccountName == "" {
			t.Errorf("the account %s has no name", s.AccountID)
		}
		calls := w.calls("ListAccounts")
		w.stop()
		w.start()
		if again, _ := w.status("sso-dev-admin"); again.AccountName != s.AccountName {
			t.Errorf("after a restart it is called %q, not %q", again.AccountName, s.AccountName)
		}
		w.refresh("sso-dev-admin", core.RefreshOptions{Force: true})
		synctest.Wait()
		if n := w.calls("ListAccounts") - calls; n != 0 {
			t.Errorf("%d calls for names that are known", n)
		}
	})
}

func TestThePageOfASignInOpensWhereItsSessionsSettingSays(t *testing.T) {
	w := newWorld(t)
	w.withSSO("")
	w.settings.SSO = map[string]creds.SSOSettings{awstest.SampleSession: {Place: "firefox:Work", SignIn: creds.SignInDeviceCode}}
	w.m.SettingsChanged()
	for _, c := range []struct{ asked, want creds.SignInOptions }{
		{creds.SignInOptions{}, creds.SignInOptions{Method: creds.SignInDeviceCode, Place: "firefox:Work"}},
		{creds.SignInOptions{Place: "private"}, creds.SignInOptions{Method: creds.SignInDeviceCode, Place: "private"}},
	} {
		if _, err := w.m.SignIn(t.Context(), awstest.SampleSession, core.RefreshOptions{Force: true, Requester: atTray, SignIn: c.asked}); err != nil {
			t.Fatal(err)
		}
		w.person.mu.Lock()
		if got := w.person.signIns[len(w.person.signIns)-1].Options; got != c.want {
			t.Errorf("the person is asked to sign in with %+v, want %+v", got, c.want)
		}
		w.person.mu.Unlock()
	}
}
