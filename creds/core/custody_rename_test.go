package core_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/core"
)

// KEY and SECRET are alice's in the texts of these tests.
func (w *world) filled(text string) string {
	return strings.NewReplacer("KEYID", w.AliceKey.ID, "SECRETKEY", w.AliceKey.Secret).Replace(text)
}

// renames have both files before and after a profile is renamed from old to new.
var renames = []struct {
	name                string
	config, credentials string
	after, afterCreds   string
	settings            string
}{
	{
		name:   "a key in the keyring",
		config: "# mine\n[profile old] # a\nregion = eu-west-1\nmfa_serial = arn:aws:iam::111111111111:mfa/alice-phone\n",
		after:  "# mine\n[profile new] # a\nregion = eu-west-1\nmfa_serial = arn:aws:iam::111111111111:mfa/alice-phone\n",
	},
	{
		name:        "a key in plaintext, with a session beside it",
		credentials: "[old]\naws_access_key_id = KEYID\naws_secret_access_key = SECRETKEY\n\n[old-temporary]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\naws_session_token = y\n",
		afterCreds:  "[new]\naws_access_key_id = KEYID\naws_secret_access_key = SECRETKEY\n\n[new-temporary]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\naws_session_token = y\n",
	},
	{
		name:        "the layout of aws-mfa",
		config:      "[profile old]\nregion = eu-west-1\n[profile old-long-term]\noutput = json\n",
		credentials: "[old-long-term]\naws_access_key_id = KEYID\naws_secret_access_key = SECRETKEY\naws_mfa_device = arn:aws:iam::111111111111:mfa/alice-phone\n",
		after:       "[profile new]\nregion = eu-west-1\n[profile new-long-term]\noutput = json\n",
		afterCreds:  "[new-long-term]\naws_access_key_id = KEYID\naws_secret_access_key = SECRETKEY\naws_mfa_device = arn:aws:iam::111111111111:mfa/alice-phone\n",
	},
	{
		name:        "the layout of aws-iam-login",
		credentials: "[old]\nusername = alice\naws_access_key_id = KEYID\naws_secret_access_key = SECRETKEY\n",
		config:      "[profile role]\nrole_arn = arn:aws:iam::111111111111:role/Admin\nsource_profile = old-sts\n",
		afterCreds:  "[new]\nusername = alice\naws_access_key_id = KEYID\naws_secret_access_key = SECRETKEY\n",
		after:       "[profile role]\nrole_arn = arn:aws:iam::111111111111:role/Admin\nsource_profile = new-sts\n",
	},
	{
		name:        "a suffix of the person's own",
		settings:    "long_term_suffix = \"-key\"\n",
		credentials: "[old-key]\naws_access_key_id = KEYID\naws_secret_access_key = SECRETKEY\n",
		config:      "[profile role]\nrole_arn = arn:aws:iam::111111111111:role/Admin\nsource_profile = old\n[profile other]\nrole_arn = arn:aws:iam::111111111111:role/Other\nsource_profile=\"old-key\" ; quoted\n",
		afterCreds:  "[new-key]\naws_access_key_id = KEYID\naws_secret_access_key = SECRETKEY\n",
		after:       "[profile role]\nrole_arn = arn:aws:iam::111111111111:role/Admin\nsource_profile = new\n[profile other]\nrole_arn = arn:aws:iam::111111111111:role/Other\nsource_profile=\"new-key\" ; quoted\n",
	},
	{
		name:   "a role, which another one goes through",
		config: "[profile old]\r\nrole_arn = arn:aws:iam::111111111111:role/Admin\r\nsource_profile = ci\r\n\r\n[profile next]\r\nrole_arn = arn:aws:iam::111111111111:role/Next\r\nsource_profile = old\r\n",
		after:  "[profile new]\r\nrole_arn = arn:aws:iam::111111111111:role/Admin\r\nsource_profile = ci\r\n\r\n[profile next]\r\nrole_arn = arn:aws:iam::111111111111:role/Next\r\nsource_profile = new\r\n",
	},
	{
		name:   "its own source",
		config: "[profile old]\nrole_arn = arn:aws:iam::111111111111:role/Admin\nsource_profile = old\n",
		after:  "[profile new]\nrole_arn = arn:aws:iam::111111111111:role/Admin\nsource_profile = new\n",
	},
	{
		name:   "a role of Identity Center",
		config: "[sso-session old]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n[profile old]\nsso_session = old\nsso_account_id = 111111111111\nsso_role_name = R\ndaypass_sso_import = old\n",
		after:  "[sso-session old]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-west-1\n[profile new]\nsso_session = old\nsso_account_id = 111111111111\nsso_role_name = R\ndaypass_sso_import = old\n",
	},
	{
		name:   "a console sign-in",
		config: "[profile old]\nlogin_session = arn:aws:iam::111111111111:user/old\nregion = eu-west-1\n",
		after:  "[profile new]\nlogin_session = arn:aws:iam::111111111111:user/old\nregion = eu-west-1\n",
	},
	{
		name:     "a console sign-in that nobody has made yet",
		settings: "[profile.old]\nconsole_sign_in = true\n",
		config:   "[profile old]\nregion = eu-west-1\n",
		after:    "[profile new]\nregion = eu-west-1\n",
	},
	{
		name:   "a program, and those that call daypass for it",
		config: "[profile old]\ncredential_process = /bin/old old\n[profile a]\ncredential_process = daypass credential-process --profile old\n[profile b]\ncredential_process = '/opt/my tools/daypass' --no-input credential-process --profile='old' # b\n[profile c]\ncredential_process = /bin/other credential-process --profile old\n[profile d]\ncredential_process = daypass credential-process --profile older\n",
		after:  "[profile new]\ncredential_process = /bin/old old\n[profile a]\ncredential_process = daypass credential-process --profile new\n[profile b]\ncredential_process = '/opt/my tools/daypass' --no-input credential-process --profile=new # b\n[profile c]\ncredential_process = /bin/other credential-process --profile old\n[profile d]\ncredential_process = daypass credential-process --profile older\n",
	},
	{
		name:   "a web identity",
		config: "[profile old]\nrole_arn = arn:aws:iam::111111111111:role/Web\nweb_identity_token_file = /old/token\n",
		after:  "[profile new]\nrole_arn = arn:aws:iam::111111111111:role/Web\nweb_identity_token_file = /old/token\n",
	},
}

