package agent_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/agent"
	"daypass/creds/agentapi"
	"daypass/creds/awsfile"
	"daypass/creds/awstest"
	"daypass/creds/browsers"
	"daypass/creds/console"
	"daypass/creds/consolesignin"
	"daypass/creds/core"
	"daypass/creds/credstest"
	"daypass/creds/settings"
	"daypass/creds/vault"
	"daypass/internal/secret"
	"daypass/sso"
)

// house is a home with the sample AWS and an agent that serves a real socket.
type house struct {
	*awstest.Sample
	dir    string
	agent  *agent.Agent
	broker *agent.Broker
	// windows has the ids of the prompts whose windows were opened.
	windows  chan string
	log      *lockedBuffer
	stop     func() error
	settings *settings.Store
	consoles agent.Consoles
	browsers []browsers.Browser
	// opened are the links given to a browser, and copied those given to the clipboard.
	opened chan opening
	copied chan secret.Text
	// shown are the windows that were opened, with their arguments.
	shown chan agentapi.ShowRequest
	// broken is why no window opens.
	broken atomic.Pointer[error]
}

type lockedBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// socketDir returns a folder for a socket: those of testing have paths that are
// too long for one.
func socketDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "dp")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// newHouse starts an agent whose environment is the test's own.
func newHouse(t *testing.T, headless bool) *house {
	t.Helper()
	return newHouseIn(t, headless, ".", func(h *house, home string) {
		credstest.Write(t, filepath.Join(home, "config"), h.Config())
	})
}

