// Package filewatch tells when files may have changed, whoever has changed them.
// It looks at nothing by the clock: it sleeps until the system says that
// something has happened.
//
// The files and their folders may be missing, be replaced, be reached by symbolic
// links, and come, go and be others at any time. What another machine does to
// files that it shares is told by few systems.
package filewatch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"

	"daypass/internal/safely"
)

const (
	// settle is how long there must be peace before a change is told: one
	// saving is several changes, between which a file may be empty or gone.
	settle = 100 * time.Millisecond
	// patience is how long changes without end are waited out.
	patience = 500 * time.Millisecond
)

// Watcher tells of changes to several who want to know of them. They share what
// the system charges for a watch: a handle, of which Linux gives a user 128, and
// a thread or a stack of 128 kB. The zero Watcher is ready for use.
type Watcher struct {
	// Log, unless nil, is told of what should not happen.
	Log *slog.Logger

	// mu guards watches. It is held for moments only: who hands out events
	// waits for it.
	mu      sync.Mutex
	watches map[*watch]bool

	// arming guards what follows.
	arming sync.Mutex
	// system is nil while nobody watches, reading its reader.
	system  *fsnotify.Watcher
	reading *sync.WaitGroup
	// armed are the folders that are watched, and for whom.
	armed map[string]map[*watch]bool
}

// Files tells of changes of files. In the channel a nil says: look at them. The
// first comes at once, when the watch has begun. Later ones come a tenth of a
// second after a change, or half a second after the first of many; those that
// are not received yet are one.
//
// An error says why changes may go unnoticed, for want of a permission or as a
// limit of the system is reached, and to look at the files as well. It is told
// once, not with each change. The channel is closed when ctx ends, or after an
// error that lets nothing be watched.
func (s *Watcher) Files(ctx context.Context, paths ...string) <-chan error {
	return s.begin(ctx, target{files: paths})
}

// Folder tells, as [Watcher.Files] does, of changes of those files in a folder
// whose names match. above is how many of the folders above it are watched with
// it, as somebody may rename them.
func (s *Watcher) Folder(ctx context.Context, dir string, above int, match func(name string) bool) <-chan error {
	return s.begin(ctx, target{folder: dir, above: above, match: match})
}

func (s *Watcher) begin(ctx context.Context, t target) <-chan error {
	w := &watch{shared: s, out: make(chan error, 1), stirred: make(chan struct{}, 1)}
	var err error
	// Now, as the working folder may be another one later.
	if w.target, err = t.absolute(); err != nil {
		w.out <- err
		close(w.out)
		return w.out
	}
	go func() {
		defer close(w.out)
		safely.Keep(ctx, s.Log, "the watch of files", w.run)
	}()
	return w.out
}

type watch struct {
	target
	shared *Watcher
	out    chan error
	// said is the error that stands, as told.
	said    string
	stirred chan struct{}

	mu sync.Mutex
	// route is what events are compared with.
	route route
	// moved is set when a folder by a name may not be the one that is watched.
	moved bool
}

func (w *watch) run(ctx context.Context) {
	if err := w.shared.join(w); err != nil {
		w.tell(inWords(err))
		return
	}
	defer w.shared.leave(w)
	attend(ctx, w.stirred, func() {
		err := w.arm()
		if log := w.shared.Log; log != nil {
			log.Debug("files may have changed", "files", w.files, "folder", w.folder, "error", err)
		}
		w.tell(err)
	})
}

// attend calls look at once, and whenever it is quiet after something has
// stirred, until ctx ends. In between no timer runs.
func attend(ctx context.Context, stirred <-chan struct{}, look func()) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var limit time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-stirred:
			if limit.IsZero() {
				limit = time.Now().Add(patience)
			}
			timer.Reset(min(settle, time.Until(limit)))
		case <-timer.C:
			limit = time.Time{}
			look()
		}
	}
}

func (w *watch) stir(moved bool) {
	w.mu.Lock()
	w.moved = w.moved || moved
	w.mu.Unlock()
	select {
	case w.stirred <- struct{}{}:
	default: // it is known already
	}
}

// tell puts a word into the channel, in the place of one that nobody has
// received.
func (w *watch) tell(err error) {
	said := ""
	if err != nil {
		said = err.Error()
	}
	if said == w.said {
		err = nil
	}
	w.said = said
	select {
	case old := <-w.out:
		if err == nil {
			err = old
		}
	default:
	}
	w.out <- err // there is room: only this sends
}

// inWords says in words what the system says in numbers.
func inWords(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("the limit of watched folders is reached (fs.inotify.max_user_watches): %w", err)
	case errors.Is(err, syscall.EMFILE):
		return fmt.Errorf("the limit of open files or of watchers is reached (ulimit -n, fs.inotify.max_user_instances): %w", err)
	}
	return err
}

// absolute returns the target as seen from any folder.
func (t target) absolute() (target, error) {
	files := make([]string, len(t.files))
	for i, path := range t.files {
		var err error
		if files[i], err = filepath.Abs(path); err != nil {
			return t, err
		}
	}
	t.files = files
	if t.folder == "" {
		return t, nil
	}
	var err error
	t.folder, err = filepath.Abs(t.folder)
	return t, err
}
