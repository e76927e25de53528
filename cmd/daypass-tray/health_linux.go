package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// agentProgram is the name of the agent's program.
const agentProgram = "daypass-tray"

// runningAgents returns the other agents of this user, as far as /proc shows them. The
// agent hides its memory, and with it where its program is: that is taken from its command
// line.
func runningAgents(proc string) (found []runningAgent) {
	entries, err := os.ReadDir(proc)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		dir := filepath.Join(proc, e.Name())
		// Of a process that has ended there is nothing to read.
		comm, _ := os.ReadFile(filepath.Join(dir, "comm"))
		if strings.TrimSpace(string(comm)) != agentProgram || ownerOf(dir) != os.Getuid() {
			continue
		}
		line, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		program, _, _ := strings.Cut(string(line), "\x00")
		if filepath.IsAbs(program) {
			found = append(found, runningAgent{pid, program})
		}
	}
	return found
}

// ownerOf returns the user of a process, -1 if it is not known.
func ownerOf(dir string) int {
	status, err := os.ReadFile(filepath.Join(dir, "status"))
	if err != nil {
		return -1
	}
	for line := range strings.Lines(string(status)) {
		ids, is := strings.CutPrefix(line, "Uid:")
		if fields := strings.Fields(ids); is && len(fields) > 0 {
			if uid, err := strconv.Atoi(fields[0]); err == nil {
				return uid
			}
		}
	}
	return -1
}
