// Package filewatch reports that files may have changed, whichever program changed
// them. It does not poll: it sleeps until the system reports an event.
//
// The files and their folders may be missing, be replaced, be reached by symbolic
// links, and come and go at any time. Few systems report what another machine does to
// files that it shares.
package filewatch

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"

	"daypass/internal/lang"
	"daypass/internal/safely"
)

const (
	// quiet is how long nothing must change before a change is reported: saving a
	// file is several changes, between which it may be empty or gone.
	quiet = 100 * time.Millisecond
	// patience bounds the wait for quiet.
	patience = 500 * time.Millisecond
)

// Watcher reports changes to several watches. They share what the system charges for
// one: a handle, of which Linux gives a user 128, and a thread or a stack of 128 kB.
// The zero Watcher is ready for use.
type Watcher struct {
	// Log records what should not happen; nil discards it.
	Log *slog.Logger

	// mu guards watches. It is held for moments only: the reader of events waits
	// for it.
	mu      sync.Mutex
	watches map[*watch]bool

	// arming guards what follows.
	arming sync.Mutex
	// system is nil while nothing is watched; reading waits for its reader.
	system  *fsnotify.Watcher
	reading *sync.WaitGroup
	// armed lists the folders that are watched, and the watches that use them.
	armed map[string]map[*watch]bool
}

// Files reports changes of files. A nil means that the files may have changed: read
// them. The first comes at once, when the watch has begun. Later ones come a tenth of
// a second after a change, or half a second after the first of many; those that are
// not received yet are merged.
//
// An error says why changes may go unnoticed, for want of a permission or because a
// limit of the system is reached, and means as well that the files may have changed.
// Each error is sent once. The channel is closed when ctx ends, or after an error
// that lets nothing be watched.
func (s *Watcher) Files(ctx context.Context, paths ...string) <-chan error {
	return s.begin(ctx, target{files: paths})
}

// Folder reports, as [Watcher.Files] does, changes of those files in a folder whose
// names match. above is how many of the folders above it are watched too, as they may
// be renamed.
func (s *Watcher) Folder(ctx context.Context, dir string, above int, match func(name string) bool) <-chan error {
	return s.begin(ctx, target{folder: dir, above: above, match: match})
}

func (s *Watcher) begin(ctx context.Context, t target) <-chan error {
	w := &watch{shared: s, out: make(chan error, 1), changed: make(chan struct{}, 1)}
	var err error
	// Not later, when the working folder may be another one.
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
	// reported is the text of the error that was reported last.
	reported string
	changed  chan struct{}

	mu sync.Mutex
	// route is what events are compared with.
	route route
	// moved is set when a name may lead to another folder than the one watched.
	moved bool
}

func (w *watch) run(ctx context.Context) {
	if err := w.shared.join(w); err != nil {
		w.report(inWords(err))
		return
	}
	defer w.shared.leave(w)
	debounce(ctx, w.changed, func() {
		err := w.arm()
		if log := w.shared.Log; log != nil {
			log.Debug("files may have changed", "files", w.files, "folder", w.folder, "error", err)
		}
		w.report(err)
	})
}

// debounce calls look at once, and whenever it is quiet after a change, until ctx
// ends. In between no timer runs.
func debounce(ctx context.Context, changed <-chan struct{}, look func()) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var limit time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
			if limit.IsZero() {
				limit = time.Now().Add(patience)
			}
			timer.Reset(min(quiet, time.Until(limit)))
		case <-timer.C:
			limit = time.Time{}
			look()
		}
	}
}

func (w *watch) wake(moved bool) {
	w.mu.Lock()
	w.moved = w.moved || moved
	w.mu.Unlock()
	select {
	case w.changed <- struct{}{}:
	default: // it is awake
	}
}

// report sends an error, or nil, in place of one that was not received yet.
func (w *watch) report(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text == w.reported {
		err = nil
	}
	w.reported = text
	select {
	case old := <-w.out:
		if err == nil {
			err = old
		}
	default:
	}
	w.out <- err // there is room: only this sends
}

// inWords explains the system's error numbers.
func inWords(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return lang.Errorf("the limit of watched folders is reached (fs.inotify.max_user_watches): %w", err)
	case errors.Is(err, syscall.EMFILE):
		return lang.Errorf("the limit of open files or of watchers is reached (ulimit -n, fs.inotify.max_user_instances): %w", err)
	}
	return err
}

// absolute makes the target's paths absolute.
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
