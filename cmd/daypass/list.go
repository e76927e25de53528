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
)

func newList(c *cli) *cobra.Command {
	var as form
	cmd := &cobra.Command{
		Use:   "list",
		Short: lang.T("Show all profiles"),
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := as.check(cmd); err != nil {
				return err
			}
			if as.json {
				return listRecords(c, cmd)
			}
			table, err := asked(cmd, (*agentapi.Client).List)
			if err != nil {
				return err
			}
			switch {
			case len(table.Profiles) > 0:
				err = writeList(c, table, as.plain, time.Now())
			case len(table.Problems) == 0: // else there may be some that cannot be read
				_, err = fmt.Fprintln(c.stdout, lang.T("There are no profiles yet. Make one with: daypass add NAME"))
			}
			if err != nil {
				return err
			}
			if table.Plaintext > 0 {
				fmt.Fprintln(c.stderr, plaintextLine(table.Plaintext))
			}
			return writeProblems(c.stderr, append(table.Problems, fewest(table.Flaws)...))
		},
	}
	as.add(cmd)
	return cmd
}

func writeList(c *cli, table agentapi.Table, plain bool, now time.Time) error {
	if plain {
		blocks := make([][]fact, 0, len(table.Profiles))
		for _, l := range table.Profiles {
			blocks = append(blocks, rowFacts(l.Status(), now))
		}
		return writeBlocks(c.stdout, blocks)
	}
	rows := make([]tableRow, 0, len(table.Profiles))
	for _, l := range table.Profiles {
		rows = append(rows, rowOf(l.Status(), now))
	}
	return writeRows(c.stdout, rows, c.look())
}

// listRecords prints all profiles as the agent writes them, which have their own errors and
// flaws, and on stderr the problems of no single profile.
func listRecords(c *cli, cmd *cobra.Command) error {
	var problems []creds.Error
	records, err := asked(cmd, func(client *agentapi.Client, ctx context.Context) (agentapi.Text, error) {
		records, err := client.Records(ctx)
		if err != nil {
			return nil, err
		}
		snapshot, err := client.Noteworthy(ctx)
		problems = snapshot.Problems
		return records, err
	})
	if err != nil {
		return err
	}
	if _, err := c.stdout.Write(records); err != nil {
		return err
	}
	return writeProblems(c.stderr, problems)
}

// maxFlaws is how many flaws of single profiles are listed.
const maxFlaws = 10

// fewest returns the first of the flaws of profiles, and how many more there are.
func fewest(flaws []creds.Error) []creds.Error {
	if len(flaws) <= maxFlaws {
		return flaws
	}
	more := len(flaws) - maxFlaws
	return append(flaws[:maxFlaws:maxFlaws], creds.Error{
		Code: creds.CodeBadFile, Message: lang.Sprintf("%s of the AWS files are not read alike by all of AWS's tools", lang.Count(more, "%d more line", "%d more lines")),
		Advice: lang.T("See those of a profile with: daypass status NAME"),
	})
}

// writeRecords writes profiles in the form of --json.
func writeRecords(out io.Writer, profiles []creds.Status, now time.Time) error {
	_, err := out.Write(agentapi.AppendRecords(nil, profiles, now))
	return err
}
