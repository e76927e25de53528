package agent

import (
	"context"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/safely"
)

// ownListener accepts connections of the agent's own user only. It may get another
// socket later, as the file of the first may be removed.
type ownListener struct {
	log *slog.Logger

	mu     sync.Mutex
	socket *net.UnixListener
	// file is the socket's file as it was made.
	file   fs.FileInfo
	closed bool
}

func (l *ownListener) current() (socket *net.UnixListener, closed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.socket, l.closed
}

// Addr is that of the socket.
func (l *ownListener) Addr() net.Addr {
	socket, _ := l.current()
	return socket.Addr()
}

// isThere reports whether the socket's file is where clients look for it.
func (l *ownListener) isThere() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.isThereLocked()
}

func (l *ownListener) isThereLocked() bool {
	now, err := os.Lstat(l.socket.Addr().String())
	return err == nil && os.SameFile(now, l.file) && now.ModTime().Equal(l.file.ModTime())
}

// move continues on another socket, and closes the one before.
func (l *ownListener) move(socket *net.UnixListener, file fs.FileInfo) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = socket.Close() // nobody has connected to it
		return
	}
	// Its file is gone, and the name belongs to the new one.
	l.socket.SetUnlinkOnClose(false)
	_ = l.socket.Close() // nobody can connect to it any more
	l.socket, l.file = socket, file
}

// Close also removes the socket's file, unless the name belongs to another one.
func (l *ownListener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.socket.SetUnlinkOnClose(l.isThereLocked())
	return l.socket.Close()
}

// peerConn is a connection whose other end is known.
type peerConn struct {
	net.Conn
	pid int
}

// Accept waits for the next connection of the same user. Others are closed without an
// answer. The folder's mode keeps them out already, unless somebody has changed it.
func (l *ownListener) Accept() (net.Conn, error) {
	for {
		socket, _ := l.current()
		conn, err := socket.AcceptUnix()
		if err != nil {
			if now, closed := l.current(); now != socket && !closed {
				continue
			}
			return nil, err
		}
		pid, err := safely.Get(l.log, "the look at a connection", func() (int, error) { return ownPeer(conn) })
		if err != nil {
			l.log.Warn("a connection was refused", "reason", err)
			_ = conn.Close()
			continue
		}
		return &peerConn{Conn: conn, pid: pid}, nil
	}
}

// errForeign is a connection of another user.
func errForeign(uid any) error { return lang.Errorf("it came from another user (%v)", uid) }

// peerKey is the key of the peer's process id in a request's context.
type peerKey struct{}

func withPeer(ctx context.Context, conn net.Conn) context.Context {
	if p, ok := conn.(*peerConn); ok {
		return context.WithValue(ctx, peerKey{}, p.pid)
	}
	return ctx
}

// requester describes who makes a request over the socket, by its process.
func requester(pid int, surface creds.Surface) creds.Requester {
	switch surface {
	case creds.SurfaceTray, creds.SurfaceWindow:
		return creds.Requester{Surface: surface}
	case creds.SurfaceTerminal:
		return creds.Requester{Surface: surface, PID: pid}
	case creds.SurfaceProgram, creds.SurfaceUnattended:
	}
	by := describe(pid)
	by.Surface = surface
	return by
}

// deadline bounds how long a client may take over one step of an exchange.
func deadline() time.Time { return time.Now().Add(10 * time.Second) }
