package atomicfile

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// ErrOwner says that the file belongs to another user and would not any more
// after the write.
var ErrOwner = errors.New("the file belongs to another user")

const (
	// attempts bounds how often an edit is made anew because another program,
	// which does not know the lock, has changed the file.
	attempts = 10
	// lockPoll is how often a held lock is tried. Writing 10,000 profiles took
	// 12 ms when measured, so this adds little to a wait.
	lockPoll   = 2 * time.Millisecond
	lockSuffix = ".daypass.lock"
	// others are the permissions of group and world.
	others = 0o077
)

// Edited is what an edit makes of a file.
type Edited struct {
	// Text is all that the file then has, in pieces. Pieces of the old text are
	// not compared byte by byte with it.
	Text []string
	// Private is asked of a file that others may read, and reports whether it
	// becomes its owner's alone; nil is no.
	Private func() bool
}

// Edit replaces the file that path leads to, in one step, by what edit makes of its
// text. Every reader sees it as it was or as it is then, even if the machine stops
// in between. A missing file is made (mode 0600), and so is its folder (0700).
// Symbolic links are followed, also to a file not there yet. The bounds are those of
// [ReadText].
//
// A lock beside the file keeps other calls out, in this process or another, until
// ctx ends. Programs that know no lock, editors say, are watched for: if the file is
// no longer what the edit was made of, edit is called anew with what it is now, so
// that it must not keep or count anything; [ErrChanged] is of a file that never
// rests. If edit changes nothing, nothing is written, not even the lock; its error is
// returned as it is.
//
// The mode stays, and so does the owner, else the error is [ErrOwner] and nothing is
// written. If the group cannot stay, the group's permissions are dropped. Files made
// by root in another user's folder become that user's. Access lists are the folder's,
// and other hard links keep the old content.
func Edit(ctx context.Context, path string, limit int64, edit func(old string) (Edited, error)) error {
	e := editing{ctx: ctx, path: path, limit: limit}
	defer e.unlock()
	for range attempts {
		done, err := e.try(edit)
		if done || err != nil {
			return err
		}
	}
	return named(path, ErrChanged)
}

type editing struct {
	ctx   context.Context
	path  string // as the caller named it
	limit int64
	lock  *flock.Flock
	file  string // what path leads to
}

// try reads, edits and writes once. It reports false if the file changed in
// between.
func (e *editing) try(edit func(old string) (Edited, error)) (done bool, err error) {
	if err := e.ctx.Err(); err != nil {
		return false, fmt.Errorf("read %s: %w", e.path, err)
	}
	old, info, err := ReadText(e.path, e.limit)
	if err != nil {
		return false, err
	}
	edited, err := edit(old)
	if err != nil {
		return false, err
	}
	if edited.is(old) {
		return true, nil
	}
	if e.lock == nil {
		if err := e.acquire(); err != nil {
			return false, named(e.path, err)
		}
		// Another holder of the lock may have written in the meantime: seen here,
		// a wasted write is spared.
		if now, err := os.Stat(e.file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, named(e.path, err)
		} else if !isAsBefore(now, info) {
			return false, nil
		}
	}
	return e.replace(old, info, edited)
}

// isAsBefore compares what a file is with what it was; nil is none.
func isAsBefore(now, was fs.FileInfo) bool {
	if now == nil || was == nil {
		return now == was
	}
	return isStill(now, was) && now.Mode() == was.Mode()
}

// acquire finds the file behind the path, makes its folder and takes its lock.
func (e *editing) acquire() error {
	file, err := Follow(e.path)
	if err != nil {
		return err
	}
	if info, err := os.Lstat(file); err == nil && !info.Mode().IsRegular() {
		return ErrNotRegular // not even the null device is to be replaced
	}
	folder, base := filepath.Dir(file), filepath.Base(file)
	if err := makeFolder(folder); err != nil {
		return err
	}
	e.file = file
	// Beside the file itself, not beside a link to it, so that all who reach the
	// file by whatever link meet at one lock. It is never removed: a process may
	// just be waiting for it.
	name := filepath.Join(folder, "."+base+lockSuffix)
	_, statErr := os.Lstat(name)
	lock := flock.New(name, flock.SetPermissions(newFile))
	if _, err = lock.TryLockContext(e.ctx, lockPoll); err != nil {
		return fmt.Errorf("lock: %w", Cause(err))
	}
	e.lock = lock
	if errors.Is(statErr, fs.ErrNotExist) {
		if err := inherit(name, folder); err != nil {
			return err
		}
	}
	// All live writers wait for the lock; where locks do not work, the worst is
	// that another's rename fails.
	Sweep(file, 0)
	return nil
}

func (e *editing) unlock() {
	if e.lock != nil {
		_ = e.lock.Close() // the system frees the lock with the handle
	}
}

// replace writes beside the file and renames over it, unless the file is no longer
// the old one.
func (e *editing) replace(old string, was fs.FileInfo, edited Edited) (done bool, err error) {
	temp, err := Create(e.file)
	if err != nil {
		return false, named(e.path, err)
	}
	defer func() {
		if !done {
			_ = temp.Close()           // closed already unless writing failed
			_ = os.Remove(temp.Name()) // not there any more if it was renamed
		}
	}()
	if err = edited.fill(temp, was, filepath.Dir(e.file)); err == nil {
		err = e.ctx.Err()
	}
	if err != nil {
		return false, named(e.path, err)
	}
	if still, err := holds(e.path, e.limit, old, was); err != nil || !still {
		return false, err
	}
	if err := Rename(e.ctx, temp.Name(), e.file); err != nil {
		return false, named(e.path, err)
	}
	return true, nil
}

// holds reports whether a file is what it was when it was read. It compares the
// content too, since a change in place may leave size and time alike.
func holds(path string, limit int64, text string, was fs.FileInfo) (bool, error) {
	file, now, err := open(path, limit)
	if errors.Is(err, fs.ErrNotExist) {
		return was == nil, nil
	}
	if err != nil {
		return false, fmt.Errorf("read %s: %w", path, Cause(err))
	}
	defer func() { _ = file.Close() }() // nothing was written to it
	if !isAsBefore(now, was) {
		return false, nil
	}
	for part := make([]byte, chunk); ; {
		n, err := file.Read(part)
		if n > len(text) || string(part[:n]) != text[:n] {
			return false, nil
		}
		text = text[n:]
		if errors.Is(err, io.EOF) {
			return text == "", nil
		}
		if err != nil {
			return false, fmt.Errorf("read %s: %w", path, Cause(err))
		}
	}
}

// is reports whether the text is the old one.
func (e Edited) is(old string) bool {
	for _, piece := range e.Text {
		rest, ok := strings.CutPrefix(old, piece)
		if !ok {
			return false
		}
		old = rest
	}
	return old == ""
}

// fill writes the temporary file to disk, with the old file's owner and mode.
func (e Edited) fill(temp *os.File, old fs.FileInfo, folder string) error {
	buffered := bufio.NewWriterSize(temp, chunk)
	for _, piece := range e.Text {
		if _, err := buffered.WriteString(piece); err != nil {
			return err
		}
	}
	if err := buffered.Flush(); err != nil {
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
		if mode&others != 0 && e.Private != nil && e.Private() {
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
