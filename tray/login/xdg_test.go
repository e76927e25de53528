//go:build !windows && !darwin

package login

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/packaging/linux"
)

// home is a person's folders, with the program that starts at login.
type home struct {
	own, installed, program string
}

// newHome makes a home on a desktop called X-TEST, with a program in bin.
func newHome(t *testing.T) home {
	t.Helper()
	dir := t.TempDir()
	h := home{
		own:       filepath.Join(dir, "config", "autostart", entryName),
		installed: filepath.Join(dir, "xdg", "autostart", entryName),
		program:   filepath.Join(dir, "bin", "daypass-tray"),
	}
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(dir, "config"))
	t.Setenv("XDG_CONFIG_DIRS", "relative:"+filepath.Join(dir, "nothing")+":"+filepath.Join(dir, "xdg"))
	t.Setenv("XDG_CURRENT_DESKTOP", "other:X-TEST")
	t.Setenv("PATH", filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
	write(t, h.program, "#!/bin/sh\n")
	if err := os.Chmod(h.program, 0o755); err != nil {
		t.Fatal(err)
	}
	return h
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// read returns what a file holds, "" if it is not there.
func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(data)
}

// fill puts the program's path where a test says PROGRAM.
func (h home) fill(text string) string { return strings.ReplaceAll(text, "PROGRAM", h.program) }

// fresh is the entry that is written where there is none.
var fresh = strings.NewReplacer("Exec=daypass-tray", "Exec=PROGRAM").Replace(linux.Autostart)

// hidden is the same, switched off.
var hidden = fresh + "Hidden=true\n"

// set switches and checks that the switch says so.
func set(t *testing.T, l *Login, on bool) {
	t.Helper()
	if err := l.Enable(on); err != nil {
		t.Fatal(err)
	}
	if got, err := l.Enabled(); err != nil || got != on {
		t.Fatalf("after Enable(%t) Enabled says %t (%v)", on, got, err)
	}
}

// eventually waits for a file that another program writes.
func eventually(t *testing.T, path string) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(path); err == nil {
			return
		}
	}
	t.Fatal("waited in vain for ", path)
}

func valid(t *testing.T, path string) {
	t.Helper()
	if out, err := exec.Command("desktop-file-validate", "--no-hints", path).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v: %s\n%s", err, out, read(t, path))
	}
}

