package peers

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"daypass/internal/lang"
)

// Own returns an error unless the other end of a connection between two IPv4
// addresses of this machine is a socket of this user's, or of root's, from whom
// nothing can be hidden. Snaps and Flatpaks have the machine's own network.
func Own(local, remote netip.AddrPort, _ *slog.Logger) error {
	end, err := find(remote, local)
	switch {
	case err != nil:
		return err
	case end.inode == 0:
		// Its program has closed it, and the kernel reports root as the owner of such
		// sockets: a program that disconnects at once must not pass for root.
		return lang.Error("a program that has gone asked for it")
	case end.uid != os.Geteuid() && end.uid != 0:
		return lang.Errorf("a program of user %d asked for it", end.uid)
	}
	return nil
}

// socket is one end of a connection, as the kernel describes it.
type socket struct {
	uid   int
	inode uint64 // zero when no program holds it
}

// find returns the end of a connection that is at from. It asks the kernel for that one
// socket, as there may be ten thousands of others; where that is not possible, it reads
// the list of all.
func find(from, to netip.AddrPort) (socket, error) {
	end, err := ask(from, to)
	if errors.Is(err, unix.ENOENT) {
		// A kernel without this interface answers the same. One that has it knows the
		// socket that listens at the other end.
		if _, known := ask(to, from); known == nil || errors.Is(known, errGone) {
			err = errGone
		}
	}
	if err == nil || errors.Is(err, errGone) {
		return end, err
	}
	return listedAt(from, to)
}

// listedAt is find by the kernel's list.
func listedAt(from, to netip.AddrPort) (socket, error) {
	file, err := os.Open("/proc/net/tcp")
	if err != nil {
		return socket{}, lang.Errorf("the system does not say whose connections are: %w", err)
	}
	defer func() { _ = file.Close() }()
	end, err := search(file, kernelAddress(from), kernelAddress(to))
	if !errors.Is(err, errGone) {
		return end, err
	}
	// A program may reach an IPv4 address by a socket of IPv6.
	six, err := os.Open("/proc/net/tcp6")
	if err != nil {
		return socket{}, errGone
	}
	defer func() { _ = six.Close() }()
	return search(six, mapped+kernelAddress(from), mapped+kernelAddress(to))
}

// errGone says that there is no such connection, or no longer.
var errGone = lang.Error("the system does not say whose the connection is")

// From sock_diag(7) and linux/inet_diag.h.
const (
	sockDiagByFamily = 20
	diagRequest      = 56 // sizeof(struct inet_diag_req_v2)
	diagMessage      = 72 // sizeof(struct inet_diag_msg)
	stateListen      = 10
)

// ask asks by sock_diag(7).
func ask(from, to netip.AddrPort) (socket, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return socket{}, err
	}
	defer func() { _ = unix.Close(fd) }()
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 1}); err != nil {
		return socket{}, err
	}
	if err := unix.Sendto(fd, question(from, to), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return socket{}, err
	}
	buffer := make([]byte, 4096)
	n, _, err := unix.Recvfrom(fd, buffer, 0)
	if err != nil {
		return socket{}, err
	}
	return reply(buffer[:n], from, to)
}

// question is the message that asks for one TCP socket with IPv4 addresses, which may be
// an IPv6 socket that uses them.
func question(from, to netip.AddrPort) []byte {
	m := make([]byte, unix.SizeofNlMsghdr+diagRequest)
	binary.NativeEndian.PutUint32(m, uint32(len(m)))
	binary.NativeEndian.PutUint16(m[4:], sockDiagByFamily)
	binary.NativeEndian.PutUint16(m[6:], unix.NLM_F_REQUEST)
	r := m[unix.SizeofNlMsghdr:]
	r[0], r[1] = unix.AF_INET, unix.IPPROTO_TCP
	binary.NativeEndian.PutUint32(r[4:], ^uint32(0)) // all states
	putPair(r[8:], from, to)
	for i := range 8 {
		r[48+i] = 0xff // INET_DIAG_NOCOOKIE
	}
	return m
}

// putPair writes the first part of a struct inet_diag_sockid.
func putPair(id []byte, from, to netip.AddrPort) {
	binary.BigEndian.PutUint16(id, from.Port())
	binary.BigEndian.PutUint16(id[2:], to.Port())
	source, target := from.Addr().Unmap().As4(), to.Addr().Unmap().As4()
	copy(id[4:], source[:])
	copy(id[20:], target[:])
}

// reply reads the kernel's answer. Where there is no such connection, the kernel may
// return the socket that listens at its address.
func reply(m []byte, from, to netip.AddrPort) (socket, error) {
	if len(m) < unix.SizeofNlMsghdr {
		return socket{}, io.ErrUnexpectedEOF
	}
	kind, body := binary.NativeEndian.Uint16(m[4:]), m[unix.SizeofNlMsghdr:]
	switch {
	case kind == unix.NLMSG_ERROR && len(body) >= 4:
		return socket{}, unix.Errno(-int32(binary.NativeEndian.Uint32(body)))
	case kind != sockDiagByFamily || len(body) < diagMessage:
		return socket{}, lang.Error("the kernel answers something else")
	}
	want := make([]byte, 36)
	putPair(want, from, to)
	if state := body[1]; state == stateListen || binary.BigEndian.Uint32(body[4:]) != binary.BigEndian.Uint32(want) {
		return socket{}, errGone
	}
	return socket{
		uid: int(binary.NativeEndian.Uint32(body[64:])), inode: uint64(binary.NativeEndian.Uint32(body[68:])),
	}, nil
}

// search finds the socket that goes from one address to the other in a list,
// whose columns are in proc_net_tcp.rst of the kernel's documentation.
func search(table io.Reader, from, to string) (socket, error) {
	lines := bufio.NewScanner(table)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 10 || fields[1] != from || fields[2] != to {
			continue
		}
		uid, err := strconv.ParseUint(fields[7], 10, 32)
		inode, inodeErr := strconv.ParseUint(fields[9], 10, 64)
		if err := cmp.Or(err, inodeErr); err != nil {
			return socket{}, fmt.Errorf("%w: %w", errGone, err)
		}
		return socket{int(uid), inode}, nil
	}
	if err := lines.Err(); err != nil {
		return socket{}, fmt.Errorf("%w: %w", errGone, err)
	}
	return socket{}, errGone
}

// mapped is the prefix of an IPv4 address that an IPv6 socket uses.
var mapped = fmt.Sprintf("%024X", 0)[:16] + fmt.Sprintf("%08X", binary.NativeEndian.Uint32([]byte{0, 0, 0xff, 0xff}))

// kernelAddress returns an address as /proc/net/tcp writes it: the bytes on the wire as
// a number in this machine's byte order.
func kernelAddress(a netip.AddrPort) string {
	ip := a.Addr().Unmap().As4()
	return fmt.Sprintf("%08X:%04X", binary.NativeEndian.Uint32(ip[:]), a.Port())
}
