package app

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"daypass/creds"
	"daypass/creds/agentapi"
)

// testAgent serves one prompt on a real socket, in the words of package
// agentapi, and does with it what the test says.
type testAgent struct {
	// root is what DAYPASS_RUNTIME_DIR is to say, dir the folder of the socket.
	root   string
	dir    string
	server *http.Server
	sso    *testSSO
	data   *testData

	mu        sync.Mutex
	event     creds.PromptEvent
	changed   chan struct{}
	answers   []string
	cancelled bool
	begins    []creds.SignInOptions
	// onBegin is what the wish to open the page makes of the prompt; an
	// error refuses it.
	onBegin func(creds.SignInOptions, *creds.Prompt) *creds.Error
}

const promptID = "p1"

// startAgent starts an agent whose prompt is p, and points this process at it.
func startAgent(t testing.TB, p creds.Prompt) *testAgent {
	t.Helper()
	a := newAgent(t, p)
	t.Setenv("DAYPASS_RUNTIME_DIR", a.root)
	return a
}

// newAgent starts an agent for processes that get its address.
func newAgent(t testing.TB, p creds.Prompt) *testAgent {
	t.Helper()
	// Not t.TempDir, whose paths are too long for a socket.
	root, err := os.MkdirTemp("", "daypass")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(root) })
	dir, err := agentapi.SocketDir(func(name string) string {
		if name == "DAYPASS_RUNTIME_DIR" {
			return root
		}
		return os.Getenv(name)
	}, runtime.GOOS)
	if err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("unix", agentapi.SocketPath(dir))
	if err != nil {
		t.Fatal(err)
	}
	p.ID = promptID
	a := &testAgent{root: root, dir: dir, changed: make(chan struct{}), event: creds.PromptEvent{Prompt: &p}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+agentapi.WatchPrompt.Path, a.watch)
	mux.HandleFunc("POST "+agentapi.Answer.Path, a.answer)
	mux.HandleFunc("POST "+agentapi.CancelPrompt.Path, a.cancel)
	a.sso = newTestSSO()
	a.sso.serve(mux)
	a.data = newTestData()
	a.data.serve(mux)
	a.server = &http.Server{Handler: mux}
	go func() { _ = a.server.Serve(socket) }()
	t.Cleanup(func() { a.stop() })
	return a
}

// restart starts an agent that was stopped, which knows what it knew.
func (a *testAgent) restart(t *testing.T) {
	t.Helper()
	socket, err := net.Listen("unix", agentapi.SocketPath(a.dir))
	if err != nil {
		t.Fatal(err)
	}
	a.server = &http.Server{Handler: a.server.Handler}
	go func() { _ = a.server.Serve(socket) }()
}

// stop ends the agent as kill -9 does.
func (a *testAgent) stop() { _ = a.server.Close() }

// change changes the prompt.
func (a *testAgent) change(f func(*creds.Prompt)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	p := *a.event.Prompt
	f(&p)
	a.publish(creds.PromptEvent{Prompt: &p})
}

// end ends the prompt.
func (a *testAgent) end(err *creds.Error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.publish(creds.PromptEvent{End: &creds.PromptEnd{Err: err}})
}

// publish needs the lock.
func (a *testAgent) publish(ev creds.PromptEvent) {
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
			refuse(w, &creds.Error{Code: creds.CodeBadRequest, Message: "there is no such prompt"})
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
	var in creds.AnswerRequest
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuse(w, &creds.Error{Code: creds.CodeBadRequest, Message: err.Error()})
		return
	}
	if in.SignIn != nil {
		a.begin(w, *in.SignIn)
		return
	}
	if in.Grant != "" {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.answers = append(a.answers, string(in.Grant))
		done(w)
		return
	}
	a.change(func(p *creds.Prompt) {
		p.Checking, p.Refusal = true, ""
		a.answers = append(a.answers, in.Answer.Reveal())
	})
	done(w)
}

func (a *testAgent) begin(w http.ResponseWriter, in creds.SignInOptions) {
	var refused *creds.Error
	a.change(func(p *creds.Prompt) {
		a.begins = append(a.begins, in)
		if a.onBegin != nil {
			next := *p.SignIn
			p.SignIn = &next
			refused = a.onBegin(in, p)
		}
	})
	if refused != nil {
		refuse(w, refused)
		return
	}
	done(w)
}

