package core_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"daypass/creds"
	"daypass/creds/agent"
	"daypass/creds/awsfile"
	"daypass/creds/awstest"
	"daypass/creds/consolesignin"
	"daypass/creds/core"
	"daypass/creds/credstest"
	"daypass/creds/settings"
	"daypass/creds/vault"
	"daypass/internal/secret"
	"daypass/internal/signin"
	"daypass/sso"
)

// world is the sample AWS with a home folder, a keyring file and a manager.
type world struct {
	t testing.TB
	*awstest.Sample
	home  string
	files awsfile.Paths
	// person answers the prompts.
	person *person
	tokens *sso.Cache
	logins *consolesignin.Cache
	log    *lockedBuffer

	settings creds.Settings
	// chosen records the decisions on programs.
	chosen map[string]creds.ProgramRule
	aws    aws.Config
	// names, if set, are the settings' file, bookmarks and visits of the next manager.
	names   *agent.Names
	spoils  *spoiler
	vaultOf func() *vault.Vault
	// around is what the health depends on besides.
	around core.Surroundings
	// userOf, if set, returns the user to ask instead of person.
	userOf func() core.User
	m      *core.Manager
	stop   func()
}

// newWorld makes one whose manager runs until the test, or its bubble, ends.
// alice's and ci's keys are in the keyring.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, Sample: awstest.NewSample(), home: t.TempDir(), log: &lockedBuffer{}}
	w.person = &person{device: w.Phone, identity: w.Console.Alice}
	w.moveTo(w.home)
	w.aws = aws.Config{HTTPClient: &http.Client{Transport: w.AWS.Transport()}}
	w.settings = settings.Defaults()
	w.chosen = map[string]creds.ProgramRule{}
	w.write(w.files.Config, w.Config())
	w.write(filepath.Join(w.home, "passphrase"), "correct horse\n")
	w.vaultOf = w.vault
	keys := w.vault()
	for name, key := range map[string]awstest.Key{"alice": w.AliceKey, "ci": w.CIKey} {
		if err := keys.SetKey(t.Context(), name, creds.LongTermKey{ID: key.ID, Secret: secret.New(key.Secret)}); err != nil {
			t.Fatal(err)
		}
	}
	w.start()
	t.Cleanup(func() { w.stop() })
	return w
}

// moveTo gives the next manager another home folder.
func (w *world) moveTo(home string) {
	w.home = home
	w.tokens = sso.NewCache(filepath.Join(home, ".aws", "sso", "cache"), nil)
	w.logins = consolesignin.NewCache(filepath.Join(home, ".aws", "login", "cache"), nil)
	w.files = awsfile.Paths{Config: filepath.Join(home, ".aws", "config"), Credentials: filepath.Join(home, ".aws", "credentials")}
}

func (w *world) vault() *vault.Vault {
	return vault.New(vault.Config{
		Backend: "file", Dir: filepath.Join(w.home, "state"), PassphraseFile: filepath.Join(w.home, "passphrase"), User: w.person,
	})
}

