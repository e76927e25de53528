package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"daypass/creds"
	"daypass/creds/prompts"
)

const alice = "arn:aws:iam::111122223333:user/alice"

// sampleSessions are in every state that there is.
func sampleSessions() []creds.Session {
	const url = "https://corp.awsapps.com/start"
	denied := &creds.Error{Code: creds.CodeNetwork, Message: "the portal at portal.sso.eu-west-1.amazonaws.com cannot be reached"}
	return []creds.Session{
		{ID: "corp", StartURL: url, Region: "eu-west-1", Profiles: 500, Expires: noon.Add(5 * time.Hour), Renewable: true, Person: "alice@corp.example"},
		{ID: "due", StartURL: url, Region: "eu-west-1", Profiles: 2, Expires: noon.Add(-time.Minute), Renewable: true},
		{ID: "ended", StartURL: url, Region: "eu-west-1", Profiles: 3, Expires: noon.Add(-time.Hour), Over: true},
		{ID: "failing", StartURL: url, Region: "eu-west-1", Profiles: 1, Phase: creds.PhaseFailed, Err: denied},
		{ID: "https://old.awsapps.com/start", StartURL: "https://old.awsapps.com/start", Region: "us-east-1", Legacy: true, Profiles: 4, Expires: noon.Add(5*time.Hour + 20*time.Minute)},
		{
			ID: "lent", StartURL: url, Region: "eu-west-1", Profiles: 2, Expires: noon.Add(5 * time.Hour), Renewable: true, Phase: creds.PhaseFailed,
			Person: "alice\x1b[2J", Stranger: &creds.Person{Session: "lent", Before: "alice\x1b[2J", Now: "bob@corp.example"},
			Err: &creds.Error{Code: creds.CodeSignInNeeded, Message: `the person signed in to "lent" is bob@corp.example, and its profiles belong to alice\x1b[2J; nothing is written until you sign in and confirm that`},
		},
		{ID: "new", StartURL: url, Region: "eu-west-1"},
		{ID: "odd\x1b[2J", StartURL: url, Phase: creds.PhaseRefreshing},
		{ID: "under-way", StartURL: url, Profiles: 500, Expires: noon.Add(time.Hour), Done: 120, Total: 500},
		{ID: "waiting", StartURL: url, Phase: creds.PhaseNeedsSSO},
	}
}

func sampleAccounts() []creds.SSOAccount {
	return []creds.SSOAccount{
		{ID: "111122223333", Name: "Development", Email: "dev@corp.example", Roles: []string{"AdministratorAccess", "ReadOnly"}},
		{ID: "444455556666", Name: "EU/Production", Email: "prod@corp.example", Roles: []string{"ReadOnly"}},
		{ID: "777788889999", Name: "", Roles: nil},
	}
}

func sampleChange() creds.ConfigChange {
	return creds.ConfigChange{
		Path: "/home/alice/.aws/config",
		Diff: "--- /home/alice/.aws/config\n+++ /home/alice/.aws/config\n@@ -1,3 +1,4 @@\n [profile a]\n-region = x\n+region =\teu-west-1\n+# \x1b[2J\n",
		Added: []creds.ImportedProfile{
			{Profile: "development-readonly"}, {Profile: "production-readonly"},
		},
		Removed: []creds.ImportedProfile{{Profile: "gone"}},
		Kept:    []creds.ImportedProfile{{Profile: "there"}},
		Skipped: []creds.ImportedProfile{
			{Profile: "dev", AccountID: "111122223333", Role: "ReadOnly", Why: "The role has this profile already, which no import made."},
		},
		Warnings: []string{"the new profiles have no region"},
	}
}

