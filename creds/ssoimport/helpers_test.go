package ssoimport_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"daypass/creds/credstest"
	"daypass/creds/ssoimport"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	credstest.Golden(t, filepath.Join("testdata", strings.ReplaceAll(strings.ReplaceAll(name, ",", ""), " ", "-")+".golden"), got, *update)
}

// apply returns a config file after an import.
func apply(t *testing.T, config string, r ssoimport.Request) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config")
	credstest.Write(t, path, config)
	if _, err := ssoimport.Apply(t.Context(), path, r, ""); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

var hunkHead = regexp.MustCompile(`^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@\n$`)

// patch applies a unified diff to before, strictly: lines must be where the hunks say, and
// as many as they say.
func patch(t *testing.T, before, diff string) string {
	t.Helper()
	if diff == "" {
		return before
	}
	var out []string
	old := strings.SplitAfter(before, "\n")
	var at, endOld, endNew int
	take := func(line string) string {
		if at >= len(old) || old[at] != line {
			t.Fatalf("line %d is not %q, as the diff has it:\n%s", at+1, line, diff)
		}
		at++
		return line
	}
	shown := strings.SplitAfter(diff, "\n")[2:]
	for i, line := range shown {
		if i+1 < len(shown) && strings.HasPrefix(shown[i+1], `\`) {
			line = strings.TrimSuffix(line, "\n")
		}
		if line == "" || line[0] == '@' {
			if at != endOld || len(out) != endNew {
				t.Fatalf("a hunk ends at %d and %d, not at %d and %d:\n%s", at, len(out), endOld, endNew, diff)
			}
		}
		switch {
		case line == "" || line[0] == '\\':
		case line[0] == '@':
			head := hunkHead.FindStringSubmatch(line)
			if head == nil {
				t.Fatalf("the diff has the line %q", line)
			}
			var startOld, startNew int
			startOld, endOld = span(head[1], head[2])
			startNew, endNew = span(head[3], head[4])
			for at < startOld {
				out = append(out, take(old[at]))
			}
			if len(out) != startNew {
				t.Fatalf("a hunk begins at %d, not at %d:\n%s", len(out), startNew, diff)
			}
		case line[0] == ' ':
			out = append(out, take(line[1:]))
		case line[0] == '-':
			take(line[1:])
		case line[0] == '+':
			out = append(out, line[1:])
		default:
			t.Fatalf("the diff has the line %q", line)
		}
	}
	return strings.Join(out, "") + strings.Join(old[at:], "")
}

// span returns the first line of a hunk, counted from 0, and the one behind it.
func span(line, count string) (start, end int) {
	start, _ = strconv.Atoi(line)
	length := 1
	if count != "" {
		length, _ = strconv.Atoi(count)
	}
	if length > 0 {
		start--
	}
	return start, start + length
}
