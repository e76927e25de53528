package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
)

func (c *cli) newBookmarkAdd() *cobra.Command {
	var (
		put       creds.Bookmark
		anyRegion bool
	)
	cmd := &cobra.Command{
		Use:   "add NAME URL",
		Short: "Add a bookmark from an address of the AWS console",
		Long: `Add a bookmark from an address as the browser shows it. What belongs to one
account, to one session or is secret is taken out of it. {region} in the address
stands for the region of the profile that it is opened for; --any-region puts it
there. With - for URL the address is read from stdin.`,
		Example: `  daypass bookmarks add buckets https://eu-west-1.console.aws.amazon.com/s3/buckets --any-region
  daypass bookmarks add "payment logs" - --profile prod --profile staging`,
		Args:              bookmarkArguments("NAME", "URL"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			put.Name = strings.TrimSpace(args[0])
			if put.URL, err = c.addressOf(args[1]); err != nil {
				return err
			}
			_, after, err := c.changeBookmarks(cmd, func(client *agentapi.Client, all []creds.Bookmark) (creds.BookmarksRequest, error) {
				if _, err := findBookmark(all, put.Name); err == nil {
					return creds.BookmarksRequest{}, fmt.Errorf(
						"there is a bookmark %q already; change it with: daypass bookmarks edit", put.Name)
				}
				return creds.BookmarksRequest{Put: &put, AnyRegion: anyRegion},
					checkProfiles(cmd.Context(), client, put.Profiles)
			})
			if err != nil {
				return err
			}
			return c.writeBookmark(after, put.Name)
		},
	}
	cmd.Flags().StringArrayVar(&put.Profiles, "profile", nil, "a profile that the bookmark is for, instead of all; may be repeated")
	cmd.Flags().BoolVar(&anyRegion, "any-region", false, "open it in the region of the profile, not in that of the address")
	c.completeFlag(cmd, "profile", c.completeAnyProfile)
	return cmd
}

func (c *cli) newBookmarkEdit() *cobra.Command {
	var (
		put               creds.Bookmark
		anyRegion, forAll bool
	)
	cmd := &cobra.Command{
		Use:               "edit NAME",
		Short:             "Change the address of a bookmark, or whom it is for",
		Long:              "Change the address of a bookmark, or the profiles that it is for. What no flag\nspeaks of stays. With - for --url the address is read from stdin.",
		Args:              bookmarkArguments("NAME"),
		ValidArgsFunction: c.completeBookmarkName,
		RunE: func(cmd *cobra.Command, args []string) error {
			flags := cmd.Flags()
			switch {
			case forAll && len(put.Profiles) > 0:
				return usage(cmd, "--profile and --all-profiles exclude each other: give one of them")
			case flags.Changed("url") && put.URL == "":
				return usage(cmd, "--url is empty")
			case !flags.Changed("url") && !anyRegion && !forAll && len(put.Profiles) == 0:
				return usage(cmd, "there is nothing to change: give --url, --any-region, --profile or --all-profiles")
			}
			url, err := c.addressOf(put.URL)
			if err != nil {
				return err
			}
			_, after, err := c.changeBookmarks(cmd, func(client *agentapi.Client, all []creds.Bookmark) (creds.BookmarksRequest, error) {
				b, err := findBookmark(all, args[0])
				if err != nil {
					return creds.BookmarksRequest{}, err
				}
				if flags.Changed("url") {
					b.URL = url
				}
				if forAll || len(put.Profiles) > 0 {
					b.Profiles = put.Profiles
				}
				return creds.BookmarksRequest{Put: &b, AnyRegion: anyRegion},
					checkProfiles(cmd.Context(), client, put.Profiles)
			})
			if err != nil {
				return err
			}
			return c.writeBookmark(after, args[0])
		},
	}
	cmd.Flags().StringVar(&put.URL, "url", "", "another address")
	cmd.Flags().StringArrayVar(&put.Profiles, "profile", nil, "a profile that the bookmark is for, instead of the present ones; may be repeated")
	cmd.Flags().BoolVar(&forAll, "all-profiles", false, "have it for all profiles")
	cmd.Flags().BoolVar(&anyRegion, "any-region", false, "open it in the region of the profile, not in that of the address")
	c.completeFlag(cmd, "profile", c.completeAnyProfile)
	c.completeFlag(cmd, "url", cobra.NoFileCompletions)
	return cmd
}

func (c *cli) newBookmarkRename() *cobra.Command {
	return &cobra.Command{
		Use:               "rename OLD NEW",
		Short:             "Give a bookmark another name",
		Args:              bookmarkArguments("OLD", "NEW"),
		ValidArgsFunction: c.completeBookmarkName,
		RunE: func(cmd *cobra.Command, args []string) error {
			name := strings.TrimSpace(args[1])
			_, after, err := c.changeBookmarks(cmd, func(_ *agentapi.Client, all []creds.Bookmark) (creds.BookmarksRequest, error) {
				b, err := findBookmark(all, args[0])
				if err != nil {
					return creds.BookmarksRequest{}, err
				}
				if _, err := findBookmark(all, name); err == nil {
					return creds.BookmarksRequest{}, fmt.Errorf("there is a bookmark %q already", name)
				}
				b.Name = name
				return creds.BookmarksRequest{Put: &b, Was: args[0]}, nil
			})
			if err != nil {
				return err
			}
			return c.writeBookmark(after, name)
		},
	}
}

func (c *cli) newBookmarkRemove() *cobra.Command {
	return &cobra.Command{
		Use:               "remove NAME",
		Short:             "Remove a bookmark",
		Args:              bookmarkArguments("NAME"),
		ValidArgsFunction: c.completeBookmarkName,
		RunE: func(cmd *cobra.Command, args []string) error {
			_, _, err := c.changeBookmarks(cmd, func(_ *agentapi.Client, all []creds.Bookmark) (creds.BookmarksRequest, error) {
				b, err := findBookmark(all, args[0])
				return creds.BookmarksRequest{Remove: b.Name}, err
			})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.stdout, "%s: removed\n", printable(args[0]))
			return err
		},
	}
}

func (c *cli) newBookmarkOrder() *cobra.Command {
	return &cobra.Command{
		Use:   "order NAME...",
		Short: "Put bookmarks first, in this order",
		Long:  "Put bookmarks first, in the order given. Those that are not named come after them,\nin the order that they have.",
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
		ValidArgsFunction: c.completeOrder,
		RunE: func(cmd *cobra.Command, args []string) error {
			_, after, err := c.changeBookmarks(cmd, func(_ *agentapi.Client, all []creds.Bookmark) (creds.BookmarksRequest, error) {
				order, err := ordered(all, args)
				return creds.BookmarksRequest{Order: order}, err
			})
			if err != nil {
				return err
			}
			for _, b := range after.Bookmarks {
				if _, err := fmt.Fprintln(c.stdout, printable(b.Name)); err != nil {
					return err
				}
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
