package agent

import (
	"net"
	"unsafe"

	"golang.org/x/sys/windows"

	"daypass/internal/lang"
	"daypass/internal/peers"
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
		return 0, lang.Errorf("its process is not known: %w", failed)
	}
	sid, err := peers.UserOf(id)
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
