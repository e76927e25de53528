// Package arch holds the directions in which packages import one another.
package arch_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A pkg is what "go list -json" says of a package.
type pkg struct {
	ImportPath string
	Standard   bool
	CgoFiles   []string
	Imports    []string
	Deps       []string
}

func list(t *testing.T, env []string, args ...string) []pkg {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Standard,CgoFiles,Imports,Deps"}, args...)...)
	cmd.Env = append(append(os.Environ(), "CGO_ENABLED=1"), env...)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %q: %v\n%s", args, err, &complaint)
	}
	var found []pkg
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		found = append(found, p)
	}
	if len(found) == 0 {
		t.Fatalf("go list %q matches no package: %s", args, &complaint)
	}
	return found
}

// The bans are lists of packages that a package may not depend on. A path includes the
// packages below it.
var (
	awsSDK  = []string{"github.com/aws/aws-sdk-go-v2", "github.com/aws/smithy-go"}
	keyring = []string{"github.com/99designs/keyring", "github.com/godbus/dbus", "github.com/gsterjov/go-libsecret"}
	fyne    = []string{"fyne.io/fyne"}
	systray = []string{"fyne.io/systray"}
	// heavy is what the agent does for its clients: to watch files, to read
	// TOML, to lock and to compare.
	heavy = []string{"github.com/fsnotify/fsnotify", "github.com/BurntSushi/toml", "github.com/gofrs/flock", "github.com/aymanbagabas/go-udiff"}
	// http costs every start of the command line more than all else that it does.
	http = []string{"net/http", "crypto/tls"}
	// pages writes manual pages: packaging/man does that, from what the client prints.
	pages   = []string{"github.com/spf13/cobra/doc", "github.com/cpuguy83/go-md2man", "daypass/packaging/man"}
	forTest = []string{"testing", "daypass/creds/awstest", "daypass/creds/credstest", "daypass/creds/vault/keyringtest", "daypass/packaging/rig"}
)

func isUnder(path string, roots []string) bool {
	return slices.ContainsFunc(roots, func(root string) bool {
		return path == root || strings.HasPrefix(path, root+"/")
	})
}

func TestProgramsLinkOnlyWhatIsTheirs(t *testing.T) {
	systems := []string{"linux", "windows", "darwin"}
	// With cgo, without which Fyne has no driver: all that could be linked.
	// Fyne itself talks to the session bus, so the windows may link D-Bus.
	programs := map[string][]string{
		"daypass/cmd/daypass":      slices.Concat(awsSDK, keyring, fyne, systray, heavy, http, pages, forTest),
		"daypass/cmd/daypass-tray": slices.Concat(fyne, forTest),
		"daypass/cmd/daypass-ui":   slices.Concat(awsSDK, keyring[:1], forTest),
	}
	for program, banned := range programs {
		for _, system := range systems {
			for _, p := range list(t, []string{"GOOS=" + system}, "-deps", program) {
				if isUnder(p.ImportPath, banned) {
					t.Errorf("%s on %s links %s", program, system, p.ImportPath)
				}
			}
		}
	}
}

func TestTheClientNeedsNoCgo(t *testing.T) {
	for _, p := range list(t, nil, "-deps", "daypass/cmd/daypass") {
		// The standard library has a pure Go twin of each of its cgo files.
		if !p.Standard && len(p.CgoFiles) > 0 {
			t.Errorf("cmd/daypass links %s, which has cgo files", p.ImportPath)
		}
	}
}

func TestOnlyAppImportsFyne(t *testing.T) {
	importers := map[string]bool{}
	for _, p := range list(t, nil, "daypass/...") {
		if !slices.ContainsFunc(p.Imports, func(path string) bool { return isUnder(path, fyne) }) {
			continue
		}
		importers[p.ImportPath] = true
		// The benchmark's empty window is what app is measured against. It
		// is not shipped.
		if !isUnder(p.ImportPath, []string{"daypass/app", "daypass/packaging/bench/emptywindow"}) {
			t.Errorf("%s imports Fyne, which is for app alone", p.ImportPath)
		}
	}
	if !importers["daypass/app"] {
		t.Error("app does not import Fyne: is one of the two paths another now?")
	}
}

