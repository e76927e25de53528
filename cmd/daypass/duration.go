package main

import (
	"errors"
	"strconv"
	"time"
)

// The bounds of GetSessionToken's DurationSeconds, the widest that AWS knows:
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html.
// A role's own limit is narrower, and AWS's to judge.
const (
	shortestSession = 15 * time.Minute
	longestSession  = 36 * time.Hour
)

// The bounds of a session of the console, SessionDuration there:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html.
const (
	shortestConsole = 15 * time.Minute
	longestConsole  = 12 * time.Hour
)

// sessionLength is the value of --duration: "12h", "90m", or seconds as
// AWS's own tools write them, "43200".
type sessionLength time.Duration

// String returns the value as a Go duration, empty when it was not given.
func (d *sessionLength) String() string { return lengthText(time.Duration(*d)) }

// Type names the value in the help text.
func (*sessionLength) Type() string { return "duration" }

// Set reads the value and checks its bounds.
func (d *sessionLength) Set(text string) error {
	v, err := parseLength(text)
	switch {
	case err != nil:
		return err
	case v < shortestSession || v > longestSession:
		return errors.New("a session lasts from 15 minutes to 36 hours")
	case v%time.Second != 0:
		return errWholeSeconds
	}
	*d = sessionLength(v)
	return nil
}

// consoleLength is the value of --duration of a session of the console.
type consoleLength time.Duration

// String returns the value as a Go duration, empty when it was not given.
func (d *consoleLength) String() string { return lengthText(time.Duration(*d)) }

// Type names the value in the help text.
func (*consoleLength) Type() string { return "duration" }

// Set reads the value and checks its bounds.
func (d *consoleLength) Set(text string) error {
	v, err := parseLength(text)
	switch {
	case err != nil:
		return err
	case v < shortestConsole || v > longestConsole:
		return errors.New("a session of the console lasts from 15 minutes to 12 hours")
	case v%time.Second != 0:
		return errWholeSeconds
	}
	*d = consoleLength(v)
	return nil
}

var errWholeSeconds = errors.New("AWS counts in whole seconds")

func parseLength(text string) (time.Duration, error) {
	if n, err := strconv.ParseInt(text, 10, 32); err == nil {
		return time.Duration(n) * time.Second, nil
	}
	v, err := time.ParseDuration(text)
	if err != nil {
		return 0, errors.New("it is written as 12h, 90m or 43200 (seconds)")
	}
	return v, nil
}

func lengthText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}
