package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"daypass/creds/awstest"
)

// demo is the real agent with a stand-in for AWS and a temporary home.
type demo struct {
	out    io.Writer
	sample *awstest.Sample
	url    string
	home   string
	// bin has daypass's programs.
	bin string
	// env is their environment.
	env []string
}

// patience is how long one step may take, even on a busy machine.
const patience = 10 * time.Minute

// errNotBuilt is returned if daypass's programs are not beside the demo.
var errNotBuilt = errors.New("the programs to show are not built")

// stage is where a demo is shown.
type stage struct {
	// bin is the folder of the programs.
	bin string
	// desktop is the environment to show them in.
	desktop []string
	// settings override variables of desktop.
	settings [][2]string
	// watch, unless nil, gets each request to the stand-in.
	watch func(*http.Request)
}

// show starts everything, calls use, and removes everything.
func show(ctx context.Context, out io.Writer, on stage, use func(context.Context, *demo) error) (err error) {
	d := &demo{out: out, sample: awstest.NewSample(), bin: on.bin}
	for _, name := range []string{"daypass", "daypass-tray", "daypass-ui"} {
		if _, err := os.Stat(d.program(name)); err != nil {
			return fmt.Errorf("%w: %s", errNotBuilt, d.program(name))
		}
	}
	if d.home, err = os.MkdirTemp("", "daypass-demo-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(d.home)) }()
	server, err := awstest.Serve(ctx, "127.0.0.1:0", watched(handler(d.sample), on.watch))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	d.url = server.URL()
	config, credentials, err := writeHome(d.home, d.sample)
	if err != nil {
		return err
	}
	d.env = merge(on.desktop, slices.Concat(
		homeAt(d.home), toStandIn(d.url, config, credentials), on.settings))

	ended, stop, err := d.startAgent(ctx)
	if err != nil {
		return err
	}
	defer stop()
	for name, key := range map[string]awstest.Key{"alice": d.sample.AliceKey, "ci": d.sample.CIKey} {
		if _, err := d.run(ctx, key.ID+"\n"+key.Secret+"\n", d.program("daypass"), "add", name); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		<-ended
		cancel(errAgentEnded)
	}()
	return use(ctx, d)
}

// homeAt is the environment of programs whose home is dir, which also has Identity Center's
// token cache: ~/.aws/sso/cache.
func homeAt(dir string) [][2]string {
	return [][2]string{
		{"HOME", dir},
		{"XDG_CONFIG_HOME", filepath.Join(dir, "config")},
		{"XDG_STATE_HOME", filepath.Join(dir, "state")},
		{"USERPROFILE", dir}, // the same on Windows
		{"LOCALAPPDATA", dir},
		{"APPDATA", dir},
		{"DAYPASS_RUNTIME_DIR", filepath.Join(dir, "run")},
	}
}

// watched calls watch for each request before h.
func watched(h http.Handler, watch func(*http.Request)) http.Handler {
	if watch == nil {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		watch(r)
		h.ServeHTTP(w, r)
	})
}

var errAgentEnded = errors.New("the agent ended, and its tray icon with it")

// program is the path of one of daypass's programs.
func (d *demo) program(name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(d.bin, name)
}

// startAgent starts the tray program and waits until it listens. stop ends it.
func (d *demo) startAgent(ctx context.Context) (ended <-chan struct{}, stop func(), err error) {
	said, err := os.Create(d.log())
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = said.Close() }()                        // the agent has its own copy
	cmd := exec.CommandContext(ctx, d.program("daypass-tray")) //nolint:gosec // a program of our own
	cmd.Env = d.env
	cmd.Stderr = said
	// On an interrupt it removes its socket and its icon.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = time.Minute
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = cmd.Wait() // its output is reported where it matters
	}()
	stop = func() {
		if cmd.Process.Signal(os.Interrupt) != nil {
			_ = cmd.Process.Kill() // Windows knows no interrupt of another process
		}
		select {
		case <-done:
		case <-time.After(time.Minute):
			_ = cmd.Process.Kill()
			<-done
		}
	}
	socket := filepath.Join(d.home, "run", "agent.sock")
	for began := time.Now(); time.Since(began) < patience; {
		if _, err := os.Stat(socket); err == nil {
			return done, stop, nil
		}
		select {
		case <-done:
			return nil, nil, fmt.Errorf("%w:\n%s", errAgentEnded, d.logged())
		case <-ctx.Done():
			stop()
			return nil, nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	stop()
	return nil, nil, fmt.Errorf("the agent does not listen after %s:\n%s", patience, d.logged())
}

// log is the file of the agent's log.
func (d *demo) log() string { return filepath.Join(d.home, "agent.log") }

func (d *demo) logged() string {
	said, err := os.ReadFile(d.log())
	if err != nil {
		return err.Error()
	}
	return string(said)
}

// run runs a program in the demo's environment and returns its output.
func (d *demo) run(ctx context.Context, stdin, program string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...) //nolint:gosec // what the demo shows
	cmd.Env = d.env
	cmd.Stdin = strings.NewReader(stdin)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", filepath.Base(program), strings.Join(args, " "), err, said.String())
	}
	return out.String(), nil
}

// merge overrides variables of an environment, without those of AWS and daypass.
func merge(env []string, settings [][2]string) []string {
	over := map[string]bool{}
	for _, kv := range settings {
		over[kv[0]] = true
	}
	var merged []string
	for _, entry := range env {
		name, _, _ := strings.Cut(entry, "=")
		foreign := strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "DAYPASS_")
		if !over[name] && !foreign {
			merged = append(merged, entry)
		}
	}
	for _, kv := range settings {
		merged = append(merged, kv[0]+"="+kv[1])
	}
	return merged
}
