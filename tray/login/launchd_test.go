//go:build !windows

package login

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestALaunchAgentIsWrittenAndRemoved(t *testing.T) {
	for _, name := range []string{"daypass-tray", "a & b <c> \"d\" 'e'", "zwölf %s", "new\nline"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("HOME", dir)
			program := filepath.Join(dir, name)
			if err := os.WriteFile(program, nil, 0o755); err != nil {
				t.Fatal(err)
			}
			l := &Login{system: launchd{program}}
			path := filepath.Join(dir, "Library", "LaunchAgents", "app.daypass.daypass.plist")
			for _, on := range []bool{false, true, true, false, false, true} {
				if err := l.Enable(on); err != nil {
					t.Fatal(err)
				}
				if got, err := l.Enabled(); err != nil || got != on {
					t.Fatalf("after Enable(%t) Enabled says %t (%v)", on, got, err)
				}
				if _, err := os.Stat(path); (err == nil) != on {
					t.Fatal(err)
				}
			}
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var list struct {
				Keys    []string `xml:"dict>key"`
				Strings []string `xml:"dict>string"`
				Program []string `xml:"dict>array>string"`
			}
			if err := xml.Unmarshal(data, &list); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{program}, list.Program); diff != "" {
				t.Errorf("the program (-want +got):\n%s", diff)
			}
			if list.Keys[0] != "Label" || list.Strings[0] != "app.daypass.daypass" {
				t.Errorf("%q %q", list.Keys, list.Strings)
			}
			if err := os.Remove(program); err != nil {
				t.Fatal(err)
			}
			if got, err := l.Enabled(); err != nil || got {
				t.Errorf("without the program Enabled says %t (%v)", got, err)
			}
			if err := l.Enable(true); err == nil || !strings.Contains(err.Error(), "is not there any more") {
				t.Error(err)
			}
		})
	}
}

func TestOtherLaunchAgents(t *testing.T) {
	const agent = "<plist version=\"1.0\"><dict><key>Label</key><string>x</string>" +
		"<key>ProgramArguments</key><array><string>/bin/sh</string><string>-c</string></array>%</dict></plist>"
	with := func(keys string) string { return strings.Replace(agent, "%", keys, 1) }
	for _, tt := range []struct {
		name, text string
		on         bool
		err        string
	}{
		{"a person's own", with("<key>RunAtLoad</key><true/>"), true, ""},
		{"with other keys before", with("<key>EnvironmentVariables</key><dict><key>RunAtLoad</key><string>n</string></dict><key>Nice</key><integer>3</integer><!-- c --><key> RunAtLoad </key><true/>"), true, ""},
		{"kept alive", with("<key>KeepAlive</key><true/>"), true, ""},
		{"only on demand", with("<key>RunAtLoad</key><false/>"), false, ""},
		{"disabled", with("<key>RunAtLoad</key><true/><key>Disabled</key><true/>"), false, ""},
		{"of another program that is gone", strings.Replace(with("<key>RunAtLoad</key><true/>"), "/bin/sh", "/nowhere/sh", 1), false, ""},
		{"with Program", with("<key>RunAtLoad</key><true/><key>Program</key><string>/nowhere</string>"), false, ""},
		{"empty dictionary", `<plist><dict/></plist>`, false, ""},
		{"no dictionary", `<plist><array/></plist>`, false, ""},
		{"binary", "bplist00\xd1\x01\x02", false, "is no property list in XML"},
		{"cut off", with("<key>RunAtLoad</key><true/>")[:60], false, "is no property list in XML"},
		{"something else", "<html/>", false, "is no property list in XML"},
		{"nothing", "", false, "is no property list in XML"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("HOME", dir)
			l := &Login{system: launchd{"/bin/sh"}}
			path := filepath.Join(dir, "Library", "LaunchAgents", "app.daypass.daypass.plist")
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			on, err := l.Enabled()
			switch {
			case tt.err != "":
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("Enabled says %v", err)
				}
				if err := l.Enable(true); err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("Enable says %v", err)
				}
			case err != nil || on != tt.on:
				t.Errorf("Enabled says %t (%v)", on, err)
			default:
				if err := l.Enable(true); err != nil {
					t.Fatal(err)
				}
				data, err := os.ReadFile(path)
				if kept := string(data) == tt.text; err != nil || kept != tt.on {
					t.Errorf("kept is %t (%v):\n%s", kept, err, data)
				}
				if on, err := l.Enabled(); err != nil || !on {
					t.Errorf("then Enabled says %t (%v)", on, err)
				}
			}
			if err := l.Enable(false); err != nil {
				t.Fatal(err)
			}
			if on, err := l.Enabled(); err != nil || on {
				t.Errorf("switched off, Enabled says %t (%v)", on, err)
			}
		})
	}
}
