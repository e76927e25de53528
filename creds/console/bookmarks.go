package console

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/BurntSushi/toml"

	"daypass/creds"
	"daypass/internal/atomicfile"
	"daypass/internal/lang"
	"daypass/internal/tomlfile"
	"daypass/internal/words"
)

// The limits are far above what people have, and keep menus and files small.
const (
	maxBookmarks    = 1000
	maxBookmarkName = 100 // characters
	// patience is for another process that is changing the file.
	patience = 10 * time.Second
)

// Bookmarks are the pages that a person keeps, in a TOML file that the person may edit
// too. It is read each time.
type Bookmarks struct {
	path     string
	endpoint string
	mu       sync.Mutex // one change at a time
}

// NewBookmarks returns the bookmarks in a file, which need not be there.
// endpoint is as for [Destination].
func NewBookmarks(path, endpoint string) *Bookmarks {
	return &Bookmarks{path: path, endpoint: endpoint}
}

// Path is that of the file.
func (b *Bookmarks) Path() string { return b.path }

// List returns all bookmarks in their order. For an invalid file the error says where,
// and the file is unchanged.
func (b *Bookmarks) List() (creds.Bookmarks, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	list, err := b.read()
	if err != nil {
		return creds.Bookmarks{}, err
	}
	return export(list)
}

// Find returns the bookmark of a name.
func (b *Bookmarks) Find(name string) (creds.Bookmark, error) {
	all, err := b.List()
	if err != nil {
		return creds.Bookmark{}, err
	}
	i, err := indexOf(all.Bookmarks, name)
	if err != nil {
		return creds.Bookmark{}, err
	}
	return all.Bookmarks[i], nil
}

// Change changes the bookmarks and returns them. With an error, which is a sentence for
// people, nothing is written. note is set if the file had been edited by hand, so that
// comments would be lost: it says where the copy is.
func (b *Bookmarks) Change(r creds.BookmarksRequest) (all creds.Bookmarks, note string, err error) {
	return b.change(func(list []creds.Bookmark) ([]creds.Bookmark, error) { return b.apply(list, r) })
}

// change is Change by what makes it in the list, which it may overwrite.
func (b *Bookmarks) change(make func([]creds.Bookmark) ([]creds.Bookmark, error)) (all creds.Bookmarks, note string, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, err := b.read(); err != nil {
		return creds.Bookmarks{}, "", err
	}
	var known error // it is a sentence
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err = atomicfile.Edit(ctx, b.path, tomlfile.MaxSize, func(old string) (atomicfile.Edited, error) {
		var text, kept string
		if all, text, known = b.edited(old, make); known == nil && text != old {
			if kept, known = b.keepCopy(old); kept != "" {
				note = kept
			}
		}
		return atomicfile.Edited{Text: []string{text}}, known
	})
	switch {
	case known != nil:
		return creds.Bookmarks{}, "", known
	case err != nil:
		return creds.Bookmarks{}, note, lang.Errorf("the bookmarks cannot be saved: %w", err)
	}
	return all, note, nil
}

// edited returns the bookmarks in a text with a change made, and their text, which
// is the old one if they are the same.
func (b *Bookmarks) edited(before string, make func([]creds.Bookmark) ([]creds.Bookmark, error)) (all creds.Bookmarks, text string, err error) {
	old, err := b.understand(before)
	if err != nil {
		return all, "", err
	}
	list, err := make(slices.Clone(old))
	if err != nil {
		return all, "", err
	}
	if all, err = export(list); err != nil || slices.EqualFunc(old, list, equal) {
		return all, before, err
	}
	return all, all.TOML, nil
}

// read returns the bookmarks in the file.
func (b *Bookmarks) read() ([]creds.Bookmark, error) {
	data, err := tomlfile.Read(b.path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, lang.Errorf("the bookmarks cannot be read: %w; correct the file or move it away", err)
	}
	return b.understand(string(data))
}

// understand parses the file's text.
func (b *Bookmarks) understand(text string) ([]creds.Bookmark, error) {
	list, err := b.parse(text)
	if err != nil {
		return nil, lang.Errorf("the bookmarks in %s cannot be used: %w; correct the file or move it away", b.path, err)
	}
	return list, nil
}

