package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/godbus/dbus/v5"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/awstest"
	"daypass/internal/signin"
	"daypass/sso"
)

// region is a part of a process's memory.
type region struct{ start, end int64 }

// readable returns the parts of a process's memory that can be read; see
// proc_pid_maps(5).
func readable(t *testing.T, pid int) []region {
	t.Helper()
	mapped, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	var regions []region
	for line := range strings.Lines(string(mapped)) {
		fields := strings.Fields(line)
		if len(fields) < 5 || fields[1][0] != 'r' || strings.Contains(line, "[v") {
			continue // nobody's, or the kernel's: [vvar], [vdso], [vsyscall]
		}
		from, to, _ := strings.Cut(fields[0], "-")
		start, err := strconv.ParseInt(from, 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		end, err := strconv.ParseInt(to, 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		regions = append(regions, region{start, end})
	}
	return regions
}

// count returns how often each text is in the memory of a process.
func count(t *testing.T, pid int, texts map[string]string) map[string]int {
	t.Helper()
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = mem.Close() }()
	counts, total := map[string]int{}, 0
	for _, r := range readable(t, pid) {
		data := make([]byte, r.end-r.start)
		n, err := mem.ReadAt(data, r.start)
		if err != nil && n == 0 {
			continue // it has been unmapped since
		}
		total += n
		for name, text := range texts {
			counts[name] += bytes.Count(data[:n], []byte(text))
		}
	}
	if total < 1<<20 {
		t.Fatalf("only %d bytes of the agent's memory were read", total)
	}
	return counts
}

// cloud is a home whose agent reaches an AWS of its own.
type cloud struct {
	*home
	sample *awstest.Sample
}

// newCloud needs root, as nobody else can read the agent's memory.
func newCloud(t *testing.T, secure bool) *cloud {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("the agent's memory is root's to read")
	}
	c := &cloud{newHome(t), awstest.NewSample()}
	c.write(".aws/config", c.sample.Config()+"\n"+c.sample.SSO.Config())
	settings := ""
	for _, name := range []string{"alice", "dev-readonly", "sso-dev-admin"} {
		settings += "[profile." + name + "]\nsensitive = true\nprograms = \"always\"\n"
	}
	c.write(".config/daypass/config.toml", settings)
	server := httptest.NewUnstartedServer(c.sample.AWS)
	if secure {
		server.StartTLS()
		c.write("ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
		c.env = append(c.env, "AWS_CA_BUNDLE="+filepath.Join(c.dir, "ca.pem"))
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	c.env = append(c.env, "AWS_ENDPOINT_URL="+server.URL)
	return c
}

// adding returns the command that stores a long-term key.
func (c *cloud) adding(profile string, key awstest.Key) *exec.Cmd {
	cmd := c.command("daypass", "add", profile)
	cmd.Stdin = strings.NewReader(key.ID + "\n" + key.Secret + "\n")
	return cmd
}

// add stores alice's.
func (c *cloud) add() {
	c.t.Helper()
	if out, err := c.adding("alice", c.sample.AliceKey).CombinedOutput(); err != nil {
		c.t.Fatalf("daypass add: %v\n%s", err, out)
	}
}

// login gets credentials with a code, has a program use them and a person export
// them, and returns what must be gone from memory in the end.
func (c *cloud) login(profile string) map[string]string {
	c.t.Helper()
	code, _ := c.sample.Phone.UnusedCode(c.sample.AWS.Now())
	c.client("login", profile, "--mfa-code", code)
	return c.use(profile)
}

func (c *cloud) use(profile string) map[string]string {
	c.t.Helper()
	var got struct{ SecretAccessKey, SessionToken string }
	if err := json.Unmarshal([]byte(c.client("credential-process", "--profile", profile)), &got); err != nil {
		c.t.Fatal(err)
	}
	if got.SecretAccessKey == "" || got.SessionToken == "" {
		c.t.Fatal("there are no credentials")
	}
	c.client("export", profile)
	return map[string]string{
		"long-term secret": c.sample.AliceKey.Secret, "temporary secret": got.SecretAccessKey, "session token": got.SessionToken,
	}
}

// patience is for a machine that does much else; the agent itself takes at most
// longest, and the log has how long it took.
const patience = time.Minute

// wantGone reads the memory of the agent until no secret is there more often than
// it may, and logs the counts.
func (c *cloud) wantGone(when string, secrets map[string]string, may map[string]int) {
	c.t.Helper()
	pid, begin := c.agent(), time.Now()
	for {
		counts := count(c.t, pid, secrets)
		after := time.Since(begin)
		tooMany := slices.DeleteFunc(slices.Sorted(maps.Keys(counts)), func(name string) bool { return counts[name] <= may[name] })
		if len(tooMany) > 0 && after < patience {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(counts)) {
			c.t.Logf("%.1f s after the %s the agent's memory holds the %s %d times", after.Seconds(), when, name, counts[name])
		}
		if len(tooMany) > 0 {
			c.t.Errorf("%s: too often, which may be %v", strings.Join(tooMany, ", "), may)
		}
		return
	}
}

// whileSignedIn is what may be in memory while a session lasts: the session, and
// what the credentials file says.
var whileSignedIn = map[string]int{"temporary secret": 2, "session token": 2}

func loginAndLogout(c *cloud) {
	c.add()
	secrets := c.login("alice")
	c.wantGone("login", secrets, whileSignedIn)
	c.client("logout", "alice")
	c.wantGone("logout", secrets, nil)
}

// leases is for "make memory".
var leases = flag.Bool("leases", false, "wait for the end of a lease, too, which takes five minutes")

func TestNoSecretIsLeftInMemoryAfterTheEndOfALease(t *testing.T) {
	if !*leases {
		t.Skip(`it takes five minutes; "make memory" does it`)
	}
	c := newCloud(t, true)
	c.write(".config/daypass/config.toml", "[profile.alice]\nsensitive = true\nlease = \"5m\"\nprograms = \"always\"\n")
	c.add()
	secrets := c.login("alice")
	for end := time.Now().Add(6 * time.Minute); ; time.Sleep(time.Second) {
		file, err := os.ReadFile(filepath.Join(c.dir, ".aws/credentials"))
		if err == nil && !bytes.Contains(file, []byte(secrets["session token"])) {
			break
		}
		if time.Now().After(end) {
			t.Fatal("it is unlocked still")
		}
	}
	c.wantGone("lease's end", secrets, nil)
}

func TestNoSecretIsLeftInMemory(t *testing.T) {
	for _, tc := range []struct {
		name   string
		secure bool
		plain  bool
		do     func(*cloud)
	}{
		{name: "after a user's logout", do: loginAndLogout},
		{name: "after a user's logout, over TLS", secure: true, do: loginAndLogout},
		{name: "after a user's logout, over TLS, when all is logged", secure: true, do: func(c *cloud) {
			c.env = append(c.env, "DAYPASS_LOG=debug")
			c.client("status") // which starts the agent
			c.env = c.env[:len(c.env)-1]
			loginAndLogout(c)
		}},
		{name: "after a user's logout, of programs that plain go build makes", secure: true, plain: true, do: loginAndLogout},
		{name: "after a key that AWS does not know was to be added", secure: true, do: func(c *cloud) {
			c.add()
			c.wantGone("first key", map[string]string{"long-term secret": c.sample.AliceKey.Secret}, nil)
			c.sample.CI.Deactivate(c.sample.CIKey.ID)
			if out, err := c.adding("ci", c.sample.CIKey).CombinedOutput(); err == nil {
				c.t.Fatalf("it was added\n%s", out)
			}
			c.wantGone("refusal", map[string]string{"long-term secret": c.sample.CIKey.Secret}, nil)
		}},
		{name: "after the console of a user was opened that no list keeps", secure: true, do: func(c *cloud) {
			c.write(".config/daypass/config.toml", "[console]\nrecord = false\n")
			c.add()
			c.wantGone("key", map[string]string{"long-term secret": c.sample.AliceKey.Secret}, nil)
			link := strings.TrimSpace(c.client("console", "alice", "--print"))
			_, token, ok := strings.Cut(link, "SigninToken=")
			if !ok {
				c.t.Fatalf("the link is %s", link)
			}
			c.wantGone("link", map[string]string{"long-term secret": c.sample.AliceKey.Secret, "link": token}, nil)
		}},
		{name: "after a logout that follows the login at once", secure: true, do: func(c *cloud) {
			c.add()
			secrets := c.login("alice")
			c.client("logout", "alice")
			c.wantGone("logout", secrets, nil)
		}},
		{name: "after the logout of a role and of its user", secure: true, do: func(c *cloud) {
			c.add()
			user, role := c.login("alice"), c.use("dev-readonly")
			c.client("logout", "dev-readonly")
			c.wantGone("logout", role, nil)
			c.client("logout", "alice")
			c.wantGone("logout", user, nil)
		}},
		{name: "after the logout of all, with a long-term key in the credentials file", secure: true, do: func(c *cloud) {
			key := c.sample.AliceKey
			c.write(".aws/credentials", "[alice]\naws_access_key_id = "+key.ID+"\naws_secret_access_key = "+key.Secret+"\n")
			secrets := c.login("alice")
			c.wantGone("login", secrets, whileSignedIn)
			c.client("logout", "--all")
			c.wantGone("logout", secrets, nil)
		}},
		{name: "after the logout of a profile of Identity Center", secure: true, do: func(c *cloud) {
			c.signIn()
			c.client("login", "sso-dev-admin")
			secrets := c.use("sso-dev-admin")
			c.client("logout", "sso-dev-admin")
			c.wantGone("logout", secrets, nil)
		}},
		{name: "after a user's logout, while a window stays open that has shown them", secure: true, do: func(c *cloud) {
			window := c.window()
			c.add()
			secrets := c.login("alice")
			c.asks(window, agentapi.Credentials.Path+"?profile=alice")
			c.asks(window, agentapi.Greeting.Path)
			c.client("logout", "alice")
			c.wantGone("logout", secrets, nil)
		}},
		{name: "after the agent was killed and a new one has read the saved sessions", do: func(c *cloud) {
			c.add()
			secrets := c.login("alice")
			if err := syscall.Kill(c.agent(), syscall.SIGKILL); err != nil {
				c.t.Fatal(err)
			}
			c.noAgent()
			c.use("alice")
			c.wantGone("start", secrets, whileSignedIn)
			c.client("logout", "alice")
			c.wantGone("logout", secrets, nil)
		}},
		{name: "when the screen was locked, with the keyring of a desktop", secure: true, do: func(c *cloud) {
			bus := c.withDesktop()
			c.add()
			secrets := c.login("alice")
			c.wantGone("login", secrets, whileSignedIn)
			// More than once, as the agent may not listen yet.
			c.eventually("what was unlocked is locked", func() bool {
				if err := bus.Emit("/org/gnome/ScreenSaver", "org.gnome.ScreenSaver.ActiveChanged", true); err != nil {
					c.t.Fatal(err)
				}
				file, err := os.ReadFile(filepath.Join(c.dir, ".aws/credentials"))
				return err == nil && !bytes.Contains(file, []byte(secrets["session token"]))
			})
			c.wantGone("lock", secrets, nil)
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := newCloud(t, tc.secure)
			if tc.plain {
				c.bin = filepath.Join(c.dir, "bin")
				build := exec.Command("go", "build", "-o", c.bin+"/", "daypass/cmd/daypass", "daypass/cmd/daypass-tray")
				if out, err := build.CombinedOutput(); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
			}
			tc.do(c)
		})
	}
}

// window returns a client of the agent that keeps its connections, as those of
// windows do.
func (c *cloud) window() *http.Client {
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", agentapi.SocketPath(c.run))
	}}
	c.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// asks asks the agent, and reads the answer.
func (c *cloud) asks(window *http.Client, path string) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, "http://daypass"+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set(agentapi.HeaderSurface, string(creds.SurfaceTray))
	r.Header.Set(agentapi.HeaderConfigFile, filepath.Join(c.dir, ".aws/config"))
	r.Header.Set(agentapi.HeaderCredentialsFile, filepath.Join(c.dir, ".aws/credentials"))
	answer, err := window.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if text, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != http.StatusOK {
		c.t.Fatalf("%s: %s, %v, %s", path, answer.Status, err, text)
	}
}

