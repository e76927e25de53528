package core_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/core"
	"daypass/creds/credstest"
	"daypass/internal/secret"
)

// withKey writes a section of the credentials file with alice's long-term key.
func (w *world) withKey(section string, more ...string) string {
	lines := append([]string{"[" + section + "]", "aws_access_key_id = " + w.AliceKey.ID, "aws_secret_access_key = " + w.AliceKey.Secret}, more...)
	return strings.Join(lines, "\n") + "\n"
}

// lays logs in with a choice of layout.
func (w *world) lays(name string, choice creds.LayoutChoice, o core.RefreshOptions) (creds.Status, error) {
	w.t.Helper()
	of, undo, err := w.m.LayOut(w.t.Context(), name, choice, creds.Requester{})
	if err != nil {
		return creds.Status{}, err
	}
	s, err := w.m.Refresh(w.t.Context(), of, o)
	if err != nil {
		undo()
	}
	return s, err
}

func (w *world) mustLay(name string, choice creds.LayoutChoice) creds.Status {
	w.t.Helper()
	s, err := w.lays(name, choice, core.RefreshOptions{})
	if err != nil {
		w.t.Fatalf("%s by %+v: %v", name, choice, err)
	}
	return s
}

func (w *world) listed() []string {
	var names []string
	for _, p := range w.m.Snapshot(w.t.Context()).Profiles {
		names = append(names, p.Name)
	}
	return names
}

const adminARN = "arn:aws:iam::111111111111:role/Admin"

func TestAKeyInALongTermSectionIsAProfileWhoseCredentialsGoBesideItAsAWSMFAHasThem(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		before := w.withKey("work-long-term", "aws_mfa_device = "+w.Phone.Serial(), "region = eu-west-1")
		w.write(w.files.Credentials, "# mine\n"+before)
		s := w.refresh("work", core.RefreshOptions{})
		if s.WrittenAs != "work" || s.MFASerial != w.Phone.Serial() || s.Kind != creds.KindUser || s.Region != "eu-west-1" {
			t.Errorf("%+v", s)
		}
		got := w.credentials("work")
		if got["aws_security_token"] != got["aws_session_token"] || got["aws_session_token"] == "" {
			t.Error("the token of boto is another")
		}
		for _, secret := range []string{"aws_secret_access_key", "aws_session_token", "aws_security_token"} {
			delete(got, secret)
		}
		if diff := cmp.Diff(map[string]string{
			"aws_access_key_id": got["aws_access_key_id"], "assumed_role": "False", "region": "eu-west-1",
			"expiration":                s.Expires.UTC().Format("2006-01-02 15:04:05"),
			"aws_credential_expiration": s.Expires.UTC().Format("2006-01-02T15:04:05Z"),
		}, got); diff != "" {
			t.Error(diff)
		}
		if names := w.listed(); slices.Contains(names, "work-long-term") || !slices.Contains(names, "work") {
			t.Errorf("listed are %q", names)
		}
		for _, name := range []string{"work-long-term", "work-temporary"} {
			if same, err := w.m.Credentials(t.Context(), name, program); err != nil || same.AccessKeyID != got["aws_access_key_id"] {
				t.Errorf("%s has %q: %v", name, same.AccessKeyID, err)
			}
		}
		if err := w.m.Logout(t.Context(), "work-long-term"); err != nil {
			t.Fatal(err)
		}
		if left := credstest.Content(t, w.files.Credentials); left != "# mine\n"+before {
			t.Errorf("left is\n%s", left)
		}
	})
}

func TestALogoutTakesAwayWhatAWSMFAWroteToo(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.write(w.files.Credentials, w.withKey("work-long-term", "aws_mfa_device = "+w.Phone.Serial())+
			"[work]\nregion = eu-central-1\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\naws_session_token = y\naws_security_token = y\n"+
			"assumed_role = True\nassumed_role_arn = "+adminARN+"\nexpiration = 2020-01-01 00:00:00\n")
		if s := w.refresh("work", core.RefreshOptions{}); s.Region != "eu-central-1" {
			t.Errorf("the region is %q", s.Region)
		}
		if got := w.credentials("work"); got["assumed_role"] != "False" || got["assumed_role_arn"] != "" || got["expiration"] == "2020-01-01 00:00:00" {
			t.Errorf("%q, %q until %q", got["assumed_role"], got["assumed_role_arn"], got["expiration"])
		}
		if err := w.m.Logout(t.Context(), "work"); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"region": "eu-central-1"}, w.credentials("work")); diff != "" {
			t.Error(diff)
		}
	})
}

