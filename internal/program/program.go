// Package program runs a person's own programs that give out a secret: a password manager,
// or what asks a security key for a code.
//
// No shell is between. A program gets nothing on standard input, runs in the person's home
// folder, and sees the few variables of [passed]. What it prints on standard output is
// returned and nothing else is done with it. It has a time, and with it everything that it
// has started ends, unless that has left its process group.
package program

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"time"

	"daypass/internal/cmdline"
	"daypass/internal/lang"
	"daypass/internal/words"
)

const (
	// MostOutput bounds standard output.
	MostOutput = 1 << 20
	// mostSaid bounds what is kept of standard error: its end.
	mostSaid = 4 << 10
	// mostShown bounds what an error has of it.
	mostShown = 500
	// linger is how long to wait for the output after a program has ended: another that it
	// has started may keep that open.
	linger = time.Second
)

// Error says in a clause why a program gave nothing: `"ykman" is not found`.
type Error struct {
	// Text never holds what the program has printed.
	Text string
	// Said is the end of what it wrote to standard error, in one readable line; "" if there
	// is nothing. It is for the person alone.
	Said string
	// Fault is set if the command line is what is wrong.
	Fault bool
}

// Error returns the clause.
func (e *Error) Error() string { return e.Text }

// Run runs a command line and returns what it has printed on standard output. own are
// variables besides those of the agent's environment. All errors but those of ctx are
// [*Error].
func Run(ctx context.Context, line string, limit time.Duration, own ...string) ([]byte, error) {
	argv, err := cmdline.Split(line)
	switch {
	case err != nil:
		return nil, &Error{Text: lang.Sprintf("cannot be run: %v", err), Fault: true}
	case len(argv) == 0 || argv[0] == "":
		return nil, &Error{Text: lang.T("names no program"), Fault: true}
	}
	timed, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	//nolint:gosec // The person's own command line.
	cmd := exec.CommandContext(timed, argv[0], argv[1:]...)
	out, said := &bounded{most: MostOutput, over: cancel}, &tail{}
	cmd.Stdout, cmd.Stderr = out, said
	cmd.Env, cmd.Dir, cmd.WaitDelay = environment(os.Environ(), own), home(), linger
	group := newGroup(cmd)
	defer group.close()
	if err := cmd.Start(); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, ofStart(argv[0], err)
	}
	group.started()
	err = cmd.Wait()
	name := argv[0]
	switch {
	case out.isOver:
		return nil, &Error{Text: lang.Sprintf("%.200q printed more than 1 MB", name), Said: said.line()}
	case err == nil, errors.Is(err, exec.ErrWaitDelay) && cmd.ProcessState.Success():
		return out.data.Bytes(), nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case timed.Err() != nil:
		return nil, &Error{Text: lang.Sprintf("%.200q gave no answer within %d seconds", name, int(limit/time.Second)), Said: said.line()}
	}
	return nil, &Error{Text: lang.Sprintf("%.200q failed (%s)", name, cmd.ProcessState), Said: said.line()}
}

// ofStart explains why a program did not start.
func ofStart(name string, err error) error {
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return &Error{Text: lang.Sprintf("%.200q is not found where the agent looks for programs", name), Fault: true}
	case errors.Is(err, fs.ErrPermission):
		return &Error{Text: lang.Sprintf("%.200q may not be executed", name), Fault: true}
	}
	// The library's error names the path again.
	why := err
	if inner := errors.Unwrap(err); inner != nil {
		why = inner
	}
	return &Error{Text: lang.Sprintf("%.200q cannot be run: %v", name, why), Fault: true}
}

// bounded keeps output up to a bound, and calls over once when there is more.
type bounded struct {
	data   bytes.Buffer // not embedded: its ReadFrom knows no bound
	most   int
	over   func()
	isOver bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.data.Len()+len(p) > b.most {
		if !b.isOver {
			b.isOver = true
			b.data.Reset()
			b.over()
		}
		return len(p), nil
	}
	if b.isOver {
		return len(p), nil
	}
	return b.data.Write(p)
}

// tail keeps the end of what is written to it.
type tail struct{ data []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.data = append(t.data, p...)
	if extra := len(t.data) - mostSaid; extra > 0 {
		t.data = append([]byte(nil), t.data[extra:]...)
	}
	return len(p), nil
}

// line returns the last lines in one, without control characters.
func (t *tail) line() string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return '\n'
		case words.IsUnseen(r) && r != ' ':
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(withoutEscapes(t.data)), ""))
	var lines []string
	for line := range strings.SplitSeq(clean, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	all := []rune(strings.Join(lines, " / "))
	if len(all) > mostShown {
		return "…" + string(all[len(all)-mostShown:])
	}
	return string(all)
}

// withoutEscapes removes the sequences that colour a terminal's text: what follows ESC [ up
// to a letter.
func withoutEscapes(data []byte) []byte {
	var out []byte
	for {
		at := bytes.Index(data, []byte("\x1b["))
		if at < 0 {
			return append(out, data...)
		}
		out, data = append(out, data[:at]...), data[at+2:]
		end := bytes.IndexFunc(data, func(r rune) bool { return r >= '@' && r <= '~' })
		if end < 0 {
			return out
		}
		data = data[end+1:]
	}
}