func TestSessionsAndChangesReadWell(t *testing.T) {
	const page = "https://oidc.eu-west-1.amazonaws.com/authorize?client_id=x"
	browser := creds.SignIn{Session: "corp", Begun: true, Method: creds.SignInBrowser, URL: page}
	device := creds.SignIn{Session: "corp", Begun: true, Method: creds.SignInDeviceCode, URL: "https://corp.awsapps.com/start/#/device", Code: "BCDF-GHJK"}
	for name, write := range map[string]func(*bytes.Buffer) error{
		"sso-list":    func(b *bytes.Buffer) error { return writeSessions(b, sampleSessions(), noon, look{}) },
		"sso-list-80": func(b *bytes.Buffer) error { return writeSessions(b, sampleSessions(), noon, look{width: 80}) },
		"sso-list-colour": func(b *bytes.Buffer) error {
			return writeSessions(b, sampleSessions(), noon, look{width: 80, colour: true})
		},
		"sso-list-json": func(b *bytes.Buffer) error {
			records := []sessionRecord{}
			for _, s := range sampleSessions() {
				records = append(records, newSessionRecord(s, noon))
			}
			return encode(b, records)
		},
		"sso-list-nobody": func(b *bytes.Buffer) error { return writeSessions(b, sampleSessions()[1:3], noon, look{width: 80}) },
		"sso-signed-in": func(b *bytes.Buffer) error {
			for _, s := range sampleSessions()[:2] {
				for _, before := range []bool{false, true} {
					writeSignedIn(b, creds.SSOLoginReply{Session: s, Refreshed: 3}, before, noon)
				}
			}
			return nil
		},
		"sso-person": func(b *bytes.Buffer) error {
			for _, p := range []creds.Person{
				{Session: "corp-sso", Before: "alice@corp.example", Now: "bob@corp.example"},
				{Session: "corp-sso", Before: "alice@corp.example", Why: "who has signed in is not known: AWS could not be reached"},
				{Before: alice, Now: "arn:aws:iam::111122223333:user/bob"},
				{Before: alice, Now: "arn:aws:sts::111122223333:assumed-role/" + strings.Repeat("x", 99) + "/carol"},
				{Session: "corp\x1b[2J", Before: "alice\x1b[2J", Now: strings.Repeat("bob", 12) + "@corp.example"},
			} {
				prompt := creds.Prompt{Kind: creds.PromptPerson, Profile: "prod", Person: &p}
				d := dialog{prompt: &prompt, kind: prompts.Of(prompt)}
				for _, line := range d.kind.Heading(prompt) {
					fmt.Fprintln(b, printable(line))
				}
				fmt.Fprintln(b, d.question())
			}
			return nil
		},
		"sso-status": func(b *bytes.Buffer) error {
			return writeStatus(b, creds.Snapshot{Profiles: sampleProfiles()[1:3], Sessions: sampleSessions()}, noon, look{}, false)
		},
		"sso-accounts":      func(b *bytes.Buffer) error { return writePairs(b, pairRecords(sampleAccounts()), look{}) },
		"sso-accounts-json": func(b *bytes.Buffer) error { return encode(b, pairRecords(sampleAccounts())) },
		"sso-signin": func(b *bytes.Buffer) error {
			for _, s := range []creds.SignIn{browser, device} {
				for _, noBrowser := range []bool{false, true} {
					for _, line := range signInLines(creds.Prompt{Kind: creds.PromptSSO, SignIn: &s}, noBrowser) {
						fmt.Fprintln(b, printable(line))
					}
				}
			}
			return nil
		},
		"console-signin": func(b *bytes.Buffer) error {
			page := creds.SignIn{URL: "https://eu-west-1.signin.aws.amazon.com/v1/authorize?x=y", Identity: alice, Begun: true, Method: creds.SignInBrowser}
			first, pasted := page, page
			first.Identity = ""
			pasted.Method, pasted.Pastes = creds.SignInDeviceCode, true
			for _, s := range []creds.SignIn{first, page, pasted} {
				for _, noBrowser := range []bool{false, true} {
					prompt := creds.Prompt{Kind: creds.PromptConsole, Profile: "prod", SignIn: &s}
					for _, line := range signInLines(prompt, noBrowser) {
						fmt.Fprintln(b, printable(line))
					}
					d := dialog{prompt: &prompt, kind: prompts.Of(prompt)}
					fmt.Fprintln(b, d.question())
				}
			}
			return nil
		},
		"sso-diff":        func(b *bytes.Buffer) error { return writeDiff(b, sampleChange().Diff, look{width: 80}) },
		"sso-diff-colour": func(b *bytes.Buffer) error { return writeDiff(b, sampleChange().Diff, look{width: 80, colour: true}) },
		"sso-counts":      func(b *bytes.Buffer) error { writeCounts(b, sampleChange()); return nil },
		"sso-failures": func(b *bytes.Buffer) error {
			var failed []creds.ProfileError
			for i := range 13 {
				failed = append(failed, creds.ProfileError{
					Profile: fmt.Sprintf("p%d", i),
					Err:     &creds.Error{Code: creds.CodeDenied, Message: "the role is not assigned any more"},
				})
			}
			writeFailures(b, failed)
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			golden(t, name, b.Bytes())
		})
	}
}

func TestAPipedDiffIsLeftAsItIs(t *testing.T) {
	var b strings.Builder
	if err := writeDiff(&b, sampleChange().Diff, look{}); err != nil || b.String() != sampleChange().Diff {
		t.Errorf("got %q, %v", b.String(), err)
	}
}

