package machine

import (
	"context"
	"encoding/binary"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// networkEnv is set where a test has a network of its own.
const networkEnv = "DAYPASS_TEST_NETWORK"

// inNetwork runs a test once more, in a process with a network of its own that
// consists of a loopback interface.
func inNetwork(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	if os.Getenv(networkEnv) != "" {
		test(t)
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^"+t.Name()+"$", "-test.timeout=2m")
	cmd.Env = append(os.Environ(), networkEnv+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("in a network of its own: %v\n%s", err, out)
	}
}

// loopback is the number of the interface in every new network.
const loopback = 1

// route is a route by the loopback interface.
type route struct {
	gone   bool
	family byte
	length byte // of the destination, which is all zeros
	table  byte
	kind   byte
	metric uint32
}

// request returns what asks the kernel to add or remove a route.
func (r route) request() []byte {
	kind, flags := uint16(unix.RTM_NEWROUTE), uint16(unix.NLM_F_REQUEST|unix.NLM_F_CREATE|unix.NLM_F_EXCL)
	if r.gone {
		kind, flags = unix.RTM_DELROUTE, unix.NLM_F_REQUEST
	}
	scope := byte(unix.RT_SCOPE_LINK)
	if r.kind != unix.RTN_UNICAST {
		scope = unix.RT_SCOPE_UNIVERSE
	}
	order := binary.NativeEndian
	var b []byte
	b = order.AppendUint32(b, 0) // the length
	b = order.AppendUint16(b, kind)
	b = order.AppendUint16(b, flags)
	b = append(b, make([]byte, 8)...) // number and sender
	b = append(b, r.family, r.length, 0, 0, r.table, unix.RTPROT_STATIC, scope, r.kind, 0, 0, 0, 0)
	attribute := func(kind uint16, value uint32) {
		b = order.AppendUint16(b, 8)
		b = order.AppendUint16(b, kind)
		b = order.AppendUint32(b, value)
	}
	if r.kind == unix.RTN_UNICAST {
		attribute(unix.RTA_OIF, loopback)
	}
	attribute(unix.RTA_PRIORITY, r.metric)
	order.PutUint32(b, uint32(len(b)))
	return b
}

// netlink opens a socket that the kernel sends changes of groups to.
func netlink(t *testing.T, groups uint32) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: int64(inTime / time.Second)}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groups}); err != nil {
		t.Fatal(err)
	}
	return fd
}

// change has the kernel make changes, all of them before it returns. What it
// refuses comes back as a message that nobody reads.
func change(t *testing.T, fd int, routes ...route) {
	t.Helper()
	var all []byte
	for _, r := range routes {
		all = append(all, r.request()...)
	}
	if err := unix.Sendto(fd, all, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		t.Fatal(err)
	}
}

// raise switches the loopback interface on.
func raise(t *testing.T) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		t.Fatal(err)
	}
	request.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request); err != nil {
		t.Fatal(err)
	}
}

// The routes that the tests add. The kernel has one of IPv6 to nowhere too, for
// networks without any.
func v4() route {
	return route{family: unix.AF_INET, table: unix.RT_TABLE_MAIN, kind: unix.RTN_UNICAST, metric: 5}
}

func v6() route {
	return route{family: unix.AF_INET6, table: unix.RT_TABLE_MAIN, kind: unix.RTN_UNICAST, metric: 5}
}

func (r route) but(f func(*route)) route {
	f(&r)
	return r
}

