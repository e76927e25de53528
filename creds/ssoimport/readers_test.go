package ssoimport_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"daypass/creds/awsfile"
	"daypass/creds/credstest"
	"daypass/creds/ssoimport"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/google/go-cmp/cmp"
)

// AWS's own readers must read what is written as intended: botocore, which is the AWS
// CLI's, and the Go SDK.

// ssoConfig is a profile as botocore's Identity Center provider reads it, with its session
// merged in.
type ssoConfig struct {
	Session   string `json:"sso_session"`
	StartURL  string `json:"sso_start_url"`
	Region    string `json:"sso_region"`
	AccountID string `json:"sso_account_id"`
	Role      string `json:"sso_role_name"`
	Default   string `json:"region"`
}

// reader runs botocore, in one process for all tests.
var reader = credstest.NewPython(`
import botocore.session, botocore.credentials

def answer(path):
    os.environ['AWS_CONFIG_FILE'] = path
    out = {}
    for name in botocore.session.Session().available_profiles:
        session = botocore.session.Session(profile=name)
        provider = botocore.credentials.SSOProvider(lambda: session.full_config, None, name)
        found = dict(provider._load_sso_config() or {})
        found['region'] = session.get_config_variable('region') or ''
        out[name] = found
    return out
`)

// botocore reads all profiles of a config file.
func botocore(t *testing.T, path string) (read map[string]ssoConfig) {
	t.Helper()
	reader.Ask(t, path, &read)
	return read
}

// goSDK reads one profile with the Go SDK.
func goSDK(ctx context.Context, t *testing.T, path, name string) ssoConfig {
	t.Helper()
	c, err := config.LoadSharedConfigProfile(ctx, name, func(o *config.LoadSharedConfigOptions) {
		o.ConfigFiles, o.CredentialsFiles = []string{path}, []string{}
	})
	if err != nil {
		t.Fatal(err)
	}
	read := ssoConfig{
		Session: c.SSOSessionName, StartURL: c.SSOStartURL, Region: c.SSORegion,
		AccountID: c.SSOAccountID, Role: c.SSORoleName, Default: c.Region,
	}
	if c.SSOSession != nil {
		read.StartURL, read.Region = c.SSOSession.SSOStartURL, c.SSOSession.SSORegion
	}
	return read
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	credstest.Write(t, path, text)
	return path
}

func TestImportedProfilesAreReadByBotocoreAndTheGoSDK(t *testing.T) {
	for _, template := range []string{"", "{{.AccountName}} {{.Role}}"} {
		before := "[default]\nregion = us-east-1\n" + corp + "[profile s]\ns3 =\n  max_queue_size = 1"
		path := write(t, before)
		pairs := append([]ssoimport.Pair{
			{AccountID: "012345678901", AccountName: "Zürich 東京", Role: "a+b=c,d.e@f-g_h"},
			{AccountID: "098765432109", AccountName: "#;:=%(x)s", Role: "r"},
		}, three...)
		if template != "" {
			pairs = pairs[2:] // names of the accounts that no reader would find
		}
		p, err := ssoimport.Apply(t.Context(), path, ssoimport.Request{Session: "corp", Pairs: pairs, Region: "eu-central-1", Template: template}, "")
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Add) != len(pairs) {
			t.Fatalf("%d of %d pairs were imported: %v", len(p.Add), len(pairs), p.Skipped)
		}
		read := botocore(t, path)
		for _, e := range p.Add {
			want := ssoConfig{"corp", "https://corp.awsapps.com/start", "eu-west-1", e.Pair.AccountID, e.Pair.Role, "eu-central-1"}
			if diff := cmp.Diff(want, read[e.Profile]); diff != "" {
				t.Errorf("botocore reads %q:\n%s", e.Profile, diff)
			}
			if strings.Contains(e.Profile, " ") {
				continue // the Go SDK knows no quoted names; see awsfile.Portable
			}
			if diff := cmp.Diff(want, goSDK(t.Context(), t, path, e.Profile)); diff != "" {
				t.Errorf("the Go SDK reads %q:\n%s", e.Profile, diff)
			}
		}
		if read["default"].Default != "us-east-1" {
			t.Errorf("the default profile's region is read as %q", read["default"].Default)
		}
	}
}

// A CLI that knows the profiles must also find them after renames and prunes.
func TestARenamedProfileIsReadByBotocore(t *testing.T) {
	path := write(t, corp+imported("old", idDev, admin)+imported("gone", idProd2, admin))
	r := ssoimport.Request{Session: "corp", Pairs: three, Rename: true, Prune: true, Complete: true, Template: "{{.AccountName}}/{{.Role}}"}
	if _, err := ssoimport.Apply(t.Context(), path, r, ""); err != nil {
		t.Fatal(err)
	}
	want := map[string]ssoConfig{}
	for _, p := range three {
		want[p.AccountName+"/"+p.Role] = ssoConfig{"corp", "https://corp.awsapps.com/start", "eu-west-1", p.AccountID, p.Role, ""}
	}
	if diff := cmp.Diff(want, botocore(t, path)); diff != "" {
		t.Error(diff)
	}
}

func TestMovedProfilesAreReadByBotocoreAndTheGoSDK(t *testing.T) {
	for _, c := range migrations {
		if c.fails != nil {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			path := write(t, c.config)
			before := botocore(t, path)
			m, err := ssoimport.ApplyMigration(t.Context(), path, c.r, "")
			if err != nil {
				t.Fatal(err)
			}
			sections := awsfile.Parse(awsfile.Config, []byte(c.config))
			start := c.r.StartURL
			if v, ok := sections.Get(awsfile.Profile(m.Profiles[0]), "sso_start_url"); ok && m.New {
				start = v
			}
			for _, name := range m.Profiles {
				want := before[name]
				want.Session = m.Session
				// A comment behind a value is part of it for botocore.
				want.StartURL, want.Region = start, "eu-west-1"
				before[name] = want
				if diff := cmp.Diff(want, goSDK(t.Context(), t, path, name)); diff != "" {
					t.Errorf("the Go SDK reads %q:\n%s", name, diff)
				}
			}
			if diff := cmp.Diff(before, botocore(t, path)); diff != "" {
				t.Errorf("botocore reads\n%s", diff)
			}
		})
	}
}
