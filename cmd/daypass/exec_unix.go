//go:build unix

package main

import (
	"errors"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"daypass/internal/lang"
)

// findCommand returns the path of a command as execvp(3) looks for it. Its errors have the
// status that env(1) and shells give them.
func findCommand(name string) (string, error) {
	candidates := []string{name}
	if !strings.Contains(name, "/") {
		search, there := os.LookupEnv("PATH")
		if !there {
			search = "/bin:/usr/bin"
		}
		candidates = nil
		for dir := range strings.SplitSeq(search, ":") {
			if dir == "" {
				dir = "."
			}
			candidates = append(candidates, dir+"/"+name)
		}
	}
	var found error
	for _, path := range candidates {
		info, err := os.Stat(path)
		switch {
		case name == "" || errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ENOTDIR):
		case err == nil && info.IsDir():
			if len(candidates) == 1 && path == name {
				found = syscall.EISDIR
			}
		case err != nil:
			found = errors.Unwrap(err)
		default:
			if err := unix.Access(path, unix.X_OK); err != nil {
				found = err
				break
			}
			return path, nil
		}
	}
	if found != nil {
		return "", notExecutable(name, found)
	}
	return "", statusError{lang.Errorf("there is no command %s", printable(shellWord(name))), exitNotFound}
}

func notExecutable(name string, why error) error {
	if errors.Is(why, syscall.ENOENT) {
		return statusError{lang.Errorf("%s cannot be run: the program that its first line names is missing", printable(shellWord(name))), exitNotExecutable}
	}
	return statusError{lang.Errorf("%s cannot be run: %w", printable(shellWord(name)), why), exitNotExecutable}
}

// runCommand replaces this process by a command, so that its signals and its exit status are
// the command's.
func runCommand(path string, command, environ []string) error {
	// What is caught becomes the default again, and what was ignored stays so.
	signal.Reset()
	err := syscall.Exec(path, command, environ) //nolint:gosec // it is what the person wants to run
	if errors.Is(err, syscall.ENOEXEC) {
		// A script without a first line that names its interpreter is the shell's.
		if !filepath.IsAbs(path) {
			path = "./" + path
		}
		err = syscall.Exec("/bin/sh", append([]string{"sh", path}, command[1:]...), environ) //nolint:gosec // as above
	}
	return notExecutable(command[0], err)
}