// start runs a new manager on what the last one left.
func (w *world) start() {
	read := func() creds.Settings { return w.settings }
	var names core.Names
	if w.names != nil {
		w.spoils = &spoiler{Names: *w.names}
		read, names = w.names.Settings.Current, w.spoils
	}
	w.m = core.NewManager(core.Config{
		Files: w.files, Settings: read, Names: names, StateDir: filepath.Join(w.home, "state"),
		Choose: func(_ context.Context, profile, setting string, value any) error {
			switch setting {
			case "programs":
				w.chosen[profile] = creds.ProgramRule(value.(string))
			case "console_sign_in":
				chosen := w.settings.Clone()
				if chosen.Profile == nil {
					chosen.Profile = map[string]creds.ProfileSettings{}
				}
				one := chosen.Profile[profile]
				one.ConsoleSignIn = value.(bool)
				chosen.Profile[profile] = one
				w.settings = chosen
			default:
				w.t.Errorf("%q is chosen to be %v", setting, value)
			}
			return nil
		},
		Vault: w.vaultOf(), User: w.user(), Tokens: w.tokens, Logins: w.logins,
		Roles: sso.NewRoleCache(filepath.Join(w.home, ".aws", "cli", "cache"), nil),
		AWS:   w.aws, Around: w.around, CopyWork: 10,
		Log: slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	m := w.m // a test may start another one meanwhile
	go func() {
		defer close(ended)
		_ = m.Run(ctx)
	}()
	w.stop = sync.OnceFunc(func() {
		cancel()
		<-ended
	})
}

func (w *world) user() core.User {
	if w.userOf != nil {
		return w.userOf()
	}
	return w.person
}

func (w *world) write(path, text string) {
	w.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// credentials returns the values of a section of the credentials file.
func (w *world) credentials(section string) map[string]string {
	w.t.Helper()
	f, _, err := awsfile.Load(w.t.Context(), awsfile.Credentials, w.files.Credentials)
	if err != nil {
		w.t.Fatal(err)
	}
	return f.Values(awsfile.Profile(section))
}

func (w *world) refresh(name string, o core.RefreshOptions) creds.Status {
	w.t.Helper()
	s, err := w.m.Refresh(w.t.Context(), name, o)
	if err != nil {
		w.t.Fatalf("refreshing %s: %v", name, err)
	}
	return s
}

// calls returns how often an action was called.
func (w *world) calls(action string) int { return len(w.AWS.Calls(action)) }

// person types codes from a device.
type person struct {
	device *awstest.Device

	mu    sync.Mutex
	asked []creds.Prompt
	// script has the answers to give instead of the device's code, in order.
	script []string
	// stops makes the person give up at the first refusal.
	stops    bool
	refusals []creds.Refusal
	declines bool
	// nobody is set if there is no desktop and no terminal.
	nobody bool

	// consents are the questions about programs; grant answers them.
	consents []creds.Prompt
	grant    creds.Grant

	// signIns are the requested sign-ins, each approved at once unless the person
	// denies or waits.
	signIns     []core.SignInRequest
	denies      bool
	signInNeeds <-chan struct{}
	// strangers are the prompts about another person, who is accepted unless refuses is
	// set.
	strangers []creds.Prompt
	refuses   bool
	centerOf  func(startURL string) *awstest.IdentityCenter
	// identity is who the browser signs in to the console.
	identity *awstest.ConsoleIdentity
}

// SignIn approves in a browser on another machine.
func (p *person) SignIn(ctx context.Context, ask core.SignInRequest, work func(context.Context, signin.Way) error) error {
	p.mu.Lock()
	p.signIns = append(p.signIns, ask)
	denies, needs, declines := p.denies, p.signInNeeds, p.declines
	p.mu.Unlock()
	if declines {
		return credstest.Declined("the sign-in")
	}
	if needs != nil {
		select {
		case <-needs:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if ask.Kind == creds.PromptConsole {
		return p.signInToConsole(ctx, denies, work)
	}
	center := p.centerOf(ask.About.StartURL)
	return work(ctx, signin.Way{Show: func(page signin.Page) {
		answer := center.Approve
		if denies {
			answer = center.Deny
		}
		_ = answer(page.Code) // it is shown again with other words, too
	}})
}

// signInToConsole brings back the code of a page that is open on another machine.
func (p *person) signInToConsole(ctx context.Context, denies bool, work func(context.Context, signin.Way) error) error {
	p.mu.Lock()
	identity := p.identity
	p.mu.Unlock()
	pasted := make(chan string, 1)
	var once sync.Once
	return work(ctx, signin.Way{Method: signin.MethodDevice, Pasted: pasted, Show: func(page signin.Page) {
		if page.URL == "" {
			return
		}
		once.Do(func() {
			if denies {
				return
			}
			if code, err := identity.Approve(page.URL); err == nil {
				pasted <- code
			}
		})
	}})
}

// Ask answers as the person would.
func (p *person) Ask(ctx context.Context, ask creds.Prompt, try func(context.Context, creds.AnswerRequest) error) error {
	p.mu.Lock()
	declines, answer := p.declines, creds.AnswerRequest{Answer: secret.New("correct horse")}
	switch ask.Kind {
	case creds.PromptMFA:
		p.asked = append(p.asked, ask)
		nobody := p.nobody
		p.mu.Unlock()
		if nobody {
			return creds.Errorf(creds.CodeNobodyToAsk, "nobody is there")
		}
		return p.typeCodes(ctx, declines, try)
	case creds.PromptConsent:
		p.consents = append(p.consents, ask)
		answer = creds.AnswerRequest{Grant: p.grant}
	case creds.PromptPerson:
		p.strangers = append(p.strangers, ask)
		declines, answer = p.refuses, creds.AnswerRequest{Grant: creds.GrantPerson}
	case creds.PromptSeal, creds.PromptOpen:
		p.asked = append(p.asked, ask)
		p.mu.Unlock()
		return p.typeCodes(ctx, declines, try)
	case creds.PromptPassphrase, creds.PromptSSO, creds.PromptConsole:
		declines = false
	}
	p.mu.Unlock()
	if declines {
		return credstest.Declined("the question")
	}
	return try(ctx, answer)
}

// signInsAsked returns how often the person was asked to sign in.
func (p *person) signInsAsked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.signIns)
}

func (p *person) typeCodes(ctx context.Context, declines bool, try func(context.Context, creds.AnswerRequest) error) error {
	if declines {
		return credstest.Declined("the question")
	}
	for {
		code, err := p.code(ctx)
		if err != nil {
			return err
		}
		err = try(ctx, creds.AnswerRequest{Answer: secret.New(code)})
		var refusal *creds.Refusal
		if !errors.As(err, &refusal) {
			return err
		}
		p.mu.Lock()
		p.refusals = append(p.refusals, *refusal)
		stops := p.stops
		p.mu.Unlock()
		if stops {
			return err
		}
	}
}

func (p *person) code(ctx context.Context) (string, error) {
	p.mu.Lock()
	if len(p.script) > 0 {
		defer p.mu.Unlock()
		code := p.script[0]
		p.script = p.script[1:]
		return code, nil
	}
	p.mu.Unlock()
	return p.device.NextCode(ctx)
}

// asks returns how often the person was asked for a code.
func (p *person) asks() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.asked)
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// bubble runs a test in a bubble of its own time.
func bubble(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.stop()
		test(t, w)
		w.noSecrets()
	})
}

// noSecrets looks for secrets in what was logged.
func (w *world) noSecrets() {
	w.t.Helper()
	logged := w.log.String()
	for name, plain := range map[string]string{
		"alice's secret": w.AliceKey.Secret, "ci's secret": w.CIKey.Secret, "the passphrase": "correct horse", "the device's seed": w.Phone.Secret(),
	} {
		if strings.Contains(logged, plain) {
			w.t.Errorf("%s is in the log", name)
		}
	}
	for _, section := range []string{"alice", "ci", "dev-admin-temporary"} {
		for _, key := range []string{"aws_secret_access_key", "aws_session_token"} {
			if plain := w.credentials(section)[key]; plain != "" && strings.Contains(logged, plain) {
				w.t.Errorf("%s of %s is in the log", key, section)
			}
		}
	}
}

func near(got, want time.Time) bool { return got.Sub(want).Abs() < 5*time.Second }

func newJar(t testing.TB) http.CookieJar {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return jar
}

func readAll(t testing.TB, resp *http.Response) string {
	t.Helper()
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func asKnown(err error) (*creds.Error, bool) { return errors.AsType[*creds.Error](err) }
