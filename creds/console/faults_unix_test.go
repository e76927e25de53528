//go:build unix

package console_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"daypass/creds"
	"daypass/creds/console"
)

func TestAFolderInPlaceOfAListStaysAndIsReported(t *testing.T) {
	for name, put := range map[string]func(path string) error{
		"a folder": func(path string) error { return os.Mkdir(path, 0o700) },
		"a pipe":   func(path string) error { return syscall.Mkfifo(path, 0o600) },
	} {
		folder := t.TempDir()
		bookmarks, visits := filepath.Join(folder, "bookmarks.toml"), filepath.Join(folder, "visits.json")
		for _, path := range []string{bookmarks, visits} {
			if err := put(path); err != nil {
				t.Fatal(err)
			}
		}
		want := func(what string, err error, path string) {
			t.Helper()
			if err == nil || !strings.Contains(err.Error(), path+": not a regular file") || !strings.Contains(err.Error(), "move") {
				t.Errorf("%s: %s: %v", name, what, err)
			}
		}
		b, v := console.NewBookmarks(bookmarks, ""), console.NewVisits(visits, nil)
		_, err := b.List()
		want("listing bookmarks", err, bookmarks)
		_, _, err = b.Change(creds.BookmarksRequest{Put: &creds.Bookmark{Name: "x", URL: s3Page}})
		want("changing bookmarks", err, bookmarks)
		_, err = v.List()
		want("listing visits", err, visits)
		_, err = v.Add(creds.Visit{Destination: "x", Opened: time.Now()})
		want("adding a visit", err, visits)
		if left, err := os.ReadDir(folder); err != nil || len(left) != 2 {
			t.Errorf("%s: there are %v, %v", name, left, err)
		}
	}
}
