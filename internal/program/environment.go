package program

import (
	"os"
	"runtime"
	"slices"
	"strings"
)

// passed are the variables of the agent's own environment that programs get. They say who
// and where the person is, how the desktop and the network are reached, and where password
// managers keep what is theirs. No credentials of AWS are among them.
var passed = []string{
	"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR",
	"DISPLAY", "XAUTHORITY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS",
	"SSH_AUTH_SOCK", "GNUPGHOME", "GPG_AGENT_INFO", "PINENTRY_USER_DATA",
	"BITWARDENCLI_APPDATA_DIR",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR",
	// Where the agent and its files are, so that a daypass or an AWS tool within finds the
	// same.
	"DAYPASS_RUNTIME_DIR", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_LOGIN_CACHE_DIRECTORY", "AWS_CA_BUNDLE",
	// Windows starts nothing without some of these.
	"SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "HOMEDRIVE", "HOMEPATH",
	"USERNAME", "USERDOMAIN", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)",
	"COMMONPROGRAMFILES", "TEMP", "TMP", "COMPUTERNAME", "OS", "PROCESSOR_ARCHITECTURE",
}

// passedPrefixes begin the names of further ones: those of the language, of the desktop, and
// of pass, gopass, 1Password, Bitwarden and LastPass.
var passedPrefixes = []string{"LC_", "XDG_", "PASSWORD_STORE_", "GOPASS_", "OP_", "BW_", "LPASS_"}

// environment returns what of an environment programs get, and in addition own.
func environment(all, own []string) []string {
	var out []string
	for _, variable := range all {
		name, _, _ := strings.Cut(variable, "=")
		if isPassed(name) {
			out = append(out, variable)
		}
	}
	return append(out, own...)
}

// isPassed compares without case: Windows has Path, and proxies are set in either.
func isPassed(name string) bool {
	upper := strings.ToUpper(name)
	if runtime.GOOS != "windows" && upper != name && !strings.HasSuffix(upper, "_PROXY") {
		return false
	}
	return slices.Contains(passed, upper) || slices.ContainsFunc(passedPrefixes, func(prefix string) bool { return strings.HasPrefix(upper, prefix) })
}

// home returns the folder that programs run in; "" leaves it as it is.
func home() string {
	dir, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return dir
}