// begun returns how often the page was to be opened, and how.
func (a *testAgent) begun() []creds.SignInOptions {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.begins)
}

func (a *testAgent) cancel(w http.ResponseWriter, _ *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cancelled = true
	a.publish(creds.PromptEvent{End: &creds.PromptEnd{Err: &creds.Error{
		Code: creds.CodeDeclined, Message: "the question was closed",
	}}})
	done(w)
}

// done answers as the agent does where there is nothing to say.
func done(w http.ResponseWriter) { _, _ = io.WriteString(w, "{}\n") }

func refuse(w http.ResponseWriter, e *creds.Error) {
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(e)
}

// alicePrompt is the prompt that most tests ask.
func alicePrompt() creds.Prompt {
	return creds.Prompt{
		Kind: creds.PromptMFA, Profile: "alice", AccountID: "123456789012",
		Device: "arn:aws:iam::123456789012:mfa/alice-phone",
		Requester: creds.Requester{
			Program: "terraform", PID: 4312, Dir: "~/infra", Surface: creds.SurfaceProgram,
		},
	}
}

// corpPrompt is the sign-in that most tests ask for.
func corpPrompt() creds.Prompt {
	return creds.Prompt{
		Kind: creds.PromptSSO, Profile: "prod-admin",
		SignIn:    &creds.SignIn{Session: "corp", StartURL: "https://corp.awsapps.com/start"},
		Requester: alicePrompt().Requester,
	}
}

// The pages of the two ways to sign in.
const (
	browserURL = "https://oidc.eu-central-1.amazonaws.com/authorize?response_type=code&client_id=c2FtcGxl" +
		"&redirect_uri=http%3A%2F%2F127.0.0.1%3A49152%2Foauth%2Fcallback&state=3f1c&code_challenge_method=S256" +
		"&scopes=sso%3Aaccount%3Aaccess&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	deviceURL = "https://corp.awsapps.com/start/#/device?user_code=ABCD-EFGH"
)

// consoleURL is the page of a sign-in to the console on another device.
const consoleURL = "https://eu-central-1.signin.aws.amazon.com/v1/authorize?response_type=code&client_id=arn%3Aaws%3Asignin%3A%3A%3Adevtools%2Fcross-device" +
	"&redirect_uri=https%3A%2F%2Feu-central-1.signin.aws.amazon.com%2Fv1%2Fsessions%2Fconfirmation&state=0f4ba5ec-2d1b-4b34-b9c5-4d6b2f1c8c55" +
	"&code_challenge_method=SHA-256&scope=openid&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

// bobARN is who signs in to the console.
const bobARN = "arn:aws:iam::123456789012:user/bob"

// consolePrompt is the sign-in to the console that most tests ask for.
func consolePrompt() creds.Prompt {
	return creds.Prompt{
		Kind: creds.PromptConsole, Profile: "dev", SignIn: &creds.SignIn{Identity: bobARN}, Requester: alicePrompt().Requester,
	}
}

// pastedPrompt is that sign-in on another device.
func pastedPrompt() creds.Prompt {
	p := consolePrompt()
	p.SignIn.Begun, p.SignIn.Pastes, p.SignIn.Method, p.SignIn.URL = true, true, creds.SignInDeviceCode, consoleURL
	p.SignIn.Until = time.Now().Add(10 * time.Minute)
	return p
}

// beginConsole begins that sign-in in the way that is asked for.
func beginConsole(o creds.SignInOptions, p *creds.Prompt) *creds.Error {
	if o.Method == creds.SignInDeviceCode {
		p.SignIn = pastedPrompt().SignIn
		return nil
	}
	return beginCorp(o, p)
}

// beginCorp begins a sign-in in the way that is asked for.
func beginCorp(o creds.SignInOptions, p *creds.Prompt) *creds.Error {
	p.SignIn.Begun, p.SignIn.Opened = true, true
	p.SignIn.Until = time.Now().Add(10 * time.Minute)
	if o.Method == creds.SignInDeviceCode {
		p.SignIn.Method, p.SignIn.URL, p.SignIn.Code = o.Method, deviceURL, "ABCD-EFGH"
		return nil
	}
	p.SignIn.Method, p.SignIn.URL = creds.SignInBrowser, browserURL
	return nil
}
