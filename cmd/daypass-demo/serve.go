package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds/advice"
	"daypass/creds/awstest"
)

// startTimeout is far more than the few milliseconds that the stand-in takes to listen.
const startTimeout = time.Minute

// report is what the background process sends to the one that started it, as one JSON value
// on its standard output.
type report struct {
	Env   [][2]string // names and values to export
	Error string      // why there are none
}

func newServe() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Play AWS in the background, and print how to point programs at it",
		Long: `serve starts a stand-in for AWS on a loopback port, with a throw-away home of
sample profiles, and prints lines of export that lead any AWS program to it:

  eval "$(daypass-demo serve)"

Nothing but HOME moves the AWS CLI's cache of SSO tokens. To keep it out of your
own home, sign in with HOME=$DAYPASS_DEMO_HOME.

The stand-in runs until you end it: kill $DAYPASS_DEMO_PID`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			env, err := startStay(cmd.Context(), listen)
			if err != nil {
				return err
			}
			_, err = io.WriteString(cmd.OutOrStdout(), exports(env))
			return err
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "loopback `address` to listen on; port 0 takes a free one")
	return cmd
}

// exports returns statements for a POSIX shell.
func exports(env [][2]string) string {
	var b strings.Builder
	for _, kv := range env {
		fmt.Fprintf(&b, "export %s=%s\n", kv[0], advice.Word(kv[1]))
	}
	return b.String()
}

// startStay starts this program again, detached, and returns the variables that it reports
// when it listens. The new process has none of our standard streams: a shell that evals
// our output waits until nobody has it open.
func startStay(ctx context.Context, listen string) ([][2]string, error) {
	if err := checkLoopback(listen); err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	// It outlives this process, so it has no context.
	cmd := exec.Command(self, "stay", listen) //nolint:gosec // our own executable
	cmd.Args[0] = os.Args[0]                  // our own name
	cmd.Stdout = w
	cmd.SysProcAttr = detached()
	err = cmd.Start()
	_ = w.Close() // so that the end of the child is an end of file
	if err != nil {
		return nil, fmt.Errorf("start the stand-in: %w", err)
	}
	env, err := readReport(ctx, r)
	if err != nil {
		// If it has not ended, it removes its home first.
		if cmd.Process.Signal(syscall.SIGTERM) != nil {
			_ = cmd.Process.Kill() // Windows knows no SIGTERM
		}
		_ = cmd.Wait()
		return nil, err
	}
	return env, cmd.Process.Release()
}

// checkLoopback refuses what awstest would refuse in the child.
func checkLoopback(listen string) error {
	ap, err := netip.ParseAddrPort(listen)
	switch {
	case err != nil:
		return fmt.Errorf("listen on %s: %w", listen, err)
	case !ap.Addr().IsLoopback():
		return fmt.Errorf("listen on %s: %w", listen, awstest.ErrNotLoopback)
	}
	return nil
}

// readReport waits for the report, at most startTimeout.
func readReport(ctx context.Context, r *os.File) ([][2]string, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = r.Close() })()
	var rep report
	err := json.NewDecoder(r).Decode(&rep)
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("wait for the stand-in: %w", ctx.Err())
	case err != nil:
		return nil, fmt.Errorf("the stand-in ended before it listened: %w", err)
	case rep.Error != "":
		return nil, errors.New(rep.Error)
	}
	return rep.Env, nil
}

// newStay is the background process of serve.
func newStay() *cobra.Command {
	return &cobra.Command{
		Use:    "stay ADDRESS",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			// The end of the parent must not kill us before the home is removed.
			signal.Ignore(syscall.SIGPIPE)
			out := json.NewEncoder(cmd.OutOrStdout())
			err := stay(cmd.Context(), args[0], func(env [][2]string) error { return out.Encode(report{Env: env}) })
			if err != nil {
				return errors.Join(err, out.Encode(report{Error: err.Error()}))
			}
			return nil
		},
	}
}

// stay plays AWS until ctx ends, calling ready once it listens.
func stay(ctx context.Context, listen string, ready func(env [][2]string) error) (err error) {
	home, err := os.MkdirTemp("", "daypass-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(home)) }()
	s := awstest.NewSample()
	server, err := awstest.Serve(ctx, listen, handler(s))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	config, credentials, err := writeHome(home, s)
	if err != nil {
		return err
	}
	env := append(toStandIn(server.URL(), config, credentials), [][2]string{
		{"DAYPASS_DEMO_HOME", home},
		{"DAYPASS_DEMO_ACCESS_KEY_ID", s.AliceKey.ID},
		{"DAYPASS_DEMO_SECRET_ACCESS_KEY", s.AliceKey.Secret},
		{"DAYPASS_DEMO_MFA_SERIAL", s.Phone.Serial()},
		{"DAYPASS_DEMO_MFA_SECRET", s.Phone.Secret()},
		{"DAYPASS_DEMO_PID", strconv.Itoa(os.Getpid())},
	}...)
	if err := ready(env); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// toStandIn is the environment in which AWS's programs use the stand-in at url and the
// files of its home.
func toStandIn(url, config, credentials string) [][2]string {
	return [][2]string{
		{"AWS_ENDPOINT_URL", url},
		{"AWS_ENDPOINT_URL_STS", url},
		{"AWS_ENDPOINT_URL_IAM", url},
		{"AWS_ENDPOINT_URL_SSO", url},
		{"AWS_ENDPOINT_URL_SSO_OIDC", url},
		{"AWS_ENDPOINT_URL_SIGNIN", url}, // of the console; daypass knows it
		{"AWS_CONFIG_FILE", config},
		{"AWS_SHARED_CREDENTIALS_FILE", credentials},
		{"AWS_LOGIN_CACHE_DIRECTORY", filepath.Join(filepath.Dir(config), "login", "cache")},
		{"AWS_REGION", awstest.SampleRegion},
		{"AWS_DEFAULT_REGION", awstest.SampleRegion}, // AWS CLI v1 reads this one only
	}
}

// writeHome writes the sample's config and an empty credentials file into the home's .aws:
// long-term keys belong in a keyring.
func writeHome(home string, s *awstest.Sample) (config, credentials string, err error) {
	dir := filepath.Join(home, ".aws")
	config, credentials = filepath.Join(dir, "config"), filepath.Join(dir, "credentials")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", "", err
	}
	if err := os.WriteFile(config, []byte(s.Config()+"\n"+s.SSO.Config()+"\n"+s.Console.Config()), 0o600); err != nil {
		return "", "", err
	}
	return config, credentials, os.WriteFile(credentials, nil, 0o600)
}
