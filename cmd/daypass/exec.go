package main

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/shell"
	"daypass/internal/lang"
)

func newExec(c *cli) *cobra.Command {
	var (
		region string
		code   codeFlag
	)
	wish := newUseFlags()
	cmd := &cobra.Command{
		Use:   "exec NAME [flags] [-- COMMAND ...]",
		Short: lang.T("Run a command, or a shell, with a profile's credentials"),
		Long: lang.T(`Run a command with a profile's credentials in its environment, and nothing else there
that would give it an identity. What the profile says on how AWS is reached goes along:
its region, endpoint URLs, FIPS, dual stack and the file of CA certificates.

The exit status is the command's own; 125 says that daypass failed before it ran, 126
that it cannot be run, and 127 that there is none of this name.

Without a command it is a shell, with the profile's name in its prompt.

The credentials are static: they end when they end, and a screen lock or the end of a
sensitive profile's time does not take them away. A program that runs for longer is
better given AWS_PROFILE.`),
		Example: lang.T(`  daypass exec NAME -- terraform plan
  daypass exec NAME --min-ttl 45m -- ./deploy.sh
  daypass exec NAME`),
		ValidArgsFunction: once(completeProfile),
	}
	cmd.Flags().StringVar(&region, "region", "", lang.T("the region, instead of the profile's"))
	code.add(cmd)
	wish.add(cmd)
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		names, command := splitAtDash(cmd, args)
		switch {
		case len(names) > 1:
			return notRun(usage(cmd, "the command comes after two hyphens: daypass exec %s -- %s", printable(shellWord(names[0])), printable(shellWord(names[1]))))
		case cmd.ArgsLenAtDash() >= 0 && len(command) == 0:
			return notRun(usage(cmd, "no command comes after the two hyphens"))
		case cmd.Flags().Changed("region") && region == "":
			return notRun(usage(cmd, "--region is empty"))
		}
		return notRun(oneProfile(cmd, names))
	}
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return notRun(flagError(cmd, err)) })
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		names, command := splitAtDash(cmd, args)
		request := wish.request(names[0])
		request.Keeps = true
		digits, err := code.value(c)
		if err != nil {
			return notRun(err)
		}
		return notRun(c.exec(cmd, execution{wish: request, region: region, command: command, code: digits}))
	}
	return cmd
}

// splitAtDash splits arguments where "--" was.
func splitAtDash(cmd *cobra.Command, args []string) (before, after []string) {
	if n := cmd.ArgsLenAtDash(); n >= 0 {
		return args[:n], args[n:]
	}
	return args, nil
}

// notRun gives a failure that comes before the command the status of exec.
func notRun(err error) error {
	if _, ok := errors.AsType[statusError](err); err == nil || ok {
		return err
	}
	return statusError{err, exitNotRun}
}

// execution is what exec runs, and how.
type execution struct {
	wish creds.UseRequest
	// code is the MFA code, or "". region replaces the profile's, unless "".
	code, region string
	command      []string
	// env are variables that are set besides.
	env map[string]string
}

// exec runs a command, or else a shell, with a profile's credentials. It returns only if that
// fails, or where the system cannot replace a process.
func (c *cli) exec(cmd *cobra.Command, run execution) error {
	var sub shell.Subshell
	wish, command := run.wish, run.command
	if len(command) == 0 {
		if outer := os.Getenv(shell.Exec); outer != "" {
			return lang.Errorf("this is a shell with the credentials of %s already; leave it first, by \"exit\"", printable(outer))
		}
		path := ownShell(os.Getenv, runtime.GOOS)
		dir, err := shellDir()
		if err != nil {
			return err
		}
		sub = shell.MarkedShell(path, wish.Profile, dir, os.LookupEnv)
		command = append([]string{path}, sub.Args...)
	}
	// A person need not be asked for a command that does not exist.
	path, err := findCommand(command[0])
	if err != nil {
		return err
	}
	got, err := c.use(cmd, run.code, wish)
	if err != nil {
		return err
	}
	if run.region != "" {
		got.Credentials.Region = run.region
	}
	if err := writeFiles(sub.Files); err != nil {
		return err
	}
	more := shell.OfExec(wish.Profile)
	maps.Copy(more, sub.Env)
	maps.Copy(more, run.env)
	if err := cmd.Context().Err(); err != nil {
		return err
	}
	return runCommand(path, command, shell.Environment(os.Environ(), valuesOf(got), more))
}

// ownShell returns the person's shell.
func ownShell(getenv func(string) string, goos string) string {
	if path := getenv("SHELL"); path != "" {
		return path
	}
	switch {
	case goos != "windows":
		return "sh"
	case shell.Here(goos, getenv) == "powershell":
		return "powershell.exe"
	case getenv("COMSPEC") != "":
		return getenv("COMSPEC")
	}
	return "cmd.exe"
}

// shellDir is the folder for the start files of shells. They hold no secret, and are the same
// for all profiles.
func shellDir() (string, error) {
	dir, err := agentapi.SocketDir(os.Getenv, runtime.GOOS)
	return filepath.Join(dir, "shell"), err
}

// writeFiles writes files that do not hold their texts yet. Other shells may be reading them.
func writeFiles(texts map[string]string) error {
	for path, text := range texts {
		if now, err := os.ReadFile(path); err == nil && string(now) == text {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
		if err != nil {
			return err
		}
		_, err = f.WriteString(text)
		if err = errors.Join(err, f.Close()); err == nil {
			err = os.Rename(f.Name(), path)
		}
		if err != nil {
			_ = os.Remove(f.Name())
			return err
		}
	}
	return nil
}
