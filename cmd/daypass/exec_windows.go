package main

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"

	"daypass/internal/lang"
)

// findCommand returns the path of a command. Its errors have the status that shells give them.
func findCommand(name string) (string, error) {
	path, err := exec.LookPath(name)
	switch {
	case err == nil || errors.Is(err, exec.ErrDot):
		return path, nil
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist):
		return "", statusError{lang.Errorf("there is no command %s", printable(shellWord(name))), exitNotFound}
	}
	return "", statusError{lang.Errorf("%s cannot be run: %w", printable(shellWord(name)), err), exitNotExecutable}
}

// runCommand runs a command and takes over its exit status. Windows replaces no process; it
// sends Ctrl-C to the command as well, which decides what that means.
func runCommand(path string, command, environ []string) error {
	ignored := make(chan os.Signal, 1)
	signal.Notify(ignored, os.Interrupt)
	defer signal.Stop(ignored)
	cmd := exec.Command(path, command[1:]...) //nolint:noctx // it ends by itself
	cmd.Args[0] = command[0]
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = environ, os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	if ended, ok := errors.AsType[*exec.ExitError](err); ok {
		os.Exit(ended.ExitCode())
	}
	if err != nil {
		return statusError{lang.Errorf("%s cannot be run: %w", printable(shellWord(command[0])), err), exitNotExecutable}
	}
	return nil
}
