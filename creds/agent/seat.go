package agent

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

// ErrRunning says that another agent of this user runs already.
var ErrRunning = lang.Error("another agent is running")

// claimLimit is how long to wait for an agent that holds the lock and does not
// answer: one that has just started, or is about to end.
const claimLimit = 10 * time.Second

const (
	claimPoll = 20 * time.Millisecond
	// greetLimit is how long an agent may take to answer a greeting.
	greetLimit = 2 * time.Second
)

// errMakesPlace says that another agent is there and about to end.
var errMakesPlace = lang.Error("the agent of another desktop session makes place")

// Newcomer is an agent that wants a seat.
type Newcomer struct {
	// Show makes the present agent show itself.
	Show bool
	// Desktop is the newcomer's [Config.Desktop]. An agent of another session, or of
	// none, is ended: that session may be long over, so that the agent has no icon and
	// its windows open nowhere. The newcomer is where the person is now. "" leaves every
	// agent in place.
	Desktop string
}

// Seat is the right to be the one agent of a user. It ends with the process,
// however that ends.
type Seat struct {
	dir  string
	lock *flock.Flock
	// state is a lock in the state folder, or nil: see [ClaimFor].
	state *flock.Flock
}

// ClaimFor is [Claim] for an agent with its state in the folder state. The socket's
// folder is for temporary files. If it is removed under a running agent, no lock in it
// keeps a second agent from starting and writing the same files. So the state has a lock
// too, and whoever finds that held waits for its agent to open the socket anew.
func ClaimFor(ctx context.Context, dir, state string, who Newcomer) (*Seat, error) {
	lock := newLock(stateLock(dir, state))
	if err := os.MkdirAll(state, 0o700); err != nil {
		return Claim(ctx, dir, who) // a home that cannot be written to has no state
	}
	limit, cancel := context.WithTimeout(ctx, claimLimit)
	defer cancel()
	for {
		got, err := lock.TryLock()
		if err != nil {
			return Claim(ctx, dir, who)
		}
		if got {
			break
		}
		if greet(limit, dir, who) == nil {
			_ = lock.Close() // it was not locked
			return nil, ErrRunning
		}
		select {
		case <-limit.Done():
			_ = lock.Close() // it was not locked
			return nil, lang.Errorf("another agent holds %s and does not answer", lock.Path())
		case <-time.After(claimPoll):
		}
	}
	seat, err := Claim(ctx, dir, who)
	if err != nil {
		_ = lock.Close() // the system frees it with the handle
		return nil, err
	}
	seat.state = lock
	return seat, nil
}

// stateLock is the path of the lock in the state folder of the agent whose socket is in dir.
func stateLock(dir, state string) string {
	sum := sha256.Sum256([]byte(dir))
	return filepath.Join(state, fmt.Sprintf("agent-%x.lock", sum[:6]))
}

// OtherAgents reports whether agents with other socket folders than dir use the same state
// folder now.
func OtherAgents(dir, state string) (bool, error) {
	locks, err := filepath.Glob(filepath.Join(state, "agent-*.lock"))
	for _, path := range locks {
		if path == stateLock(dir, state) {
			continue
		}
		lock := newLock(path)
		got, err := lock.TryLock()
		_ = lock.Close() // the system frees it with the handle
		if err != nil || !got {
			return true, err
		}
	}
	return false, err
}

func newLock(path string) *flock.Flock { return flock.New(path, flock.SetPermissions(0o600)) }

