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
		w.shared.renew(w)
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
	w.shared.arming.Lock()
	defer w.shared.arming.Unlock()
	wanted := map[string]bool{}
	for _, folder := range folders {
		for {
			wanted[folder] = true
			news, err := w.shared.watchFolder(w, folder)
			if err == nil {
				again = again || news
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
	w.shared.disarm(w, func(folder string) bool { return !wanted[folder] })
	return again, failed
}
