package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/words"
)

func (c *cli) newVisits() *cobra.Command {
	var asJSON, forget bool
	cmd := &cobra.Command{
		Use:   "visits",
		Short: "Show the consoles that were opened, and open one again",
		Long: `Show which consoles were opened, where, and until when one is signed in there.
The list is kept on this machine only, and not at all with:

  daypass settings set console.record false`,
		Example: `  daypass visits
  daypass visits reopen 7QK2M4XA`,
		Args: c.knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if forget {
				return c.forgetVisits(cmd, asJSON)
			}
			visits, err := asked(cmd, (*agentapi.Client).Visits)
			switch {
			case err != nil:
				return err
			case asJSON:
				return encode(c.stdout, visitRecords(visits))
			case len(visits) == 0:
				_, err = fmt.Fprintln(c.stdout, "No console was opened.")
				return err
			}
			return writeVisits(c.stdout, visits, time.Now(), lookOf(c.stdout, os.Getenv))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print an array of objects")
	cmd.Flags().BoolVar(&forget, "clear", false, "forget all of them")
	cmd.AddCommand(c.newReopen())
	return cmd
}

func (c *cli) forgetVisits(cmd *cobra.Command, asJSON bool) error {
	if asJSON {
		return usage(cmd, "--clear leaves nothing to print with --json: give one of them")
	}
	client, err := connect(cmd, creds.SurfaceProgram)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := client.ChangeVisits(cmd.Context(), creds.VisitsRequest{Clear: true}); err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.stdout, "All visits are forgotten.")
	return err
}

func (c *cli) newReopen() *cobra.Command {
	var way signInFlags
	cmd := &cobra.Command{
		Use:   "reopen ID",
		Short: "Open a page once more, in the same identity and place",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 || args[0] == "" {
				return usage(cmd, "reopen takes one ID, as \"daypass visits\" shows it")
			}
			return nil
		},
		ValidArgsFunction: c.completeVisit,
		RunE: func(cmd *cobra.Command, args []string) error {
			options := way.options(thisPlace())
			switch {
			case options.NoBrowser && cmd.Flags().Changed("no-browser"):
				return usage(cmd, "--no-browser opens nothing: \"daypass console\" can print the link instead")
			case options.NoBrowser:
				return fmt.Errorf("%w: --no-browser=false opens it all the same", errUnseen)
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
				return about{err, v.Profile}
			}
			_, err = fmt.Fprintf(c.stderr, "Opened %s as %s once more\n", printable(v.Destination), printable(v.Profile))
			return err
		},
	}
	way.add(cmd)
	return cmd
}

// findVisit finds a visit by its ID, or by as much of it as only one has.
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
		return creds.Visit{}, fmt.Errorf("there is no visit %q; see those there are with: daypass visits", id)
	case 1:
		return found[0], nil
	}
	return creds.Visit{}, fmt.Errorf("the IDs of %d visits begin with %q; \"daypass visits --json\" shows them whole", len(found), id)
}

// shownID returns as much of a visit's ID as tells it from all others: they are
// random, and 26 letters long.
func shownID(v creds.Visit) string {
	const enough = 8
	return v.ID[:min(len(v.ID), enough)]
}

// visitRecord is a visit in the output of --json, on the terms of record.
type visitRecord struct {
	ID          string  `json:"id"`
	Profile     string  `json:"profile"`
	AccountID   *string `json:"account_id"`
	Identity    *string `json:"identity"`
	Destination string  `json:"destination"`
	Place       *string `json:"place"`
	Opened      *string `json:"opened"`
	Until       *string `json:"until"`
}

func visitRecords(visits []creds.Visit) []visitRecord {
	records := make([]visitRecord, 0, len(visits))
	for _, v := range visits {
		records = append(records, visitRecord{
			v.ID, v.Profile, orNull(v.AccountID), orNull(v.Identity), v.Destination, orNull(v.Place),
			instant(v.Opened), instant(v.Until),
		})
	}
	return records
}

// writeVisits writes a line for each visit, and the page below it.
func writeVisits(out io.Writer, visits []creds.Visit, now time.Time, l look) error {
	rows := [][]string{{"ID", "OPENED", "UNTIL", "PROFILE", "ACCOUNT", "BROWSER"}}
	pages := make([]string, 0, len(visits))
	for _, v := range visits {
		until := "-"
		switch {
		case !v.Until.IsZero() && !v.Until.After(now):
			until = "over"
		case !v.Until.IsZero():
			until = words.Clock(v.Until, now)
		}
		rows = append(rows, []string{
			printable(shownID(v)), words.Clock(v.Opened, now), until, printable(v.Profile), printable(v.AccountID), printable(v.Place),
		})
		pages = append(pages, v.Destination)
	}
	return writePages(out, rows, pages, l, 3, 5)
}
