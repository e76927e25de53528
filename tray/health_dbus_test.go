//go:build linux || freebsd || openbsd || netbsd

package tray_test

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"

	"daypass/creds"
	"daypass/tray"
)

// namedServer is a notification server that says what it is.
type namedServer struct{}

func (namedServer) GetServerInformation() (name, vendor, version, spec string, err *dbus.Error) {
	return "dunst", "knopwob", "1.9", "1.2", nil
}

// silentServer is one that does not.
type silentServer struct{ over chan struct{} }

func (s silentServer) GetServerInformation() (name, vendor, version, spec string, err *dbus.Error) {
	<-s.over
	return "", "", "", "", nil
}

func TestWhatTheDesktopDoesForDaypassIsFound(t *testing.T) {
	const notices, noticesPath = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"
	host := func(is bool) func(*testing.T, string) {
		return func(t *testing.T, address string) {
			t.Helper()
			_, conn := startWatcher(t, address)
			if _, err := prop.Export(conn, "/StatusNotifierWatcher", prop.Map{watcherName: {
				"IsStatusNotifierHostRegistered": {Value: is, Emit: prop.EmitFalse},
			}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	over := make(chan struct{})
	defer close(over)
	for name, tt := range map[string]struct {
		desktop  func(*testing.T, string)
		id       string
		severity creds.Severity
		says     string
	}{
		"a panel":                       {host(true), "tray", creds.SeverityOK, "The desktop shows tray icons"},
		"a watcher without a panel":     {host(false), "tray", creds.SeverityWarning, "no tray icons"},
		"nothing collects icons":        {func(*testing.T, string) {}, "tray", creds.SeverityWarning, "AppIndicator"},
		"no notification server at all": {func(*testing.T, string) {}, "notices", creds.SeverityWarning, "Start one, such as dunst"},
		"a notification server": {func(t *testing.T, address string) {
			t.Helper()
			own(t, dial(t, address), namedServer{}, noticesPath, notices)
		}, "notices", creds.SeverityOK, "They are shown by dunst 1.9."},
		"a notification server that does not answer": {func(t *testing.T, address string) {
			t.Helper()
			own(t, dial(t, address), silentServer{over}, noticesPath, notices)
		}, "notices", creds.SeverityUnknown, "does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			address, _ := startBus(t)
			tt.desktop(t, address)
			t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
			wantFinding(t, tt.id, tt.severity, tt.says)
		})
	}
}

func TestABusThatIsNotThereOrDoesNotAnswerIsFound(t *testing.T) {
	path := filepath.Join(busFolder(t), "bus")
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, id := range []string{"tray", "notices"} {
		t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
		wantFinding(t, id, creds.SeverityWarning, "There is no session bus")
		t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+path)
		wantFinding(t, id, creds.SeverityUnknown, "does not answer")
	}
}

func wantFinding(t *testing.T, id string, severity creds.Severity, says string) {
	t.Helper()
	for _, c := range tray.Checks() {
		if c.ID != id {
			continue
		}
		limit := patience
		if severity == creds.SeverityUnknown {
			limit = time.Second
		}
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		began := time.Now()
		found := c.Look(ctx)
		if took := time.Since(began); took > patience {
			t.Errorf("it took %s", took)
		}
		if len(found) != 1 || found[0].ID != id || found[0].Severity != severity || !strings.Contains(found[0].Title+" "+found[0].Detail+" "+found[0].Advice, says) {
			t.Errorf("%s has found %+v", id, found)
		}
		return
	}
	t.Errorf("there is no check %s", id)
}
