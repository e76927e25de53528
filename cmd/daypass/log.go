package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

// logKey is that of a [logging] in a context.
type logKey struct{}

// logging is how a run of the command line logs.
type logging struct {
	log *slog.Logger
	// level is the value of --log-level, for an agent that is started.
	level string
}

// withLog returns a context with a log on w for calls to the agent.
func withLog(ctx context.Context, flag string, w io.Writer) (context.Context, error) {
	level, err := agentapi.LogLevel(flag, os.Getenv)
	if err != nil {
		return ctx, err
	}
	if level > slog.LevelDebug {
		w = io.Discard // the command line prints its own messages
	}
	log := slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
	return context.WithValue(ctx, logKey{}, logging{log, flag}), nil
}

// addLogLevel adds the flag for all commands.
func (c *cli) addLogLevel(root *cobra.Command) {
	var flag string
	root.PersistentFlags().StringVar(&flag, "log-level", "",
		lang.Sprintf("what daypass, and an agent that it starts, log: %s", strings.Join(agentapi.LogLevels(), ", ")))
	completeFlag(root, "log-level", completeWords(agentapi.LogLevels()...))
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if cmd.Flags().Changed("log-level") && flag == "" {
			return usage(cmd, "--log-level is empty")
		}
		ctx, err := withLog(cmd.Context(), flag, c.stderr.to)
		if err != nil {
			return usage(cmd, "%v", err)
		}
		cmd.SetContext(c.withNoInput(ctx))
		return nil
	}
}

// logged is addLogLevel for a run without cobra.
func (c *cli) logged(ctx context.Context, run func(context.Context) error) error {
	ctx, err := withLog(ctx, "", c.stderr.to)
	if err != nil {
		return &usageError{message: err.Error()} // an SDK's user sees nothing else
	}
	return run(c.withNoInput(ctx))
}
