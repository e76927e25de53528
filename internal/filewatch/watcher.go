package filewatch

import (
	"context"
	"sync"

	"github.com/fsnotify/fsnotify"

	"daypass/internal/safely"
)

// join begins to pass events to a watch.
func (s *Watcher) join(w *watch) error {
	s.arming.Lock()
	defer s.arming.Unlock()
	if s.system == nil {
		system, err := fsnotify.NewWatcher()
		if err != nil {
			return err
		}
		s.system, s.reading, s.armed = system, new(sync.WaitGroup), map[string]map[*watch]bool{}
		s.reading.Go(func() {
			safely.Keep(context.Background(), s.Log, "the watch of files", func(context.Context) { s.read(system) })
		})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.watches == nil {
		s.watches = map[*watch]bool{}
	}
	s.watches[w] = true
	return nil
}

// leave frees what a watch uses of the system; the last one frees all.
func (s *Watcher) leave(w *watch) {
	s.arming.Lock()
	defer s.arming.Unlock()
	s.mu.Lock()
	delete(s.watches, w)
	last := len(s.watches) == 0
	s.mu.Unlock()
	if !last {
		s.unwatchLocked(w, func(string) bool { return true })
		return
	}
	_ = s.system.Close() // there is nothing to lose
	s.reading.Wait()
	s.system = nil
}

// read passes the system's events on. It never waits: on Windows a watch is changed
// by the same thread that hands out the events.
func (s *Watcher) read(system *fsnotify.Watcher) {
	for {
		select {
		case event, ok := <-system.Events:
			if !ok {
				return
			}
			s.each(func(w *watch) { w.handle(event) })
		case _, ok := <-system.Errors:
			if !ok {
				return
			}
			s.each(func(w *watch) { w.wake(true) }) // events were lost, of folders perhaps
		}
	}
}

func (s *Watcher) each(do func(*watch)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for w := range s.watches {
		do(w)
	}
}

func (w *watch) handle(event fsnotify.Event) {
	if concerned, moved := w.isConcerned(event); concerned {
		w.wake(moved)
	}
}

func (w *watch) isConcerned(event fsnotify.Event) (concerned, moved bool) {
	w.mu.Lock()
	defer w.mu.Unlock() // deferred, as match may panic
	return w.concerns(w.route, event)
}

// watchFolderLocked watches a folder for a watch, and reports whether it did not
// before.
func (s *Watcher) watchFolderLocked(w *watch, folder string) (added bool, err error) {
	if s.armed[folder][w] {
		return false, nil
	}
	// If another watch uses it already, this takes the folder that has the name now.
	if err := s.system.Add(folder); err != nil {
		return false, err
	}
	if s.armed[folder] == nil {
		s.armed[folder] = map[*watch]bool{}
	}
	s.armed[folder][w] = true
	return true, nil
}

// unwatchLocked ends the watching of those folders of a watch that no other watch uses.
func (s *Watcher) unwatchLocked(w *watch, which func(folder string) bool) {
	for folder, users := range s.armed {
		if !users[w] || !which(folder) {
			continue
		}
		if delete(users, w); len(users) == 0 {
			s.forgetLocked(folder)
		}
	}
}

// renew begins to watch all folders of a watch anew, as each name may lead to another
// folder now. Other watches that use them are woken to do the same: what has changed
// since was not reported.
func (s *Watcher) renew(w *watch) {
	s.arming.Lock()
	defer s.arming.Unlock()
	for folder, users := range s.armed {
		if !users[w] {
			continue
		}
		s.forgetLocked(folder)
		for other := range users {
			if other != w {
				other.wake(false)
			}
		}
	}
}

func (s *Watcher) forgetLocked(folder string) {
	_ = s.system.Remove(folder) // fails if the folder is gone
	delete(s.armed, folder)
}
