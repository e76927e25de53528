package main

import (
	"strings"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

func newBookmarkRename(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:               "rename OLD NEW",
		Short:             lang.T("Give a bookmark another name"),
		Args:              bookmarkArguments("OLD", "NEW"),
		ValidArgsFunction: once(completeBookmark),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := strings.TrimSpace(args[1])
			_, after, err := changeBookmarks(c, cmd, func(_ *agentapi.Client, all []creds.Bookmark) (creds.BookmarksRequest, error) {
				b, err := findBookmark(all, args[0])
				if err != nil {
					return creds.BookmarksRequest{}, err
				}
				if _, err := findBookmark(all, name); err == nil {
					return creds.BookmarksRequest{}, lang.Errorf("there is a bookmark %q already", name)
				}
				b.Name = name
				return creds.BookmarksRequest{Put: &b, Was: args[0]}, nil
			})
			if err != nil {
				return err
			}
			return writeBookmark(c.stdout, after, name)
		},
	}
}
