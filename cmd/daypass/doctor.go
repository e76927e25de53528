package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
	"daypass/internal/words"
)

func newDoctor(c *cli) *cobra.Command {
	var asJSON, fix, yes bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: lang.T("Look at everything that daypass depends on, and mend what can be mended"),
		Long: lang.T(`Look at the keyring and its items, keys in plaintext, the permissions of files, the
AWS files and their profiles, the clock, the way to AWS, the desktop, and daypass
itself. Nobody is asked for anything, and a locked keyring stays locked. What takes
longer than five seconds is given up.

With --fix each fault that daypass can mend is mended after a question. The exit status
is 1 if an error or a warning is left.`),
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if yes && !fix {
				return usage(cmd, "--yes says that --fix need not ask: give both")
			}
			h, err := c.examine(cmd, fix, yes, asJSON)
			if err != nil {
				return err
			}
			if asJSON {
				err = encode(c.stdout, h)
			} else {
				err = writeHealth(c.stdout, h, c.look())
			}
			if err == nil && h.Worst().IsBad() {
				err = saidError{errUnwell}
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, lang.T("print JSON"))
	cmd.Flags().BoolVar(&fix, "fix", false, lang.T("mend what daypass can mend, and ask before each"))
	cmd.Flags().BoolVar(&yes, "yes", false, lang.T("with --fix, mend everything without asking"))
	return cmd
}

// errUnwell ends a doctor who has found something.
var errUnwell = lang.Error("not everything is in order")

// errNotMended ends a doctor who has nobody to ask.
var errNotMended = lang.Error("nothing was mended, as there is no terminal to ask in: --yes mends everything without asking")

// examine returns what is found, in the end after what could be mended was.
func (c *cli) examine(cmd *cobra.Command, fix, yes, asJSON bool) (creds.Health, error) {
	a, err := c.asker(cmd, "", creds.SignInOptions{})
	if err != nil {
		if cmd.Context().Err() != nil {
			return creds.Health{}, err
		}
		return localHealth(err), nil
	}
	defer a.client.Close()
	defer a.terminal.end()
	request := creds.HealthRequest{Environment: creds.ReachEnvironment(os.Getenv)}
	look := func(ctx context.Context) (creds.Health, error) { return a.client.Custody().Health(ctx, request) }
	h, err := look(cmd.Context())
	if err != nil {
		return h, err
	}
	if request.Fix = fixable(h); fix && len(request.Fix) > 0 {
		if !yes {
			if a.terminal == nil {
				return h, bareError{errNotMended}
			}
			if !asJSON {
				if err := writeHealth(c.stderr, h, lookOf(c.stderr, os.Getenv)); err != nil {
					return h, err
				}
			}
			if request.Fix, err = a.choose(cmd.Context(), h); err != nil {
				return h, err
			}
		}
		if len(request.Fix) > 0 {
			if h, err = answered(cmd.Context(), a, "", look); err != nil {
				return h, err
			}
		}
	}
	h.Findings = append(h.Findings, versions(cmd.Context(), a.client)...)
	return h, nil
}

// fixable are the IDs of the findings that daypass can mend.
func fixable(h creds.Health) (ids []string) {
	for _, g := range h.Groups() {
		for _, f := range g.Findings {
			if f.Fix != "" {
				ids = append(ids, f.ID)
			}
		}
	}
	return ids
}

// choose asks for each finding whether to mend it.
func (a *asker) choose(ctx context.Context, h creds.Health) (ids []string, err error) {
	a.terminal.forget()
	for _, id := range fixable(h) {
		i := slices.IndexFunc(h.Findings, func(f creds.Finding) bool { return f.ID == id })
		f := h.Findings[i]
		answer, err := a.terminal.ask(ctx, lang.Sprintf("%s: %s? [y/N] ", printable(f.Title), printable(f.Fix)), inputMaybe)
		if err != nil {
			return nil, err
		}
		if isYes(answer.Reveal()) {
			ids = append(ids, id)
		}
	}
	a.terminal.end()
	return ids, nil
}

// versions compares this program with the agent.
func versions(ctx context.Context, client *agentapi.Client) []creds.Finding {
	hello, err := client.Hello(ctx)
	if err != nil || hello.Version == words.Version() {
		return nil // the agent's own findings have the version
	}
	return []creds.Finding{{
		ID: "version", Topic: creds.TopicDaypass, Severity: creds.SeverityWarning, Title: lang.T("The agent is of another version"),
		Detail: lang.Sprintf("It is %s, and this command is %s.", hello.Version, words.Version()),
		Advice: lang.T("End it, so that the next command starts the one that is installed beside it: daypass stop"),
	}}
}

// severityWord is how a line begins.
func severityWord(s creds.Severity) string {
	switch s {
	case creds.SeverityError:
		return lang.T("error")
	case creds.SeverityWarning:
		return lang.T("warning")
	case creds.SeverityOK:
		return lang.T("ok")
	case creds.SeverityUnknown:
	}
	return lang.T("unknown")
}

// paintSeverity colours a text by a severity.
func (l look) paintSeverity(s creds.Severity, text string) string {
	state := map[creds.Severity]creds.State{
		creds.SeverityOK: creds.StateValid, creds.SeverityWarning: creds.StateEnding, creds.SeverityError: creds.StateFailed,
	}
	return l.paint(cmp.Or(state[s], creds.StateNone), text)
}

// writeHealth writes the findings by topic, and how many there are.
func writeHealth(out io.Writer, h creds.Health, l look) error {
	w := bufio.NewWriter(out)
	width := 0
	for _, s := range []creds.Severity{creds.SeverityError, creds.SeverityWarning, creds.SeverityUnknown, creds.SeverityOK} {
		width = max(width, columns(severityWord(s)))
	}
	indent := strings.Repeat(" ", 2+width+2)
	for _, g := range h.Groups() {
		fmt.Fprintln(w, creds.TopicName(g.Topic))
		for i, f := range g.Findings {
			if i+1 < len(g.Findings) && f.Advice == g.Findings[i+1].Advice {
				f.Advice = "" // it comes once, after the last
			}
			word := severityWord(f.Severity)
			fmt.Fprintf(w, "  %s%s  ", l.paintSeverity(f.Severity, word), strings.Repeat(" ", width-columns(word)))
			for i, line := range wrapped(printable(f.Title), l.width-len(indent)) {
				if i > 0 {
					fmt.Fprint(w, indent)
				}
				fmt.Fprintln(w, line)
			}
			for _, text := range []string{f.Detail, f.Advice} {
				for part := range strings.Lines(text) {
					for _, line := range wrapped(printable(strings.TrimSpace(part)), l.width-len(indent)) {
						fmt.Fprintln(w, indent+line)
					}
				}
			}
			if f.Fix != "" {
				fmt.Fprintln(w, indent+lang.Sprintf("daypass doctor --fix does this: %s", printable(f.Fix)))
			}
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w, h.Summary())
	return w.Flush()
}
