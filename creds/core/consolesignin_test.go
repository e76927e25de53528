package core_test

import (
	"crypto/sha1"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/consolesignin"
	"daypass/creds/core"
	"daypass/creds/credstest"
	"daypass/internal/signin"
)

// withConsole adds the sample's profiles that need a sign-in to the console, and "play",
// for which nobody has signed in yet.
func (w *world) withConsole(more string) {
	w.t.Helper()
	w.write(w.files.Config, w.Config()+"\n"+w.Console.Config()+"\n[profile play]\nregion = eu-west-1\n"+more)
	w.choose("play", creds.ProfileSettings{ConsoleSignIn: true})
}

func inConsole(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	bubble(t, func(t *testing.T, w *world) {
		w.withConsole("")
		test(t, w)
	})
}

// login is a console sign-in as another program has it.
func (w *world) login(id *awstest.ConsoleIdentity) consolesignin.Session {
	return consolesignin.Session{ARN: id.ARN(), Region: "eu-west-1", Profile: "other"}
}

func (w *world) otherLogin() *consolesignin.Client {
	return consolesignin.NewClient(w.aws, w.logins, nil)
}

// awsLogin signs in as "aws login" does.
func (w *world) awsLogin(id *awstest.ConsoleIdentity) {
	w.t.Helper()
	client, pasted := w.otherLogin(), make(chan string, 1)
	var once sync.Once
	token, err := client.Authorize(w.t.Context(), w.login(id), signin.Way{
		Method: signin.MethodDevice, Pasted: pasted, Show: func(page signin.Page) {
			once.Do(func() {
				code, err := id.Approve(page.URL)
				if err != nil {
					w.t.Error(err)
				}
				pasted <- code
			})
		},
	})
	if err == nil {
		err = client.Keep(w.t.Context(), token)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// loginFile is the file of an identity in the login cache.
func (w *world) loginFile(id *awstest.ConsoleIdentity) string {
	name, _ := id.LoginFile(time.Minute)
	return filepath.Join(w.logins.Dir(), name)
}

// renewals returns how often credentials of a sign-in were renewed.
func (w *world) renewals() int {
	n := 0
	for _, call := range w.AWS.Calls("CreateOAuth2Token") {
		if call.Params.Get("grantType") == "refresh_token" {
			n++
		}
	}
	return n
}

func (w *world) wantSignIns(want int) {
	w.t.Helper()
	if got := w.person.signInsAsked(); got != want {
		w.t.Errorf("the person was asked to sign in %d times, want %d", got, want)
	}
}

func TestASignInToTheConsoleGivesCredentials(t *testing.T) {
	inConsole(t, func(t *testing.T, w *world) {
		s := w.click("console-alice")
		if s.WrittenAs != "console-alice-temporary" || s.AccountID != "111122223333" || s.LoginSession != w.Console.Alice.ARN() {
			t.Errorf("got %+v", s)
		}
		if !near(s.Expires, time.Now().Add(15*time.Minute)) || !near(s.SignInEnds, time.Now().Add(12*time.Hour)) || s.NeedsPerson {
			t.Errorf("got %+v", s)
		}
		if w.credentials("console-alice-temporary")["aws_session_token"] == "" {
			t.Error("nothing is written")
		}
		w.click("console-deploy")
		w.click("console-alice")
		w.wantSignIns(1)
		if w.calls("AssumeRole") != 1 || w.renewals() != 0 {
			t.Errorf("%d roles, %d renewals", w.calls("AssumeRole"), w.renewals())
		}
		w.person.mu.Lock()
		defer w.person.mu.Unlock()
		if asked := w.person.signIns[0]; asked.Kind != creds.PromptConsole || asked.About.Identity != w.Console.Alice.ARN() || asked.Profile != "console-alice" {
			t.Errorf("asked %+v", asked)
		}
	})
}

func TestTheFirstSignInOfAProfileNamesWhoSignsIn(t *testing.T) {
	inConsole(t, func(t *testing.T, w *world) {
		w.edit("[profile play]\nregion = eu-west-1\n", "[profile play]\n")
		w.person.identity = w.Console.Bob
		s := w.click("play")
		if s.LoginSession != w.Console.Bob.ARN() || s.State(time.Now()) != creds.StateValid || s.Region != "us-east-1" {
			t.Errorf("got %+v", s)
		}
		config := credstest.Content(t, w.files.Config)
		if !strings.Contains(config, "login_session = "+w.Console.Bob.ARN()+"\n") || strings.Count(config, "login_session") != 2 {
			t.Errorf("the config file is\n%s", config)
		}
		w.wantSignIns(1)
		if len(w.person.strangers) > 0 {
			t.Error("the person was asked about another one")
		}
	})
}

func TestAConsoleSignInIsKeptAliveWithoutAPerson(t *testing.T) {
	inConsole(t, func(t *testing.T, w *world) {
		w.click("console-alice")
		w.click("console-deploy")
		for range 11*6 + 5 {
			time.Sleep(10 * time.Minute)
			synctest.Wait()
			for _, name := range []string{"console-alice", "console-deploy"} {
				w.wantState(name, creds.StateValid)
			}
			if s, _ := w.status("console-alice"); time.Until(s.Expires) < consolesignin.RenewBefore-time.Second || s.Err != nil {
				t.Errorf("%s left: %+v", time.Until(s.Expires), s)
			}
		}
		w.wantSignIns(1)
		if got := w.renewals(); got < 85 || got > 92 {
			t.Errorf("%d renewals", got)
		}
		// The session ends after twelve hours.
		time.Sleep(time.Hour)
		calls := len(w.AWS.Calls(""))
		if s, state := w.status("console-alice"); state != creds.StateExpired && state != creds.StateFailed || !s.SignInEnds.IsZero() || !s.NeedsPerson && state == creds.StateExpired {
			t.Errorf("it is %s: %+v", state, s)
		}
		time.Sleep(12 * time.Hour)
		if more := len(w.AWS.Calls("")) - calls; more > 0 {
			t.Errorf("%d calls for a sign-in that is over", more)
		}
		w.wantSignIns(1)
		w.click("console-deploy")
		synctest.Wait()
		w.wantState("console-alice", creds.StateValid)
		w.wantSignIns(2)
	})
}

func TestAConsoleSignInThatAWSEndsIsSaidOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		end   func(w *world)
		words string
	}{
		"an administrator ends it": {func(w *world) { w.Console.Alice.EndSessions() }, "AWS has ended the console sign-in"},
		"the password changes":     {func(w *world) { w.Console.Alice.ChangePassword() }, "password"},
		"the policy is gone": {func(w *world) {
			w.AWS.Faults.Add("CreateOAuth2Token", awstest.Fault{Code: "INSUFFICIENT_PERMISSIONS", Message: "no"})
		}, "AWS does not allow"},
	} {
		t.Run(name, func(t *testing.T) {
			inConsole(t, func(t *testing.T, w *world) {
				w.click("console-alice")
				tc.end(w)
				time.Sleep(9 * time.Minute)
				s, state := w.status("console-alice")
				if state != creds.StateValid || s.Err == nil || !strings.Contains(s.Err.Message, tc.words) || !s.NeedsPerson {
					t.Errorf("it is %s: %+v, %v", state, s, s.Err)
				}
				time.Sleep(10 * time.Minute)
				w.wantState("console-alice", creds.StateFailed)
				time.Sleep(3 * time.Hour)
				if got := w.renewals(); got != 1 {
					t.Errorf("%d renewals", got)
				}
				if got := strings.Count(w.log.String(), "the console sign-in is over"); got != 1 {
					t.Errorf("it is logged %d times", got)
				}
				w.wantSignIns(1)
				w.AWS.Faults.Clear()
				w.click("console-alice")
				w.wantState("console-alice", creds.StateValid)
				if s, _ := w.status("console-alice"); s.Err != nil {
					t.Errorf("it says %v", s.Err)
				}
			})
		})
	}
}

