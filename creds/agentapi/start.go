package agentapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"daypass/creds"
	"daypass/internal/lang"
)

const (
	agentName = "daypass-tray"
	// startLimit is how long a started agent may take to answer.
	startLimit = 10 * time.Second
	// logLimit is the size at which the agent's log is begun anew.
	logLimit = 1 << 20
)

// logDir returns the folder of the agent's log: on Linux and other Unix daypass
// in $XDG_STATE_HOME (https://specifications.freedesktop.org/basedir-spec/latest/),
// on macOS ~/Library/Application Support/daypass, on Windows daypass in
// %LOCALAPPDATA%.
func logDir(getenv func(string) string, goos string) (string, error) {
	home := homeDir(getenv, goos)
	switch {
	case goos == "windows" && getenv("LOCALAPPDATA") != "":
		return filepath.Join(getenv("LOCALAPPDATA"), "daypass"), nil
	case goos != "windows" && goos != "darwin" && filepath.IsAbs(getenv("XDG_STATE_HOME")):
		return filepath.Join(getenv("XDG_STATE_HOME"), "daypass"), nil
	case home == "" || goos == "windows":
		return "", &creds.Error{Code: creds.CodeFile, Message: lang.T("the agent's log has no place: the environment names no home folder"), Advice: lang.T("Set HOME.")}
	case goos == "darwin":
		return filepath.Join(home, "Library", "Application Support", "daypass"), nil
	}
	return filepath.Join(home, ".local", "state", "daypass"), nil
}

// startAndDial starts the agent and connects to it. Several clients may do so
// at once: the agents agree among themselves which one stays.
func startAndDial(ctx context.Context, dir string, files Files, logLevel string) (net.Conn, error) {
	agent, err := launch(dir, files, logLevel)
	if err != nil {
		return nil, err
	}
	limit := time.NewTimer(startLimit)
	defer limit.Stop()
	ended := agent.ended
	for pause := 2 * time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		conn, err := dial(ctx, dir)
		if !errors.Is(err, errNobody) {
			return conn, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-limit.C:
			return nil, noAgent(lang.Sprintf("the agent was started and does not answer%s", agent.lastWords()))
		case err := <-ended:
			if err != nil {
				return nil, &creds.Error{
					Code: creds.CodeNoAgent, Message: lang.Sprintf("the agent ended as soon as it was started (%v)%s", err, agent.lastWords()),
					Advice: lang.T("Its log, agent.log, says more."),
				}
			}
			// It found another agent, which will answer soon.
			ended = nil
		case <-time.After(pause):
		}
	}
}

// launched is an agent that was started.
type launched struct {
	ended <-chan error
	log   string
	// logStart is the size of the log before this agent wrote to it.
	logStart int64
}

// launch starts the agent beside this program, with its socket in the folder dir. It
// does not search PATH, which may lead to somebody else's program.
func launch(dir string, files Files, logLevel string) (*launched, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if self, err = filepath.EvalSymlinks(self); err != nil {
		return nil, err
	}
	program := filepath.Join(filepath.Dir(self), agentName)
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if _, err := os.Stat(program); err != nil {
		return nil, &creds.Error{
			Code: creds.CodeNoAgent, Message: lang.Sprintf("no agent is running, and there is no %s to start", program),
			Advice: lang.T("Install daypass anew, or put its agent, daypass-tray, into that folder."),
		}
	}
	log, err := openLog()
	if err != nil {
		// Without a log the agent can still serve.
		if log, err = os.OpenFile(os.DevNull, os.O_RDWR, 0); err != nil {
			return nil, lang.Errorf("the agent's log: %w", err)
		}
	}
	defer func() { _ = log.Close() }()
	start, err := log.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, lang.Errorf("the agent's log: %w", err)
	}
	// The agent outlives this call, so it does not get ctx.
	cmd := exec.Command(program, "--on-demand") //nolint:gosec,noctx // the path is our own folder's
	if logLevel != "" {
		cmd.Args = append(cmd.Args, "--log-level", logLevel)
	}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = agentEnviron(os.Environ(), runtime.GOOS, dir, files)
	// Not the present folder: the agent would keep it from being unmounted.
	cmd.Dir = filepath.Dir(program)
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return nil, &creds.Error{
			Code: creds.CodeNoAgent, Message: lang.Sprintf("no agent is running, and %s cannot be started: %v", program, err),
			Advice: lang.T("Look at whether it may be run, and is a program for this system."),
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	return &launched{ended: ended, log: log.Name(), logStart: start}, nil
}

// openLog opens the file for the output of agents without a terminal. Of logs that have
// grown it keeps only the last one.
func openLog() (*os.File, error) {
	dir, err := logDir(os.Getenv, runtime.GOOS)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, lang.Errorf("the agent's log: %w", err)
	}
	path := filepath.Join(dir, "agent.log")
	if info, err := os.Stat(path); err == nil && info.Size() > logLimit {
		if err := os.Rename(path, path+".old"); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, lang.Errorf("the agent's log: %w", err)
		}
	}
	log, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, lang.Errorf("the agent's log: %w", err)
	}
	return log, nil
}

// lastWords returns the last line that the agent has logged, after a colon, or
// "".
func (l *launched) lastWords() string {
	log, err := os.Open(l.log)
	if err != nil {
		return ""
	}
	defer func() { _ = log.Close() }()
	data, err := io.ReadAll(io.NewSectionReader(log, l.logStart, logLimit))
	if err != nil {
		return ""
	}
	data = bytes.TrimSpace(data)
	line := string(data[bytes.LastIndexByte(data, '\n')+1:])
	if line == "" {
		return ""
	}
	return ": " + strings.ToValidUTF8(line, "?")
}
