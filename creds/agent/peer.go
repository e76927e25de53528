package agent

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"

	"daypass/creds/agentapi"
	"daypass/creds/safely"
)

// ownListener accepts connections of the agent's own user and no other.
type ownListener struct {
	*net.UnixListener
	log *slog.Logger
}

// peerConn is a connection whose other end is known.
type peerConn struct {
	net.Conn
	pid int
}

// Accept waits for the next connection of the same user. Others are closed
// without an answer: the folder's mode keeps them out already, unless somebody
// has opened it.
func (l *ownListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.AcceptUnix()
		if err != nil {
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
func errForeign(uid any) error { return fmt.Errorf("it came from another user (%v)", uid) }

// peerKey is the key of the peer's process id in a request's context.
type peerKey struct{}

func withPeer(ctx context.Context, conn net.Conn) context.Context {
	if p, ok := conn.(*peerConn); ok {
		return context.WithValue(ctx, peerKey{}, p.pid)
	}
	return ctx
}

// requester describes who makes a request over the socket.
func requester(ctx context.Context, surface agentapi.Surface) agentapi.Requester {
	pid, _ := ctx.Value(peerKey{}).(int)
	switch surface {
	case agentapi.SurfaceTray:
		return agentapi.Requester{Surface: surface}
	case agentapi.SurfaceTerminal:
		return agentapi.Requester{Surface: surface, PID: pid}
	case agentapi.SurfaceProgram:
	}
	by := describe(pid)
	by.Surface = agentapi.SurfaceProgram
	return by
}

// deadline bounds how long a client may take over one step of an exchange.
func deadline() time.Time { return time.Now().Add(10 * time.Second) }