// keepCopy copies a file that is not as Change wrote it.
func (b *Bookmarks) keepCopy(text string) (note string, err error) {
	old, err := b.understand(text)
	if err != nil {
		return "", err
	}
	written, err := export(old)
	if err != nil || text == "" || text == written.TOML {
		return "", err
	}
	kept, err := atomicfile.WriteNew(context.Background(), b.path+".edited", []byte(text), 0o600)
	if err != nil {
		return "", lang.Errorf("the bookmarks were edited by hand and cannot be copied before they are changed: %w", err)
	}
	return lang.Sprintf("the bookmarks had been edited by hand; the file as it was, with its comments, is now %s", kept), nil
}

// bookmarksFile is the form of the file.
type bookmarksFile struct {
	Bookmark []creds.Bookmark `toml:"bookmark"`
}

const bookmarksHead = `# Pages of the AWS console. {region} is filled in with the profile's region, and
# a bookmark without profiles is for all of them. daypass writes this file anew;
# before it does so, it copies one that was edited by hand.
`

// export returns bookmarks as they cross the wire, and their text.
func export(list []creds.Bookmark) (creds.Bookmarks, error) {
	text := bytes.NewBufferString(bookmarksHead)
	e := toml.NewEncoder(text)
	e.Indent = ""
	if len(list) > 0 {
		text.WriteByte('\n')
		if err := e.Encode(bookmarksFile{list}); err != nil {
			return creds.Bookmarks{}, lang.Errorf("the bookmarks cannot be written: %w", err)
		}
	}
	return creds.Bookmarks{Bookmarks: append([]creds.Bookmark{}, list...), TOML: text.String()}, nil
}

// parse reads a text, all of which must be right.
func (b *Bookmarks) parse(text string) ([]creds.Bookmark, error) {
	var f bookmarksFile
	meta, err := tomlfile.Decode(text, &f)
	if err != nil {
		return nil, err
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, lang.Errorf("%q is no key of a bookmark", unknown[0].String())
	}
	if len(f.Bookmark) > maxBookmarks {
		return nil, errTooMany
	}
	var list []creds.Bookmark
	for _, one := range f.Bookmark {
		checked, err := b.check(one, false)
		if err != nil {
			return nil, err
		}
		if index(list, checked.Name) >= 0 {
			return nil, lang.Errorf("there are two bookmarks called %q", checked.Name)
		}
		list = append(list, checked)
	}
	return list, nil
}

var errTooMany = lang.Errorf("there are more than %d bookmarks", maxBookmarks)

// check returns a bookmark with its name trimmed and its address cleaned.
func (b *Bookmarks) check(one creds.Bookmark, anyRegion bool) (creds.Bookmark, error) {
	name := strings.TrimSpace(one.Name)
	if name == "" || utf8.RuneCountInString(name) > maxBookmarkName || !words.IsOneLine(name) {
		return one, lang.Errorf("%.120q is no name for a bookmark; use a text of up to %d characters on one line", one.Name, maxBookmarkName)
	}
	clean := Clean
	if anyRegion {
		clean = CleanAnyRegion
	}
	address, err := clean(one.URL, b.endpoint)
	if err != nil {
		return one, lang.Errorf("bookmark %q: %w", name, err)
	}
	checked := creds.Bookmark{Name: name, URL: address}
	for _, profile := range one.Profiles {
		if profile == "" || !words.IsOneLine(profile) {
			return one, lang.Errorf("bookmark %q: %q is no name of a profile", name, profile)
		}
		if !slices.Contains(checked.Profiles, profile) {
			checked.Profiles = append(checked.Profiles, profile)
		}
	}
	return checked, nil
}

func index(list []creds.Bookmark, name string) int {
	return slices.IndexFunc(list, func(one creds.Bookmark) bool { return one.Name == name })
}

func equal(a, b creds.Bookmark) bool {
	return a.Name == b.Name && a.URL == b.URL && slices.Equal(a.Profiles, b.Profiles)
}

// indexOf is index for a bookmark that must exist.
func indexOf(list []creds.Bookmark, name string) (int, error) {
	i := index(list, name)
	if i < 0 {
		return i, lang.Errorf("there is no bookmark called %q", name)
	}
	return i, nil
}

var errOneChange = lang.Error("a request changes one thing about the bookmarks")
