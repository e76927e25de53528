package arch_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var target = regexp.MustCompile(`(?m)^([a-z-]+):.*?(## .*)?$`)

func TestEveryTargetOfTheDocumentsIsThereAndInTheHelp(t *testing.T) {
	documented := map[string]bool{}
	for _, m := range target.FindAllStringSubmatch(read(t, "../../Makefile"), -1) {
		documented[m[1]] = documented[m[1]] || m[2] != ""
	}
	named := regexp.MustCompile("(?m)(?:`|^    )make ([a-z-]+)")
	for name, text := range documents(t) {
		for _, m := range named.FindAllStringSubmatch(text, -1) {
			if !documented[m[1]] {
				t.Errorf("%s has make %s, which the help does not list", name, m[1])
			}
		}
	}
	contributing := read(t, "../../CONTRIBUTING.md")
	for name, is := range documented {
		if is && name != "help" && !strings.Contains(contributing, "`make "+name+"`") {
			t.Errorf("CONTRIBUTING.md has no make %s", name)
		}
	}
	for _, name := range []string{"demo", "test", "build"} {
		if !strings.Contains(read(t, "../../README.md"), "    make "+name+" ") {
			t.Errorf("make %s is not among the README's commands", name)
		}
	}
}

// dryRun returns what make would do for a target on a machine that has no tools yet.
func dryRun(t *testing.T, name string) string {
	t.Helper()
	cmd := exec.Command("make", "--no-print-directory", "-C", "../..", "-n", name, "TOOLS="+t.TempDir())
	cmd.Env = append(os.Environ(), "MAKEFLAGS=", "MAKELEVEL=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("make -n %s: %v\n%s", name, err, out)
	}
	return string(out)
}

func TestTheTestsWaitForNoLinter(t *testing.T) {
	for name, want := range map[string]struct{ tests, linter, cross int }{
		"test":  {tests: 1},
		"lint":  {linter: 1},
		"check": {1, 1, 1},
		"cross": {cross: 1},
	} {
		done := dryRun(t, name)
		for what, c := range map[string]struct {
			mark string
			want int
		}{
			"the tests":           {"go test -race", want.tests},
			"building the linter": {"go install github.com/golangci", want.linter},
			"the linter":          {"golangci-lint run", want.linter},
			"the modules' sums":   {"go mod verify", want.linter},
			"unreachable code":    {"'unreachable code' packaging/unreachable", want.linter},
			"builds for Windows":  {"GOOS=windows GOARCH=amd64 CGO_ENABLED=0 go build -o bin/cross", want.cross},
		} {
			if n := strings.Count(done, c.mark); n != c.want {
				t.Errorf("make %s does %s %d times, want %d", name, what, n, c.want)
			}
		}
		if tests, linter := strings.Index(done, "go test -race"), strings.Index(done, "golangci"); tests >= 0 && linter >= 0 && linter < tests {
			t.Errorf("make %s builds the linter before the tests", name)
		}
	}
}

func TestContinuousIntegrationRunsTheReadmesTestsOnceAndAllElse(t *testing.T) {
	var targets []string
	for line := range strings.Lines(read(t, "../../.ci/run")) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "make "); ok {
			targets = append(targets, strings.Fields(rest)...)
		}
	}
	done := ""
	for _, name := range targets {
		done += dryRun(t, name)
	}
	if len(targets) == 0 || targets[0] != "test" || strings.Count(done, "go test -race") != 1 {
		t.Errorf("it runs make %q", targets)
	}
	for line := range strings.Lines(dryRun(t, "check")) {
		// The folder of the tools is another one each time, and so may be how long a step took.
		if words := strings.Fields(line); len(words) > 2 && words[0] != "==" && !strings.Contains(line, os.TempDir()) && !strings.Contains(done, line) {
			t.Errorf("it leaves out what make check does: %s", line)
		}
	}
}
