package agent

import (
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// ownPeer returns the process at the other end, or an error if it is another
// user's. See SO_PEERCRED in unix(7).
func ownPeer(conn *net.UnixConn) (pid int, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	var cred *unix.Ucred
	var failed error
	if err := raw.Control(func(fd uintptr) {
		cred, failed = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); err != nil {
		return 0, err
	}
	if failed != nil {
		return 0, failed
	}
	if int(cred.Uid) != os.Geteuid() {
		return 0, errForeign(cred.Uid)
	}
	return int(cred.Pid), nil
}
