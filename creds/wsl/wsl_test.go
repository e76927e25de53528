package wsl_test

import (
	"testing"

	"daypass/creds/wsl"
)

func TestLinuxInsideWindowsIsRecognised(t *testing.T) {
	for name, tc := range map[string]struct {
		env, kernel string
		want        bool
	}{
		"WSL 2":           {"", "Linux version 5.15.90.1-microsoft-standard-WSL2 (root@build)", true},
		"WSL 1":           {"", "Linux version 4.4.0-19041-Microsoft (Microsoft@Microsoft.com)", true},
		"another kernel":  {"Debian", "Linux version 6.1.0", true},
		"Debian":          {"", "Linux version 6.1.0-18-amd64 (debian-kernel@lists.debian.org)", false},
		"no such machine": {"", "", false},
	} {
		if got := wsl.In(func(string) string { return tc.env }, tc.kernel); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
