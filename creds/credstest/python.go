package credstest

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"
)

// Python answers requests with a function of Python. Its process starts with the first
// request and ends with the test's process: starting one and importing botocore takes
// longer than most answers. Tests may share one.
type Python struct {
	start func() (*python, error)
}

type python struct {
	mu  sync.Mutex
	in  io.Writer
	out *json.Decoder
}

// NewPython takes a script with a function "answer" of one request, whose result is
// encoded in JSON. It sees none of AWS's files and variables.
func NewPython(script string) *Python {
	return &Python{sync.OnceValues(func() (*python, error) {
		loop := "for line in sys.stdin:\n    print(json.dumps(answer(json.loads(line))), flush=True)\n"
		cmd := exec.Command("python3", "-c", "import json, os, sys\n"+script+"\n"+loop) //nolint:gosec // A test's own script.
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "PYTHONUTF8=1", "HOME=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull}
		cmd.Stderr = os.Stderr
		in, err := cmd.StdinPipe()
		if err != nil {
			return nil, err
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			return nil, err
		}
		return &python{in: in, out: json.NewDecoder(out)}, cmd.Start()
	})}
}

// Ask asks and waits for the answer. A failure fails the test; Python's message is on the
// test's standard error.
func (p *Python) Ask(t *testing.T, request, answer any) {
	t.Helper()
	running, err := p.start()
	if err == nil {
		err = running.ask(request, answer)
	}
	if err != nil {
		t.Fatalf("Python, with Debian's python3-botocore, must be installed for this test: %v", err)
	}
}

func (p *python) ask(request, answer any) error {
	line, err := json.Marshal(request)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := fmt.Fprintf(p.in, "%s\n", line); err != nil {
		return err
	}
	return p.out.Decode(answer)
}
