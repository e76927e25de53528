package core_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
)

var updatePolicies = flag.Bool("update-policies", false, "write testdata/policies.golden")

// Each kind and partition has the policy that the golden file shows.
func TestPoliciesAreTheLeastForWhatAProfileDoes(t *testing.T) {
	const key = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n"
	tests := []struct {
		name, profile string
		trust         bool
		config        string
	}{
		{"a user with MFA", "alice", false, ""},
		{"a user without MFA", "ci", false, ""},
		{"a role of a user with MFA", "dev-admin", false, ""},
		{"the trust of a role of a user with MFA", "dev-admin", true, ""},
		{"a user's profile has no trust", "alice", true, ""},
		{"a role with an external ID, of a user who is not known, in China", "r", true, "[profile k]\n" + key +
			"region = cn-north-1\nmfa_serial = arn:aws-cn:iam::111122223333:mfa/u\n[profile r]\nrole_arn = arn:aws-cn:iam::444455556666:role/ops\nsource_profile = k\nexternal_id = x-1\n"},
		{"a user in GovCloud whose account is not known", "k", false, "[profile k]\n" + key + "region = us-gov-west-1\n"},
		{"a user in an isolated partition", "k", false, "[profile k]\n" + key + "region = us-isob-east-1\n"},
		{"a role in an isolated partition", "r", false, "[profile k]\n" + key + "[profile r]\nregion = us-iso-east-1\nrole_arn = arn:aws-iso:iam::444455556666:role/ops\nsource_profile = k\n"},
		{"a role of a role", "r2", false, "[profile k]\n" + key + "mfa_serial = arn:aws:iam::111122223333:mfa/u\n" +
			"[profile r1]\nrole_arn = arn:aws:iam::444455556666:role/first\nsource_profile = k\n[profile r2]\nrole_arn = arn:aws:iam::777788889999:role/second\nsource_profile = r1\n"},
		{"the trust of a role of a role", "r2", true, "[profile k]\n" + key + "mfa_serial = arn:aws:iam::111122223333:mfa/u\n" +
			"[profile r1]\nrole_arn = arn:aws:iam::444455556666:role/first\nsource_profile = k\n[profile r2]\nrole_arn = arn:aws:iam::777788889999:role/second\nsource_profile = r1\n"},
		{"nobody can be named who may assume a role", "r", true, "[profile k]\n" + key + "[profile r]\nrole_arn = arn:aws:iam::444455556666:role/ops\nsource_profile = k\n"},
		{"Identity Center", "s", false, ssoPolicy},
		{"a role of Identity Center's credentials", "r", false, ssoPolicy},
		{"the trust of a role of Identity Center's credentials", "r", true, ssoPolicy},
		{"a user who signs in to the console", "c", false, "[profile c]\nlogin_session = arn:aws:iam::111122223333:user/team/ann\nregion = eu-west-1\n"},
		{"the root user who signs in to the console", "c", false, "[profile c]\nlogin_session = arn:aws:iam::111122223333:root\nregion = eu-west-1\n"},
		{"the trust of a role of a role that signed in to the console", "r", true, "[profile c]\nlogin_session = arn:aws:sts::111122223333:assumed-role/Dev/ann\nregion = eu-west-1\n" +
			"[profile r]\nrole_arn = arn:aws:iam::444455556666:role/ops\nsource_profile = c\n"},
		{"another program's credentials", "p", false, "[profile p]\ncredential_process = /opt/tool\n"},
		{"no such profile", "nosuch", false, ""},
	}
	var got strings.Builder
	for _, tt := range tests {
		fmt.Fprintf(&got, "== %s\n", tt.name)
		bubble(t, func(t *testing.T, w *world) {
			w.set("alice", "region", "eu-central-1")
			before, err := os.ReadFile(w.files.Config)
			if err != nil {
				t.Fatal(err)
			}
			w.write(w.files.Config, string(before)+"\n"+tt.config)
			reply, err := w.m.Custody().Policy(t.Context(), creds.PolicyRequest{Profile: tt.profile, Trust: tt.trust}, creds.Requester{Surface: creds.SurfaceTerminal})
			if err != nil {
				fmt.Fprintf(&got, "error %s: %s\n  %s\n", creds.CodeOf(err), err, creds.AsError(err).Advice)
				return
			}
			wantGrammar(t, reply.Document)
			for _, note := range reply.Notes {
				fmt.Fprintf(&got, "# %s\n", note)
			}
			fmt.Fprintf(&got, "%s\n", reply.Document)
		})
	}
	golden := filepath.Join("testdata", "policies.golden")
	if *updatePolicies {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil { // #nosec G306 -- for everybody to read
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("write it with -update-policies if this is right (-want +got):\n%s", diff)
	}
}

const ssoPolicy = `[sso-session policy]
sso_start_url = https://policy.awsapps.com/start
sso_region = eu-west-1
[profile s]
sso_session = policy
sso_account_id = 111122223333
sso_role_name = Developer
[profile r]
role_arn = arn:aws:iam::444455556666:role/ops
source_profile = s
`

var (
	sids    = regexp.MustCompile(`^[A-Za-z0-9]+$`)
	actions = regexp.MustCompile(`^(sts|iam|signin):[A-Za-z0-9]+$`)
	arns    = regexp.MustCompile(`^(\*|arn:[a-z-]+:(iam|sts)::(\d{12}|\*):[^*]+)$`)
)

// wantGrammar checks a policy by the rules of IAM's grammar:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
func wantGrammar(t *testing.T, document json.RawMessage) {
	t.Helper()
	if !strings.HasPrefix(string(document), "{\n  \"Version\": \"2012-10-17\",\n") {
		t.Errorf("the version is not first in %s", document)
	}
	var p struct {
		Version   string
		Statement []struct {
			Sid, Effect      string
			Principal        map[string]string
			Action, Resource []string
			Condition        map[string]map[string]string
		}
	}
	d := json.NewDecoder(strings.NewReader(string(document)))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil || d.More() || len(p.Statement) == 0 {
		t.Fatalf("%v in %s", err, document)
	}
	seen := map[string]bool{}
	for _, s := range p.Statement {
		if !sids.MatchString(s.Sid) || seen[s.Sid] || s.Effect != "Allow" || len(s.Action) == 0 || (len(s.Principal) == 0) == (len(s.Resource) == 0) {
			t.Errorf("%+v is not well-formed", s)
		}
		seen[s.Sid] = true
		for _, a := range s.Action {
			if !actions.MatchString(a) {
				t.Errorf("%q is no action", a)
			}
		}
		for _, r := range s.Resource {
			if !arns.MatchString(r) {
				t.Errorf("%q is no resource", r)
			}
		}
		for operator, of := range s.Condition {
			if len(of) != 1 {
				t.Errorf("%s has %v", operator, of)
			}
		}
	}
	if strings.Contains(string(document), "[]") || strings.Contains(string(document), "{}") || strings.Contains(string(document), "null") {
		t.Errorf("something is empty in %s", document)
	}
}
