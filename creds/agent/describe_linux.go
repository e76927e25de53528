package agent

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"daypass/creds"
	"daypass/internal/lang"
)

// describe names the program that asks for credentials, given the process that
// connected. That is usually our own command line, which the program has started,
// directly or through a shell.
func describe(pid int) creds.Requester {
	for range 8 { // no honest chain is that long
		p, err := readProcess(pid)
		if err != nil || p.parent <= 1 || !p.runsFor() {
			break
		}
		pid = p.parent
	}
	p, err := readProcess(pid)
	if err != nil {
		return creds.Requester{PID: pid}
	}
	return creds.Requester{Program: p.name, PID: pid, Dir: workingDir(pid)}
}

// process is what /proc says about one; see proc(5).
type process struct {
	name   string
	parent int
	args   []string
}

func readProcess(pid int) (process, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)) //nolint:gosec // a number
	if err != nil {
		return process{}, err
	}
	// "pid (name) state parent …", and the name may have brackets in it.
	open, end := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
	if open < 0 || end < open {
		return process{}, lang.Errorf("/proc/%d/stat is not as expected", pid)
	}
	fields := strings.Fields(string(stat[end+1:]))
	if len(fields) < 2 {
		return process{}, lang.Errorf("/proc/%d/stat is not as expected", pid)
	}
	parent, err := strconv.Atoi(fields[1])
	if err != nil {
		return process{}, lang.Errorf("/proc/%d/stat is not as expected: %w", pid, err)
	}
	p := process{name: string(stat[open+1 : end]), parent: parent}
	if exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); err == nil {
		// The name is cut at 15 bytes; for a script it is the script's.
		if base := strings.TrimSuffix(filepath.Base(exe), " (deleted)"); strings.HasPrefix(base, p.name) {
			p.name = base
		}
	}
	p.name = printable(p.name)
	if cmdline, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); err == nil { //nolint:gosec // a number
		p.args = strings.Split(string(cmdline), "\x00")
	}
	return p, nil
}

// runsFor reports whether a process only runs on behalf of its parent: our command line,
// or the shell that the Go and the JavaScript SDK put in between. A shell in which a
// person or a script works does not.
func (p process) runsFor() bool {
	switch p.name {
	case "daypass":
		return true
	case "sh", "bash", "dash", "ash", "zsh", "ksh", "busybox", "fish":
		return slices.Contains(p.args, "-c")
	}
	return false
}

// workingDir returns the folder a process runs in, with ~ for the user's home,
// or "" if that cannot be seen.
func workingDir(pid int) string {
	dir, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	if err != nil {
		return ""
	}
	if home, err := os.UserHomeDir(); err == nil && home != "/" {
		if rest, inHome := strings.CutPrefix(dir, home); inHome && (rest == "" || rest[0] == '/') {
			dir = "~" + rest
		}
	}
	return printable(dir)
}

// printable keeps a name from garbling what shows it.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}
