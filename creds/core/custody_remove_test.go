package core_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/core"
)

func (w *world) remove(r creds.RemoveRequest) (creds.Removal, error) {
	return w.m.Custody().Remove(w.t.Context(), r, person1)
}

// removals have both files before and after the profile old is removed, and some of what the
// plan says.
var removals = []struct {
	name                string
	config, credentials string
	after, afterCreds   string
	settings            string
	removes, keeps      []string
	breaks              []string
}{
	{
		name:    "a key in the keyring",
		config:  "# mine\n[profile old]\nregion = eu-west-1\nmfa_serial = arn:aws:iam::111111111111:mfa/alice-phone\n\n[profile role]\nrole_arn = arn:aws:iam::111111111111:role/Admin\nsource_profile = old\n",
		after:   "# mine\n[profile role]\nrole_arn = arn:aws:iam::111111111111:role/Admin\nsource_profile = old\n",
		removes: []string{"the section [profile old] of ", "the long-term key KEYID in the keyring"},
		keeps:   []string{"the key KEYID at AWS, which stays active: "},
		breaks:  []string{"role"},
	},
	{
		name:    "a key in the keyring, in a section with more",
		config:  "[profile old]\nregion = eu-west-1\ncli_pager =\ns3 =\n  max = 1\n",
		after:   "[profile old]\nregion = eu-west-1\ncli_pager =\ns3 =\n  max = 1\n",
		removes: []string{"the long-term key KEYID in the keyring"},
		keeps:   []string{"which is yours: it has cli_pager, s3; delete it there with an editor"},
	},
	{
		name:    "a key in the keyring, in a section with a comment",
		config:  "[profile old]\n# ask Bob\nregion = eu-west-1\n",
		after:   "[profile old]\n# ask Bob\nregion = eu-west-1\n",
		removes: []string{"the long-term key KEYID in the keyring"},
		keeps:   []string{"which is yours: it has comments or other lines of yours"},
	},
	{
		name:        "a key in plaintext, which is the last copy",
		credentials: "[a]\nregion = x\n\n[old]\naws_access_key_id = KEYID\naws_secret_access_key = SECRETKEY\n",
		afterCreds:  "[a]\nregion = x\n",
		removes:     []string{"the long-term key KEYID, in plaintext in [old] of ", ": this is the last copy of it that daypass knows of"},
		keeps:       []string{"the key KEYID at AWS, which stays active: "},
	},
	{
		name:        "a key in plaintext, in a section with more",
		credentials: "[old]\naws_access_key_id = KEYID\naws_secret_access_key = SECRETKEY\ns3 =\n  max = 1\n",
		afterCreds:  "[old]\ns3 =\n  max = 1\n",
		removes:     []string{"in plaintext in [old] of "},
		keeps:       []string{"the section [old] of ", "which is yours: it has s3"},
	},
	{
		name:        "a key in plaintext and in the keyring",
		credentials: "[old]\naws_access_key_id = KEYID\naws_secret_access_key = SECRETKEY\n",
		removes:     []string{"in plaintext in [old] of ", "the long-term key KEYID in the keyring"},
	},
	{
		name:        "a key whose halves are in two files",
		config:      "[profile old]\naws_access_key_id = KEYID\n",
		credentials: "[old]\naws_secret_access_key = SECRETKEY\n",
		removes:     []string{"in plaintext in [profile old] of ", "in plaintext in [old] of "},
	},
	{
		name:        "the layout of aws-mfa",
		config:      "[profile old]\nregion = eu-west-1\n",
		credentials: "[old-long-term]\naws_access_key_id = KEYID\naws_secret_access_key = SECRETKEY\nmfa_serial = arn:aws:iam::111111111111:mfa/alice-phone\n\n[older]\nregion = x\n",
		afterCreds:  "[older]\nregion = x\n",
		removes:     []string{"in plaintext in [old-long-term] of "},
	},
	{
		name:    "a role",
		config:  "[profile old]\nrole_arn = arn:aws:iam::111111111111:role/Admin\nsource_profile = ci\n",
		after:   "[profile old]\nrole_arn = arn:aws:iam::111111111111:role/Admin\nsource_profile = ci\n",
		keeps:   []string{"which is yours: it has role_arn, source_profile"},
		removes: []string{},
	},
	{
		name:    "a role of Identity Center that was imported",
		config:  "[sso-session s]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n\n[profile old]\nsso_session = s\nsso_account_id = 111111111111\nsso_role_name = R\nregion = eu-west-1\ndaypass_sso_import = s\n",
		after:   "[sso-session s]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n",
		removes: []string{"the section [profile old] of "},
	},
	{
		name:   "a role of Identity Center that a person wrote",
		config: "[profile old]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 111111111111\nsso_role_name = R\n",
		after:  "[profile old]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\nsso_account_id = 111111111111\nsso_role_name = R\n",
		keeps:  []string{"it has sso_account_id, sso_region, sso_role_name, sso_start_url"},
	},
	{
		name:     "a console sign-in that nobody has made yet",
		settings: "[profile.old]\nconsole_sign_in = true\n",
		config:   "[profile old]\nregion = eu-west-1\n",
		removes:  []string{"its settings in config.toml", "the section [profile old] of "},
	},
	{
		name:    "a console sign-in that is over",
		config:  "[profile old]\nlogin_session = arn:aws:iam::111111111111:user/old\nregion = eu-west-1\n",
		removes: []string{"the section [profile old] of "},
	},
	{
		name:   "a program, and one that calls daypass for it",
		config: "[profile old]\ncredential_process = /bin/x\n[profile a]\ncredential_process = daypass credential-process --profile old\n",
		after:  "[profile old]\ncredential_process = /bin/x\n[profile a]\ncredential_process = daypass credential-process --profile old\n",
		keeps:  []string{"which is yours: it has credential_process"},
		breaks: []string{"a"},
	},
	{
		name:   "a web identity",
		config: "[profile old]\nrole_arn = arn:aws:iam::111111111111:role/Web\nweb_identity_token_file = /t\n",
		after:  "[profile old]\nrole_arn = arn:aws:iam::111111111111:role/Web\nweb_identity_token_file = /t\n",
		keeps:  []string{"which is yours: it has role_arn, web_identity_token_file"},
	},
}

