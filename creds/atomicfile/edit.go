package atomicfile

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
)

// attempts bounds how often an edit is made anew because another program has
// changed the file.
const attempts = 10

// Edit replaces the file that path leads to by what edit makes of its content, as
// [Write] does; nil is that of a missing file. Where another program, an editor
// say, changes the file meanwhile, edit is called anew, so that it must not keep
// or count anything. If it changes nothing, nothing is written; its error is
// returned as it is. limit is that of [Read].
//
// There is no lock: two calls for one file must not run at the same time.
func Edit(ctx context.Context, path string, limit int64, mode fs.FileMode, edit func(old []byte) ([]byte, error)) error {
	for range attempts {
		old, info, err := Read(path, limit)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		data, err := edit(bytes.Clone(old))
		if err != nil {
			return err
		}
		if bytes.Equal(data, old) {
			return nil
		}
		file, err := Follow(path)
		if err == nil {
			err = replace(ctx, file, data, mode, func() error { return unchanged(path, limit, info, old) })
		}
		if !errors.Is(err, ErrChanged) {
			return named(path, err)
		}
	}
	return named(path, ErrChanged)
}

// unchanged compares the content too, since a change in place may leave size and
// time alike.
func unchanged(path string, limit int64, was fs.FileInfo, old []byte) error {
	data, now, err := read(path, limit)
	switch {
	case errors.Is(err, fs.ErrNotExist) && was == nil:
		return nil
	case err != nil || was == nil || !isStill(now, was) || !bytes.Equal(data, old):
		return ErrChanged
	}
	return nil
}
