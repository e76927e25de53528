package agentapi

import (
	"slices"
	"strings"
)

// What an agent may inherit. It serves programs that were started elsewhere, so nothing
// that one shell has set may reach it: not AWS_PROFILE, not keys.
var (
	environNames = []string{
		"HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR",
		"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS",
		// How xdg-open finds a browser, and how it and the keyring distinguish desktops.
		"DESKTOP_SESSION", "BROWSER", "KDE_FULL_SESSION", "KDE_SESSION_VERSION",
		"AWS_CA_BUNDLE", "AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT",
		"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE",
		"SSL_CERT_FILE", "SSL_CERT_DIR",
		"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
		"GNUPGHOME", "PASSWORD_STORE_DIR",
	}
	environPrefixes = []string{"LC_", "XDG_", "AWS_ENDPOINT_URL", "DAYPASS_", "FYNE_"}
	// The demo's variables hold a key for other programs.
	environNever = []string{"DAYPASS_DEMO_"}

	environNamesDarwin  = []string{"__CF_USER_TEXT_ENCODING"}
	environNamesWindows = []string{
		"SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP",
		"USERPROFILE", "USERNAME", "USERDOMAIN", "HOMEDRIVE", "HOMEPATH",
		"APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "PUBLIC",
	}
)

// agentEnviron returns the environment of an agent that a process with environ starts,
// with its socket in the folder dir.
func agentEnviron(environ []string, goos, dir string, files Files) []string {
	names := environNames
	switch goos {
	case "windows":
		names = slices.Concat(names, environNamesWindows)
	case "darwin":
		names = slices.Concat(names, environNamesDarwin)
	}
	values := make(map[string]string)
	var env []string
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if goos == "windows" {
			name = strings.ToUpper(name)
		}
		values[name] = value
		if mayInherit(name, names) && value != "" && name != "DAYPASS_RUNTIME_DIR" {
			env = append(env, name+"="+value)
		}
	}
	env = append(env, "PATH="+systemPath(goos, values["SYSTEMROOT"]), "DAYPASS_RUNTIME_DIR="+dir)
	// The client's paths may be relative to its folder.
	if values["AWS_CONFIG_FILE"] != "" {
		env = append(env, "AWS_CONFIG_FILE="+files.Config)
	}
	if values["AWS_SHARED_CREDENTIALS_FILE"] != "" {
		env = append(env, "AWS_SHARED_CREDENTIALS_FILE="+files.Credentials)
	}
	if values["AWS_LOGIN_CACHE_DIRECTORY"] != "" {
		env = append(env, "AWS_LOGIN_CACHE_DIRECTORY="+files.LoginCache)
	}
	return env
}

// IsOfOneShell reports whether an AWS variable, such as AWS_PROFILE or a key, concerns
// only the shell that set it, and not the agent, which serves all shells.
func IsOfOneShell(name string) bool {
	switch name {
	case "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_LOGIN_CACHE_DIRECTORY":
		return false
	}
	return strings.HasPrefix(name, "AWS_") && !mayInherit(name, environNames)
}

func mayInherit(name string, names []string) bool {
	begins := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
	if slices.ContainsFunc(environNever, begins) {
		return false
	}
	return slices.Contains(names, name) || slices.ContainsFunc(environPrefixes, begins)
}

// systemPath returns a PATH that no shell has changed.
func systemPath(goos, systemRoot string) string {
	switch goos {
	case "windows":
		return systemRoot + `\System32;` + systemRoot
	case "darwin":
		return "/usr/local/bin:/opt/homebrew/bin:/usr/bin:/bin:/usr/sbin:/sbin"
	}
	return "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
}
