package main

import (
	"fmt"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"

	"daypass/creds"
	"daypass/creds/shell"
	"daypass/internal/lang"
)

// callingShell is a shell that evaluates what a command prints, once it has ended with 0. Until
// then nothing is printed: the half of it would be evaluated, too.
type callingShell struct {
	name string
	to   *output
	text strings.Builder
}

// evaluated are the commands whose output a shell evaluates.
var evaluated = []string{"switch", "mfa", "unset", "as"}

// serveShell finds out whether a shell evaluates the output. If so, what people read goes to
// stderr: help would be evaluated as well.
func (c *cli) serveShell(args []string, getenv func(string) string) {
	name := getenv(shell.Caller)
	if len(args) == 0 || !slices.Contains(evaluated, args[0]) || !slices.Contains(shell.Shells(), name) {
		return
	}
	c.caller = &callingShell{name: name, to: c.stdout}
	c.stdout = c.stderr
}

// hand prints what the shell is to evaluate.
func (c *cli) hand() error {
	if c.caller == nil {
		return nil
	}
	fmt.Fprint(c.caller.to, c.caller.text.String())
	return c.caller.to.err
}

// evaluate has the shell evaluate statements, unless making them has failed.
func (c *cli) evaluate(statements string, err error) error {
	if err == nil {
		c.caller.text.WriteString(statements)
	}
	return err
}

// shellHere guesses which shell a person uses.
func shellHere(goos string, getenv func(string) string) string {
	login := path.Base(getenv("SHELL"))
	switch {
	case slices.Contains(shell.Shells(), login):
		return login
	case login == "pwsh", goos == "windows" && getenv("MSYSTEM") == "":
		return "powershell"
	}
	return "bash"
}

// needsFunction is the error of a command that sets the shell and was called as a program.
// flag is "" or --old-words.
func needsFunction(word, flag string) error {
	file, line := shell.Loading(shellHere(runtime.GOOS, os.Getenv), flag)
	return &creds.Error{
		Code:    creds.CodeBadRequest,
		Message: lang.Sprintf("%s sets the shell that it is called in, which takes a function of that shell", word),
		Advice:  lang.Sprintf("Put this line into %s, and open a new shell: %s", file, line),
	}
}
