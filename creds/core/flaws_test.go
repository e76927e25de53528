package core_test

import (
	"slices"
	"strings"
	"testing"

	"daypass/creds"
	"daypass/creds/core"
	"daypass/creds/credstest"
	"daypass/internal/secret"
)

// flawWords returns the flaws in one text, each with its advice.
func flawWords(all []creds.Error) string {
	var b strings.Builder
	for _, one := range all {
		b.WriteString(one.Message + " " + one.Advice + "\n")
	}
	return b.String()
}

func (w *world) flawsOf(profile string) creds.Status {
	w.t.Helper()
	s, err := w.m.Status(w.t.Context(), profile)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func TestSettingsThatAWSsToolsDoNotReadAreReportedWithTheirProfile(t *testing.T) {
	for name, tc := range map[string]struct {
		config, credentials string
		profile             string
		words               []string
		unfound             bool
		// general are problems that concern no single profile.
		general int
	}{
		"blanks inside the brackets": {
			config: "[ profile x ]\nregion = eu-west-1\n", profile: "x", unfound: true,
			words: []string{"The AWS CLI and the JavaScript SDK do not find", "Write the header as [profile x]."},
		},
		"a name that only some SDKs find": {
			config: "[profile müller]\nregion = eu-west-1\n", profile: "müller", unfound: true,
			words: []string{"The JavaScript SDK does not find", "Give it another name"},
		},
		"a comment behind a value": {
			config: "[profile x]\nregion = eu-west-1 # mine\n", profile: "x",
			words: []string{`the comment behind "region"`, "Put the comment on a line of its own."},
		},
		"a byte order mark": {
			config: "\ufeff", profile: "alice", unfound: true, general: 1,
			words: []string{"byte order mark", "Save the file as UTF-8 without"},
		},
		"a section that stands there twice": {
			credentials: "[a]\nx = 1\n[a]\ny = 1\n", profile: "alice", unfound: true, general: 1,
			words: []string{"[a] stands here a second time", "Make one section of the two."},
		},
		"a key that stands there twice, of another profile": {
			config: "[profile x]\nregion = a\nregion = b\n", profile: "alice", unfound: true, general: 1,
			words: []string{`"region" stands in this section a second time`, "Remove one of the two lines."},
		},
		"junk below a nested setting": {
			config: "[profile x]\ns3 =\n  junk\n", profile: "alice", unfound: true, general: 1,
			words: []string{`nested below "s3" and is not key = value`},
		},
		"a line without an equals sign": {
			config: "[profile x]\nregion\n", profile: "alice", unfound: true, general: 1,
			words: []string{"neither a section, nor key = value", "put a # before it"},
		},
		"two flaws in two files are two": {
			config: "\ufeff", credentials: "[a]\nx = 1\n[a]\ny = 1\n", profile: "alice", unfound: true, general: 2,
			words: []string{"config, line 1: The file starts with a byte order mark", "credentials, line 3: The section [a]"},
		},
		"services that are not there": {
			config: "[profile x]\nservices = nowhere\n", profile: "x", unfound: true,
			words: []string{"services in [profile x] names the section [services nowhere]", "Add that section"},
		},
		"the header of its session": {
			config: "[ sso-session s ]\nsso_region = eu-west-1\nsso_start_url = https://a.awsapps.com/start\n" +
				"[profile x]\nsso_session = s\nsso_account_id = 111111111111\nsso_role_name = R\n",
			profile: "x", unfound: true, words: []string{`do not find the sso-session "s"`, "Write the header as [sso-session s]."},
		},
		"nothing for the profile beside it": {config: "[ profile x ]\nregion = eu-west-1\n", profile: "alice"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T, w *world) {
				before := ""
				if tc.config == "\ufeff" {
					before, tc.config = tc.config, ""
				}
				w.write(w.files.Config, before+w.Config()+"\n"+tc.config)
				w.write(w.files.Credentials, tc.credentials)
				s := w.flawsOf(tc.profile)
				said := flawWords(s.Flaws)
				for _, words := range tc.words {
					if !strings.Contains(said, words) {
						t.Errorf("%q is not in what is said: %s", words, said)
					}
				}
				if s.Unfound != tc.unfound || (said == "") != (tc.words == nil) {
					t.Errorf("unfound is %v, and said is %q", s.Unfound, said)
				}
				e, err := w.m.Explain(t.Context(), tc.profile)
				if err != nil || !slices.Equal(e.Flaws, s.Flaws) {
					t.Errorf("explained are %q (%v)", flawWords(e.Flaws), err)
				}
				snapshot := w.m.Snapshot(t.Context())
				if len(snapshot.Problems) != tc.general {
					t.Errorf("%d problems: %s", len(snapshot.Problems), flawWords(snapshot.Problems))
				}
				for _, p := range snapshot.Problems {
					if strings.Contains(p.Message, "\n") || p.Advice == "" {
						t.Errorf("%q is no line, or without advice", p.Message)
					}
				}
			})
		})
	}
}

func TestAFileOfAnotherFormatIsNotNamedLineByLine(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.write(w.files.Credentials, "{\n"+strings.Repeat("  junk\njunk\n", 500)+"}\n")
		problems := w.m.Snapshot(t.Context()).Problems
		if n := len(problems); n != 6 || !strings.Contains(problems[n-1].Message, "more lines like these") {
			t.Errorf("%d problems: %s", len(problems), flawWords(problems))
		}
	})
}

