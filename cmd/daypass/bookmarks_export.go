package main

import (
	"github.com/spf13/cobra"

	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

func newBookmarkExport(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "export",
		Short: lang.T("Print all bookmarks as TOML"),
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := asked(cmd, (*agentapi.Client).Bookmarks)
			if err != nil {
				return err
			}
			return writeText(c.stdout, all.TOML)
		},
	}
}
