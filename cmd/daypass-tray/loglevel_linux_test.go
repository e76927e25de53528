package main_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"daypass/creds/awstest"
)

func TestALogOfAllSaysWhatWasDoneAndHoldsNoSecret(t *testing.T) {
	t.Parallel()
	c := newCloud(t, true)
	said := ""
	run := func(args ...string) string {
		t.Helper()
		cmd := c.command("daypass", append([]string{"--log-level", "debug"}, args...)...)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		said += stderr.String()
		if err != nil {
			t.Fatalf("daypass %s: %v\n%s", strings.Join(args, " "), err, &stderr)
		}
		return string(out)
	}
	adding := c.command("daypass", "--log-level", "debug", "add", "alice")
	adding.Stdin = strings.NewReader(c.sample.AliceKey.ID + "\n" + c.sample.AliceKey.Secret + "\n")
	if out, err := adding.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	code, _ := c.sample.Phone.UnusedCode(c.sample.AWS.Now())
	run("login", "alice", "--mfa-code", code)
	secrets := c.use("alice")
	for name, value := range c.use("dev-readonly") {
		secrets["role's "+name] = value
	}
	link := run("console", "dev-readonly", "--print")
	_, secrets["link's token"], _ = strings.Cut(strings.TrimSpace(link), "SigninToken=")
	c.signIn()
	run("sso", "accounts", awstest.SampleSession)
	run("login", "sso-dev-admin")
	for name, value := range c.use("sso-dev-admin") {
		secrets["session's "+name] = value
	}
	// A refusal is logged by its code.
	if err := c.command("daypass", "login", "alice", "--force", "--mfa-code", code).Run(); err == nil {
		t.Error("a code was taken twice")
	}
	run("sso", "logout", awstest.SampleSession)
	run("logout", "--all")

	file, err := os.ReadFile(filepath.Join(c.dir, ".local/state/daypass/agent.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, log := range []string{string(file), said} {
		for name, value := range secrets {
			if value == "" || strings.Contains(log, value) {
				t.Errorf("the %s (%d bytes) is in the log", name, len(value))
			}
		}
		if found := regexp.MustCompile(`(?i)[^0-9]` + code + `[^0-9]|state=|[?&](session|token)=|bearer `).FindString(log); found != "" {
			t.Errorf("%q is in the log", found)
		}
	}
	tokens, err := filepath.Glob(filepath.Join(c.dir, ".aws/sso/cache/*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range tokens {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range regexp.MustCompile(`"(?:accessToken|refreshToken|clientSecret)": *"([^"]+)"`).FindAllStringSubmatch(string(data), -1) {
			if strings.Contains(string(file), value[1]) {
				t.Errorf("something of %s is in the log", filepath.Base(path))
			}
		}
	}
	for what, pattern := range map[string]string{
		"a request":                `level=DEBUG msg=request method=POST path=/\S*login requester="?\S.* pid=\d+ ms=\d+ code=""`,
		"a call of STS":            `level=DEBUG msg="asked AWS" operation=STS.GetSessionToken host=127.0.0.1:\d+ ms=\d+ status=200 request_id=\S+`,
		"a call of the portal":     `operation=SSO.GetRoleCredentials host=\S+ ms=\d+ status=200`,
		"the sign-in to a console": `msg="asked AWS" operation=GET host=\S+ status=200`,
		"a watch":                  `msg="files may have changed" files="?\[\S*/.aws/config`,
		"the schedule":             `msg="looked what is due" next=`,
	} {
		if !regexp.MustCompile(pattern).Match(file) {
			t.Errorf("the log has nothing of %s", what)
		}
	}
	if !regexp.MustCompile(`level=DEBUG msg="asked the agent" method=POST path=/\S*login ms=\d+`).MatchString(said) {
		t.Errorf("the client says\n%s", said)
	}
	if t.Failed() {
		t.Logf("%s", file)
	}
}

func TestNothingIsLoggedOfRequestsByItself(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	if out := h.client("status"); strings.Contains(out, "level=") {
		t.Errorf("it says\n%s", out)
	}
	if log, err := os.ReadFile(filepath.Join(h.dir, ".local/state/daypass/agent.log")); err != nil || strings.Contains(string(log), "DEBUG") {
		t.Errorf("%v\n%s", err, log)
	}
}

func TestALogLevelThatIsNoneIsOneSentenceAndExits2(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	for _, c := range []struct {
		program string
		args    []string
		env     string
		want    string
	}{
		{"daypass-tray", []string{"--log-level", "loud"}, "", "daypass-tray: --log-level: \"loud\" is no log level; use debug, info, warn, error\n"},
		{"daypass-tray", nil, "loud", "daypass-tray: DAYPASS_LOG: \"loud\" is no log level; use debug, info, warn, error\n"},
		{"daypass", []string{"--log-level", "loud", "status"}, "", "daypass: --log-level: \"loud\" is no log level; use debug, info, warn, error\nSee: daypass status --help\n"},
		{"daypass", []string{"status"}, "loud", "daypass: DAYPASS_LOG: \"loud\" is no log level; use debug, info, warn, error\nSee: daypass status --help\n"},
		{"daypass", []string{"credential-process", "--profile", "alice"}, "loud", "daypass: DAYPASS_LOG: \"loud\" is no log level; use debug, info, warn, error\n"},
	} {
		cmd := h.command(c.program, c.args...)
		cmd.Env = append(cmd.Env, "DAYPASS_LOG="+c.env)
		out, err := cmd.CombinedOutput()
		if failed, ok := errors.AsType[*exec.ExitError](err); !ok || failed.ExitCode() != 2 || string(out) != c.want {
			t.Errorf("%s %v with %q: %v\n%s", c.program, c.args, c.env, err, out)
		}
	}
	if pids := h.processes("daypass-tray"); len(pids) > 0 {
		t.Errorf("agents run: %v", pids)
	}
}
