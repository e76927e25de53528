package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"daypass/creds"
	"daypass/creds/agent"
	"daypass/creds/agentapi"
	"daypass/creds/awsfile"
	"daypass/creds/awstest"
)

// world is a home with a real agent in it, which talks to an AWS of its own.
type world struct {
	sample *awstest.Sample
	broker *agent.Broker
	home   string
	// env leads the command line to the home and to its agent.
	env []string
}

// newWorld starts an agent in the folder dir. It ends when stop is called.
func newWorld(dir string) (w *world, stop func(), err error) {
	w = &world{sample: awstest.NewSample(), home: filepath.Join(dir, "home")}
	paths := awsfile.Paths{
		Config:      filepath.Join(w.home, ".aws", "config"),
		Credentials: filepath.Join(w.home, ".aws", "credentials"),
	}
	// A socket's address is short, and the folders of tests are long.
	runtime, err := os.MkdirTemp("", "daypass")
	if err != nil {
		return nil, nil, err
	}
	w.env = []string{
		"HOME=" + w.home, "DAYPASS_RUNTIME_DIR=" + runtime,
		"AWS_CONFIG_FILE=" + paths.Config, "AWS_SHARED_CREDENTIALS_FILE=" + paths.Credentials,
	}
	passphrase := filepath.Join(dir, "passphrase")
	for path, text := range map[string]string{paths.Config: w.sample.Config(), passphrase: "open sesame\n"} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, nil, err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return nil, nil, err
		}
	}
	ctx := context.Background()
	seat, err := agent.Claim(ctx, runtime, false)
	if err != nil {
		return nil, nil, err
	}
	log := slog.New(slog.DiscardHandler)
	w.broker = agent.NewBroker(nil, log)
	manager := creds.NewManager(creds.Config{
		Files:    paths,
		Settings: creds.Settings{DerivedSuffix: "-temporary", SessionDuration: creds.DefaultSession},
		StateDir: filepath.Join(dir, "state"),
		Vault: creds.NewVault(creds.VaultConfig{
			Backend: "file", Dir: filepath.Join(dir, "state"), PassphraseFile: passphrase, User: w.broker,
		}),
		AWS: aws.Config{HTTPClient: &http.Client{Transport: w.sample.AWS.Transport()}}, User: w.broker, Log: log,
	})
	a := agent.New(agent.Config{
		Seat: seat, Manager: manager, Broker: w.broker, Version: "test", Headless: true,
		Files: agentapi.Files(paths), Log: log,
	})
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	// A command that finds no socket would start an agent of its own.
	for {
		if _, err := os.Stat(agentapi.SocketPath(runtime)); err == nil {
			break
		}
		select {
		case err := <-ended:
			return nil, nil, fmt.Errorf("the agent did not start: %w", err)
		case <-time.After(time.Millisecond):
		}
	}
	return w, func() {
		a.Stop()
		<-ended
		_ = os.RemoveAll(runtime)
	}, nil
}

// code returns a code that AWS takes now: it takes one that is shown next, too.
func (w *world) code() string {
	code, _ := w.sample.Phone.UnusedCode(w.sample.AWS.Now())
	return code
}

// wrongCode returns six digits that are no code of these minutes.
func (w *world) wrongCode() string {
	now := w.sample.AWS.Now()
	taken := make(map[string]bool)
	for d := -5 * time.Minute; d < 5*time.Minute; d += 10 * time.Second {
		taken[w.sample.Phone.Code(now.Add(d))] = true
	}
	for _, candidate := range "0123456789" {
		if code := strings.Repeat(string(candidate), codeDigits); !taken[code] {
			return code
		}
	}
	return "123123"
}

// inWorld starts an agent for one test.
func inWorld(t *testing.T) *world {
	t.Helper()
	w, stop, err := newWorld(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return w
}
