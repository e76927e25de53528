// Command man writes the manual pages: one of daypass, one of each of its commands and of
// each topic of its help, and one of config.toml.
//
//	man PROGRAM FOLDER
//
// What they say comes from the program's own help and from the table of settings, so that
// the client needs no page writer. The date is that of SOURCE_DATE_EPOCH, if there is one:
// the same program makes the same pages.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"time"
)

// tree is what "daypass __tree" prints, from the types in cmd/daypass/tree.go.
type tree struct {
	Version  string
	Commands []command
	Groups   []struct {
		Title string
		Names []string
	}
	Topics   []topic
	Statuses []struct {
		Status int
		Text   string
	}
}

type command struct {
	Path                 string
	Usage                []string
	Short, Long, Example string
	Flags, Global        []flag
	Below                []string
}

type flag struct{ Name, Letter, Value, Default, Text string }

type topic struct{ Name, Short, Text string }

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: man PROGRAM FOLDER")
		os.Exit(2)
	}
	if err := write(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "man:", err)
		os.Exit(1)
	}
}

// write makes the pages of a program in a folder, which has no others afterwards.
func write(program, folder string) error {
	out, err := exec.Command(program, "__tree").Output() //nolint:gosec // the caller names its own program
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			return fmt.Errorf("%s: %w: %s", program, err, exit.Stderr)
		}
		return err
	}
	var t tree
	if err := json.Unmarshal(out, &t); err != nil {
		return fmt.Errorf("what %s prints: %w", program, err)
	}
	date, err := dateOf(os.Getenv("SOURCE_DATE_EPOCH"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // everybody may read manual pages
		return err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	old, err := fs.Glob(root.FS(), "daypass*.[1-9]")
	if err != nil {
		return err
	}
	for _, name := range old {
		if err := root.Remove(name); err != nil {
			return err
		}
	}
	all := pages(t, date)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if err := root.WriteFile(name, []byte(all[name]), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// dateOf returns the date of the pages, "" if it is not known.
func dateOf(epoch string) (string, error) {
	if epoch == "" {
		return "", nil
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return "", fmt.Errorf("SOURCE_DATE_EPOCH is no number of seconds: %q", epoch)
	}
	return time.Unix(seconds, 0).UTC().Format(time.DateOnly), nil
}
