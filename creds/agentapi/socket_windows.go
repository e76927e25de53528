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

// checkOwner has nothing to look at: %LOCALAPPDATA% is the user's own by its
// access control list, which what is made inside inherits.
func checkOwner(string, fs.FileInfo) error { return nil }

// isNobodyThere reports that no process listens at a socket's path.
func isNobodyThere(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, wsaECONNREFUSED)
}

// isHungUp reports that the other side closed a connection.
func isHungUp(err error) bool {
	return errors.Is(err, wsaECONNRESET) || errors.Is(err, wsaECONNABORTED)
}
