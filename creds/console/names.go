package console

import (
	"slices"

	"daypass/creds"
)

// RenameProfile has the bookmarks of a profile be those of another name.
func (b *Bookmarks) RenameProfile(from, to string) error {
	_, _, err := b.changeOf(from, func(one creds.Bookmark) (creds.Bookmark, bool) {
		var names []string
		for _, name := range one.Profiles {
			if name == from {
				name = to
			}
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		one.Profiles = names
		return one, true
	})
	return err
}

// ForgetProfile removes the bookmarks of a profile alone, and takes it off those that others
// have too.
func (b *Bookmarks) ForgetProfile(profile string) error {
	_, _, err := b.changeOf(profile, func(one creds.Bookmark) (creds.Bookmark, bool) {
		one.Profiles = slices.DeleteFunc(slices.Clone(one.Profiles), func(name string) bool { return name == profile })
		return one, len(one.Profiles) > 0 // without any it would be for all
	})
	return err
}

// changeOf changes the bookmarks of a profile, or removes those that are not to be kept. If
// there are none, the file is not written.
func (b *Bookmarks) changeOf(profile string, with func(creds.Bookmark) (one creds.Bookmark, keep bool)) (all creds.Bookmarks, note string, err error) {
	has := func(one creds.Bookmark) bool { return slices.Contains(one.Profiles, profile) }
	all, err = b.List()
	if err != nil || !slices.ContainsFunc(all.Bookmarks, has) {
		return all, "", err
	}
	return b.change(func(list []creds.Bookmark) (out []creds.Bookmark, _ error) {
		for _, one := range list {
			keep := true
			if has(one) {
				one, keep = with(one)
			}
			if keep {
				out = append(out, one)
			}
		}
		return out, nil
	})
}

// RenameProfile has the visits of a profile be those of another name.
func (v *Visits) RenameProfile(from, to string) error {
	return v.change(from, func(one creds.Visit) (creds.Visit, bool) {
		one.Profile = to
		return one, true
	})
}

// ForgetProfile forgets the visits of a profile.
func (v *Visits) ForgetProfile(profile string) error {
	return v.change(profile, func(one creds.Visit) (creds.Visit, bool) { return one, false })
}

// change changes the visits of a profile, or forgets those that are not to be kept.
func (v *Visits) change(profile string, with func(creds.Visit) (one creds.Visit, keep bool)) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	list, err := v.read()
	if err != nil || !slices.ContainsFunc(list, func(one creds.Visit) bool { return one.Profile == profile }) {
		return err
	}
	var out []creds.Visit
	for _, one := range list {
		keep := true
		if one.Profile == profile {
			one, keep = with(one)
		}
		if keep {
			out = append(out, one)
		}
	}
	return v.write(out)
}
