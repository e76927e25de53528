package main

import (
	"strconv"
	"time"

	"daypass/creds"
	"daypass/internal/lang"
)

// duration is the value of --duration: "12h", "90m", or seconds as in AWS's own tools,
// "43200".
type duration struct {
	value       time.Duration // zero if it was not given
	least, most time.Duration
	of          string // the subject of an error: "a session"
}

// sessionDuration has the bounds of GetSessionToken, which are AWS's widest. AWS checks
// the narrower limit of a role.
func sessionDuration() duration {
	return duration{of: "a session", least: creds.MinSession, most: creds.MaxSession}
}

func consoleDuration() duration {
	return duration{of: lang.T("a session of the console"), least: creds.MinConsole, most: creds.MaxConsole}
}

// String returns the value as a Go duration, empty when it was not given.
func (d *duration) String() string {
	if d.value == 0 {
		return ""
	}
	return d.value.String()
}

// Type names the value in the help text.
func (*duration) Type() string { return "duration" }

// Set reads the value and checks its bounds.
func (d *duration) Set(text string) error {
	v, err := time.ParseDuration(text)
	if n, notSeconds := strconv.ParseInt(text, 10, 32); notSeconds == nil {
		v, err = time.Duration(n)*time.Second, nil
	}
	switch {
	case err != nil:
		return lang.Error("it is written as 12h, 90m or 43200 (seconds)")
	case v < d.least || v > d.most:
		return lang.Errorf("%s lasts from %d minutes to %d hours", d.of, d.least/time.Minute, d.most/time.Hour)
	case v%time.Second != 0:
		return lang.Error("AWS counts in whole seconds")
	}
	d.value = v
	return nil
}
