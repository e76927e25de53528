package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/credstest"
)

// loginWorld is a home in which alice is signed in to the console, with an agent and with
// programs of other people's that reach the same AWS.
type loginWorld struct {
	*world
	// foreign is the environment of those programs.
	foreign []string
}

func inLoginWorld(t *testing.T) *loginWorld {
	t.Helper()
	w := inWorld(t)
	if err := w.withConsole(""); err != nil {
		t.Fatal(err)
	}
	server, err := w.sample.AWS.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return &loginWorld{w, slices.Concat(w.env, []string{
		"PATH=" + os.Getenv("PATH"), "AWS_PROFILE=console-alice", "AWS_REGION=" + awstest.SampleRegion,
		"AWS_ENDPOINT_URL=" + server.URL(), "AWS_ENDPOINT_URL_SIGNIN=" + server.URL(),
	})}
}

// renewals returns how many calls for a token there were.
func (w *loginWorld) renewals() int {
	n := 0
	for _, call := range w.sample.AWS.Calls("CreateOAuth2Token") {
		if call.Params.Get("grantType") == "refresh_token" {
			n++
		}
	}
	return n
}

// signedIn writes what "aws login" leaves, with so much time left, and returns the ID of
// its key.
func (w *loginWorld) signedIn(t *testing.T, left time.Duration) (keyID string) {
	t.Helper()
	name, content := w.sample.Console.Alice.LoginFile(left)
	w.place(t, name, content)
	return w.keyInFile(t)
}

// place puts a file into the login cache in one step: who reads it has all of it.
func (w *loginWorld) place(t *testing.T, name string, content []byte) {
	t.Helper()
	dir := filepath.Join(w.home, ".aws", "login", "cache")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, name)
	if err := errors.Join(os.WriteFile(path+".new", content, 0o600), os.Rename(path+".new", path)); err != nil {
		t.Fatal(err)
	}
}

// keyInFile returns the ID of the key that the login cache holds for alice.
func (w *loginWorld) keyInFile(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(w.home, ".aws", "login", "cache", awstest.LoginFileName(w.sample.Console.Alice.ARN())))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		AccessToken struct {
			AccessKeyID string `json:"accessKeyId"`
		} `json:"accessToken"`
	}
	if err := json.Unmarshal(content, &file); err != nil {
		t.Fatal(err)
	}
	return file.AccessToken.AccessKeyID
}

// credentialProcess asks daypass as an SDK does.
func (w *loginWorld) credentialProcess(t *testing.T) (got creds.Credentials, err error) {
	cmd := exec.CommandContext(t.Context(), "daypass", "credential-process", "--profile", "console-alice")
	cmd.Env, cmd.Dir = slices.Concat(w.foreign, []string{"GORACE=" + os.Getenv("GORACE")}), t.TempDir()
	out, err := cmd.Output()
	if err != nil {
		return got, err
	}
	return got, json.Unmarshal(out, &got)
}

func TestAHundredProgramsWithSixMinutesLeftCauseOneCallForAToken(t *testing.T) {
	w := inLoginWorld(t)
	const each = 33
	foreign := slices.Concat(
		slices.Repeat([]credstest.LoginClient{credstest.GoLoginClient(t)}, each+1),
		slices.Repeat([]credstest.LoginClient{credstest.JavaScriptLoginClient(t)}, each))
	atOnce := credstest.Ready(t, w.foreign, foreign...)
	old := w.signedIn(t, 6*time.Minute)
	var ours [each]creds.Credentials
	var failed [each]error
	var all sync.WaitGroup
	for i := range each {
		all.Go(func() { ours[i], failed[i] = w.credentialProcess(t) })
	}
	results := atOnce()
	all.Wait()
	fresh := w.keyInFile(t)
	if n := w.renewals(); n != 1 || fresh == old {
		t.Errorf("%d calls for a token; the file's key was %s and is %s", n, old, fresh)
	}
	for i, r := range results {
		if r.Error != "" || r.AccessKeyID != old && r.AccessKeyID != fresh {
			t.Errorf("program %d got %q: %s", i, r.AccessKeyID, r.Error)
		}
	}
	for i, got := range ours {
		if failed[i] != nil || got.AccessKeyID != fresh {
			t.Errorf("daypass %d got %q: %v", i, got.AccessKeyID, failed[i])
		}
	}
	if n := w.sample.Console.Alice.Sessions(); n != 1 {
		t.Errorf("alice has %d sessions", n)
	}
}

