package console

import (
	"slices"

	"daypass/creds"
	"daypass/internal/lang"
)

// apply makes a request's change in the list, which it may overwrite.
func (b *Bookmarks) apply(list []creds.Bookmark, r creds.BookmarksRequest) ([]creds.Bookmark, error) {
	changes := 0
	for _, set := range []bool{r.Put != nil, r.Remove != "", r.Order != nil, r.Import != ""} {
		if set {
			changes++
		}
	}
	switch {
	case changes != 1 || r.Put == nil && (r.AnyRegion || r.Was != ""):
		return nil, errOneChange
	case r.Put != nil:
		return b.put(list, r)
	case r.Remove != "":
		i, err := indexOf(list, r.Remove)
		if err != nil {
			return nil, err
		}
		return slices.Delete(list, i, i+1), nil
	case r.Order != nil:
		return order(list, r.Order)
	}
	return b.merge(list, r.Import)
}

func (b *Bookmarks) put(list []creds.Bookmark, r creds.BookmarksRequest) ([]creds.Bookmark, error) {
	one, err := b.check(*r.Put, r.AnyRegion)
	if err != nil {
		return nil, err
	}
	i := index(list, one.Name)
	if r.Was != "" && r.Was != one.Name {
		if i >= 0 {
			return nil, lang.Errorf("there is a bookmark called %q already; use another name", one.Name)
		}
		if i, err = indexOf(list, r.Was); err != nil {
			return nil, err
		}
	}
	return place(list, i, one)
}

// place puts a bookmark at i, or at the end if i is negative.
func place(list []creds.Bookmark, i int, one creds.Bookmark) ([]creds.Bookmark, error) {
	if i >= 0 {
		list[i] = one
		return list, nil
	}
	if len(list) == maxBookmarks {
		return nil, errTooMany
	}
	return append(list, one), nil
}

func order(list []creds.Bookmark, names []string) ([]creds.Bookmark, error) {
	sorted := make([]creds.Bookmark, 0, len(list))
	for _, name := range names {
		i, err := indexOf(list, name)
		if err == nil && index(sorted, name) >= 0 {
			err = lang.Errorf("it names %q twice", name)
		}
		if err != nil {
			return nil, lang.Errorf("the new order does not fit: %w", err)
		}
		sorted = append(sorted, list[i])
	}
	if len(sorted) != len(list) {
		return nil, lang.Error("the new order does not name all bookmarks; look at them again")
	}
	return sorted, nil
}

func (b *Bookmarks) merge(list []creds.Bookmark, text string) ([]creds.Bookmark, error) {
	imported, err := b.parse(text)
	if err != nil {
		return nil, lang.Errorf("these bookmarks cannot be imported: %w", err)
	}
	for _, one := range imported {
		if list, err = place(list, index(list, one.Name), one); err != nil {
			return nil, err
		}
	}
	return list, nil
}
