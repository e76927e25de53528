// Daypass-ui shows one of daypass's windows and ends when the window is closed. The
// agent starts it; nobody has to start it by hand.
package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"daypass/app"
	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
	"daypass/internal/nodump"
	"daypass/internal/words"
)

func main() {
	// Not nodump.Hide: a window asks the desktop's portal whether to be dark, and the
	// portal must be able to read /proc/PID/root of the process.
	_ = nodump.NoCore() // A window works without it.
	if err := command().ExecuteContext(context.Background()); err != nil {
		_, _ = lang.Fprintf(os.Stderr, "daypass-ui: %v\n", err)
		if _, wrong := errors.AsType[usageError](err); wrong {
			os.Exit(2)
		}
		os.Exit(1)
	}
}

// usageError is an invalid value on the command line or in a variable.
type usageError struct{ error }

// startLog starts logging to standard error, at the level of the flag or the variable.
func startLog(flag string) error {
	level, err := agentapi.LogLevel(flag, os.Getenv)
	if err != nil {
		return usageError{err}
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})))
	return nil
}

func command() *cobra.Command {
	var logLevel string
	root := &cobra.Command{
		Use:               "daypass-ui",
		Short:             lang.T("Show one of daypass's windows"),
		Version:           words.Version(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		PersistentPreRunE: func(*cobra.Command, []string) error { return startLog(logLevel) },
	}
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	root.PersistentFlags().StringVar(&logLevel, "log-level", "",
		lang.Sprintf("what to log, instead of $%s: %s", agentapi.EnvLog, strings.Join(agentapi.LogLevels(), ", ")))
	root.AddCommand(
		window("prompt ID", lang.T("Ask the person for the answer to a prompt of the agent"), cobra.ExactArgs(1),
			func(ctx context.Context, id string) error { return app.Prompt(ctx, connect, id) }),
		window("sso-import SESSION", lang.T("Make profiles of the accounts and roles of a session"), cobra.ExactArgs(1),
			func(ctx context.Context, session string) error { return app.Import(ctx, connect, session) }),
		window("sso-migrate START_URL", lang.T("Move the legacy profiles of a start URL to an sso-session"), cobra.ExactArgs(1),
			func(ctx context.Context, startURL string) error { return app.Migrate(ctx, connect, startURL) }),
		status(),
		window("settings [PROFILE]", lang.T("Show what can be chosen, for all profiles and for each"), cobra.MaximumNArgs(1),
			func(ctx context.Context, profile string) error { return app.Settings(ctx, connectOrStart, profile) }),
		window("bookmarks", lang.T("Show the bookmarks of the console"), cobra.NoArgs,
			func(ctx context.Context, _ string) error { return app.Bookmarks(ctx, connectOrStart) }),
		window("add [PROFILE]", lang.T("Store an access key in the keyring under a profile's name"), cobra.MaximumNArgs(1),
			func(ctx context.Context, profile string) error { return app.Add(ctx, connectOrStart, profile) }),
		window("add-console [PROFILE]", lang.T("Make a profile that signs in to AWS's console"), cobra.MaximumNArgs(1),
			func(ctx context.Context, profile string) error { return app.AddConsole(ctx, connectOrStart, profile) }),
		window("import", lang.T("Bring long-term keys in plaintext into the keyring"), cobra.NoArgs,
			func(ctx context.Context, _ string) error { return app.ImportKeys(ctx, connectOrStart) }),
		window("key PROFILE", lang.T("Show a profile's long-term key, and what can be done with it"), cobra.ExactArgs(1),
			func(ctx context.Context, profile string) error { return app.Key(ctx, connectOrStart, profile, false) }),
		window("rotate PROFILE", lang.T("Show what a rotation of a profile's long-term key would do"), cobra.ExactArgs(1),
			func(ctx context.Context, profile string) error { return app.Key(ctx, connectOrStart, profile, true) }),
		window("health", lang.T("Look at everything that daypass depends on"), cobra.NoArgs,
			func(ctx context.Context, _ string) error { return app.Health(ctx, connectOrStart) }),
		window("copy", lang.T("Put what is read from standard input into the clipboard for a minute"), cobra.NoArgs, copyInput),
	)
	return root
}

// window makes a command that shows a window about its argument, which may be empty.
func window(use, short string, args cobra.PositionalArgs, show func(ctx context.Context, arg string) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: args, RunE: func(cmd *cobra.Command, args []string) error {
		return show(cmd.Context(), strings.Join(args, ""))
	}}
}

func status() *cobra.Command {
	var o app.StatusOptions
	cmd := window("status [PROFILE]", lang.T("Show all profiles, and what can be done with them"), cobra.MaximumNArgs(1),
		func(ctx context.Context, profile string) error {
			o.Profile = profile
			return app.Status(ctx, connectOrStart, o)
		})
	cmd.Flags().BoolVar(&o.NoIcon, "no-icon", false, lang.T("say how to get a tray icon"))
	return cmd
}

// copyInput has no window, and so can hide its memory: it holds a secret for a minute.
func copyInput(ctx context.Context, _ string) error {
	_ = nodump.Hide() // without it the secret is copied all the same
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	return app.Copy(ctx, os.Stdin, os.Stdout)
}

// connectOrStart reaches the agent, and starts it if none is running.
func connectOrStart(ctx context.Context) (*agentapi.Client, error) {
	return agentapi.Connect(ctx, agentapi.Options{Surface: creds.SurfaceWindow, Start: true, Log: slog.Default()})
}

// connect reaches the agent that is running. A new one would not know the prompt.
func connect(ctx context.Context) (*agentapi.Client, error) {
	return agentapi.Connect(ctx, agentapi.Options{Surface: creds.SurfaceWindow, Log: slog.Default()})
}
