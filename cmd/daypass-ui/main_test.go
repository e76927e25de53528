package main

import (
	"bytes"
	"errors"
	"testing"

	"daypass/internal/words"
)

func TestTheVersionIsShownByTheFlagAndItsLetter(t *testing.T) {
	want := "daypass-ui " + words.Version() + "\n"
	for _, flag := range []string{"--version", "-v"} {
		var out bytes.Buffer
		c := command()
		c.SetOut(&out)
		c.SetArgs([]string{flag})
		if err := c.ExecuteContext(t.Context()); err != nil || out.String() != want {
			t.Errorf("%s: %q, %v; want %q", flag, out.String(), err, want)
		}
	}
}

func TestAnInvalidLogLevelIsAUsageError(t *testing.T) {
	for name, c := range map[string]struct {
		args      []string
		env, want string
	}{
		"the flag":     {[]string{"bookmarks", "--log-level", "loud"}, "", `--log-level: "loud" is no log level; use debug, info, warn, error`},
		"the variable": {[]string{"bookmarks"}, "loud", `DAYPASS_LOG: "loud" is no log level; use debug, info, warn, error`},
	} {
		t.Setenv("DAYPASS_LOG", c.env)
		cmd := command()
		cmd.SetArgs(c.args)
		err := cmd.ExecuteContext(t.Context())
		if _, wrong := errors.AsType[usageError](err); !wrong || err.Error() != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
