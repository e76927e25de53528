package main

import (
	"errors"

	"daypass/creds"
	"daypass/internal/lang"
)

// The exit statuses.
const (
	exitOK            = 0
	exitFailed        = 1
	exitUsage         = 2
	exitNeedsPerson   = 3   // and there is nobody to ask, or nobody is to be asked
	exitNotRun        = 125 // exec's own failure, before the command has run
	exitNotExecutable = 126
	exitNotFound      = 127
	exitInterrupted   = 130 // the shell's status of a program that Ctrl-C ended
)

// statuses are all exit statuses and what each means: for the help and the documents.
var statuses = []struct {
	status int
	means  lang.Text
}{
	{exitOK, "done"},
	{exitFailed, "failed; stderr says why, and what would help"},
	{exitUsage, "the command line is wrong: an unknown command, flag or topic, or an argument too many or too few"},
	{exitNeedsPerson, "a person is needed, and there is nobody to ask: no terminal and no desktop, or --no-input"},
	{exitNotRun, "exec: daypass itself failed, and the command was not run; also in place of 2 and 3"},
	{exitNotExecutable, "exec: the command was found and cannot be run"},
	{exitNotFound, "exec: the command was not found"},
	{exitInterrupted, "interrupted, with Ctrl-C or SIGTERM"},
}

// needsPerson are the codes of failures that a person would have prevented.
var needsPerson = map[creds.Code]bool{
	creds.CodeNobodyToAsk:  true,
	creds.CodeSignInNeeded: true,
	creds.CodeWaiting:      true,
}

// statusOf returns the exit status of a failure.
func (c *cli) statusOf(err error) int {
	if own, ok := errors.AsType[statusError](err); ok {
		return own.status
	}
	code := creds.CodeOf(err)
	if needsPerson[code] || code == creds.CodeKeyringLocked && c.noInput {
		return exitNeedsPerson
	}
	return exitFailed
}

// needsPersonError is a failure because a person is needed whom nobody may or can ask.
func needsPersonError(err error) error { return statusError{err, exitNeedsPerson} }
