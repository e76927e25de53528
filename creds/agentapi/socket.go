package agentapi

import (
	"os"
	"path/filepath"
	"strconv"

	"daypass/creds"
	"daypass/internal/lang"
)

// placeAdvice says what to do if nothing says where the socket belongs.
const placeAdvice = "Set it, or have DAYPASS_RUNTIME_DIR name a folder that is yours alone."

// SocketDir returns the folder of the agent's socket: what DAYPASS_RUNTIME_DIR names,
// else a folder that the system keeps for the user alone.
//
//   - Linux and other Unix: daypass in $XDG_RUNTIME_DIR
//     (https://specifications.freedesktop.org/basedir-spec/latest/), or
//     daypass-UID in the folder for temporary files.
//   - macOS: ~/Library/Application Support/daypass.
//   - Windows: daypass in %LOCALAPPDATA%.
//
// It fails if the socket's path is too long for the system's socket addresses.
func SocketDir(getenv func(string) string, goos string) (string, error) {
	dir := getenv("DAYPASS_RUNTIME_DIR")
	switch {
	case dir != "":
	case goos == "windows":
		local := getenv("LOCALAPPDATA")
		if local == "" {
			return "", &creds.Error{Code: creds.CodeNoAgent, Message: lang.T("the agent's socket has no place: LOCALAPPDATA is not set"), Advice: lang.T(placeAdvice)}
		}
		dir = filepath.Join(local, "daypass")
	case goos == "darwin":
		home := homeDir(getenv, goos)
		if home == "" {
			return "", &creds.Error{Code: creds.CodeNoAgent, Message: lang.T("the agent's socket has no place: HOME is not set"), Advice: lang.T(placeAdvice)}
		}
		dir = filepath.Join(home, "Library", "Application Support", "daypass")
	case getenv("XDG_RUNTIME_DIR") != "":
		dir = filepath.Join(getenv("XDG_RUNTIME_DIR"), "daypass")
	default:
		tmp := getenv("TMPDIR")
		if tmp == "" {
			tmp = "/tmp"
		}
		dir = filepath.Join(tmp, "daypass-"+strconv.Itoa(os.Getuid()))
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	// sun_path of sockaddr_un, with its final zero byte.
	limit := 108
	if goos == "darwin" {
		limit = 104
	}
	if path := SocketPath(dir); len(path) >= limit {
		return "", &creds.Error{
			Code: creds.CodeNoAgent,
			Message: lang.Sprintf(
				"the path of the agent's socket is too long: %s has %d bytes, and this system takes %d", path, len(path), limit-1),
			Advice: lang.T("Have DAYPASS_RUNTIME_DIR name a folder with a shorter path."),
		}
	}
	return dir, nil
}

// SocketPath returns the path of the socket in the folder dir.
func SocketPath(dir string) string { return filepath.Join(dir, "agent.sock") }

// MakeSocketDir makes the folder dir if it is missing, and then checks it as
// [CheckSocketDir] does.
func MakeSocketDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return lang.Errorf("making the folder of the agent's socket: %w", err)
	}
	return CheckSocketDir(dir)
}

// CheckSocketDir fails unless dir is a real folder that belongs to the present user and
// that nobody else may enter: anyone can make one in a folder for temporary files. The
// error wraps [os.ErrNotExist] if there is none.
func CheckSocketDir(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return lang.Errorf("looking for the agent's socket: %w", err)
	}
	if !info.IsDir() {
		return &creds.Error{
			Code: creds.CodeNoAgent, Message: lang.Sprintf("%s, where the agent's socket belongs, is not a folder", dir),
			Advice: lang.T("Move it away, or have DAYPASS_RUNTIME_DIR name another folder."),
		}
	}
	return checkOwner(dir, info)
}