// A client asks the agent for everything else.
func TestClientsKnowTheAgentByItsSocketAlone(t *testing.T) {
	clients := map[string][]string{
		"daypass/cmd/daypass":    {"daypass/creds/settings/schema", "daypass/internal/cmdline", "daypass/internal/nodump", "daypass/creds/wsl"},
		"daypass/cmd/daypass-ui": {"daypass/creds/settings/schema", "daypass/internal/cmdline", "daypass/app", "daypass/app/kit", "daypass/app/locale", "daypass/internal/nodump", "daypass/internal/partition", "daypass/packaging/icons"},
		"daypass/tray":           {"daypass/packaging/icons", "daypass/packaging/linux", "daypass/internal/safely"},
	}
	for client, own := range clients {
		dependsOnlyOn(t, client, append(own, "daypass/creds", "daypass/creds/advice", "daypass/creds/agentapi", "daypass/creds/prompts", "daypass/creds/shell", "daypass/internal/words"))
	}
}

// belowSSO are the rooms that package sso depends on.
var belowSSO = []string{
	"daypass/creds/advice", "daypass/internal/answers", "daypass/internal/atomicfile", "daypass/internal/filewatch", "daypass/internal/jsoncache", "daypass/internal/localpage",
	"daypass/internal/outage", "daypass/internal/partition", "daypass/internal/peers", "daypass/internal/safely", "daypass/creds/shell", "daypass/internal/signin", "daypass/internal/textfile", "daypass/internal/words",
}

// below says of each room under creds, internal and sso which other rooms of daypass it
// depends on, directly or not. Secrets, texts and the words of the domain, which every
// room may use, are left out.
var below = map[string][]string{
	"daypass/creds":                   nil,
	"daypass/creds/advice":            {"daypass/creds/shell"},
	"daypass/creds/agentapi":          {"daypass/internal/words"},
	"daypass/internal/answers":        nil,
	"daypass/internal/atomicfile":     nil,
	"daypass/creds/awscall":           slices.Concat(belowSSO, []string{"daypass/internal/cmdline", "daypass/creds/awsfile", "daypass/creds/profile", "daypass/sso"}),
	"daypass/creds/awsfile":           {"daypass/internal/atomicfile", "daypass/internal/textfile"},
	"daypass/creds/awstest":           nil,
	"daypass/creds/browsers":          {"daypass/internal/atomicfile", "daypass/internal/words", "daypass/internal/localpage", "daypass/internal/peers", "daypass/internal/safely"},
	"daypass/creds/console":           {"daypass/internal/words", "daypass/internal/answers", "daypass/creds/browsers", "daypass/internal/localpage", "daypass/internal/partition", "daypass/internal/peers", "daypass/internal/safely", "daypass/internal/atomicfile", "daypass/internal/textfile", "daypass/internal/tomlfile"},
	"daypass/creds/consolesignin":     belowSSO,
	"daypass/creds/credstest":         nil,
	"daypass/internal/filewatch":      {"daypass/internal/safely"},
	"daypass/internal/jsoncache":      {"daypass/internal/atomicfile"},
	"daypass/internal/lang":           nil,
	"daypass/internal/localpage":      {"daypass/internal/peers", "daypass/internal/safely"},
	"daypass/internal/nobus":          nil,
	"daypass/internal/nodump":         nil,
	"daypass/internal/outage":         nil,
	"daypass/internal/partition":      nil,
	"daypass/internal/peers":          nil,
	"daypass/internal/cmdline":        nil,
	"daypass/internal/program":        {"daypass/internal/cmdline", "daypass/internal/words"},
	"daypass/creds/prompts":           {"daypass/internal/words"},
	"daypass/creds/policy":            nil,
	"daypass/creds/profile":           slices.Concat(belowSSO, []string{"daypass/internal/cmdline", "daypass/creds/awsfile", "daypass/sso"}),
	"daypass/internal/safely":         nil,
	"daypass/internal/secret":         nil,
	"daypass/creds/settings":          {"daypass/internal/cmdline", "daypass/creds/settings/schema", "daypass/internal/words", "daypass/creds/advice", "daypass/creds/shell", "daypass/creds/browsers", "daypass/internal/filewatch", "daypass/internal/localpage", "daypass/internal/peers", "daypass/internal/atomicfile", "daypass/internal/safely", "daypass/internal/textfile", "daypass/internal/tomlfile"},
	"daypass/creds/settings/schema":   {"daypass/internal/words", "daypass/internal/cmdline"}, // for the clients, too: it reads no TOML and watches nothing
	"daypass/creds/shell":             nil,
	"daypass/creds/ssoimport":         {"daypass/creds/awsfile", "daypass/internal/atomicfile", "daypass/internal/textfile"},
	"daypass/internal/signin":         {"daypass/internal/localpage", "daypass/internal/peers", "daypass/internal/safely"},
	"daypass/internal/textfile":       nil,
	"daypass/internal/tomlfile":       {"daypass/internal/atomicfile", "daypass/internal/textfile"},
	"daypass/creds/findkeys":          {"daypass/creds/awsfile", "daypass/internal/atomicfile", "daypass/internal/textfile"},
	"daypass/creds/vault":             {"daypass/creds/advice", "daypass/internal/atomicfile", "daypass/internal/nobus", "daypass/internal/safely", "daypass/creds/shell", "daypass/internal/textfile"},
	"daypass/creds/vault/keyringtest": nil,
	"daypass/internal/words":          nil,
	"daypass/creds/wsl":               nil,
	"daypass/sso":                     belowSSO,
}

