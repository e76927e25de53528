package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
)

// process writes what /proc has of a process.
func process(t *testing.T, proc string, pid, uid int, name string, args ...string) {
	t.Helper()
	dir := filepath.Join(proc, fmt.Sprint(pid))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{
		"comm": name + "\n", "cmdline": strings.Join(args, "\x00") + "\x00",
		"status": fmt.Sprintf("Name:\t%s\nUid:\t%d\t%d\t%d\t%d\n", name, uid, uid, uid, uid),
	} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAgentsOfOtherProgramsAreFoundAndNoOtherProcesses(t *testing.T) {
	proc, state := t.TempDir(), t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	uid := os.Getuid()
	process(t, proc, 11, uid, "daypass-tray", "/opt/old/daypass-tray", "--on-demand")
	process(t, proc, 12, uid, "daypass-tray", self)
	process(t, proc, 13, uid+1, "daypass-tray", "/opt/theirs/daypass-tray")
	process(t, proc, 14, uid, "bash", "/bin/bash")
	process(t, proc, os.Getpid(), uid, "daypass-tray", "/opt/self/daypass-tray")
	process(t, proc, 15, uid, "daypass-tray", "daypass-tray")
	got := lookForAgents(proc, "/run/daypass", state)
	if len(got) != 1 || got[0].ID != "agents//opt/old/daypass-tray" || got[0].Severity != creds.SeverityWarning ||
		!strings.HasPrefix(got[0].Detail, "Process 11 is /opt/old/daypass-tray, of an unknown version; this agent is "+self) {
		t.Errorf("found: %+v", got)
	}
	want := []creds.Finding{{ID: "agents", Severity: creds.SeverityOK, Title: "This agent is the only one", Detail: "It is of version (devel)."}}
	if diff := cmp.Diff(want, lookForAgents(t.TempDir(), "/run/daypass", state)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