func TestARenameChangesNamesAndNothingElse(t *testing.T) {
	for _, c := range renames {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				defer func() { w.stop() }()
				const rest = "\n[profile ci]\nregion = eu-west-1\n\n[profile older]\nregion = eu-west-1\n"
				w.write(w.files.Config, c.config+rest)
				w.write(w.files.Credentials, w.filled(c.credentials))
				if strings.Contains(c.name, "in the keyring") {
					w.stop()
					if err := w.vault().Point(t.Context(), "old", w.AliceKey.ID); err != nil {
						t.Fatal(err)
					}
				}
				w.keepNames(c.settings)
				before := w.names.Settings.Current()
				if _, err := w.callProfile("old", "new"); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(c.after+rest, w.file(w.files.Config)); diff != "" {
					t.Errorf("config:\n%s", diff)
				}
				if diff := cmp.Diff(w.filled(c.afterCreds), w.file(w.files.Credentials)); diff != "" {
					t.Errorf("credentials:\n%s", diff)
				}
				if got := w.names.Settings.Current(); got.Profile["new"] != before.Profile["old"] || got.Profile["old"] != (creds.ProfileSettings{}) {
					t.Errorf("the settings are %+v", got.Profile)
				}
				if _, err := w.m.Status(t.Context(), "old"); creds.CodeOf(err) != creds.CodeNoProfile {
					t.Errorf("the old name: %v", err)
				}
				if strings.Contains(c.credentials, "KEYID") || strings.Contains(c.name, "in the keyring") {
					if s := w.refresh("new", core.RefreshOptions{}); s.State(time.Now()) != creds.StateValid {
						t.Errorf("a login gives %+v", s)
					}
					if err := w.m.Logout(t.Context(), "new"); err != nil {
						t.Error(err)
					}
				}
				if _, err := w.callProfile("new", "old"); err != nil {
					t.Fatal(err)
				}
				// The quotes of a name are not put back, since none needs them.
				plain := strings.NewReplacer("--profile='old'", "--profile=old")
				if diff := cmp.Diff(plain.Replace(c.config)+rest, w.file(w.files.Config)); diff != "" {
					t.Errorf("config at the end:\n%s", diff)
				}
				if names := w.keyNames().Profiles; slices.Contains(names, "new") {
					t.Errorf("the keyring has items of %q", names)
				}
			})
		})
	}
}

