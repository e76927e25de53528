package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
	"daypass/internal/words"
)

func newBookmarks(c *cli) *cobra.Command {
	cmd := bookmarkList(c, "bookmarks", lang.T("Show and change the bookmarks of the AWS console"))
	cmd.Long = lang.T(`Show and change the bookmarks: pages of the AWS console that open in the identity
of a profile, with: daypass console NAME --bookmark BOOKMARK`)
	cmd.Example = lang.T(`  daypass bookmarks
  daypass bookmarks add "payment logs" 'https://…' --any-region --profile prod
  daypass bookmarks export > bookmarks.toml`)
	cmd.Args = knownCommand
	cmd.AddCommand(
		bookmarkList(c, "list", lang.T("Show all bookmarks")), newBookmarkAdd(c), newBookmarkEdit(c), newBookmarkRename(c),
		newBookmarkRemove(c), newBookmarkOrder(c), newBookmarkExport(c), newBookmarkImport(c),
	)
	return cmd
}

func bookmarkList(c *cli, use, short string) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   use,
		Short: short,
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := asked(cmd, (*agentapi.Client).Bookmarks)
			if err != nil {
				return err
			}
			if asJSON {
				return encodeAll(c.stdout, all.Bookmarks, newBookmarkRecord)
			}
			if len(all.Bookmarks) == 0 {
				fmt.Fprintln(c.stdout, lang.T("There is no bookmark. Make one with: daypass bookmarks add NAME URL"))
				return nil
			}
			return writeBookmarks(c.stdout, all.Bookmarks, c.look())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, lang.T("print an array of objects"))
	return cmd
}

// bookmarkRecord is a bookmark in the output of --json. Without profiles it is
// for all of them.
type bookmarkRecord struct {
	Name     string   `json:"name"`
	URL      string   `json:"url"`
	Profiles []string `json:"profiles"`
}

func newBookmarkRecord(b creds.Bookmark) bookmarkRecord {
	return bookmarkRecord{b.Name, b.URL, append([]string{}, b.Profiles...)}
}

// writeBookmarks writes a line for each bookmark, and the page below it.
func writeBookmarks(out io.Writer, all []creds.Bookmark, l look) error {
	rows := [][]string{{lang.T("BOOKMARK"), lang.T("PROFILES")}}
	pages := make([]string, 0, len(all))
	for _, b := range all {
		rows = append(rows, []string{printable(b.Name), profilesText(b.Profiles)})
		pages = append(pages, b.URL)
	}
	return writePages(out, rows, pages, l, 0, 1)
}

// writePages writes a table with an address below each of its rows but the first.
// The columns in cut may be shortened.
func writePages(out io.Writer, rows [][]string, pages []string, l look, cut ...int) error {
	const indent = "    "
	w := bufio.NewWriter(out)
	for i, line := range aligned(rows, l.width, nil, cut...) {
		fmt.Fprintln(w, line)
		if i > 0 {
			fmt.Fprintln(w, indent+shorten(printable(pages[i-1]), l.width-len(indent)))
		}
	}
	return w.Flush()
}

// profilesText returns the names of a bookmark's profiles.
func profilesText(profiles []string) string {
	if len(profiles) == 0 {
		return lang.T("all")
	}
	var names []string
	for _, p := range profiles {
		names = append(names, printable(p))
	}
	return strings.Join(names, ", ")
}

// writeBookmark prints a bookmark after its change: its address may differ from the one
// that was pasted.
func writeBookmark(out io.Writer, all creds.Bookmarks, name string) error {
	i := slices.IndexFunc(all.Bookmarks, func(b creds.Bookmark) bool { return b.Name == name })
	if i < 0 {
		return lang.Errorf("the bookmark %q was sent to the agent, and is not there", name)
	}
	b := all.Bookmarks[i]
	_, _ = lang.Fprintf(out, "%s: %s\n  profiles  %s\n", printable(b.Name), printable(b.URL), profilesText(b.Profiles))
	return nil
}

// namedBookmark finds a bookmark; its error names a similar one.
func namedBookmark(ctx context.Context, client *agentapi.Client, name string) (creds.Bookmark, error) {
	all, err := client.Bookmarks(ctx)
	if err != nil {
		return creds.Bookmark{}, err
	}
	return findBookmark(all.Bookmarks, name)
}

func findBookmark(all []creds.Bookmark, name string) (creds.Bookmark, error) {
	var names []string
	for _, b := range all {
		if b.Name == name {
			return b, nil
		}
		names = append(names, b.Name)
	}
	if near, ok := nearest(name, names); ok {
		return creds.Bookmark{}, lang.Errorf("there is no bookmark %q; did you mean %q?", name, near)
	}
	return creds.Bookmark{}, lang.Errorf("there is no bookmark %q; see those there are with: daypass bookmarks", name)
}

// changeBookmarks changes the bookmarks by a request that how makes of the present ones.
func changeBookmarks(
	c *cli, cmd *cobra.Command, how func(*agentapi.Client, []creds.Bookmark) (creds.BookmarksRequest, error),
) (before, after creds.Bookmarks, err error) {
	client, err := connect(cmd, creds.SurfaceProgram)
	if err != nil {
		return before, after, err
	}
	defer client.Close()
	if before, err = client.Bookmarks(cmd.Context()); err != nil {
		return before, after, err
	}
	request, err := how(client, before.Bookmarks)
	if err != nil {
		return before, after, err
	}
	if after, err = client.ChangeBookmarks(cmd.Context(), request); after.Note != "" {
		fmt.Fprintln(c.stderr, words.Sentence(printable(after.Note)))
	}
	return before, after, err
}

// checkProfiles returns an error for a profile that does not exist.
func checkProfiles(ctx context.Context, client *agentapi.Client, profiles []string) error {
	for _, name := range profiles {
		if _, err := client.Status(ctx, name); err != nil {
			return aboutProfile(err, name)
		}
	}
	return nil
}

// errNoAddress ends a command that was asked to read an address.
var errNoAddress = lang.Error("stdin should hold one line: the address of a page of the console")

// addressOf returns an address; "-" reads it from stdin, because other users can see the
// arguments of a process.
func (c *cli) addressOf(arg string) (string, error) {
	if arg != "-" {
		return arg, nil
	}
	if err := c.mayReadInput(lang.T("the address")); err != nil {
		return "", err
	}
	const longest = 1 << 16
	data, err := io.ReadAll(io.LimitReader(c.stdin, longest))
	if err != nil {
		return "", lang.Errorf("reading stdin: %w", err)
	}
	address := strings.TrimSpace(string(data))
	if address == "" || strings.ContainsAny(address, "\r\n") || len(data) == longest {
		return "", errNoAddress
	}
	return address, nil
}
