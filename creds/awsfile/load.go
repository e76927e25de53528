package awsfile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"runtime"
	"time"

	"daypass/internal/atomicfile"
	"daypass/internal/lang"
	"daypass/internal/textfile"
)

// Stamp distinguishes the states of a file without reading it. Compare stamps with ==;
// the zero Stamp is a missing file's. Two states share a stamp if they were written in
// place, with equal sizes, within one tick of the file system's clock.
type Stamp struct {
	exists  bool
	file    uint64 // inode; 0 on Windows
	size    int64
	changed time.Time
	mode    fs.FileMode // permissions
}

// Shared returns a file's permissions, and whether users other than its owner have any.
// Windows has other means to say who may do what.
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
		return Stamp{}, lang.Errorf("look at %s: %w", path, atomicfile.Cause(err))
	}
	return stampOf(info), nil
}

func stampOf(info fs.FileInfo) Stamp {
	return Stamp{true, inode(info), info.Size(), info.ModTime().UTC(), info.Mode().Perm()}
}

// Load reads the file that path leads to. A missing file is an empty one, as is the null
// device, which people name to have no file at all. A file that cannot be read, or that
// is no text, is an error, never an empty file.
func Load(ctx context.Context, kind Kind, path string) (*File, Stamp, error) {
	if err := ctx.Err(); err != nil {
		return nil, Stamp{}, lang.Errorf("read %s: %w", path, err)
	}
	text, info, err := atomicfile.ReadText(path, maxSize)
	if err == nil {
		err = checkText(path, text)
	}
	if err != nil {
		return nil, Stamp{}, err
	}
	stamp := Stamp{}
	if info != nil {
		stamp = stampOf(info)
	}
	return parse(kind, text), stamp, nil
}

// maxSize is far above what 100,000 profiles need.
const maxSize = 64 << 20

func checkText(path, text string) error {
	if err := textfile.Check(text); err != nil {
		return lang.Errorf("read %s: %w", path, err)
	}
	return nil
}
