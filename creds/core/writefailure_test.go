package core_test

import (
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/core"
	"daypass/creds/credstest"
	"daypass/internal/secret"
)

// TestAFileThatIsNoTextIsRefusedAndStays tries each way of writing one of the AWS files.
func TestAFileThatIsNoTextIsRefusedAndStays(t *testing.T) {
	const utf16Words = "it is written in UTF-16, as Windows PowerShell does it, and has to be in UTF-8"
	config := func(w *world) string { return w.files.Config }
	credentials := func(w *world) string { return w.files.Credentials }
	type way func(w *world) error
	ways := map[string]way{
		"a login": func(w *world) error {
			_, err := w.m.Refresh(w.t.Context(), "alice", core.RefreshOptions{})
			return err
		},
		"a login of a role": func(w *world) error {
			_, err := w.m.Refresh(w.t.Context(), "dev-admin", core.RefreshOptions{})
			return err
		},
		"add": func(w *world) error {
			id, key := w.AWS.IAM.Account("111111111111").User("bob").AccessKey()
			_, err := w.m.Add(w.t.Context(), creds.AddRequest{Profile: "bob", AccessKeyID: id, SecretAccessKey: secret.New(key)})
			return err
		},
	}
	waysOfConfig := map[string]way{
		"sso add": func(w *world) error {
			return w.m.AddSession(w.t.Context(), creds.AddSessionRequest{Name: "more", StartURL: "https://more.awsapps.com/start", Region: "eu-west-1"})
		},
		"an import": func(w *world) error {
			_, err := w.m.Import(w.t.Context(), creds.SSOImportRequest{Session: awstest.SampleSession, ConfigWrite: creds.ConfigWrite{Write: true}}, core.RefreshOptions{Requester: atTray})
			return err
		},
		"a migration": func(w *world) error {
			_, err := w.m.Migrate(w.t.Context(), creds.SSOMigrateRequest{StartURL: awstest.SampleLegacyStartURL, ConfigWrite: creds.ConfigWrite{Write: true}})
			return err
		},
	}
	try := func(t *testing.T, file func(*world) string, of way, atStart bool, spoil func(string) string, words string) {
		t.Helper()
		bubble(t, func(t *testing.T, w *world) {
			w.withSSO("")
			w.write(w.files.Credentials, "[other]\nregion = eu-west-1\n")
			w.click("sso-dev-admin") // so that an import lacks nothing but the file
			synctest.Wait()          // for the writes after it
			calls := func() int { return w.calls("GetSessionToken") + w.calls("AssumeRole") + w.calls("GetCallerIdentity") }
			before := calls()
			data, err := os.ReadFile(file(w))
			if err != nil {
				t.Fatal(err)
			}
			spoiled := spoil(string(data))
			if atStart {
				w.stop()
			}
			w.write(file(w), spoiled)
			if atStart {
				w.start()
			}
			if err := of(w); err == nil || !strings.Contains(err.Error(), words) || !strings.Contains(err.Error(), file(w)) {
				t.Errorf("got %v", err)
			}
			if n := w.person.signInsAsked(); n != 1 {
				t.Errorf("%d sign-ins for nothing", n-1)
			}
			if n := calls() - before; n > 0 || w.person.asks() > 0 {
				t.Errorf("%d calls and %d questions for nothing", n, w.person.asks())
			}
			problems := w.m.Snapshot(t.Context()).Problems
			if len(problems) == 0 || problems[0].Code != creds.CodeBadFile || !strings.Contains(problems[0].Message, words) {
				t.Errorf("the problems are %v", problems)
			}
			if now, _ := os.ReadFile(file(w)); string(now) != spoiled {
				t.Errorf("the file is now %q", now)
			}
			w.write(file(w), string(data)) // for the test's own readers
		})
	}
	for name, of := range ways {
		for _, atStart := range []bool{true, false} {
			when := ", while the agent runs"
			if atStart {
				when = ", before it starts"
			}
			t.Run(name+" with the credentials file in UTF-16"+when, func(t *testing.T) { try(t, credentials, of, atStart, credstest.UTF16, utf16Words) })
			t.Run(name+" with the config file in UTF-16"+when, func(t *testing.T) { try(t, config, of, atStart, credstest.UTF16, utf16Words) })
		}
	}
	for name, of := range waysOfConfig {
		t.Run(name+" with the config file in UTF-16", func(t *testing.T) { try(t, config, of, false, credstest.UTF16, utf16Words) })
	}
	t.Run("a login with NUL bytes in the credentials file", func(t *testing.T) {
		try(t, credentials, ways["a login"], true, func(text string) string { return text + strings.Repeat("\x00", 512) }, "it holds NUL bytes")
	})
}

func TestNobodyIsAskedAgainForCredentialsThatCouldNotBeWritten(t *testing.T) {
	for name, sabotage := range map[string]func(w *world){
		"a profile of its own where the section would be": func(w *world) {
			w.set("dev-admin-temporary", "role_arn", "arn:aws:iam::111111111111:role/x")
		},
		"a key where the section would be": func(w *world) {
			w.write(w.files.Credentials, keyLines("dev-admin-temporary", "AKIAIOSFODNN7EXAMPLE", "secret"))
		},
		"a folder in the place of the file": func(w *world) {
			if err := os.Mkdir(w.files.Credentials, 0o700); err != nil {
				w.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				sabotage(w)
				if _, err := w.m.Refresh(t.Context(), "dev-admin", core.RefreshOptions{}); err == nil {
					t.Error("it went through")
				}
				if n := len(w.AWS.Calls("")); n > 0 || w.person.asks() > 0 {
					t.Errorf("%d calls and %d questions for nothing", n, w.person.asks())
				}
				if err := os.RemoveAll(w.files.Credentials); err != nil { // for the test's own readers
					t.Error(err)
				}
			})
		})
	}
}
