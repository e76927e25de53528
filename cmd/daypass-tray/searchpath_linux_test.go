package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAFolderIsTrustedThatRootOrThePersonAloneWritesTo(t *testing.T) {
	t.Parallel()
	const own, shared, sticky = 0o755, 0o757, 0o777 | os.ModeSticky
	for name, c := range map[string]struct {
		// above and dir are the modes of a folder and of one in it; link makes the
		// folder that is asked for a link to it.
		above, dir os.FileMode
		group, uid int
		link       bool
		says       string
	}{
		"one's own":                             {above: own, dir: own},
		"for oneself alone":                     {above: 0o700, dir: 0o700},
		"a link to one's own":                   {above: own, dir: own, link: true},
		"in a folder like /tmp":                 {above: sticky, dir: own},
		"written by all":                        {above: own, dir: shared, says: "everybody can write to DIR"},
		"written by all, though none removes":   {above: own, dir: sticky, says: "everybody can write to DIR"},
		"in a folder that all write to":         {above: shared, dir: own, says: "everybody can write to ABOVE"},
		"a link to what all write to":           {above: own, dir: shared, link: true, says: "everybody can write to DIR"},
		"written by a group":                    {above: own, dir: 0o775, group: 65534, says: "a group can write to DIR"},
		"written by root's group":               {above: own, dir: 0o775},
		"in a folder that a group writes to":    {above: 0o775, dir: own, group: 65534, says: "a group can write to ABOVE"},
		"another user's":                        {above: own, dir: own, uid: 65534, says: "DIR is another user's"},
		"another user's, like Homebrew's could": {above: own, dir: 0o700, uid: 65534, link: true, says: "DIR is another user's"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if (c.uid != 0 || c.group != 0 || name == "written by root's group") && os.Geteuid() != 0 {
				t.Skip("only root can give a folder away")
			}
			above := filepath.Join(t.TempDir(), "above")
			dir := filepath.Join(above, "dir")
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if os.Geteuid() == 0 {
				for _, path := range []string{above, dir} {
					if err := os.Chown(path, 0, c.group); err != nil {
						t.Fatal(err)
					}
				}
				if err := os.Chown(dir, c.uid, c.group); err != nil {
					t.Fatal(err)
				}
			}
			for path, mode := range map[string]os.FileMode{above: c.above, dir: c.dir} {
				if err := os.Chmod(path, mode); err != nil {
					t.Fatal(err)
				}
			}
			asked := dir
			if c.link {
				asked = filepath.Join(t.TempDir(), "link")
				if err := os.Symlink(dir, asked); err != nil {
					t.Fatal(err)
				}
			}
			said := ""
			if err := trustedFolder(asked); err != nil {
				said = strings.NewReplacer(asked, "DIR", dir, "DIR", above, "ABOVE").Replace(err.Error())
			}
			if said != c.says {
				t.Errorf("it says %q, want %q", said, c.says)
			}
		})
	}
	for path, want := range map[string]string{"/nonexistent/bin": "it is not there", "/etc/passwd": "/etc/passwd is no folder"} {
		if err := trustedFolder(path); err == nil || err.Error() != want {
			t.Errorf("%s: %v", path, err)
		}
	}
}
