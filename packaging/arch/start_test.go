package arch_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// Every SDK process starts the client once. What a package computes before main,
// as a compiled pattern, costs each of these starts.
func TestTheClientComputesNextToNothingBeforeItStarts(t *testing.T) {
	program := filepath.Join(t.TempDir(), "daypass")
	if out, err := exec.Command("go", "build", "-o", program, "daypass/cmd/daypass").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	// A command line that makes no sense: no agent is asked.
	cmd := exec.Command(program, "export")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	trace, _ := cmd.CombinedOutput()
	packages := 0
	for _, line := range regexp.MustCompile(`(?m)^init (\S+) .* (\d+) allocs$`).FindAllSubmatch(trace, -1) {
		packages++
		const most = 25 // cobra has 12, and a pattern hundreds
		if allocs, err := strconv.Atoi(string(line[2])); err != nil || allocs > most && isUnder(string(line[1]), []string{"daypass", "main", "github.com", "golang.org"}) {
			t.Errorf("%s (%v)", line[0], err)
		}
	}
	if packages == 0 {
		t.Errorf("there is no trace: %s", trace)
	}
}
