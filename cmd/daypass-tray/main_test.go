package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daypass/internal/words"
)

func TestADesktopIsADisplayWithASessionBus(t *testing.T) {
	const bus, display, wayland = "DBUS_SESSION_BUS_ADDRESS=unix:path=/b", "DISPLAY=:0", "WAYLAND_DISPLAY=wayland-0"
	for _, c := range []struct {
		goos string
		env  string
		want bool
	}{
		{"linux", "", false},
		{"linux", display, false},
		{"linux", bus, false},
		{"linux", display + " " + bus, true},
		{"linux", wayland + " " + bus, true},
		{"linux", display + " DBUS_SESSION_BUS_ADDRESS=disabled:", false},
		{"windows", "", true},
		{"darwin", "", true},
	} {
		getenv := func(name string) string {
			for _, entry := range strings.Fields(c.env) {
				if value, ok := strings.CutPrefix(entry, name+"="); ok {
					return value
				}
			}
			return ""
		}
		if got := hasDesktop(getenv, c.goos); got != c.want {
			t.Errorf("%s with %q: %t", c.goos, c.env, got)
		}
	}
}

func TestTheLogOfAnAgentThatRunsForWeeksStaysSmall(t *testing.T) {
	file, err := os.OpenFile(filepath.Join(t.TempDir(), "log"), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	log := &boundedLog{file: file}
	record := []byte(strings.Repeat("x", 999) + "\n")
	for range 3 * logLimit / len(record) {
		if _, err := log.Write(record); err != nil {
			t.Fatal(err)
		}
		info, err := file.Stat()
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() == 0 || info.Size() > logLimit {
			t.Fatalf("the log has %d bytes", info.Size())
		}
	}
}

func TestTheVersionIsShownByTheFlagAndItsLetter(t *testing.T) {
	want := "daypass-tray " + words.Version() + "\n"
	for _, flag := range []string{"--version", "-version", "-v"} {
		var out bytes.Buffer
		if err := run(t.Context(), []string{flag}, &out); err != nil || out.String() != want {
			t.Errorf("%s: %q, %v; want %q", flag, out.String(), err, want)
		}
	}
}
