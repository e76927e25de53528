package sso_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"daypass/creds/awstest"
	"daypass/sso"
)

func TestATokenThatThePortalRefusesIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.signedIn(t)
		w.aws.Faults.Add("GetRoleCredentials", awstest.Fault{Times: 20, Status: 401, Code: "UnauthorizedException", Message: "Session token not found or invalid"})
		var all sync.WaitGroup
		for range 8 { // as many as go at once: all with the refused token
			all.Go(func() {
				_, err := w.client.RoleCredentials(t.Context(), w.session, accountID, "Admin")
				if err != nil && !errors.Is(err, sso.ErrSignIn) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := w.calls("GetRoleCredentials"); n != 16 {
			t.Errorf("%d calls, want two for each", n)
		}
		w.aws.Faults.Clear()
		if _, err := w.client.RoleCredentials(t.Context(), w.session, accountID, "Admin"); err != nil {
			t.Error(err)
		}
	})
}

func TestOneRefusalIsOneRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		first := w.signedIn(t)
		w.transport.set("portal.sso."+region+".amazonaws.com", func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("x-amz-sso_bearer_token") == first.AccessToken.Reveal() {
				return jsonAnswer(r, http.StatusUnauthorized, `{"__type":"UnauthorizedException","message":"Session token not found or invalid"}`), nil
			}
			return w.transport.RoundTripper.RoundTrip(r)
		})
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if _, err := w.client.RoleCredentials(t.Context(), w.session, accountID, "Admin"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := w.renewals(); n != 1 {
			t.Errorf("%d renewals", n)
		}
		if got, err := w.client.Peek(t.Context(), w.session); err != nil || got.AccessToken == first.AccessToken {
			t.Errorf("the refused token is still there: %v", err)
		}
	})
}

func TestASessionEndedByAnAdministratorNeedsASignIn(t *testing.T) {
	for name, legacy := range map[string]bool{"renewable": false, "legacy": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				if legacy {
					w.session.Name, w.session.Scopes = "", nil
				}
				w.signedIn(t)
				w.ic.EndSessions()
				_, err := w.client.RoleCredentials(t.Context(), w.session, accountID, "Admin")
				wantError(t, err, sso.ErrSignIn, "the session has ended at Identity Center")
				if _, err := w.client.Peek(t.Context(), w.session); !errors.Is(err, sso.ErrNoToken) {
					t.Errorf("a dead token that looks valid is left to others: %v", err)
				}
				w.signedIn(t)
				if _, err := w.client.RoleCredentials(t.Context(), w.session, accountID, "Admin"); err != nil {
					t.Errorf("after the next click: %v", err)
				}
			})
		})
	}
}

func TestARefusedTokenOfOthersIsNotRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.session.Name, w.session.Scopes = "", nil
		w.signedIn(t)
		w.ic.EndSessions()
		w.aws.Faults.Add("GetRoleCredentials", awstest.Fault{Times: 1, Delay: time.Minute, Late: true})
		ended := make(chan error, 1)
		go func() {
			_, err := w.client.RoleCredentials(t.Context(), w.session, accountID, "Admin")
			ended <- err
		}()
		synctest.Wait()
		second := w.signedIn(t)
		if err := <-ended; err != nil {
			t.Errorf("there is a token that would have done: %v", err)
		}
		if got, err := w.client.Peek(t.Context(), w.session); err != nil || got.AccessToken != second.AccessToken {
			t.Errorf("the new token is gone: %v", err)
		}
	})
}

func TestARoleThatIsNotAssignedIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.signedIn(t)
		for account, role := range map[string]string{accountID: "Nobody", "999999999999": "Admin"} {
			_, err := w.client.RoleCredentials(t.Context(), w.session, account, role)
			wantError(t, err, sso.ErrNoAccess, fmt.Sprintf("role %s in account %s", role, account))
		}
	})
}