// newHouseIn is newHouse with the AWS files in a folder of the home. prepare makes the
// folder and the files, or does not.
func newHouseIn(t *testing.T, headless bool, folder string, prepare func(h *house, home string)) *house {
	t.Helper()
	h := &house{Sample: awstest.NewSample(), dir: socketDir(t), windows: make(chan string, 100), opened: make(chan opening, 100), copied: make(chan secret.Text, 100), shown: make(chan agentapi.ShowRequest, 100), log: &lockedBuffer{}}
	home := t.TempDir()
	files := awsfile.Paths{Config: filepath.Join(home, folder, "config"), Credentials: filepath.Join(home, folder, "credentials")}
	prepare(h, home)
	passphrase := filepath.Join(home, "passphrase")
	credstest.Write(t, passphrase, "correct horse\n")
	t.Setenv("HOME", home)
	t.Setenv("DAYPASS_RUNTIME_DIR", h.dir)
	t.Setenv("AWS_CONFIG_FILE", files.Config)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", files.Credentials)

	log := slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var desktop agent.Desktop
	if !headless {
		desktop.Window = func(ctx context.Context, id string, shown func()) error {
			h.windows <- id
			if why := h.broken.Load(); why != nil {
				return *why
			}
			shown()
			<-ctx.Done()
			return nil
		}
	}
	h.broker = agent.NewBroker(desktop, log)
	tokens := sso.NewCache(filepath.Join(home, ".aws", "sso", "cache"), log)
	keys := vault.New(vault.Config{
		Backend: "file", Dir: filepath.Join(home, "state"), PassphraseFile: passphrase, User: h.broker,
	})
	for name, key := range map[string]awstest.Key{"alice": h.AliceKey, "ci": h.CIKey} {
		if err := keys.SetKey(t.Context(), name, creds.LongTermKey{ID: key.ID, Secret: secret.New(key.Secret)}); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if h.settings, err = settings.New(filepath.Join(home, "config.toml")); err != nil {
		t.Fatal(err)
	}
	h.consoles.Bookmarks = console.NewBookmarks(filepath.Join(home, "bookmarks.toml"), "")
	h.consoles.Visits = console.NewVisits(filepath.Join(home, "visits.json"), log)
	h.consoles.Browsers = func(context.Context) []browsers.Browser { return h.browsers }
	if !headless {
		h.consoles.Open, h.consoles.Copy = h.open, h.copy
	}
	seat, err := agent.Claim(t.Context(), h.dir, agent.Newcomer{Show: true})
	if err != nil {
		t.Fatal(err)
	}
	var show func(agentapi.Window, string) *agent.Opening
	if !headless {
		show = func(window agentapi.Window, arg string) *agent.Opening {
			h.shown <- agentapi.ShowRequest{Window: window, Arg: arg}
			return nil
		}
	}
	h.agent = agent.New(agent.Config{
		Show: show,
		Seat: seat, Broker: h.broker, Files: agentapi.Files{Config: files.Config, Credentials: files.Credentials, LoginCache: filepath.Join(home, ".aws", "login", "cache")}, Version: "v1.2.3", Headless: headless, Log: log, Tokens: tokens,
		Settings: h.settings, Consoles: h.consoles,
		Manager: core.NewManager(core.Config{
			Files: files, StateDir: filepath.Join(home, "state"), Vault: keys, User: h.broker, Log: log, Tokens: tokens,
			Settings: h.settings.Current,
			AWS:      aws.Config{HTTPClient: &http.Client{Transport: h.AWS.Transport()}},
		}),
	})
	ended := make(chan error, 1)
	ctx, end := context.WithCancel(context.Background())
	go func() { ended <- h.agent.Run(ctx) }()
	h.stop = sync.OnceValue(func() error {
		end()
		select {
		case err := <-ended:
			return err
		case <-time.After(patience):
			return errors.New("the agent does not end")
		}
	})
	t.Cleanup(func() {
		if err := h.stop(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// connect returns a client; the agent may still be opening its socket.
func (h *house) connect(t *testing.T, surface creds.Surface) *agentapi.Client {
	t.Helper()
	var c *agentapi.Client
	eventually(t, "an agent answers", func() (ok bool) {
		var err error
		c, err = agentapi.Connect(t.Context(), agentapi.Options{Surface: surface})
		return err == nil
	})
	t.Cleanup(c.Close)
	return c
}

// patience is how long a test waits for what comes at once on an idle machine.
const patience = time.Minute

// eventually waits until so returns true.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for limit := time.Now().Add(patience); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("it does not come about that %s:\n%s", what, goroutines(t))
		}
	}
}

// goroutines returns the stacks of all goroutines.
func goroutines(t *testing.T) string {
	t.Helper()
	var stacks strings.Builder
	if err := pprof.Lookup("goroutine").WriteTo(&stacks, 2); err != nil {
		t.Fatal(err)
	}
	return stacks.String()
}

// window returns the id of the prompt whose window opens next.
func (h *house) window(t *testing.T) string {
	t.Helper()
	select {
	case id := <-h.windows:
		return id
	case <-time.After(patience):
		t.Fatal("no window opens")
		return ""
	}
}

// answer gives the phone's next code to a prompt.
func (h *house) answer(t *testing.T, c *agentapi.Client, id string) {
	t.Helper()
	code, err := h.Phone.NextCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Answer(t.Context(), id, creds.AnswerRequest{Answer: secret.New(code)}); err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, err error, code creds.Code) *creds.Error {
	t.Helper()
	known, ok := errors.AsType[*creds.Error](err)
	if !ok || known.Code != code {
		t.Fatalf("the error is %v, not one of %s", err, code)
	}
	return known
}

func TestTheAgentSaysWhoItIs(t *testing.T) {
	h := newHouse(t, true)
	got, err := h.connect(t, "").Hello(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := agentapi.Hello{
		Version: "v1.2.3", PID: os.Getpid(), Headless: true,
		ConfigFile: os.Getenv("AWS_CONFIG_FILE"), CredentialsFile: os.Getenv("AWS_SHARED_CREDENTIALS_FILE"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheAgentListsAllProfilesAsItsSnapshotHasThem(t *testing.T) {
	h := newHouse(t, true)
	c := h.connect(t, creds.SurfaceProgram)
	for range 2 { // once made, and once kept
		snapshot, err := c.Snapshot(t.Context())
		if err != nil || len(snapshot.Profiles) == 0 {
			t.Fatalf("got %d profiles, %v", len(snapshot.Profiles), err)
		}
		records, err := c.Records(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(agentapi.AppendRecords(nil, snapshot.Profiles, time.Now())), string(records)); diff != "" {
			t.Errorf("records (-want +got):\n%s", diff)
		}
		table, err := c.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(agentapi.TableOf(snapshot), table); diff != "" {
			t.Errorf("table (-want +got):\n%s", diff)
		}
	}
}

func TestAProgramWaitsAsLongAsItCanAndItsRetrySucceeds(t *testing.T) {
	h := newHouse(t, false)
	c := h.connect(t, creds.SurfaceProgram)
	want := fmt.Sprintf("profile %q is still waiting for the MFA code of %s; the question stays open", "alice", h.Phone.Serial())
	// On a busy machine the first wait may be over before there is a question.
	early := fmt.Sprintf("the refresh of profile %q is not over yet; it goes on", "alice")
	for wait, message := 300*time.Millisecond, early; message == early; wait *= 2 {
		_, err := c.Credentials(t.Context(), "alice", wait)
		if message = wantCode(t, err, creds.CodeWaiting).Message; message != want && (message != early || wait > patience) {
			t.Fatalf("after %s: got %q, want %q", wait, message, want)
		}
	}

	h.answer(t, c, h.window(t))
	got, err := c.Credentials(t.Context(), "alice", 0)
	if err != nil {
		t.Fatal(err)
	}
	if got.AccessKeyID == "" || got.SecretAccessKey.IsZero() || got.SessionToken.IsZero() ||
		got.Region != awstest.SampleRegion || got.AccountID != "111111111111" || !got.Expires.After(time.Now()) {
		t.Errorf("the credentials are not whole: %+v", got)
	}
	// Unlike a program, a person waits until the files are written too.
	if _, err := c.Login(t.Context(), creds.LoginRequest{Profile: "alice"}); err != nil {
		t.Fatal(err)
	}
	if calls := len(h.AWS.Calls("GetSessionToken")); calls != 1 {
		t.Errorf("%d calls of GetSessionToken, not one", calls)
	}
	if s := got.SecretAccessKey.Reveal(); strings.Contains(h.log.String(), s) || strings.Contains(h.log.String(), h.AliceKey.Secret) {
		t.Error("a secret is in the log")
	}
}

func TestAProgramIsToldWhereThereIsNoDesktop(t *testing.T) {
	h := newHouse(t, true)
	c := h.connect(t, creds.SurfaceProgram)
	_, err := c.Credentials(t.Context(), "alice", time.Minute)
	if e := wantCode(t, err, creds.CodeNobodyToAsk); !strings.Contains(e.Message, "neither a desktop nor a terminal") {
		t.Errorf("the error is %q", e.Message)
	}
	s, err := c.Snapshot(t.Context())
	if err != nil || len(s.Prompts) != 0 {
		t.Fatalf("a question stays open that nobody sees: %v, %v", s.Prompts, err)
	}
}

func TestManyProgramsShareOnePrompt(t *testing.T) {
	h := newHouse(t, false)
	c := h.connect(t, creds.SurfaceProgram)
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			if _, err := c.Credentials(t.Context(), "dev-admin", time.Minute); err != nil {
				t.Error(err)
			}
		})
	}
	h.answer(t, c, h.window(t))
	all.Wait()
	if len(h.windows) > 0 {
		t.Error("more than one window was opened")
	}
	if calls := len(h.AWS.Calls("AssumeRole")); calls != 1 {
		t.Errorf("%d calls of AssumeRole, not one", calls)
	}
}

func TestATerminalAnswersItsOwnPrompt(t *testing.T) {
	h := newHouse(t, false)
	c := h.connect(t, creds.SurfaceTerminal)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	shown := make(chan string, 1)
	go func() {
		_ = c.WatchPrompts(ctx, "dev-admin", func(prompts []creds.Prompt) {
			if len(prompts) == 1 && !prompts[0].Checking {
				shown <- prompts[0].ID
				cancel()
			}
		})
	}()
	go func() { h.answer(t, c, <-shown) }()
	s, err := c.Login(t.Context(), creds.LoginRequest{Profile: "dev-admin"})
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "dev-admin" || s.State(time.Now()) != creds.StateValid {
		t.Errorf("the profile is %+v", s)
	}
	if len(h.windows) > 0 {
		t.Error("a window was opened for a terminal")
	}
}

func TestAPromptEndsWithTheTerminalThatShowedIt(t *testing.T) {
	h := newHouse(t, false)
	c := h.connect(t, creds.SurfaceTerminal)
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() {
		_, err := c.Login(ctx, creds.LoginRequest{Profile: "alice"})
		gone <- err
	}()
	watch, enough := context.WithTimeout(t.Context(), 10*time.Second)
	defer enough()
	opened := false
	err := c.WatchPrompts(watch, "", func(prompts []creds.Prompt) {
		switch {
		case len(prompts) == 1 && !opened:
			opened = true
			cancel()
		case len(prompts) == 0 && opened:
			enough()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the prompt stayed: %v", err)
	}
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Errorf("the login ended with %v", err)
	}
}

func TestAWatchedPromptTellsItsEnd(t *testing.T) {
	h := newHouse(t, false)
	c := h.connect(t, creds.SurfaceTray)
	failed := make(chan error, 1)
	go func() {
		_, err := c.Login(t.Context(), creds.LoginRequest{Profile: "alice"})
		failed <- err
	}()
	id := h.window(t)
	var last creds.PromptEvent
	err := c.WatchPrompt(t.Context(), id, func(e creds.PromptEvent) {
		if last = e; e.Prompt != nil {
			if err := c.CancelPrompt(t.Context(), id); err != nil {
				t.Error(err)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if last.End == nil || last.End.Err == nil || last.End.Err.Code != creds.CodeDeclined {
		t.Errorf("the last event is %+v", last)
	}
	wantCode(t, <-failed, creds.CodeDeclined)
	wantCode(t, c.WatchPrompt(t.Context(), id, func(creds.PromptEvent) {}), creds.CodeBadRequest)
}

func TestAProfileIsWatchedFromItsLoginToItsLogout(t *testing.T) {
	h := newHouse(t, false)
	c := h.connect(t, creds.SurfaceTray)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	valid := make(chan struct{})
	watched := make(chan error, 1)
	go func() {
		watched <- c.Watch(ctx, func(s creds.Snapshot) {
			p, _ := s.Profile("ci")
			switch p.State(time.Now()) {
			case creds.StateValid:
				select {
				case <-valid:
				default:
					close(valid)
				}
			case creds.StateNone:
				select {
				case <-valid:
					cancel()
				default:
				}
			default:
			}
		})
	}()
	if _, err := c.Login(t.Context(), creds.LoginRequest{Profile: "ci"}); err != nil {
		t.Fatal(err)
	}
	<-valid
	if s, err := c.Status(t.Context(), "ci"); err != nil || s.State(time.Now()) != creds.StateValid {
		t.Errorf("the status is %+v, %v", s, err)
	}
	if err := c.Logout(t.Context(), creds.LogoutRequest{Profile: "ci"}); err != nil {
		t.Fatal(err)
	}
	if err := <-watched; !errors.Is(err, context.Canceled) {
		t.Errorf("the logout was not seen: %v", err)
	}
	_, err := c.Status(t.Context(), "nobody")
	wantCode(t, err, creds.CodeNoProfile)
	wantCode(t, c.Logout(t.Context(), creds.LogoutRequest{}), creds.CodeBadRequest)
}

func TestAClientWithOtherFilesIsRefusedWithBothNames(t *testing.T) {
	h := newHouse(t, true)
	ours := os.Getenv("AWS_CONFIG_FILE")
	h.connect(t, "")
	t.Setenv("AWS_CONFIG_FILE", "/elsewhere/config")
	c := h.connect(t, "")
	_, err := c.Snapshot(t.Context())
	e := wantCode(t, err, creds.CodeConfigMismatch)
	if !strings.Contains(e.Message, ours) || !strings.Contains(e.Message, "/elsewhere/config") {
		t.Errorf("the error is %q", e.Message)
	}
	if _, err := c.Hello(t.Context()); err != nil {
		t.Errorf("such a client may ask who the agent is: %v", err)
	}

	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(ours, link); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CONFIG_FILE", link)
	if _, err := h.connect(t, "").Snapshot(t.Context()); err != nil {
		t.Errorf("another name of the same file is refused: %v", err)
	}
}

func TestRequestsThatMakeNoSenseAreRefused(t *testing.T) {
	h := newHouse(t, true)
	h.connect(t, "")
	for name, raw := range map[string]string{
		"an unknown path":         "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n",
		"no files":                "GET /snapshot HTTP/1.1\r\nHost: x\r\n\r\n",
		"a body that is no JSON":  "POST /login HTTP/1.1\r\nHost: x\r\n@FILES@Content-Length: 3\r\n\r\nabc",
		"a body that is too long": "POST /login HTTP/1.1\r\nHost: x\r\n@FILES@Content-Length: 1048579\r\n\r\n" + strings.Repeat(" ", 1<<20) + "{}\n",
		"a wait that is no time":  "GET /credentials?profile=ci&wait=soon HTTP/1.1\r\nHost: x\r\n@FILES@\r\n",
		"a get that changes":      "GET /stop HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("unix", agentapi.SocketPath(h.dir))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			files := fmt.Sprintf("%s: %s\r\n%s: %s\r\n", agentapi.HeaderConfigFile, os.Getenv("AWS_CONFIG_FILE"),
				agentapi.HeaderCredentialsFile, os.Getenv("AWS_SHARED_CREDENTIALS_FILE"))
			if _, err := io.WriteString(conn, strings.Replace(raw, "@FILES@", files, 1)); err != nil {
				t.Fatal(err)
			}
			_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
			answer := make([]byte, 4096)
			n, err := conn.Read(answer)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(answer[:n]); !strings.HasPrefix(got, "HTTP/1.1 400 ") || !strings.Contains(got, `"code":"bad_request"`) {
				t.Errorf("the answer is %q", got)
			}
		})
	}
}

func TestNothingIsLeftWhenTheAgentHasEnded(t *testing.T) {
	before := runtime.NumGoroutine()
	h := newHouse(t, false)
	c := h.connect(t, creds.SurfaceProgram)
	var all sync.WaitGroup
	all.Go(func() { _ = c.Watch(t.Context(), func(creds.Snapshot) {}) })
	all.Go(func() { _ = c.WatchPrompts(t.Context(), "alice", func([]creds.Prompt) {}) })
	all.Go(func() { _, _ = c.Credentials(t.Context(), "alice", 0) })
	prompt := h.window(t)
	all.Go(func() {
		if err := c.WatchPrompt(t.Context(), prompt, func(creds.PromptEvent) {}); err == nil {
			t.Error("a prompt was answered by nobody")
		}
	})
	// One client says nothing, and one does not end its request.
	for _, text := range []string{"", "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n"} {
		conn, err := net.Dial("unix", agentapi.SocketPath(h.dir))
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			_, _ = io.WriteString(conn, text)
			_, _ = io.Copy(io.Discard, conn)
			_ = conn.Close()
		})
	}
	eventually(t, "the agent serves them all", func() bool {
		stacks := goroutines(t)
		return strings.Count(stacks, "agent.stream[") == 3 && strings.Count(stacks, "(*profiles).waitForCredentials(") == 1 &&
			strings.Count(stacks, "net/http.(*conn).serve(") == 6
	})
	start := time.Now()
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := h.stop(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("the agent took %s to end", took)
	}
	all.Wait()
	c.Close()
	if _, err := os.Lstat(agentapi.SocketPath(h.dir)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
	eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
}

func TestStreamsEndWhenTheClientGoes(t *testing.T) {
	h := newHouse(t, true)
	c := h.connect(t, "")
	serving := func() int { return strings.Count(goroutines(t), "agent.stream[") }
	ctx, cancel := context.WithCancel(t.Context())
	var all, started sync.WaitGroup
	for range 20 {
		started.Add(1)
		all.Go(func() {
			first := sync.OnceFunc(started.Done)
			_ = c.WatchPrompts(ctx, "alice", func([]creds.Prompt) { first() })
		})
	}
	started.Wait()
	if n := serving(); n < 20 {
		t.Errorf("%d goroutines serve 20 clients", n)
	}
	cancel()
	all.Wait()
	eventually(t, "no goroutine serves nobody", func() bool { return serving() == 0 })
}

func TestClientAndAgentAgreeOnWhereTheFilesAre(t *testing.T) {
	for _, goos := range []string{"linux", "darwin", "windows"} {
		for _, env := range []map[string]string{
			{"HOME": "/home/me"},
			{"HOME": "/home/me/"},
			{"HOME": `C:\Users\me\`},
			{"USERPROFILE": `C:\Users\me`},
			{"HOMEDRIVE": "C:", "HOMEPATH": `\Users\me`},
			{},
			{"AWS_CONFIG_FILE": "/a/config"},
			{"AWS_CONFIG_FILE": "/a/config", "AWS_SHARED_CREDENTIALS_FILE": "credentials"},
			{"HOME": "/home/me", "AWS_CONFIG_FILE": "~/c", "AWS_SHARED_CREDENTIALS_FILE": "~other/c"},
			{"HOME": "/home/me", "AWS_CONFIG_FILE": `~\c`, "AWS_SHARED_CREDENTIALS_FILE": "~"},
			{"HOME": "/home/me", "AWS_LOGIN_CACHE_DIRECTORY": "~/c"},
			{"HOME": "/home/me", "AWS_LOGIN_CACHE_DIRECTORY": "$HOME/${HOME}$A${B}$", "A": "~"},
			{"HOME": "/home/me", "AWS_LOGIN_CACHE_DIRECTORY": "%HOME%/%A%%"},
			{"HOME": "/home/me", "AWS_LOGIN_CACHE_DIRECTORY": "~other"},
		} {
			getenv := func(name string) string { return env[name] }
			want, wantErr := awsfile.Locate(getenv, goos)
			got, err := agentapi.LocateFiles(getenv, goos)
			if (err != nil) != (wantErr != nil) {
				t.Errorf("%s %v: the client has %v, the agent %v", goos, env, err, wantErr)
			}
			if diff := cmp.Diff(want, awsfile.Paths{Config: got.Config, Credentials: got.Credentials}); diff != "" {
				t.Errorf("%s %v: the agent's (-) are not the client's (+):\n%s", goos, env, diff)
			}
			if home := env["HOME"]; home == "/home/me" && goos != "windows" || got.LoginCache != "" && env["AWS_LOGIN_CACHE_DIRECTORY"] != "" {
				if want := consolesignin.Locate(getenv, goos, home); want != got.LoginCache {
					t.Errorf("%s %v: the agent's login cache is %s, and the client's %s", goos, env, want, got.LoginCache)
				}
			}
		}
	}
}

func TestAClientWithOtherConsoleSignInsIsRefusedWithBothFolders(t *testing.T) {
	h := newHouse(t, true)
	home := os.Getenv("HOME")
	ours := filepath.Join(home, ".aws", "login", "cache")
	h.connect(t, "")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(home, link); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		folder string
		made   bool // the agent's is there
		other  bool
	}{
		"not set":                      {"", false, false},
		"the agent's":                  {"$HOME/.aws/login/cache", false, false},
		"the agent's, by another name": {filepath.Join(link, ".aws", "login", "cache"), true, false},
		"the agent's by another name, not made yet": {filepath.Join(link, ".aws", "login", "cache") + "/", false, false},
		"elsewhere":               {"~/elsewhere", true, true},
		"elsewhere, not made yet": {"/elsewhere/.aws/login/cache", false, true},
		"beside it, not made yet": {"~/.aws/login/other", false, true},
		"above it":                {"~/.aws/login", true, true},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.RemoveAll(filepath.Dir(ours)); err != nil {
				t.Fatal(err)
			}
			if tc.made {
				if err := os.MkdirAll(ours, 0o700); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv("AWS_LOGIN_CACHE_DIRECTORY", tc.folder)
			c := h.connect(t, "")
			_, err := c.Snapshot(t.Context())
			if !tc.other {
				if err != nil {
					t.Error(err)
				}
				return
			}
			e := wantCode(t, err, creds.CodeConfigMismatch)
			if theirs := strings.Replace(tc.folder, "~", home, 1); !strings.Contains(e.Message, ours+",") || !strings.HasSuffix(e.Message, theirs) {
				t.Errorf("the error is %q", e.Message)
			}
			if _, err := c.Hello(t.Context()); err != nil {
				t.Errorf("such a client may ask who the agent is: %v", err)
			}
		})
	}
}

// One of an earlier version does not say which.
func TestAClientThatDoesNotNameItsConsoleSignInsIsServed(t *testing.T) {
	h := newHouse(t, true)
	h.connect(t, "")
	conn, err := net.Dial("unix", agentapi.SocketPath(h.dir))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, err = fmt.Fprintf(conn, "GET /snapshot HTTP/1.1\r\nHost: x\r\n%s: %s\r\n%s: %s\r\n\r\n",
		agentapi.HeaderConfigFile, os.Getenv("AWS_CONFIG_FILE"), agentapi.HeaderCredentialsFile, os.Getenv("AWS_SHARED_CREDENTIALS_FILE"))
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	answer := make([]byte, 12)
	if _, err := io.ReadFull(conn, answer); err != nil || string(answer) != "HTTP/1.1 200" {
		t.Errorf("the answer is %q, %v", answer, err)
	}
}

func TestAConsoleSignInIsAddedInNoWayThatThereIsNot(t *testing.T) {
	h := newHouse(t, true)
	c := h.connect(t, creds.SurfaceTerminal)
	for name, o := range map[string]creds.SignInOptions{"an unknown method": {Method: "by mail"}, "an unknown place": {Place: ":"}} {
		_, err := c.AddConsole(t.Context(), creds.AddConsoleRequest{Profile: "new", SignInOptions: o})
		if creds.CodeOf(err) != creds.CodeBadRequest {
			t.Errorf("%s: got %v", name, err)
		}
	}
	_, err := c.Status(t.Context(), "new")
	wantCode(t, err, creds.CodeNoProfile)
}