func TestARemovalTakesWhatThePlanSays(t *testing.T) {
	for _, c := range removals {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				defer func() { w.stop() }()
				const rest = "\n[profile ci]\nregion = eu-west-1\n"
				w.stop()
				keys := w.vault()
				if err := keys.RemoveName(t.Context(), "alice"); err != nil {
					t.Fatal(err)
				}
				if inKeyring := strings.Contains(c.name, "in the keyring"); inKeyring {
					if err := keys.Point(t.Context(), "old", w.AliceKey.ID); err != nil {
						t.Fatal(err)
					}
				} else if err := keys.RemoveKey(t.Context(), w.AliceKey.ID); err != nil {
					t.Fatal(err)
				}
				w.write(w.files.Config, w.filled(c.config)+rest)
				w.write(w.files.Credentials, w.filled(c.credentials))
				w.keepNames(c.settings)
				plan, err := w.remove(creds.RemoveRequest{Profile: "old", Plan: true})
				if err != nil {
					t.Fatal(err)
				}
				says := func(all, want []string) {
					t.Helper()
					for _, phrase := range want {
						if !strings.Contains(strings.Join(all, "\n"), w.filled(phrase)) {
							t.Errorf("no %q in %q", w.filled(phrase), all)
						}
					}
				}
				says(plan.Removes, c.removes)
				says(plan.Keeps, c.keeps)
				if c.removes != nil && len(c.removes) == 0 && len(plan.Removes) > 0 {
					t.Errorf("it removes %q", plan.Removes)
				}
				if !slices.Equal(plan.Breaks, c.breaks) {
					t.Errorf("it breaks %q", plan.Breaks)
				}
				if w.file(w.files.Config) != w.filled(c.config)+rest || w.file(w.files.Credentials) != w.filled(c.credentials) {
					t.Error("the plan has changed something")
				}
				if _, err := w.remove(creds.RemoveRequest{Profile: "old", Fingerprint: plan.Fingerprint}); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(strings.TrimPrefix(c.after+rest, "\n"), strings.TrimPrefix(w.file(w.files.Config), "\n")); diff != "" {
					t.Errorf("config:\n%s", diff)
				}
				if diff := cmp.Diff(w.filled(c.afterCreds), w.file(w.files.Credentials)); diff != "" {
					t.Errorf("credentials:\n%s", diff)
				}
				if text := w.file(w.names.Settings.Path()); text != "" {
					t.Errorf("the settings are %q", text)
				}
				for _, text := range []string{w.AliceKey.ID, w.AliceKey.Secret} {
					if places := w.found(text); len(places) > 0 {
						t.Errorf("%s is in %q", text, places)
					}
				}
				if n := w.m.Custody().Entries(); n != 0 {
					t.Errorf("the journal has %d entries", n)
				}
			})
		})
	}
}

func TestAKeyThatAnotherProfileUsesStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer func() { w.stop() }()
		w.stop()
		if err := w.vault().Point(t.Context(), "ci", w.AliceKey.ID); err != nil {
			t.Fatal(err)
		}
		w.keepNames("")
		plan := w.planRemoval("alice")
		if all := strings.Join(plan.Keeps, "\n"); !strings.Contains(all, "the long-term key "+w.AliceKey.ID+" in the keyring, which ci uses too") || strings.Contains(all, "at AWS") {
			t.Errorf("it keeps %q", plan.Keeps)
		}
		if _, err := w.remove(creds.RemoveRequest{Profile: "alice"}); err != nil {
			t.Fatal(err)
		}
		if names := w.keyNames(); !slices.Contains(names.Keys, w.AliceKey.ID) || slices.Contains(names.Profiles, "alice") {
			t.Errorf("the keyring has %+v", names)
		}
		if _, err := w.remove(creds.RemoveRequest{Profile: "ci"}); err != nil {
			t.Fatal(err)
		}
		if names := w.keyNames(); slices.Contains(names.Keys, w.AliceKey.ID) {
			t.Errorf("the keyring has %+v", names)
		}
	})
}

func TestARemovalByAnOldPlanIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer func() { w.stop() }()
		w.keepNames("")
		plan := w.planRemoval("alice")
		w.bookmark("own", "alice")
		before := w.file(w.files.Config)
		if _, err := w.remove(creds.RemoveRequest{Profile: "alice", Fingerprint: plan.Fingerprint}); creds.CodeOf(err) != creds.CodePlanChanged {
			t.Errorf("got %v", err)
		}
		if w.file(w.files.Config) != before || !slices.Contains(w.keyNames().Profiles, "alice") {
			t.Error("something was removed")
		}
	})
}

func TestADelayedRemovalCanBeUndoneForTenSeconds(t *testing.T) {
	removed := func(w *world) bool {
		_, err := w.m.Status(w.t.Context(), "alice")
		return creds.CodeOf(err) == creds.CodeNoProfile && !slices.Contains(w.keyNames().Profiles, "alice")
	}
	delayed := func(w *world) creds.Removal {
		w.t.Helper()
		plan, err := w.remove(creds.RemoveRequest{Profile: "alice", Delayed: true, Fingerprint: w.planRemoval("alice").Fingerprint})
		if err != nil {
			w.t.Fatal(err)
		}
		if s, _ := w.m.Snapshot(w.t.Context()).Profile("alice"); !s.Removing.Equal(plan.At) || time.Until(plan.At) != creds.RemovalDelay {
			w.t.Errorf("it is removed at %s and %s", s.Removing, plan.At)
		}
		return plan
	}
	for name, test := range map[string]func(t *testing.T, w *world){
		"it is carried out then": func(t *testing.T, w *world) {
			time.Sleep(creds.RemovalDelay - time.Millisecond)
			if removed(w) {
				t.Error("it is removed too early")
			}
			time.Sleep(time.Second)
			synctest.Wait()
			if !removed(w) {
				t.Error("it is not removed")
			}
			if _, err := w.remove(creds.RemoveRequest{Profile: "alice", Undo: true}); creds.CodeOf(err) != creds.CodeBadRequest {
				t.Errorf("too late to undo it: %v", err)
			}
		},
		"undo keeps it": func(t *testing.T, w *world) {
			time.Sleep(9 * time.Second)
			if _, err := w.remove(creds.RemoveRequest{Profile: "alice", Undo: true}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			if s, _ := w.m.Snapshot(t.Context()).Profile("alice"); removed(w) || !s.Removing.IsZero() {
				t.Errorf("it is %+v", s)
			}
			if _, err := w.remove(creds.RemoveRequest{Profile: "alice"}); err != nil || !removed(w) {
				t.Errorf("afterwards: %v", err)
			}
		},
		"another change has to wait": func(t *testing.T, w *world) {
			if _, err := w.callProfile("alice", "new"); creds.CodeOf(err) != creds.CodeBusy {
				t.Errorf("a rename: %v", err)
			}
			if _, err := w.remove(creds.RemoveRequest{Profile: "alice"}); creds.CodeOf(err) != creds.CodeBusy {
				t.Errorf("a second removal: %v", err)
			}
			time.Sleep(time.Minute)
			synctest.Wait()
			if !removed(w) {
				t.Error("it is not removed")
			}
		},
		"the end of the agent keeps it": func(t *testing.T, w *world) {
			time.Sleep(5 * time.Second)
			w.stop()
			w.start()
			time.Sleep(time.Minute)
			synctest.Wait()
			if s, err := w.m.Status(t.Context(), "alice"); err != nil || !s.Removing.IsZero() || removed(w) {
				t.Errorf("it is %+v, %v", s, err)
			}
		},
		"a change meanwhile keeps it, and that is said": func(t *testing.T, w *world) {
			w.bookmark("own", "alice")
			time.Sleep(time.Minute)
			synctest.Wait()
			said := ""
			for _, problem := range w.m.Snapshot(t.Context()).Problems {
				said += problem.Message
			}
			if removed(w) || !strings.Contains(said, `what a removal of profile "alice" takes away has changed`) {
				t.Errorf("it says %q", said)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				defer func() { w.stop() }()
				w.keepNames("")
				w.refresh("alice", core.RefreshOptions{})
				delayed(w)
				test(t, w)
			})
		})
	}
}

