package browsers

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// peerIsOwn returns an error unless the other end of a connection between two
// IPv4 addresses of this machine is a socket of this user's, or of root's, from
// whom nothing can be hidden. The kernel tells it in /proc/net/tcp, whose
// columns are in proc_net_tcp.rst of its documentation. Snaps and Flatpaks have
// the machine's own network.
func peerIsOwn(local, remote netip.AddrPort) error {
	file, err := os.Open("/proc/net/tcp")
	if err != nil {
		return fmt.Errorf("the system does not tell whose connections are: %w", err)
	}
	defer func() { _ = file.Close() }()
	// The other end's line has the addresses the other way round.
	owner, err := ownerOf(file, kernelAddress(remote), kernelAddress(local))
	if err != nil {
		return err
	}
	if owner != os.Geteuid() && owner != 0 {
		return fmt.Errorf("a program of user %d asked for it", owner)
	}
	return nil
}

// ownerOf returns the user ID of the socket that goes from one address to the
// other.
func ownerOf(table io.Reader, from, to string) (int, error) {
	lines := bufio.NewScanner(table)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 8 || fields[1] != from || fields[2] != to {
			continue
		}
		uid, err := strconv.ParseUint(fields[7], 10, 32)
		if err != nil {
			return 0, fmt.Errorf("the system does not tell whose the connection is: %w", err)
		}
		return int(uid), nil
	}
	if err := lines.Err(); err != nil {
		return 0, fmt.Errorf("the system does not tell whose the connection is: %w", err)
	}
	return 0, errors.New("the system does not tell whose the connection is")
}

// kernelAddress returns an address as /proc/net/tcp has it: the bytes on the
// wire as a number in this machine's order.
func kernelAddress(a netip.AddrPort) string {
	ip := a.Addr().Unmap().As4()
	return fmt.Sprintf("%08X:%04X", binary.NativeEndian.Uint32(ip[:]), a.Port())
}
