package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"daypass/creds/awstest"
)

// demo is the real agent with a stand-in for AWS and a throw-away home.
type demo struct {
	out    io.Writer
	sample *awstest.Sample
	url    string
	home   string
	// bin holds the programs shown.
	bin string
	// env is what they run with.
	env []string
}

// errNotBuilt names the programs that should lie beside the demo.
var errNotBuilt = errors.New("the programs to show are not built")

// show starts everything and calls use with it; then all of it goes again.
// bin is the folder of the programs, desktop the environment to show them in.
func show(ctx context.Context, out io.Writer, bin string, desktop []string, settings [][2]string, use func(context.Context, *demo) error) (err error) {
	d := &demo{out: out, sample: awstest.NewSample(), bin: bin}
	for _, name := range []string{"daypass", "daypass-tray", "daypass-ui"} {
		if _, err := os.Stat(d.program(name)); err != nil {
			return fmt.Errorf("%w: %s", errNotBuilt, d.program(name))
		}
	}
	if d.home, err = os.MkdirTemp("", "daypass-demo-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(d.home)) }()
	server, err := awstest.Serve(ctx, "127.0.0.1:0", handler(d.sample))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	d.url = server.URL()
	config, credentials, err := writeHome(d.home, d.sample)
	if err != nil {
		return err
	}
	d.env = merge(desktop, append([][2]string{
		{"HOME", d.home},
		{"XDG_CONFIG_HOME", filepath.Join(d.home, "config")},
		{"XDG_STATE_HOME", filepath.Join(d.home, "state")},
		{"LOCALAPPDATA", d.home}, // the same on Windows
		{"APPDATA", d.home},
		{"DAYPASS_RUNTIME_DIR", filepath.Join(d.home, "run")},
		{"AWS_ENDPOINT_URL", d.url},
		{"AWS_ENDPOINT_URL_STS", d.url},
		{"AWS_ENDPOINT_URL_IAM", d.url},
		{"AWS_CONFIG_FILE", config},
		{"AWS_SHARED_CREDENTIALS_FILE", credentials},
		{"AWS_REGION", awstest.SampleRegion},
		{"AWS_DEFAULT_REGION", awstest.SampleRegion},
	}, settings...))

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
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, d.program("daypass-tray")) //nolint:gosec // a program of our own
	cmd.Env = d.env
	cmd.Stderr = &said
	// On an interrupt it removes its socket and takes its icon away.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = cmd.Wait() // what it said is told where it matters
	}()
	stop = func() {
		if cmd.Process.Signal(os.Interrupt) != nil {
			_ = cmd.Process.Kill() // Windows knows no interrupt of another process
		}
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			_ = cmd.Process.Kill()
			<-done
		}
	}
	socket := filepath.Join(d.home, "run", "agent.sock")
	for range 200 {
		if _, err := os.Stat(socket); err == nil {
			return done, stop, nil
		}
		select {
		case <-done:
			return nil, nil, fmt.Errorf("%w:\n%s", errAgentEnded, said.String())
		case <-ctx.Done():
			stop()
			return nil, nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	stop()
	return nil, nil, fmt.Errorf("the agent does not listen after 10 s:\n%s", said.String())
}

// run runs a program in the demo's world and returns what it printed.
func (d *demo) run(ctx context.Context, stdin, program string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
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

// merge puts settings over an environment.
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

// hasDisplay reports whether there is a desktop to appear on.
func hasDisplay() bool {
	return runtime.GOOS == "windows" || runtime.GOOS == "darwin" ||
		os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// invite leaves the demo to the person at the desktop.
func invite(ctx context.Context, out io.Writer, bin string) error {
	// The person's own keyring is no place for sample keys: they go to an
	// encrypted file in the throw-away home.
	passphrase, err := os.CreateTemp("", "daypass-demo-passphrase-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(passphrase.Name()) }()
	if _, err := fmt.Fprintf(passphrase, "demo %d\n", os.Getpid()); err != nil {
		return err
	}
	if err := passphrase.Close(); err != nil {
		return err
	}
	settings := [][2]string{{"DAYPASS_KEYRING_BACKEND", "file"}, {"DAYPASS_KEYRING_PASSPHRASE_FILE", passphrase.Name()}}
	return show(ctx, out, bin, os.Environ(), settings, func(ctx context.Context, d *demo) error {
		env := filepath.Join(d.home, "env.sh")
		if err := os.WriteFile(env, []byte(d.exports()), 0o600); err != nil {
			return err
		}
		fmt.Fprintf(out, `daypass is in the tray, with sample profiles and a stand-in for AWS at %s.

Try:
  1. Click the icon, then "alice", and type the code of her device (below).
  2. Click "dev-admin" and "chain-3": the same code serves every role.
  3. In a terminal:

       . %s
       AWS_PROFILE=alice aws sts get-caller-identity
       AWS_PROFILE=dev-admin-temporary aws sts get-caller-identity
       daypass status

Ctrl-C ends the demo and removes its files.

`, d.url, env)
		shown := ""
		for {
			code, wait := d.sample.Phone.UnusedCode(d.sample.AWS.Now())
			if wait == 0 && code != shown {
				fmt.Fprintf(out, "alice's device shows %s\n", code)
				shown = code
			}
			select {
			case <-ctx.Done():
				if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
					return cause
				}
				return nil
			case <-time.After(time.Second):
			}
		}
	})
}

// exports leads a shell to the demo's world.
func (d *demo) exports() string {
	var kvs [][2]string
	for _, entry := range d.env {
		name, value, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "AWS_") || strings.HasPrefix(name, "DAYPASS_") {
			kvs = append(kvs, [2]string{name, value})
		}
	}
	return exports(kvs) + fmt.Sprintf("PATH=%q:$PATH\n", d.bin)
}
