package main

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// form is how a command prints what it shows.
type form struct{ json, plain bool }

func (f *form) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.json, "json", false, lang.T("print an array of objects"))
	cmd.Flags().BoolVar(&f.plain, "plain", false, lang.T("print one fact a line, without columns and colours"))
}

func (f *form) check(cmd *cobra.Command) error {
	if f.json && f.plain {
		return usage(cmd, "--json and --plain are two forms of the same: give one of them")
	}
	return nil
}

// fact is one line of --plain. It is left out where its value is empty.
type fact struct{ key, value string }

// headed is a fact under the heading of a table's column.
func headed(heading, value string) fact { return fact{strings.ToLower(heading), value} }

// writeBlocks writes facts, with an empty line between the blocks.
func writeBlocks(out io.Writer, blocks [][]fact) error {
	w := bufio.NewWriter(out)
	for i, block := range blocks {
		if i > 0 {
			_ = w.WriteByte('\n')
		}
		for _, f := range block {
			if f.value != "" {
				_, _ = fmt.Fprintf(w, "%s: %s\n", f.key, printable(f.value))
			}
		}
	}
	return w.Flush()
}

// rowFacts are what a table's line says of a profile.
func rowFacts(s creds.Status, now time.Time) []fact {
	return []fact{
		headed(lang.T("PROFILE"), s.Name), headed(lang.T("STATE"), describe(s, now)),
		headed(lang.T("KIND"), string(s.Kind)), headed(lang.T("ACCOUNT"), s.AccountID),
	}
}

// remarkFacts are the sentences that belong to a profile or a session.
func remarkFacts(sentences []string) (out []fact) {
	for _, s := range sentences {
		out = append(out, fact{lang.T("note"), s})
	}
	return out
}

func plainProfiles(profiles []creds.Status, now time.Time, details bool) (blocks [][]fact) {
	for _, s := range profiles {
		block := rowFacts(s, now)
		if details {
			block = append(block, remarkFacts(remarks(s))...)
		}
		blocks = append(blocks, block)
	}
	return blocks
}

func plainSessions(sessions []creds.Session, now time.Time) (blocks [][]fact) {
	for _, s := range sessions {
		block := []fact{
			headed(lang.T("SESSION"), s.ID), headed(lang.T("STATE"), describeSession(s, now)), headed(lang.T("PERSON"), s.Person),
			headed(lang.T("PROFILES"), strconv.Itoa(s.Profiles)), headed(lang.T("START URL"), s.StartURL),
		}
		if s.Err != nil {
			block = append(block, remarkFacts([]string{words.Sentence(s.Err.Message)})...)
		}
		blocks = append(blocks, block)
	}
	return blocks
}

// plainCard is all that is known about one profile.
func plainCard(s creds.Status, now time.Time) []fact {
	block := []fact{headed(lang.T("PROFILE"), s.Name), headed(lang.T("STATE"), describe(s, now))}
	block = append(block, cardFacts(s, now)...)
	return append(block, remarkFacts(append(remarks(s), agentapi.Sentences(s.Flaws)...))...)
}

// plainExplanation has a block for each step of a chain.
func plainExplanation(e creds.Explanation, now time.Time) (blocks [][]fact) {
	for i, link := range e.Links {
		ends := ""
		switch {
		case link.Expires.IsZero():
		case link.Expires.After(now):
			ends = lang.Sprintf("until %s", words.Clock(link.Expires, now))
		default:
			ends = lang.Sprintf("ended %s ago", words.Span(now.Sub(link.Expires)))
		}
		missing := ""
		if link.Missing != "" {
			missing = words.Sentence(link.Missing)
		}
		blocks = append(blocks, []fact{
			{lang.T("step"), fmt.Sprintf("%d. %s", i+1, link.Title)},
			{lang.T("detail"), link.Detail},
			{lang.T("credentials"), ends},
			{lang.T("missing"), missing},
		})
	}
	if flaws := agentapi.Sentences(e.Flaws); len(flaws) > 0 {
		blocks = append(blocks, remarkFacts(flaws))
	}
	return blocks
}