// Claim takes the seat whose socket is in the folder dir, which it makes if missing. If
// another agent has the seat, it asks that one for what the newcomer wants, and returns
// [ErrRunning].
func Claim(ctx context.Context, dir string, who Newcomer) (*Seat, error) {
	if err := agentapi.MakeSocketDir(dir); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, claimLimit)
	defer cancel()
	lock := newLock(filepath.Join(dir, "agent.lock"))
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, 200*time.Millisecond) {
		got, err := lock.TryLock()
		if err != nil {
			return nil, lang.Errorf("locking the agent's seat: %w", err)
		}
		// The lock alone does not prove that nobody is there: a cleaner of /tmp may have
		// removed the file that another agent has locked.
		err = greet(ctx, dir, who)
		if err == nil {
			_ = lock.Close()
			return nil, ErrRunning
		}
		if got && !errors.Is(err, errMakesPlace) {
			return &Seat{dir: dir, lock: lock}, nil
		}
		select {
		case <-ctx.Done():
			return nil, lang.Errorf("another agent holds %s and does not answer", lock.Path())
		case <-time.After(pause):
		}
	}
}

// greet returns nil if an agent answers and stays.
func greet(ctx context.Context, dir string, who Newcomer) error {
	ctx, cancel := context.WithTimeout(ctx, greetLimit)
	defer cancel()
	client, err := agentapi.ConnectIn(ctx, dir, agentapi.Options{Surface: creds.SurfaceTray})
	if err != nil {
		return err
	}
	defer client.Close()
	hello, err := client.Hello(ctx)
	switch {
	case err != nil:
		return err
	case who.Desktop != "" && hello.Desktop != who.Desktop:
		return errors.Join(errMakesPlace, client.Stop(ctx))
	case who.Show:
		// It answers even if it can show nothing, and says that itself.
		_ = client.Show(ctx)
	}
	return nil
}

// listen opens the socket, in place of one that a killed agent has left.
func (s *Seat) listen(ctx context.Context, log *slog.Logger) (*ownListener, error) {
	socket, file, err := s.bind(ctx)
	if err != nil {
		return nil, err
	}
	return &ownListener{socket: socket, file: file, log: log}, nil
}

func (s *Seat) bind(ctx context.Context) (*net.UnixListener, fs.FileInfo, error) {
	path := agentapi.SocketPath(s.dir)
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, lang.Errorf("removing an old socket: %w", err)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "unix", path)
	if err != nil {
		return nil, nil, lang.Errorf("opening the agent's socket: %w", err)
	}
	// The folder keeps others out until then.
	err = os.Chmod(path, 0o600)
	var file fs.FileInfo
	if err == nil {
		file, err = os.Lstat(path)
	}
	if err != nil {
		_ = l.Close()
		return nil, nil, lang.Errorf("opening the agent's socket: %w", err)
	}
	return l.(*net.UnixListener), file, nil
}

// retake restores what was removed of the seat, by a cleaner of /tmp say: the folder,
// the lock, the socket. It returns [ErrRunning] if another agent has them.
func (s *Seat) retake(ctx context.Context, l *ownListener) error {
	if err := agentapi.MakeSocketDir(s.dir); err != nil {
		return err
	}
	if err := s.lockAgain(ctx); err != nil {
		return err
	}
	if l.isThere() {
		return nil
	}
	if greet(ctx, s.dir, Newcomer{}) == nil {
		return ErrRunning
	}
	socket, file, err := s.bind(ctx)
	if err != nil {
		return err
	}
	l.move(socket, file)
	return nil
}

// lockAgain locks the file that is there now, if it is another one. Somebody who looks
// for an agent may hold it for a moment.
func (s *Seat) lockAgain(ctx context.Context) error {
	mine, err := s.lock.Stat()
	if err != nil {
		return err
	}
	if now, err := os.Lstat(s.lock.Path()); err == nil && os.SameFile(now, mine) {
		return nil
	}
	lock := newLock(s.lock.Path())
	ctx, cancel := context.WithTimeoutCause(ctx, greetLimit, ErrRunning)
	defer cancel()
	if _, err := lock.TryLockContext(ctx, claimPoll); err != nil {
		_ = lock.Close()
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return lang.Errorf("locking the agent's seat: %w", err)
	}
	old := s.lock
	s.lock = lock
	return old.Close()
}

// Release gives up the seat.
func (s *Seat) Release() error {
	err := s.lock.Close()
	if s.state != nil {
		err = errors.Join(err, s.state.Close())
	}
	return err
}