func TestTheSwitch(t *testing.T) {
	const edited = "# mine\n[Desktop Entry]\nType=Application\nName=my daypass\n" +
		"Exec=nice PROGRAM\nX-Mine=a\\sb\n\n[X-Mine Quit]\nName=Quit\nExec=PROGRAM --quit\nHidden=true\n"
	with := func(lines string) string { return strings.Replace(edited, "X-Mine=", lines+"X-Mine=", 1) }
	end := func(line string) string { return strings.Replace(edited, "\n\n", "\n"+line+"\n\n", 1) }
	gone := "Exec=/nowhere/daypass-tray\nTryExec=/nowhere/daypass-tray\nX-Mine=1\n"
	tests := []struct {
		name           string
		own, installed string
		before         bool
		on, off        string // the person's entry after each; "" is none
	}{
		{"nothing is there", "", "", false, fresh, ""},
		{"a package starts it", "", linux.Autostart, true, "", hidden},
		{"a package has it but for other desktops", "", linux.Autostart + "NotShowIn=X-TEST;\n", false, fresh, hidden},
		{"a package was removed and left its entry", "", strings.ReplaceAll(linux.Autostart, "daypass-tray", "gone-tray"), false, fresh, hidden},
		{"it was switched on here", fresh, "", true, fresh, ""},
		{"it was switched on here before a package came", fresh, linux.Autostart, true, "", hidden},
		{"it was switched off here", hidden, linux.Autostart, false, "", hidden},
		{"the package went after it was switched off", hidden, "", false, fresh, hidden},
		{"the entry is a person's", edited, "", true, edited, end("Hidden=true")},
		{"the entry is a person's and there is a package's", edited, linux.Autostart, true, edited, end("Hidden=true")},
		{"a person hid an own entry", end("Hidden=true"), "", false, edited, end("Hidden=true")},
		{"a person hid it in the way of old", end("Hidden=1"), "", false, edited, end("Hidden=1")},
		{"the desktop says that it is not hidden", end("Hidden=false"), "", true, end("Hidden=false"), end("Hidden=true")},
		{"keys are there twice, the last one counts", with("Hidden=true\nHidden = false\n"), "", true, with("Hidden=true\nHidden = false\n"), with("Hidden=true\n")},
		{
			"GNOME's settings switched it off", with("X-GNOME-Autostart-enabled=false\n"), linux.Autostart, false,
			with("X-GNOME-Autostart-enabled=true\n"), strings.Replace(with("X-GNOME-Autostart-enabled=false\n"), "\n\n", "\nHidden=true\n\n", 1),
		},
		{"it is for another desktop", with("OnlyShowIn=KDE;XFCE;\n"), "", false, edited, strings.Replace(with("OnlyShowIn=KDE;XFCE;\n"), "\n\n", "\nHidden=true\n\n", 1)},
		{"it is for this desktop", with("OnlyShowIn=KDE;X-TEST;\n"), "", true, with("OnlyShowIn=KDE;X-TEST;\n"), strings.Replace(with("OnlyShowIn=KDE;X-TEST;\n"), "\n\n", "\nHidden=true\n\n", 1)},
		{"it is not for this desktop", with("NotShowIn=X-TEST\n"), "", false, edited, strings.Replace(with("NotShowIn=X-TEST\n"), "\n\n", "\nHidden=true\n\n", 1)},
		{
			"the program was moved", "[Desktop Entry]\nType=Application\nName=d\n" + gone, "", false,
			"[Desktop Entry]\nType=Application\nName=d\nExec=PROGRAM\nTryExec=PROGRAM\nX-Mine=1\n",
			"[Desktop Entry]\nType=Application\nName=d\n" + gone + "Hidden=true\n",
		},
		{"an empty file masks the package's", " ", linux.Autostart, false, "", " "},
		{"a mask of one key", "[Desktop Entry]\nHidden=true\n", linux.Autostart, false, "", "[Desktop Entry]\nHidden=true\n"},
		{"a mask of what is not installed any more", "[Desktop Entry]\nHidden=true\n", "", false, fresh, "[Desktop Entry]\nHidden=true\n"},
		{"the file is something else", "\x00\xff=[\n=\n[", "", false, fresh, "\x00\xff=[\n=\n["},
		{"the file does not end in a line end", strings.TrimSuffix(fresh, "\n"), "", true, strings.TrimSuffix(fresh, "\n"), hidden},
		{"the file is one of Windows", "[Desktop Entry]\r\nType=Application\r\nName=d\r\nExec=x\r\nHidden=true\r\n", "", false, "[Desktop Entry]\r\nType=Application\r\nName=d\r\nExec=x\r\n", "[Desktop Entry]\r\nType=Application\r\nName=d\r\nExec=x\r\nHidden=true\r\n"},
	}
	for _, tt := range tests {
		for _, on := range []bool{true, false} {
			name, want := tt.name+", off", tt.off
			if on {
				name, want = tt.name+", on", tt.on
			}
			t.Run(name, func(t *testing.T) {
				h := newHome(t)
				for path, text := range map[string]string{h.own: tt.own, h.installed: tt.installed} {
					if text != "" {
						write(t, path, h.fill(text))
					}
				}
				l := New(h.program)
				if got, err := l.Enabled(); err != nil || got != tt.before {
					t.Errorf("at first Enabled says %t (%v)", got, err)
				}
				for range 2 { // the second time changes nothing
					set(t, l, on)
					if diff := cmp.Diff(h.fill(want), read(t, h.own)); diff != "" {
						t.Fatalf("the entry (-want +got):\n%s", diff)
					}
				}
				if diff := cmp.Diff(h.fill(tt.installed), read(t, h.installed)); diff != "" {
					t.Errorf("the package's entry (-want +got):\n%s", diff)
				}
				if changed := h.fill(tt.own) != h.fill(want); changed && !strings.Contains(want, "\r") && want != "" {
					valid(t, h.own)
				}
				set(t, l, !on)
				set(t, l, on)
				left, err := os.ReadDir(filepath.Dir(h.own))
				if err != nil && !os.IsNotExist(err) || len(left) > 1 {
					t.Errorf("%v is left (%v)", left, err)
				}
			})
		}
	}
}