func TestANetworkThatIsAwayEndsNoConsoleSignIn(t *testing.T) {
	for name, tc := range map[string]struct {
		away   time.Duration
		during creds.State
		fault  awstest.Fault
	}{
		"for three minutes":                   {3 * time.Minute, creds.StateValid, awstest.Fault{Status: 503, Body: "<html>busy</html>"}},
		"for an hour":                         {time.Hour, creds.StateFailed, awstest.Fault{Status: 503, Body: "<html>busy</html>"}},
		"as the service is silent, for hours": {2 * time.Hour, creds.StateFailed, awstest.Fault{Delay: 24 * time.Hour}},
	} {
		t.Run(name, func(t *testing.T) {
			inConsole(t, func(t *testing.T, w *world) {
				w.click("console-alice")
				w.AWS.Faults.Add("CreateOAuth2Token", tc.fault)
				time.Sleep(8*time.Minute + tc.away)
				w.wantState("console-alice", tc.during)
				if s, _ := w.status("console-alice"); s.Err == nil || s.Err.Code != creds.CodeNetwork {
					t.Errorf("it says %+v", s.Err)
				}
				w.AWS.Faults.Clear()
				w.m.Hurry()
				time.Sleep(2 * time.Minute) // a call may be under way
				w.wantState("console-alice", creds.StateValid)
				if s, _ := w.status("console-alice"); s.Err != nil || time.Until(s.Expires) < 12*time.Minute {
					t.Errorf("it has %s, and says %v", time.Until(s.Expires), s.Err)
				}
				w.wantSignIns(1)
			})
		})
	}
}