func TestTheRoleOfALongTermSectionIsAssumedForAnHour(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.write(w.files.Credentials, w.withKey("work-long-term", "aws_mfa_device = "+w.Phone.Serial(), "assume_role = "+adminARN, "role_session_name = me"))
		s := w.refresh("work", core.RefreshOptions{})
		if s.Expires.Sub(s.Issued).Round(time.Second) != time.Hour || s.Kind != creds.KindRole || s.SourceProfile != "" || s.RoleARN != adminARN {
			t.Errorf("%+v", s)
		}
		if got := w.credentials("work"); got["assumed_role"] != "True" || got["assumed_role_arn"] != adminARN {
			t.Errorf("%q of %q", got["assumed_role"], got["assumed_role_arn"])
		}
		if by := w.AWS.Calls("AssumeRole")[0]; !strings.Contains(by.Params.Get("RoleSessionName"), "me") {
			t.Errorf("the session is called %q", by.Params.Get("RoleSessionName"))
		}
	})
}

func TestASectionThatSaysItselfHowItGetsCredentialsTakesNoOthers(t *testing.T) {
	for name, tt := range map[string]struct {
		section, config, names string
		settings               func(*creds.Settings)
	}{
		"a role in the config file": {config: "[profile work]\nrole_arn = " + adminARN + "\nsource_profile = alice\n", names: "role_arn in [profile work]"},
		"Identity Center":           {config: "[profile work]\nsso_session = corp\nsso_account_id = 111111111111\nsso_role_name = Dev\n", names: "sso_session in [profile work]"},
		"a sign-in to the console":  {config: "[profile work]\nlogin_session = arn:aws:iam::111111111111:user/alice\n", names: "login_session in [profile work]"},
		"a long-term key":           {section: "[work]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n", names: "a long-term key in [work]"},
		"a section of the other suffix": {
			config: "[profile work-dev]\ncredential_process = x\n", names: "credential_process in [profile work-dev]",
			settings: func(s *creds.Settings) { s.DerivedSuffix = "-dev" },
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				if tt.settings != nil {
					tt.settings(&w.settings)
					w.m.SettingsChanged()
				}
				w.write(w.files.Config, w.Config()+tt.config)
				before := w.withKey("work-long-term", "aws_mfa_device = "+w.Phone.Serial()) + tt.section
				w.write(w.files.Credentials, before)
				_, err := w.m.Refresh(t.Context(), "work-long-term", core.RefreshOptions{})
				is := creds.AsError(err)
				if err == nil || !strings.Contains(is.Message, tt.names) && is.Code != creds.CodeLongTermKey || is.Code == creds.CodeBadFile && !strings.Contains(is.Advice, "derived_suffix") {
					t.Errorf("%v; %s", err, is.Advice)
				}
				if len(w.person.asked) > 0 || credstest.Content(t, w.files.Credentials) != before {
					t.Error("somebody was asked, or something was written")
				}
				w.settings.DerivedSuffix = "-mfa"
				w.m.SettingsChanged()
				if s := w.refresh("work-long-term", core.RefreshOptions{}); !strings.HasSuffix(s.WrittenAs, "-mfa") {
					t.Errorf("by another suffix it is written as %q", s.WrittenAs)
				}
			})
		})
	}
}