// TestALoginReportsTheFlawsOfTheProfilesItUses has a header that some tools do not
// find, on the profile with the credentials and on another.
func TestALoginReportsTheFlawsOfTheProfilesItUses(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.write(w.files.Config, strings.Replace(w.Config(), "[profile dev-readonly]", "[ profile dev-readonly ]", 1))
		if s := w.refresh("dev-readonly", core.RefreshOptions{}); s.WrittenAs != "dev-readonly-temporary" || s.Unfound || len(s.Flaws) != 1 {
			t.Errorf("of %q unfound is %v: %s", s.WrittenAs, s.Unfound, flawWords(s.Flaws))
		}
		w.write(w.files.Credentials, "[ alice ]\nregion = eu-west-1\n")
		s := w.refresh("alice", core.RefreshOptions{})
		if !s.Unfound || !strings.Contains(flawWords(s.Flaws), "Write the header as [alice].") {
			t.Errorf("of %q unfound is %v: %s", s.WrittenAs, s.Unfound, flawWords(s.Flaws))
		}
	})
}

// TestNamesThatNotAllToolsFindAreNotWritten tries chosen and derived names of
// sections.
func TestNamesThatNotAllToolsFindAreNotWritten(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		id, key := w.AWS.IAM.Account("111111111111").User("bob").AccessKey()
		for _, name := range []string{"a b", "müller", "a,b", "a=b", "a'b", "DEFAULT", "[x]", "x#y"} {
			_, err := w.m.Add(t.Context(), creds.AddRequest{Profile: name, AccessKeyID: id, SecretAccessKey: secret.New(key)})
			credstest.WantCode(t, err, creds.CodeBadRequest, "this profile cannot be added")
		}
		w.write(w.files.Config, w.Config()+"\n[profile old name]\nregion = eu-west-1\n")
		if _, err := w.m.Add(t.Context(), creds.AddRequest{Profile: "old name", AccessKeyID: id, SecretAccessKey: secret.New(key)}); err != nil {
			t.Errorf("a profile that is there already: %v", err)
		}
		role := "role_arn = arn:aws:iam::111111111111:role/ReadOnly\nsource_profile = ci\n"
		w.write(w.files.Config, w.Config()+"\n[profile dev one]\n"+role+"\n[profile dév]\n"+role+"\n[profile dev two]\n"+role+"\n[profile dev-two]\n"+role)
		for name, want := range map[string]string{
			"dev one": "dev-one-temporary", "dév": "dév-temporary",
			// It could be mistaken for that of dev-two.
			"dev two": "dev two-temporary", "dev-two": "dev-two-temporary",
		} {
			if s := w.refresh(name, core.RefreshOptions{}); s.WrittenAs != want || w.credentials(want)["aws_access_key_id"] == "" {
				t.Errorf("%s is written as %q, not %q", name, s.WrittenAs, want)
			}
		}
		if s := w.flawsOf("dev two"); !s.Unfound || !strings.Contains(flawWords(s.Flaws), "dev two-temporary") {
			t.Errorf("of a name that some tools do not find is said: %s", flawWords(s.Flaws))
		}
	})
}

func TestASourceProfileWithoutARole(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.write(w.files.Config, w.Config()+`
[profile s]
source_profile = alice
region = eu-west-1

[profile behind-s]
role_arn = arn:aws:iam::111111111111:role/ReadOnly
source_profile = s

[profile e]
credential_source = Environment

[profile own]
source_profile = alice
aws_access_key_id = `+w.CIKey.ID+`
aws_secret_access_key = `+w.CIKey.Secret+`
`)
		for profile, section := range map[string]string{"s": "source_profile in [profile s]", "behind-s": "source_profile in [profile s]", "e": "credential_source in [profile e]"} {
			_, err := w.m.Refresh(t.Context(), profile, core.RefreshOptions{})
			credstest.WantCode(t, err, creds.CodeBadProfile, section+" has no role_arn beside it")
			if s := w.flawsOf(profile); s.Foreign() || s.Err == nil || !strings.Contains(s.Err.Advice, "Add the role_arn") || strings.Contains(s.Err.Advice, "daypass add") {
				t.Errorf("the status of %s is %+v", profile, s)
			}
		}
		if s := w.refresh("own", core.RefreshOptions{}); s.KeyOwner() != "own" {
			t.Errorf("what has a key of its own starts from %q", s.KeyOwner())
		}
		for profile, want := range map[string]string{"chain-3": "alice", "dev-admin": "alice", "alice": "alice", "behind-s": "s"} {
			if s := w.flawsOf(profile); s.KeyOwner() != want {
				t.Errorf("%s starts from %q", profile, s.KeyOwner())
			}
		}
	})
}

func TestAClashWithADerivedSectionIsReportedWithTheSetting(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.write(w.files.Config, w.Config()+"\n[profile dev-readonly-temporary]\nrole_arn = arn:aws:iam::111111111111:role/ReadOnly\nsource_profile = ci\n")
		_, err := w.m.Refresh(t.Context(), "dev-readonly", core.RefreshOptions{})
		credstest.WantCode(t, err, creds.CodeBadFile, `"dev-readonly-temporary", but a profile of that name has settings of its own`)
		if advice := err.(*creds.Error).Advice; !strings.Contains(advice, "derived_suffix") { //nolint:errorlint // as wantCode has it
			t.Errorf("the advice is %q", advice)
		}
	})
}
