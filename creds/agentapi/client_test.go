package agentapi_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/credstest"
	"daypass/internal/secret"
)

// serve answers at the socket of a new folder that the environment names.
func serve(t *testing.T, handler http.HandlerFunc) {
	t.Helper()
	dir := runtimeDir(t)
	l, err := net.Listen("unix", agentapi.SocketPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
}

func runtimeDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "dp")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	t.Setenv("DAYPASS_RUNTIME_DIR", dir)
	t.Setenv("HOME", dir)
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(dir, "config"))
	return dir
}

func connect(t *testing.T, o agentapi.Options) *agentapi.Client {
	t.Helper()
	c, err := agentapi.Connect(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestEveryRequestSaysWhereItComesFromAndWhichFilesItIsAbout(t *testing.T) {
	got := make(chan http.Header, 1)
	serve(t, func(w http.ResponseWriter, r *http.Request) {
		got <- r.Header
		_, _ = io.WriteString(w, "{}")
	})
	t.Setenv("AWS_CONFIG_FILE", "here")
	t.Chdir("/")
	c := connect(t, agentapi.Options{Surface: creds.SurfaceTerminal})
	if _, err := c.Hello(t.Context()); err != nil {
		t.Fatal(err)
	}
	header := <-got
	for name, want := range map[string]string{
		agentapi.HeaderSurface:         "terminal",
		agentapi.HeaderConfigFile:      "/here",
		agentapi.HeaderCredentialsFile: filepath.Join(os.Getenv("HOME"), ".aws", "credentials"),
		agentapi.HeaderLoginCache:      filepath.Join(os.Getenv("HOME"), ".aws", "login", "cache"),
	} {
		if header.Get(name) != want {
			t.Errorf("%s is %q, not %q", name, header.Get(name), want)
		}
	}
}

// botocore says where the AWS CLI keeps console sign-ins.
var botocore = credstest.NewPython(`
import botocore.utils
def answer(env):
    os.environ.update(env)
    return botocore.utils.get_login_token_cache_directory()
`)

func TestTheFolderOfConsoleSignInsIsFoundAsTheAWSCLIFindsIt(t *testing.T) {
	for named, want := range map[string]string{
		"":                 "/home/me/.aws/login/cache",
		"/c":               "/c",
		"cache":            "cache",
		"~/c":              "/home/me/c",
		"~":                "/home/me",
		"~other/c":         "~other/c",
		"$HOME/c":          "/home/me/c",
		"${HOME}/c":        "/home/me/c",
		"$WORK/c":          "/home/me/w/c",
		"a$NAME.b${NAME}c": "anb.bnbc",
		"$UNKNOWN/${NOT}/": "$UNKNOWN/${NOT}/",
		"$HOMEx":           "$HOMEx",
		"${HOME":           "${HOME",
		"$/${}/a$":         "$/${}/a$",
	} {
		env := map[string]string{"HOME": "/home/me", "WORK": "~/w", "NAME": "nb", "AWS_LOGIN_CACHE_DIRECTORY": named}
		if got := agentapi.LocateLoginCache(func(name string) string { return env[name] }, "linux"); got != want {
			t.Errorf("%q leads to %q, want %q", named, got, want)
		}
		if named == "" {
			continue
		}
		var theirs string
		if botocore.Ask(t, env, &theirs); theirs != want {
			t.Errorf("%q leads AWS's own tools to %q", named, theirs)
		}
	}
	windows := map[string]string{"USERPROFILE": `C:\Users\me`}
	if got := agentapi.LocateLoginCache(func(name string) string { return windows[name] }, "windows"); got != `C:\Users\me\.aws\login\cache` {
		t.Errorf("on Windows it is %q", got)
	}
	if got := agentapi.LocateLoginCache(func(string) string { return "" }, "linux"); got != "" {
		t.Errorf("without a home it is %q", got)
	}
}

func TestAFileWithALineBreakInItsPathIsNoHeaderOfARequest(t *testing.T) {
	serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the agent is asked") })
	for _, name := range []string{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_LOGIN_CACHE_DIRECTORY"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, "/tmp/a\r\nDaypass-Surface: tray")
			_, err := agentapi.Connect(t.Context(), agentapi.Options{})
			credstest.WantCode(t, err, creds.CodeFile, "line break")
		})
	}
}

