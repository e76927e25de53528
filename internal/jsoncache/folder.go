// Package jsoncache reads and writes the folders of JSON files in which the AWS CLI and
// SDKs keep tokens, and which daypass shares with them.
package jsoncache

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"daypass/internal/atomicfile"
	"daypass/internal/lang"
)

const (
	// TornFor is how long a file may be half written: the AWS CLI and SDKs truncate
	// files before they write them.
	TornFor = time.Second
	// TornPause is between two tries to read such a file.
	TornPause = 20 * time.Millisecond
)

// Damage is what is wrong with a file that cannot be read.
type Damage struct {
	Path string
	// Aside is where the file is now; empty if it is where it was.
	Aside string
	// Why is the fault, such as "it is empty", without any of the content.
	Why string
	// Err is why the file could not be set aside.
	Err error
}

// Folder is a folder of such files. Files are replaced in one step, and are for their
// owner only. A Folder may be used concurrently.
type Folder struct {
	Dir string
	Log *slog.Logger
	// Damaged returns the error of a file that cannot be read.
	Damaged func(Damage) error
}

// File is a file as it was read.
type File struct {
	Path   string // what the name leads to
	Object Object
	info   fs.FileInfo
}

// Load reads a file, and waits up to a second for an invalid one to be written to its end.
// It returns nil if there is none, and a [Folder.Damaged] when a file was set aside.
func (f Folder) Load(ctx context.Context, name string) (*File, error) {
	path := filepath.Join(f.Dir, name)
	for start := time.Now(); ; {
		if err := ctx.Err(); err != nil {
			return nil, lang.Errorf("read %s: %w", path, err)
		}
		data, info, err := atomicfile.Read(path, MaxFile)
		file := &File{Path: path, info: info}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, nil
		case errors.Is(err, atomicfile.ErrTooLarge):
			return nil, f.SetAside(file, atomicfile.ErrTooLarge.Error())
		case err != nil:
			return nil, err
		}
		if file.Object, err = Parse(data); err == nil {
			f.makePrivate(path)
			return file, nil
		}
		if time.Since(info.ModTime()) >= TornFor || time.Since(start) >= TornFor {
			return nil, f.SetAside(file, err.Error())
		}
		if err := Sleep(ctx, TornPause); err != nil {
			return nil, lang.Errorf("read %s: %w", path, err)
		}
	}
}

// makePrivate gives a file the mode 0600, as the AWS CLI does.
func (f Folder) makePrivate(path string) {
	if err := atomicfile.MakePrivate(path); err != nil {
		f.Log.Warn("a file of the token cache is open to other users", "error", err)
	}
}

// SetAside renames an invalid file, and returns a [Folder.Damaged]. No such file is
// deleted.
func (f Folder) SetAside(file *File, why string) error {
	aside, err := atomicfile.SetAside(file.Path, file.info)
	if err != nil {
		return f.Damaged(Damage{Path: file.Path, Why: why, Err: err})
	}
	f.Log.Warn("a file of the token cache was set aside", "file", file.Path, "as", aside, "why", why)
	return f.Damaged(Damage{Path: file.Path, Aside: aside, Why: why})
}

// Store replaces a file in one step, for its owner only.
func (f Folder) Store(ctx context.Context, name string, o Object) error {
	path := filepath.Join(f.Dir, name)
	data, err := o.Marshal()
	if err != nil {
		return lang.Errorf("write %s: %w", path, err)
	}
	return atomicfile.Write(ctx, path, data, 0o600)
}

// Remove deletes a file, if it exists.
func (f Folder) Remove(ctx context.Context, name string) error {
	path := filepath.Join(f.Dir, name)
	err := ctx.Err()
	if err == nil {
		err = RemoveFile(path)
	}
	if err != nil {
		return lang.Errorf("remove %s: %w", path, atomicfile.Cause(err))
	}
	return nil
}

// RemoveFile deletes a file, if it exists; of a link its target, which has the secret.
func RemoveFile(path string) error {
	file, err := atomicfile.Follow(path)
	if err == nil {
		err = os.Remove(file)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Sleep waits, or returns why the context ended.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
