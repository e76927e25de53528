package main

import (
	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

func newBookmarkEdit(c *cli) *cobra.Command {
	var (
		put               creds.Bookmark
		anyRegion, forAll bool
	)
	cmd := &cobra.Command{
		Use:               "edit NAME",
		Short:             lang.T("Change the address of a bookmark, or whom it is for"),
		Long:              lang.T("Change the address of a bookmark, or the profiles that it is for. What has no flag\nstays as it is. With - for --url the address is read from stdin."),
		Args:              bookmarkArguments("NAME"),
		ValidArgsFunction: once(completeBookmark),
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
			_, after, err := changeBookmarks(c, cmd, func(client *agentapi.Client, all []creds.Bookmark) (creds.BookmarksRequest, error) {
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
			return writeBookmark(c.stdout, after, args[0])
		},
	}
	cmd.Flags().StringVar(&put.URL, "url", "", lang.T("another address"))
	cmd.Flags().StringArrayVar(&put.Profiles, "profile", nil, lang.T("a profile that the bookmark is for, instead of the present ones; may be repeated"))
	cmd.Flags().BoolVar(&forAll, "all-profiles", false, lang.T("have it for all profiles"))
	cmd.Flags().BoolVar(&anyRegion, "any-region", false, lang.T("open it in the region of the profile, not in that of the address"))
	completeFlag(cmd, "profile", completeProfile)
	completeFlag(cmd, "url", cobra.NoFileCompletions)
	return cmd
}
