package settings

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"

	"daypass/creds/agentapi"
)

const (
	// settle is how long changes are gathered, as one saving is several.
	settle = 100 * time.Millisecond
	// doubt is how long a file that is gone or broken may be just being
	// written: editors empty it, or move it away, before the new one is there.
	doubt = 300 * time.Millisecond
	// maxLinks is how many symbolic links are followed, as many as by Linux.
	maxLinks = 40
)

// Update is what a watch tells: the settings in use now, or a fault.
type Update struct {
	// Settings are those in use: with an Err the ones that stay.
	Settings agentapi.Settings
	// Err is a sentence on what is wrong with the file, or on why it is not
	// watched. It is told once.
	Err error
}

// Watch tells of each change of the settings, be it by [Store.Change] or by a
// person in an editor, until ctx ends; then the channel is closed. Of changes
// that come faster than they are received the last is told. Edits are told
// within half a second. While the file is broken the last good settings stay in
// use; when it is mended that is told, even if nothing else has changed.
//
// The folder need not exist, and may go and come back. If the system lets nobody
// watch it, that is told as an Err, and changes by Change still are.
func (s *Store) Watch(ctx context.Context) <-chan Update {
	path := s.path
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	w := &watch{store: s, path: path, last: s.Current(), out: make(chan Update), wake: make(chan struct{}, 1)}
	s.mu.Lock()
	s.watchers[w.wake] = struct{}{}
	s.mu.Unlock()
	go w.run(ctx)
	return w.out
}

type watch struct {
	store   *Store
	path    string
	watcher *fsnotify.Watcher
	// files are the file and, if it is a symbolic link, what it leads to.
	files []string
	out   chan Update
	wake  chan struct{}

	last    agentapi.Settings // as told
	lastErr string
}

func (w *watch) run(ctx context.Context) {
	defer close(w.out)
	defer func() {
		w.store.mu.Lock()
		defer w.store.mu.Unlock()
		delete(w.store.watchers, w.wake)
	}()
	var (
		events <-chan fsnotify.Event
		faults <-chan error
	)
	watcher, err := fsnotify.NewWatcher()
	if err == nil {
		defer func() { _ = watcher.Close() }() // there is nothing to lose
		w.watcher, events, faults = watcher, watcher.Events, watcher.Errors
	} else {
		w.send(ctx, Update{w.store.Current(), w.unwatched(err)})
	}
	// Looked at once, for what has changed since the file was last read.
	timer, moved, sure := time.After(0), true, false
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.wake:
			w.tell(ctx, w.store.Current(), nil)
		case event := <-events:
			file, folder := w.concerns(event)
			if moved = moved || folder; file || folder {
				timer, sure = time.After(settle), false
			}
		case <-faults: //nolint:errcheck // whatever it is, it means that
			// Some events were lost, of folders perhaps.
			timer, moved, sure = time.After(settle), true, false
		case <-timer:
			timer = nil
			if err := w.arm(moved); err != nil {
				w.send(ctx, Update{w.store.Current(), w.unwatched(err)})
			}
			moved = false
			settings, sound, err := w.store.reload(ctx, sure)
			if !sound {
				timer, sure = time.After(doubt), true
				continue
			}
			sure = false
			w.tell(ctx, settings, err)
		}
	}
}

// tell tells what was not told before.
func (w *watch) tell(ctx context.Context, settings agentapi.Settings, err error) {
	said := ""
	if err != nil {
		said = err.Error()
	}
	if said == w.lastErr && (err != nil || reflect.DeepEqual(settings, w.last)) {
		return
	}
	w.last, w.lastErr = clone(settings), said
	w.send(ctx, Update{settings, err})
}

func (w *watch) send(ctx context.Context, u Update) {
	select {
	case w.out <- u:
	case <-ctx.Done():
	}
}

// arm watches the folders of the file and of what it leads to, or the nearest
// above that are there.
func (w *watch) arm(moved bool) error {
	files := links(w.path)
	if w.watcher == nil || !moved && slices.Equal(files, w.files) {
		return nil
	}
	w.files = files
	for _, folder := range w.watcher.WatchList() {
		// It may be another folder by that name now.
		_ = w.watcher.Remove(folder) // gone by itself if the folder is
	}
	for _, file := range files {
		if err := w.add(filepath.Dir(file)); err != nil {
			return err
		}
	}
	return nil
}

func (w *watch) add(folder string) error {
	for {
		at, below := folder, ""
		err := w.watcher.Add(at)
		for missing(err) && at != filepath.Dir(at) {
			at, below = filepath.Dir(at), at
			err = w.watcher.Add(at)
		}
		if err != nil || at == folder {
			return err
		}
		// What has appeared before the folder above it was watched was told
		// by nobody.
		if _, err := os.Stat(below); err != nil {
			return nil //nolint:nilerr // it is missing still, or of no use
		}
	}
}

func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// links lists a file and all that it leads to by symbolic links.
func links(path string) []string {
	files := []string{path}
	for range maxLinks {
		target, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(path), target)
		}
		path = filepath.Clean(target)
		files = append(files, path)
	}
	return files
}

// concerns reports whether an event is about the file, or about a folder above
// it that has come or gone.
func (w *watch) concerns(event fsnotify.Event) (file, folder bool) {
	if !event.Has(fsnotify.Create | fsnotify.Remove | fsnotify.Rename | fsnotify.Write) {
		return false, false
	}
	path := filepath.Clean(event.Name)
	above := func(file string) bool {
		return strings.HasPrefix(file, strings.TrimSuffix(path, string(filepath.Separator))+string(filepath.Separator))
	}
	return slices.Contains(w.files, path), !event.Has(fsnotify.Write) && slices.ContainsFunc(w.files, above)
}

// unwatched says in words what the system says in numbers.
func (w *watch) unwatched(err error) error {
	hint := ""
	switch {
	case errors.Is(err, syscall.ENOSPC):
		hint = "the limit of watched folders is reached (fs.inotify.max_user_watches): "
	case errors.Is(err, syscall.EMFILE):
		hint = "the limit of open files or of watchers is reached (ulimit -n, fs.inotify.max_user_instances): "
	}
	return fmt.Errorf("the settings in %s are not watched, so that what an editor changes is used from the next start on: %s%w", w.path, hint, err)
}