// signIn signs in to Identity Center as another program does, which leaves the
// token where the agent finds it.
func (c *cloud) signIn() {
	c.t.Helper()
	reached := aws.Config{HTTPClient: &http.Client{Transport: c.sample.AWS.Transport()}}
	other := sso.NewClient(reached, sso.NewCache(filepath.Join(c.dir, ".aws", "sso", "cache"), nil), nil)
	corp := sso.Session{
		Name: awstest.SampleSession, StartURL: awstest.SampleStartURL, Region: awstest.SampleRegion, Scopes: []string{"sso:account:access"},
	}
	approve := func(p signin.Page) { _ = c.sample.SSO.Center.Approve(p.Code) }
	if _, err := other.SignIn(c.t.Context(), corp, signin.Way{Show: approve}); err != nil {
		c.t.Fatal(err)
	}
}

// withDesktop gives the agent what it takes for a desktop: a session bus, with
// gnome-keyring on it, and a display, which it does not look at.
func (c *cloud) withDesktop() *dbus.Conn {
	c.t.Helper()
	daemon := exec.CommandContext(c.t.Context(), "dbus-daemon", "--session", "--nofork", "--print-address")
	daemon.Env = append(c.env, "XDG_RUNTIME_DIR="+c.dir)
	out, err := daemon.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := daemon.Start(); err != nil {
		c.t.Fatal(err)
	}
	line := make([]byte, 1000)
	n, err := out.Read(line)
	if err != nil {
		c.t.Fatal(err)
	}
	address, _, _ := strings.Cut(string(line[:n]), "\n")
	c.env = slices.DeleteFunc(c.env, func(e string) bool { return strings.HasPrefix(e, "DAYPASS_KEYRING") })
	c.env = append(c.env, "DAYPASS_KEYRING_BACKEND=secret-service", "DBUS_SESSION_BUS_ADDRESS="+address, "DISPLAY=:none", "XDG_RUNTIME_DIR="+c.dir)
	keyring := exec.CommandContext(c.t.Context(), "gnome-keyring-daemon", "--foreground", "--components=secrets", "--unlock")
	keyring.Env, keyring.Stdin = c.env, strings.NewReader("the keyring's own password")
	if err := keyring.Start(); err != nil {
		c.t.Fatal(err)
	}
	bus, err := dbus.Connect(address)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		_ = bus.Close()
		_ = keyring.Wait()
		_ = daemon.Wait()
	})
	c.eventually("the keyring is unlocked", func() bool {
		var locked bool
		err := bus.Object("org.freedesktop.secrets", "/org/freedesktop/secrets/collection/login").
			Call("org.freedesktop.DBus.Properties.Get", dbus.FlagNoAutoStart, "org.freedesktop.Secret.Collection", "Locked").Store(&locked)
		return err == nil && !locked
	})
	return bus
}
