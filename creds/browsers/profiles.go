package browsers

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// fileLimit is far above what browsers write: Chromium's Local State has some
// hundred kilobytes.
const fileLimit = 64 << 20

// chromiumProfiles reads the list of profiles out of Local State, in the first
// of the folders that is there. The file is the browser's own: a running one
// overwrites it, so it is never written.
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
		return nil, fmt.Sprintf("its profiles cannot be listed, as %s is damaged; start the browser once to have it repaired", path)
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

// firefoxProfiles reads profiles.ini in the first of the folders that is there.
// installs.ini is not looked at: it only says which profile each installation
// takes by itself.
func firefoxProfiles(folders []string, inside func(string) string) ([]Profile, string) {
	data, path, err := readFirst(folders, "profiles.ini")
	if data == nil {
		return nil, unread(err)
	}
	var profiles []Profile
	var lost int
	for _, section := range iniSections(data) {
		if !strings.HasPrefix(section.name, "Profile") {
			continue
		}
		dir := filepath.FromSlash(section.values["Path"])
		if section.values["IsRelative"] == "1" && dir != "" {
			dir = filepath.Join(filepath.Dir(path), dir)
		}
		// Firefox itself would make a folder that is not there. What is not
		// absolute is an old alias of macOS.
		if strings.ContainsRune(dir, 0) || !filepath.IsAbs(dir) || !isDir(dir) {
			lost++
			continue
		}
		name := cmp.Or(section.values["Name"], filepath.Base(dir))
		if inside != nil {
			dir = inside(dir)
		}
		profiles = append(profiles, Profile{Dir: dir, Name: name})
	}
	switch {
	case len(profiles) == 0:
		return nil, fmt.Sprintf("%s names no profile that is there; start the browser once to have it repaired", path)
	case lost > 0:
		return sorted(profiles), fmt.Sprintf("%s names folders that are not there, so some profiles are missing", path)
	}
	return sorted(profiles), ""
}

// section is a part of an INI file.
type section struct {
	name   string
	values map[string]string
}

// iniSections reads profiles.ini as Firefox does: a value is all that follows
// the first "=", a section and a key of the same name twice is the first.
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

// readFirst returns a file of the first folder that has it. Nothing, without an
// error, is a browser that was never started.
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
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	// Opening a pipe would wait for a writer.
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, fileLimit+1))
	if err == nil && len(data) > fileLimit {
		err = fmt.Errorf("%s is larger than %d MB", path, fileLimit>>20)
	}
	if err != nil {
		return nil, err
	}
	// An empty file is a damaged one, and not none.
	return append([]byte{}, data...), nil
}

func unread(err error) string {
	if err == nil {
		return ""
	}
	return fmt.Sprintf("its profiles cannot be listed: %v", err)
}

func sorted(profiles []Profile) []Profile {
	slices.SortFunc(profiles, func(a, b Profile) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.Dir, b.Dir))
	})
	return profiles
}
