package login

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/windows/registry"
)

// place is below HKEY_CURRENT_USER, out of the way of what really starts.
const place = `Software\daypass-test`

func newRun(t *testing.T, program string) (run, *Login) {
	t.Helper()
	r := run{program, place + `\Run`, place + `\Approved`}
	clear := func() {
		for _, key := range []string{r.run, r.approved, place} {
			if err := registry.DeleteKey(registry.CURRENT_USER, key); err != nil && !errors.Is(err, registry.ErrNotExist) {
				t.Error(err)
			}
		}
	}
	clear()
	t.Cleanup(clear)
	return r, &Login{system: r}
}

// put makes a key and returns it.
func put(t *testing.T, path string) registry.Key {
	t.Helper()
	key, _, err := registry.CreateKey(registry.CURRENT_USER, path, registry.ALL_ACCESS)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = key.Close() })
	return key
}

func program(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func is(t *testing.T, l *Login, want bool) {
	t.Helper()
	if got, err := l.Enabled(); err != nil || got != want {
		t.Fatalf("Enabled says %t (%v)", got, err)
	}
}

func TestTheRunKeyIsWrittenAndCleared(t *testing.T) {
	for _, name := range []string{"tray.exe", "a b & 100% %PATH%.exe", "zwölf.exe"} {
		t.Run(name, func(t *testing.T) {
			path := program(t, name)
			r, l := newRun(t, path)
			is(t, l, false)
			for _, on := range []bool{false, true, true, false, false, true} {
				if err := l.Enable(on); err != nil {
					t.Fatal(err)
				}
				is(t, l, on)
			}
			value, kind, err := put(t, r.run).GetStringValue("daypass")
			if err != nil || kind != registry.SZ || value != `"`+path+`"` {
				t.Errorf("%q %d (%v)", value, kind, err)
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			is(t, l, false)
			if err := l.Enable(true); err == nil || !strings.Contains(err.Error(), "is not there any more") {
				t.Error(err)
			}
		})
	}
}

func TestWhatAPersonSwitchedOffInTaskManagerIsOff(t *testing.T) {
	r, l := newRun(t, program(t, "tray.exe"))
	if err := l.Enable(true); err != nil {
		t.Fatal(err)
	}
	for state, on := range map[byte]bool{2: true, 3: false, 6: true, 7: false} {
		if err := put(t, r.approved).SetBinaryValue("daypass", []byte{state, 0, 0, 0}); err != nil {
			t.Fatal(err)
		}
		is(t, l, on)
		if err := l.Enable(true); err != nil {
			t.Fatal(err)
		}
		is(t, l, true)
	}
}

func TestAPersonsCommandStays(t *testing.T) {
	path := program(t, "tray.exe")
	r, l := newRun(t, program(t, "other.exe"))
	t.Setenv("DAYPASS_TEST", filepath.Dir(path))
	key := put(t, r.run)
	if err := key.SetExpandStringValue("daypass", `"%DAYPASS_TEST%\tray.exe" --headless`); err != nil {
		t.Fatal(err)
	}
	is(t, l, true)
	if err := l.Enable(true); err != nil {
		t.Fatal(err)
	}
	if value, _, err := key.GetStringValue("daypass"); err != nil || !strings.HasSuffix(value, "--headless") {
		t.Errorf("%q (%v)", value, err)
	}
}

func TestALongPathIsRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("a", 100), strings.Repeat("b", 100))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, strings.Repeat("c", 100)+".exe")
	if err := os.WriteFile(path, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	_, l := newRun(t, path)
	if err := l.Enable(true); err == nil || !strings.Contains(err.Error(), "too long a path") {
		t.Error(err)
	}
	is(t, l, false)
}
