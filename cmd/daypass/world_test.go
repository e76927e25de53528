package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"daypass/creds"
	"daypass/creds/agent"
	"daypass/creds/agentapi"
	"daypass/creds/awsfile"
	"daypass/creds/awstest"
	"daypass/creds/browsers"
	"daypass/creds/console"
	"daypass/creds/consolesignin"
	"daypass/creds/core"
	"daypass/creds/settings"
	"daypass/creds/settings/schema"
	"daypass/creds/vault"
	"daypass/internal/secret"
	"daypass/internal/signin"
	"daypass/sso"
)

// world is a home with a real agent in it, which talks to an AWS of its own.
type world struct {
	sample  *awstest.Sample
	broker  *agent.Broker
	home    string
	runtime string
	// env leads the command line to the home and to its agent.
	env []string

	mu sync.Mutex
	// slow, unless nil, is closed when the person at the browser gets to it.
	slow chan struct{}
	// signInPlaces are where the browser opened sign-ins.
	signInPlaces []string
	// opened are the links to the console that a browser was given, and where.
	opened []openedLink
}

// openedLink is what a browser was given.
type openedLink struct {
	link  secret.Text
	place browsers.Place
}

// open is a browser that shows nothing.
func (w *world) open(_ context.Context, _ []browsers.Browser, p browsers.Place, address secret.Text, _ browsers.Options) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.opened = append(w.opened, openedLink{address, p})
	return nil
}

// newWorld starts an agent in the folder dir. It ends when stop is called.
// window is what it shows prompts in; nil for an agent without a desktop.
func newWorld(dir string, window func(context.Context, string) error) (w *world, stop func(), err error) {
	return openWorld(dir, window, awstest.NewSample(), filepath.Join(dir, "passphrase"))
}

// openWorld is newWorld with an AWS that is there already, and with a keyring
// that is locked if passphraseFile is "".
func openWorld(
	dir string, window func(context.Context, string) error, sample *awstest.Sample, passphraseFile string,
) (w *world, stop func(), err error) {
	w = &world{sample: sample, home: filepath.Join(dir, "home")}
	paths := awsfile.Paths{
		Config:      filepath.Join(w.home, ".aws", "config"),
		Credentials: filepath.Join(w.home, ".aws", "credentials"),
	}
	// A socket's address is short, and the folders of tests are long.
	runtime, err := os.MkdirTemp("", "daypass")
	if err != nil {
		return nil, nil, err
	}
	w.runtime = runtime
	w.env = []string{
		"HOME=" + w.home, "DAYPASS_RUNTIME_DIR=" + runtime,
		"AWS_CONFIG_FILE=" + paths.Config, "AWS_SHARED_CREDENTIALS_FILE=" + paths.Credentials,
	}
	passphrase := filepath.Join(dir, "passphrase")
	for path, text := range map[string]string{paths.Config: w.sample.Config() + "\n" + w.sample.SSO.Config(), passphrase: "open sesame\n"} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, nil, err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return nil, nil, err
		}
	}
	ctx := context.Background()
	seat, err := agent.Claim(ctx, runtime, agent.Newcomer{})
	if err != nil {
		return nil, nil, err
	}
	log := slog.New(slog.DiscardHandler)
	tokens := sso.NewCache(filepath.Join(w.home, ".aws", "sso", "cache"), log)
	logins := consolesignin.NewCache(filepath.Join(w.home, ".aws", "login", "cache"), log)
	desktop := agent.Desktop{Browse: w.browse}
	if window != nil {
		desktop.Window = func(ctx context.Context, id string, shown func()) error {
			shown()
			return window(ctx, id)
		}
	}
	w.broker = agent.NewBroker(desktop, log)
	chosen, err := settings.New(filepath.Join(dir, "config.toml"))
	if err != nil {
		return nil, nil, err
	}
	bookmarks := console.NewBookmarks(filepath.Join(dir, "bookmarks.toml"), "")
	visits := console.NewVisits(filepath.Join(dir, "visits.json"), log)
	manager := core.NewManager(core.Config{
		Names:    agent.Names{Settings: chosen, Bookmarks: bookmarks, Visits: visits},
		Files:    paths,
		Settings: chosen.Current,
		Choose: func(ctx context.Context, profile, setting string, value any) error {
			return chosen.Change(ctx, []creds.SettingChange{{Key: schema.ProfileKey(profile, setting), Value: value}})
		},
		Logins:   logins,
		StateDir: filepath.Join(dir, "state"), Tokens: tokens,
		Roles: sso.NewRoleCache(filepath.Join(w.home, ".aws", "cli", "cache"), log),
		Vault: vault.New(vault.Config{
			Backend: "file", Dir: filepath.Join(dir, "state"), PassphraseFile: passphraseFile, User: w.broker,
		}),
		AWS: aws.Config{HTTPClient: &http.Client{Transport: w.sample.AWS.Transport()}}, User: w.broker, Log: log,
	})
	a := agent.New(agent.Config{
		Seat: seat, Manager: manager, Broker: w.broker, Version: "test", Headless: window == nil,
		Files: agentapi.Files{Config: paths.Config, Credentials: paths.Credentials, LoginCache: logins.Dir()}, Tokens: tokens, Logins: logins, Log: log, Settings: chosen,
		Consoles: agent.Consoles{
			Bookmarks: bookmarks,
			Visits:    visits,
			Browsers:  func(context.Context) []browsers.Browser { return nil },
			Open:      w.open,
		},
	})
	ended := make(chan error, 1)
	life, end := context.WithCancel(ctx)
	go func() { ended <- a.Run(life) }()
	// A command that finds nobody at the socket would start an agent of its own.
	for {
		if conn, err := (&net.Dialer{}).DialContext(ctx, "unix", agentapi.SocketPath(runtime)); err == nil {
			_ = conn.Close()
			break
		}
		select {
		case err := <-ended:
			end()
			return nil, nil, fmt.Errorf("the agent did not start: %w", err)
		case <-time.After(time.Millisecond):
		}
	}
	return w, func() {
		end()
		<-ended
		_ = os.RemoveAll(runtime)
	}, nil
}