func TestARenameIsRefused(t *testing.T) {
	const config = "[profile old]\nregion = eu-west-1\n[default]\nregion = eu-west-1\n[profile made]\nregion = eu-west-1\n" +
		"[profile ci]\nregion = eu-west-1\n[profile fine]\nregion = eu-west-1\n"
	for name, c := range map[string]struct {
		from, to, credentials, settings string
		want                            string
		code                            creds.Code
	}{
		"to a name that is taken":               {"old", "made", "", "", `there is a profile or a section "made" already`, creds.CodeBadRequest},
		"to its own name":                       {"old", "old", "", "", "that is its name already", creds.CodeBadRequest},
		"to a name that not all tools find":     {"old", "a b", "", "", "not all of AWS's tools would find", creds.CodeBadRequest},
		"to an empty name":                      {"old", "", "", "", "it is empty", creds.CodeBadRequest},
		"of the default profile":                {"default", "new", "", "", "use the profile \"default\" where none is named", creds.CodeBadRequest},
		"to the default profile":                {"old", "default", "", "", "use the profile \"default\" where none is named", creds.CodeBadRequest},
		"of nothing":                            {"none", "new", "", "", `there is no profile "none"`, creds.CodeNoProfile},
		"to the name of a key in the keyring":   {"old", "alice", "", "", `the keyring holds a key for a profile "alice" already`, creds.CodeBadRequest},
		"to a name with settings":               {"old", "new", "", "[profile.new]\nfavourite = true\n", `the settings have some for a profile "new" already`, creds.CodeBadRequest},
		"of a section of another profile":       {"key-long-term", "new", "[key-long-term]\naws_access_key_id = KEYID\naws_secret_access_key = SECRETKEY\n", "", `is a section of the profile "key"`, creds.CodeBadRequest},
		"to the name of a section of another":   {"old", "key-long-term", "[key-long-term]\naws_access_key_id = KEYID\naws_secret_access_key = SECRETKEY\n", "", `there is a profile or a section "key-long-term" already`, creds.CodeBadRequest},
		"to what another's credentials will be": {"old", "fine-temporary", "", "", `"fine-temporary" already means a section of the profile "fine"`, creds.CodeBadRequest},
		"with a key, to the name of a key's section": {
			"plain", "x-long-term", "[plain]\naws_access_key_id = KEYID\naws_secret_access_key = SECRETKEY\n", "", `a key in a section "x-long-term" would be that of the profile "x"`, creds.CodeBadRequest,
		},
		"to a name before the section of a session": {
			"old", "new", "[new-temporary]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\naws_session_token = y\n", "", `there is a profile or a section "new-temporary" already`, creds.CodeBadRequest,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				defer func() { w.stop() }()
				w.write(w.files.Config, config)
				w.write(w.files.Credentials, w.filled(c.credentials))
				w.keepNames(c.settings)
				_, err := w.callProfile(c.from, c.to)
				if creds.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %q %v", creds.CodeOf(err), err)
				}
				if w.file(w.files.Config) != config || w.file(w.files.Credentials) != w.filled(c.credentials) || w.file(w.names.Settings.Path()) != c.settings {
					t.Error("something was changed")
				}
				if n := w.m.Custody().Entries(); n != 0 {
					t.Errorf("the journal has %d entries", n)
				}
			})
		})
	}
}

func TestOneChangeOfAProfileAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer func() { w.stop() }()
		w.keepNames("")
		w.refresh("ci", core.RefreshOptions{}) // which key it has is known then
		for _, of := range []string{"ci", "fresh", w.CIKey.ID} {
			done, err := w.m.Custody().TakeTurn("the key is being rotated", of)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.callProfile("ci", "fresh"); creds.CodeOf(err) != creds.CodeBusy || !strings.Contains(err.Error(), "the key is being rotated just now") {
				t.Errorf("a rename beside a change of %s: %v", of, err)
			}
			_, err = w.m.Custody().Remove(t.Context(), creds.RemoveRequest{Profile: "ci"}, person1)
			if is := creds.CodeOf(err) == creds.CodeBusy; is != (of != "fresh") {
				t.Errorf("a removal beside a change of %s: %v", of, err)
			}
			done()
			if of == "fresh" {
				return
			}
		}
	})
}

func TestARenameThatIsCutOffIsFinished(t *testing.T) {
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
			if of, err = w.m.Custody().CutRename(t.Context(), creds.RenameRequest{Profile: "alice", To: "work"}, n); err != nil {
				t.Fatal(err)
			}
			// Nothing else is done with it meanwhile.
			if _, err := w.m.Refresh(t.Context(), "alice", core.RefreshOptions{Force: true}); err == nil {
				t.Error("a login was not refused")
			}
			w.stop()
			w.start()
			synctest.Wait()
			if left := w.m.Custody().Entries(); left != 0 {
				t.Fatalf("after %d steps: %d entries are left\n%s", n, left, w.log)
			}
			if s, err := w.m.Status(t.Context(), "work"); err != nil || s.State(time.Now()) != creds.StateValid || !s.Favourite || !strings.Contains(s.Key.News, "is finished now") {
				t.Errorf("after %d steps it is %+v, %v", n, s, err)
			}
			if got := w.credentials("work")["aws_session_token"]; got != token || len(w.credentials("alice")) > 0 {
				t.Errorf("after %d steps the credentials file has\n%s", n, w.file(w.files.Credentials))
			}
			if names := w.keyNames().Profiles; !slices.Contains(names, "work") || slices.Contains(names, "alice") {
				t.Errorf("after %d steps the keyring has items of %q", n, names)
			}
			if strings.Contains(w.file(w.files.Config), "source_profile = alice") || strings.Contains(w.file(w.names.Settings.Path()), "alice") {
				t.Errorf("after %d steps the old name is left", n)
			}
			if left := w.m.Records("alice"); len(left) > 0 {
				t.Errorf("after %d steps %q are left", n, left)
			}
			if s := w.refresh("work", core.RefreshOptions{Force: true}); s.State(time.Now()) != creds.StateValid {
				t.Errorf("after %d steps a login gives %+v", n, s)
			}
		})
		if t.Failed() || n >= of {
			t.Logf("%d cuts", n+1)
			return
		}
	}
}

