package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/internal/lang"
)

// renameRecord is what "rename --json" prints.
type renameRecord struct {
	Profile string   `json:"profile"`
	Was     string   `json:"was"`
	Changes []string `json:"changes"`
}

func newRename(c *cli) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "rename OLD NEW",
		Short: lang.T("Give a profile another name"),
		Long: lang.T(`Give a profile another name, everywhere: its sections in both AWS files, source_profile of
other profiles, the name of its key in the keyring, its settings and bookmarks, and lines of
credential_process that call daypass. Its temporary credentials go on working. If
something fails, the profile keeps its old name.`),
		Args:              namedArguments("OLD", "NEW"),
		ValidArgsFunction: once(completeProfile),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := connect(cmd, c.surface(creds.SurfaceTerminal))
			if err != nil {
				return err
			}
			defer client.Close()
			reply, err := client.Custody().Rename(cmd.Context(), creds.RenameRequest{Profile: args[0], To: args[1]})
			switch {
			case err != nil:
				return aboutProfile(err, args[0])
			case asJSON:
				return encode(c.stdout, renameRecord{reply.Status.Name, args[0], orEmpty(reply.Changes)})
			}
			for _, change := range reply.Changes {
				fmt.Fprintln(c.stderr, lang.Sprintf("Changed: %s", printable(change)))
			}
			_, _ = lang.Fprintf(c.stdout, "%s is called %s now\n", printable(args[0]), printable(args[1]))
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, lang.T("print what was changed as JSON"))
	return cmd
}