func TestNothingIsOpenedOnAScreenThatNobodySitsAt(t *testing.T) {
	local := creds.SignInOptions{}
	afar := creds.SignInOptions{Method: creds.SignInDeviceCode, NoBrowser: true}
	windows := creds.SignInOptions{Method: creds.SignInDeviceCode}
	const wsl = "Linux version 5.15.153.1-microsoft-standard-WSL2 (root@941d701f84f1)"
	for name, c := range map[string]struct {
		env    map[string]string
		files  []string
		kernel string
		want   creds.SignInOptions
	}{
		"a desktop":                          {map[string]string{"DISPLAY": ":0"}, nil, "Linux version 6.8.0 (gcc)", local},
		"a console":                          {nil, nil, "Linux version 6.8.0 (gcc)", local},
		"another system":                     {nil, nil, "", local},
		"SSH":                                {map[string]string{"SSH_CONNECTION": "10.0.0.1 5 10.0.0.2 22"}, nil, "", afar},
		"SSH, of which sudo left one":        {map[string]string{"SSH_TTY": "/dev/pts/0"}, nil, "", afar},
		"SSH with X forwarded":               {map[string]string{"SSH_TTY": "/dev/pts/0", "DISPLAY": "localhost:10.0"}, nil, "", afar},
		"SSH into WSL":                       {map[string]string{"SSH_TTY": "/dev/pts/0"}, nil, wsl, afar},
		"Docker":                             {nil, []string{"/.dockerenv"}, "", afar},
		"Docker on WSL":                      {nil, []string{"/.dockerenv"}, wsl, afar},
		"podman":                             {nil, []string{"/run/.containerenv"}, "", afar},
		"systemd-nspawn":                     {map[string]string{"container": "systemd-nspawn"}, nil, "", afar},
		"Kubernetes":                         {map[string]string{"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, nil, "", afar},
		"a toolbox on a desktop":             {map[string]string{"WAYLAND_DISPLAY": "wayland-0"}, []string{"/run/.containerenv"}, "", local},
		"a container of an editor on Linux":  {map[string]string{"REMOTE_CONTAINERS": "true", "DISPLAY": ":0"}, []string{"/.dockerenv"}, "", afar},
		"a Codespace":                        {map[string]string{"CODESPACES": "true"}, nil, "", afar},
		"WSL":                                {map[string]string{"WSL_DISTRO_NAME": "Debian"}, nil, wsl, windows},
		"WSL, with the environment cleaned":  {nil, nil, wsl, windows},
		"WSL 1":                              {nil, nil, "Linux version 4.4.0-19041-Microsoft (Microsoft@Microsoft.com)", windows},
		"WSL of a kernel of the user's make": {map[string]string{"WSL_DISTRO_NAME": "Debian"}, nil, "Linux version 6.8.0 (gcc)", windows},
	} {
		t.Run(name, func(t *testing.T) {
			p := location{
				getenv: func(name string) string { return c.env[name] },
				exists: func(path string) bool {
					for _, f := range c.files {
						if f == path {
							return true
						}
					}
					return false
				},
				kernel: c.kernel,
			}
			if got := p.signIn(); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			for _, c := range []struct {
				args string
				want creds.SignInOptions
			}{
				{"--device-code --no-browser", afar},
				{"--device-code=false --no-browser=false", creds.SignInOptions{Method: creds.SignInBrowser}},
				{"--device-code --browser zen:Work", creds.SignInOptions{Method: creds.SignInDeviceCode, Place: "zen:Work"}},
			} {
				var way signInFlags
				cmd := &cobra.Command{}
				way.add(cmd)
				way.addPlace(cmd)
				if err := cmd.ParseFlags(strings.Fields(c.args)); err != nil {
					t.Fatal(err)
				}
				if got := way.options(p); got != c.want {
					t.Errorf("%s did not have its way: %+v", c.args, got)
				}
			}
		})
	}
}

func TestPatternsChooseRolesByTheNameOrTheIDOfTheirAccount(t *testing.T) {
	dev := func(role string) creds.SSOPair {
		return creds.SSOPair{AccountID: "111122223333", Role: role}
	}
	prod := creds.SSOPair{AccountID: "444455556666", Role: "ReadOnly"}
	for name, c := range map[string]struct {
		patterns []string
		want     []creds.SSOPair
		err      string
	}{
		"all":                         {[]string{"*/*"}, []creds.SSOPair{dev("AdministratorAccess"), dev("ReadOnly"), prod}, ""},
		"an account, with all roles":  {[]string{"development"}, []creds.SSOPair{dev("AdministratorAccess"), dev("ReadOnly")}, ""},
		"an account by its ID":        {[]string{"1111*/Read*"}, []creds.SSOPair{dev("ReadOnly")}, ""},
		"a slash in an account":       {[]string{"eu/prod*/readonly"}, []creds.SSOPair{prod}, ""},
		"a star across a slash":       {[]string{"*production/*"}, []creds.SSOPair{prod}, ""},
		"two that choose the same":    {[]string{"*/ReadOnly", "4444*/*"}, []creds.SSOPair{dev("ReadOnly"), prod}, ""},
		"one of two that is mistaken": {[]string{"*/ReadOnly", "stagign/*"}, nil, `no account and role match "stagign/*"; see those there are with: daypass sso accounts`},
		"half a pattern":              {[]string{"dev/"}, nil, `--only takes ACCOUNT/ROLE, such as 'prod-*/ReadOnly', and got "dev/"`},
		"a bracket that stays open":   {[]string{"[dev/*"}, nil, `--only takes ACCOUNT/ROLE, such as 'prod-*/ReadOnly', and got "[dev/*"`},
	} {
		t.Run(name, func(t *testing.T) {
			patterns, err := parsePatterns(c.patterns)
			var got []creds.SSOPair
			if err == nil {
				got, err = choose(sampleAccounts(), patterns)
			}
			if c.err != "" {
				if err == nil || err.Error() != c.err {
					t.Fatalf("got %v, want %s", err, c.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTheProgressOfARefreshStaysOnOneLine(t *testing.T) {
	out, err := os.Create(filepath.Join(t.TempDir(), "screen"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	d := &dialog{asker: &asker{terminal: &terminal{in: out, out: out}}}
	for done := range 3 {
		d.refreshing(creds.Session{Done: 99 + done, Total: 500})
	}
	d.refreshing(creds.Session{})
	d.leave()
	got, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	const longest = "refreshing 101 of 500 profiles"
	blank := len(longest)
	want := "\rrefreshing 99 of 500 profiles\rrefreshing 100 of 500 profiles\r" + longest +
		"\r" + strings.Repeat(" ", blank) + strings.Repeat("\b", blank)
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

// A watcher may miss the prompts between an answer and its refusal.
func TestTheSameRefusalOfAPastedCodeIsSaidAgain(t *testing.T) {
	out, err := os.Create(filepath.Join(t.TempDir(), "screen"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	d := &dialog{asker: &asker{terminal: &terminal{in: out, out: out, saved: &term.State{}}}}
	prompt := creds.Prompt{ID: "1", Kind: creds.PromptConsole, SignIn: &creds.SignIn{
		Begun: true, Method: creds.SignInDeviceCode, URL: "https://x", Pastes: true, Note: "this is no code",
	}}
	for range 2 {
		if err := d.update(t.Context(), []creds.Prompt{prompt}); err != nil {
			t.Fatal(err)
		}
		d.line.text, d.sent = []byte("bad"), true
	}
	if err := d.update(t.Context(), []creds.Prompt{prompt}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(got), "\rThis is no code.\r\n"); n != 3 || d.sent || len(d.line.text) > 0 {
		t.Errorf("it is said %d times, sent: %v, with %q typed:\n%q", n, d.sent, d.line.text, got)
	}
}

func TestASessionIsFoundByItsNameOrStartURL(t *testing.T) {
	for name, want := range map[string]string{
		"corp":                             "corp",
		"https://old.awsapps.com/start":    "https://old.awsapps.com/start",
		"https://old.awsapps.com/start/#/": "https://old.awsapps.com/start",
		"crop":                             `there is no session "crop" in the AWS config file; did you mean "corp"?`,
		"elsewhere":                        `there is no session "elsewhere" in the AWS config file`,
	} {
		s, err := namedSession(sampleSessions(), name)
		got := s.ID
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestCredentialProcessSaysHowToSignInInItsOneSentence(t *testing.T) {
	over := &creds.Error{Code: creds.CodeSignInNeeded, Message: "the session corp is over"}
	if got := withCommand(over, "my dev").Error(); got != "the session corp is over; sign in with: daypass login 'my dev'" {
		t.Errorf("got %s", got)
	}
	nobody := &creds.Error{Code: creds.CodeNobodyToAsk, Message: "there is no terminal"}
	if got := withCommand(nobody, "dev").Error(); got != "there is no terminal; in a terminal: daypass login dev" {
		t.Errorf("got %s", got)
	}
	other := &creds.Error{Code: creds.CodeNetwork, Message: "AWS is away"}
	if got := withCommand(other, "dev").Error(); got != "AWS is away" {
		t.Errorf("got %s", got)
	}
}
