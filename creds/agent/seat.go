package agent

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"daypass/creds/agentapi"
)

// ErrRunning says that another agent of this user runs already.
var ErrRunning = errors.New("another agent is running")

// claimLimit is how long to wait for an agent that holds the lock and does not
// answer: one that has just started, or is about to end.
const claimLimit = 10 * time.Second

// Seat is the right to be the one agent of a user. It ends with the process,
// however that ends.
type Seat struct {
	dir  string
	lock *flock.Flock
}

// Claim takes the seat whose socket is in the folder dir, which it makes if it
// is missing. When another agent has the seat it returns [ErrRunning], after
// asking that agent to show itself if show is set.
func Claim(ctx context.Context, dir string, show bool) (*Seat, error) {
	if err := agentapi.MakeSocketDir(dir); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, claimLimit)
	defer cancel()
	lock := flock.New(filepath.Join(dir, "agent.lock"), flock.SetPermissions(0o600))
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, 200*time.Millisecond) {
		got, err := lock.TryLock()
		if err != nil {
			return nil, fmt.Errorf("locking the agent's seat: %w", err)
		}
		// The lock alone does not prove that nobody is there: what tidies
		// up /tmp may have removed the file that another agent has locked.
		if greet(ctx, dir, show) == nil {
			_ = lock.Close()
			return nil, ErrRunning
		}
		if got {
			return &Seat{dir: dir, lock: lock}, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("another agent holds %s and does not answer", lock.Path())
		case <-time.After(pause):
		}
	}
}

// greet returns nil if an agent answers.
func greet(ctx context.Context, dir string, show bool) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	client, err := agentapi.ConnectIn(ctx, dir, agentapi.Options{Surface: agentapi.SurfaceTray})
	if err != nil {
		return err
	}
	defer client.Close()
	if show {
		return client.Show(ctx)
	}
	_, err = client.Hello(ctx)
	return err
}

// listen opens the socket, in the place of one that a killed agent has left.
func (s *Seat) listen(ctx context.Context, log *slog.Logger) (net.Listener, error) {
	path := agentapi.SocketPath(s.dir)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("removing an old socket: %w", err)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("opening the agent's socket: %w", err)
	}
	// The folder keeps others out in the moment before.
	if err := os.Chmod(path, 0o600); err != nil {
		_ = l.Close()
		return nil, fmt.Errorf("opening the agent's socket: %w", err)
	}
	return &ownListener{UnixListener: l.(*net.UnixListener), log: log}, nil
}

// Release gives the seat up.
func (s *Seat) Release() error { return s.lock.Close() }
