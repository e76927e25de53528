package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
	"daypass/internal/words"
)

func newVisits(c *cli) *cobra.Command {
	var asJSON, forget bool
	cmd := &cobra.Command{
		Use:   "visits",
		Short: lang.T("Show the consoles that were opened, and open one again"),
		Long: lang.T(`Show which consoles were opened, where, and until when one is signed in there.
The list is kept on this machine only, and not at all with:

  daypass settings set console.record false`),
		Example: lang.T(`  daypass visits
  daypass visits reopen 7QK2M4XA`),
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if forget {
				return forgetVisits(c, cmd, asJSON)
			}
			visits, err := asked(cmd, (*agentapi.Client).Visits)
			switch {
			case err != nil:
				return err
			case asJSON:
				return encodeAll(c.stdout, visits, newVisitRecord)
			case len(visits) == 0:
				fmt.Fprintln(c.stdout, lang.T("No console was opened."))
				return nil
			}
			return writeVisits(c.stdout, visits, time.Now(), c.look())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, lang.T("print an array of objects"))
	cmd.Flags().BoolVar(&forget, "clear", false, lang.T("forget all of them"))
	cmd.AddCommand(newVisitsReopen(c))
	return cmd
}

func forgetVisits(c *cli, cmd *cobra.Command, asJSON bool) error {
	if asJSON {
		return usage(cmd, "--clear leaves nothing to print with --json: give one of them")
	}
	if err := done(cmd, func(client *agentapi.Client, ctx context.Context) error {
		return client.ChangeVisits(ctx, creds.VisitsRequest{Clear: true})
	}); err != nil {
		return err
	}
	fmt.Fprintln(c.stdout, lang.T("All visits are forgotten."))
	return nil
}

// shownID returns the start of a visit's ID, which is enough of the 26 random letters.
func shownID(v creds.Visit) string {
	const enough = 8
	return v.ID[:min(len(v.ID), enough)]
}

// visitRecord is a visit in the output of --json.
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

func newVisitRecord(v creds.Visit) visitRecord {
	return visitRecord{
		v.ID, v.Profile, orNull(v.AccountID), orNull(v.Identity), v.Destination, orNull(v.Place),
		instant(v.Opened), instant(v.Until),
	}
}

// writeVisits writes a line for each visit, and the page below it.
func writeVisits(out io.Writer, visits []creds.Visit, now time.Time, l look) error {
	rows := [][]string{{"ID", lang.T("OPENED"), lang.T("UNTIL"), lang.T("PROFILE"), lang.T("ACCOUNT"), lang.T("BROWSER")}}
	pages := make([]string, 0, len(visits))
	for _, v := range visits {
		until := "-"
		switch {
		case !v.Until.IsZero() && !v.Until.After(now):
			until = lang.T("over")
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
