package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestTheReferenceHasTheExitStatusesOfTheProgram(t *testing.T) {
	var want strings.Builder
	want.WriteString("| status | |\n|---|---|\n")
	for _, s := range statuses {
		fmt.Fprintf(&want, "| %d | %s |\n", s.status, s.means)
	}
	if text := documents(t)["REFERENCE.md"]; !strings.Contains(text, want.String()+"\n") {
		t.Errorf("REFERENCE.md lacks the table:\n%s", want.String())
	}
}
