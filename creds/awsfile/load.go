package awsfile

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// ErrNotRegular says that the path leads to a folder, a pipe or a device.
var ErrNotRegular = errors.New("not a regular file")

// Stamp tells one state of a file from another without reading it. Stamps may
// be compared with ==; the zero Stamp is that of a missing file. Two states
// made within one tick of the file system's clock, with equal sizes and in
// place, share a stamp.
type Stamp struct {
	exists  bool
	file    uint64 // inode; 0 on Windows
	size    int64
	changed time.Time
}

// Stat returns the stamp of the file that path leads to.
func Stat(path string) (Stamp, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Stamp{}, nil
	}
	if err != nil {
		return Stamp{}, fmt.Errorf("look at %s: %w", path, cause(err))
	}
	return stampOf(info), nil
}

func stampOf(info fs.FileInfo) Stamp {
	return Stamp{true, inode(info), info.Size(), info.ModTime().UTC()}
}

// Load reads the file that path leads to. A missing file is an empty one, as
// is the null device, which people name to have no file at all; one that
// cannot be read is an error that says so, never an empty file.
func Load(ctx context.Context, kind Kind, path string) (*File, Stamp, error) {
	c, err := read(ctx, path)
	if err != nil {
		return nil, Stamp{}, err
	}
	return Parse(kind, c.data), c.stamp, nil
}

// content is what a file was when it was read.
type content struct {
	data  []byte
	stamp Stamp
	info  fs.FileInfo // nil if there was no file
}

func read(ctx context.Context, path string) (content, error) {
	if err := ctx.Err(); err != nil {
		return content{}, fmt.Errorf("read %s: %w", path, err)
	}
	fail := func(err error) (content, error) {
		return content{}, fmt.Errorf("read %s: %w", path, cause(err))
	}
	// Looked at first, since opening a pipe would wait for its writer.
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return content{}, nil
	case err != nil:
		return fail(err)
	case path == os.DevNull:
		return content{}, nil
	case !info.Mode().IsRegular():
		return fail(ErrNotRegular)
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return content{}, nil
	}
	if err != nil {
		return fail(err)
	}
	defer func() { _ = file.Close() }() // nothing was written to it
	// Stamped before it is read: what changes later gives another stamp.
	if info, err = file.Stat(); err != nil {
		return fail(err)
	}
	data := make([]byte, info.Size(), info.Size()+512)
	n, err := io.ReadFull(file, data)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return fail(err)
	}
	more, err := io.ReadAll(file)
	if err != nil {
		return fail(err)
	}
	return content{append(data[:n], more...), stampOf(info), info}, nil
}

// cause takes the operation and path off an error of package os: they name
// temporary files, and every caller here names the file that matters.
func cause(err error) error {
	var (
		path *fs.PathError
		link *os.LinkError
	)
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
