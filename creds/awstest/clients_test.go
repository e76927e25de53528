package awstest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"daypass/creds/awstest"
)

// clientWorld is a sample world on loopback with a home for other people's
// programs, in which alice's profile has her key.
type clientWorld struct {
	*awstest.Sample
	url  string
	home string
	env  []string
}

func newClientWorld(t *testing.T) *clientWorld {
	t.Helper()
	s := awstest.NewSample()
	server := must(s.AWS.Listen(t.Context(), "127.0.0.1:0"))(t)
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &clientWorld{Sample: s, url: server.URL(), home: t.TempDir()}
	w.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + w.home, "LANG=C.UTF-8", "AWS_PAGER=", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=" + filepath.Join(w.home, "config"), "AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(w.home, "credentials"),
		"AWS_ENDPOINT_URL=" + w.url, "AWS_DEFAULT_REGION=" + awstest.SampleRegion,
	}
	w.write(t, "config", s.Config())
	w.write(t, "credentials", section("alice", s.AliceKey.ID, s.AliceKey.Secret, ""))
	return w
}

func (w *clientWorld) write(t *testing.T, name, text string) {
	t.Helper()
	f := must(os.OpenFile(filepath.Join(w.home, name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600))(t)
	must(f.WriteString(text))(t)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func section(name, id, secret, token string) string {
	text := fmt.Sprintf("[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n", name, id, secret)
	if token != "" {
		text += "aws_session_token = " + token + "\n"
	}
	return text
}

// run runs a client in w's home. A client that is not installed fails the test.
func (w *clientWorld) run(t *testing.T, stdin, name string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("this test runs the real client: %v", err)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	var out, errs bytes.Buffer
	cmd.Env, cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = w.env, w.home, strings.NewReader(stdin), &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

// aws runs the AWS CLI and decodes what it prints. It names the endpoint on
// the command line too, as 2.9.19 (Debian 12) ignores AWS_ENDPOINT_URL.
func (w *clientWorld) aws(t *testing.T, into any, args ...string) {
	t.Helper()
	stdout, stderr, err := w.run(t, "", "aws", append([]string{"--endpoint-url", w.url, "--output", "json"}, args...)...)
	if err != nil {
		t.Fatalf("aws %s: %v\n%s", strings.Join(args, " "), err, stderr)
	}
	if err := json.Unmarshal([]byte(stdout), into); err != nil {
		t.Fatalf("aws %s printed %q: %v", strings.Join(args, " "), stdout, err)
	}
}

// awsRefused runs the AWS CLI and wants it to fail with these words.
func (w *clientWorld) awsRefused(t *testing.T, want string, args ...string) {
	t.Helper()
	_, stderr, err := w.run(t, "", "aws", append([]string{"--endpoint-url", w.url}, args...)...)
	if err == nil || !strings.Contains(stderr, want) {
		t.Errorf("aws %s: %v, %s\nwant %s", strings.Join(args, " "), err, stderr, want)
	}
}

// heedsEndpointVariable reports whether the AWS CLI on PATH is one that reads
// AWS_ENDPOINT_URL: 1.29 and 2.13 were the first.
func (w *clientWorld) heedsEndpointVariable(t *testing.T) bool {
	t.Helper()
	major, minor := w.cliVersion(t, "aws")
	return major == 1 && minor >= 29 || major == 2 && minor >= 13
}

func (w *clientWorld) cliVersion(t *testing.T, name string) (major, minor int) {
	t.Helper()
	stdout, stderr, err := w.run(t, "", name, "--version")
	m := regexp.MustCompile(`aws-cli/(\d+)\.(\d+)`).FindStringSubmatch(stdout + stderr)
	if err != nil || m == nil {
		t.Fatalf("%s --version: %v, %q %q", name, err, stdout, stderr)
	}
	return must(strconv.Atoi(m[1]))(t), must(strconv.Atoi(m[2]))(t)
}

type cliIdentity struct{ Arn, Account string }

type cliSession struct {
	Credentials struct{ AccessKeyID, SecretAccessKey, SessionToken, Expiration string }
}

func TestAWSCLIWorksAgainstIt(t *testing.T) {
	t.Parallel()
	w := newClientWorld(t)
	var who cliIdentity
	w.aws(t, &who, "--profile", "alice", "sts", "get-caller-identity")
	if who != (cliIdentity{"arn:aws:iam::111111111111:user/alice", "111111111111"}) {
		t.Errorf("the key is %+v", who)
	}

	var devices struct {
		MFADevices []struct{ SerialNumber string }
	}
	w.aws(t, &devices, "--profile", "alice", "iam", "list-mfa-devices")
	if len(devices.MFADevices) != 1 || devices.MFADevices[0].SerialNumber != w.Phone.Serial() {
		t.Errorf("devices %+v", devices)
	}

	code, _ := w.Phone.UnusedCode(w.AWS.Now())
	withCode := []string{"--profile", "alice", "sts", "get-session-token", "--serial-number", w.Phone.Serial(), "--token-code", code}
	var s cliSession
	w.aws(t, &s, withCode...)
	w.awsRefused(t, "(AccessDenied) when calling the GetSessionToken operation: "+invalidCode, withCode...)
	w.awsRefused(t, "(AccessDenied) when calling the AssumeRole operation: User: arn:aws:iam::111111111111:user/alice is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111111111111:role/Admin",
		"--profile", "alice", "sts", "assume-role", "--role-arn", "arn:aws:iam::111111111111:role/Admin", "--role-session-name", "cli")

	w.write(t, "credentials", section("alice-mfa", s.Credentials.AccessKeyID, s.Credentials.SecretAccessKey, s.Credentials.SessionToken))
	w.aws(t, &s, "--profile", "alice-mfa", "sts", "assume-role", "--role-arn", "arn:aws:iam::111111111111:role/Admin", "--role-session-name", "cli")

	w.write(t, "credentials", section("thief", w.AliceKey.ID, w.CIKey.Secret, ""))
	w.awsRefused(t, "(SignatureDoesNotMatch) when calling the GetCallerIdentity operation: "+wrongSignature,
		"--profile", "thief", "sts", "get-caller-identity")
}

func TestAWSCLIFollowsTheSampleProfiles(t *testing.T) {
	t.Parallel()
	w := newClientWorld(t)
	if !w.heedsEndpointVariable(t) {
		t.Log("this AWS CLI assumes a profile's role at AWS's own host whatever its settings say; what it can do is tested above")
		return
	}
	code, _ := w.Phone.UnusedCode(w.AWS.Now())
	var s cliSession
	w.aws(t, &s, "--profile", "alice", "sts", "get-session-token", "--serial-number", w.Phone.Serial(), "--token-code", code)
	w.write(t, "credentials", section("alice-mfa", s.Credentials.AccessKeyID, s.Credentials.SecretAccessKey, s.Credentials.SessionToken))
	w.write(t, "config", "\n[profile admin-by-session]\nsource_profile = alice-mfa\nrole_arn = arn:aws:iam::111111111111:role/Admin\nrole_session_name = cli\n")
	for profile, want := range map[string]string{
		"dev-readonly":     "arn:aws:sts::111111111111:assumed-role/ReadOnly/",
		"admin-by-session": "arn:aws:sts::111111111111:assumed-role/Admin/cli",
		"partner":          "arn:aws:sts::222222222222:assumed-role/Support/",
		"chain-3":          "arn:aws:sts::333333333333:assumed-role/Operate/",
	} {
		var who cliIdentity
		w.aws(t, &who, "--profile", profile, "sts", "get-caller-identity")
		if !strings.HasPrefix(who.Arn, want) {
			t.Errorf("%s is %s, want %s", profile, who.Arn, want)
		}
	}
}

const boto3Script = `
import boto3, sys
from botocore.exceptions import ClientError

url, serial, code = sys.argv[1:]
alice = boto3.Session(profile_name="alice")

def client(service, **keys):
    return alice.client(service, endpoint_url=url, **keys)

def keys(answer):
    c = answer["Credentials"]
    return dict(aws_access_key_id=c["AccessKeyId"], aws_secret_access_key=c["SecretAccessKey"], aws_session_token=c["SessionToken"])

def refused(call, **arguments):
    try:
        call(**arguments)
    except ClientError as e:
        return "%d %s" % (e.response["ResponseMetadata"]["HTTPStatusCode"], e.response["Error"]["Code"])

sts, iam = client("sts"), client("iam")
print(sts.get_caller_identity()["Arn"])
print(iam.list_mfa_devices()["MFADevices"][0]["SerialNumber"] == serial)
print(iam.list_mfa_devices(UserName="ci")["MFADevices"])
session = sts.get_session_token(SerialNumber=serial, TokenCode=code, DurationSeconds=900)
print(refused(sts.get_session_token, SerialNumber=serial, TokenCode=code))
print(refused(client("sts", **keys(session)).get_session_token))
role = client("sts", **keys(session)).assume_role(RoleArn="arn:aws:iam::111111111111:role/Admin", RoleSessionName="boto3")
print(client("sts", **keys(role)).get_caller_identity()["Arn"])
federated = sts.get_federation_token(Name="boto3", Policy='{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}', DurationSeconds=900)
print(federated["FederatedUser"]["FederatedUserId"], federated["PackedPolicySize"])
print(client("sts", **keys(federated)).get_caller_identity()["Arn"])
print(refused(client("iam", **keys(federated)).get_user))
key = iam.create_access_key()["AccessKey"]
print(refused(iam.create_access_key))
iam.update_access_key(AccessKeyId=key["AccessKeyId"], Status="Inactive")
print(sorted(k["Status"] for k in iam.list_access_keys()["AccessKeyMetadata"]))
iam.delete_access_key(AccessKeyId=key["AccessKeyId"])
print(refused(iam.delete_access_key, AccessKeyId=key["AccessKeyId"]))
`

func TestBoto3WorksAgainstIt(t *testing.T) {
	t.Parallel()
	w := newClientWorld(t)
	code, _ := w.Phone.UnusedCode(w.AWS.Now())
	stdout, stderr, err := w.run(t, boto3Script, "python3", "-", w.url, w.Phone.Serial(), code)
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	const want = `arn:aws:iam::111111111111:user/alice
True
[]
403 AccessDenied
403 AccessDenied
arn:aws:sts::111111111111:assumed-role/Admin/boto3
111111111111:boto3 3
arn:aws:sts::111111111111:federated-user/boto3
403 InvalidClientTokenId
409 LimitExceeded
['Active', 'Inactive']
404 NoSuchEntity
`
	if stdout != want {
		t.Errorf("boto3 saw\n%s\nwant\n%s", stdout, want)
	}
}
