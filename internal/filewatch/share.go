package filewatch

import (
	"context"
	"sync"

	"github.com/fsnotify/fsnotify"

	"daypass/internal/safely"
)

// join has a watch told of events.
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

// leave gives back what a watch has of the system, with the last one all.
func (s *Watcher) leave(w *watch) {
	s.arming.Lock()
	defer s.arming.Unlock()
	s.mu.Lock()
	delete(s.watches, w)
	last := len(s.watches) == 0
	s.mu.Unlock()
	if !last {
		s.disarm(w, func(string) bool { return true })
		return
	}
	_ = s.system.Close() // there is nothing to lose
	s.reading.Wait()
	s.system = nil
}

// read takes in what the system says. It does nothing that waits: on Windows a
// watch is changed by the very thread that hands out the events.
func (s *Watcher) read(system *fsnotify.Watcher) {
	for {
		select {
		case event, ok := <-system.Events:
			if !ok {
				return
			}
			s.each(func(w *watch) { w.hear(event) })
		case _, ok := <-system.Errors:
			if !ok {
				return
			}
			s.each(func(w *watch) { w.stir(true) }) // events were lost, of folders perhaps
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

func (w *watch) hear(event fsnotify.Event) {
	if told, moved := w.judge(event); told {
		w.stir(moved)
	}
}

func (w *watch) judge(event fsnotify.Event) (told, moved bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.concerns(w.route, event)
}

// watchFolder watches a folder for a watch, and reports whether it did not yet.
// It is called with arming held.
func (s *Watcher) watchFolder(w *watch, folder string) (news bool, err error) {
	if s.armed[folder][w] {
		return false, nil
	}
	// If another watches it already, this takes the folder that has the name
	// now.
	if err := s.system.Add(folder); err != nil {
		return false, err
	}
	if s.armed[folder] == nil {
		s.armed[folder] = map[*watch]bool{}
	}
	s.armed[folder][w] = true
	return true, nil
}

// disarm ends the watch of those folders of a watch that nobody else watches. It
// is called with arming held.
func (s *Watcher) disarm(w *watch, which func(folder string) bool) {
	for folder, by := range s.armed {
		if !by[w] || !which(folder) {
			continue
		}
		if delete(by, w); len(by) == 0 {
			s.forget(folder)
		}
	}
}

// renew has all folders of a watch watched anew, as by each name there may be
// another one now. Others who watch them are to look, and to watch them again:
// what happened since was told by nobody.
func (s *Watcher) renew(w *watch) {
	s.arming.Lock()
	defer s.arming.Unlock()
	for folder, by := range s.armed {
		if !by[w] {
			continue
		}
		s.forget(folder)
		for other := range by {
			if other != w {
				other.stir(false)
			}
		}
	}
}

// forget is called with arming held.
func (s *Watcher) forget(folder string) {
	_ = s.system.Remove(folder) // gone by itself if the folder is
	delete(s.armed, folder)
}