func TestAnErrorCrossesTheSocketAsItIs(t *testing.T) {
	serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"code":"no_profile","message":"there is no such profile"}`)
	})
	_, err := connect(t, agentapi.Options{}).Status(t.Context(), "x")
	credstest.WantCode(t, err, creds.CodeNoProfile, "there is no such profile")
	if err := connect(t, agentapi.Options{}).Watch(t.Context(), func(creds.Snapshot) {}); err == nil {
		t.Error("a watch hides the error")
	}
}

func TestCredentialsComeWholeWithTheirRegion(t *testing.T) {
	want := creds.Credentials{
		AccessKeyID: "ASIA1", SecretAccessKey: secret.New("s"), SessionToken: secret.New("t"),
		Expires: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), AccountID: "111111111111", Region: "eu-west-1",
	}
	var query string
	serve(t, func(w http.ResponseWriter, r *http.Request) {
		query = r.URL.RawQuery
		w.Header().Set(agentapi.HeaderRegion, want.Region)
		data, err := want.MarshalJSON()
		if err != nil {
			t.Error(err)
		}
		_, _ = w.Write(data)
	})
	got, err := connect(t, agentapi.Options{}).Credentials(t.Context(), "a&b c", time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(secret.Text{})); diff != "" {
		t.Error(diff)
	}
	if query != "profile=a%26b+c&wait=1s" {
		t.Errorf("the query was %q", query)
	}
}

func TestAnAgentThatEndsAndOneThatTalksNonsenseAreErrors(t *testing.T) {
	serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case agentapi.Status.Path:
			_, _ = io.WriteString(w, "nonsense")
		case agentapi.Show.Path:
			w.WriteHeader(http.StatusTeapot)
		case agentapi.Watch.Path:
			_, _ = io.WriteString(w, "{\"profiles\":[]}\n")
		default:
			panic(http.ErrAbortHandler)
		}
	})
	c := connect(t, agentapi.Options{})
	_, err := c.Snapshot(t.Context())
	credstest.WantCode(t, err, creds.CodeNoAgent, "ended before it had answered")
	seen := 0
	credstest.WantCode(t, c.Watch(t.Context(), func(creds.Snapshot) { seen++ }), creds.CodeNoAgent, "ended before")
	if seen != 1 {
		t.Errorf("%d snapshots were seen, not one", seen)
	}
	if _, err := c.Status(t.Context(), "x"); err == nil || !strings.Contains(err.Error(), "reading the agent's answer") {
		t.Errorf("nonsense: %v", err)
	}
	if err := c.Show(t.Context()); err == nil || !strings.Contains(err.Error(), "418") {
		t.Errorf("another server: %v", err)
	}
}

func TestARequestEndsWithItsContext(t *testing.T) {
	serve(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	c := connect(t, agentapi.Options{})
	if _, err := c.Login(ctx, creds.LoginRequest{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestWithoutAnAgent(t *testing.T) {
	dir := runtimeDir(t)
	_, err := agentapi.Connect(t.Context(), agentapi.Options{})
	credstest.WantCode(t, err, creds.CodeNoAgent, "no agent is running")

	// A socket that a killed agent has left.
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: agentapi.SocketPath(dir)})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	_ = l.Close()
	_, err = agentapi.Connect(t.Context(), agentapi.Options{})
	credstest.WantCode(t, err, creds.CodeNoAgent, "no agent is running")

	// Nothing lies beside this test's binary, and PATH is not looked at.
	fake := filepath.Join(dir, "daypass-tray")
	if err := os.WriteFile(fake, []byte("#!/bin/sh\ntouch "+dir+"/ran\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	_, err = agentapi.Connect(t.Context(), agentapi.Options{Start: true})
	credstest.WantCode(t, err, creds.CodeNoAgent, "daypass-tray to start")
	if _, err := os.Stat(dir + "/ran"); err == nil {
		t.Error("a program of PATH was run")
	}

	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	_, err = agentapi.Connect(t.Context(), agentapi.Options{Start: true})
	credstest.WantCode(t, err, creds.CodeNoAgent, "open to other users")
}
