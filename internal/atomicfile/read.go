package atomicfile

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"daypass/internal/lang"
)

var (
	// ErrNotRegular says that a path leads to a folder, a pipe or a device.
	ErrNotRegular = lang.Error("not a regular file")
	// ErrTooLarge says that a file is larger than its limit.
	ErrTooLarge = lang.Error("it is too large")
)

// Read returns the content of the file that path leads to, and its info before it was
// read. A file of more than limit bytes is refused unread, with [ErrTooLarge]; of all
// errors only that one comes with an info. What is no regular file is refused with
// [ErrNotRegular]: reading a pipe would wait for its writer, and some devices have no
// end. The error names path and is one line; that of a missing file wraps
// [fs.ErrNotExist].
func Read(path string, limit int64) (data []byte, info fs.FileInfo, err error) {
	data, info, err = read(path, limit)
	if err != nil {
		return nil, info, lang.Errorf("read %s: %w", path, Cause(err))
	}
	return data, info, nil
}

func read(path string, limit int64) ([]byte, fs.FileInfo, error) {
	file, info, err := open(path, limit)
	if err != nil {
		return nil, info, err
	}
	defer func() { _ = file.Close() }() // nothing was written to it
	var data bytes.Buffer
	data.Grow(int(info.Size()) + bytes.MinRead)
	switch n, err := data.ReadFrom(io.LimitReader(file, limit+1)); {
	case n > limit: // it grows
		return nil, info, ErrTooLarge
	case err != nil:
		return nil, nil, err
	}
	return data.Bytes(), info, nil
}

// chunk is how much is read, compared and written at a time: large enough to make system
// calls cheap, small enough to stay in the processor's cache.
const chunk = 128 << 10

// ReadText is [Read] for a text, whose pieces share its memory. A missing file is an empty
// one without an info, and so is the null device, which people name to have no file.
func ReadText(path string, limit int64) (text string, info fs.FileInfo, err error) {
	file, info, err := open(path, limit)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, ErrNotRegular) && isNull(path):
		return "", nil, nil
	case errors.Is(err, ErrNotRegular) && isFolder(path):
		err = lang.Errorf("%w but a folder", err)
	case err == nil:
		defer func() { _ = file.Close() }() // nothing was written to it
		text, err = readText(file, info.Size(), limit)
	}
	if err != nil {
		return "", nil, lang.Errorf("read %s: %w", path, Cause(err))
	}
	return text, info, nil
}

func readText(from io.Reader, size, limit int64) (string, error) {
	var text strings.Builder
	text.Grow(int(size) + 1)
	n, err := io.CopyBuffer(&text, io.LimitReader(from, limit+1), make([]byte, chunk))
	if n > limit { // it grows
		err = ErrTooLarge
	}
	return text.String(), err
}

func isNull(path string) bool {
	info, err := os.Stat(path)
	null, nullErr := os.Stat(os.DevNull)
	return err == nil && nullErr == nil && os.SameFile(info, null)
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// open opens a file for reading, and returns its info before anything is read.
func open(path string, limit int64) (*os.File, fs.FileInfo, error) {
	// Checked before it is opened, as opening alone affects some devices.
	info, err := os.Stat(path)
	if err == nil {
		err = regular(info)
	}
	if err != nil {
		return nil, nil, err
	}
	// It may have become a pipe, and opening must not wait.
	file, err := os.OpenFile(path, os.O_RDONLY|nonblocking, 0)
	if err != nil {
		return nil, nil, err
	}
	if info, err = file.Stat(); err == nil {
		err = regular(info)
	}
	if err == nil && info.Size() > limit {
		err = ErrTooLarge
	} else if err != nil {
		info = nil
	}
	if err != nil {
		_ = file.Close() // nothing was written to it
		return nil, info, err
	}
	return file, info, nil
}

func regular(info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return ErrNotRegular
	}
	return nil
}
