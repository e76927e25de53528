package main

import (
	"bytes"
	"testing"

	"daypass/creds/words"
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
