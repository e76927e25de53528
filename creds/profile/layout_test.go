package profile

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/creds/credstest"
)

// readBy reads files of these texts by a plan.
func readBy(t *testing.T, plan Plan, config, credentials string) *Set {
	t.Helper()
	dir := t.TempDir()
	paths := awsfile.Paths{Config: dir + "/config", Credentials: dir + "/credentials"}
	credstest.Write(t, paths.Config, config)
	credstest.Write(t, paths.Credentials, credentials)
	s, err := Read(t.Context(), paths, &plan, &Set{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const (
	someKey     = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\n"
	someSession = "aws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = s\naws_session_token = t\n"
	phone       = "arn:aws:iam::111111111111:mfa/phone"
	someRole    = "arn:aws:iam::111111111111:role/Admin"
)

func TestChainsFollowTheLayoutThatIsFound(t *testing.T) {
	for name, tt := range map[string]struct {
		plan                Plan
		config, credentials string
		of                  string
		base, key           string
		roles               []string
		device, region      string
		section             string
		err                 string
	}{
		"a key in a long-term section": {
			config: "[profile x]\nregion = eu-west-1\n", credentials: "[x-long-term]\naws_mfa_device = " + phone + "\n" + someKey,
			of: "x", base: "x", key: "x-long-term", device: phone, region: "eu-west-1", section: "x",
		},
		"the region of the section with the key": {
			config: "[profile x-long-term]\nregion = eu-west-2\n", credentials: "[x-long-term]\n" + someKey,
			of: "x", base: "x", key: "x-long-term", region: "eu-west-2", section: "x",
		},
		"the default profile": {
			config: "[default]\nregion = eu-west-1\n", credentials: "[default-long-term]\n" + someKey + "[default]\n" + someSession,
			of: "default", base: "default", key: "default-long-term", region: "eu-west-1", section: "default",
		},
		"a long-term section of another suffix": {
			plan: Plan{Layout: LayoutSettings{LongTermSuffix: "-key"}}, credentials: "[x-key]\n" + someKey,
			of: "x", base: "x", key: "x-key", section: "x",
		},
		"aws-mfa's suffix beside another": {
			plan: Plan{Layout: LayoutSettings{LongTermSuffix: "-key"}}, credentials: "[x-long-term]\n" + someKey,
			of: "x", base: "x", key: "x-long-term", section: "x",
		},
		"a role of the section": {
			credentials: "[x-long-term]\nassume_role = " + someRole + "\n" + someKey,
			of:          "x", base: "x", key: "x-long-term", roles: []string{someRole}, section: "x",
		},
		"a role whose source has a role of its own": {
			config: "[profile y]\nrole_arn = " + someRole + "2\nsource_profile = x\n", credentials: "[x-long-term]\nassume_role = " + someRole + "\n" + someKey,
			of: "y", base: "x", key: "x-long-term", roles: []string{someRole + "2"},
		},
		"a source of a long-term section's name": {
			config: "[profile y]\nrole_arn = " + someRole + "\nsource_profile = x-long-term\n", credentials: "[x-long-term]\n" + someKey,
			of: "y", base: "x", key: "x-long-term", roles: []string{someRole},
		},
		"a source that is not there yet": {
			config: "[profile y]\nrole_arn = " + someRole + "\nsource_profile = x-sts\n", credentials: "[x]\nusername = me\n" + someKey,
			of: "y", base: "x", roles: []string{someRole},
		},
		"a source that another tool has written": {
			config: "[profile y]\nrole_arn = " + someRole + "\nsource_profile = x-sts\n", credentials: "[x]\n" + someKey + "[x-sts]\n" + someSession,
			of: "y", base: "x", roles: []string{someRole},
		},
		"a source that no profile is behind": {
			config: "[profile y]\nrole_arn = " + someRole + "\nsource_profile = z-sts\n", of: "y", err: `names "z-sts", and there is no such profile`,
		},
		"a section that says itself how it gets credentials": {
			config: "[profile x]\nrole_arn = " + someRole + "\nsource_profile = x-long-term\n", credentials: "[x-long-term]\n" + someKey,
			of: "x", base: "x-long-term", roles: []string{someRole},
		},
		"a section with a key of its own": {
			credentials: "[x]\n" + someKey + "[x-long-term]\n" + someKey, of: "x-long-term", base: "x-long-term",
		},
		"a saved role": {
			plan:        Plan{Recipes: map[string]Recipe{"x-dev": {Source: "x", RoleARN: someRole, MFASerial: phone}}},
			credentials: "[x]\n" + someKey, of: "x-dev", base: "x", roles: []string{someRole}, device: phone, section: "x-dev",
		},
		"a saved session": {
			plan:        Plan{Recipes: map[string]Recipe{"x-dev": {Source: "x"}}},
			credentials: "[x]\nmfa_serial = " + phone + "\n" + someKey + "[x-dev]\nregion = eu-west-1\n" + someSession, of: "x-dev", base: "x", device: phone, region: "eu-west-1", section: "x-dev",
		},
		"a saved role of the profile itself": {
			plan:        Plan{Recipes: map[string]Recipe{"x": {Source: "x", RoleARN: someRole}}},
			credentials: "[x-long-term]\n" + someKey, of: "x", base: "x", key: "x-long-term", roles: []string{someRole}, section: "x",
		},
		"a saved profile whose source is gone": {
			plan: Plan{Recipes: map[string]Recipe{"x-dev": {Source: "x", RoleARN: someRole}}}, of: "x-dev", err: `names "x", and there is no such profile`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := readBy(t, tt.plan, tt.config, tt.credentials)
			c, err := Resolver{ByName: s.Profiles, Named: s.Named, HasKey: func(string) bool { return false }, Ours: func(Profile) bool { return false }}.Resolve(tt.of)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("the error is %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var roles []string
			for _, r := range c.Roles {
				roles = append(roles, r.ARN)
			}
			if c.Base.Name != tt.base || c.Base.KeySection != tt.key || !slices.Equal(roles, tt.roles) || c.MFASerial != tt.device || c.Region != tt.region {
				t.Errorf("base %q with the key in %q, roles %q, device %q, region %q", c.Base.Name, c.Base.KeySection, roles, c.MFASerial, c.Region)
			}
			if at := s.PlaceOf(tt.of); at.Section != tt.section {
				t.Errorf("credentials go to %q", at.Section)
			}
			if tt.section != "" {
				return
			}
			if at := s.PlaceOf("x"); strings.Contains(tt.credentials, "username") && (!at.Aside || at.Suffix != "-sts") {
				t.Errorf("credentials of x go to %+v", at)
			}
		})
	}
}

func TestAKeyIsReadFromItsOwnSection(t *testing.T) {
	dir := t.TempDir()
	paths := awsfile.Paths{Config: dir + "/config", Credentials: dir + "/credentials"}
	credstest.Write(t, paths.Credentials, "[x]\n"+someSession+"[x-long-term]\n"+someKey)
	s, err := Read(t.Context(), paths, &Plan{}, &Set{})
	if err != nil {
		t.Fatal(err)
	}
	key, err := ReadKey(t.Context(), paths, s.Profiles["x"])
	if err != nil || key.ID != "AKIAIOSFODNN7EXAMPLE" || key.Secret.Reveal() != "s" {
		t.Errorf("%q: %v", key.ID, err)
	}
}

func TestTheEndThatAWSMFAWritesIsRead(t *testing.T) {
	s := readBy(t, Plan{}, "", "[x]\nexpiration = 2020-01-02 03:04:05\n"+someSession)
	_, err := Resolver{ByName: s.Profiles, Named: s.Named, HasKey: func(string) bool { return false }, Ours: func(Profile) bool { return false }}.Resolve("x")
	if err == nil || !strings.Contains(err.Error(), "have ended") {
		t.Errorf("the error is %v", err)
	}
}

func TestSuffixesAreThoseOfTheCallTheSettingsAndTheLayout(t *testing.T) {
	for name, tt := range map[string]struct {
		settings            LayoutSettings
		layout, long, short string
		wantLong, wantShort string
	}{
		"nothing is chosen":                    {wantShort: "-temporary"},
		"a layout of the settings":             {settings: LayoutSettings{Layout: creds.LayoutAWSMFA}, wantLong: "-long-term"},
		"suffixes of the settings":             {settings: LayoutSettings{LongTermSuffix: "-k", DerivedSuffix: "-c"}, wantLong: "-k", wantShort: "-c"},
		"none":                                 {settings: LayoutSettings{Layout: creds.LayoutAWSMFA, LongTermSuffix: "none", DerivedSuffix: "-c"}, wantShort: "-c"},
		"a call before the settings":           {settings: LayoutSettings{DerivedSuffix: "-c"}, short: "-d", wantShort: "-d"},
		"another layout takes no settings":     {settings: LayoutSettings{DerivedSuffix: "-c"}, layout: creds.LayoutAWSIAMLogin, wantShort: "-sts"},
		"the layout of the call is that there": {settings: LayoutSettings{Layout: creds.LayoutAWSMFA, DerivedSuffix: "-c"}, layout: creds.LayoutAWSMFA, wantLong: "-long-term", wantShort: "-c"},
	} {
		t.Run(name, func(t *testing.T) {
			long, short := tt.settings.Suffixes(tt.layout, tt.long, tt.short)
			if diff := cmp.Diff([]string{tt.wantLong, tt.wantShort}, []string{long, short}); diff != "" {
				t.Error(diff)
			}
		})
	}
}