func TestARefusalOfThePortalIsReportedInAWSsWordsUnlessTheRoleIsMissing(t *testing.T) {
	for _, c := range []struct {
		name, action string
		fault        awstest.Fault
		kind         error
		words        string
	}{
		{"no such role", "GetRoleCredentials", awstest.Fault{Status: 403, Code: "ForbiddenException", Message: "No access"}, sso.ErrNoAccess, "has no such role there"},
		{"no such account", "GetRoleCredentials", awstest.Fault{Status: 404, Code: "ResourceNotFoundException", Message: "Account 1 is not found"}, sso.ErrNoAccess, "has no such role there"},
		{
			"a policy of the organization", "GetRoleCredentials",
			awstest.Fault{Status: 403, Code: "AccessDeniedException", Message: "Denied by a resource policy."},
			sso.ErrNoAccess, "AWS refused it, with AccessDeniedException: Denied by a resource policy",
		},
		{
			"forbidden for a reason", "GetRoleCredentials",
			awstest.Fault{Status: 403, Code: "ForbiddenException", Message: "The session has no scope for this"},
			sso.ErrNoAccess, "AWS refused it, with ForbiddenException: The session has no scope for this",
		},
		{
			"another invalid request", "GetRoleCredentials",
			awstest.Fault{Status: 400, Code: "InvalidRequestException", Message: "Invalid role name"},
			sso.ErrAWS, "AWS answered InvalidRequestException: Invalid role name",
		},
		{
			"an invalid request for a list", "ListAccounts",
			awstest.Fault{Status: 400, Code: "InvalidRequestException", Message: "Invalid max_result in this region"},
			sso.ErrAWS, "AWS answered InvalidRequestException: Invalid max_result in this region",
		},
		{
			"a list that is forbidden", "ListAccounts",
			awstest.Fault{Status: 403, Code: "ForbiddenException", Message: "No access"},
			sso.ErrNoAccess, "AWS refused it, with ForbiddenException: No access",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.signedIn(t)
				w.aws.Faults.Add(c.action, c.fault)
				_, err := w.client.RoleCredentials(t.Context(), w.session, accountID, "Admin")
				if c.action == "ListAccounts" {
					_, err = w.client.Accounts(t.Context(), w.session, nil)
				}
				wantError(t, err, c.kind, c.words)
				if strings.Contains(err.Error(), "start URL") {
					t.Errorf("it is no matter of the start URL: %v", err)
				}
			})
		})
	}
}

func TestATokenOfOtherScopesIsNotTakenForARoleThatIsNotThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.session.Scopes = []string{"codecatalyst:read_write"}
		w.signedIn(t)
		w.session.Scopes = []string{"sso:account:access"} // corrected since
		_, err := w.client.RoleCredentials(t.Context(), w.session, accountID, "Admin")
		wantError(t, err, sso.ErrNoAccess, "other sso_registration_scopes")
		var known *sso.Error
		if !errors.As(err, &known) || !strings.Contains(known.Advice, "Sign in to \"corp\" anew") || strings.Contains(err.Error(), "no such role") {
			t.Errorf("got %+v", known)
		}
		w.signedIn(t)
		if _, err := w.client.RoleCredentials(t.Context(), w.session, accountID, "Admin"); err != nil {
			t.Errorf("signed in again: %v", err)
		}
	})
}

func TestAPortalThatIsDownIsToldFromANeedToSignIn(t *testing.T) {
	for name, fault := range map[string]awstest.Fault{
		"broken":     {Reset: true},
		"in trouble": {Status: 503, Code: "ServiceUnavailableException"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.signedIn(t)
				w.aws.Faults.Add("GetRoleCredentials", fault)
				began := time.Now()
				_, err := w.client.RoleCredentials(t.Context(), w.session, accountID, "Admin")
				wantError(t, err, sso.ErrNetwork, "no credentials for role Admin in account "+accountID)
				if errors.Is(err, sso.ErrSignIn) {
					t.Error("nobody can sign that in")
				}
				if waited, n := time.Since(began), w.calls("GetRoleCredentials"); waited > 10*time.Second || n != 3 {
					t.Errorf("reported after %v and %d calls", waited, n)
				}
				w.aws.Faults.Clear()
				if _, err := w.client.RoleCredentials(t.Context(), w.session, accountID, "Admin"); err != nil {
					t.Errorf("the next time: %v", err)
				}
			})
		})
	}
}

func TestFiveHundredProfilesGetThroughARateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ic.Set(awstest.SSOSettings{PortalRate: 20})
		w.signedIn(t)
		began := time.Now()
		var all sync.WaitGroup
		for range 500 {
			all.Go(func() {
				if _, err := w.client.RoleCredentials(t.Context(), w.session, accountID, "Admin"); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		took, calls := time.Since(began), w.calls("GetRoleCredentials")
		t.Logf("500 credentials at 20 calls a second took %v and %d calls", took, calls)
		if took > 2*time.Minute || calls > 1500 {
			t.Errorf("500 credentials took %v and %d calls", took, calls)
		}
	})
}