func TestOnlyANewWayToEverywhereCounts(t *testing.T) {
	inNetwork(t, func(t *testing.T) {
		raise(t)
		heard, asking := netlink(t, unix.RTMGRP_IPV4_ROUTE|unix.RTMGRP_IPV6_ROUTE), netlink(t, 0)
		for _, tt := range []struct {
			name string
			r    route
			want bool
		}{
			{"IPv4", v4(), true},
			{"IPv4, of a VPN's table", v4().but(func(r *route) { r.table = 51 }), true},
			{"IPv4, gone", v4().but(func(r *route) { r.gone = true }), false},
			{"IPv4, to half of the world", v4().but(func(r *route) { r.length = 1 }), false},
			{"IPv4, to nowhere", v4().but(func(r *route) { r.kind, r.metric = unix.RTN_UNREACHABLE, 9 }), false},
			{"IPv6", v6(), true},
			{"IPv6, gone", v6().but(func(r *route) { r.gone = true }), false},
			{"IPv6, to half of the world", v6().but(func(r *route) { r.length = 1 }), false},
			{"IPv6, to nowhere", v6().but(func(r *route) { r.kind, r.metric = unix.RTN_UNREACHABLE, 9 }), false},
		} {
			change(t, asking, tt.r)
			message := next(t, heard, tt.r)
			if got := addsDefaultRoute(message); got != tt.want {
				t.Errorf("%s: %t, want %t: % x", tt.name, got, tt.want, message)
			}
			// As it comes if several are in a datagram, or what does not fit is cut.
			if got := addsDefaultRoute(slices.Concat(v4().but(func(r *route) { r.length = 8 }).request(), message)); got != tt.want {
				t.Errorf("%s, behind another: %t", tt.name, got)
			}
			if got := addsDefaultRoute(message[:unix.SizeofNlMsghdr+unix.SizeofRtMsg]); got != tt.want {
				t.Errorf("%s, cut: %t", tt.name, got)
			}
		}
	})
}

// next returns the kernel's message on a route.
func next(t *testing.T, fd int, r route) []byte {
	t.Helper()
	buffer := make([]byte, 1<<16)
	for {
		n, _, err := unix.Recvfrom(fd, buffer, 0)
		if err != nil {
			t.Fatalf("no message on %+v: %v", r, err)
		}
		m := buffer[:n]
		kind := binary.NativeEndian.Uint16(m[4:])
		gone := kind == unix.RTM_DELROUTE
		if body := m[unix.SizeofNlMsghdr:]; (gone || kind == unix.RTM_NEWROUTE) && gone == r.gone &&
			body[0] == r.family && body[1] == r.length && body[4] == r.table && body[7] == r.kind {
			return m
		}
	}
}

func TestTheNetworksReturnIsReportedOnce(t *testing.T) {
	inNetwork(t, func(t *testing.T) {
		raise(t)
		t.Setenv("DBUS_SESSION_BUS_ADDRESS", noBus)
		t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", noBus)
		reported, goOn := make(chan string), make(chan bool)
		said := make(lines, 100)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		w := watched{reported: reported, ended: make(chan error, 1), end: cancel}
		go func() {
			w.ended <- Watch(ctx, Events{Online: func() {
				reported <- "online"
				<-goOn
			}}, slog.New(slog.NewTextHandler(said, &slog.HandlerOptions{Level: slog.LevelDebug})))
		}()
		for !strings.Contains(<-said, "listening for the network") {
		}
		asking := netlink(t, 0)
		gone := func(r *route) { r.gone = true }

		change(t, asking, v4(), v6(), v4().but(gone), v4())
		w.expect(t, "online")
		// Nobody reads what the kernel sends meanwhile, which has no
		// default route, until there is no room for more.
		var many []route
		for metric := range uint32(50) {
			many = append(many, v4().but(func(r *route) { r.length, r.metric = 8, metric+1 }))
		}
		for range 100 {
			change(t, asking, many...)
			for i := range many {
				many[i].gone = !many[i].gone
			}
		}
		goOn <- true
		w.expect(t, "online")
		goOn <- true
		// Once for each, and no more.
		select {
		case got := <-reported:
			t.Errorf("%q was reported too", got)
		case <-time.After(2 * quiet):
		}
		w.stop(t)
	})
}

func FuzzMessagesOfTheKernel(f *testing.F) {
	f.Add(v4().request())
	f.Add(slices.Concat(v6().but(func(r *route) { r.length = 64 }).request(), v4().request()))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, unix.RTM_NEWROUTE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, messages []byte) {
		if addsDefaultRoute(messages) && len(messages) < unix.SizeofNlMsghdr+unix.SizeofRtMsg {
			t.Errorf("too short: % x", messages)
		}
	})
}
