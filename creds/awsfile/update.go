package awsfile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"daypass/creds/atomicfile"
)

var (
	// ErrBusy says that another program kept changing the file.
	ErrBusy = errors.New("the file keeps being changed by another program")
	// ErrOwner says that the file belongs to another user and would not any
	// more after the write.
	ErrOwner = errors.New("the file belongs to another user")
)

const (
	// attempts bounds how often an edit is applied anew because another
	// program, which does not know our lock, changed the file.
	attempts = 10
	// lockPoll is how often a held lock is tried. Writing one of 10,000
	// profiles took 12 ms when measured, so this adds little to a wait.
	lockPoll   = 2 * time.Millisecond
	newFile    = 0o600
	newFolder  = 0o700
	lockSuffix = ".daypass.lock"
)

// Update edits the file that path leads to and replaces it in one step, so that
// every reader sees it as it was or as it is after the edit, even if the machine
// stops in between. It creates the file (mode 0600) and its folder (0700) if
// they are missing, and follows symbolic links, also to a file not there yet.
//
// A lock beside the file keeps other calls out, in this process or another,
// until ctx ends. Programs that know no lock are watched for: if the file is no
// longer what the edit was made from, the edit is made again from what it is
// now. So edit may run several times, each time on a fresh [File], and must not
// keep or count anything. If it changes nothing, nothing is written, not even
// the lock; its error is returned as it is.
//
// A file that is no text as package textfile has it is left as it is, and the
// error says so.
//
// The mode stays, but a file with secrets becomes its owner's alone. The owner
// stays, else the error is [ErrOwner] and nothing is
// written. If the group cannot stay, the group's permissions are dropped.
// Files made by root in another user's folder become that user's. Access lists
// are the folder's, and other hard links keep the old content.
func Update(ctx context.Context, kind Kind, path string, edit func(*File) error) error {
	u := update{ctx: ctx, kind: kind, path: path, edit: edit}
	defer u.unlock()
	for range attempts {
		done, err := u.try()
		if done || err != nil {
			return err
		}
	}
	return u.fail(ErrBusy)
}

type update struct {
	ctx  context.Context
	kind Kind
	path string // as the caller named it
	edit func(*File) error
	lock *flock.Flock
	file string // what path leads to
}

func (u *update) fail(err error) error {
	return fmt.Errorf("write %s: %w", u.path, atomicfile.Cause(err))
}

// try reads, edits and writes once. It reports false if the file changed in
// between.
func (u *update) try() (done bool, err error) {
	old, err := read(u.ctx, u.path)
	if err != nil {
		return false, err
	}
	f := parse(u.kind, old.text)
	if err := u.edit(f); err != nil {
		return false, err
	}
	if f.is(old.text) {
		return true, nil
	}
	if u.lock == nil {
		if err := u.acquire(); err != nil {
			return false, err
		}
		// Another holder of the lock may have written in the meantime:
		// seen here, a wasted write is spared.
		if stamp, err := Stat(u.path); err != nil || stamp != old.stamp {
			return false, err
		}
	}
	return u.replace(old, f)
}

// acquire finds the file behind the path, makes its folder and takes its lock.
func (u *update) acquire() error {
	file, err := atomicfile.Follow(u.path)
	if err != nil {
		return u.fail(err)
	}
	if info, err := os.Lstat(file); err == nil && !info.Mode().IsRegular() {
		return u.fail(ErrNotRegular) // not even the null device is to be replaced
	}
	folder, base := filepath.Dir(file), filepath.Base(file)
	if err := makeFolder(folder); err != nil {
		return u.fail(err)
	}
	u.file = file
	// Beside the file itself, not beside a link to it, so that all who
	// reach the file by whatever link meet at one lock. It is never
	// removed: a process may just be waiting for it.
	name := filepath.Join(folder, "."+base+lockSuffix)
	_, statErr := os.Lstat(name)
	lock := flock.New(name, flock.SetPermissions(newFile))
	_, err = lock.TryLockContext(u.ctx, lockPoll)
	if err != nil {
		return u.fail(fmt.Errorf("lock: %w", atomicfile.Cause(err)))
	}
	u.lock = lock
	if errors.Is(statErr, fs.ErrNotExist) {
		if err := inherit(name, folder); err != nil {
			return u.fail(err)
		}
	}
	// All live writers stand behind our lock; where locks do not work, the worst
	// is that another's rename fails.
	atomicfile.Sweep(file, 0)
	return nil
}

func (u *update) unlock() {
	if u.lock != nil {
		_ = u.lock.Close() // the system frees the lock with the handle
	}
}

// replace writes f beside the file and renames it over, unless the file is no
// longer old.
func (u *update) replace(old content, f *File) (done bool, err error) {
	temp, err := atomicfile.Create(u.file)
	if err != nil {
		return false, u.fail(err)
	}
	defer func() {
		if !done {
			_ = temp.Close()           // closed already unless writing failed
			_ = os.Remove(temp.Name()) // not there any more if it was renamed
		}
	}()
	if err := fill(temp, f, old.info, filepath.Dir(u.file)); err != nil {
		return false, u.fail(err)
	}
	if err := u.ctx.Err(); err != nil {
		return false, u.fail(err)
	}
	if still, err := old.isStill(u.ctx, u.path); err != nil || !still {
		return false, err
	}
	if err := atomicfile.Rename(u.ctx, temp.Name(), u.file); err != nil {
		return false, u.fail(err)
	}
	return true, nil
}

// fill writes the temporary file to disk, with the old file's owner and mode.
func fill(temp *os.File, f *File, old fs.FileInfo, folder string) error {
	if err := f.writeTo(temp); err != nil {
		return err
	}
	mode := fs.FileMode(newFile)
	if old == nil {
		if err := inherit(temp.Name(), folder); err != nil {
			return err
		}
	} else {
		groupKept, err := keepOwner(temp, old)
		if err != nil {
			return err
		}
		if mode = old.Mode().Perm(); !groupKept {
			mode &^= 0o070
		}
		if mode&others != 0 && f.HasSecrets() {
			mode &^= others
		}
	}
	if err := temp.Chmod(mode); err != nil {
		return err
	}
	if err := temp.Sync(); err != nil {
		return err
	}
	return temp.Close()
}

// makeFolder creates a missing folder and its missing parents.
func makeFolder(folder string) error {
	if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := filepath.Dir(folder)
	if err := makeFolder(parent); err != nil {
		return err
	}
	if err := os.Mkdir(folder, newFolder); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil // another process was faster
		}
		return err
	}
	return inherit(folder, parent)
}
