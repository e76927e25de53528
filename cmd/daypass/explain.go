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
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain NAME",
		Short: lang.T("Show where a profile's credentials come from"),
		Long: lang.T(`Show where a profile's credentials come from, one step a line: the key or the
sign-in, the roles, and the file that they are written to; when the credentials of
each step end, and what a step lacks.`),
		Args:              oneProfile,
		ValidArgsFunction: once(completeProfile),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := asked(cmd, func(client *agentapi.Client, ctx context.Context) (creds.Explanation, error) {
				return client.Explain(ctx, args[0])
			})
			if err != nil {
				return aboutProfile(err, args[0])
			}
			if asJSON {
				if err := encodeAll(c.stdout, e.Links, newLinkRecord); err != nil {
					return err
				}
				return writeProblems(c.stderr, e.Flaws)
			}
			return writeExplanation(c.stdout, e, time.Now(), c.look())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, lang.T("print an array of objects"))
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
}

func newLinkRecord(l creds.ExplainedLink) linkRecord {
	return linkRecord{l.Kind, orNull(l.Profile), l.Title, orNull(l.Detail), instant(l.Expires), orNull(l.Missing)}
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
	for _, flaw := range agentapi.Sentences(e.Flaws) {
		for _, line := range wrapped("! "+flaw, l.width) {
			fmt.Fprintln(w, l.paint(creds.StateExpired, line))
		}
	}
	return w.Flush()
}