func TestAProgramGetsWhatIsLeftWhileTheNetworkIsAway(t *testing.T) {
	inConsole(t, func(t *testing.T, w *world) {
		w.click("console-alice")
		w.AWS.Faults.Add("CreateOAuth2Token", awstest.Fault{Status: 503, Body: "<html>busy</html>"})
		time.Sleep(11 * time.Minute)
		got, err := w.program("console-alice")
		if err != nil || time.Until(got.Expires) < 3*time.Minute {
			t.Errorf("%s left, %v", time.Until(got.Expires), err)
		}
		w.AWS.Faults.Clear()
		got, err = w.program("console-alice")
		if err != nil || time.Until(got.Expires) < 14*time.Minute {
			t.Errorf("%s left, %v", time.Until(got.Expires), err)
		}
	})
}

func TestProgramsGetCredentialsOfAConsoleSignInWithMinutesLeft(t *testing.T) {
	inConsole(t, func(t *testing.T, w *world) {
		w.click("console-alice")
		w.stop()
		time.Sleep(9 * time.Minute)
		w.start()
		for range 20 {
			got, err := w.program("console-alice")
			if err != nil || time.Until(got.Expires) < consolesignin.RenewBefore-time.Second {
				t.Errorf("%s left, %v", time.Until(got.Expires), err)
			}
			time.Sleep(77 * time.Second)
		}
		w.wantSignIns(1)
	})
}

func TestAfterADayAsleepAConsoleSignInWaitsForAPerson(t *testing.T) {
	inConsole(t, func(t *testing.T, w *world) {
		w.click("console-alice")
		w.stop()
		time.Sleep(24 * time.Hour)
		calls := len(w.AWS.Calls(""))
		w.start()
		time.Sleep(time.Hour)
		if s, state := w.status("console-alice"); state != creds.StateExpired || !s.NeedsPerson {
			t.Errorf("it is %s: %+v", state, s)
		}
		if more := len(w.AWS.Calls("")) - calls; more != 0 {
			t.Errorf("%d calls", more)
		}
		w.wantSignIns(1)
		w.click("console-alice")
		w.wantState("console-alice", creds.StateValid)
		w.wantSignIns(2)
	})
}

func TestTheNextAgentKeepsAConsoleSignInAlive(t *testing.T) {
	inConsole(t, func(_ *testing.T, w *world) {
		w.click("console-alice")
		w.click("console-deploy")
		w.stop()
		time.Sleep(20 * time.Minute)
		w.start()
		time.Sleep(time.Minute)
		w.wantState("console-alice", creds.StateValid)
		w.wantState("console-deploy", creds.StateValid)
		w.wantSignIns(1)
	})
}

func TestASignInOfTheCLIToTheConsoleIsUsedWithoutAQuestion(t *testing.T) {
	inConsole(t, func(t *testing.T, w *world) {
		w.awsLogin(w.Console.Alice)
		w.m.RereadLogins(t.Context())
		time.Sleep(30 * time.Minute) // it is kept alive, too
		if s, ok := w.m.Snapshot(t.Context()).Profile("console-alice"); !ok || !near(s.SignInEnds, time.Now().Add(11*time.Hour+30*time.Minute)) || s.Err != nil {
			t.Errorf("got %+v", s)
		}
		w.click("console-alice")
		w.wantState("console-alice", creds.StateValid)
		// The CLI signs in for another profile, and as somebody else for this one.
		w.awsLogin(w.Console.Bob)
		w.edit("[profile play]\n", "[profile play]\nlogin_session = "+w.Console.Bob.ARN()+"\n")
		w.edit("login_session = "+w.Console.Alice.ARN(), "login_session = "+w.Console.Bob.ARN())
		w.m.Reread(t.Context())
		synctest.Wait()
		w.click("play")
		for _, name := range []string{"console-alice", "play"} {
			if s, state := w.status(name); state != creds.StateValid || s.LoginSession != w.Console.Bob.ARN() {
				t.Errorf("%s is %s: %+v", name, state, s)
			}
		}
		token, err := w.otherLogin().Peek(t.Context(), w.login(w.Console.Bob))
		if err != nil || w.credentials("console-alice-temporary")["aws_access_key_id"] != token.AccessKeyID {
			t.Errorf("the file has other credentials than Bob's: %v", err)
		}
		w.wantSignIns(0)
	})
}

