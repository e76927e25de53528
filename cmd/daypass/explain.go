package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
	"daypass/internal/words"
)

func newExplain(c *cli) *cobra.Command {
	var as form
	cmd := &cobra.Command{
		Use:   "explain NAME",
		Short: lang.T("Show where a profile's credentials come from"),
		Long: lang.T(`Show where a profile's credentials come from, one step a line: the key or the
sign-in, the roles, and the file that they are written to; when the credentials of
each step end, and what a step lacks. Below that, what decides on them: region, MFA
device, role, duration, and the layout of the AWS files, each with the setting that it
is from.`),
		Args:              oneProfile,
		ValidArgsFunction: once(completeProfile),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := as.check(cmd); err != nil {
				return err
			}
			e, err := asked(cmd, func(client *agentapi.Client, ctx context.Context) (creds.Explanation, error) {
				return client.Explain(ctx, args[0])
			})
			if err != nil {
				return aboutProfile(err, args[0])
			}
			if as.plain {
				return writeBlocks(c.stdout, plainExplanation(e, time.Now()))
			}
			if as.json {
				if err := encode(c.stdout, linkRecords(e)); err != nil {
					return err
				}
				return writeProblems(c.stderr, e.Flaws)
			}
			return writeExplanation(c.stdout, e, time.Now(), c.look())
		},
	}
	as.add(cmd)
	return cmd
}

// linkRecord is a step in the output of --json.
type linkRecord struct {
	Kind    creds.LinkKind `json:"kind"`
	Profile *string        `json:"profile"`
	Title   string         `json:"title"`
	Detail  *string        `json:"detail"`
	Expires *string        `json:"expires"`
	Missing *string        `json:"missing"`
	Values  []valueRecord  `json:"values"`
}

// valueRecord is a value that decides on the credentials, with what it is from. The last
// step has them all.
type valueRecord struct {
	Name  creds.ValueName `json:"name"`
	Value string          `json:"value"`
	From  creds.ValueFrom `json:"from"`
	Where *string         `json:"where"`
}

func newLinkRecord(l creds.ExplainedLink) linkRecord {
	return linkRecord{l.Kind, orNull(l.Profile), l.Title, orNull(l.Detail), instant(l.Expires), orNull(l.Missing), []valueRecord{}}
}

// linkRecords are the steps, the last of them with the values.
func linkRecords(e creds.Explanation) []linkRecord {
	records := make([]linkRecord, 0, len(e.Links))
	for _, l := range e.Links {
		records = append(records, newLinkRecord(l))
	}
	if n := len(records); n > 0 {
		for _, v := range e.Values {
			records[n-1].Values = append(records[n-1].Values, valueRecord{v.Name, v.Value, v.From, orNull(v.Where)})
		}
	}
	return records
}

// writeExplanation draws a chain: each step below the one that it comes from.
func writeExplanation(out io.Writer, e creds.Explanation, now time.Time, l look) error {
	const arrow, step = "└─▶ ", "    "
	w := bufio.NewWriter(out)
	for i, link := range e.Links {
		before, indent := "", ""
		if i > 0 {
			before = strings.Repeat(step, i-1) + arrow
			indent = strings.Repeat(step, i)
		}
		title, ends, state := printable(link.Title), "", creds.StateNone
		switch {
		case link.Expires.IsZero():
		case link.Expires.After(now):
			ends, state = lang.Sprintf(", until %s", words.Clock(link.Expires, now)), creds.StateValid
		default:
			ends, state = lang.Sprintf(", ended %s ago", words.Span(now.Sub(link.Expires))), creds.StateExpired
		}
		detail := ""
		if link.Detail != "" {
			detail = printable(link.Detail)
			if l.width > 0 {
				rest := l.width - columns(before+title+ends) - gap
				detail = shorten(detail, max(rest, nameMin))
			}
			detail = strings.Repeat(" ", gap) + detail
		}
		fmt.Fprintln(w, before+title+l.paint(state, ends)+detail)
		if link.Missing != "" {
			for _, line := range wrapped("! "+words.Sentence(printable(link.Missing)), l.width-len(indent)) {
				fmt.Fprintln(w, indent+l.paint(creds.StateExpired, line))
			}
		}
	}
	if len(e.Values) > 0 {
		fmt.Fprintln(w)
	}
	for _, v := range e.Values {
		fmt.Fprintln(w, lang.Sprintf("%s: %s (%s)", v.Name.Label(), printable(v.Value), printable(v.Words())))
	}
	for _, flaw := range agentapi.Sentences(e.Flaws) {
		for _, line := range wrapped("! "+flaw, l.width) {
			fmt.Fprintln(w, l.paint(creds.StateExpired, line))
		}
	}
	return w.Flush()
}
