package core_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/core"
	"daypass/creds/credstest"
)

// legacy is a section of a legacy profile of the sample.
func legacy(name, start, region string) string {
	return fmt.Sprintf("\n[profile %s]\nsso_start_url = %s\nsso_region = %s\nsso_account_id = 888888888888\nsso_role_name = ReadOnly\n", name, start, region)
}

func TestAWrongAccountIDIsReportedWithoutACallAndBlocksNoOtherProfile(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("\n[profile short]\nsso_session = " + awstest.SampleSession + "\nsso_account_id = 12345\nsso_role_name = Admin\n" +
			"\n[profile arn]\nsso_session = " + awstest.SampleSession + "\nsso_account_id = 444444444444\nsso_role_name = arn:aws:iam::444444444444:role/Admin\n" +
			"\n[profile behind]\nrole_arn = arn:aws:iam::444444444444:role/x\nsource_profile = short\n")
		for name, words := range map[string]string{
			"short": "sso_account_id in [profile short] is", "arn": "sso_role_name in [profile arn] is", "behind": "sso_account_id in [profile short] is",
		} {
			_, err := w.m.Refresh(t.Context(), name, core.RefreshOptions{})
			credstest.WantCode(t, err, creds.CodeBadProfile, words)
		}
		if calls := len(w.AWS.Calls("")); calls != 0 {
			t.Errorf("AWS was called %d times", calls)
		}
		w.click("sso-sandbox")
		synctest.Wait()
		w.allValid("sso-sandbox")
	})
}

func TestLegacyProfilesOfOnePortalWithDifferentRegionsFollowOneRule(t *testing.T) {
	const right, wrong = awstest.SampleRegion, "us-east-1"
	start := awstest.SampleLegacyStartURL
	for _, c := range []struct {
		name, more string
		region     string
		refused    []string
		words      []string
	}{
		{
			"the region that most of them have counts", legacy("aaa", start, wrong) + legacy("bbb", start+"/", right),
			right,
			[]string{"aaa"},
			[]string{`sso_region is "us-east-1" in [profile aaa] and "eu-west-1" in [profile `},
		},
		{
			"of as many the first in the file counts", legacy("zzz", start, wrong), // after sso-legacy
			right, []string{"zzz"}, []string{`sso_region is "us-east-1" in [profile zzz] and "eu-west-1" in [profile sso-legacy]`},
		},
		{
			"two that differ are two", legacy("one", start, wrong) + legacy("two", start+"/#/", "us-east-2") + legacy("three", start, right),
			right,
			[]string{"one", "two"},
			[]string{`"us-east-1" in [profile one]`, "and 1 more"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.withSSO(c.more)
				w.person.centerOf = func(string) *awstest.IdentityCenter { return w.SSO.Legacy }
				for range 20 { // nothing is drawn
					w.m.Reread(t.Context())
					snapshot := w.m.Snapshot(t.Context())
					sessions := 0
					for _, one := range snapshot.Sessions {
						if !one.Legacy {
							continue
						}
						sessions++
						if one.Region != c.region {
							t.Fatalf("the session is in %s", one.Region)
						}
					}
					if sessions != 1 {
						t.Fatalf("%d legacy sessions", sessions)
					}
					said := ""
					for _, p := range snapshot.Problems {
						said += p.Message + "\n"
					}
					for _, words := range c.words {
						if !strings.Contains(said, words) {
							t.Fatalf("the problems are %q, without %q", said, words)
						}
					}
				}
				for _, name := range c.refused {
					_, err := w.m.Refresh(t.Context(), name, core.RefreshOptions{})
					credstest.WantCode(t, err, creds.CodeBadProfile, fmt.Sprintf("in [profile %s]", name))
				}
				w.click("sso-legacy")
				synctest.Wait()
				w.allValid("sso-legacy")
			})
		})
	}
}

