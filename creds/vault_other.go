//go:build !linux

package creds

import (
	"context"
	"runtime"

	"github.com/99designs/keyring"
)

// bestBackend is the system's own keyring.
func bestBackend(context.Context) string {
	switch runtime.GOOS {
	case "darwin":
		return string(keyring.KeychainBackend)
	case "windows":
		return string(keyring.WinCredBackend)
	}
	return string(keyring.FileBackend)
}

func defaultCollection(context.Context) (string, error) { return "login", nil }

// Locked reports whether using the keyring would make a prompt appear. The
// keyrings of macOS and Windows are open while the person is logged in.
func (v *Vault) Locked(ctx context.Context) (bool, error) {
	name, err := v.choose(ctx)
	return err == nil && name == string(keyring.FileBackend) && v.cfg.PassphraseFile == "" && v.lockedFile(), err
}
