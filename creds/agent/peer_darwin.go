package agent

import (
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// ownPeer returns the process at the other end, or an error if it is another
// user's. See LOCAL_PEERCRED in unix(4).
func ownPeer(conn *net.UnixConn) (pid int, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	var cred *unix.Xucred
	var failed error
	if err := raw.Control(func(fd uintptr) {
		if cred, failed = unix.GetsockoptXucred(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERCRED); failed == nil {
			pid, failed = unix.GetsockoptInt(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERPID)
		}
	}); err != nil {
		return 0, err
	}
	if failed != nil {
		return 0, failed
	}
	if int(cred.Uid) != os.Geteuid() {
		return 0, errForeign(cred.Uid)
	}
	return pid, nil
}
