package browsers_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds/browsers"
)

// holding runs a script of Python that prints "ready" and then keeps its files open until
// the test ends.
func holding(t *testing.T, script string, args ...string) {
	t.Helper()
	cmd := exec.Command("python3", append([]string{"-c", script + "\nprint('ready', flush=True)\nimport sys\nsys.stdin.read()"}, args...)...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("python3 says %q, %v", line, err)
	}
}

// group returns a home with a Firefox whose profile menu is in the group s1.
func group(t *testing.T, folders ...string) (root, database string) {
	t.Helper()
	root = t.TempDir()
	firefox := root + "/home/alice/.mozilla/firefox"
	put(t, root+"/usr/bin/firefox", "#!/bin/sh\n", 0o755)
	put(t, firefox+"/profiles.ini", "[Profile0]\nName=default-release\nIsRelative=1\nPath=a.default\nStoreID=s1\nShowSelector=1\n", 0o644)
	for _, folder := range append(folders, "a.default") {
		put(t, filepath.Join(firefox, folder, "times.json"), "{}", 0o644)
	}
	database = firefox + "/Profile Groups/s1.sqlite"
	if err := os.MkdirAll(filepath.Dir(database), 0o755); err != nil {
		t.Fatal(err)
	}
	return root, database
}

const table = "c.execute('CREATE TABLE Profiles (id INTEGER NOT NULL, path TEXT NOT NULL UNIQUE, name TEXT NOT NULL, avatar TEXT, PRIMARY KEY(id))')\n"

func TestTheProfilesOfTheProfileMenuAreFound(t *testing.T) {
	t.Parallel()
	for name, script := range map[string]string{
		"in a log that a running Firefox holds open": `c.execute('pragma journal_mode=wal')
` + table + `c.execute('pragma wal_checkpoint(truncate)')
`,
		"all of the table in the log": `c.execute('pragma journal_mode=wal')
` + table,
		"without a log":    table,
		"in pages of 32 k": "c.execute('pragma page_size=32768')\nc.execute('pragma journal_mode=wal')\n" + table,
		"in pages of 512":  "c.execute('pragma page_size=512')\n" + table,
		"in UTF-16":        "c.execute('pragma encoding=\"UTF-16le\"')\n" + table,
		"in UTF-16, big":   "c.execute('pragma encoding=\"UTF-16be\"')\n" + table,
		"in a table that has grown": `c.execute('CREATE TABLE Other (name TEXT)')
c.execute('CREATE TABLE "Profiles" (name TEXT NOT NULL, "path" TEXT)')
c.execute('ALTER TABLE Profiles ADD COLUMN avatar TEXT')
`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root, database := group(t, "b.Work", "c.Zuhause ü", "d.none")
			holding(t, `import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
`+script+`
# More than a page has room for, and then away again but for the pages.
c.execute('BEGIN')
for i in range(400):
    c.execute('INSERT INTO Profiles (path, name, avatar) VALUES (?, ?, ?)', ('x%d' % i, 'x' * 200, 'y' * (i * 40)))
c.execute('COMMIT')
c.execute("DELETE FROM Profiles WHERE path LIKE 'x%' AND path != 'x399'")
for row in [('a.default', 'Original profile', 'book'), ('b.Work', 'Work', 'z' * 50000), ('c.Zuhause ü', 'Zuhause ü', None), ('d.none', 'w' * 5000, '')]:
    c.execute('INSERT INTO Profiles (path, name, avatar) VALUES (?, ?, ?)', row)
`, database)
			got := tilde(browsers.Find(t.Context(), linux(root)), root)
			dir := "~/home/alice/.mozilla/firefox/"
			want := []browsers.Browser{{
				ID: "firefox", Name: "Firefox", Path: "~/usr/bin/firefox", Kind: browsers.Firefox,
				Profiles: []browsers.Profile{
					{Dir: dir + "a.default", Name: "Original profile", Former: "default-release"},
					{Dir: dir + "b.Work", Name: "Work"},
					{Dir: dir + "d.none", Name: strings.Repeat("w", 5000)},
					{Dir: dir + "c.Zuhause ü", Name: "Zuhause ü"},
				},
				Problem: "Firefox: " + dir + "Profile Groups/s1.sqlite names folders that are not there, so some profiles are missing",
			}}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestADamagedProfileMenuIsReportedBesideTheOtherProfiles(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(database string) error{
		"half a file": func(database string) error { return os.WriteFile(database, []byte("SQLite format 3\x00"), 0o644) },
		"a folder":    func(database string) error { return os.Mkdir(database, 0o755) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root, database := group(t)
			if err := write(database); err != nil {
				t.Fatal(err)
			}
			found := browsers.Find(t.Context(), linux(root))
			if len(found) != 1 || len(found[0].Profiles) != 1 || found[0].Profiles[0].Name != "default-release" {
				t.Fatalf("found %v", found)
			}
			if got := found[0].Problem; !strings.Contains(got, "s1.sqlite") || !strings.HasSuffix(got, "name one by its folder, which about:profiles shows") {
				t.Errorf("it says %q", got)
			}
		})
	}
}

func TestAGroupWithoutADatabaseIsAnOrdinaryProfile(t *testing.T) {
	t.Parallel()
	root, _ := group(t)
	found := browsers.Find(t.Context(), linux(root))
	if len(found) != 1 || len(found[0].Profiles) != 1 || found[0].Problem != "" {
		t.Errorf("found %v", found)
	}
}

func TestNothingIsReadOutsideOfTheProfileGroups(t *testing.T) {
	t.Parallel()
	root, _ := group(t)
	ini := root + "/home/alice/.mozilla/firefox/profiles.ini"
	put(t, ini, "[Profile0]\nName=x\nIsRelative=1\nPath=a.default\nStoreID=../../elsewhere\n", 0o644)
	if found := browsers.Find(t.Context(), linux(root)); len(found) != 1 || !strings.Contains(found[0].Problem, "is no name of a file") {
		t.Errorf("found %v", found)
	}
}

// marionette speaks Firefox's own protocol for tests:
// https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html.
type marionette struct {
	conn net.Conn
	in   *bufio.Reader
	id   int
}

func (m *marionette) read(t *testing.T) []byte {
	t.Helper()
	size, err := m.in.ReadString(':')
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSuffix(size, ":"))
	if err != nil {
		t.Fatal(err)
	}
	data := make([]byte, n)
	if _, err := io.ReadFull(m.in, data); err != nil {
		t.Fatal(err)
	}
	return data
}

