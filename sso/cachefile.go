package sso

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	newFolder = 0o700
	maxLinks  = 40 // as many as Linux follows
	// maxFile is far above what a token needs, which may have a few KB.
	maxFile   = 1 << 20
	tempInfix = ".daypass-"
	// The AWS CLI truncates files before it writes them, so that one which
	// was just touched may only be half written.
	tornFor   = time.Second
	tornPause = 20 * time.Millisecond
	// tempLife is more than a write takes.
	tempLife   = time.Minute
	unreadable = ".unreadable"
)

// cacheFile is a file of the cache as it was read.
type cacheFile struct {
	path   string // what the name leads to
	info   fs.FileInfo
	object object
}

// load reads a file, and gives one that makes no sense a second to be written to
// its end. It returns nil where there is none, and a [Damaged] when a file was
// set aside.
func (c *Cache) load(ctx context.Context, name string) (*cacheFile, error) {
	path := filepath.Join(c.dir, name)
	for start := time.Now(); ; {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
		data, info, err := readFile(path)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", path, bare(err))
		}
		if info == nil {
			return nil, nil
		}
		file := &cacheFile{path: path, info: info}
		if file.object, err = parseObject(data); err == nil {
			return file, nil
		}
		if time.Since(info.ModTime()) >= tornFor || time.Since(start) >= tornFor {
			return nil, c.setAside(file, err.Error())
		}
		if err := pause(ctx, tornPause); err != nil {
			return nil, fmt.Errorf("read %s: %w", path, err)
		}
	}
}

// readFile returns no info where there is no file.
func readFile(path string) ([]byte, fs.FileInfo, error) {
	// Looked at first, since opening a pipe would wait for its writer.
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, nil
	case err != nil:
		return nil, nil, err
	case !info.Mode().IsRegular():
		return nil, nil, errors.New("not a regular file")
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = file.Close() }() // nothing was written to it
	if info, err = file.Stat(); err != nil {
		return nil, nil, err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	return data, info, err
}

// setAside renames a file that makes no sense, and says so. It is never deleted,
// nor is an earlier one.
func (c *Cache) setAside(file *cacheFile, why string) error {
	d := &Damaged{Path: file.path, Why: why}
	path, err := follow(file.path)
	if err != nil {
		d.Err = err
		return d
	}
	if now, err := os.Stat(path); err != nil || !os.SameFile(now, file.info) || now.Size() != file.info.Size() || !now.ModTime().Equal(file.info.ModTime()) {
		d.Err = errors.New("another program is writing it; try again")
		return d
	}
	aside := path + unreadable
	for n := 2; exists(aside); n++ {
		aside = path + unreadable + "-" + strconv.Itoa(n)
	}
	if err := os.Rename(path, aside); err != nil {
		d.Err = bare(err)
		return d
	}
	d.Aside = aside
	c.log.Warn("a file of the token cache was set aside", "file", path, "as", aside, "why", why)
	return d
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// store replaces a file in one step, for its owner only.
func (c *Cache) store(ctx context.Context, name string, o object) error {
	path := filepath.Join(c.dir, name)
	fail := func(err error) error { return fmt.Errorf("write %s: %w", path, bare(err)) }
	data, err := marshal(o)
	if err != nil {
		return fail(err)
	}
	dir, err := follow(c.dir)
	if err != nil {
		return fail(err)
	}
	if err := os.MkdirAll(dir, newFolder); err != nil {
		return fail(err)
	}
	file, err := follow(filepath.Join(dir, name))
	if err != nil {
		return fail(err)
	}
	if info, err := os.Lstat(file); err == nil && !info.Mode().IsRegular() {
		return fail(errors.New("not a regular file"))
	}
	if err := replace(ctx, file, data); err != nil {
		return fail(err)
	}
	return nil
}

// replace writes a file beside the one to replace and renames it over.
func replace(ctx context.Context, path string, data []byte) (err error) {
	folder, prefix := filepath.Dir(path), "."+filepath.Base(path)+tempInfix
	sweep(folder, prefix)
	temp, err := os.CreateTemp(folder, prefix+"*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = temp.Close()           // closed already unless writing failed
			_ = os.Remove(temp.Name()) // not there any more if it was renamed
		}
	}()
	if _, err := temp.Write(data); err != nil {
		return err
	}
	if err := temp.Sync(); err != nil {
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := rename(ctx, temp.Name(), path); err != nil {
		return err
	}
	return syncFolder(folder)
}

// sweep removes what processes that were killed have left: there are secrets in
// it.
func sweep(folder, prefix string) {
	entries, _ := os.ReadDir(folder) // what cannot be listed cannot be swept
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), prefix) || !e.Type().IsRegular() {
			continue
		}
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > tempLife {
			_ = os.Remove(filepath.Join(folder, e.Name())) // the next write tries again
		}
	}
}

// remove deletes a file, or what a link leads to: that is where the secret is.
func (c *Cache) remove(ctx context.Context, name string) error {
	path := filepath.Join(c.dir, name)
	file, err := follow(path)
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = os.Remove(file)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", path, bare(err))
	}
	return nil
}

// follow resolves symbolic links, also to a file that is missing.
func follow(path string) (string, error) {
	for range maxLinks {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			return real, nil
		}
		folder := filepath.Dir(path)
		if real, err := filepath.EvalSymlinks(folder); err == nil {
			folder = real
		}
		path = filepath.Join(folder, filepath.Base(path))
		target, err := os.Readlink(path)
		if err != nil {
			return path, nil //nolint:nilerr // no link: this is the file to create
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(folder, target)
		}
		path = target
	}
	return "", errors.New("too many symbolic links")
}

// bare takes the operation and path off an error of package os: they name
// temporary files, and callers name the file that matters.
func bare(err error) error {
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

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
