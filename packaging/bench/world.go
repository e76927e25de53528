//go:build linux

package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/awstest"
	"daypass/internal/nobus"
	"daypass/packaging/rig"
)

// world is an agent with a home of its own and a stand-in for AWS.
type world struct {
	b      *bench
	dir    string
	env    []string
	sample *awstest.Sample
	center *awstest.IdentityCenter
	aws    *awstest.Server
	agent  *exec.Cmd
	ended  chan struct{}
	// portalCalls and tokens are how many calls the last command has made.
	portalCalls, tokens int
}

// home says what a world has.
type home struct {
	// profiles is how many are in the config file, one of them alice. sso of them use
	// the SSO session.
	profiles, sso int
	// keys makes users of all profiles but the sample's, each with a key in the keyring
	// and a session in the credentials file. Otherwise they are alice's roles.
	keys bool
	// pairs is how many accounts and roles the session gives; zero is as many as it has
	// profiles.
	pairs int
	// desktop has the icon and the keyring; nil for neither.
	desktop *rig.Desktop
}

// sampleProfiles is how many profiles every world has.
const sampleProfiles = 8

// newWorld starts an agent. The key of alice is in the keyring: the desktop's,
// or an encrypted file where there is none.
func (b *bench) newWorld(ctx context.Context, name string, has home) (w *world, err error) {
	w = &world{b: b, dir: filepath.Join(b.dir, name), sample: awstest.NewSample()}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	if w.aws, err = w.sample.AWS.Listen(ctx, "127.0.0.1:0"); err != nil {
		return w, err
	}
	config := w.sample.Config()
	if pairs := max(has.pairs, has.sso); pairs > 0 {
		w.center = w.sample.AWS.SSO.IdentityCenter(awstest.SampleRegion, "https://d-be9c000000.awsapps.com/start")
		w.center.Populate((pairs+rolesEach-1)/rolesEach, rolesEach)
		config += ssoConfig(w.center, has.sso)
	}
	credentials := ""
	if has.keys {
		config += manyUsers(has.profiles - sampleProfiles)
		credentials = string(manyCredentials(has.profiles - sampleProfiles))
	}
	for path, text := range map[string]string{
		w.config():                       withMore(config, has.profiles),
		w.credentials():                  credentials,
		filepath.Join(w.dir, "password"): "a password of the bench\n",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return w, err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return w, err
		}
	}
	w.setEnv(has.desktop)
	if err := w.start(ctx); err != nil {
		return w, err
	}
	key := w.sample.AliceKey
	if _, err = w.do(ctx, key.ID+"\n"+key.Secret+"\n", "add", "alice"); err != nil || !has.keys {
		return w, err
	}
	key = w.sample.CIKey
	if _, err = w.do(ctx, key.ID+"\n"+key.Secret+"\n", "add", "ci"); err != nil {
		return w, err
	}
	if err = w.copyKey("alice", has.profiles-sampleProfiles); err != nil {
		return w, err
	}
	return w, w.restart(ctx)
}

// manyUsers is the config file of users, as [manyCredentials] has their sessions.
func manyUsers(profiles int) string {
	var text strings.Builder
	for n := range profiles {
		fmt.Fprintf(&text, "\n[profile %s]\nregion = eu-west-1\nmfa_serial = arn:aws:iam::111111111111:mfa/%[1]s\n", team(n))
	}
	return text.String()
}

// copyKey copies a profile's encrypted key for as many users: each file is as large as
// the user's own would be, and can be opened.
func (w *world) copyKey(profile string, users int) error {
	folder := filepath.Join(w.dir, "state", "daypass", "keyring")
	data, err := os.ReadFile(filepath.Join(folder, "daypass-key-"+profile))
	for n := 0; n < users && err == nil; n++ {
		err = os.WriteFile(filepath.Join(folder, "daypass-key-"+team(n)), data, 0o600) //nolint:gosec // A folder of our own.
	}
	return err
}

// restart ends the agent and starts another.
func (w *world) restart(ctx context.Context) error {
	w.endAgent()
	return w.start(ctx)
}

