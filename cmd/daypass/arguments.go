package main

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"daypass/internal/lang"
)

// profileOrEnvironment requires one argument, or a profile in the environment.
func profileOrEnvironment(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return oneProfile(cmd, args)
	}
	if os.Getenv("AWS_PROFILE") == "" {
		return usage(cmd, "%s needs the name of a profile, as AWS_PROFILE names none", cmd.Name())
	}
	return nil
}

// oneProfile requires one argument, the name of a profile.
func oneProfile(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return usage(cmd, "%s needs the name of a profile", cmd.Name())
	case len(args) > 1:
		return usage(cmd, "%s takes one profile, not %d", cmd.Name(), len(args))
	case args[0] == "":
		return usage(cmd, "the name of the profile is empty")
	}
	return nil
}

// noArguments refuses every argument.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(cmd, "%s takes no argument, and got %q", cmd.Name(), printable(args[0]))
	}
	return nil
}

// namedArguments requires as many arguments as there are names.
func namedArguments(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != len(names) {
			return usage(cmd, "%s takes %s, and got %s", cmd.Name(),
				strings.Join(names, " and "), lang.Count(len(args), "%d argument", "%d arguments"))
		}
		return nil
	}
}

// oneSession refuses more than one argument, and an empty one.
func oneSession(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) > 1:
		return usage(cmd, "%s takes one session, not %d", cmd.Name(), len(args))
	case len(args) == 1 && args[0] == "":
		return usage(cmd, "the name of the session is empty")
	}
	return nil
}

// bookmarkArguments requires the named arguments, and refuses empty ones.
func bookmarkArguments(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := namedArguments(names...)(cmd, args); err != nil {
			return err
		}
		for i, arg := range args {
			if strings.TrimSpace(arg) == "" {
				return usage(cmd, "%s is empty", names[i])
			}
		}
		return nil
	}
}
