package core

import (
	"os"
	"path/filepath"
	"runtime"

	"daypass/internal/lang"
)

// Folders are where daypass keeps its own files.
type Folders struct {
	// Config holds config.toml.
	Config string
	// State holds the encrypted sessions, the log and, where there is no
	// keyring, the encrypted long-term keys.
	State string
}

// FindFolders follows the XDG Base Directory Specification on Linux, and the customs of
// each other system.
func FindFolders() (Folders, error) {
	config, err := os.UserConfigDir()
	if err != nil {
		return Folders{}, lang.Errorf("finding the settings folder: %w", err)
	}
	f := Folders{Config: filepath.Join(config, "daypass")}
	switch runtime.GOOS {
	case "darwin":
		f.State = f.Config
	case "windows":
		// The roaming folder would carry this machine's state to others.
		local := os.Getenv("LOCALAPPDATA")
		if local == "" {
			return Folders{}, lang.Error("finding the state folder: LOCALAPPDATA is not set")
		}
		f.State = filepath.Join(local, "daypass")
	default:
		state := os.Getenv("XDG_STATE_HOME")
		if !filepath.IsAbs(state) {
			home, err := os.UserHomeDir()
			if err != nil {
				return Folders{}, lang.Errorf("finding the state folder: %w", err)
			}
			state = filepath.Join(home, ".local", "state")
		}
		f.State = filepath.Join(state, "daypass")
	}
	return f, nil
}