func TestTheRoomsBelowImportNothingElseOfOurs(t *testing.T) {
	for room, own := range below {
		if room != "daypass/internal/secret" && room != "daypass/creds" {
			own = append(own, "daypass/creds")
		}
		dependsOnlyOn(t, room, own)
	}
	// A new room must say what is below it.
	above := []string{"daypass/creds/core", "daypass/creds/agent"}
	for _, p := range list(t, nil, "daypass/creds/...", "daypass/internal/...", "daypass/sso/...") {
		if _, ok := below[p.ImportPath]; !ok && !slices.Contains(above, p.ImportPath) {
			t.Errorf("nothing is said here of %s", p.ImportPath)
		}
	}
}

// The core and the rooms below it know the words of the domain, and not how they
// cross the socket.
func TestTheWireIsForTheAgentAndItsClients(t *testing.T) {
	for _, room := range append(slices.Collect(maps.Keys(below)), "daypass/creds/core") {
		for _, p := range list(t, nil, room) {
			if room != "daypass/creds/agentapi" && slices.Contains(p.Deps, "daypass/creds/agentapi") {
				t.Errorf("%s depends on the wire", room)
			}
		}
	}
}

// The widgets know neither the agent nor a profile, and have texts of their own.
func TestTheWidgetKitKnowsNothingElseOfOurs(t *testing.T) {
	for _, p := range list(t, nil, "daypass/app/kit") {
		for _, dep := range p.Deps {
			if isUnder(dep, []string{"daypass"}) && dep != "daypass/internal/lang" {
				t.Errorf("the widget kit depends on %s", dep)
			}
		}
	}
}

// What a window knows and says is in another file than how it is drawn, and can be tested
// as a table.
func TestTheStatesOfWindowsHaveNoWidgets(t *testing.T) {
	files, err := filepath.Glob("../../app/*state.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range file.Imports {
			path := strings.Trim(one.Path.Value, `"`)
			if isUnder(path, fyne) || path == "daypass/creds/agentapi" {
				t.Errorf("%s imports %s", filepath.Base(name), path)
			}
		}
	}
}

// dependsOnlyOn fails if a package depends on others of ours than these and the
// secrets.
func dependsOnlyOn(t *testing.T, path string, own []string) {
	t.Helper()
	for _, p := range list(t, nil, path) {
		for _, dep := range p.Deps {
			if isUnder(dep, []string{"daypass"}) && dep != "daypass/internal/secret" && dep != "daypass/internal/lang" && !slices.Contains(own, dep) {
				t.Errorf("%s depends on %s", path, dep)
			}
		}
	}
}

func TestFewRoomsKnowAWSOrTheKeyring(t *testing.T) {
	agent := []string{"daypass/creds/vault", "daypass/creds/vault/keyringtest", "daypass/creds/core", "daypass/creds/agent"}
	toAWS := append(agent[2:], "daypass/creds/awscall", "daypass/creds/consolesignin", "daypass/creds/profile", "daypass/sso", "daypass/creds/console", "daypass/internal/answers")
	for _, p := range list(t, nil, "daypass/creds/...", "daypass/internal/...", "daypass/sso/...") {
		for _, dep := range p.Deps {
			if isUnder(dep, keyring) && !slices.Contains(agent, p.ImportPath) || isUnder(dep, awsSDK) && !slices.Contains(toAWS, p.ImportPath) {
				t.Errorf("%s depends on %s", p.ImportPath, dep)
			}
		}
	}
}

func TestFilesAreWatchedInOnePlace(t *testing.T) {
	for _, p := range list(t, nil, "daypass/...") {
		if p.ImportPath != "daypass/internal/filewatch" && isUnder("github.com/fsnotify/fsnotify", p.Imports) {
			t.Errorf("%s imports fsnotify, which is for internal/filewatch alone", p.ImportPath)
		}
	}
}
