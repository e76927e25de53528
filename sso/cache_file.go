package sso

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"daypass/internal/atomicfile"
	"daypass/internal/lang"
)

const (
	// maxFile is far above what a token needs, which may have a few KB.
	maxFile = 1 << 20
	// The AWS CLI truncates files before it writes them, so that a new one may be
	// half written.
	tornFor   = time.Second
	tornPause = 20 * time.Millisecond
)

// cacheFile is a file of the cache as it was read.
type cacheFile struct {
	path   string // what the name leads to
	info   fs.FileInfo
	object object
}

// load reads a file, and waits up to a second for an invalid one to be written to its end.
// It returns nil if there is none, and a [Damaged] when a file was set aside.
func (c *Cache) load(ctx context.Context, name string) (*cacheFile, error) {
	path := filepath.Join(c.dir, name)
	for start := time.Now(); ; {
		if err := ctx.Err(); err != nil {
			return nil, lang.Errorf("read %s: %w", path, err)
		}
		data, info, err := atomicfile.Read(path, maxFile)
		file := &cacheFile{path: path, info: info}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, nil
		case errors.Is(err, atomicfile.ErrTooLarge):
			return nil, c.setAside(file, atomicfile.ErrTooLarge.Error())
		case err != nil:
			return nil, err
		}
		if file.object, err = parseObject(data); err == nil {
			c.makePrivate(path)
			return file, nil
		}
		if time.Since(info.ModTime()) >= tornFor || time.Since(start) >= tornFor {
			return nil, c.setAside(file, err.Error())
		}
		if err := sleep(ctx, tornPause); err != nil {
			return nil, lang.Errorf("read %s: %w", path, err)
		}
	}
}

// makePrivate gives a file the mode 0600, as the AWS CLI does.
func (c *Cache) makePrivate(path string) {
	if err := atomicfile.MakePrivate(path); err != nil {
		c.log.Warn("a file of the token cache is open to other users", "error", err)
	}
}

// setAside renames an invalid file, and returns a [Damaged]. No such file is deleted.
func (c *Cache) setAside(file *cacheFile, why string) error {
	d := &Damaged{Path: file.path, Why: why}
	aside, err := atomicfile.SetAside(file.path, file.info)
	if err != nil {
		d.Err = err
		return d
	}
	d.Aside = aside
	c.log.Warn("a file of the token cache was set aside", "file", file.path, "as", aside, "why", why)
	return d
}

// store replaces a file in one step, for its owner only.
func (c *Cache) store(ctx context.Context, name string, o object) error {
	path := filepath.Join(c.dir, name)
	data, err := marshal(o)
	if err != nil {
		return lang.Errorf("write %s: %w", path, err)
	}
	return atomicfile.Write(ctx, path, data, 0o600)
}

// remove deletes a file of the cache, if it exists.
func (c *Cache) remove(ctx context.Context, name string) error {
	path := filepath.Join(c.dir, name)
	err := ctx.Err()
	if err == nil {
		err = removeFile(path)
	}
	if err != nil {
		return lang.Errorf("remove %s: %w", path, atomicfile.Cause(err))
	}
	return nil
}

// removeFile deletes a file, if it exists; of a link its target, which has the secret.
func removeFile(path string) error {
	file, err := atomicfile.Follow(path)
	if err == nil {
		err = os.Remove(file)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
