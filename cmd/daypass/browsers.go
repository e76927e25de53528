package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

func newBrowsers(c *cli) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "browsers",
		Short: lang.T("Show the browsers and profiles that the console can be opened in, and sign-ins"),
		Long: lang.T(`Show the browsers and their profiles that were found on this machine. The first
column is what --browser of "daypass console", "daypass login" and "daypass sso
login" takes, and the settings of where they open:

  daypass settings set console.place private
  daypass settings set profile.prod.console.place firefox:container
  daypass settings set sso.corp.place firefox:Work`),
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			places, err := asked(cmd, (*agentapi.Client).Places)
			if err != nil {
				return err
			}
			if asJSON {
				return encode(c.stdout, append([]creds.ConsolePlace{}, places...))
			}
			if len(places) == 0 {
				fmt.Fprintln(c.stdout, lang.T("No browser was found."))
				return nil
			}
			rows := [][]string{{lang.T("BROWSER"), lang.T("NAME")}}
			for _, p := range places {
				rows = append(rows, []string{printable(p.Place), printable(p.Name)})
			}
			// The first column is there to be copied, so only the second is cut.
			for _, line := range aligned(rows, c.look().width, nil, 1) {
				fmt.Fprintln(c.stdout, line)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, lang.T("print an array of objects"))
	return cmd
}