// locked is the same home with an agent that was started anew, and a keyring that
// is locked. The first agent must have ended.
func locked(t *testing.T, dir string, before *world) *world {
	t.Helper()
	w, stop, err := openWorld(dir, nil, before.sample, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return w
}

// hold keeps the person at the browser from approving until release is called.
func (w *world) hold() (release func()) {
	slow := make(chan struct{})
	w.mu.Lock()
	defer w.mu.Unlock()
	w.slow = slow
	return func() { close(slow) }
}

// browse is the agent's browser, with a person at it who approves.
func (w *world) browse(ctx context.Context, page agent.SignInPage) error {
	w.mu.Lock()
	slow := w.slow
	w.signInPlaces = append(w.signInPlaces, page.Place)
	w.mu.Unlock()
	if slow != nil {
		<-slow
	}
	if page.Session == "" { // of the console
		_, err := w.sample.Console.Alice.Visit(ctx, page.URL)
		return err
	}
	_, err := w.sample.SSO.Center.Visit(ctx, page.URL)
	return err
}

// withConsole adds the sample's profiles of console sign-ins, and more.
func (w *world) withConsole(more string) error {
	path := filepath.Join(w.home, ".aws", "config")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(string(text)+"\n"+w.sample.Console.Config()+more), 0o600)
}

// awsLogin signs alice in as "aws login" does.
func (w *world) awsLogin() error {
	name, content := w.sample.Console.Alice.LoginFile(15 * time.Minute)
	dir := filepath.Join(w.home, ".aws", "login", "cache")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name), content, 0o600)
}

// signIn signs in to a session, as a terminal in another window would, and
// returns when all profiles are refreshed.
func (w *world) signIn(session string) error {
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", agentapi.SocketPath(w.runtime))
		},
		DisableKeepAlives: true,
	}}
	body := strings.NewReader(fmt.Sprintf(`{"session":%q,"method":"browser"}`, session))
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://daypass"+agentapi.SSOLogin.Path, body)
	if err != nil {
		return err
	}
	for name, value := range map[string]string{
		agentapi.HeaderSurface:         string(creds.SurfaceTerminal),
		agentapi.HeaderConfigFile:      filepath.Join(w.home, ".aws", "config"),
		agentapi.HeaderCredentialsFile: filepath.Join(w.home, ".aws", "credentials"),
	} {
		req.Header.Set(name, value)
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", resp.Status, answer)
	}
	return err
}

// signInElsewhere signs in with another program that has the same token cache, such
// as the AWS CLI, as the person who is called name.
func (w *world) signInElsewhere(ctx context.Context, name string) error {
	w.sample.SSO.Center.Person(name)
	cfg := aws.Config{HTTPClient: &http.Client{Transport: w.sample.AWS.Transport()}}
	other := sso.NewClient(cfg, sso.NewCache(filepath.Join(w.home, ".aws", "sso", "cache"), nil), nil)
	_, err := other.SignIn(ctx, sso.Session{
		Name: awstest.SampleSession, StartURL: awstest.SampleStartURL, Region: awstest.SampleRegion, Scopes: []string{"sso:account:access"},
	}, signin.Way{Method: signin.MethodDevice, Show: func(p signin.Page) { _ = w.sample.SSO.Center.Approve(p.Code) }})
	return err
}

// owner returns whom the credentials in a section belong to: the last part of their ARN.
func (w *world) owner(section string) string {
	arn := w.caller(section)
	return arn[strings.LastIndexByte(arn, '/')+1:]
}

// caller returns whom the credentials in a section belong to, by what AWS says.
func (w *world) caller(section string) string {
	text, err := os.ReadFile(filepath.Join(w.home, ".aws", "credentials"))
	if err != nil {
		return ""
	}
	_, own, _ := strings.Cut(string(text), "["+section+"]")
	_, key, _ := strings.Cut(own, "aws_access_key_id = ")
	key, _, _ = strings.Cut(key, "\n")
	return w.sample.AWS.IAM.CallerOf(strings.TrimSpace(key))
}

// code returns a code that AWS takes now: it takes one that is shown next, too.
func (w *world) code() string {
	code, _ := w.sample.Phone.UnusedCode(w.sample.AWS.Now())
	return code
}

// wrongCode returns six digits that are no code of these minutes.
func (w *world) wrongCode() string {
	now := w.sample.AWS.Now()
	taken := make(map[string]bool)
	for d := -5 * time.Minute; d < 5*time.Minute; d += 10 * time.Second {
		taken[w.sample.Phone.Code(now.Add(d))] = true
	}
	for _, candidate := range "0123456789" {
		if code := strings.Repeat(string(candidate), creds.CodeDigits); !taken[code] {
			return code
		}
	}
	return "123123"
}

// inWorld starts an agent for one test.
func inWorld(t *testing.T) *world { return inWorldWith(t, nil) }

// inWorldWith starts an agent that shows prompts in a window.
func inWorldWith(t *testing.T, window func(context.Context, string) error) *world {
	t.Helper()
	w, stop, err := newWorld(t.TempDir(), window)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return w
}
