// Daypass-tray is daypass's agent: it keeps the state, talks to AWS and the
// keyring, and answers the command line and the windows. On a desktop it shows
// itself as an icon in the tray.
//
// It starts with the desktop session, by hand, or by the command line if no agent runs.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"daypass/creds/agent"
	"daypass/creds/agentapi"
	"daypass/creds/core"
	"daypass/internal/lang"
	"daypass/internal/nobus"
	"daypass/internal/nodump"
	"daypass/internal/words"
	"daypass/tray"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		_, _ = lang.Fprintf(os.Stderr, "daypass-tray: %v\n", err)
		stop()
		if _, wrong := errors.AsType[usageError](err); wrong {
			os.Exit(2)
		}
		os.Exit(1)
	}
}

// usageError is an invalid command line or variable.
type usageError struct{ error }

// options are the flags.
type options struct {
	headless bool
	onDemand bool
	logLevel string
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("daypass-tray", flag.ContinueOnError)
	var o options
	flags.BoolVar(&o.headless, "headless", false, lang.T("show no icon and open no window, though there is a desktop"))
	flags.BoolVar(&o.onDemand, "on-demand", false, lang.T("end when idle, unless there is an icon (for the command line's use)"))
	var version bool
	flags.BoolVar(&version, "version", false, lang.T("print the version and exit"))
	flags.BoolVar(&version, "v", false, lang.T("the same"))
	flags.SetOutput(io.Discard) // main prints the error
	flags.StringVar(&o.logLevel, "log-level", "", lang.Sprintf("what to log, instead of $%s: %s", agentapi.EnvLog, strings.Join(agentapi.LogLevels(), ", ")))
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return nil
	case err != nil:
		return usageError{err}
	case flags.NArg() > 0:
		return usageError{lang.Errorf("there is nothing to do with %q", flags.Arg(0))}
	case version:
		_, err = fmt.Fprintln(stdout, "daypass-tray", words.Version())
		return err
	}
	level, err := agentapi.LogLevel(o.logLevel, os.Getenv)
	if err != nil {
		return usageError{err}
	}
	clobbering := clobberFreed() // restarts the program, so it must come first
	if err := forgetShell(); err != nil {
		return err
	}
	quietBrowser()
	o.headless = o.headless || !hasDesktop(os.Getenv, runtime.GOOS)

	var to io.Writer = os.Stderr
	if o.onDemand {
		to = &boundedLog{file: os.Stderr}
	}
	log := slog.New(slog.NewTextHandler(to, &slog.HandlerOptions{Level: level}))
	if o.logLevel != "" {
		// For the windows that the agent starts.
		if err := os.Setenv(agentapi.EnvLog, o.logLevel); err != nil {
			return err
		}
	}
	if clobbering != nil {
		log.Warn("secrets that are not needed any more may stay in memory", "error", clobbering)
	}
	if err := nodump.Hide(); err != nil {
		log.Warn("other programs may read this one's memory", "error", err)
	}
	dir, err := agentapi.SocketDir(os.Getenv, runtime.GOOS)
	if err != nil {
		return err
	}
	folders, err := core.FindFolders()
	if err != nil {
		return err
	}
	seat, err := agent.ClaimFor(ctx, dir, folders.State, newcomer(o))
	if errors.Is(err, agent.ErrRunning) {
		log.Info("another agent is running")
		return nil
	}
	if err != nil {
		return err
	}
	err = serve(ctx, seat, folders, o, log)
	if errors.Is(err, tray.ErrBusCame) {
		log.Info("the session bus has come; starting anew")
		return startAnew()
	}
	return err
}

// newcomer is what this agent asks of one that runs already. An agent that a client has
// started asks for no window.
func newcomer(o options) agent.Newcomer {
	who := agent.Newcomer{Show: !o.onDemand}
	// The environment of an old session, which tmux keeps, must not end an agent with
	// an icon.
	if !o.onDemand && (!usesBus(runtime.GOOS) || tray.HasBus()) {
		who.Desktop = desktopIn(o)
	}
	return who
}

// desktopSession identifies the desktop session of an environment.
func desktopSession(getenv func(string) string, goos string) string {
	if !usesBus(goos) {
		return goos
	}
	sum := sha256.New()
	for _, name := range []string{"DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY"} {
		fmt.Fprintf(sum, "%s\x00", getenv(name))
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// usesBus reports whether a system's desktops are reached by a session bus.
func usesBus(goos string) bool { return goos != "windows" && goos != "darwin" }

// forgetShell removes from the environment what a shell has set for itself, such as a
// profile or keys.
func forgetShell() error {
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if agentapi.IsOfOneShell(name) {
			if err := os.Unsetenv(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// hasDesktop reports whether an environment is that of a desktop session.
func hasDesktop(getenv func(string) string, goos string) bool {
	if !usesBus(goos) {
		return true
	}
	bus := getenv("DBUS_SESSION_BUS_ADDRESS")
	return (getenv("DISPLAY") != "" || getenv("WAYLAND_DISPLAY") != "") && bus != "" && bus != nobus.Address
}