// TestAnyPathIsStartedByTheDesktop has GLib, which GNOME and Xfce start
// programs with, start the entry.
func TestAnyPathIsStartedByTheDesktop(t *testing.T) {
	for _, name := range []string{
		"plain", "with space", "50%", "%f %U%%", `a"b'c`, "$HOME `id`", `back\slash\\ \s\n`, `\`, "semi;colon&|<>~*?#()", "tab\tnew\nline", "zwölf", "[x]", "a=b", "a=50%", " lead", "trail ",
	} {
		t.Run(name, func(t *testing.T) {
			h := newHome(t)
			h.program = filepath.Join(filepath.Dir(h.program), name, "tray "+name)
			said := filepath.Join(t.TempDir(), "said")
			write(t, h.program, "#!/bin/sh\nprintf '%s|' \"$0\" \"$@\" >'"+said+".new' && mv '"+said+".new' '"+said+"'\n")
			if err := os.Chmod(h.program, 0o755); err != nil {
				t.Fatal(err)
			}
			set(t, New(h.program), true)
			valid(t, h.own)
			cmd := exec.Command("gio", "launch", h.own)
			cmd.Env = append(os.Environ(), "DBUS_SESSION_BUS_ADDRESS=disabled:")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			eventually(t, said)
			if diff := cmp.Diff(h.program+"|", read(t, said)); diff != "" {
				t.Errorf("started (-want +got):\n%s\n%s", diff, read(t, h.own))
			}
		})
	}
}

func TestNothingIsWrittenThatCannotStart(t *testing.T) {
	h := newHome(t)
	plain := filepath.Join(filepath.Dir(h.program), "plain")
	write(t, plain, "")
	for program, want := range map[string]string{
		"daypass-tray":            `"daypass-tray" is not an absolute path`,
		h.program + "x":           "is not there any more, or is no program",
		filepath.Dir(h.program):   "is not there any more, or is no program",
		plain:                     "is not there any more, or is no program",
		"":                        "is not an absolute path",
		h.program + "\x00":        "is not there any more, or is no program",
		h.program + "/daypass-in": "is not there any more, or is no program",
	} {
		err := New(program).Enable(true)
		if err == nil || !strings.Contains(err.Error(), "having daypass started at login: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", program, err)
		}
		if err := New(program).Enable(false); err != nil {
			t.Errorf("%q, off: %v", program, err)
		}
	}
	if text := read(t, h.own); text != "" {
		t.Errorf("written: %s", text)
	}
}

func TestLinksStayLinks(t *testing.T) {
	t.Run("to a person's entry elsewhere", func(t *testing.T) {
		h := newHome(t)
		real := filepath.Join(t.TempDir(), "dotfiles", "daypass.desktop")
		text := h.fill(fresh) + "X-Mine=1\n"
		write(t, real, text)
		if err := os.Chmod(real, 0o640); err != nil {
			t.Fatal(err)
		}
		link(t, real, h.own)
		set(t, New(h.program), false)
		if got := read(t, real); got != text+"Hidden=true\n" {
			t.Errorf("the entry is now\n%s", got)
		}
		if info, err := os.Stat(real); err != nil || info.Mode() != 0o640 {
			t.Errorf("%v %v", info.Mode(), err)
		}
		if to, err := os.Readlink(h.own); err != nil || to != real {
			t.Errorf("the link is %q (%v)", to, err)
		}
	})
	t.Run("to /dev/null is a mask", func(t *testing.T) {
		h := newHome(t)
		link(t, os.DevNull, h.own)
		write(t, h.installed, linux.Autostart)
		set(t, New(h.program), false)
		if to, err := os.Readlink(h.own); err != nil || to != os.DevNull {
			t.Errorf("the link is %q (%v)", to, err)
		}
		set(t, New(h.program), true)
		if _, err := os.Lstat(h.own); !os.IsNotExist(err) {
			t.Errorf("it is still there (%v)", err)
		}
	})
	for name, to := range map[string]string{"to /dev/null with no package": os.DevNull, "to nothing": "/nowhere/at/all"} {
		t.Run(name, func(t *testing.T) {
			h := newHome(t)
			link(t, to, h.own)
			set(t, New(h.program), true)
			if info, err := os.Lstat(h.own); err != nil || !info.Mode().IsRegular() {
				t.Errorf("%v %v", info, err)
			}
			if info, err := os.Stat(os.DevNull); err != nil || info.Mode()&fs.ModeDevice == 0 {
				t.Fatalf("/dev/null is now %v (%v)", info, err)
			}
		})
	}
}

func TestAnEntryForSomeDesktopsIsKeptWhereTheDesktopIsNotKnown(t *testing.T) {
	h := newHome(t)
	t.Setenv("XDG_CURRENT_DESKTOP", "")
	text := h.fill(fresh) + "OnlyShowIn=KDE;\n"
	write(t, h.own, text)
	set(t, New(h.program), true)
	if got := read(t, h.own); got != text {
		t.Errorf("the entry is now\n%s", got)
	}
}

func link(t *testing.T, to, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
}

func TestWhatCannotBeReadOrWrittenIsReported(t *testing.T) {
	for _, tt := range []struct {
		name string
		make func(t *testing.T, h home)
		want string
	}{
		{"a folder in its place", func(t *testing.T, h home) { write(t, filepath.Join(h.own, "x"), "") }, "is a folder: please remove it"},
		{"a file for the folder", func(t *testing.T, h home) { write(t, filepath.Dir(h.own), "") }, "not a directory"},
		{"a huge file", func(t *testing.T, h home) { write(t, h.own, strings.Repeat("#", maxFile+1)) }, "too large"},
		{"a folder for the package's", func(t *testing.T, h home) { write(t, filepath.Join(h.installed, "x"), "") }, "is a folder: please remove it"},
		{"a relative folder", func(t *testing.T, _ home) { t.Setenv("XDG_CONFIG_HOME", "here") }, "XDG_CONFIG_HOME is relative"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHome(t)
			tt.make(t, h)
			if err := New(h.program).Enable(true); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Enable says %v", err)
			}
			if _, err := New(h.program).Enabled(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Enabled says %v", err)
			}
		})
	}
}

// FuzzAnEntryKeepsAllElse switches any file off and on again.
func FuzzAnEntryKeepsAllElse(f *testing.F) {
	f.Add([]byte(linux.Autostart))
	f.Add([]byte("[Desktop Entry]\nExec=a\nHidden=1\n\n#\n[x]\nHidden=true"))
	f.Add([]byte("\n=\n [Desktop Entry] \r\n Exec = b\r\nHidden"))
	f.Fuzz(func(t *testing.T, data []byte) {
		e := parseEntry(string(data))
		if e.String() != string(data) {
			t.Fatalf("%q became %q", data, e)
		}
		if e.get(keyExec) == "" {
			return
		}
		e.set(keyHidden, "true")
		e = parseEntry(e.String())
		if !e.is(keyHidden, true) || e.startsIn(nil) {
			t.Fatalf("%q is not off: %q", data, e)
		}
		e.drop(keyHidden)
		if e.get(keyHidden) != "" {
			t.Fatalf("%q is off for good: %q", data, e)
		}
		was := parseEntry(string(data))
		was.drop(keyHidden)
		// A line end may have come to the last line.
		if got, want := e.String(), was.String(); got != want && got != want+"\n" && !bytes.Contains(data, []byte(keyHidden)) {
			t.Fatalf("%q became %q", want, got)
		}
	})
}
