package ssoimport_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"daypass/creds/awsfile"
	"daypass/creds/ssoimport"

	"github.com/google/go-cmp/cmp"
)

const start = "https://corp.awsapps.com/start"

// old is a legacy profile.
func old(name, account string) string {
	return "[profile " + name + "]\nregion = us-east-1\nsso_start_url = " + start + "\nsso_region = eu-west-1\n" +
		"sso_account_id = " + account + "\nsso_role_name = r\noutput = json\n"
}

var migrations = []struct {
	name   string
	config string
	r      ssoimport.MigrateRequest
	fails  error
	says   string
}{
	{
		name:   "moved profiles name a new session in the place of their start URL",
		config: "# mine\n" + old("a", idDev) + "\n# b too\n" + old("b", idProd) + "\n[profile c]\nregion = x\n",
		r:      ssoimport.MigrateRequest{StartURL: start},
	},
	{
		name:   "a session that fits is used",
		config: old("a", idDev) + "\n[sso-session other]\nsso_start_url = " + start + "\nsso_region = us-east-1\n[sso-session mine]\nsso_start_url = " + start + "\nsso_region = eu-west-1\n",
		r:      ssoimport.MigrateRequest{StartURL: start},
	},
	{
		name:   "only profiles of the start URL and region are moved",
		config: old("a", idDev) + strings.ReplaceAll(old("b", idDev), "corp", "other") + strings.ReplaceAll(old("c", idDev), "eu-west-1", "us-east-1"),
		r:      ssoimport.MigrateRequest{StartURL: start, Region: "eu-west-1", Session: "named"},
	},
	{
		name:   "one that has a session is not touched",
		config: old("a", idDev) + "[profile b]\nsso_session = x\nsso_start_url = " + start + "\nsso_region = eu-west-1\n[sso-session x]\nsso_start_url = " + start + "\nsso_region = eu-west-1\n",
		r:      ssoimport.MigrateRequest{StartURL: start, Session: "y"},
	},
	{
		name:   "line endings, spacing and what stands behind the start URL",
		config: strings.ReplaceAll("[default]\nSSO_Start_URL=https://Corp.awsapps.com/start/#/\nsso_region  : eu-west-1\nsso_account_id=1\nsso_role_name=r", "\n", "\r\n"),
		r:      ssoimport.MigrateRequest{StartURL: start},
	},
	{
		name:   "a name that is taken gets a number",
		config: old("a", idDev) + "[sso-session corp]\nsso_start_url = https://x\nsso_region = eu-west-1\n",
		r:      ssoimport.MigrateRequest{StartURL: start},
	},
	{
		name:   "comments behind what is replaced stay",
		config: "[profile a]\nsso_start_url = " + start + " # work\nsso_region = eu-west-1 ; Dublin\nsso_account_id = 1\nsso_role_name = r\n",
		r:      ssoimport.MigrateRequest{StartURL: start},
	},
	{
		name:   "no profile has it",
		config: corp + "[profile a]\nsso_session = corp\n",
		r:      ssoimport.MigrateRequest{StartURL: start},
		fails:  ssoimport.ErrNoLegacy, says: "no profile has this start URL",
	},
	{
		name:  "an empty start URL",
		r:     ssoimport.MigrateRequest{},
		fails: ssoimport.ErrNoLegacy, says: "no profile",
	},
	{
		name:   "the name is another session's",
		config: old("a", idDev) + "[sso-session x]\nsso_start_url = https://x\nsso_region = eu-west-1\n",
		r:      ssoimport.MigrateRequest{StartURL: start, Session: "x"},
		fails:  ssoimport.ErrSessionTaken, says: `"x"`,
	},
	{
		name:   "a name that cannot be one",
		config: old("a", idDev),
		r:      ssoimport.MigrateRequest{StartURL: start, Session: "a]b"},
		fails:  awsfile.ErrInvalidName, says: "brackets",
	},
}

func TestLegacyProfilesMoveToASession(t *testing.T) {
	for _, c := range migrations {
		t.Run(c.name, func(t *testing.T) {
			m, err := ssoimport.MakeMigration(awsfile.Parse(awsfile.Config, []byte(c.config)), c.r)
			if c.fails != nil {
				if !errors.Is(err, c.fails) || !strings.Contains(err.Error(), c.says) {
					t.Fatalf("the error is %v, without %q", err, c.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			new := "there already"
			if m.New {
				new = "new"
			}
			golden(t, c.name, "session "+m.Session+", "+new+": "+strings.Join(m.Profiles, " ")+"\n"+m.Diff("~/.aws/config"))
			path := write(t, c.config)
			if _, err := ssoimport.ApplyMigration(t.Context(), path, c.r, m.Fingerprint()); err != nil {
				t.Fatal(err)
			}
			after, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(after), patch(t, c.config, m.Diff("x"))); diff != "" {
				t.Errorf("the file (-) is not what the diff makes of it (+):\n%s", diff)
			}
			if _, err := ssoimport.ApplyMigration(t.Context(), path, c.r, ""); !errors.Is(err, ssoimport.ErrNoLegacy) {
				t.Errorf("moved again, it gives %v", err)
			}
		})
	}
}

func TestProfilesOfOneStartURLInTwoRegionsAreNotMovedWithoutAsking(t *testing.T) {
	config := old("a", idDev) + strings.ReplaceAll(old("b", idDev), "eu-west-1", "us-east-1")
	_, err := ssoimport.MakeMigration(awsfile.Parse(awsfile.Config, []byte(config)), ssoimport.MigrateRequest{StartURL: start})
	if err == nil || !strings.Contains(err.Error(), "differ in their sso_region, eu-west-1 and us-east-1") {
		t.Errorf("the error is %v", err)
	}
}

func TestASessionIsNamedByItsStartURL(t *testing.T) {
	for url, want := range map[string]string{
		"https://d-c0ffee1234.awsapps.com/start":                  "d-c0ffee1234",
		"https://example.awsapps.com/start#/":                     "example",
		"https://sso.example.com/":                                "example",
		"https://example.com":                                     "example",
		"https://start.us-gov-home.awsapps.com/directory/example": "example",
		"https://ssoins-1234.portal.us-east-1.app.aws":            "ssoins-1234",
		"https://Sign_In.example.com:8443/start":                  "sign-in",
		"http://127.0.0.1:8080/start":                             "127",
		"://":                                                     "sso",
	} {
		config := "[profile a]\nsso_start_url = " + url + "\nsso_region = eu-west-1\n"
		m, err := ssoimport.MakeMigration(awsfile.Parse(awsfile.Config, []byte(config)), ssoimport.MigrateRequest{StartURL: url})
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		if m.Session != want {
			t.Errorf("%s is named %q, not %q", url, m.Session, want)
		}
	}
}