func TestARenewalByAnSDKIsTakenOver(t *testing.T) {
	inConsole(t, func(t *testing.T, w *world) {
		w.click("console-alice")
		time.Sleep(5 * time.Minute)
		token, err := w.otherLogin().Fresh(t.Context(), w.login(w.Console.Alice), consolesignin.Lifetime)
		if err != nil {
			t.Fatal(err)
		}
		w.m.RereadLogins(t.Context())
		time.Sleep(4 * time.Minute)
		if got := w.credentials("console-alice-temporary")["aws_access_key_id"]; got != token.AccessKeyID || w.renewals() != 1 {
			t.Errorf("the file has %s, not %s, after %d renewals", got, token.AccessKeyID, w.renewals())
		}
		time.Sleep(2 * time.Hour)
		w.wantState("console-alice", creds.StateValid)
		w.wantSignIns(1)
	})
}

func TestASignOutOfTheConsoleByTheCLIIsFollowed(t *testing.T) {
	inConsole(t, func(t *testing.T, w *world) {
		w.choose("console-deploy", creds.ProfileSettings{})
		w.click("console-alice")
		w.click("console-deploy")
		w.click("alice")
		path := w.loginFile(w.Console.Alice)
		file := credstest.Content(t, path)
		// A file that is replaced in two steps is no sign-out.
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		w.m.RereadLogins(t.Context())
		time.Sleep(3 * time.Second)
		w.write(path, file)
		w.m.RereadLogins(t.Context())
		time.Sleep(time.Minute)
		w.wantState("console-alice", creds.StateValid)

		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		w.m.RereadLogins(t.Context())
		time.Sleep(6 * time.Second)
		for _, name := range []string{"console-alice", "console-deploy"} {
			w.wantState(name, creds.StateNone)
			if got := w.credentials(name + "-temporary"); len(got) > 0 {
				t.Errorf("%s has credentials still", name)
			}
		}
		w.wantState("alice", creds.StateValid)
		w.wantSignIns(1)

		w.awsLogin(w.Console.Alice)
		w.m.RereadLogins(t.Context())
		time.Sleep(time.Second)
		for _, name := range []string{"console-alice", "console-deploy"} {
			w.wantState(name, creds.StateValid)
		}
		w.wantSignIns(1)
	})
}

func TestAnotherIdentityIsConfirmedBeforeAnythingIsWritten(t *testing.T) {
	for name, refuses := range map[string]bool{"it is declined": true, "it is confirmed": false} {
		t.Run(name, func(t *testing.T) {
			inConsole(t, func(t *testing.T, w *world) {
				w.withConsole("\n[profile same]\nlogin_session = " + w.Console.Alice.ARN() + "\nregion = us-east-1\n")
				w.click("console-alice")
				w.click("console-deploy")
				w.Console.Alice.EndSessions()
				time.Sleep(20 * time.Minute)
				before := credstest.Content(t, w.files.Config)
				w.person.mu.Lock()
				w.person.identity, w.person.refuses = w.Console.Bob, refuses
				w.person.mu.Unlock()
				s, err := w.m.Refresh(t.Context(), "console-alice", core.RefreshOptions{Requester: atTray})
				if len(w.person.strangers) != 1 {
					t.Fatalf("%d questions about another person, %v", len(w.person.strangers), err)
				}
				ask := w.person.strangers[0]
				if ask.Profile != "console-alice" || *ask.Person != (creds.Person{Before: w.Console.Alice.ARN(), Now: w.Console.Bob.ARN()}) {
					t.Errorf("asked %+v, %+v", ask, ask.Person)
				}
				synctest.Wait()
				if refuses {
					credstest.WantCode(t, err, creds.CodeDeclined, "closed")
					if after := credstest.Content(t, w.files.Config); after != before {
						t.Errorf("the config file is\n%s", after)
					}
					if _, err := os.Stat(w.loginFile(w.Console.Bob)); err == nil {
						t.Error("the sign-in is kept")
					}
					if n := w.Console.Bob.Sessions(); n > 0 && w.calls("RevokeOAuth2TokenWithIAM") == 0 {
						t.Errorf("%d sessions go on", n)
					}
					return
				}
				if err != nil || s.LoginSession != w.Console.Bob.ARN() || s.State(time.Now()) != creds.StateValid {
					t.Errorf("got %+v, %v", s, err)
				}
				want := strings.Replace(before, w.Console.Alice.ARN(), w.Console.Bob.ARN(), 1) // console-alice comes first
				if after := credstest.Content(t, w.files.Config); after != want || before == want {
					t.Errorf("the config file is\n%s\nwant\n%s", after, want)
				}
				// The role behind it had credentials of Alice's.
				if s, state := w.status("console-deploy"); state != creds.StateValid || s.LoginSession != w.Console.Bob.ARN() {
					t.Errorf("the role is %s: %+v", state, s)
				}
				if s, _ := w.status("same"); s.LoginSession != w.Console.Alice.ARN() {
					t.Errorf("another profile is %+v", s)
				}
				w.wantSignIns(2)
			})
		})
	}
}

