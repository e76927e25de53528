package machine

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"daypass/internal/lang"
)

// quiet is how long after the last default route Online is called: those of IPv4 and
// IPv6 come one after the other, and the name servers with them.
const quiet = time.Second

// routes reports default routes until ctx ends, and returns why it ends. It asks the
// kernel, so that it does not matter what manages the network.
// https://man7.org/linux/man-pages/man7/rtnetlink.7.html
func (w *watch) routes(ctx context.Context) error {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_ROUTE)
	if err != nil {
		return lang.Errorf("asking for changes of the network: %w", err)
	}
	socket := os.NewFile(uintptr(fd), "rtnetlink")
	defer func() { _ = socket.Close() }()
	groups := &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: unix.RTMGRP_IPV4_ROUTE | unix.RTMGRP_IPV6_ROUTE}
	if err := unix.Bind(fd, groups); err != nil {
		return lang.Errorf("asking for changes of the network: %w", err)
	}
	defer context.AfterFunc(ctx, func() { _ = socket.Close() })()
	w.log.Debug("listening for the network")
	// The kernel sends a message for each change. Its first bytes are enough, though
	// a route with many next hops has more.
	buffer := make([]byte, os.Getpagesize())
	for {
		n, err := socket.Read(buffer)
		// A message that did not fit into the socket's buffer may have been a route.
		lost := errors.Is(err, unix.ENOBUFS)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			err = socket.SetReadDeadline(time.Time{})
			w.log.Info("there may be a network again")
			w.report(w.events.Online)
		case lost || err == nil && addsDefaultRoute(buffer[:n]):
			err = socket.SetReadDeadline(time.Now().Add(quiet))
		}
		if err != nil {
			return lang.Errorf("listening for changes of the network: %w", err)
		}
	}
}

// addsDefaultRoute reports whether one of the messages in a datagram adds a default
// route.
func addsDefaultRoute(messages []byte) bool {
	for len(messages) >= unix.SizeofNlMsghdr {
		length := binary.NativeEndian.Uint32(messages)
		kind := binary.NativeEndian.Uint16(messages[4:])
		if body := messages[unix.SizeofNlMsghdr:]; kind == unix.RTM_NEWROUTE && len(body) >= unix.SizeofRtMsg &&
			length >= unix.SizeofNlMsghdr+unix.SizeofRtMsg {
			// struct rtmsg is a byte each of: family, length of the destination,
			// length of the source, TOS, table, protocol, scope, type. A default
			// route of IPv6 may be unreachable.
			if body[1] == 0 && body[7] == unix.RTN_UNICAST {
				return true
			}
		}
		next := (uint64(length) + unix.NLMSG_ALIGNTO - 1) &^ (unix.NLMSG_ALIGNTO - 1)
		if next < unix.SizeofNlMsghdr || next >= uint64(len(messages)) {
			return false
		}
		messages = messages[next:]
	}
	return false
}
