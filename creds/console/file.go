package console

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"

	"daypass/creds/atomicfile"
)

// maxFile is far above what thousands of bookmarks need.
const maxFile = 4 << 20

var errTooLarge = errors.New("it is too large")

// readFile returns nil where there is no file.
func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // nothing was written to it
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = errTooLarge
	}
	return data, err
}

// writeFile replaces a file, or what a link leads to, in one step, mode 0600.
func writeFile(path string, data []byte) error {
	// Nobody waits longer than for a disk, or two seconds for readers.
	return atomicfile.Write(context.Background(), path, data, 0o600)
}

// freeName returns a name that no file has yet.
func freeName(path string) string {
	free := path
	for n := 2; ; n++ {
		if _, err := os.Lstat(free); err != nil {
			return free
		}
		free = path + "-" + strconv.Itoa(n)
	}
}