func TestAConfigFileThatCannotBeWrittenSaysWhatToAdd(t *testing.T) {
	inConsole(t, func(t *testing.T, w *world) {
		// The file's lock cannot be taken, not even by root.
		if err := os.Mkdir(filepath.Join(filepath.Dir(w.files.Config), ".config.daypass.lock"), 0o700); err != nil {
			t.Fatal(err)
		}
		_, err := w.m.Refresh(t.Context(), "play", core.RefreshOptions{Requester: atTray})
		credstest.WantCode(t, err, creds.CodeFile, "you are signed in to the console as "+w.Console.Alice.ARN())
		if line := "login_session = " + w.Console.Alice.ARN(); !strings.HasSuffix(creds.AsError(err).Advice, line) {
			t.Errorf("it advises %q, not to add %q", creds.AsError(err).Advice, line)
		}
		if n := w.Console.Alice.Sessions(); n != 1 {
			t.Errorf("%d sign-ins are kept, want 1", n)
		}
	})
}

// roleEntry is the name of the AWS CLI for what it caches of a role.
func roleEntry(arn string) string {
	sum := sha1.Sum([]byte(`{"RoleArn": "` + arn + `"}`))
	return hex.EncodeToString(sum[:]) + ".json"
}

func TestALogoutEndsAConsoleSignInForAllThatUseIt(t *testing.T) {
	for name, tc := range map[string]struct {
		logout func(w *world) error
		fault  *awstest.Fault
		words  string
	}{
		"of the profile":                      {func(w *world) error { return w.m.Logout(w.t.Context(), "console-alice") }, nil, ""},
		"of all":                              {func(w *world) error { return w.m.LogoutAll(w.t.Context()) }, nil, ""},
		"of the profile, and AWS does not":    {func(w *world) error { return w.m.Logout(w.t.Context(), "console-alice") }, &awstest.Fault{Status: 503, Body: "<html>busy</html>"}, "goes on at AWS"},
		"of another that is also signed in":   {func(w *world) error { return w.m.Logout(w.t.Context(), "same") }, nil, ""},
		"of all, and AWS does not answer now": {func(w *world) error { return w.m.LogoutAll(w.t.Context()) }, &awstest.Fault{Status: 503, Body: "<html>busy</html>"}, "goes on at AWS"},
	} {
		t.Run(name, func(t *testing.T) {
			inConsole(t, func(t *testing.T, w *world) {
				w.withConsole("\n[profile same]\nlogin_session = " + w.Console.Alice.ARN() + "\nregion = us-east-1\n")
				w.click("console-alice")
				w.click("console-deploy")
				synctest.Wait()
				w.wantState("same", creds.StateValid) // one sign-in serves both
				cached := filepath.Join(w.cliCache(), roleEntry("arn:aws:iam::111122223333:role/Deploy"))
				end := time.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05Z")
				w.write(cached, `{"Credentials": {"AccessKeyId": "ASIA", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": "`+end+`"}, "AssumedRoleUser": {}}`)
				if tc.fault != nil {
					w.AWS.Faults.Add("RevokeOAuth2TokenWithIAM", *tc.fault)
				}
				err := tc.logout(w)
				if known, ok := asKnown(err); tc.words == "" && err != nil || tc.words != "" && (!ok || !strings.Contains(err.Error(), tc.words)) {
					t.Errorf("it says %v (%+v)", err, known)
				}
				if n := w.Console.Alice.Sessions(); n > 0 && tc.fault == nil {
					t.Errorf("%d sessions go on at AWS", n)
				}
				for _, name := range []string{"console-alice", "console-deploy", "same"} {
					w.wantState(name, creds.StateNone)
					if got := w.credentials(name + "-temporary"); len(got) > 0 {
						t.Errorf("%s has credentials still", name)
					}
				}
				for _, path := range []string{w.loginFile(w.Console.Alice), cached} {
					if _, err := os.Stat(path); err == nil {
						t.Errorf("%s is still there", path)
					}
				}
				w.AWS.Faults.Clear()
				calls := len(w.AWS.Calls(""))
				time.Sleep(3 * time.Hour)
				if more := len(w.AWS.Calls("")) - calls; more > 0 {
					t.Errorf("%d calls after the logout", more)
				}
			})
		})
	}
}

