package peers

import (
	"bytes"
	"encoding/binary"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"testing"

	"golang.org/x/sys/windows"
)

func TestAConnectionOfThisUserIsAdmitted(t *testing.T) {
	var logged bytes.Buffer
	log := slog.New(slog.NewTextHandler(&logged, nil))
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
	came, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer came.Close()
	local, remote := netip.MustParseAddrPort(came.LocalAddr().String()), netip.MustParseAddrPort(came.RemoteAddr().String())
	if err := Own(local, remote, log); err != nil || logged.Len() > 0 {
		t.Errorf("%v, logged %s", err, &logged)
	}
	if pid, err := processAt(remote, local); err != nil || pid != uint32(os.Getpid()) {
		t.Errorf("it is process %d's, %v", pid, err)
	}
	nobodys := netip.AddrPortFrom(netip.MustParseAddr("127.9.9.9"), remote.Port())
	if err := Own(local, nobodys, log); !errors.Is(err, errGone) {
		t.Errorf("a connection that is not there: %v", err)
	}
}

func TestAProcessHasAUser(t *testing.T) {
	user, err := UserOf(uint32(os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	own, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil || !user.Equals(own.User.Sid) {
		t.Errorf("it is %s, %v", user, err)
	}
}

func TestTheOwnerOfAConnectionIsReadFromTheSystemsList(t *testing.T) {
	from, to := netip.MustParseAddrPort("127.0.0.1:54321"), netip.MustParseAddrPort("127.0.0.1:8080")
	for name, size := range map[string]int{"IPv4": row4, "IPv6": row6} {
		t.Run(name, func(t *testing.T) {
			table := make([]byte, 4+2*size)
			table[0] = 2
			row := table[4+size:]
			at := func(address, port int, a netip.AddrPort) {
				ip := a.Addr().AsSlice()
				if size == row6 {
					sixteen := a.Addr().As16()
					ip = sixteen[:]
				}
				copy(row[address:], ip)
				binary.BigEndian.PutUint16(row[port:], a.Port())
			}
			if size == row4 {
				at(4, 8, from)
				at(12, 16, to)
			} else {
				at(0, 20, from)
				at(24, 44, to)
			}
			binary.LittleEndian.PutUint32(row[size-4:], 4312)
			if pid, found := searchTable(table, size, from, to); !found || pid != 4312 {
				t.Errorf("it is process %d's, %v", pid, found)
			}
			if pid, found := searchTable(table, size, to, from); found {
				t.Errorf("the other end is process %d's", pid)
			}
			for n := range len(table) {
				if _, found := searchTable(table[:n], size, from, to); found {
					t.Errorf("found in %d bytes", n)
				}
			}
			binary.LittleEndian.PutUint32(row[size-4:], 0) // it has gone
			if _, found := searchTable(table, size, from, to); found {
				t.Error("what is left of a connection is somebody's")
			}
		})
	}
}