func TestARoleWhoseSourceIsASectionThatIsNotThereYetAsksForTheCodeOfItsProfile(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.write(w.files.Config, w.Config()+"[profile behind]\nregion = eu-west-1\nrole_arn = "+adminARN+"\nsource_profile = work-sts\n")
		w.write(w.files.Credentials, w.withKey("work", "mfa_serial = "+w.Phone.Serial(), "username = alice"))
		w.refresh("behind", core.RefreshOptions{})
		if len(w.person.asked) != 1 || w.person.asked[0].Device != w.Phone.Serial() {
			t.Fatalf("asked was %+v", w.person.asked)
		}
		s, _ := w.status("work")
		if s.WrittenAs != "work-sts" || w.credentials("work-sts")["aws_session_token"] == "" || w.credentials("work-sts")["expiration"] != "" {
			t.Errorf("the user's session is in %q", s.WrittenAs)
		}
		if s, err := w.m.Status(t.Context(), "behind"); err != nil || s.SourceProfile != "work-sts" || s.KeyProfile != "work" {
			t.Errorf("%+v: %v", s, err)
		}
		if names := w.listed(); slices.Contains(names, "work-sts") {
			t.Errorf("listed are %q", names)
		}
		// With the section there, nothing is different.
		w.refresh("behind", core.RefreshOptions{Force: true})
		if s := w.refresh("work-sts", core.RefreshOptions{}); s.Name != "work" || len(w.person.asked) != 1 {
			t.Errorf("%s, after %d questions", s.Name, len(w.person.asked))
		}
	})
}

func TestASessionThatAnotherToolHasWrittenMeansItsProfile(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.write(w.files.Credentials, w.withKey("work", "mfa_serial = "+w.Phone.Serial())+
			"[work-sts]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\naws_session_token = y\n"+
			"[other-sts]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\naws_session_token = y\n")
		names := w.listed()
		if slices.Contains(names, "work-sts") || !slices.Contains(names, "other-sts") {
			t.Errorf("listed are %q", names)
		}
		if s, err := w.m.Status(t.Context(), "work-sts"); err != nil || s.Name != "work" {
			t.Errorf("%q: %v", s.Name, err)
		}
	})
}

func TestTheLayoutOfTheSettingsIsForProfilesOfWhichTheFilesSayNothing(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.settings.Layout = creds.LayoutAWSIAMLogin
		w.m.SettingsChanged()
		w.write(w.files.Credentials, w.withKey("work", "mfa_serial = "+w.Phone.Serial())+w.withKey("old-long-term", "mfa_serial = "+w.Phone.Serial()))
		for name, want := range map[string]string{"work": "work-sts", "old": "old", "alice": "alice-sts", "dev-readonly": "dev-readonly-sts"} {
			time.Sleep(time.Minute) // a code is taken once
			if s := w.refresh(name, core.RefreshOptions{}); s.WrittenAs != want {
				t.Errorf("%s is written as %q", name, s.WrittenAs)
			}
		}
		w.settings.Layout = creds.LayoutAWSMFA
		w.m.SettingsChanged()
		for name, want := range map[string]string{"alice": "alice", "dev-readonly": "dev-readonly-temporary"} {
			time.Sleep(time.Minute)
			if s := w.refresh(name, core.RefreshOptions{Force: true}); s.WrittenAs != want {
				t.Errorf("%s is then written as %q", name, s.WrittenAs)
			}
		}
		if left := w.credentials("alice-sts"); len(left) > 0 {
			t.Errorf("left in [alice-sts] is %v", slices.Collect(maps.Keys(left)))
		}
	})
}

func TestSeveralRolesAtOnceShareOneCodeAndSurviveARestart(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.write(w.files.Credentials, w.withKey("corp", "aws_mfa_device = "+w.Phone.Serial(), "region = eu-west-1"))
		for suffix, role := range map[string]string{"-production": adminARN, "-staging": "arn:aws:iam::111111111111:role/ReadOnly"} {
			s := w.mustLay("corp", creds.LayoutChoice{Layout: creds.LayoutAWSMFA, LongTermSuffix: creds.NoSuffix, ShortTermSuffix: suffix, RoleARN: role, SessionName: "me"})
			if s.Name != "corp"+suffix || s.WrittenAs != s.Name || s.RoleARN != role || s.SourceProfile != "corp" || s.Expires.Sub(s.Issued).Round(time.Second) != time.Hour {
				t.Errorf("%+v", s)
			}
			if got := w.credentials(s.Name); got["assumed_role_arn"] != role || got["region"] != "eu-west-1" {
				t.Errorf("%s has the role %q and the region %q", s.Name, got["assumed_role_arn"], got["region"])
			}
		}
		if len(w.person.asked) != 1 || w.calls("AssumeRole") != 2 {
			t.Errorf("%d questions and %d calls", len(w.person.asked), w.calls("AssumeRole"))
		}
		w.stop()
		w.start()
		again := creds.LayoutChoice{Layout: creds.LayoutAWSMFA, LongTermSuffix: creds.NoSuffix, ShortTermSuffix: "-production", RoleARN: adminARN, SessionName: "me"}
		if s := w.mustLay("corp", again); s.Name != "corp-production" || w.calls("AssumeRole") != 2 {
			t.Errorf("%s, after %d calls", s.Name, w.calls("AssumeRole"))
		}
		// Renewed silently while the user's session lasts.
		w.m.Snapshot(t.Context())
		time.Sleep(65 * time.Minute)
		if s, state := w.status("corp-production"); state != creds.StateValid || len(w.person.asked) != 1 || w.calls("AssumeRole") < 3 {
			t.Errorf("%s until %v, after %d questions and %d calls", state, s.Expires, len(w.person.asked), w.calls("AssumeRole"))
		}
		if err := w.m.Logout(t.Context(), "corp-production"); err != nil {
			t.Fatal(err)
		}
		if names := w.listed(); slices.Contains(names, "corp-production") || !slices.Contains(names, "corp-staging") || len(w.credentials("corp-production")) > 0 {
			t.Errorf("listed are %q", names)
		}
		w.stop()
		w.start()
		if names := w.listed(); slices.Contains(names, "corp-production") {
			t.Errorf("after a restart %q are listed", names)
		}
	})
}