func TestALogoutOfARoleLeavesTheConsoleSignInAlone(t *testing.T) {
	inConsole(t, func(t *testing.T, w *world) {
		w.click("console-deploy")
		if err := w.m.Logout(t.Context(), "console-deploy"); err != nil {
			t.Fatal(err)
		}
		w.wantState("console-deploy", creds.StateNone)
		w.wantState("console-alice", creds.StateValid)
		time.Sleep(time.Hour)
		w.wantState("console-deploy", creds.StateNone)
		if n := w.calls("RevokeOAuth2TokenWithIAM"); n != 0 {
			t.Errorf("%d sign-ins were ended", n)
		}
		w.click("console-deploy")
		w.wantSignIns(1)
	})
}

func TestASensitiveConsoleSignInIsKeptForItsLeaseAlone(t *testing.T) {
	inConsole(t, func(t *testing.T, w *world) {
		w.choose("console-alice", creds.ProfileSettings{Sensitive: true, Lease: creds.Span(50 * time.Minute), Programs: creds.ProgramsAlways})
		w.click("console-alice")
		for range 4 {
			time.Sleep(12 * time.Minute)
			if s, state := w.status("console-alice"); state != creds.StateValid && state != creds.StateEnding || time.Until(s.Expires) < time.Minute {
				t.Errorf("it is %s: %+v", state, s)
			}
			if _, err := w.program("console-alice"); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(3 * time.Minute)
		w.wantState("console-alice", creds.StateNone)
		if got := w.credentials("console-alice-temporary"); len(got) > 0 {
			t.Error("it has credentials still")
		}
		time.Sleep(time.Hour)
		w.wantState("console-alice", creds.StateNone)
		w.wantSignIns(1)
	})
}

func TestAProgramHasAPersonSignInToTheConsole(t *testing.T) {
	inConsole(t, func(t *testing.T, w *world) {
		w.choose("console-alice", creds.ProfileSettings{Sensitive: true})
		w.person.grant = creds.GrantOnce
		got, err := w.program("console-alice")
		if err != nil || got.AccessKeyID == "" || w.consents() != 1 {
			t.Errorf("got %v after %d questions, %v", got.Expires, w.consents(), err)
		}
		w.wantSignIns(1)

		// The settings keep programs from asking.
		w.choose("play", creds.ProfileSettings{ConsoleSignIn: true, Programs: creds.ProgramsNever})
		_, err = w.program("play")
		credstest.WantCode(t, err, creds.CodeDeclined, "play")
		w.choose("play", creds.ProfileSettings{ConsoleSignIn: true})
		if got, err = w.program("play"); err != nil || got.AccessKeyID == "" {
			t.Errorf("got %v, %v", got.Expires, err)
		}
		w.wantSignIns(2)
	})
}

func TestManyWhoNeedOneConsoleSignInShareIt(t *testing.T) {
	inConsole(t, func(t *testing.T, w *world) {
		start := make(chan struct{})
		w.person.mu.Lock()
		w.person.signInNeeds = start
		w.person.mu.Unlock()
		var all sync.WaitGroup
		for _, name := range []string{"console-alice", "console-deploy", "console-alice", "play", "play"} {
			all.Go(func() {
				if _, err := w.m.Refresh(t.Context(), name, core.RefreshOptions{Requester: atTray}); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
			all.Go(func() {
				if _, err := w.program(name); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		synctest.Wait()
		for _, name := range []string{"console-alice", "console-deploy", "play"} {
			w.wantState(name, creds.StateNeedsSSO)
		}
		close(start)
		all.Wait()
		for _, name := range []string{"console-alice", "console-deploy", "play"} {
			w.wantState(name, creds.StateValid)
		}
		w.wantSignIns(2) // alice's, and that of play
	})
}

func TestNewCredentialsOfAConsoleSignInNeedNobodyUntilItsLastHour(t *testing.T) {
	inConsole(t, func(t *testing.T, w *world) {
		w.click("console-alice")
		first := w.credentials("console-alice-temporary")["aws_access_key_id"]
		force := core.RefreshOptions{Force: true, Requester: atTray}
		time.Sleep(2 * time.Minute)
		w.refresh("console-alice", force)
		if got := w.credentials("console-alice-temporary")["aws_access_key_id"]; got == first || w.renewals() != 1 {
			t.Errorf("%d renewals, and the key is %s after %s", w.renewals(), got, first)
		}
		w.wantSignIns(1)
		time.Sleep(11*time.Hour + time.Minute)
		s := w.refresh("console-alice", force)
		w.wantSignIns(2)
		if !near(s.SignInEnds, time.Now().Add(12*time.Hour)) {
			t.Errorf("got %+v", s)
		}
	})
}

func TestAWishForMoreThanAConsoleSignInGivesIsNoted(t *testing.T) {
	inConsole(t, func(t *testing.T, w *world) {
		s := w.refresh("console-alice", core.RefreshOptions{Duration: time.Hour, Requester: atTray})
		if want := "15m instead of 1h: AWS's sign-in service decides"; s.Note != want && !strings.Contains(s.Note, "AWS's sign-in service decides") {
			t.Errorf("noted %q, want %q", s.Note, want)
		}
	})
}

func TestCredentialsOfTheConsoleAreRenewedEarlierForWhoNeedsMoreOfThem(t *testing.T) {
	inConsole(t, func(t *testing.T, w *world) {
		w.click("console-alice")
		time.Sleep(3 * time.Minute)
		for _, tc := range []struct {
			wish, atLeast time.Duration
			calls         int
		}{
			{0, 11 * time.Minute, 0},
			{15 * time.Minute, 14 * time.Minute, 1},
			{15 * time.Minute, 14 * time.Minute, 1},
		} {
			s := w.refresh("console-alice", core.RefreshOptions{Duration: tc.wish, Requester: atTray})
			if left := time.Until(s.Expires); left < tc.atLeast || s.Note != "" {
				t.Errorf("who wants %s gets %s, and reads %q", tc.wish, left, s.Note)
			}
			if n := w.renewals(); n != tc.calls {
				t.Errorf("%d calls after a wish for %s, want %d", n, tc.wish, tc.calls)
			}
		}
	})
}

func TestTheStepsOfAConsoleSignInAreExplained(t *testing.T) {
	inConsole(t, func(t *testing.T, w *world) {
		want := func(profile, title, missing string) {
			t.Helper()
			e, err := w.m.Explain(t.Context(), profile)
			if err != nil || len(e.Links) == 0 || e.Links[0].Kind != creds.LinkSignIn || e.Links[0].Title != title || !strings.Contains(e.Links[0].Missing, missing) || missing == "" && e.Links[0].Missing != "" {
				t.Errorf("got %+v, %v", e, err)
			}
		}
		want("play", "sign-in to the console", "nobody has signed in yet")
		want("console-deploy", "sign-in to the console as alice", "nobody is signed in")
		w.click("console-deploy")
		want("console-deploy", "sign-in to the console as alice", "")
		w.Console.Alice.EndSessions()
		time.Sleep(10 * time.Minute)
		want("console-alice", "sign-in to the console as alice", "AWS has ended")
	})
}

func TestTheConsoleOfAConsoleSignIn(t *testing.T) {
	for name, tc := range map[string]struct {
		who       func(w *world) *awstest.ConsoleIdentity
		sensitive bool
		federated bool
		notes     []string
	}{
		"a user's is the browser's own": {func(w *world) *awstest.ConsoleIdentity { return w.Console.Alice }, false, false, []string{"whoever is signed in to the browser"}},
		"a sensitive one's":             {func(w *world) *awstest.ConsoleIdentity { return w.Console.Alice }, true, false, []string{"whoever is signed in to the browser", "does not end with the time"}},
		"a role's is federated":         {func(w *world) *awstest.ConsoleIdentity { return w.Console.Bob }, false, true, nil},
		"the root user's":               {func(w *world) *awstest.ConsoleIdentity { return w.Console.Root }, false, false, []string{"whoever is signed in to the browser"}},
	} {
		t.Run(name, func(t *testing.T) {
			inConsole(t, func(t *testing.T, w *world) {
				w.person.identity = tc.who(w)
				if tc.sensitive {
					w.choose("play", creds.ProfileSettings{ConsoleSignIn: true, Sensitive: true})
				}
				w.click("play")
				link := w.console("play", core.ConsoleOptions{})
				if federated := strings.Contains(link.Link.Reveal(), "SigninToken"); federated != tc.federated || !federated && link.Link.Reveal() != link.Destination {
					t.Errorf("got %s", link.Destination)
				}
				for _, note := range tc.notes {
					if !strings.Contains(link.Note, note) {
						t.Errorf("noted %q, want %q", link.Note, note)
					}
				}
				if link.AccountID != "111122223333" || link.Identity == "" {
					t.Errorf("got %+v", link)
				}
			})
		})
	}
}

func TestAConsoleSignInIsRenewedWhereItWasMade(t *testing.T) {
	inConsole(t, func(t *testing.T, w *world) {
		w.withConsole("\n[profile another]\nlogin_session = " + w.Console.Alice.ARN() + "\nregion = us-east-1\n" +
			"[profile west]\nlogin_session = " + w.Console.Alice.ARN() + "\nregion = us-west-2\n")
		w.click("west")
		w.click("console-alice")
		time.Sleep(time.Hour)
		w.stop()
		time.Sleep(10 * time.Minute)
		w.start() // it does not know where
		time.Sleep(time.Hour)
		for _, name := range []string{"another", "console-alice", "west"} {
			w.wantState(name, creds.StateValid)
			if s, _ := w.status(name); s.Err != nil {
				t.Errorf("%s: %v", name, s.Err)
			}
		}
		w.wantSignIns(1)
		if refused := w.renewals() - 2*60/8; refused > 3 {
			t.Errorf("%d renewals", w.renewals())
		}
	})
}

func TestALogoutFromASignInThatIsOverComplainsOfNothing(t *testing.T) {
	inConsole(t, func(t *testing.T, w *world) {
		w.click("console-alice")
		w.Console.Alice.EndSessions()
		time.Sleep(time.Hour)
		w.wantState("console-alice", creds.StateFailed)
		if err := w.m.Logout(t.Context(), "console-alice"); err != nil {
			t.Error(err)
		}
		if s, state := w.status("console-alice"); state != creds.StateNone || s.Err != nil {
			t.Errorf("it is %s: %+v", state, s)
		}
	})
}

func TestASignInOfTheCLIPutsAnEndedOneRight(t *testing.T) {
	inConsole(t, func(t *testing.T, w *world) {
		w.click("console-alice")
		w.click("console-deploy")
		w.Console.Alice.EndSessions()
		time.Sleep(2 * time.Hour)
		w.wantState("console-alice", creds.StateFailed)
		w.awsLogin(w.Console.Alice)
		w.m.RereadLogins(t.Context())
		time.Sleep(time.Minute)
		for _, name := range []string{"console-alice", "console-deploy"} {
			if s, state := w.status(name); state != creds.StateValid || s.Err != nil {
				t.Errorf("%s is %s: %+v", name, state, s)
			}
		}
		w.wantSignIns(1)
	})
}

func TestARoleBehindARoleThatIsSignedInLastsAnHour(t *testing.T) {
	inConsole(t, func(t *testing.T, w *world) {
		w.withConsole("\n[profile ops]\nrole_arn = arn:aws:iam::111122223333:role/Admin\nsource_profile = play\nduration_seconds = 7200\n")
		w.person.identity = w.Console.Bob
		s := w.click("ops")
		if s.Expires.Sub(s.Issued).Round(time.Minute) != time.Hour || !strings.Contains(s.Note, "one hour instead of 2 h") {
			t.Errorf("got %+v", s)
		}
		w.wantState("play", creds.StateValid) // made on the way
		w.wantSignIns(1)
	})
}

func TestNothingIsAskedOfAWSWhileNobodyIsSignedInToTheConsole(t *testing.T) {
	inConsole(t, func(_ *testing.T, w *world) {
		time.Sleep(24 * time.Hour)
		if n := len(w.AWS.Calls("")); n > 0 {
			w.t.Errorf("%d calls", n)
		}
		if n := strings.Count(w.log.String(), "looked what is due"); n > 20 {
			w.t.Errorf("it looked %d times what is due", n)
		}
	})
}

func TestAnAgentThatEndsKeepsTheAnswerToARenewal(t *testing.T) {
	inConsole(t, func(t *testing.T, w *world) {
		w.click("console-alice")
		before := credstest.Content(t, w.loginFile(w.Console.Alice))
		w.AWS.Faults.Add("CreateOAuth2Token", awstest.Fault{Delay: 3 * time.Second, Times: 1})
		time.Sleep(8*time.Minute + time.Second)
		w.stop()
		if credstest.Content(t, w.loginFile(w.Console.Alice)) == before {
			t.Error("the next refresh token is lost")
		}
		w.start()
		time.Sleep(time.Hour)
		w.wantState("console-alice", creds.StateValid)
		w.wantSignIns(1)
	})
}