func (m *marionette) ask(t *testing.T, command string, arguments map[string]any) string {
	t.Helper()
	m.id++
	data, err := json.Marshal([]any{0, m.id, command, arguments})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(m.conn, "%d:%s", len(data), data); err != nil {
		t.Fatal(err)
	}
	var answer [4]json.RawMessage
	if err := json.Unmarshal(m.read(t), &answer); err != nil {
		t.Fatal(err)
	}
	if string(answer[2]) != "null" {
		t.Fatalf("%s: %s", command, answer[2])
	}
	return string(answer[3])
}

func TestTheProfilesThatARealFirefoxHasMadeAreFoundWhileItRuns(t *testing.T) {
	t.Parallel()
	firefox, err := exec.LookPath("firefox-esr")
	if err != nil {
		t.Fatal("firefox-esr is not installed")
	}
	home := t.TempDir()
	port := freePort(t)
	// Firefox takes the port from a preference of the profile.
	profile := filepath.Join(home, ".mozilla/firefox/a.default")
	put(t, profile+"/user.js", fmt.Sprintf("user_pref(\"marionette.port\", %d);\nuser_pref(\"browser.profiles.enabled\", true);\n", port), 0o644)
	put(t, home+"/.mozilla/firefox/profiles.ini", "[Profile0]\nName=plain\nIsRelative=1\nPath=a.default\nDefault=1\n\n[General]\nStartWithLastProfile=1\nVersion=2\n", 0o644)
	cmd := exec.Command(firefox, "--headless", "--no-remote", "--marionette", "--remote-allow-system-access", "-P", "plain")
	cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH"), "MOZ_CRASHREPORTER_DISABLE=1"}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	m := &marionette{conn: dial(t, port)}
	m.in = bufio.NewReader(m.conn)
	m.read(t) // its greeting
	m.ask(t, "WebDriver:NewSession", map[string]any{})
	m.ask(t, "Marionette:SetContext", map[string]any{"value": "chrome"})
	// Does what the profile menu does, without its windows.
	said := m.ask(t, "WebDriver:ExecuteAsyncScript", map[string]any{"args": []any{}, "scriptTimeout": 120_000, "script": `
let done = arguments[0];
(async () => {
	let {SelectableProfileService: s} = ChromeUtils.importESModule("resource:///modules/profiles/SelectableProfileService.sys.mjs");
	await s.init(true);
	await s.maybeSetupDataStore();
	(await s.createNewProfile(false)).name = "Work";
	(await s.createNewProfile(false)).name = "Zuhause ü";
	while (!(await s.getAllProfiles()).some(p => p.name == "Zuhause ü")) await new Promise(r => setTimeout(r, 50));
	return "made";
})().then(done, e => done(String(e)));`})
	if !strings.Contains(said, `"made"`) {
		t.Fatal(said)
	}
	env := environment("linux", "", map[string]string{"HOME": home, "PATH": filepath.Dir(firefox)})
	env.Root = home
	limit := time.Now().Add(time.Minute)
	for {
		var names []string
		for _, b := range browsers.Find(t.Context(), env) {
			for _, p := range b.Profiles {
				names = append(names, p.Name)
			}
		}
		diff := cmp.Diff([]string{"Original profile", "Work", "Zuhause ü"}, names)
		if diff == "" {
			return
		}
		if time.Now().After(limit) {
			t.Fatalf("(-want +got)\n%s", diff)
		}
		time.Sleep(20 * time.Millisecond) // Firefox writes a name when it finds the time.
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func dial(t *testing.T, port int) net.Conn {
	t.Helper()
	limit := time.Now().Add(2 * time.Minute)
	for {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			t.Cleanup(func() { _ = conn.Close() })
			return conn
		}
		if time.Now().After(limit) {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
