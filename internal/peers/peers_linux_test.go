package peers

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// table is /proc/net/tcp with a listener of root's, the two ends of a connection between
// users 1000 (the listener's end) and 1001, and one whose program has ended.
const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 10001 1 0000000000000000 100 0 0 10 0
   1: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 10002 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:D431 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 10003 1 0000000000000000 20 4 30 10 -1
   3: 0100007F:D432 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  nobody      0 10004 1
   4: 0100007F:D434 0100007F:1F90 05 00000000:00000000 03:00001756 00000000     0        0 0 3 0000000000000000
`

func TestTheOwnerOfAConnectionIsReadFromTheKernelsList(t *testing.T) {
	end, err := search(strings.NewReader(table), "0100007F:D431", "0100007F:1F90")
	if end != (socket{1001, 10003}) || err != nil {
		t.Errorf("it is %+v, %v", end, err)
	}
	if end, err := search(strings.NewReader(table), "0100007F:D434", "0100007F:1F90"); end != (socket{}) || err != nil {
		t.Errorf("what is left is %+v, %v", end, err)
	}
	for name, from := range map[string]string{"a connection that is not there": "0100007F:D433", "a line that makes no sense": "0100007F:D432"} {
		if end, err := search(strings.NewReader(table), from, "0100007F:1F90"); !errors.Is(err, errGone) {
			t.Errorf("%s: %+v, %v", name, end, err)
		}
	}
}

// listen returns a listener and its address.
func listen(t *testing.T) (*net.TCPListener, netip.AddrPort) {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.(*net.TCPListener), l.Addr().(*net.TCPAddr).AddrPort()
}

// accept returns the two ends of the next connection.
func accept(t *testing.T, l *net.TCPListener) (conn net.Conn, local, remote netip.AddrPort) {
	t.Helper()
	if err := l.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn, netip.MustParseAddrPort(conn.LocalAddr().String()), netip.MustParseAddrPort(conn.RemoteAddr().String())
}

func TestAConnectionOfThisUserIsAdmitted(t *testing.T) {
	l, at := listen(t)
	for name, dial := range map[string]func() (func(), error){
		"from IPv4": func() (func(), error) {
			c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", at.String())
			return func() { c.Close() }, err
		},
		"from a socket of IPv6": func() (func(), error) {
			fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
			if errors.Is(err, unix.EAFNOSUPPORT) {
				t.Log("this machine is without IPv6")
				return nil, nil
			}
			if err != nil {
				return nil, err
			}
			mapped := &unix.SockaddrInet6{Port: int(at.Port()), Addr: netip.AddrFrom16(at.Addr().As16()).As16()}
			return func() { unix.Close(fd) }, unix.Connect(fd, mapped)
		},
	} {
		t.Run(name, func(t *testing.T) {
			end, err := dial()
			if err != nil {
				t.Fatal(err)
			}
			if end == nil {
				return
			}
			defer end()
			_, local, remote := accept(t, l)
			if err := Own(local, remote, nil); err != nil {
				t.Error(err)
			}
			// The list says the same, for either kind of socket.
			asked, err := ask(remote, local)
			if err != nil {
				t.Fatal(err)
			}
			listed, err := listedAt(remote, local)
			if err != nil || listed != asked || asked.uid != os.Geteuid() || asked.inode == 0 {
				t.Errorf("asked %+v, listed %+v, %v", asked, listed, err)
			}
		})
	}
}

func TestAMissingConnectionHasNoOwner(t *testing.T) {
	_, at := listen(t)
	for name, remote := range map[string]netip.AddrPort{
		"from a port that nobody has":    netip.AddrPortFrom(netip.MustParseAddr("127.9.9.9"), 9),
		"from where somebody listens":    at,
		"from another address than ours": netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), at.Port()),
	} {
		if err := Own(at, remote, nil); !errors.Is(err, errGone) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// asUser runs a shell's commands as another user. It connects by /dev/tcp.
func asUser(t *testing.T, uid uint32, words string) *exec.Cmd {
	t.Helper()
	if os.Getuid() != 0 {
		t.Fatal("only root can run a process as another user")
	}
	cmd := exec.CommandContext(t.Context(), "/bin/bash", "-c", words)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	return cmd
}

const nobody = 65534

func TestAConnectionOfAnotherUserIsRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		words string
		gone  bool
	}{
		"that stays":              {"exec 3<>/dev/tcp/127.0.0.1/%d; cat", false},
		"that has sent all":       {"exec 3<>/dev/tcp/127.0.0.1/%d; echo hello >&3; cat", false},
		"that has sent and gone":  {"exec 3<>/dev/tcp/127.0.0.1/%d; echo hello >&3", true},
		"that has gone at once":   {"exec 3<>/dev/tcp/127.0.0.1/%d", true},
		"that was killed":         {"exec 3<>/dev/tcp/127.0.0.1/%d; kill -9 $$", true},
		"that has closed it only": {"exec 3<>/dev/tcp/127.0.0.1/%d; exec 3>&-; echo; cat", false},
	} {
		t.Run(name, func(t *testing.T) {
			l, at := listen(t)
			cmd := asUser(t, nobody, fmt.Sprintf(tc.words, at.Port()))
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			_, local, remote := accept(t, l)
			if tc.gone {
				_ = cmd.Wait()
			}
			if err := Own(local, remote, nil); err == nil {
				t.Error("it is own")
			}
			if listed, err := listedAt(remote, local); err == nil && listed.inode != 0 && listed.uid != nobody {
				t.Errorf("listed as %+v", listed)
			}
			_ = in.Close()
			_ = cmd.Wait()
			if err := Own(local, remote, nil); err == nil {
				t.Error("it is own when its program has gone")
			}
		})
	}
}

func TestRootIsAdmitted(t *testing.T) {
	l, at := listen(t)
	cmd := asUser(t, 0, fmt.Sprintf("exec 3<>/dev/tcp/127.0.0.1/%d; cat", at.Port()))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_, local, remote := accept(t, l)
	if err := Own(local, remote, nil); err != nil {
		t.Error(err)
	}
	_ = in.Close()
	_ = cmd.Wait()
}

func TestTheKernelsAnswerIsReadWithCare(t *testing.T) {
	from, to := netip.MustParseAddrPort("127.0.0.1:54321"), netip.MustParseAddrPort("127.0.0.1:8080")
	whole := question(from, to)
	message := make([]byte, unix.SizeofNlMsghdr+diagMessage)
	copy(message, whole[:unix.SizeofNlMsghdr])
	body := message[unix.SizeofNlMsghdr:]
	putPair(body[4:], from, to)
	body[64], body[68] = 42, 7
	if end, err := reply(message, from, to); err != nil || end != (socket{42, 7}) {
		t.Errorf("got %+v, %v", end, err)
	}
	for n := range len(message) {
		if end, err := reply(message[:n], from, to); err == nil {
			t.Errorf("%d bytes say %+v", n, end)
		}
	}
	if end, err := reply(message, to, from); !errors.Is(err, errGone) {
		t.Errorf("the other end is %+v, %v", end, err)
	}
	body[1] = stateListen
	if end, err := reply(message, from, to); !errors.Is(err, errGone) {
		t.Errorf("a listener is %+v, %v", end, err)
	}
}
