package main

import (
	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

func newBookmarkRemove(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:               "remove NAME",
		Short:             lang.T("Remove a bookmark"),
		Args:              bookmarkArguments("NAME"),
		ValidArgsFunction: once(completeBookmark),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, _, err := changeBookmarks(c, cmd, func(_ *agentapi.Client, all []creds.Bookmark) (creds.BookmarksRequest, error) {
				b, err := findBookmark(all, args[0])
				return creds.BookmarksRequest{Remove: b.Name}, err
			})
			if err != nil {
				return err
			}
			_, _ = lang.Fprintf(c.stdout, "%s: removed\n", printable(args[0]))
			return nil
		},
	}
}
