package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"

	"daypass/creds/awstest"
)

// TestOtherToolsFindARenamedProfile asks AWS CLI v1, boto3 and the Go SDK who a profile, a role
// behind it and one that calls daypass for it are, before and after it is renamed.
func TestOtherToolsFindARenamedProfile(t *testing.T) {
	w := inLoginWorld(t)
	daypass, err := exec.LookPath("daypass")
	if err != nil {
		t.Fatal(err)
	}
	path, credentials := filepath.Join(w.home, ".aws", "config"), filepath.Join(w.home, ".aws", "credentials")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wrapper := "\n# mine\n[profile wrapped] # by daypass\nregion = " + awstest.SampleRegion + "\ncredential_process = \"" + daypass + "\" credential-process --profile 'ci'\n" +
		"[profile behind]\nregion = " + awstest.SampleRegion + "\nrole_arn = arn:aws:iam::111111111111:role/ReadOnly\nsource_profile = ci\n"
	if err := os.WriteFile(path, append(text, wrapper...), 0o600); err != nil {
		t.Fatal(err)
	}
	endpoint := w.foreign[len(w.foreign)-1]
	endpoint = endpoint[strings.IndexByte(endpoint, '=')+1:]
	run := func(program string, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), program, args...)
		cmd.Env, cmd.Dir = slices.Concat(w.foreign, []string{"AWS_DEFAULT_REGION=" + awstest.SampleRegion, "GORACE=" + os.Getenv("GORACE")}), t.TempDir()
		if program == "daypass" {
			cmd.Stdin = strings.NewReader(w.sample.CIKey.ID + "\n" + w.sample.CIKey.Secret + "\n")
		}
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("%s %q: %v\n%s", program, args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	const script = `import boto3, sys
print(boto3.Session(profile_name=sys.argv[1]).client("sts").get_caller_identity()["Arn"])`
	asked := func(profile string) (cli, boto, sdk string) {
		t.Helper()
		cli = run("aws", "--profile", profile, "--endpoint-url", endpoint, "sts", "get-caller-identity", "--query", "Arn", "--output", "text")
		boto = run("python3", "-c", script, profile)
		shared, err := config.LoadSharedConfigProfile(t.Context(), profile, func(o *config.LoadSharedConfigOptions) {
			o.ConfigFiles, o.CredentialsFiles = []string{path}, []string{credentials}
		})
		if err != nil {
			t.Errorf("the Go SDK: %v", err)
		}
		if shared.Source != nil {
			shared = *shared.Source
		}
		return cli, boto, shared.Credentials.SessionToken + shared.CredentialProcess
	}
	run("daypass", "add", "ci")
	run("daypass", "login", "ci")
	before := map[string][3]string{}
	for _, profile := range []string{"ci", "behind", "wrapped"} {
		cli, boto, sdk := asked(profile)
		before[profile] = [3]string{cli, boto, sdk}
		if cli == "" || boto == "" || sdk == "" {
			t.Fatalf("%s: the AWS CLI is %q, boto3 %q and the Go SDK has %t", profile, cli, boto, sdk != "")
		}
	}
	run("daypass", "rename", "ci", "build.eu/1")
	for profile, name := range map[string]string{"ci": "build.eu/1", "behind": "behind", "wrapped": "wrapped"} {
		cli, boto, sdk := asked(name)
		was := before[profile]
		// The name of a role's session is each tool's own.
		if short(cli) != short(was[0]) || short(boto) != short(was[1]) {
			t.Errorf("%s: the AWS CLI is %q and boto3 %q, and they were %q and %q", name, cli, boto, was[0], was[1])
		}
		if want := strings.Replace(was[2], "--profile 'ci'", "--profile build.eu/1", 1); sdk != want {
			t.Errorf("%s: the Go SDK has something else", name)
		}
	}
	old := exec.CommandContext(t.Context(), "aws", "--profile", "ci", "configure", "list")
	old.Env = w.foreign
	if out, err := old.CombinedOutput(); err == nil {
		t.Errorf("the AWS CLI still finds the old name:\n%s", out)
	}
}

// short is an ARN without the name of a role's session.
func short(arn string) string {
	if i := strings.LastIndexByte(arn, '/'); strings.Contains(arn, ":assumed-role/") {
		return arn[:i]
	}
	return arn
}
