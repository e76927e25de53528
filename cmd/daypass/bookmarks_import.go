package main

import (
	"io"
	"os"
	"slices"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

func newBookmarkImport(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "import [FILE]",
		Short: lang.T("Add the bookmarks of a TOML file"),
		Long: lang.T(`Add the bookmarks of a file that "daypass bookmarks export" wrote; those of equal
names are changed. Without FILE, and with -, it is read from stdin.`),
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) > 1:
				return usage(cmd, "import takes one file, not %d", len(args))
			case len(args) == 0 && isTerminal(c.stdin):
				return usage(cmd, "import needs the name of a file")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 && args[0] == "-" {
				if err := c.mayReadInput(lang.T("the file")); err != nil {
					return err
				}
			}
			text, err := importText(c.stdin, args)
			if err != nil {
				return err
			}
			before, after, err := changeBookmarks(c, cmd, func(*agentapi.Client, []creds.Bookmark) (creds.BookmarksRequest, error) {
				return creds.BookmarksRequest{Import: text}, nil
			})
			if err != nil {
				return err
			}
			added, changed := difference(before.Bookmarks, after.Bookmarks)
			_, _ = lang.Fprintf(c.stdout, "%d added, %d changed\n", added, changed)
			return nil
		},
	}
}

// longestImport is far more than bookmarks need; a larger file is the wrong one.
const longestImport = 1 << 20

func importText(stdin io.Reader, args []string) (string, error) {
	in, name := stdin, "stdin"
	if len(args) == 1 && args[0] != "-" {
		f, err := os.Open(args[0])
		if err != nil {
			return "", err
		}
		defer func() { _ = f.Close() }()
		in, name = f, args[0]
	}
	data, err := io.ReadAll(io.LimitReader(in, longestImport+1))
	switch {
	case err != nil:
		return "", lang.Errorf("reading %s: %w", name, err)
	case len(data) > longestImport || !utf8.Valid(data):
		return "", lang.Errorf("%s is no TOML file with bookmarks", name)
	case len(data) == 0:
		return "", lang.Errorf("%s is empty", name)
	}
	return string(data), nil
}

// difference counts the bookmarks that are new, and those that have changed.
func difference(before, after []creds.Bookmark) (added, changed int) {
	for _, b := range after {
		switch old, err := findBookmark(before, b.Name); {
		case err != nil:
			added++
		case old.URL != b.URL || !slices.Equal(old.Profiles, b.Profiles):
			changed++
		}
	}
	return added, changed
}
