package agent

import (
	"fmt"
	"net"
	"unsafe"

	"golang.org/x/sys/windows"
)

// sioAFUnixGetPeerPID is SIO_AF_UNIX_GETPEERPID of afunix.h, which is
// _WSAIOR(IOC_VENDOR, 256).
const sioAFUnixGetPeerPID = 0x58000100

// ownPeer returns the process at the other end, or an error if it is another
// user's.
func ownPeer(conn *net.UnixConn) (pid int, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	var id, n uint32
	var failed error
	if err := raw.Control(func(fd uintptr) {
		failed = windows.WSAIoctl(windows.Handle(fd), sioAFUnixGetPeerPID, nil, 0,
			(*byte)(unsafe.Pointer(&id)), uint32(unsafe.Sizeof(id)), &n, nil, 0)
	}); err != nil {
		return 0, err
	}
	if failed != nil {
		return 0, fmt.Errorf("its process is not known: %w", failed)
	}
	sid, err := ownerOf(id)
	if err != nil {
		return 0, err
	}
	own, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return 0, err
	}
	if !own.User.Sid.Equals(sid) {
		return 0, errForeign(sid)
	}
	return int(id), nil
}

// ownerOf returns the user that a process runs as.
func ownerOf(pid uint32) (*windows.SID, error) {
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		return nil, fmt.Errorf("its process is not known: %w", err)
	}
	defer func() { _ = windows.CloseHandle(process) }()
	var token windows.Token
	if err := windows.OpenProcessToken(process, windows.TOKEN_QUERY, &token); err != nil {
		return nil, fmt.Errorf("its user is not known: %w", err)
	}
	defer func() { _ = token.Close() }()
	user, err := token.GetTokenUser()
	if err != nil {
		return nil, fmt.Errorf("its user is not known: %w", err)
	}
	return user.User.Sid, nil
}
