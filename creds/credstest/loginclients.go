package credstest

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

// LoginClient is a program of other people's that gets the credentials of a profile with
// login_session. It may use a cached file of "aws login", renew it and write it.
type LoginClient struct {
	command []string
	env     []string
}

// GoLoginClient is one with the AWS SDK for Go.
func GoLoginClient(t *testing.T) LoginClient {
	t.Helper()
	program := filepath.Join(t.TempDir(), "logingo")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "daypass/creds/credstest/testdata/logingo") //nolint:gosec // A folder of the test.
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return LoginClient{command: []string{program}}
}

//go:embed testdata/login.cjs
var loginScript string

// JavaScriptLoginClient is one with the AWS SDK for JavaScript, which make installs.
func JavaScriptLoginClient(t *testing.T) LoginClient {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	modules := filepath.Join(filepath.Dir(here), "..", "..", "bin", "tools", "js", "node_modules")
	if _, err := os.Stat(modules); err != nil {
		t.Fatalf("this test runs the real SDK; make bin/tools/js/.installed installs it: %v", err)
	}
	node := "node"
	// Where the system's is too old for the SDK, make has installed one beside it.
	if own, _ := filepath.Glob(filepath.Join(modules, "node-linux-*", "bin", "node")); len(own) > 0 {
		node = own[0]
	}
	return LoginClient{command: []string{node, "-e", loginScript}, env: []string{"NODE_PATH=" + modules, "NODE_NO_WARNINGS=1"}}
}

// LoginResult is what a [LoginClient] got.
type LoginResult struct {
	AccessKeyID string `json:"accessKeyId"`
	Error       string `json:"error"`
}

// Ready starts all clients in an environment and waits until all are ready. The result lets
// them get the credentials at once, and returns what each got, in the order of the clients:
// files that must be new are best written just before. An env of
// AWS_PROFILE, AWS_CONFIG_FILE, AWS_LOGIN_CACHE_DIRECTORY and AWS_ENDPOINT_URL_SIGNIN leads
// them to a profile and to a stand-in.
func Ready(t *testing.T, env []string, clients ...LoginClient) (atOnce func() []LoginResult) {
	t.Helper()
	var all []*running
	for _, c := range clients {
		all = append(all, c.start(t, env))
	}
	for _, r := range all {
		r.wait(t, "ready\n")
	}
	return func() []LoginResult {
		t.Helper()
		for _, r := range all {
			if err := r.in.Close(); err != nil {
				t.Fatal(err)
			}
		}
		var results []LoginResult
		for _, r := range all {
			results = append(results, r.result(t))
		}
		return results
	}
}

// running is a client that waits for the end of its input.
type running struct {
	cmd *exec.Cmd
	in  io.Closer
	out *bufio.Reader
}

func (c LoginClient) start(t *testing.T, env []string) *running {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), c.command[0], c.command[1:]...) //nolint:gosec // A test's own program.
	cmd.Env, cmd.Dir, cmd.Stderr = slices.Concat(env, c.env), t.TempDir(), os.Stderr
	in, inErr := cmd.StdinPipe()
	out, outErr := cmd.StdoutPipe()
	if err := errors.Join(inErr, outErr, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	return &running{cmd, in, bufio.NewReader(out)}
}

func (r *running) wait(t *testing.T, want string) {
	t.Helper()
	if line, err := r.out.ReadString('\n'); line != want {
		t.Fatalf("%s says %q: %v", r.cmd.Path, line, err)
	}
}

func (r *running) result(t *testing.T) (result LoginResult) {
	t.Helper()
	if err := errors.Join(json.NewDecoder(r.out).Decode(&result), r.cmd.Wait()); err != nil {
		t.Fatalf("%s: %v", r.cmd.Path, err)
	}
	return result
}
