package browsers

import (
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
)

// table is /proc/net/tcp with a listener of root's and the two ends of a
// connection between users 1000 (the listener's end) and 1001.
const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 10001 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 10002 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:D431 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 10003 1 0000000000000000 20 4 30 10 -1
   3: 0100007F:D432 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  nobody      0 10004 1
`

func TestTheKernelTellsWhoseAConnectionIs(t *testing.T) {
	owner, err := ownerOf(strings.NewReader(table), "0100007F:D431", "0100007F:1F90")
	if owner != 1001 || err != nil {
		t.Errorf("it is %d's, %v", owner, err)
	}
	for name, from := range map[string]string{"a connection that is not there": "0100007F:D433", "a line that makes no sense": "0100007F:D432"} {
		if owner, err := ownerOf(strings.NewReader(table), from, "0100007F:1F90"); err == nil {
			t.Errorf("%s: %d", name, owner)
		}
	}
}

func TestAConnectionOfThisUserIsOwn(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	local, remote := netip.MustParseAddrPort(conn.RemoteAddr().String()), netip.MustParseAddrPort(conn.LocalAddr().String())
	if err := peerIsOwn(local, remote); err != nil {
		t.Error(err)
	}
	file, err := os.Open("/proc/net/tcp")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if owner, err := ownerOf(file, kernelAddress(remote), kernelAddress(local)); owner != os.Geteuid() || err != nil {
		t.Errorf("it is %d's, %v", owner, err)
	}
	// Nobody has this one.
	if err := peerIsOwn(local, netip.AddrPortFrom(netip.MustParseAddr("127.9.9.9"), remote.Port())); err == nil {
		t.Error("a connection that is not there is own")
	}
}
