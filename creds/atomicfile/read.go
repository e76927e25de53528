package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

var (
	// ErrNotRegular says that a path leads to a folder, a pipe or a device.
	ErrNotRegular = errors.New("not a regular file")
	// ErrTooLarge says that a file is larger than any that makes sense there.
	ErrTooLarge = errors.New("it is too large")
)

// Read returns what the file has that path leads to, and what it was before it
// was read. A file of more than limit bytes is refused with [ErrTooLarge], unread;
// with that error alone there is an info. What is no regular file is refused with
// [ErrNotRegular]: reading a pipe would wait for its writer, and some devices have
// no end. The error names path and is one line; that of a missing file wraps
// [fs.ErrNotExist].
func Read(path string, limit int64) (data []byte, info fs.FileInfo, err error) {
	data, info, err = read(path, limit)
	if err != nil {
		return nil, info, fmt.Errorf("read %s: %w", path, Cause(err))
	}
	return data, info, nil
}

func read(path string, limit int64) ([]byte, fs.FileInfo, error) {
	// Looked at before it is opened, which alone does something to some devices.
	info, err := os.Stat(path)
	if err == nil {
		err = regular(info)
	}
	if err != nil {
		return nil, nil, err
	}
	// It may be a pipe by now, and opening must not wait.
	file, err := os.OpenFile(path, os.O_RDONLY|nonblocking, 0)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = file.Close() }() // nothing was written to it
	if info, err = file.Stat(); err == nil {
		err = regular(info)
	}
	if err != nil {
		return nil, nil, err
	}
	if info.Size() > limit {
		return nil, info, ErrTooLarge
	}
	data := make([]byte, 0, info.Size()+1)
	for {
		n, err := file.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case int64(len(data)) > limit: // it grows
			return nil, info, ErrTooLarge
		case errors.Is(err, io.EOF):
			return data, info, nil
		case err != nil:
			return nil, nil, err
		case len(data) == cap(data):
			data = append(data, 0)[:len(data)]
		}
	}
}

func regular(info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return ErrNotRegular
	}
	return nil
}
