package awsfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"time"

	"daypass/creds/atomicfile"
	"daypass/creds/textfile"
)

// ErrNotRegular says that the path leads to a folder, a pipe or a device.
var ErrNotRegular = atomicfile.ErrNotRegular

// Stamp tells one state of a file from another without reading it. Stamps may
// be compared with ==; the zero Stamp is that of a missing file. Two states
// made within one tick of the file system's clock, with equal sizes and in
// place, share a stamp.
type Stamp struct {
	exists  bool
	file    uint64 // inode; 0 on Windows
	size    int64
	changed time.Time
	mode    fs.FileMode // permissions
}

// Shared returns the permissions of a file that users other than its owner have
// any of, and whether there is one. Windows tells by other means who may do what.
func (s Stamp) Shared() (mode fs.FileMode, shared bool) {
	return s.mode, runtime.GOOS != "windows" && s.mode&others != 0
}

// others are the permissions of group and world.
const others = 0o077

// Stat returns the stamp of the file that path leads to.
func Stat(path string) (Stamp, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Stamp{}, nil
	}
	if err != nil {
		return Stamp{}, fmt.Errorf("look at %s: %w", path, atomicfile.Cause(err))
	}
	return stampOf(info), nil
}

func stampOf(info fs.FileInfo) Stamp {
	return Stamp{true, inode(info), info.Size(), info.ModTime().UTC(), info.Mode().Perm()}
}

// Load reads the file that path leads to. A missing file is an empty one, as
// is the null device, which people name to have no file at all; one that
// cannot be read, or that is no text, is an error that says so, never an empty
// file.
func Load(ctx context.Context, kind Kind, path string) (*File, Stamp, error) {
	c, err := read(ctx, path)
	if err != nil {
		return nil, Stamp{}, err
	}
	return parse(kind, c.text), c.stamp, nil
}

// bufferSize is what is read and written at a time: large enough that system
// calls do not count, small enough to stay in the processor's cache.
const bufferSize = 128 << 10

// content is what a file was when it was read.
type content struct {
	text  string
	stamp Stamp
	info  fs.FileInfo // nil if there was no file
}

func read(ctx context.Context, path string) (content, error) {
	var (
		text strings.Builder
		c    content
	)
	file, info, err := open(ctx, path)
	if err != nil || file == nil {
		return c, err
	}
	defer func() { _ = file.Close() }() // nothing was written to it
	text.Grow(int(info.Size()) + 1)
	if _, err := io.CopyBuffer(&text, onlyReader{file}, make([]byte, bufferSize)); err != nil {
		return c, fmt.Errorf("read %s: %w", path, atomicfile.Cause(err))
	}
	if err := textfile.Check(text.String()); err != nil {
		return c, fmt.Errorf("read %s: %w", path, err)
	}
	return content{text.String(), stampOf(info), info}, nil
}

// isStill reports whether the file is what it was when it was read. It
// compares the content too, since a change in place may leave size and time
// alike.
func (c content) isStill(ctx context.Context, path string) (bool, error) {
	file, info, err := open(ctx, path)
	if err != nil {
		return false, err
	}
	if file == nil {
		return c.info == nil, nil
	}
	defer func() { _ = file.Close() }() // nothing was written to it
	if c.info == nil || stampOf(info) != c.stamp {
		return false, nil
	}
	rest := c.text
	chunk := make([]byte, bufferSize)
	for {
		n, err := file.Read(chunk)
		if n > len(rest) || string(chunk[:n]) != rest[:n] {
			return false, nil
		}
		rest = rest[n:]
		if errors.Is(err, io.EOF) {
			return rest == "", nil
		}
		if err != nil {
			return false, fmt.Errorf("read %s: %w", path, atomicfile.Cause(err))
		}
	}
}

// onlyReader hides that files know to write themselves elsewhere, which would
// not use the buffer.
type onlyReader struct{ io.Reader }

// maxSize is far above what 100,000 profiles need.
const maxSize = 64 << 20

// open opens a file for reading, and tells what it was before anything was
// read: what changes later gives another stamp. It returns nil if there is no
// file.
func open(ctx context.Context, path string) (*os.File, fs.FileInfo, error) {
	fail := func(err error) (*os.File, fs.FileInfo, error) {
		return nil, nil, fmt.Errorf("read %s: %w", path, atomicfile.Cause(err))
	}
	if err := ctx.Err(); err != nil {
		return fail(err)
	}
	// Looked at first, since opening a pipe would wait for its writer.
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, nil
	case err != nil:
		return fail(err)
	case isNull(info):
		return nil, nil, nil
	case info.IsDir():
		return fail(fmt.Errorf("%w but a folder", ErrNotRegular))
	case !info.Mode().IsRegular():
		return fail(ErrNotRegular)
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return fail(err)
	}
	if info, err = file.Stat(); err == nil && info.Size() > maxSize {
		err = atomicfile.ErrTooLarge
	}
	if err != nil {
		_ = file.Close() // nothing was written to it
		return fail(err)
	}
	return file, info, nil
}

func isNull(info fs.FileInfo) bool {
	null, err := os.Stat(os.DevNull)
	return err == nil && os.SameFile(info, null)
}
