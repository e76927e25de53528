package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// seenLinks are the secrets of the console that the stand-in was asked with:
// credentials to be traded, and links to sign in.
type seenLinks struct {
	mu      sync.Mutex
	secrets map[string]bool
}

func (l *seenLinks) watch(r *http.Request) {
	if r.URL.Path != "/federation" && r.URL.Path != "/oauth" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.secrets == nil {
		l.secrets = map[string]bool{}
	}
	asked := r.URL.Query()
	if next, err := url.Parse(asked.Get("redirect_uri")); err == nil {
		l.secrets[next.Query().Get("SigninToken")] = true
	}
	l.secrets[asked.Get("SigninToken")] = true
	var session struct{ SessionKey, SessionToken string }
	if json.Unmarshal([]byte(asked.Get("Session")), &session) == nil {
		l.secrets[session.SessionKey], l.secrets[session.SessionToken] = true, true
	}
	delete(l.secrets, "")
}

func (l *seenLinks) all() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Keys(l.secrets))
}

// noSecretsShown looks into the argv and environment of every process of the
// demo and of its desktop, the browser among them, and into every file of its
// home, the agent's log among them, but those that are meant to hold secrets and
// those of browsers, which keep what they have opened. It looks for more, too.
func (p *playing) noSecretsShown(t *testing.T, more ...string) {
	t.Helper()
	secrets, holders := p.secrets(t)
	secrets = append(secrets, more...)
	browsers := []string{filepath.Join(p.home, "config", "chromium"), filepath.Join(p.home, "config", "mozilla"), filepath.Join(p.home, ".mozilla")}
	check := func(where string, data []byte) {
		for _, plain := range secrets {
			if bytes.Contains(data, []byte(plain)) {
				t.Errorf("a secret is in %s", where)
			}
		}
	}
	seen := p.processes(t, check)
	if seen == 0 {
		t.Error("no process of daypass was looked at")
	}
	err := filepath.WalkDir(p.home, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() && slices.Contains(browsers, path) {
			return filepath.SkipDir
		}
		if err != nil || !d.Type().IsRegular() || slices.Contains(holders, path) {
			return err
		}
		data, err := os.ReadFile(path)
		check(path, data)
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// secrets returns what must be seen nowhere, and the files that hold it: the
// credentials file, the token cache and the login cache that daypass shares with AWS's tools.
func (p *playing) secrets(t *testing.T) (secrets, holders []string) {
	t.Helper()
	secrets = []string{p.sample.AliceKey.Secret, p.sample.CIKey.Secret, p.sample.Phone.Secret()}
	holders = []string{filepath.Join(p.home, ".aws", "credentials")}
	credentials, _ := os.ReadFile(holders[0])
	for line := range strings.Lines(string(credentials)) {
		if key, value, ok := strings.Cut(line, " = "); ok && (key == "aws_secret_access_key" || key == "aws_session_token") {
			secrets = append(secrets, strings.TrimSpace(value))
		}
	}
	cached, err := filepath.Glob(filepath.Join(p.home, ".aws", "sso", "cache", "*.json"))
	check(t, err)
	signedIn, err := filepath.Glob(filepath.Join(p.home, ".aws", "login", "cache", "*.json"))
	check(t, err)
	cached = append(cached, signedIn...)
	for _, file := range cached {
		data, err := os.ReadFile(file)
		check(t, err)
		var entry map[string]any
		check(t, json.Unmarshal(data, &entry))
		secrets = append(secrets, secretsIn(entry)...)
	}
	return secrets, append(holders, cached...)
}

// secretsIn returns those of a file of the token cache or of the login cache.
func secretsIn(entry map[string]any) (secrets []string) {
	for _, field := range []string{"accessToken", "refreshToken", "clientSecret", "secretAccessKey", "sessionToken", "dpopKey"} {
		switch value := entry[field].(type) {
		case map[string]any:
			secrets = append(secrets, secretsIn(value)...)
		case string:
			// A key has several lines, one of which is enough.
			lines := strings.Split(strings.TrimSpace(value), "\n")
			if value = lines[len(lines)/2]; value != "" {
				secrets = append(secrets, value)
			}
		}
	}
	return secrets
}

// processes gives the argv and environment of each process of the demo and of
// its desktop to look, and returns how many there were.
func (p *playing) processes(t *testing.T, look func(where string, data []byte)) (seen int) {
	t.Helper()
	// There may be other desktops.
	marks := [][]byte{[]byte(p.home + "/"), []byte(filepath.Dir(p.desktop.Home()) + "/")}
	pids, err := filepath.Glob("/proc/[0-9]*")
	if err != nil || len(pids) == 0 {
		t.Fatalf("no processes at all: %v", err)
	}
	ours := func(data []byte) bool {
		return slices.ContainsFunc(marks, func(mark []byte) bool { return bytes.Contains(data, mark) })
	}
	for _, pid := range pids {
		if filepath.Base(pid) == strconv.Itoa(os.Getpid()) {
			continue
		}
		cmdline, environ := filepath.Join(pid, "cmdline"), filepath.Join(pid, "environ")
		argv, _ := os.ReadFile(cmdline) // the process may be gone
		env, _ := os.ReadFile(environ)
		if ours(argv) || ours(env) {
			seen++
			look(cmdline, argv)
			look(environ, env)
		}
	}
	return seen
}

// pid returns the process of one of daypass's programs.
func (p *playing) pid(t *testing.T, program string) (pid int) {
	t.Helper()
	mark := []byte(p.program(program) + "\x00")
	p.processes(t, func(where string, data []byte) {
		if bytes.HasPrefix(data, mark) && filepath.Base(where) == "cmdline" {
			var err error
			pid, err = strconv.Atoi(filepath.Base(filepath.Dir(where)))
			check(t, err)
		}
	})
	if pid == 0 {
		t.Fatalf("%s does not run", program)
	}
	return pid
}
