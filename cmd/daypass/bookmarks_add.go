package main

import (
	"strings"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

func newBookmarkAdd(c *cli) *cobra.Command {
	var (
		put       creds.Bookmark
		anyRegion bool
	)
	cmd := &cobra.Command{
		Use:   "add NAME URL",
		Short: lang.T("Add a bookmark from an address of the AWS console"),
		Long: lang.T(`Add a bookmark from an address as the browser shows it. What belongs to one
account, to one session or is secret is taken out of it. {region} in the address
stands for the region of the profile that it is opened for; --any-region puts it
there. With - for URL the address is read from stdin.`),
		Example: lang.T(`  daypass bookmarks add buckets https://eu-west-1.console.aws.amazon.com/s3/buckets --any-region
  daypass bookmarks add "payment logs" - --profile prod --profile staging`),
		Args:              bookmarkArguments("NAME", "URL"),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			put.Name = strings.TrimSpace(args[0])
			if put.URL, err = c.addressOf(args[1]); err != nil {
				return err
			}
			_, after, err := changeBookmarks(c, cmd, func(client *agentapi.Client, all []creds.Bookmark) (creds.BookmarksRequest, error) {
				if _, err := findBookmark(all, put.Name); err == nil {
					return creds.BookmarksRequest{}, lang.Errorf(
						"there is a bookmark %q already; change it with: daypass bookmarks edit", put.Name)
				}
				return creds.BookmarksRequest{Put: &put, AnyRegion: anyRegion},
					checkProfiles(cmd.Context(), client, put.Profiles)
			})
			if err != nil {
				return err
			}
			return writeBookmark(c.stdout, after, put.Name)
		},
	}
	cmd.Flags().StringArrayVar(&put.Profiles, "profile", nil, lang.T("a profile that the bookmark is for, instead of all; may be repeated"))
	cmd.Flags().BoolVar(&anyRegion, "any-region", false, lang.T("open it in the region of the profile, not in that of the address"))
	completeFlag(cmd, "profile", completeProfile)
	return cmd
}
