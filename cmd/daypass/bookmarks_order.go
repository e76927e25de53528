package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

func newBookmarkOrder(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "order NAME...",
		Short: lang.T("Put bookmarks first, in this order"),
		Long:  lang.T("Put bookmarks first, in the order given. Those that are not named come after them,\nin the order that they have."),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage(cmd, "order needs the names of bookmarks")
			}
			for i, name := range args {
				if slices.Contains(args[:i], name) {
					return usage(cmd, "%q is there twice", name)
				}
			}
			return nil
		},
		ValidArgsFunction: completeOrder,
		RunE: func(cmd *cobra.Command, args []string) error {
			_, after, err := changeBookmarks(c, cmd, func(_ *agentapi.Client, all []creds.Bookmark) (creds.BookmarksRequest, error) {
				order, err := ordered(all, args)
				return creds.BookmarksRequest{Order: order}, err
			})
			if err != nil {
				return err
			}
			for _, b := range after.Bookmarks {
				fmt.Fprintln(c.stdout, printable(b.Name))
			}
			return nil
		},
	}
}

// ordered returns the names of all bookmarks with some of them in front.
func ordered(all []creds.Bookmark, first []string) ([]string, error) {
	order := slices.Clone(first)
	for _, name := range first {
		if _, err := findBookmark(all, name); err != nil {
			return nil, err
		}
	}
	for _, b := range all {
		if !slices.Contains(first, b.Name) {
			order = append(order, b.Name)
		}
	}
	return order, nil
}
