package core_test

import (
	"maps"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/core"
	"daypass/creds/credstest"
)

// The AWS CLI's names for what it keeps: made by Python's json and hashlib.
const (
	cliDevAdmin  = "46629e30e0c6231955a1047cfd9b71082c7b6bce.json" // 444444444444, AdministratorAccess, corp-sso
	cliUnknown   = "a01bed75c8ecebda64fefebe476f0df38f57f178.json" // 555555555555, ReadOnly, corp-sso
	cliLegacy    = "81140514965848a5e2890aefd012fcaebf073b9e.json" // 888888888888, ReadOnly, the legacy start URL
	cliDeploy    = "8e8c1a4e137845c98ebb2b13e0a9a3845c39bc8f.json" // the role of sso-deploy
	cliOtherRole = "5c4aa6c640b01a9ee6800c4aa1f8ea03d54f9e05.json" // dev-readonly, behind alice
)

func (w *world) cliCache() string { return filepath.Join(w.home, ".aws", "cli", "cache") }

// cacheRoles fills the AWS CLI's cache as the CLI would.
func (w *world) cacheRoles() map[string]string {
	w.t.Helper()
	end := time.Now().Add(time.Hour).UTC().Format("2006-01-02T15:04:05Z")
	const rest = `"Credentials": {"AccessKeyId": "ASIA", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": "`
	identityCenter, assumed := `{"ProviderType": "sso", `+rest+end+`"}}`, `{`+rest+end+`"}, "AssumedRoleUser": {}}`
	files := map[string]string{
		cliDevAdmin: identityCenter, cliUnknown: identityCenter, cliLegacy: identityCenter, cliDeploy: assumed, cliOtherRole: assumed,
	}
	for name, text := range files {
		w.write(filepath.Join(w.cliCache(), name), text)
	}
	return files
}

func (w *world) cachedRoles() map[string]string {
	w.t.Helper()
	entries, err := os.ReadDir(w.cliCache())
	if err != nil {
		w.t.Fatal(err)
	}
	found := map[string]string{}
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(w.cliCache(), entry.Name()))
		if err != nil {
			w.t.Fatal(err)
		}
		found[entry.Name()] = string(text)
	}
	return found
}

func TestASignOutRemovesTheCLIsRolesOfTheSession(t *testing.T) {
	// Only the list of accounts has this one.
	listed := []string{cliDevAdmin, cliDeploy, cliUnknown}
	for name, test := range map[string]struct {
		out  func(w *world) error
		gone []string
	}{
		"here": {func(w *world) error { return w.m.SignOut(w.t.Context(), awstest.SampleSession) }, listed},
		"here, though AWS is away": {func(w *world) error {
			w.AWS.Faults.Add("", awstest.Fault{Reset: true})
			credstest.WantCode(w.t, w.m.SignOut(w.t.Context(), awstest.SampleSession), creds.CodeNetwork, "on this machine only")
			return nil
		}, listed},
		"with all others, signed in or not": {func(w *world) error { return w.m.LogoutAll(w.t.Context()) }, append(listed, cliLegacy)},
		"by another program": {func(w *world) error {
			err := w.otherProgram().Logout(w.t.Context(), w.corp())
			w.m.RereadTokens(w.t.Context())
			time.Sleep(time.Minute)
			return err
		}, listed},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				w.withSSO("")
				w.click("sso-dev-admin")
				synctest.Wait()
				if _, err := w.m.Accounts(t.Context(), awstest.SampleSession, core.RefreshOptions{Requester: atTray}); err != nil {
					t.Fatal(err)
				}
				want := w.cacheRoles()
				if err := test.out(w); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				maps.DeleteFunc(want, func(name, _ string) bool {
					for _, gone := range test.gone {
						if name == gone {
							return true
						}
					}
					return false
				})
				if diff := cmp.Diff(want, w.cachedRoles()); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			})
		})
	}
}

func TestASignOutSucceedsAlthoughTheCLIsRolesStay(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.withSSO("")
		w.click("sso-dev-admin")
		synctest.Wait()
		w.cacheRoles()
		credstest.MakeReadOnly(t, w.cliCache())
		until := time.Now().Add(time.Hour).Format("they work until 15:04 on 2 January")
		credstest.WantCode(t, w.m.SignOut(t.Context(), awstest.SampleSession), creds.CodeFile, until)
		w.nothingHeld("sso-dev-admin", "sso-sandbox")
		if one := w.session(awstest.SampleSession); one.State(time.Now()) != creds.StateNone {
			t.Errorf("got %+v", one)
		}
		w.signInElsewhere()
		w.m.RereadTokens(t.Context())
		if err := w.otherProgram().Logout(t.Context(), w.corp()); err != nil {
			t.Fatal(err)
		}
		w.m.RereadTokens(t.Context())
		time.Sleep(time.Minute)
		problems := w.m.Snapshot(t.Context()).Problems
		if len(problems) != 1 {
			t.Fatalf("got the problems %v", problems)
		}
		credstest.WantCode(t, &problems[0], creds.CodeFile, until)
	})
}
