package arch_test

import (
	"strings"
	"testing"
)

// The rooms of internal are for everybody: they know nothing of credentials, of
// AWS's files or of the agent.
func TestTheLowRoomsImportOneAnotherAlone(t *testing.T) {
	for _, p := range list(t, nil, "daypass/internal/...") {
		for _, path := range p.Imports {
			if isUnder(path, []string{"daypass"}) && !isUnder(path, []string{"daypass/internal"}) {
				t.Errorf("%s imports %s", p.ImportPath, path)
			}
		}
	}
}

// A machine knows no profile.
func TestTheSystemKnowsNothingOfCreds(t *testing.T) {
	for _, system := range []string{"linux", "windows", "darwin"} {
		for _, p := range list(t, []string{"GOOS=" + system}, "daypass/tray/login", "daypass/tray/machine") {
			for _, path := range p.Deps {
				if path == "daypass/creds" || strings.HasPrefix(path, "daypass/creds/") {
					t.Errorf("%s on %s depends on %s", p.ImportPath, system, path)
				}
			}
		}
	}
}
