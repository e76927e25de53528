package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/words"
)

func (c *cli) newBookmarks() *cobra.Command {
	cmd := c.bookmarkList("bookmarks", "Show and change the bookmarks of the AWS console")
	cmd.Long = `Show and change the bookmarks: pages of the AWS console that open in the identity
of a profile, with: daypass console NAME --bookmark BOOKMARK`
	cmd.Example = `  daypass bookmarks
  daypass bookmarks add "payment logs" 'https://…' --any-region --profile prod
  daypass bookmarks export > bookmarks.toml`
	cmd.Args = c.knownCommand
	cmd.AddCommand(
		c.bookmarkList("list", "Show all bookmarks"), c.newBookmarkAdd(), c.newBookmarkEdit(), c.newBookmarkRename(),
		c.newBookmarkRemove(), c.newBookmarkOrder(), c.newBookmarkExport(), c.newBookmarkImport(),
	)
	return cmd
}

func (c *cli) bookmarkList(use, short string) *cobra.Command {
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
				return encode(c.stdout, bookmarkRecords(all.Bookmarks))
			}
			if len(all.Bookmarks) == 0 {
				_, err := fmt.Fprintln(c.stdout, "There is no bookmark. Make one with: daypass bookmarks add NAME URL")
				return err
			}
			return writeBookmarks(c.stdout, all.Bookmarks, lookOf(c.stdout, os.Getenv))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an array of objects")
	return cmd
}

// asked makes one request that needs nobody.
func asked[T any](cmd *cobra.Command, get func(*agentapi.Client, context.Context) (T, error)) (T, error) {
	client, err := connect(cmd, creds.SurfaceProgram)
	if err != nil {
		var none T
		return none, err
	}
	defer client.Close()
	found, err := get(client, cmd.Context())
	return found, err
}

// bookmarkRecord is a bookmark in the output of --json. Without profiles it is
// for all of them.
type bookmarkRecord struct {
	Name     string   `json:"name"`
	URL      string   `json:"url"`
	Profiles []string `json:"profiles"`
}

func bookmarkRecords(all []creds.Bookmark) []bookmarkRecord {
	records := make([]bookmarkRecord, 0, len(all))
	for _, b := range all {
		records = append(records, bookmarkRecord{b.Name, b.URL, append([]string{}, b.Profiles...)})
	}
	return records
}

// writeBookmarks writes a line for each bookmark, and the page below it.
func writeBookmarks(out io.Writer, all []creds.Bookmark, l look) error {
	rows := [][]string{{"BOOKMARK", "PROFILES"}}
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
		_, _ = fmt.Fprintln(w, line)
		if i > 0 {
			_, _ = fmt.Fprintln(w, indent+shorten(printable(pages[i-1]), l.width-len(indent)))
		}
	}
	return w.Flush()
}

// profilesText names the profiles that a bookmark is for.
func profilesText(profiles []string) string {
	if len(profiles) == 0 {
		return "all"
	}
	var names []string
	for _, p := range profiles {
		names = append(names, printable(p))
	}
	return strings.Join(names, ", ")
}

// writeBookmark says what a bookmark has become: its address may be another than
// the one that was pasted.
func (c *cli) writeBookmark(all creds.Bookmarks, name string) error {
	i := slices.IndexFunc(all.Bookmarks, func(b creds.Bookmark) bool { return b.Name == name })
	if i < 0 {
		return fmt.Errorf("the bookmark %q was given to the agent, and is not there", name)
	}
	b := all.Bookmarks[i]
	_, err := fmt.Fprintf(c.stdout, "%s: %s\n  profiles  %s\n", printable(b.Name), printable(b.URL), profilesText(b.Profiles))
	return err
}

// namedBookmark finds a bookmark, or says which one may have been meant.
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
		return creds.Bookmark{}, fmt.Errorf("there is no bookmark %q; did you mean %q?", name, near)
	}
	return creds.Bookmark{}, fmt.Errorf("there is no bookmark %q; see those there are with: daypass bookmarks", name)
}

// bookmarkArguments refuses all but the named arguments, and empty ones.
func bookmarkArguments(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := namedArguments(names...)(cmd, args); err != nil {
			return err
		}
		for i, arg := range args {
			if strings.TrimSpace(arg) == "" {
				return usage(cmd, "%s is empty", names[i])
			}
		}
		return nil
	}
}

// changeBookmarks changes the bookmarks in a way that depends on those there are.
func (c *cli) changeBookmarks(
	cmd *cobra.Command, how func(*agentapi.Client, []creds.Bookmark) (creds.BookmarksRequest, error),
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
	if after, err = client.ChangeBookmarks(cmd.Context(), request); err == nil && after.Note != "" {
		_, err = fmt.Fprintln(c.stderr, words.Sentence(printable(after.Note)))
	}
	return before, after, err
}

// checkProfiles fails for a profile that there is not.
func checkProfiles(ctx context.Context, client *agentapi.Client, profiles []string) error {
	for _, name := range profiles {
		if _, err := client.Status(ctx, name); err != nil {
			return about{err, name}
		}
	}
	return nil
}

// errNoAddress ends a command that was told to read an address.
var errNoAddress = errors.New("stdin should hold one line: the address of a page of the console")

// addressOf returns an address, which "-" leaves to be read from stdin: what a
// browser's bar holds may be worth hiding from the list of processes.
func (c *cli) addressOf(arg string) (string, error) {
	if arg != "-" {
		return arg, nil
	}
	const longest = 1 << 16
	data, err := io.ReadAll(io.LimitReader(c.stdin, longest))
	if err != nil {
		return "", fmt.Errorf("reading stdin: %w", err)
	}
	address := strings.TrimSpace(string(data))
	if address == "" || strings.ContainsAny(address, "\r\n") || len(data) == longest {
		return "", errNoAddress
	}
	return address, nil
}