func TestAProfileWhoseRegionIsNotItsSessionsIsReportedWithBoth(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("\n[profile off]\nsso_session = " + awstest.SampleSession + "\nsso_region = us-east-1\nsso_account_id = 444444444444\nsso_role_name = ReadOnly\n")
		w.m.Reread(t.Context())
		const words = `sso_region is "us-east-1" in [profile off] and "eu-west-1" in [sso-session corp-sso]`
		problems := w.m.Snapshot(t.Context()).Problems
		if len(problems) != 1 || !strings.Contains(problems[0].Message, words) {
			t.Errorf("the problems are %+v", problems)
		}
		_, err := w.m.Refresh(t.Context(), "off", core.RefreshOptions{})
		credstest.WantCode(t, err, creds.CodeBadProfile, words)
		w.write(w.files.Config, strings.ReplaceAll(w.Config()+"\n"+w.SSO.Config(), "us-east-1", "eu-west-1"))
		w.m.Reread(t.Context())
		if problems := w.m.Snapshot(t.Context()).Problems; len(problems) != 0 {
			t.Errorf("corrected: %+v", problems)
		}
	})
}

func TestScopesWithoutThePortalAreReportedBeforeABrowserOpens(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		config := w.Config() + "\n" + w.SSO.Config()
		w.write(w.files.Config, strings.ReplaceAll(config, "sso_registration_scopes = sso:account:access", "sso_registration_scopes = codewhisperer:completions"))
		w.m.Reread(t.Context())
		const words = `sso_registration_scopes in [sso-session corp-sso] is "codewhisperer:completions" and lacks sso:account:access`
		_, refresh := w.m.Refresh(t.Context(), "sso-dev-admin", core.RefreshOptions{Requester: creds.Requester{Surface: creds.SurfaceTerminal}})
		_, signIn := w.m.SignIn(t.Context(), awstest.SampleSession, core.RefreshOptions{Requester: creds.Requester{Surface: creds.SurfaceTerminal}})
		_, accounts := w.m.Accounts(t.Context(), awstest.SampleSession, core.RefreshOptions{Requester: creds.Requester{Surface: creds.SurfaceTerminal}})
		_, imported := w.m.Import(t.Context(), creds.SSOImportRequest{Session: awstest.SampleSession}, core.RefreshOptions{Requester: creds.Requester{Surface: creds.SurfaceTerminal}})
		for _, err := range []error{refresh, signIn, accounts, imported} {
			credstest.WantCode(t, err, creds.CodeBadProfile, words)
			var known *creds.Error
			if errors.As(err, &known) && known.Advice != "Correct [sso-session corp-sso] in the AWS config file." {
				t.Errorf("the advice is %q", known.Advice)
			}
		}
		if asked, calls := w.person.signInsAsked(), len(w.AWS.Calls("")); asked+calls != 0 {
			t.Errorf("%d sign-ins were asked for, and AWS %d times", asked, calls)
		}
		// It does not affect the legacy profile.
		w.click("sso-legacy")
		synctest.Wait()
		w.allValid("sso-legacy")
	})
}

func TestASessionForTokensAloneIsSignedInToWithAnyScopes(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("\n[sso-session tokens]\nsso_start_url = " + awstest.SampleStartURL + "\nsso_region = " + awstest.SampleRegion +
			"\nsso_registration_scopes = codecatalyst:read_write\n\n[profile writer]\nsso_session = tokens\n")
		if _, err := w.m.SignIn(t.Context(), "tokens", core.RefreshOptions{Requester: creds.Requester{Surface: creds.SurfaceTerminal}}); err != nil {
			t.Fatal(err)
		}
		if w.person.signInsAsked() != 1 {
			t.Errorf("%d sign-ins were asked for", w.person.signInsAsked())
		}
	})
}

