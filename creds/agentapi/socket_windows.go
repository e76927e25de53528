package agentapi

import (
	"errors"
	"io/fs"
	"syscall"
)

// From
// https://learn.microsoft.com/windows/win32/winsock/windows-sockets-error-codes-2.
const (
	wsaECONNABORTED = syscall.Errno(10053)
	wsaECONNRESET   = syscall.Errno(10054)
	wsaECONNREFUSED = syscall.Errno(10061)
)

// checkOwner has nothing to check: %LOCALAPPDATA% is the user's own by its access
// control list, which everything inside inherits.
func checkOwner(string, fs.FileInfo) error { return nil }

// isNobodyThere reports whether no process listens at a socket's path.
func isNobodyThere(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, wsaECONNREFUSED)
}

// isHungUp reports whether the other side closed a connection.
func isHungUp(err error) bool {
	return errors.Is(err, wsaECONNRESET) || errors.Is(err, wsaECONNABORTED)
}