func TestAccountsAndRolesComeWholeAndSorted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ic.Set(awstest.SSOSettings{PageSize: 7, PortalRate: 50})
		w.ic.Populate(120, 15)
		w.signedIn(t)
		reported := -1
		accounts, err := w.client.Accounts(t.Context(), w.session, func(done, total int) {
			if done != reported+1 || total != 121 {
				t.Errorf("reported %d of %d after %d", done, total, reported)
			}
			reported = done
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(accounts) != 121 || reported != 121 {
			t.Errorf("%d accounts, %d reported", len(accounts), reported)
		}
		if !slices.IsSortedFunc(accounts[1:], func(a, b sso.Account) int { return slices.Compare([]string{a.Name}, []string{b.Name}) }) {
			t.Error("not sorted")
		}
		for _, a := range accounts[1:] {
			if len(a.Roles) != 15 || !slices.IsSorted(a.Roles) || a.Email == "" {
				t.Fatalf("account %+v", a)
			}
		}
		if dev := accounts[0]; dev.Name != "Development" || !slices.Equal(dev.Roles, []string{"Admin", "ReadOnly"}) {
			t.Errorf("account %+v", dev)
		}
	})
}

func TestAccountsWhoseRolesAreRefusedAreNamedAndTheOthersListed(t *testing.T) {
	refused := func(code string, status int, of ...string) func(*world) {
		return func(w *world) {
			for _, id := range of {
				w.aws.Faults.Add("ListAccountRoles", awstest.Fault{
					Where: map[string]string{"account_id": id}, Status: status, Code: code, Message: "Not for you",
				})
			}
		}
	}
	for _, c := range []struct {
		name   string
		faults func(*world)
		wrong  int
		words  string
		err    error // of all
	}{
		{"one is forbidden", refused("ForbiddenException", 403, accountID), 1, "AWS refused it, with ForbiddenException: Not for you", nil},
		{"one is not found", refused("ResourceNotFoundException", 404, accountID), 1, "AWS refused it, with ResourceNotFoundException: Not for you", nil},
		{"one is an invalid request", refused("InvalidRequestException", 400, accountID), 1, "AWS answered InvalidRequestException: Not for you", nil},
		{"several are forbidden", refused("ForbiddenException", 403, accountID, "900000000001", "900000000003"), 3, "Not for you", nil},
		{"all are forbidden", func(w *world) {
			w.aws.Faults.Add("ListAccountRoles", awstest.Fault{Status: 403, Code: "ForbiddenException", Message: "No access"})
		}, 0, "AWS refused it, with ForbiddenException: No access", sso.ErrNoAccess},
		{"one is throttled all the time", refused("TooManyRequestsException", 429, accountID), 0, "too often", sso.ErrThrottled},
		{"the token is refused", refused("UnauthorizedException", 401, accountID), 0, "sign in", sso.ErrSignIn},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.ic.Populate(4, 2)
				w.signedIn(t)
				c.faults(w)
				accounts, err := w.client.Accounts(t.Context(), w.session, nil)
				if c.err != nil {
					wantError(t, err, c.err, c.words)
					return
				}
				if err != nil || len(accounts) != 5 {
					t.Fatalf("%d accounts, %v", len(accounts), err)
				}
				wrong := 0
				for _, a := range accounts {
					if a.Refused == nil {
						if len(a.Roles) != 2 {
							t.Errorf("%+v", a)
						}
						continue
					}
					wrong++
					if said := a.Refused.Error(); len(a.Roles) != 0 || !strings.Contains(said, a.ID) || !strings.Contains(said, c.words) {
						t.Errorf("%+v", a)
					}
				}
				if wrong != c.wrong {
					t.Errorf("%d are refused, want %d", wrong, c.wrong)
				}
			})
		})
	}
}

func TestSomeRoleIsFoundThoughAnAccountsRolesAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ic.Populate(2, 1)
		token := w.signedIn(t)
		w.aws.Faults.Add("ListAccountRoles", awstest.Fault{Where: map[string]string{"account_id": accountID}, Status: 403, Code: "ForbiddenException", Message: "No access"})
		account, role, err := w.client.SomeRole(t.Context(), w.session, token)
		if err != nil || account == accountID || account == "" || role == "" {
			t.Errorf("%q in %q, %v", role, account, err)
		}
		w.aws.Faults.Add("ListAccountRoles", awstest.Fault{Status: 403, Code: "ForbiddenException", Message: "No access"})
		_, _, err = w.client.SomeRole(t.Context(), w.session, token)
		wantError(t, err, sso.ErrNoAccess, "No access")
	})
}

func TestAListThatFailsOrIsLeftEndsWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ic.Populate(50, 2)
		_, err := w.client.Accounts(t.Context(), w.session, nil)
		wantError(t, err, sso.ErrSignIn, "nobody is signed in")
		w.signedIn(t)
		w.aws.Faults.Add("ListAccountRoles", awstest.Fault{Times: 3, Status: 503, Code: "ServiceUnavailableException"})
		w.aws.Faults.Add("ListAccountRoles", awstest.Fault{Times: 20, Reset: true})
		if accounts, err := w.client.Accounts(t.Context(), w.session, nil); err == nil || accounts != nil {
			t.Errorf("half a list: %d, %v", len(accounts), err)
		}
		w.aws.Faults.Clear()
		w.aws.Faults.Add("ListAccountRoles", awstest.Fault{Delay: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := w.client.Accounts(ctx, w.session, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestLogoutEndsTheSessionEverywhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		token := w.signedIn(t)
		if err := w.client.Logout(t.Context(), w.session); err != nil {
			t.Fatal(err)
		}
		if err := w.cache.StoreToken(t.Context(), w.session, token); err != nil { // stolen before
			t.Fatal(err)
		}
		_, err := w.client.RoleCredentials(t.Context(), w.session, accountID, "Admin")
		wantError(t, err, sso.ErrSignIn, "the session has ended")
		if err := w.client.Logout(t.Context(), w.session); err != nil {
			t.Errorf("with nothing to log out: %v", err)
		}
		w.signedIn(t)
		if n := w.calls("RegisterClient"); n != 1 {
			t.Errorf("the registration is not kept: %d", n)
		}
	})
}

func TestALogoutThatAWSWasNotToldOfIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.signedIn(t)
		w.aws.Faults.Add("Logout", awstest.Fault{Reset: true})
		err := w.client.Logout(t.Context(), w.session)
		wantError(t, err, sso.ErrNetwork, "signed out on this machine only")
		if _, err := w.client.Peek(t.Context(), w.session); !errors.Is(err, sso.ErrNoToken) {
			t.Errorf("the token is still here: %v", err)
		}
	})
}

func TestThreeHundredAccountsAreListedAtAWSsQuotaHoweverTheEnvironmentRetries(t *testing.T) {
	for name, cfg := range map[string]aws.Config{
		"as it is":           {},
		"standard":           {RetryMode: aws.RetryModeStandard},
		"adaptive":           {RetryMode: aws.RetryModeAdaptive},
		"1 attempt":          {RetryMaxAttempts: 1},
		"2 attempts":         {RetryMaxAttempts: 2},
		"23 attempts":        {RetryMaxAttempts: 23},
		"40 attempts":        {RetryMaxAttempts: 40},
		"standard, 2":        {RetryMode: aws.RetryModeStandard, RetryMaxAttempts: 2},
		"adaptive, 1":        {RetryMode: aws.RetryModeAdaptive, RetryMaxAttempts: 1},
		"adaptive, 5 at all": {RetryMode: aws.RetryModeAdaptive, RetryMaxAttempts: 5},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.ic.Set(awstest.SSOSettings{PortalRate: 20})
				w.ic.Populate(300, 1)
				w.signedIn(t)
				began := time.Now()
				accounts, err := w.newClient(cfg).Accounts(t.Context(), w.session, nil)
				if err != nil || len(accounts) != 301 {
					t.Fatalf("%d accounts, %v", len(accounts), err)
				}
				if took := time.Since(began); took > 2*time.Minute {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

func TestFailuresOtherThanTheQuotaAreTriedAsOftenAsTheEnvironmentSays(t *testing.T) {
	for _, c := range []struct {
		name     string
		cfg      aws.Config
		attempts int
	}{
		{"by itself", aws.Config{}, 3},
		{"once", aws.Config{RetryMaxAttempts: 1}, 1},
		{"twice, adaptive", aws.Config{RetryMaxAttempts: 2, RetryMode: aws.RetryModeAdaptive}, 2},
		{"thirty times", aws.Config{RetryMaxAttempts: 30}, 30},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.signedIn(t)
				w.aws.Faults.Add("GetRoleCredentials", awstest.Fault{Status: 503, Code: "ServiceUnavailableException"})
				_, err := w.newClient(c.cfg).RoleCredentials(t.Context(), w.session, accountID, "Admin")
				wantError(t, err, sso.ErrNetwork, "trouble of its own")
				if n := w.calls("GetRoleCredentials"); n != c.attempts {
					t.Errorf("%d calls, want %d", n, c.attempts)
				}
			})
		})
	}
}

func TestAPortalThatIsAlwaysCalledTooOftenIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.signedIn(t)
		w.aws.Faults.Add("GetRoleCredentials", awstest.Fault{Status: 429, Code: "TooManyRequestsException"})
		_, err := w.newClient(aws.Config{RetryMaxAttempts: 2}).RoleCredentials(t.Context(), w.session, accountID, "Admin")
		wantError(t, err, sso.ErrThrottled, "too often")
		if n := w.calls("GetRoleCredentials"); n != 24 {
			t.Errorf("%d calls", n)
		}
	})
}
