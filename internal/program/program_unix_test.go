//go:build !windows

package program

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// ample is a time that no test needs.
const ample = 2 * time.Minute

func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWhatAProgramPrintsIsReturned(t *testing.T) {
	out, err := Run(t.Context(), script(t, `echo noise >&2; echo "$1 $2"`)+` one 'two three'`, ample)
	if err != nil || string(out) != "one two three\n" {
		t.Errorf("%q, %v", out, err)
	}
}

func TestNoShellReadsTheCommandLine(t *testing.T) {
	out, err := Run(t.Context(), script(t, `printf '%s|' "$@"`)+` $HOME * ; $(id) "a	b" \"`, ample)
	if err != nil || string(out) != "$HOME|*|;|$(id)|a\tb|\"|" {
		t.Errorf("%q, %v", out, err)
	}
}

func TestAProgramHasNothingToReadAndRunsAtHome(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	out, err := Run(t.Context(), script(t, `cat; pwd -P`), ample)
	if err != nil || string(out) != realPath(t, home)+"\n" {
		t.Errorf("%q, %v", out, err)
	}
}

func realPath(t *testing.T, path string) string {
	t.Helper()
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		t.Fatal(err)
	}
	return real
}

func TestAProgramGetsTheVariablesThatItNeedsAndNoKeys(t *testing.T) {
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token", "AWS_PROFILE": "p",
		"DAYPASS_KEYRING_PASSPHRASE_FILE": "/x", "SOME_PASSWORD": "hunter2", "LD_PRELOAD_X": "x",
		"GNUPGHOME": "/gnupg", "PASSWORD_STORE_DIR": "/store", "OP_ACCOUNT": "me", "LC_ALL": "C.UTF-8", "XDG_RUNTIME_DIR": "/run/me", "https_proxy": "http://proxy",
	} {
		t.Setenv(name, value)
	}
	out, err := Run(t.Context(), "/usr/bin/env", ample, "OWN=1")
	if err != nil {
		t.Fatal(err)
	}
	for _, has := range []string{"PATH=", "GNUPGHOME=/gnupg", "PASSWORD_STORE_DIR=/store", "OP_ACCOUNT=me", "LC_ALL=C.UTF-8", "XDG_RUNTIME_DIR=/run/me", "https_proxy=http://proxy", "OWN=1"} {
		if !strings.Contains("\n"+string(out), "\n"+has) {
			t.Errorf("it lacks %s", has)
		}
	}
	for _, not := range []string{"AKIA", "secret", "token", "AWS_PROFILE", "PASSPHRASE", "hunter2", "LD_PRELOAD"} {
		if strings.Contains(string(out), not) {
			t.Errorf("it has %s", not)
		}
	}
}

func TestEachFailureSaysWhy(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(t.TempDir(), "broken")
	if err := os.WriteFile(broken, []byte("\x7fnothing that runs"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		line, text, said string
		fault            bool
	}{
		"there is no such program":      {line: "/nowhere/ykman code", text: `"/nowhere/ykman" is not found where the agent looks for programs`, fault: true},
		"none is found by its name":     {line: "no-such-program-here", text: `"no-such-program-here" is not found where the agent looks for programs`, fault: true},
		"it is not executable":          {line: plain, text: strconv.Quote(plain) + " may not be executed", fault: true},
		"it is no program":              {line: broken, text: strconv.Quote(broken) + " cannot be run: exec format error", fault: true},
		"a quotation is not closed":     {line: `pass 'x`, text: "cannot be run: a quotation in it is not closed", fault: true},
		"nothing follows the backslash": {line: `pass x\`, text: "cannot be run: a backslash is its last character", fault: true},
		"it is empty":                   {line: "  ", text: "names no program", fault: true},
		"it fails": {
			line: script(t, `printf '\033[31mno key\033[0m\007 found\r\n\n  plug it in\n' >&2; echo 123456; exit 3`),
			text: "failed (exit status 3)", said: "no key found / plug it in",
		},
		"it fails silently": {line: script(t, `exit 1`), text: "failed (exit status 1)"},
		"it is killed":      {line: script(t, `kill -9 $$`), text: "failed (signal: killed)"},
		"it says very much": {
			line: script(t, `i=0; while [ $i -lt 3000 ]; do echo "line $i"; i=$((i+1)); done >&2; exit 1`),
			text: "failed (exit status 1)", said: "line 2998 / line 2999",
		},
		"it prints very much": {line: script(t, `while :; do echo 1234567890123456789012345678901234567890; done`), text: "printed more than 1 MB"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := Run(t.Context(), tt.line, ample)
			failed, ok := errors.AsType[*Error](err)
			if !ok || out != nil || !strings.HasSuffix(failed.Text, tt.text) || !strings.HasSuffix(failed.Said, tt.said) ||
				(tt.said == "") != (failed.Said == "") || failed.Fault != tt.fault || len(failed.Said) > mostShown+len("…") {
				t.Errorf("%q, %#v", out, err)
			}
		})
	}
}

// leaves returns a program that starts another one, which notes its own process ID.
func leaves(t *testing.T, then string) (line string, pid func() int) {
	t.Helper()
	dir := t.TempDir()
	note := filepath.Join(dir, "pid")
	line = script(t, "sleep 600 &\necho $! > "+note+".new; mv "+note+".new "+note+"\n"+then)
	return line, func() int {
		for {
			text, err := os.ReadFile(note)
			if err == nil {
				pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
				if err != nil {
					t.Fatal(err)
				}
				return pid
			}
			time.Sleep(time.Millisecond)
		}
	}
}

// wantGone waits until a process has ended. One that nobody has waited for is a zombie.
func wantGone(t *testing.T, pid int) {
	t.Helper()
	for {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil && syscall.Kill(pid, 0) != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		if t.Context().Err() != nil {
			t.Fatal("it still runs")
		}
		time.Sleep(time.Millisecond)
	}
}

func TestAtTheEndOfItsTimeAProgramEndsWithAllThatItHasStarted(t *testing.T) {
	line, pid := leaves(t, "echo waiting >&2; wait")
	_, err := Run(t.Context(), line, 2*time.Second)
	failed, ok := errors.AsType[*Error](err)
	if !ok || !strings.HasSuffix(failed.Text, "gave no answer within 2 seconds") || failed.Said != "waiting" {
		t.Errorf("%#v", err)
	}
	wantGone(t, pid())
}

func TestAProgramEndsWithWhoeverWaitsForIt(t *testing.T) {
	line, pid := leaves(t, "wait")
	ctx, cancel := context.WithCancel(t.Context())
	started := make(chan int)
	go func() { // ends with the file
		one := pid()
		cancel()
		started <- one
	}()
	if _, err := Run(ctx, line, ample); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	wantGone(t, <-started)
}

func TestAProgramThatLeavesAnotherRunningHasAnsweredAllTheSame(t *testing.T) {
	line, pid := leaves(t, "echo 123456")
	out, err := Run(t.Context(), line, ample)
	if err != nil || string(out) != "123456\n" {
		t.Errorf("%q, %v", out, err)
	}
	_ = syscall.Kill(pid(), syscall.SIGKILL)
}