func (w *world) setEnv(desktop *rig.Desktop) {
	// Of the bench's own environment, only PATH.
	env := []string{"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "DBUS_SESSION_BUS_ADDRESS=" + nobus.Address}
	if desktop != nil {
		env = desktop.Env()
	} else {
		env = append(env, "DAYPASS_KEYRING_BACKEND=file", "DAYPASS_KEYRING_PASSPHRASE_FILE="+filepath.Join(w.dir, "password"))
	}
	w.env = append(env,
		"HOME="+w.dir,
		"XDG_CONFIG_HOME="+filepath.Join(w.dir, "conf"), "XDG_STATE_HOME="+filepath.Join(w.dir, "state"),
		"DAYPASS_RUNTIME_DIR="+filepath.Join(w.dir, "run"),
		"AWS_ENDPOINT_URL="+w.aws.URL())
}

func (w *world) config() string      { return filepath.Join(w.dir, ".aws", "config") }
func (w *world) credentials() string { return filepath.Join(w.dir, ".aws", "credentials") }
func (w *world) socket() string      { return agentapi.SocketPath(filepath.Join(w.dir, "run")) }

// withMore adds roles to a config file until it has so many profiles.
func withMore(config string, profiles int) string {
	var text strings.Builder
	text.WriteString(config)
	for n := strings.Count(config, "[profile "); n < profiles; n++ {
		fmt.Fprintf(&text, "\n[profile team-%05d]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111111111111:role/Team%05d\nsource_profile = alice\n", n, n)
	}
	return text.String()
}

// start starts the agent and waits until it answers.
func (w *world) start(ctx context.Context) error {
	return w.startUntil(ctx, agentapi.Greeting.Path, &agentapi.Hello{})
}

// startUntil starts the agent and waits until it answers to a path.
func (w *world) startUntil(ctx context.Context, path string, out any) error {
	var said bytes.Buffer
	w.agent = exec.CommandContext(ctx, w.b.program("daypass-tray")) //nolint:gosec // built for this
	w.agent.Env, w.agent.Dir = w.env, w.dir
	w.agent.Stdout, w.agent.Stderr = &said, &said
	if err := w.agent.Start(); err != nil {
		return err
	}
	var failed error
	w.ended = make(chan struct{})
	go func() {
		failed = w.agent.Wait()
		close(w.ended)
	}()
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for {
		err := w.ask(ctx, path, out)
		if err == nil {
			return nil
		}
		select {
		case <-w.ended:
			return fmt.Errorf("the agent ended: %w\n%s", errors.Join(failed, errEnded), said.String())
		case <-ctx.Done():
			return fmt.Errorf("the agent does not answer: %w", err)
		case <-time.After(time.Millisecond):
		}
	}
}

var errEnded = errors.New("it should still be running")

// close ends the agent and its AWS.
func (w *world) close() {
	w.endAgent()
	if w.aws != nil {
		_ = w.aws.Close()
	}
}

func (w *world) endAgent() {
	if w.ended != nil {
		_ = w.agent.Process.Signal(os.Interrupt) // it may have ended by itself
		select {
		case <-w.ended:
		case <-time.After(5 * time.Second):
			_ = w.agent.Process.Kill()
			<-w.ended
		}
	}
}

// ask gets one answer of the agent.
func (w *world) ask(ctx context.Context, path string, out any) error {
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", w.socket())
		},
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://daypass"+path, nil)
	if err != nil {
		return err
	}
	// As a terminal: an agent without a desktop asks nobody for a program.
	req.Header.Set(agentapi.HeaderSurface, string(creds.SurfaceTerminal))
	req.Header.Set(agentapi.HeaderConfigFile, w.config())
	req.Header.Set(agentapi.HeaderCredentialsFile, w.credentials())
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: the agent answered %s", path, resp.Status)
	}
	return json.NewDecoder(resp.Body).Decode(out)
}

// do runs daypass and returns what it printed.
func (w *world) do(ctx context.Context, stdin string, args ...string) (string, error) {
	out, _, err := w.timed(ctx, stdin, "daypass", args...)
	return out, err
}

// login gives alice a session.
func (w *world) login(ctx context.Context) error {
	code, err := w.sample.Phone.NextCode(ctx)
	if err == nil {
		_, err = w.do(ctx, "", "login", "alice", "--mfa-code", code)
	}
	return err
}

// timed runs a program and returns what it printed and how long it ran, from
// its start to its exit.
func (w *world) timed(ctx context.Context, stdin, name string, args ...string) (string, time.Duration, error) {
	out, _, took, err := w.runProgram(ctx, stdin, name, args...)
	return out, took, err
}

// runProgram is timed, with what was printed to stderr.
func (w *world) runProgram(ctx context.Context, stdin, name string, args ...string) (stdout, stderr string, took time.Duration, err error) {
	cmd := exec.CommandContext(ctx, w.b.program(name), args...) //nolint:gosec // built for this
	cmd.Env, cmd.Dir = w.env, w.dir
	if stdin != "" {
		cmd.Stdin = strings.NewReader(stdin)
	}
	// Files, not pipes: nobody has to be awake to empty them.
	var texts [2][]byte
	files := [2]*os.File{}
	for i := range files {
		if files[i], err = os.CreateTemp(w.dir, "said-*"); err != nil {
			return "", "", 0, err
		}
		defer func() {
			_ = files[i].Close()
			_ = os.Remove(files[i].Name())
		}()
	}
	cmd.Stdout, cmd.Stderr = files[0], files[1]
	began := time.Now()
	err = cmd.Run()
	took = time.Since(began)
	for i, f := range files {
		var errRead error
		texts[i], errRead = os.ReadFile(f.Name())
		err = cmp.Or(err, errRead)
	}
	if err != nil {
		return "", "", 0, fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, texts[1])
	}
	return string(texts[0]), string(texts[1]), took, nil
}

// runs is a trial of a program that should print some words.
func (w *world) runs(words, name string, args ...string) trial {
	return func(ctx context.Context) (time.Duration, error) {
		out, said, took, err := w.runProgram(ctx, "", name, args...)
		if err == nil && !strings.Contains(out, words) && !strings.Contains(said, words) {
			err = fmt.Errorf("%s %s printed no %q but %q", name, strings.Join(args, " "), words, said+out)
		}
		return took, err
	}
}

// runsWith is runs with more variables.
func (w *world) runsWith(variables []string, words, name string, args ...string) trial {
	run := w.runs(words, name, args...)
	return func(ctx context.Context) (time.Duration, error) {
		before := w.env
		defer func() { w.env = before }()
		w.env = append(slices.Clone(before), variables...)
		return run(ctx)
	}
}
