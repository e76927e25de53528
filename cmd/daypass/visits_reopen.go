package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/internal/lang"
)

func newVisitsReopen(c *cli) *cobra.Command {
	var signIn signInFlags
	cmd := &cobra.Command{
		Use:   "reopen ID",
		Short: lang.T("Open a page again, in the same identity and place"),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 || args[0] == "" {
				return usage(cmd, "reopen takes one ID, as \"daypass visits\" shows it")
			}
			return nil
		},
		ValidArgsFunction: once(completeVisit),
		RunE: func(cmd *cobra.Command, args []string) error {
			options := signIn.options(thisLocation())
			switch {
			case options.NoBrowser && cmd.Flags().Changed("no-browser"):
				return usage(cmd, "--no-browser opens nothing: \"daypass console\" can print the link instead")
			case options.NoBrowser:
				return lang.Errorf("%w: --no-browser=false opens it anyway", errUnseen)
			}
			a, err := c.asker(cmd, "", options)
			if err != nil {
				return err
			}
			defer a.client.Close()
			ctx := cmd.Context()
			visits, err := a.client.Visits(ctx)
			if err != nil {
				return err
			}
			v, err := findVisit(visits, args[0])
			if err != nil {
				return err
			}
			if err := a.run(ctx, v.Profile, func(ctx context.Context) error {
				return a.client.ChangeVisits(ctx, creds.VisitsRequest{Reopen: v.ID})
			}); err != nil {
				return aboutProfile(err, v.Profile)
			}
			_, _ = lang.Fprintf(c.stderr, "Opened %s as %s again\n", printable(v.Destination), printable(v.Profile))
			return nil
		},
	}
	signIn.add(cmd)
	return cmd
}

// findVisit finds a visit by its ID, or by a start of it that no other has.
func findVisit(visits []creds.Visit, id string) (creds.Visit, error) {
	var found []creds.Visit
	for _, v := range visits {
		switch {
		case v.ID == id:
			return v, nil
		case len(v.ID) > len(id) && strings.EqualFold(v.ID[:len(id)], id):
			found = append(found, v)
		}
	}
	switch len(found) {
	case 0:
		return creds.Visit{}, lang.Errorf("there is no visit %q; see those there are with: daypass visits", id)
	case 1:
		return found[0], nil
	}
	return creds.Visit{}, lang.Errorf("the IDs of %d visits begin with %q; \"daypass visits --json\" shows them whole", len(found), id)
}
