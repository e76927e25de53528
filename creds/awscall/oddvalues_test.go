package awscall

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	gocmp "github.com/google/go-cmp/cmp"

	"daypass/creds/awsfile"
	"daypass/creds/profile"
)

var updateTable = flag.Bool("update", false, "write the table of odd values anew")

// An oddValue is a setting of the profile x, written in an odd way.
type oddValue struct {
	setting string
	// config is the text of the config file; an = sign at its start means the
	// setting in [profile x].
	config string
	// credentials is the text of the credentials file.
	credentials string
	// env are variables, NAME=VALUE.
	env []string
	// why says which reader daypass follows if they differ, or why it follows neither.
	why string
}

// oddValues are read by the Go SDK, by botocore and by daypass.
var oddValues = []struct {
	setting string
	values  []oddValue
}{
	{"use_fips_endpoint", []oddValue{
		{config: "= true"},
		{config: "= TRUE"},
		{config: "=  true  "},
		{config: "= True"},
		{config: "=true"},
		{config: "= false"},
		{config: "= FALSE"},
		{config: "= yes"},
		{config: "= on"},
		{config: "= 1"},
		{config: "= 0"},
		{config: "="},
		{config: `= "true"`, why: "Go: quotes are none of the value"},
		{config: "= true # yes", why: "Go: a comment is none of the value"},
		{config: "= true", env: []string{"AWS_USE_FIPS_ENDPOINT=false"}},
		{config: "= false", env: []string{"AWS_USE_FIPS_ENDPOINT=true"}},
		{config: "= false", env: []string{"AWS_USE_FIPS_ENDPOINT=TRUE"}},
	}},
	{"use_dualstack_endpoint", []oddValue{
		{config: "= true"},
		{config: "= TRUE"},
		{config: "= yes"},
		{config: "= true", env: []string{"AWS_USE_DUALSTACK_ENDPOINT=false"}},
		{config: "= false", env: []string{"AWS_USE_DUALSTACK_ENDPOINT=true"}},
	}},
	{"endpoint_url", []oddValue{
		{config: "= http://localhost:1"},
		{config: "= http://localhost:1/a=b:c"},
		{config: `= "http://localhost:1"`, why: "Go: quotes are none of the value"},
		{config: "= http://localhost:1 # mine", why: "Go: a comment is none of the value"},
		{config: "= http://localhost:1#mine"},
		{config: "="},
		{config: "= http://localhost:1\nservices = s\n[services s]\nsts =\n  endpoint_url = http://localhost:2"},
		{config: "= http://localhost:1\nservices = s\n[services s]\nsts =\n\n  # c\n  endpoint_url = http://localhost:2\n  other = 1"},
		{config: "= http://localhost:1\nservices = s\n[services s]\niam =\n  endpoint_url = http://localhost:2"},
		{config: "= http://localhost:1\nservices = s\n[services s]\nsts =\n  endpoint_url = http://localhost:2 # c"},
		{config: "= http://localhost:1\nservices = s\n[services s]\nsts =\n  Endpoint_URL = http://localhost:2", why: "Go: keys have no case, as elsewhere"},
		{config: "= http://localhost:1\nservices = s\n[services s]\nSTS =\n  endpoint_url = http://localhost:2"},
		{config: "= http://localhost:1\nservices = none", why: "Go, and a flaw of the profile is reported"},
		{config: "= http://localhost:1\nservices = s\n[services s]\nsts = http://localhost:2", why: "Go: what is not nested is no endpoint; botocore fails at it"},
		{config: "= http://localhost:1", env: []string{"AWS_ENDPOINT_URL=http://localhost:3"}},
		{config: "= http://localhost:1", env: []string{"AWS_ENDPOINT_URL_STS=http://localhost:3"}},
		{config: "= http://localhost:1\nservices = s\n[services s]\nsts =\n  endpoint_url = http://localhost:2", env: []string{"AWS_ENDPOINT_URL=http://localhost:3"}},
		{config: "= http://localhost:1", env: []string{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true"}},
	}},
	{"ignore_configured_endpoint_urls", []oddValue{
		{config: "= true\nendpoint_url = http://localhost:1"},
		{config: "= TRUE\nendpoint_url = http://localhost:1"},
		{config: "= 1\nendpoint_url = http://localhost:1"},
		{config: "= true\nservices = s\n[services s]\nsts =\n  endpoint_url = http://localhost:2"},
		{config: "= true\nendpoint_url = http://localhost:1", env: []string{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=false"}},
		{config: "= false\nendpoint_url = http://localhost:1", env: []string{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true"}},
		{config: "= true", env: []string{"AWS_ENDPOINT_URL=http://localhost:3"}},
	}},
	{"ca_bundle", []oddValue{
		{config: "= /etc/ca.pem"},
		{config: "= ~/ca.pem", why: "botocore, whose HTTP client knows the tilde"},
		{config: "= ~"},
		{config: "= $HOME/ca.pem"},
		{config: "= ${HOME}/ca.pem"},
		{config: "= %HOME%/ca.pem"},
		{config: "= ca.pem"},
		{config: `= "/a b/ca.pem"`, why: "Go: quotes are none of the value"},
		{config: "= /a b/ca.pem"},
		{config: "= /a#b/ca.pem"},
		{config: "="},
		{config: "= /etc/ca.pem", env: []string{"AWS_CA_BUNDLE=/env.pem"}},
		{config: "= /etc/ca.pem", env: []string{"AWS_CA_BUNDLE=~/env.pem"}, why: "botocore, as in the file"},
	}},
	{"max_attempts", []oddValue{
		{config: "= 7"},
		{config: "= +7"},
		{config: "= 1_0"},
		{config: "= 07"},
		{config: "= 010", why: "refused: 8 to Go, 10 to botocore"},
		{config: "= 0x7", why: "refused: 7 to Go alone"},
		{config: "= 7.0"},
		{config: "= seven"},
		{config: "= 0", why: "refused: there is no call without an attempt"},
		{config: "= -1", why: "refused: no number of attempts"},
		{config: "=", why: "no value is none; both refuse it"},
		{config: "= 7", env: []string{"AWS_MAX_ATTEMPTS=9"}},
	}},
	{"retry_mode", []oddValue{
		{config: "= standard"},
		{config: "= adaptive"},
		{config: "= Standard"},
		{config: "= legacy", why: "botocore's; Go refuses it, and daypass takes the SDK's own"},
		{config: "= fast"},
		{config: "=", why: "no value is none"},
		{config: "= standard", env: []string{"AWS_RETRY_MODE=adaptive"}},
	}},
	{"duration_seconds", []oddValue{
		{config: "= 3600"},
		{config: "= +3600"},
		{config: "=  3600  "},
		{config: "= 3_600"},
		{config: "= 900"},
		{config: "= 43200"},
		{config: "=", why: "botocore: no value is none; Go takes it for 0"},
		{config: "= 3600.0", why: "refused: 0 to Go, nothing to botocore"},
		{config: "= 12h", why: "refused: 0 to Go, nothing to botocore"},
		{config: "= 1e3", why: "refused: 0 to Go, nothing to botocore"},
		{config: "= 0xe10", why: "refused: 3600 to Go alone"},
		{config: "= 03600", why: "refused: 1920 to Go, 3600 to botocore"},
		{config: "= 0o7020", why: "refused: 3600 to Go alone"},
		{config: "= -3600", why: "refused: AWS takes it from neither"},
		{config: "= 899", why: "refused: AWS takes it from neither"},
		{config: "= 43201", why: "refused: AWS takes it from neither"},
		{config: `= "3600"`, why: "Go: quotes are none of the value"},
		{config: "= 3600 ; an hour", why: "Go: a comment is none of the value"},
		{config: "= 3600\n  7200", why: "refused: 0 to Go, nothing to botocore"},
	}},
	{"region", []oddValue{
		{config: "= eu-west-1"},
		{config: "=eu-west-1"},
		{config: ":eu-west-1"},
		{config: "\t=\teu-west-1\t"},
		{config: `= "eu-west-1"`, why: "Go: quotes are none of the value"},
		{config: "= 'eu-west-1'", why: "Go: quotes are none of the value"},
		{config: `= "eu-west-1`},
		{config: `= 'eu-west-1"`},
		{config: "= eu-west-1 # c", why: "Go: a comment is none of the value"},
		{config: "= eu-west-1 ; c", why: "Go: a comment is none of the value"},
		{config: "= eu-west-1\t# c", why: "Go: a comment is none of the value"},
		{config: "= eu-west-1#c"},
		{config: "= eu-west-1;c"},
		{config: "= # c", why: "Go: a comment is none of the value"},
		{config: "="},
		{config: "= eu\n  west"},
		{config: "= eu\n\n  west", why: "Go: a blank line is none of the value"},
		{config: "= eu\n  # c\n  west"},
		{config: "= eu-west-1\n  output = json", why: "Go: a line with an = sign is a key of its own"},
		{config: "=\n  eu-west-1", why: "Go: what is nested is no text; botocore refuses the file, which is reported"},
		{config: "= a\nregion = b", why: "Go: the last; botocore refuses the file, which is reported"},
		{config: "= a\n[profile x]\nregion = b", why: "Go: the last; botocore refuses the file, which is reported"},
		{config: "[profile x]\nREGION = eu-west-1"},
		{config: "[profile x]\nRegion = eu-west-1"},
		{config: "[profile x]\n  region = eu-west-1"},
		{config: "[profile x]\n\tregion = eu-west-1\n\toutput = json"},
		{config: "[profile x]\r\nregion = eu-west-1\r\n"},
		{config: "[profile X]\nregion = eu-west-1"},
		{config: "[ profile x ]\nregion = eu-west-1", why: "Go; that the AWS CLI does not find it is reported"},
		{config: "[profile  x]\nregion = eu-west-1"},
		{config: "[profile\tx]\nregion = eu-west-1"},
		{config: "[profile \"x\"]\nregion = eu-west-1", why: "botocore; that Go does not find it is reported"},
		{config: "[profile x] # c\nregion = eu-west-1"},
		{config: "[profile x] c\nregion = eu-west-1", why: "botocore; that Go does not find it is reported"},
		{config: "[x]\nregion = eu-west-1"},
		{config: "[Profile x]\nregion = eu-west-1"},
		{config: "= a", credentials: "[x]\nregion = b"},
		{config: "= a", credentials: "[x]\nregion ="},
		{config: "= a", credentials: "[profile x]\nregion = b"},
		{config: "", credentials: "[x]\nregion = b"},
		{config: "= a\noutput = json", credentials: "[x]\nregion = b\noutput = text"},
		{config: "= a", env: []string{"AWS_REGION=b"}, why: "the profile's own: the agent's environment is not the person's"},
	}},
	{"role_arn", []oddValue{
		{config: "= arn:aws:iam::1:role/R\nsource_profile = x\naws_access_key_id = a\naws_secret_access_key = b"},
		{config: "= \"arn:aws:iam::1:role/R\"\nsource_profile = x\naws_access_key_id = a\naws_secret_access_key = b", why: "Go: quotes are none of the value"},
		{config: "=\nsource_profile = y\n[profile y]\naws_access_key_id = a\naws_secret_access_key = b", why: "no value is none, and source_profile alone is reported"},
		{config: "= arn:aws:iam::1:role/a b\nsource_profile = x\naws_access_key_id = a\naws_secret_access_key = b"},
	}},
	{"role_session_name", []oddValue{
		{config: "= me@home"}, {config: "= a b"}, {config: `= "me"`, why: "Go: quotes are none of the value"}, {config: "= me # c", why: "Go: a comment is none of the value"}, {config: "="},
	}},
	{"external_id", []oddValue{
		{config: "= a=b:c/d"}, {config: "= 0123"}, {config: `= "1"`, why: "Go: quotes are none of the value"}, {config: "= a#b"}, {config: "= a #b", why: "Go: a comment is none of the value"}, {config: "="},
	}},
	{"mfa_serial", []oddValue{
		{config: "= arn:aws:iam::1:mfa/me"}, {config: "= GAHT12345678"}, {config: "= arn:aws:iam::1:mfa/a b"}, {config: `= "GAHT12345678"`, why: "Go: quotes are none of the value"}, {config: "="},
	}},
	{"credential_source", []oddValue{{config: "= Environment\nrole_arn = r"}, {config: "= environment\nrole_arn = r"}, {config: "= \"Environment\"\nrole_arn = r", why: "Go: quotes are none of the value"}}},
	{"source_profile", []oddValue{
		{config: "= y\nrole_arn = r\n[profile y]\naws_access_key_id = a\naws_secret_access_key = b"},
		{config: "= \"y\"\nrole_arn = r\n[profile y]\naws_access_key_id = a\naws_secret_access_key = b", why: "Go: quotes are none of the value"},
		{config: "= default\nrole_arn = r\n[default]\naws_access_key_id = a\naws_secret_access_key = b"},
		{config: "= y\nrole_arn = r\n", credentials: "[y]\naws_access_key_id = a\naws_secret_access_key = b"},
	}},
	{"web_identity_token_file", []oddValue{{config: "= ~/token\nrole_arn = r"}, {config: "= $HOME/token\nrole_arn = r"}, {config: "= /a b/token\nrole_arn = r"}}},
	{"credential_process", []oddValue{
		{config: "= /opt/a b --c"},
		{config: `= "/opt/a b" --c`},
		{config: `= "/opt/a b"`, why: "botocore's: the quotes are of the command line, which would else be two words"},
		{config: "= a | b"},
		{config: "= a # c", why: "Go: a comment is none of the value"},
	}},
	{"sso_session", []oddValue{
		{config: "= s\n[sso-session s]\nsso_region = r\nsso_start_url = https://s.awsapps.com/start"},
		{config: "= \"s\"\n[sso-session s]\nsso_region = r\nsso_start_url = https://s.awsapps.com/start", why: "Go: quotes are none of the value"},
	}},
	{"sso_start_url", []oddValue{{config: "= https://s.awsapps.com/start#/\nsso_region = r"}, {config: "= https://s.awsapps.com/start # mine\nsso_region = r", why: "Go: a comment is none of the value"}}},
	{"sso_account_id", []oddValue{{config: "= 012345678901\nsso_role_name = R\nsso_region = r\nsso_start_url = u"}, {config: "= \"012345678901\"\nsso_role_name = R\nsso_region = r\nsso_start_url = u", why: "Go: quotes are none of the value"}}},
	{"sso_role_name", []oddValue{{config: "= Team,Ops=1@x\nsso_account_id = 1\nsso_region = r\nsso_start_url = u"}}},
	{"login_session", []oddValue{{config: "= arn:aws:iam::1:user/me"}, {config: "= arn:aws:iam::1:user/me # c", why: "Go: a comment is none of the value"}}},
	{"aws_account_id", []oddValue{
		{config: "= 012345678901\naws_access_key_id = a\naws_secret_access_key = b"},
		{config: "= \"012345678901\"\naws_access_key_id = a\naws_secret_access_key = b", why: "Go: quotes are none of the value"},
	}},
	{"aws_access_key_id", []oddValue{
		{config: "= AKIA\naws_secret_access_key = b"},
		{config: "= \"AKIA\"\naws_secret_access_key = \"b\"", why: "Go: quotes are none of the value"},
		{config: "= a\naws_secret_access_key = b", credentials: "[x]\naws_access_key_id = c\naws_secret_access_key = d"},
	}},
	{"[default]", []oddValue{
		{setting: "region", config: "[default]\nregion = a\n[profile x]\noutput = json"},
	}},
	{"services", []oddValue{{config: "= s\n[services s]\nsts =\n  endpoint_url = http://localhost:2", credentials: "[x]\nservices = t", why: "botocore: the credentials file comes first for all settings"}}},
	// Values that daypass, like the Go SDK, does not read.
	{"sts_regional_endpoints", []oddValue{{config: "= legacy\nregion = us-west-2", why: "Go: the region's own endpoint, always"}, {config: "= regional"}}},
	// Only the AWS CLI splits it: at commas, without the blanks around.
	{"sso_registration_scopes", []oddValue{
		{config: "[profile x]\nsso_session = s\n[sso-session s]\nsso_region = r\nsso_start_url = u\nsso_registration_scopes = sso:account:access"},
		{config: "[profile x]\nsso_session = s\n[sso-session s]\nsso_region = r\nsso_start_url = u\nsso_registration_scopes = a , b,,c"},
		{config: "[profile x]\nsso_session = s\n[sso-session s]\nsso_region = r\nsso_start_url = u\nsso_registration_scopes = a b"},
		{config: "[profile x]\nsso_session = s\n[sso-session s]\nsso_region = r\nsso_start_url = u\nsso_registration_scopes ="},
	}},
}

// oddCase is one line of the table.
type oddCase struct {
	oddValue
	configText string
}

func oddCases() []oddCase {
	var all []oddCase
	for _, group := range oddValues {
		for _, v := range group.values {
			v.setting = cmp.Or(v.setting, group.setting)
			text := v.config
			if text != "" && text[0] != '[' {
				text = "[profile x]\n" + v.setting + text
			}
			all = append(all, oddCase{v, text + "\n"})
		}
	}
	return all
}

// home replaces the home folder in the table.
const tableHome = "HOME"

// files writes the files of a case and sets the variables that name them.
func (c oddCase) files(t *testing.T, folder string) awsfile.Paths {
	t.Helper()
	paths := awsfile.Paths{Config: filepath.Join(folder, "config"), Credentials: filepath.Join(folder, "credentials")}
	for path, text := range map[string]string{paths.Config: c.configText, paths.Credentials: c.credentials + "\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return paths
}

// TestSettingsAreReadAsAWSsOwnToolsReadThem makes the table in testdata/oddvalues.txt,
// and fails if it has changed or if daypass differs from both without a reason.
func TestSettingsAreReadAsAWSsOwnToolsReadThem(t *testing.T) {
	cases := oddCases()
	home := t.TempDir()
	t.Setenv("HOME", home)
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	folders := make([]awsfile.Paths, len(cases))
	for i, c := range cases {
		folders[i] = c.files(t, t.TempDir())
	}
	python, knows := botocoreReads(t, cases, folders)

	var out bytes.Buffer
	table := tabwriter.NewWriter(&out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "SETTING\tWRITTEN AS\tGO SDK\tBOTOCORE\tDAYPASS\tWHICH IS FOLLOWED")
	for i, c := range cases {
		if !knows(c.setting) {
			continue
		}
		goes, ours := readInEnvironment(t, c, folders[i])
		shown := func(text string) string { return strings.ReplaceAll(text, home, tableHome) }
		goes, py, ours := shown(goes), shown(python[i]), shown(ours)
		why := c.why
		switch {
		case goes == py && ours == goes:
			if why != "" {
				t.Errorf("%s %q is read alike by all, and has a reason: %s", c.setting, c.config, why)
			}
			why = "both"
		case why == "" && (ours == goes || ours == py):
			why = map[bool]string{true: "Go", false: "botocore"}[ours == goes]
		case why == "":
			t.Errorf("%s %q: Go %s, botocore %s, daypass %s", c.setting, c.config, goes, py, ours)
		}
		text := strings.TrimPrefix(c.config, "[profile x]\n")
		if c.credentials != "" {
			text += " | credentials: " + c.credentials
		}
		if c.env != nil {
			text += " | " + strings.Join(c.env, " ")
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", c.setting, strings.ReplaceAll(fmt.Sprintf("%q", text), `\"`, `"`), goes, py, ours, why)
	}
	_ = table.Flush()
	const path = "testdata/oddvalues.txt"
	if *updateTable {
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(rows(string(want), knows), rows(out.String(), knows)); diff != "" {
		t.Errorf("the table (-before +now); -update writes it anew:\n%s", diff)
	}
}

// rows are the lines of a table about settings that botocore knows, without alignment.
func rows(table string, knows func(setting string) bool) []string {
	var out []string
	for line := range strings.Lines(table) {
		if setting, _, _ := strings.Cut(line, " "); knows(setting) {
			out = append(out, strings.Join(strings.Fields(line), " "))
		}
	}
	return out
}

// readInEnvironment reads a case with the Go SDK and daypass, with its variables set.
func readInEnvironment(t *testing.T, c oddCase, paths awsfile.Paths) (goes, ours string) {
	t.Helper()
	t.Run("", func(t *testing.T) {
		t.Setenv("AWS_CONFIG_FILE", paths.Config)
		t.Setenv("AWS_SHARED_CREDENTIALS_FILE", paths.Credentials)
		for _, variable := range c.env {
			name, value, _ := strings.Cut(variable, "=")
			t.Setenv(name, value)
		}
		goes, ours = goReads(t, c, paths), daypassReads(t, c, paths)
	})
	return goes, ours
}

// orDash replaces an empty value in the table.
func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return strings.ReplaceAll(text, "\n", `\n`)
}

const refusedWord = "refused"

func goReads(t *testing.T, c oddCase, paths awsfile.Paths) string {
	t.Helper()
	shared, err := config.LoadSharedConfigProfile(t.Context(), "x", func(o *config.LoadSharedConfigOptions) {
		o.ConfigFiles, o.CredentialsFiles = []string{paths.Config}, []string{paths.Credentials}
	})
	if err != nil && strings.Contains(err.Error(), "failed to get shared config profile") {
		return "no profile"
	}
	var whole aws.Config
	load := func() error {
		if err != nil {
			return err
		}
		whole, err = config.LoadDefaultConfig(t.Context(), config.WithSharedConfigProfile("x"))
		return err
	}
	switch c.setting {
	case "use_fips_endpoint":
		env, _ := config.NewEnvConfig()
		state := cmp.Or(env.UseFIPSEndpoint, shared.UseFIPSEndpoint)
		return fmt.Sprint(state == aws.FIPSEndpointStateEnabled)
	case "use_dualstack_endpoint":
		env, _ := config.NewEnvConfig()
		state := cmp.Or(env.UseDualStackEndpoint, shared.UseDualStackEndpoint)
		return fmt.Sprint(state == aws.DualStackEndpointStateEnabled)
	case "endpoint_url", "ignore_configured_endpoint_urls", "services":
		if load() != nil {
			return refusedWord
		}
		return orDash(goEndpoint(t.Context(), whole))
	case "ca_bundle":
		env, _ := config.NewEnvConfig()
		return orDash(cmp.Or(env.CustomCABundle, shared.CustomCABundle))
	case "max_attempts":
		if load() != nil {
			return refusedWord
		}
		return fmt.Sprint(whole.RetryMaxAttempts)
	case "retry_mode":
		if load() != nil {
			return refusedWord
		}
		return orDash(string(whole.RetryMode))
	case "duration_seconds":
		if shared.RoleDurationSeconds == nil {
			return "-"
		}
		return fmt.Sprint(int(*shared.RoleDurationSeconds / time.Second))
	case "region":
		env, _ := config.NewEnvConfig()
		return orDash(cmp.Or(env.Region, shared.Region))
	case "sts_regional_endpoints", "sso_registration_scopes":
		return "not read"
	}
	if err != nil {
		return refusedWord
	}
	return orDash(map[string]string{
		"role_arn": shared.RoleARN, "role_session_name": shared.RoleSessionName, "external_id": shared.ExternalID, "mfa_serial": shared.MFASerial,
		"credential_source": shared.CredentialSource, "source_profile": shared.SourceProfileName, "web_identity_token_file": shared.WebIdentityTokenFile,
		"credential_process": shared.CredentialProcess, "sso_session": shared.SSOSessionName, "sso_start_url": shared.SSOStartURL,
		"sso_account_id": shared.SSOAccountID, "sso_role_name": shared.SSORoleName, "login_session": shared.LoginSession,
		"aws_account_id": shared.Credentials.AccountID, "aws_access_key_id": shared.Credentials.AccessKeyID,
	}[c.setting])
}

// goEndpoint asks the sources of a config as the SDK's service clients do.
func goEndpoint(ctx context.Context, cfg aws.Config) string {
	for _, source := range cfg.ConfigSources {
		if s, ok := source.(interface {
			GetIgnoreConfiguredEndpoints(ctx context.Context) (bool, bool, error)
		}); ok {
			if ignore, found, _ := s.GetIgnoreConfiguredEndpoints(ctx); found {
				if ignore {
					return ""
				}
				break
			}
		}
	}
	for _, source := range cfg.ConfigSources {
		if s, ok := source.(interface {
			GetServiceBaseEndpoint(ctx context.Context, sdkID string) (string, bool, error)
		}); ok {
			if url, found, _ := s.GetServiceBaseEndpoint(ctx, "STS"); found {
				return url
			}
		}
	}
	return aws.ToString(cfg.BaseEndpoint)
}

func daypassReads(t *testing.T, c oddCase, paths awsfile.Paths) string {
	t.Helper()
	files, err := profile.Read(t.Context(), paths, &profile.Plan{}, &profile.Set{})
	if err != nil {
		t.Fatal(err)
	}
	p, ok := files.Profiles["x"]
	if !ok {
		return "no profile"
	}
	if c.setting == "ca_bundle" {
		return orDash(expandHome(cmp.Or(os.Getenv("AWS_CA_BUNDLE"), p.CABundle)))
	}
	base, err := Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client := New(base, nil)
	api, err := client.STS(p, "eu-west-1", "id", "secret", "")
	switch c.setting {
	case "use_fips_endpoint":
		return fmt.Sprint(strings.Contains(client.EndpointName("STS", p.Endpoints), "fips"))
	case "use_dualstack_endpoint":
		return fmt.Sprint(strings.Contains(client.EndpointName("STS", p.Endpoints), "dual-stack"))
	case "endpoint_url", "ignore_configured_endpoint_urls", "services":
		url := aws.ToString(api.Options().BaseEndpoint)
		if name := client.EndpointName("STS", p.Endpoints); name != url {
			t.Errorf("a call goes to %q, and is named %q", url, name)
		}
		return orDash(url)
	case "max_attempts":
		if err != nil {
			return refusedWord
		}
		return fmt.Sprint(api.Options().RetryMaxAttempts)
	case "retry_mode":
		if err != nil {
			return refusedWord
		}
		return orDash(string(api.Options().RetryMode))
	case "duration_seconds":
		d, err := p.DurationSeconds()
		switch {
		case err != nil:
			return refusedWord
		case d == 0:
			return "-"
		}
		return fmt.Sprint(int(d / time.Second))
	case "sts_regional_endpoints":
		return "not read"
	case "sso_registration_scopes":
		return orDash(strings.Join(p.SSO.Scopes, " + "))
	}
	return orDash(map[string]string{
		"region": p.Region, "role_arn": p.RoleARN, "role_session_name": p.SessionName, "external_id": p.ExternalID, "mfa_serial": p.MFASerial,
		"credential_source": p.CredentialSource, "source_profile": p.Source, "web_identity_token_file": p.Own("web_identity_token_file"),
		"credential_process": p.Own("credential_process"), "sso_session": p.SSO.Session, "sso_start_url": p.SSO.StartURL,
		"sso_account_id": p.SSO.AccountID, "sso_role_name": p.SSO.RoleName, "login_session": p.Own("login_session"),
		"aws_account_id": p.AccountID, "aws_access_key_id": p.AccessKeyID,
	}[c.setting])
}

// botocoreReads reads all cases in one Python process. An old botocore does not read
// endpoints in files.
func botocoreReads(t *testing.T, cases []oddCase, paths []awsfile.Paths) (read []string, knows func(setting string) bool) {
	t.Helper()
	const script = `
import json, os, sys
import botocore.session, botocore.configprovider, botocore.exceptions as ex

def endpoint(s):
    if s.get_config_variable('ignore_configured_endpoint_urls'):
        return None
    return botocore.configprovider.ConfiguredEndpointProvider(
        full_config=s.full_config, scoped_config=s.get_scoped_config(), client_name='sts').provide()

def read(setting):
    s = botocore.session.Session(profile='x')
    config = s.get_scoped_config()
    if setting in ('use_fips_endpoint', 'use_dualstack_endpoint'):
        return 'true' if s.get_config_variable(setting) else 'false'
    if setting in ('endpoint_url', 'ignore_configured_endpoint_urls', 'services'):
        return endpoint(s)
    if setting == 'ca_bundle':
        # urllib3 expands the path where it opens it.
        path = s.get_config_variable('ca_bundle')
        return path and os.path.expanduser(path)
    if setting == 'max_attempts':
        return str(s.get_config_variable('max_attempts') or 0)
    if setting == 'duration_seconds':
        try:
            return str(int(config['duration_seconds']))
        except (KeyError, ValueError):
            return None # botocore leaves it out
    if setting == 'retry_mode':
        mode = config.get('retry_mode') if 'AWS_RETRY_MODE' not in os.environ else os.environ['AWS_RETRY_MODE']
        if mode is None:
            return None
        s.create_client('sts', region_name='eu-west-1', aws_access_key_id='a', aws_secret_access_key='b')
        return mode
    if setting == 'sts_regional_endpoints':
        return s.get_config_variable(setting)
    if setting == 'sso_registration_scopes':
        raw = s.full_config['sso_sessions']['s'].get(setting)
        return ' + '.join(x.strip() for x in raw.split(',') if x.strip())
    return config.get(setting)

out = []
for setting, config, credentials, variables in json.load(sys.stdin):
    os.environ.update(AWS_CONFIG_FILE=config, AWS_SHARED_CREDENTIALS_FILE=credentials, **variables)
    try:
        value = read(setting)
        if isinstance(value, dict):
            value = 'nested'
        out.append((value or '-').replace('\n', '\\n'))
    except ex.ProfileNotFound:
        out.append('no profile')
    except ex.ConfigParseError:
        out.append('file refused')
    except Exception:
        out.append('refused')
    for name in variables:
        del os.environ[name]
endpoints = 'ignore_configured_endpoint_urls' in botocore.configprovider.BOTOCORE_DEFAUT_SESSION_VARIABLES
json.dump([out, endpoints], sys.stdout)
`
	in := make([][]any, len(cases))
	for i, c := range cases {
		variables := map[string]string{}
		for _, variable := range c.env {
			name, value, _ := strings.Cut(variable, "=")
			variables[name] = value
		}
		in[i] = []any{c.setting, paths[i].Config, paths[i].Credentials, variables}
	}
	data, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "python3", "-c", script)
	cmd.Env = append(os.Environ(), "PYTHONUTF8=1")
	cmd.Stdin, cmd.Stderr = bytes.NewReader(data), os.Stderr
	answer, err := cmd.Output()
	if err != nil {
		t.Fatalf("botocore, of Debian's python3-botocore, must be installed for this test: %v", err)
	}
	var endpoints bool
	if err := json.Unmarshal(answer, &[]any{&read, &endpoints}); err != nil || len(read) != len(cases) {
		t.Fatalf("%d answers to %d cases: %v", len(read), len(cases), err)
	}
	return read, func(setting string) bool {
		return endpoints || setting != "endpoint_url" && setting != "ignore_configured_endpoint_urls" && setting != "services"
	}
}
