package filewatch

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
)

// attempts bounds how often the way is looked for anew because it has changed
// meanwhile.
const attempts = 20

var errRestless = errors.New("its folders keep changing")

// arm watches the folders that matter now. What changes after its last look at
// them is told.
func (w *watch) arm() error {
	w.mu.Lock()
	moved := w.moved
	w.moved = false
	w.mu.Unlock()
	if moved {
		// By each name there may be another folder now.
		w.disarm(func(string) bool { return true })
	}
	for range attempts {
		r := w.find()
		w.mu.Lock()
		w.route = r
		w.mu.Unlock()
		// What has appeared before the folder around it was watched was told
		// by nobody, so after each change there is another look.
		if again, err := w.add(r.folders); !again {
			return err
		}
	}
	return errRestless
}

// add watches these folders and no others. It reports whether any of them was not
// watched before, or is gone, and why the first that is not watched is not.
func (w *watch) add(folders []string) (again bool, failed error) {
	wanted := map[string]bool{}
	for _, folder := range folders {
		for {
			wanted[folder] = true
			if w.armed[folder] {
				break
			}
			err := w.watcher.Add(folder)
			if err == nil {
				w.armed[folder], again = true, true
				break
			}
			if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
				again = true
				break
			}
			if failed == nil {
				failed = fmt.Errorf("the folder %s cannot be watched: %w", folder, inWords(err))
			}
			if !errors.Is(err, fs.ErrPermission) || folder == filepath.Dir(folder) {
				break
			}
			// The one above tells when the permission is given.
			folder = filepath.Dir(folder)
		}
	}
	w.disarm(func(folder string) bool { return !wanted[folder] })
	return again, failed
}

func (w *watch) disarm(which func(folder string) bool) {
	for folder := range w.armed {
		if which(folder) {
			_ = w.watcher.Remove(folder) // gone by itself if the folder is
			delete(w.armed, folder)
		}
	}
}
