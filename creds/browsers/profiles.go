package browsers

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"daypass/internal/atomicfile"
	"daypass/internal/lang"
)

// fileLimit is far above what browsers write: Chromium's Local State has some
// hundred kilobytes.
const fileLimit = 64 << 20

// chromiumProfiles reads the list of profiles from Local State, in the first of the
// folders that has one. The file is never written: it is the browser's own, and a
// running browser overwrites it.
func chromiumProfiles(folders []string) ([]Profile, string) {
	data, path, err := readFirst(folders, "Local State")
	if data == nil {
		return nil, unread(err)
	}
	var state struct {
		Profile struct {
			InfoCache map[string]struct {
				Name string `json:"name"`
			} `json:"info_cache"`
		} `json:"profile"`
	}
	if err := json.Unmarshal(data, &state); err != nil {
		return nil, lang.Sprintf("its profiles cannot be listed, as %s is damaged; start the browser once to have it repaired", path)
	}
	var profiles []Profile
	for dir, info := range state.Profile.InfoCache {
		// A single folder: the browser would make another path a new profile
		// elsewhere.
		if dir == "." || dir == ".." || strings.ContainsAny(dir, "/\\\x00") || dir == "" {
			continue
		}
		profiles = append(profiles, Profile{Dir: dir, Name: cmp.Or(info.Name, dir)})
	}
	return sorted(profiles), ""
}

// firefoxProfiles reads profiles.ini in the first of the folders that has one, and the
// databases of the profile menu that it names. installs.ini is not needed: it only says
// which profile each installation uses by default.
func firefoxProfiles(folders []string, inside func(string) string) ([]Profile, string) {
	data, path, err := readFirst(folders, "profiles.ini")
	if data == nil {
		return nil, unread(err)
	}
	list := profileList{folder: filepath.Dir(path)}
	var groups []string
	for _, section := range iniSections(data) {
		if !strings.HasPrefix(section.name, "Profile") {
			continue
		}
		list.add(section.values["Path"], section.values["Name"], section.values["IsRelative"] == "1")
		if id := section.values["StoreID"]; id != "" && !slices.Contains(groups, id) {
			groups = append(groups, id)
		}
	}
	for _, id := range groups {
		if err := list.addGroup(id); err != nil {
			problem := lang.Sprintf("the profiles of its profile menu cannot be listed: %v; name one by its folder, which about:profiles shows", err)
			return sorted(list.seenFrom(inside)), problem
		}
	}
	profiles := list.seenFrom(inside)
	switch {
	case len(profiles) == 0:
		return nil, lang.Sprintf("%s names no profile that is there; start the browser once to have it repaired", path)
	case list.lost:
		return sorted(profiles), lang.Sprintf("%s names folders that are not there, so some profiles are missing", cmp.Or(list.lostBy, path))
	}
	return sorted(profiles), ""
}

// profileList collects the profiles of a Firefox.
type profileList struct {
	folder   string // that of profiles.ini
	profiles []Profile
	// lost is set if the folder of a profile is missing; lostBy is the file that names
	// it, unless that is profiles.ini.
	lost   bool
	lostBy string
}

// add adds a profile, and reports whether its folder exists. A folder that was added
// already gets the new name.
func (l *profileList) add(path, name string, relative bool) bool {
	dir := filepath.FromSlash(path)
	if relative && dir != "" {
		dir = filepath.Join(l.folder, dir)
	}
	// Firefox itself would make a missing folder. What is not absolute is an old alias
	// of macOS.
	if strings.ContainsRune(dir, 0) || !filepath.IsAbs(dir) || !isDir(dir) {
		l.lost = true
		return false
	}
	name = cmp.Or(name, filepath.Base(dir))
	for i, p := range l.profiles {
		if p.Dir == dir {
			if p.Name != name {
				l.profiles[i].Name, l.profiles[i].Former = name, p.Name
			}
			return true
		}
	}
	l.profiles = append(l.profiles, Profile{Dir: dir, Name: name})
	return true
}

// addGroup adds the profiles of the profile menu, which Firefox has since version 138:
// profiles.ini has only the one of them that was used last.
func (l *profileList) addGroup(id string) error {
	if strings.ContainsAny(id, "/\\\x00") {
		return lang.Errorf("%q is no name of a file", id)
	}
	path := filepath.Join(l.folder, "Profile Groups", id+".sqlite")
	d, err := readDatabase(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // Firefox makes it when there is a second profile
	}
	var rows [][]string
	if err == nil {
		rows, err = d.table("Profiles", "path", "name")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, row := range rows {
		if !l.add(row[0], row[1], !filepath.IsAbs(filepath.FromSlash(row[0]))) {
			l.lostBy = path
		}
	}
	return nil
}

// seenFrom returns the profiles with their folders as the browser itself names them.
func (l *profileList) seenFrom(inside func(string) string) []Profile {
	if inside != nil {
		for i, p := range l.profiles {
			l.profiles[i].Dir = inside(p.Dir)
		}
	}
	return l.profiles
}

// section is a part of an INI file.
type section struct {
	name   string
	values map[string]string
}

// iniSections reads profiles.ini as Firefox does: a value is all that follows the first
// "="; of two sections or keys of the same name the first counts.
func iniSections(data []byte) []section {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	var sections []section
	for _, line := range strings.FieldsFunc(string(data), func(r rune) bool { return r == '\n' || r == '\r' }) {
		if name, ok := strings.CutPrefix(line, "["); ok {
			name, _, _ = strings.Cut(name, "]")
			sections = append(sections, section{name, make(map[string]string)})
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok || len(sections) == 0 || strings.HasPrefix(line, ";") || strings.HasPrefix(line, "#") {
			continue
		}
		values := sections[len(sections)-1].values
		if _, twice := values[key]; !twice {
			values[key] = value
		}
	}
	return sections
}

// readFirst returns a file of the first folder that has it. If none has it, the browser
// was never started: data and error are nil.
func readFirst(folders []string, name string) (data []byte, path string, err error) {
	for _, folder := range folders {
		if folder == "" {
			continue
		}
		path = filepath.Join(folder, name)
		data, err = readFile(path)
		if !errors.Is(err, fs.ErrNotExist) {
			return data, path, err
		}
	}
	return nil, "", nil
}

func readFile(path string) ([]byte, error) {
	data, _, err := atomicfile.Read(path, fileLimit)
	return data, err
}

func unread(err error) string {
	if err == nil {
		return ""
	}
	return lang.Sprintf("its profiles cannot be listed: %v", err)
}

func sorted(profiles []Profile) []Profile {
	slices.SortFunc(profiles, func(a, b Profile) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.Dir, b.Dir))
	})
	return profiles
}
