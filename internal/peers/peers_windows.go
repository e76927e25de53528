package peers

import (
	"encoding/binary"
	"errors"
	"log/slog"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/windows"

	"daypass/internal/lang"
)

// Own returns an error unless the other end of a connection between two IPv4
// addresses of this machine belongs to a process of this user's, or of the
// system's, from whom nothing can be hidden. Where Windows does not say which user a
// connection belongs to, it admits everyone, and logs that.
func Own(local, remote netip.AddrPort, log *slog.Logger) error {
	pid, err := processAt(remote, local)
	if errors.Is(err, errGone) {
		return err
	}
	var own *windows.Tokenuser
	if err == nil {
		own, err = windows.GetCurrentProcessToken().GetTokenUser()
	}
	if err != nil {
		log.Warn("Windows does not say whose a connection is, and it is admitted", "error", err)
		return nil
	}
	user, err := UserOf(pid)
	if err != nil {
		// The owner of another user's process is not accessible.
		return lang.Errorf("a program of another user asked for it (%w)", err)
	}
	if !user.Equals(own.User.Sid) && !user.IsWellKnown(windows.WinLocalSystemSid) {
		return lang.Errorf("a program of another user (%s) asked for it", user)
	}
	return nil
}

// UserOf returns the user that a process runs as.
func UserOf(pid uint32) (*windows.SID, error) {
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		return nil, lang.Errorf("its process is not known: %w", err)
	}
	defer func() { _ = windows.CloseHandle(process) }()
	var token windows.Token
	if err := windows.OpenProcessToken(process, windows.TOKEN_QUERY, &token); err != nil {
		return nil, lang.Errorf("its user is not known: %w", err)
	}
	defer func() { _ = token.Close() }()
	user, err := token.GetTokenUser()
	if err != nil {
		return nil, lang.Errorf("its user is not known: %w", err)
	}
	return user.User.Sid, nil
}

// errGone says that there is no such connection, or no longer.
var errGone = lang.Error("the system does not say whose the connection is")

// From iphlpapi.h: TCP_TABLE_OWNER_PID_CONNECTIONS, and the sizes of
// MIB_TCPROW_OWNER_PID and MIB_TCP6ROW_OWNER_PID.
// https://learn.microsoft.com/windows/win32/api/iphlpapi/nf-iphlpapi-getextendedtcptable
const (
	connections = 4
	row4        = 24
	row6        = 56
)

// processAt returns the process that has the end of a connection at from.
func processAt(from, to netip.AddrPort) (pid uint32, err error) {
	table, err := tcpTable(windows.AF_INET)
	if err != nil {
		return 0, err
	}
	if pid, found := searchTable(table, row4, from, to); found {
		return pid, nil
	}
	// A program may reach an IPv4 address by an IPv6 socket. The machine may have no
	// IPv6.
	if table, err = tcpTable(windows.AF_INET6); err == nil {
		if pid, found := searchTable(table, row6, from, to); found {
			return pid, nil
		}
	}
	return 0, errGone
}

// tcpTable returns the system's list of connections: a count, and the rows.
func tcpTable(family uint32) ([]byte, error) {
	get := windows.NewLazySystemDLL("iphlpapi.dll").NewProc("GetExtendedTcpTable")
	if err := get.Find(); err != nil {
		return nil, err
	}
	size := uint32(16 << 10)
	for range 10 { // it may grow meanwhile
		table := make([]byte, size)
		code, _, _ := get.Call(uintptr(unsafe.Pointer(&table[0])), uintptr(unsafe.Pointer(&size)), 0, uintptr(family), connections, 0) //nolint:gosec // alive during the call
		switch windows.Errno(code) {
		case windows.ERROR_SUCCESS:
			return table, nil
		case windows.ERROR_INSUFFICIENT_BUFFER:
		default:
			return nil, lang.Errorf("GetExtendedTcpTable: %w", windows.Errno(code))
		}
	}
	return nil, lang.Error("GetExtendedTcpTable: the list grows too fast")
}

// searchTable looks for the row of an end of a connection.
func searchTable(table []byte, row int, from, to netip.AddrPort) (pid uint32, found bool) {
	if len(table) < 4 {
		return 0, false
	}
	count := int(binary.LittleEndian.Uint32(table))
	for rest := table[4:]; count > 0 && len(rest) >= row; rest, count = rest[row:], count-1 {
		near, far, of := rowOf(rest[:row])
		if near == from && far == to && of != 0 {
			return of, true
		}
	}
	return 0, false
}

// rowOf reads a row: state, address, port, address, port, process for IPv4;
// address, scope, port, address, scope, port, state, process for IPv6.
func rowOf(row []byte) (near, far netip.AddrPort, pid uint32) {
	port := func(at int) uint16 { return binary.BigEndian.Uint16(row[at:]) }
	pid = binary.LittleEndian.Uint32(row[len(row)-4:])
	if len(row) == row4 {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(row[4:8])), port(8)), netip.AddrPortFrom(netip.AddrFrom4([4]byte(row[12:16])), port(16)), pid
	}
	return netip.AddrPortFrom(netip.AddrFrom16([16]byte(row[0:16])).Unmap(), port(20)),
		netip.AddrPortFrom(netip.AddrFrom16([16]byte(row[24:40])).Unmap(), port(44)), pid
}
