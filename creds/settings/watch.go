package settings

import (
	"context"
	"reflect"
	"time"

	"daypass/creds"
	"daypass/internal/filewatch"
	"daypass/internal/lang"
	"daypass/internal/safely"
)

// doubt is how long a file that is gone or broken is taken for one that is just being
// written: editors empty it, or move it away, before the new one is there.
const doubt = 300 * time.Millisecond

// Update is what a watch reports: the settings in use now, or a fault.
type Update struct {
	// Settings are those in use: with an Err the ones that stay.
	Settings creds.Settings
	// Err is a sentence on what is wrong with the file, or on why it is not
	// watched. It is reported once.
	Err error
}

// Watch reports each change of the settings, by [Store.Change] or by a person in an
// editor, until ctx ends; then the channel is closed. Of changes that come faster than
// they are received the last is reported. Edits are reported within a second. While the
// file is broken the last good settings stay in use; its repair is reported, even if
// nothing else has changed.
//
// The folder need not exist, and may go and come back. If it cannot be watched, that is
// reported as an Err, and changes by Change are still reported.
func (s *Store) Watch(ctx context.Context, files *filewatch.Watcher) <-chan Update {
	w := &watch{store: s, last: s.Current(), out: make(chan Update), wake: make(chan struct{}, 1)}
	s.mu.Lock()
	s.watchers[w.wake] = struct{}{}
	s.mu.Unlock()
	go func() {
		defer close(w.out)
		defer func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			delete(s.watchers, w.wake)
		}()
		safely.Keep(ctx, files.Log, "the watch of the settings", func(ctx context.Context) { w.run(ctx, files) })
	}()
	return w.out
}

type watch struct {
	store *Store
	out   chan Update
	wake  chan struct{}

	last    creds.Settings // as reported
	lastErr string
}

func (w *watch) run(ctx context.Context, files *filewatch.Watcher) {
	changes := files.Files(ctx, w.store.path)
	var again <-chan time.Time
	for {
		sure := false
		select {
		case <-ctx.Done():
			return
		case <-w.wake:
			w.report(ctx, w.store.Current(), nil)
			continue
		case err, open := <-changes:
			if !open {
				changes = nil
				continue
			}
			if err != nil {
				err = lang.Errorf("the settings in %s are not watched, so that what an editor changes is used from the next start on: %w", w.store.path, err)
				w.send(ctx, Update{w.store.Current(), err})
			}
		case <-again:
			sure = true
		}
		again = nil
		settings, sound, err := w.store.reload(ctx, sure)
		if !sound {
			again = time.After(doubt)
			continue
		}
		w.report(ctx, settings, err)
	}
}

// report sends what was not reported before.
func (w *watch) report(ctx context.Context, settings creds.Settings, err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text == w.lastErr && (err != nil || reflect.DeepEqual(settings, w.last)) {
		return
	}
	w.last, w.lastErr = settings.Clone(), text
	w.send(ctx, Update{settings, err})
}

func (w *watch) send(ctx context.Context, u Update) {
	select {
	case w.out <- u:
	case <-ctx.Done():
	}
}
