package atomicfile

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"daypass/internal/lang"
)

// ErrOwner says that the file belongs to another user, and that the write would change
// that.
var ErrOwner = lang.Error("the file belongs to another user")

const (
	// attempts bounds how often an edit is repeated because another program, which does
	// not use the lock, has changed the file.
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
	// Text is the new content, in pieces. Pieces that share the old text's memory are
	// compared with it quickly.
	Text []string
	// Private is called for a file that others may read, and reports whether to remove
	// their permissions; nil is no.
	Private func() bool
}

// Edit replaces the text of the file that path leads to, in one step, by what edit makes
// of it. Every reader sees the old or the new text, even if the machine stops in between.
// A missing file is made (mode 0600), and so is its folder (0700). Symbolic links are
// followed, also to a missing file. The bounds are those of [ReadText].
//
// A lock beside the file excludes other calls, in this process or another; waiting for
// it ends with ctx. Programs without the lock, such as editors, may still write: if the
// file has changed since it was read, edit is called again with the new text, so it must
// not keep or count anything. [ErrChanged] says that the file kept changing. If edit
// changes nothing, nothing is written, not even the lock; its error is returned
// unchanged.
//
// Mode and owner stay; if the owner cannot, the error is [ErrOwner] and nothing is
// written. If the group cannot stay, the group's permissions are removed. Files made by
// root in another user's folder are given to that user. Access lists are the folder's,
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
		return false, lang.Errorf("read %s: %w", e.path, err)
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
		// Another holder of the lock may have written in the meantime: noticed here, it
		// costs no write.
		if now, err := os.Stat(e.file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return false, named(e.path, err)
		} else if !isAsBefore(now, info) {
			return false, nil
		}
	}
	return e.replace(old, info, edited)
}

// isAsBefore compares a file with what it was before; nil is a missing file.
func isAsBefore(now, was fs.FileInfo) bool {
	if now == nil || was == nil {
		return now == was
	}
	return isStill(now, was) && now.Mode() == was.Mode()
}

// acquire finds the file behind the path and takes its lock.
func (e *editing) acquire() error {
	file, err := Follow(e.path)
	if err != nil {
		return err
	}
	if info, err := os.Lstat(file); err == nil && !info.Mode().IsRegular() {
		return ErrNotRegular // the null device too must not be replaced
	}
	if e.lock, err = lock(e.ctx, file, lockPoll); err != nil {
		return err
	}
	e.file = file
	// All running writers wait for the lock. Where locks do not work, another's rename
	// fails at worst.
	Sweep(file, 0)
	return nil
}

func (e *editing) unlock() {
	if e.lock != nil {
		_ = e.lock.Close() // the system frees the lock with the handle
	}
}

// Lock takes the lock of [Edit] on the file that path leads to, for a change that takes
// longer than a write. A missing folder is made. Waiting for the lock, which is tried every
// so often, ends with ctx. [Write] does not take the lock.
func Lock(ctx context.Context, path string, every time.Duration) (unlock func(), err error) {
	file, err := Follow(path)
	if err != nil {
		return nil, lang.Errorf("lock %s: %w", path, Cause(err))
	}
	held, err := lock(ctx, file, every)
	if err != nil {
		return nil, lang.Errorf("%s: %w", path, err)
	}
	return func() { _ = held.Close() }, nil // the system frees the lock with the handle
}

// lock makes a file's folder and takes the file's lock. file is no link: the lock is
// beside the file itself, so that all links to it share one. It is never removed: a
// process may be waiting for it.
func lock(ctx context.Context, file string, every time.Duration) (*flock.Flock, error) {
	folder, base := filepath.Dir(file), filepath.Base(file)
	if err := makeFolder(folder); err != nil {
		return nil, err
	}
	name := filepath.Join(folder, "."+base+lockSuffix)
	_, statErr := os.Lstat(name)
	held := flock.New(name, flock.SetPermissions(newFile))
	if _, err := held.TryLockContext(ctx, every); err != nil {
		return nil, lang.Errorf("lock: %w", Cause(err))
	}
	if errors.Is(statErr, fs.ErrNotExist) {
		if err := inherit(name, folder); err != nil {
			_ = held.Close() // as above
			return nil, err
		}
	}
	return held, nil
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
			_ = os.Remove(temp.Name()) // gone already if it was renamed
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

// holds reports whether a file is unchanged since it was read. It compares the content
// too, since a change in place may keep size and time.
func holds(path string, limit int64, text string, was fs.FileInfo) (bool, error) {
	file, now, err := open(path, limit)
	if errors.Is(err, fs.ErrNotExist) {
		return was == nil, nil
	}
	if err != nil {
		return false, lang.Errorf("read %s: %w", path, Cause(err))
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
			return false, lang.Errorf("read %s: %w", path, Cause(err))
		}
	}
}

// is reports whether the text equals the old one.
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

// fill writes the temporary file, with the old file's owner and mode, and syncs it.
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