func TestSDKsAndDaypassTakeOverWhatTheOthersHaveRenewed(t *testing.T) {
	w := inLoginWorld(t)
	old := w.signedIn(t, 6*time.Minute)
	first, err := w.credentialProcess(t)
	if err != nil || first.AccessKeyID == old {
		t.Fatalf("daypass got %q: %v", first.AccessKeyID, err)
	}
	for name, client := range map[string]credstest.LoginClient{"Go": credstest.GoLoginClient(t), "JavaScript": credstest.JavaScriptLoginClient(t)} {
		if got := credstest.Ready(t, w.foreign, client)()[0]; got.AccessKeyID != first.AccessKeyID {
			t.Errorf("the SDK for %s read %q after daypass, which wrote %q: %s", name, got.AccessKeyID, first.AccessKeyID, got.Error)
		}
	}
	if n := w.renewals(); n != 1 {
		t.Errorf("%d calls for a token", n)
	}
}

// TestDaypassRenewsWhatAnSDKHasWritten has the SDK for JavaScript renew and write a file where
// no agent is, as Go's does in package consolesignin.
func TestDaypassRenewsWhatAnSDKHasWritten(t *testing.T) {
	w := inLoginWorld(t)
	elsewhere := t.TempDir()
	name, content := w.sample.Console.Alice.LoginFile(4 * time.Minute)
	if err := os.WriteFile(filepath.Join(elsewhere, name), content, 0o600); err != nil {
		t.Fatal(err)
	}
	got := credstest.Ready(t, slices.Concat(w.foreign, []string{"AWS_LOGIN_CACHE_DIRECTORY=" + elsewhere}), credstest.JavaScriptLoginClient(t))()[0]
	if got.Error != "" || w.renewals() != 1 {
		t.Fatalf("the SDK renewed %d times and got %q: %s", w.renewals(), got.AccessKeyID, got.Error)
	}
	written, err := os.ReadFile(filepath.Join(elsewhere, name))
	if err != nil {
		t.Fatal(err)
	}
	w.place(t, name, written)
	ours, err := w.credentialProcess(t)
	if err != nil || ours.AccessKeyID != got.AccessKeyID || w.renewals() != 1 {
		t.Errorf("daypass got %q after the SDK's %q, with %d renewals: %v", ours.AccessKeyID, got.AccessKeyID, w.renewals(), err)
	}
	// As if nine minutes had passed.
	var file map[string]any
	if err := json.Unmarshal(written, &file); err != nil {
		t.Fatal(err)
	}
	file["accessToken"].(map[string]any)["expiresAt"] = time.Now().Add(6 * time.Minute).UTC().Format(time.RFC3339)
	if written, err = json.Marshal(file); err != nil {
		t.Fatal(err)
	}
	w.place(t, name, written)
	for began := time.Now(); w.keyInFile(t) == got.AccessKeyID; time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatal("the agent does not renew what the SDK has written")
		}
	}
	if n, alive := w.renewals(), w.sample.Console.Alice.Sessions(); n != 2 || alive != 1 {
		t.Errorf("%d renewals, and %d sessions", n, alive)
	}
}

// TestToolsThatDoNotKnowTheSettingUseTheDerivedSectionOrACredentialProcess asks AWS CLI v1
// and boto3, which cannot use login_session without awscrt.
func TestToolsThatDoNotKnowTheSettingUseTheDerivedSectionOrACredentialProcess(t *testing.T) {
	w := inLoginWorld(t)
	w.signedIn(t, 15*time.Minute)
	daypass, err := exec.LookPath("daypass")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(w.home, ".aws", "config")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	wrapper := "\n[profile wrapped]\nregion = " + awstest.SampleRegion + "\ncredential_process = " + daypass + " credential-process --profile console-alice\n"
	if err := os.WriteFile(path, append(text, wrapper...), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(program string, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), program, args...)
		cmd.Env, cmd.Dir = slices.Concat(w.foreign, []string{"AWS_DEFAULT_REGION=" + awstest.SampleRegion, "GORACE=" + os.Getenv("GORACE")}), t.TempDir()
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%s %q: %v\n%s", program, args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	run("daypass", "login", "console-alice")
	const script = `import boto3, sys
print(boto3.Session(profile_name=sys.argv[1]).client("sts").get_caller_identity()["Arn"])`
	for _, profile := range []string{"console-alice-temporary", "wrapped"} {
		endpoint := w.foreign[len(w.foreign)-1]
		endpoint = endpoint[strings.IndexByte(endpoint, '=')+1:]
		cli := run("aws", "--profile", profile, "--endpoint-url", endpoint, "sts", "get-caller-identity", "--query", "Arn", "--output", "text")
		boto := run("python3", "-c", script, profile)
		if want := w.sample.Console.Alice.ARN(); cli != want || boto != want {
			t.Errorf("%s: the AWS CLI is %q and boto3 %q, want %q", profile, cli, boto, want)
		}
	}
}