func TestALoginMayChooseOtherSectionsThanTheFiles(t *testing.T) {
	for name, tt := range map[string]struct {
		credentials func(w *world) string
		of          string
		choice      creds.LayoutChoice
		section     string
		refused     string
	}{
		"another section for the user's own session": {of: "work", choice: creds.LayoutChoice{ShortTermSuffix: "-x"}, section: "work-x"},
		"the role of a login, in the profile's own section": {
			credentials: func(w *world) string { return w.withKey("work-long-term", "aws_mfa_device = "+w.Phone.Serial()) },
			of:          "work", choice: creds.LayoutChoice{Layout: creds.LayoutAWSMFA, RoleARN: adminARN}, section: "work",
		},
		"a device that the files do not name": {
			credentials: func(w *world) string { return w.withKey("work-long-term") },
			of:          "work", choice: creds.LayoutChoice{Layout: creds.LayoutAWSMFA, MFASerial: "PHONE"}, section: "work",
		},
		"another suffix of the key": {
			credentials: func(w *world) string { return w.withKey("work-key", "aws_mfa_device = "+w.Phone.Serial()) },
			of:          "work", choice: creds.LayoutChoice{Layout: creds.LayoutAWSMFA, LongTermSuffix: "-key"}, section: "work",
		},
		"a key in the keyring":        {of: "alice", choice: creds.LayoutChoice{Layout: creds.LayoutAWSMFA, ShortTermSuffix: "-x"}, section: "alice-x"},
		"both names are one":          {of: "work", choice: creds.LayoutChoice{LongTermSuffix: "none", ShortTermSuffix: "none"}, refused: `would both be in the section "work"`},
		"no key":                      {of: "work", choice: creds.LayoutChoice{Layout: creds.LayoutAWSMFA}, refused: `no long-term key in the section "work-long-term"`},
		"no layout":                   {of: "work", choice: creds.LayoutChoice{Layout: "aws"}, refused: `no layout "aws"`},
		"no role":                     {of: "work", choice: creds.LayoutChoice{RoleARN: "Admin"}, refused: "no ARN of a role"},
		"a section that has settings": {of: "alice", choice: creds.LayoutChoice{ShortTermSuffix: "-x", Layout: creds.LayoutTemporary, LongTermSuffix: "none"}, section: "alice-x"},
		"a section with a role":       {of: "dev", choice: creds.LayoutChoice{LongTermSuffix: "none", ShortTermSuffix: "-admin"}, refused: "role_arn in [profile dev-admin]"},
		"a section with a bracket":    {of: "work", choice: creds.LayoutChoice{ShortTermSuffix: "]x"}, refused: "cannot be in a section of this name"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				text := w.withKey("work", "mfa_serial = "+w.Phone.Serial()) + w.withKey("dev", "mfa_serial = "+w.Phone.Serial())
				if tt.credentials != nil {
					text = tt.credentials(w)
				}
				w.write(w.files.Credentials, text)
				if tt.choice.MFASerial != "" {
					tt.choice.MFASerial = w.Phone.Serial()
				}
				s, err := w.lays(tt.of, tt.choice, core.RefreshOptions{})
				if tt.refused != "" {
					if err == nil || !strings.Contains(err.Error(), tt.refused) || len(w.person.asked) > 0 || credstest.Content(t, w.files.Credentials) != text {
						t.Errorf("%v, after %d questions", err, len(w.person.asked))
					}
					return
				}
				if err != nil || s.WrittenAs != tt.section || w.credentials(tt.section)["aws_session_token"] == "" || s.MFASerial != w.Phone.Serial() || s.RoleARN != tt.choice.RoleARN {
					t.Errorf("%+v: %v", s, err)
				}
				if len(w.person.asked) != 1 {
					t.Errorf("%d questions", len(w.person.asked))
				}
			})
		})
	}
}

