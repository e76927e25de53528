package agent_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daypass/creds"
	"daypass/creds/credstest"
)

const bookmarkOfHand = "[[bookmark]]\nname = 'Buckets'\nurl = 'https://s3.console.aws.amazon.com/s3/home'\n"

func hasBookmark(name string) func(creds.Snapshot) bool {
	return func(s creds.Snapshot) bool {
		return slices.ContainsFunc(s.Bookmarks, func(b creds.Bookmark) bool { return b.Name == name })
	}
}

func hasProblem(words string) func(creds.Snapshot) bool {
	return func(s creds.Snapshot) bool {
		return slices.ContainsFunc(s.Problems, func(p creds.Error) bool { return strings.Contains(p.Message, words) })
	}
}

func TestBookmarksThatAreEditedByHandAreShown(t *testing.T) {
	h := newHouse(t, true)
	o := h.onlooker(t)
	path := h.consoles.Bookmarks.Path()
	write := func(text string) {
		t.Helper()
		credstest.Write(t, path+"~", text)
		if err := os.Rename(path+"~", path); err != nil {
			t.Fatal(err)
		}
	}
	write(bookmarkOfHand)
	o.until("the bookmark", hasBookmark("Buckets"))
	// In place, too.
	credstest.Write(t, path, strings.ReplaceAll(bookmarkOfHand, "Buckets", "Pails"))
	o.until("the other name", hasBookmark("Pails"))
	// With a fault in the file the last good ones stay, and the fault is reported.
	write("[[bookmark]]\ncolour = 'red'\n")
	o.until("what is wrong", func(s creds.Snapshot) bool {
		return hasProblem(filepath.Base(path))(s) && hasBookmark("Pails")(s)
	})
	write(bookmarkOfHand)
	o.until("that it is mended", func(s creds.Snapshot) bool {
		return !hasProblem(filepath.Base(path))(s) && hasBookmark("Buckets")(s)
	})
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	o.until("none", func(s creds.Snapshot) bool { return len(s.Bookmarks) == 0 })
}