func TestAnAccountWhoseRolesAreRefusedIsNotPruned(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		imports := func(r creds.SSOImportRequest) creds.ConfigChange {
			t.Helper()
			r.Session, r.Refetch, r.Region = awstest.SampleSession, true, "eu-west-1"
			change, err := w.m.Import(t.Context(), r, core.RefreshOptions{Requester: atTray})
			if err != nil {
				t.Fatal(err)
			}
			return change
		}
		write := creds.ConfigWrite{Write: true}
		imports(creds.SSOImportRequest{ConfigWrite: write})
		synctest.Wait()
		// AWS lists no roles of one account, and refuses to list those of the other.
		w.SSO.Center.Unassign(w.SSO.Production)
		w.AWS.Faults.Add("ListAccountRoles", awstest.Fault{Where: map[string]string{"account_id": "555555555555"}, Status: 403, Code: "ForbiddenException", Message: "No access"})
		accounts, err := w.m.Accounts(t.Context(), awstest.SampleSession, core.RefreshOptions{Requester: atTray})
		if err != nil || len(accounts) != 3 {
			t.Fatalf("%+v, %v", accounts, err)
		}
		for _, a := range accounts {
			if refused := a.Err != nil; refused != (a.ID == "555555555555") || refused && a.Err.Code != creds.CodeDenied {
				t.Errorf("%+v", a)
			}
		}
		change := imports(creds.SSOImportRequest{Prune: true, ConfigWrite: write})
		if len(change.Removed) != 1 || change.Removed[0].Profile != "production-Billing" {
			t.Errorf("%+v are removed", change.Removed)
		}
		kept := 0
		for _, p := range change.Kept {
			if p.AccountID == "555555555555" {
				kept++
			}
		}
		if kept != 2 || len(change.Warnings) != 1 || !strings.Contains(change.Warnings[0], "555555555555 (Staging)") || !strings.Contains(change.Warnings[0], "its profiles stay as they are") {
			t.Errorf("%d are kept, with the warnings %q", kept, change.Warnings)
		}
		// A preview gets the same incomplete list again.
		preview, err := w.m.Import(t.Context(), creds.SSOImportRequest{Session: awstest.SampleSession, Prune: true}, core.RefreshOptions{Requester: atTray})
		if err != nil || len(preview.Removed) != 0 || len(preview.Warnings) != 1 {
			t.Errorf("%+v, %v", preview, err)
		}
	})
}

func TestAnImportWithoutARegionSaysThatTheNewProfilesHaveNone(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		imports := func(region string, write bool) creds.ConfigChange {
			t.Helper()
			change, err := w.m.Import(t.Context(), creds.SSOImportRequest{
				Session: awstest.SampleSession, Region: region, ConfigWrite: creds.ConfigWrite{Write: write},
			}, core.RefreshOptions{Requester: atTray})
			if err != nil {
				t.Fatal(err)
			}
			return change
		}
		if got := imports("eu-west-1", false).Warnings; len(got) != 0 {
			t.Errorf("with a region: %q", got)
		}
		got := imports("", true).Warnings
		if len(got) != 1 || !strings.Contains(got[0], "the new profiles have no region") || !strings.Contains(got[0], "--region") ||
			!strings.Contains(got[0], "in "+awstest.SampleRegion) {
			t.Errorf("without one: %q", got)
		}
		if got := imports("", true).Warnings; len(got) != 0 {
			t.Errorf("with nothing new: %q", got)
		}
	})
}

func TestImportedProfilesGetCredentialsWhileTheSessionIsSignedIn(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		preview, err := w.m.Import(t.Context(), creds.SSOImportRequest{Session: awstest.SampleSession}, core.RefreshOptions{Requester: atTray})
		if err != nil || len(preview.Added) == 0 {
			t.Fatalf("%+v, %v", preview, err)
		}
		synctest.Wait()
		asked := w.person.signInsAsked()
		_, err = w.m.Import(t.Context(), creds.SSOImportRequest{
			Session: awstest.SampleSession, ConfigWrite: creds.ConfigWrite{Write: true, Seen: preview.Fingerprint},
		}, core.RefreshOptions{Requester: atTray})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		for _, p := range preview.Added {
			w.allValid(p.Profile)
		}
		if w.person.signInsAsked() != asked {
			t.Error("somebody was asked")
		}
	})
}