func TestARemovalThatIsCutOffIsFinished(t *testing.T) {
	for n := 0; ; n++ {
		of := 0
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			defer func() { w.stop() }()
			w.keepNames("[profile.alice]\nfavourite = true\n")
			w.bookmark("own", "alice")
			w.visit("alice")
			w.refresh("alice", core.RefreshOptions{})
			token := w.credentials("alice")["aws_session_token"]
			var err error
			if of, err = w.m.Custody().CutRemoval(t.Context(), "alice", n); err != nil {
				t.Fatal(err)
			}
			w.stop()
			w.start()
			synctest.Wait()
			if left := w.m.Custody().Entries(); left != 0 {
				t.Fatalf("after %d steps: %d entries are left\n%s", n, left, w.log)
			}
			if _, err := w.m.Status(t.Context(), "alice"); creds.CodeOf(err) != creds.CodeNoProfile {
				t.Errorf("after %d steps: %v", n, err)
			}
			if left := w.m.Records("alice"); len(left) > 0 {
				t.Errorf("after %d steps %q are left", n, left)
			}
			w.stop() // which writes what has to be saved
			for _, text := range []string{w.AliceKey.ID, w.AliceKey.Secret, token, "daypass-key-alice", `"alice"`, "profile.alice"} {
				if places := w.found(text); len(places) > 0 {
					t.Errorf("after %d steps: %s is in %q", n, text, places)
				}
			}
		})
		if t.Failed() || n >= of {
			t.Logf("%d cuts", n+1)
			return
		}
	}
}

func TestARemovalThatFailsGoesOn(t *testing.T) {
	for name := range failing {
		if name == "the keyring" {
			continue // nothing is written there
		}
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				defer func() { w.stop() }()
				w.keepNames("[profile.alice]\nfavourite = true\n")
				w.bookmark("own", "alice")
				w.refresh("alice", core.RefreshOptions{})
				synctest.Wait()
				mend := w.spoil(name)
				_, err := w.remove(creds.RemoveRequest{Profile: "alice"})
				if err == nil || creds.AsError(err).Code == creds.CodeInternal {
					t.Fatalf("got %q %v", creds.CodeOf(err), err)
				}
				if !slices.Contains(w.keyNames().Keys, w.AliceKey.ID) {
					t.Error("the key is gone before the rest")
				}
				mend()
				if name == "the journal" {
					if _, err := w.remove(creds.RemoveRequest{Profile: "alice"}); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(20 * time.Minute)
				synctest.Wait()
				if _, err := w.m.Status(t.Context(), "alice"); creds.CodeOf(err) != creds.CodeNoProfile {
					t.Errorf("it is there: %v\n%s", err, w.log)
				}
				if n := w.m.Custody().Entries(); n != 0 {
					t.Errorf("the journal has %d entries\n%s", n, w.log)
				}
				if places := w.found(w.AliceKey.ID); len(places) > 0 {
					t.Errorf("the key is in %q", places)
				}
			})
		})
	}
}
