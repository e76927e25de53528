package filewatch

import (
	"errors"
	"io/fs"
	"path/filepath"
	"syscall"

	"daypass/internal/lang"
)

// attempts bounds how often the route is looked for anew because it has changed
// meanwhile.
const attempts = 20

var errRestless = lang.Error("its folders keep changing")

// arm watches the folders that matter now. What changes after its last look at
// them is reported.
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
		// The system does not report what has appeared in a folder before the
		// folder was watched, so after each change there is another look.
		if again, err := w.watchFolders(r.folders); !again {
			return err
		}
	}
	return errRestless
}

// watchFolders watches these folders and no others. It reports whether any of them
// was not watched before, or is gone, and why the first that is not watched is not.
func (w *watch) watchFolders(folders []string) (again bool, failed error) {
	w.shared.arming.Lock()
	defer w.shared.arming.Unlock()
	wanted := map[string]bool{}
	for _, folder := range folders {
		for {
			wanted[folder] = true
			added, err := w.shared.watchFolderLocked(w, folder)
			if err == nil {
				again = again || added
				break
			}
			if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
				again = true
				break
			}
			if failed == nil {
				failed = lang.Errorf("the folder %s cannot be watched: %w", folder, inWords(err))
			}
			if !errors.Is(err, fs.ErrPermission) || folder == filepath.Dir(folder) {
				break
			}
			// The folder above reports that the permission is given.
			folder = filepath.Dir(folder)
		}
	}
	w.shared.unwatchLocked(w, func(folder string) bool { return !wanted[folder] })
	return again, failed
}
