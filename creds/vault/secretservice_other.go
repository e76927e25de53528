//go:build !linux

package vault

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

// collectionName is for Linux; elsewhere the Secret Service cannot be opened.
func collectionName(context.Context) (string, error) { return "login", nil }

// systemLocked is false: these keyrings are open while the person is logged in.
func systemLocked(context.Context, keyring.BackendType) (bool, error) { return false, nil }

// foreignCollection is for Linux, as collectionName.
func foreignCollection(context.Context, string) (exists, locked bool) { return false, false }

// hasWallet is for Linux, too.
func hasWallet(context.Context, string) bool { return false }
