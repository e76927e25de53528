package app

import (
	"encoding/json"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"

	"daypass/creds/agentapi"
)

// testAgent serves one prompt on a real socket, in the words of package
// agentapi, and does with it what the test says.
type testAgent struct {
	// dir is the folder of the socket, for DAYPASS_RUNTIME_DIR.
	dir    string
	server *http.Server

	mu        sync.Mutex
	event     agentapi.PromptEvent
	changed   chan struct{}
	answers   []string
	cancelled bool
}

const promptID = "p1"

// startAgent starts an agent whose prompt is p, and points this process at it.
func startAgent(t *testing.T, p agentapi.Prompt) *testAgent {
	t.Helper()
	// Not t.TempDir, whose paths are too long for a socket.
	dir, err := os.MkdirTemp("", "daypass")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	t.Setenv("DAYPASS_RUNTIME_DIR", dir)
	dir, err = agentapi.SocketDir(os.Getenv, runtime.GOOS)
	if err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("unix", agentapi.SocketPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	p.ID = promptID
	a := &testAgent{dir: dir, changed: make(chan struct{}), event: agentapi.PromptEvent{Prompt: &p}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+agentapi.PathPrompt, a.watch)
	mux.HandleFunc("POST "+agentapi.PathPromptAnswer, a.answer)
	mux.HandleFunc("POST "+agentapi.PathPromptCancel, a.cancel)
	a.server = &http.Server{Handler: mux}
	go func() { _ = a.server.Serve(socket) }()
	t.Cleanup(a.stop)
	return a
}

// stop ends the agent as kill -9 does.
func (a *testAgent) stop() { _ = a.server.Close() }

// change changes the prompt.
func (a *testAgent) change(f func(*agentapi.Prompt)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := *a.event.Prompt
	f(&p)
	a.publish(agentapi.PromptEvent{Prompt: &p})
}

// end ends the prompt.
func (a *testAgent) end(err *agentapi.Error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.publish(agentapi.PromptEvent{End: &agentapi.PromptEnd{Err: err}})
}

// publish needs the lock.
func (a *testAgent) publish(ev agentapi.PromptEvent) {
	a.event = ev
	close(a.changed)
	a.changed = make(chan struct{})
}

// seen returns the answers that have come, and whether the person declined.
func (a *testAgent) seen() (answers []string, cancelled bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.answers), a.cancelled
}

func (a *testAgent) watch(w http.ResponseWriter, r *http.Request) {
	for first := true; ; first = false {
		a.mu.Lock()
		ev, changed := a.event, a.changed
		a.mu.Unlock()
		if r.PathValue("id") != promptID || first && ev.End != nil {
			refuse(w, &agentapi.Error{Code: agentapi.CodeBadRequest, Message: "there is no such prompt"})
			return
		}
		_ = json.NewEncoder(w).Encode(ev)
		w.(http.Flusher).Flush()
		if ev.End != nil {
			return
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}

func (a *testAgent) answer(w http.ResponseWriter, r *http.Request) {
	var in agentapi.AnswerRequest
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuse(w, &agentapi.Error{Code: agentapi.CodeBadRequest, Message: err.Error()})
		return
	}
	a.change(func(p *agentapi.Prompt) {
		p.Checking, p.Refusal = true, ""
		a.answers = append(a.answers, in.Answer.Reveal())
	})
	w.WriteHeader(http.StatusNoContent)
}

func (a *testAgent) cancel(w http.ResponseWriter, _ *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cancelled = true
	a.publish(agentapi.PromptEvent{End: &agentapi.PromptEnd{Err: &agentapi.Error{
		Code: agentapi.CodeDeclined, Message: "the question was closed",
	}}})
	w.WriteHeader(http.StatusNoContent)
}

func refuse(w http.ResponseWriter, e *agentapi.Error) {
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(e)
}

// alicePrompt is the prompt that most tests ask.
func alicePrompt() agentapi.Prompt {
	return agentapi.Prompt{
		Kind: agentapi.PromptMFA, Profile: "alice", AccountID: "123456789012",
		Device: "arn:aws:iam::123456789012:mfa/alice-phone",
		Requester: agentapi.Requester{
			Program: "terraform", PID: 4312, Dir: "~/infra", Surface: agentapi.SurfaceProgram,
		},
	}
}
