//go:build unix

package main

import (
	"os"
	"testing"
)

func TestOtherProgramsDoNotInheritTheRuntimesSetting(t *testing.T) {
	for given, want := range map[string]string{
		"clobberfree=1":           "",
		"gctrace=0,clobberfree=1": "gctrace=0",
		"netdns=go,clobberfree=1": "netdns=go",
	} {
		t.Setenv("GODEBUG", given)
		if err := clobberFreed(); err != nil {
			t.Errorf("%q: %v", given, err)
		}
		if got, isSet := os.LookupEnv("GODEBUG"); got != want || isSet != (want != "") {
			t.Errorf("%q became %q", given, got)
		}
	}
}
