package filewatch

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"github.com/fsnotify/fsnotify"
)

// target is what is watched: files, and those in a folder that match. Paths are
// absolute.
type target struct {
	files  []string
	folder string // "" is none
	above  int
	match  func(name string) bool
}

// route is how the target is reached at one moment. All paths in it are without
// symbolic links.
type route struct {
	// folders are those to watch, each once.
	folders []string
	// names are the keys of paths that events may be about: false for a file of the
	// target, true for a folder or a link on the way.
	names map[string]bool
	// inside is the target's folder, "" if it is missing.
	inside string
}

// maxLinks is how many symbolic links are followed, as many as Linux follows.
const maxLinks = 40

// key makes paths comparable: these systems ignore case.
func key(path string) string {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return strings.ToLower(path)
	}
	return path
}

// find looks for the route to the target. Before each step it notes the step's name,
// so that later changes there are reported once the folders are watched.
func (t target) find() route {
	r := route{names: map[string]bool{}}
	for _, path := range t.files {
		r.follow(path, 1, true)
	}
	if t.folder == "" {
		return r
	}
	if real, ok := r.follow(t.folder, t.above, false); ok {
		r.watch(real)
		r.inside = real
	}
	return r
}

func (r *route) watch(folder string) {
	if !slices.Contains(r.folders, folder) {
		r.folders = append(r.folders, folder)
	}
}

// follow goes along a path, and returns what it leads to and whether that exists. It
// watches the folders of the last steps, as many as above says, those of links, and
// the one in which a step is missing. The others, in which much may happen, as in a
// home folder, are not watched: a person who renames one has more to mend than this.
func (r *route) follow(path string, above int, isFile bool) (real string, whole bool) {
	at, rest := split(path)
	for links := 0; len(rest) > 0; {
		last := len(rest) == 1
		if rest[0] == ".." {
			at, rest = filepath.Dir(at), rest[1:]
			continue
		}
		next := filepath.Join(at, rest[0])
		r.names[key(next)] = r.names[key(next)] || !last || !isFile
		info, err := os.Lstat(next)
		var to string
		if err == nil && info.Mode()&fs.ModeSymlink != 0 {
			if to, err = os.Readlink(next); links == maxLinks {
				err = syscall.ELOOP
			}
			links++
		}
		switch {
		case err != nil, to == "" && !last && !isFolder(next, info):
			r.watch(at)
			return "", false
		case to != "":
			// Links in the root are the system's: /tmp and /var on macOS, /home
			// on others.
			if at != filepath.Dir(at) {
				r.watch(at)
			}
			rest = rest[1:]
			if filepath.IsAbs(to) {
				at, to = root(to), to[len(filepath.VolumeName(to)):]
			}
			rest = slices.Concat(steps(to), rest)
		case isFile && last && info.Mode()&(fs.ModeDevice|fs.ModeNamedPipe|fs.ModeSocket) != 0:
			// Such as the null device, to which every program writes.
			return next, true
		default:
			if len(rest) <= above {
				r.watch(at)
			}
			at, rest = next, rest[1:]
		}
	}
	return at, true
}

func isFolder(path string, info fs.FileInfo) bool {
	if !info.IsDir() {
		// A mount point of Windows does not look like a folder.
		var err error
		if info, err = os.Stat(path); err != nil {
			return false
		}
	}
	return info.IsDir()
}

func split(path string) (top string, rest []string) {
	return root(path), steps(path[len(filepath.VolumeName(path)):])
}

func root(path string) string { return filepath.VolumeName(path) + string(filepath.Separator) }

func steps(path string) []string {
	parts := strings.FieldsFunc(path, func(r rune) bool { return r < 0x80 && os.IsPathSeparator(uint8(r)) })
	return slices.DeleteFunc(parts, func(part string) bool { return part == "." })
}

// concerns reports whether an event is about the target or the route to it, and if so
// whether a folder or a link on the way may be another one now.
func (t target) concerns(r route, event fsnotify.Event) (concerned, moved bool) {
	path := filepath.Clean(event.Name)
	if onTheWay, ok := r.names[key(path)]; ok {
		// Windows reports what happens in a folder as a write to it, too.
		return !onTheWay || event.Op != fsnotify.Write, onTheWay
	}
	return r.inside != "" && key(filepath.Dir(path)) == key(r.inside) && t.match(filepath.Base(path)), false
}
