package sso

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long changes are gathered: a sign-in writes two files, and
// "aws sso logout" deletes many.
const settle = 100 * time.Millisecond

// Watch tells when a file of the cache may have changed, in what channel it
// returns, until ctx ends; then the channel is closed. Changes that nobody has
// asked about yet are one. What the folder had when Watch returned is not told.
//
// The folder need not exist, and may go and come back. An error means that
// there is no watch: that the system's limit is reached, say.
func (c *Cache) Watch(ctx context.Context) (<-chan struct{}, error) {
	fail := func(err error) (<-chan struct{}, error) {
		return nil, fmt.Errorf("the token cache %s is not watched for changes by other programs: %w", c.dir, watchLimit(err))
	}
	dir, err := filepath.Abs(c.dir)
	if err != nil {
		return fail(err)
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return fail(err)
	}
	w := &watch{cache: c, watcher: watcher, folders: upwards(dir), changed: make(chan struct{}, 1)}
	if err := w.arm(); err != nil {
		_ = watcher.Close() // there is nothing to lose
		return fail(err)
	}
	go w.run(ctx)
	return w.changed, nil
}

type watch struct {
	cache   *Cache
	watcher *fsnotify.Watcher
	// folders are the cache's and all above it.
	folders []string
	changed chan struct{}
}

// upwards lists a folder and all above it.
func upwards(dir string) []string {
	list := []string{dir}
	for dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir)
		list = append(list, dir)
	}
	return list
}

// above is how many of the folders above the cache's own are watched with it, as
// somebody may rename or remove any of them: ~/.aws/sso and ~/.aws. Their
// parent, in which much may happen, is watched only while they are missing.
const above = 2

// arm watches the folders that are there now.
func (w *watch) arm() error {
	for _, path := range w.watcher.WatchList() {
		// It may be another folder by that name now.
		_ = w.watcher.Remove(path) // gone by itself if the folder is
	}
	top := min(above, len(w.folders)-1)
	for {
		err := w.watcher.Add(w.folders[top])
		if err == nil {
			break
		}
		if !missing(err) || top == len(w.folders)-1 {
			return err
		}
		top++
	}
	// Downwards: what appears after one was looked for is told by the folder
	// above it, which is watched by then.
	for i := top - 1; i >= 0; i-- {
		if err := w.watcher.Add(w.folders[i]); missing(err) {
			break
		} else if err != nil {
			return err
		}
		if i >= above {
			_ = w.watcher.Remove(w.folders[i+1]) // not needed any more
		}
	}
	return nil
}

func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

func (w *watch) run(ctx context.Context) {
	defer close(w.changed)
	defer func() { _ = w.watcher.Close() }() // there is nothing to lose
	var (
		timer   <-chan time.Time
		moved   bool
		changes = func() {
			if timer == nil {
				timer = time.After(settle)
			}
		}
	)
	for {
		select {
		case <-ctx.Done():
			return
		case event, ok := <-w.watcher.Events:
			if !ok {
				return
			}
			file, folder := w.concerns(event)
			if moved = moved || folder; file || folder {
				changes()
			}
		case err, ok := <-w.watcher.Errors:
			if !ok {
				return
			}
			// Some changes were not told, of folders perhaps.
			w.cache.log.Warn("the watch on the token cache was disturbed", "error", err)
			moved = true
			changes()
		case <-timer:
			timer = nil
			if moved {
				moved = false
				if err := w.arm(); err != nil {
					w.cache.log.Warn("the token cache is not watched any more", "folder", w.cache.dir, "error", watchLimit(err))
				}
			}
			select {
			case w.changed <- struct{}{}:
			default: // one is waiting
			}
		}
	}
}

// concerns reports whether an event is about a token or a registration, or about
// a folder that has come or gone. Temporary files are neither.
func (w *watch) concerns(event fsnotify.Event) (file, folder bool) {
	if !event.Has(fsnotify.Create | fsnotify.Remove | fsnotify.Rename | fsnotify.Write) {
		return false, false
	}
	path := filepath.Clean(event.Name)
	if slices.Contains(w.folders, path) {
		return false, !event.Has(fsnotify.Write)
	}
	base := filepath.Base(path)
	return filepath.Dir(path) == w.folders[0] && strings.HasSuffix(base, ".json") && !strings.HasPrefix(base, "."), false
}

// watchLimit says in words what the system says in numbers.
func watchLimit(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("the limit of watched folders is reached (fs.inotify.max_user_watches): %w", err)
	case errors.Is(err, syscall.EMFILE):
		return fmt.Errorf("the limit of open files or of watchers is reached (ulimit -n, fs.inotify.max_user_instances): %w", err)
	}
	return err
}
