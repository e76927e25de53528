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

// sessionLength is the value of --duration: "12h", "90m", or seconds as
// AWS's own tools write them, "43200".
type sessionLength time.Duration

// String returns the value as a Go duration, empty when it was not given.
func (d *sessionLength) String() string {
	if *d == 0 {
		return ""
	}
	return time.Duration(*d).String()
}

// Type names the value in the help text.
func (*sessionLength) Type() string { return "duration" }

// Set reads the value and checks its bounds.
func (d *sessionLength) Set(text string) error {
	v, err := time.ParseDuration(text)
	if n, numErr := strconv.ParseInt(text, 10, 32); numErr == nil {
		v, err = time.Duration(n)*time.Second, nil
	}
	switch {
	case err != nil:
		return errors.New("it is written as 12h, 90m or 43200 (seconds)")
	case v < shortestSession || v > longestSession:
		return errors.New("a session lasts from 15 minutes to 36 hours")
	case v%time.Second != 0:
		return errors.New("AWS counts in whole seconds")
	}
	*d = sessionLength(v)
	return nil
}
