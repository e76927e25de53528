package creds

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"daypass/creds/agentapi"
)

// The bounds that AWS sets to GetSessionToken:
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html.
const (
	MinSession = 15 * time.Minute
	MaxSession = 36 * time.Hour
	// MaxRole is AssumeRole's:
	// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html.
	MaxRole        = 12 * time.Hour
	DefaultSession = 12 * time.Hour
)

// Settings is what a person may choose, as it stands in config.toml.
type Settings struct {
	// DerivedSuffix is put after a profile's name where its temporary
	// credentials need a section of their own: "-temporary".
	DerivedSuffix string
	// SessionDuration is how long an IAM user's session lasts, from
	// [MinSession] to [MaxSession].
	SessionDuration time.Duration
	// KeyringBackend is one of [Backends], or "" for the best there is.
	KeyringBackend string
	// SignIn is how to sign in to a session of Identity Center, by its ID;
	// without it, a browser is used where there is one.
	SignIn map[string]agentapi.SignInMethod
}

// settingsFile is the form of config.toml.
type settingsFile struct {
	DerivedSuffix   *string `toml:"derived_suffix"`
	SessionDuration *string `toml:"session_duration"`
	KeyringBackend  *string `toml:"keyring_backend"`
	// SSO is by the session's name, or a legacy profile's start URL.
	SSO map[string]struct {
		SignIn agentapi.SignInMethod `toml:"sign_in"`
	} `toml:"sso"`
}

// LoadSettings reads config.toml at path. A missing file gives the defaults; an
// unknown key is an error, as it is most often a misspelt one.
func LoadSettings(path string) (Settings, error) {
	s := Settings{DerivedSuffix: "-temporary", SessionDuration: DefaultSession}
	var f settingsFile
	meta, err := toml.DecodeFile(path, &f)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("reading the settings in %s: %w", path, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return s, fmt.Errorf("the settings in %s have the unknown key %q", path, unknown[0].String())
	}
	if f.DerivedSuffix != nil {
		s.DerivedSuffix = *f.DerivedSuffix
		if s.DerivedSuffix == "" || strings.ContainsAny(s.DerivedSuffix, "[]\"'\\ \t\r\n#;") {
			return s, fmt.Errorf("derived_suffix in %s must be a few characters that can stand in a profile's name, not %q", path, s.DerivedSuffix)
		}
	}
	if f.SessionDuration != nil {
		d, err := time.ParseDuration(*f.SessionDuration)
		if err != nil || d < MinSession || d > MaxSession {
			return s, fmt.Errorf("session_duration in %s must be a duration from 15m to 36h, not %q", path, *f.SessionDuration)
		}
		s.SessionDuration = d
	}
	s.SignIn = make(map[string]agentapi.SignInMethod, len(f.SSO))
	for id, one := range f.SSO {
		switch one.SignIn {
		case agentapi.SignInBrowser, agentapi.SignInDeviceCode:
			s.SignIn[id] = one.SignIn
		default:
			return s, fmt.Errorf(`sign_in of the session %q in %s must be "browser" or "device-code", not %q`, id, path, one.SignIn)
		}
	}
	if f.KeyringBackend != nil {
		s.KeyringBackend = *f.KeyringBackend
	}
	return s, nil
}

// Folders are where daypass keeps what is its own.
type Folders struct {
	// Config holds config.toml.
	Config string
	// State holds the encrypted sessions, the log and, where there is no
	// keyring, the encrypted long-term keys.
	State string
}

// FindFolders follows the XDG Base Directory Specification on Linux and the
// customs of the other systems elsewhere.
func FindFolders() (Folders, error) {
	config, err := os.UserConfigDir()
	if err != nil {
		return Folders{}, fmt.Errorf("finding the settings folder: %w", err)
	}
	f := Folders{Config: filepath.Join(config, "daypass")}
	switch runtime.GOOS {
	case "darwin":
		f.State = f.Config
	case "windows":
		// The roaming folder is no place for what one machine holds.
		local := os.Getenv("LOCALAPPDATA")
		if local == "" {
			return Folders{}, errors.New("finding the state folder: LOCALAPPDATA is not set")
		}
		f.State = filepath.Join(local, "daypass")
	default:
		state := os.Getenv("XDG_STATE_HOME")
		if !filepath.IsAbs(state) {
			home, err := os.UserHomeDir()
			if err != nil {
				return Folders{}, fmt.Errorf("finding the state folder: %w", err)
			}
			state = filepath.Join(home, ".local", "state")
		}
		f.State = filepath.Join(state, "daypass")
	}
	return f, nil
}
