// Daypass-ui shows one of daypass's windows and ends when the window does. The
// agent starts it when a person must be asked; nobody need start it by hand.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"daypass/app"
	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/nodump"
	"daypass/internal/words"
)

func main() {
	// Not hidden, as windows ask the desktop's portal whether it is dark, and
	// that answers to no process whose /proc/PID/root it cannot read.
	_ = nodump.NoCore() // what is typed is not worse off without
	if err := command().ExecuteContext(context.Background()); err != nil {
		fmt.Fprintf(os.Stderr, "daypass-ui: %v\n", err)
		if _, wrong := errors.AsType[usageError](err); wrong {
			os.Exit(2)
		}
		os.Exit(1)
	}
}

// usageError is a word on the command line, or in a variable, that makes no sense.
type usageError struct{ error }

// startLog has the program log to standard error what its flag or the variable
// says.
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
		Short:             "Show one of daypass's windows",
		Version:           words.Version(),
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		PersistentPreRunE: func(*cobra.Command, []string) error { return startLog(logLevel) },
	}
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	root.PersistentFlags().StringVar(&logLevel, "log-level", "",
		"what to log, instead of $"+agentapi.EnvLog+": "+strings.Join(agentapi.LogLevels(), ", "))
	root.AddCommand(&cobra.Command{
		Use:   "prompt ID",
		Short: "Ask the person for the answer to a prompt of the agent",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return app.Prompt(cmd.Context(), connect, args[0])
		},
	})
	root.AddCommand(&cobra.Command{
		Use:   "sso-import SESSION",
		Short: "Make profiles of the accounts and roles of a session",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return app.Import(cmd.Context(), connect, args[0])
		},
	})
	root.AddCommand(&cobra.Command{
		Use:   "sso-migrate START_URL",
		Short: "Move the legacy profiles of a start URL to an sso-session",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return app.Migrate(cmd.Context(), connect, args[0])
		},
	})
	root.AddCommand(newStatus())
	root.AddCommand(&cobra.Command{
		Use:   "settings [PROFILE]",
		Short: "Show what can be chosen, for all profiles and for each",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return app.Settings(cmd.Context(), connectOrStart, first(args))
		},
	})
	root.AddCommand(&cobra.Command{
		Use:   "bookmarks",
		Short: "Show the bookmarks of the console",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return app.Bookmarks(cmd.Context(), connectOrStart)
		},
	})
	root.AddCommand(&cobra.Command{
		Use:   "add [PROFILE]",
		Short: "Store an access key in the keyring under a profile's name",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return app.Add(cmd.Context(), connectOrStart, first(args))
		},
	})
	root.AddCommand(&cobra.Command{
		Use:   "copy",
		Short: "Put what is read from standard input into the clipboard for a minute",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_ = nodump.Hide() // it has no window, and holds a secret for a minute
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return app.Copy(ctx, os.Stdin, os.Stdout)
		},
	})
	return root
}

func newStatus() *cobra.Command {
	var o app.StatusOptions
	cmd := &cobra.Command{
		Use:   "status [PROFILE]",
		Short: "Show all profiles, and what can be done with them",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Profile = first(args)
			return app.Status(cmd.Context(), connectOrStart, o)
		},
	}
	cmd.Flags().BoolVar(&o.NoIcon, "no-icon", false, "say how to get a tray icon")
	return cmd
}

func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// connectOrStart reaches the agent, and starts it if none is running.
func connectOrStart(ctx context.Context) (*agentapi.Client, error) {
	return agentapi.Connect(ctx, agentapi.Options{Surface: creds.SurfaceWindow, Start: true, Log: slog.Default()})
}

// connect reaches the agent that is running: a prompt lives in its agent, so
// there would be nothing to ask a new one.
func connect(ctx context.Context) (*agentapi.Client, error) {
	return agentapi.Connect(ctx, agentapi.Options{Surface: creds.SurfaceWindow, Log: slog.Default()})
}
