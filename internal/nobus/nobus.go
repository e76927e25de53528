// Package nobus keeps programs that have no session bus from starting one.
//
// 99designs/keyring 1.2.2 connects to the session bus when it is initialised. Where there
// is none, godbus runs dbus-launch, and each start of the program leaves a dbus-daemon
// behind that nothing ends. The bus must be out of reach before that, so this package
// does its work when it is initialised. It imports little; Go initialises the packages
// that are ready in the order of their paths
// (https://go.dev/ref/spec#Program_initialization), and "daypass" comes before
// "github.com".
package nobus

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
)

// Address is the DBUS_SESSION_BUS_ADDRESS of a process without a session bus.
// Every version of godbus fails on it at once.
const Address = "disabled:"

func init() {
	if runtime.GOOS != "linux" || os.Getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return
	}
	// Where systemd keeps the bus of every user who is logged in. The keyring's godbus,
	// of 2019, does not look there itself.
	for _, dir := range []string{os.Getenv("XDG_RUNTIME_DIR"), "/run/user/" + strconv.Itoa(os.Getuid())} {
		bus := filepath.Join(dir, "bus")
		if _, err := os.Stat(bus); err == nil && filepath.IsAbs(bus) { //nolint:gosec // the person's own environment
			_ = os.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+bus)
			return
		}
	}
	_ = os.Setenv("DBUS_SESSION_BUS_ADDRESS", Address)
}