func TestALoginAsTheFilesSaySavesNothing(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.write(w.files.Credentials, w.withKey("work-long-term", "aws_mfa_device = "+w.Phone.Serial()))
		w.mustLay("work", creds.LayoutChoice{Layout: creds.LayoutAWSMFA, RoleARN: adminARN})
		if s, _ := w.status("work"); s.RoleARN != adminARN {
			t.Errorf("%+v", s)
		}
		s := w.mustLay("work", creds.LayoutChoice{Layout: creds.LayoutAWSMFA, MFASerial: w.Phone.Serial()})
		if got := w.credentials("work"); s.RoleARN != "" || s.Kind != creds.KindUser || got["assumed_role"] != "False" || got["assumed_role_arn"] != "" {
			t.Errorf("%+v; the role is %q", s, got["assumed_role_arn"])
		}
	})
}

func TestALoginThatFailsSavesNoProfile(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.write(w.files.Credentials, w.withKey("work", "mfa_serial = "+w.Phone.Serial()))
		w.person.declines = true
		if _, err := w.lays("work", creds.LayoutChoice{ShortTermSuffix: "-x", RoleARN: adminARN}, core.RefreshOptions{}); err == nil {
			t.Fatal("no error")
		}
		if names := w.listed(); slices.Contains(names, "work-x") {
			t.Errorf("listed are %q", names)
		}
	})
}

func TestAProfileOfTheFilesComesBeforeASavedOneOfItsName(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.write(w.files.Credentials, w.withKey("work", "mfa_serial = "+w.Phone.Serial()))
		w.mustLay("work", creds.LayoutChoice{ShortTermSuffix: "-x", RoleARN: adminARN})
		w.write(w.files.Config, w.Config()+"[profile work-x]\nrole_arn = arn:aws:iam::111111111111:role/ReadOnly\nsource_profile = alice\n")
		s, _ := w.status("work-x")
		if s.RoleARN != "arn:aws:iam::111111111111:role/ReadOnly" || !slices.ContainsFunc(s.Flaws, func(f creds.Error) bool {
			return strings.Contains(f.Message, "role_arn in [profile work-x]") && strings.Contains(f.Advice, "daypass logout work-x")
		}) {
			t.Errorf("%+v", s)
		}
		if err := w.m.Logout(t.Context(), "work-x"); err != nil {
			t.Fatal(err)
		}
		if s, _ := w.status("work-x"); len(s.Flaws) > 0 {
			t.Errorf("%+v", s.Flaws)
		}
	})
}

func TestAKeyThatMovedToTheKeyringUnderTheNameOfItsSectionIsUsedFromThere(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.write(w.files.Credentials, w.withKey("work-long-term", "aws_mfa_device = "+w.Phone.Serial()))
		reply, err := w.m.Add(t.Context(), creds.AddRequest{Profile: "work-long-term", AccessKeyID: w.AliceKey.ID, SecretAccessKey: secret.New(w.AliceKey.Secret)})
		if err != nil || reply.Status.Name != "work" {
			t.Fatalf("%+v: %v", reply, err)
		}
		if s := w.refresh("work", core.RefreshOptions{}); s.WrittenAs != "work" || w.credentials("work-long-term")["aws_access_key_id"] != w.AliceKey.ID {
			t.Errorf("%+v", s)
		}
		e, err := w.m.Explain(t.Context(), "work")
		if err != nil || e.Links[0].Detail != "in the keyring" {
			t.Errorf("%+v: %v", e, err)
		}
	})
}