// spoiler has something happen before names are changed.
type spoiler struct {
	core.Names
	before atomic.Pointer[func()] // a manager may be trying again while it changes
}

func (s *spoiler) spoil() {
	if before := s.before.Load(); before != nil {
		(*before)()
	}
}

func (s *spoiler) Rename(ctx context.Context, from, to string) error {
	s.spoil()
	return s.Names.Rename(ctx, from, to)
}

func (s *spoiler) Forget(ctx context.Context, profile string) error {
	s.spoil()
	return s.Names.Forget(ctx, profile)
}

// failing are places where a write fails, with what is in the way: a text that must not be
// changed, or a folder in place of a file.
var failing = map[string]struct {
	path func(w *world) string
	text string
}{
	"the credentials file": {func(w *world) string { return w.files.Credentials }, "\xff\xfe[\x00"},
	"the config file":      {func(w *world) string { return w.files.Config }, "\xff\xfe[\x00"},
	"the settings":         {func(w *world) string { return w.names.Settings.Path() }, "[profile.x\n"},
	"the bookmarks":        {func(w *world) string { return w.names.Bookmarks.Path() }, "[[bookmark\n"},
	"the journal":          {func(w *world) string { return filepath.Join(w.home, "state", "custody.json") }, ""},
	"the keyring":          {func(w *world) string { return filepath.Join(w.home, "state", "keyring", "daypass-key-work") }, ""},
	"the sessions":         {func(w *world) string { return filepath.Join(w.home, "state", "sessions.age") }, ""},
}

// spoil has a write fail from the moment on in which names are changed, or with a folder from
// now on. mend puts back what was there.
func (w *world) spoil(place string) (mend func()) {
	w.t.Helper()
	of := failing[place]
	path := of.path(w)
	was, err := os.ReadFile(path)
	is := err == nil
	if of.text == "" {
		_ = os.Remove(path)
		if err := os.MkdirAll(filepath.Join(path, "x"), 0o700); err != nil {
			w.t.Fatal(err)
		}
	} else {
		before := func() { w.write(path, of.text) }
		w.spoils.before.Store(&before)
	}
	return func() {
		w.spoils.before.Store(nil)
		if err := os.RemoveAll(path); err != nil {
			w.t.Fatal(err)
		}
		if is {
			w.write(path, string(was))
		}
	}
}

func TestARenameThatFailsLeavesTheOldName(t *testing.T) {
	for name := range failing {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				defer func() { w.stop() }()
				w.keepNames("[profile.alice]\nfavourite = true\n")
				w.bookmark("own", "alice")
				w.refresh("alice", core.RefreshOptions{})
				synctest.Wait()
				before := []string{w.file(w.files.Config), w.file(w.files.Credentials), w.file(w.names.Settings.Path())}
				mend := w.spoil(name)
				_, err := w.callProfile("alice", "work")
				if err == nil || creds.AsError(err).Code == creds.CodeInternal {
					t.Fatalf("got %q %v", creds.CodeOf(err), err)
				}
				t.Logf("%v", err)
				mend()
				time.Sleep(20 * time.Minute) // what could not be undone is undone now
				synctest.Wait()
				after := []string{w.file(w.files.Config), w.file(w.files.Credentials), w.file(w.names.Settings.Path())}
				if diff := cmp.Diff(before, after); diff != "" {
					t.Error(diff)
				}
				if s, err := w.m.Status(t.Context(), "alice"); err != nil || s.State(time.Now()) != creds.StateValid || !s.Favourite {
					t.Errorf("it is %+v, %v", s, err)
				}
				if names := w.keyNames().Profiles; !slices.Contains(names, "alice") || slices.Contains(names, "work") {
					t.Errorf("the keyring has items of %q", names)
				}
				if n := w.m.Custody().Entries(); n != 0 {
					t.Errorf("the journal has %d entries\n%s", n, w.log)
				}
				if _, err := w.callProfile("alice", "work"); err != nil {
					t.Errorf("afterwards: %v", err)
				}
			})
		})
	}
}
