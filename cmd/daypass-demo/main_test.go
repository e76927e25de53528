package main

import (
	"os/exec"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"daypass-demo": main})
}

func TestScripts(t *testing.T) {
	if _, err := exec.LookPath("aws"); err != nil {
		t.Fatalf("the scripts run the real AWS CLI: %v", err)
	}
	testscript.Run(t, testscript.Params{Dir: "testdata/script", RequireExplicitExec: true})
}
