package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// consent is how a person agrees to a change of the config file.
type consent struct{ yes, dryRun bool }

// consentHelp is part of the help of every such command.
const consentHelp = `
The change is printed to stdout, all else to stderr. Without a terminal to ask
in, nothing is written unless --yes says so, and the exit status is 3 if there is
something to write; --dry-run exits with 0 either way.`

func (o *consent) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.yes, "yes", false, lang.T("make the change without asking"))
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, lang.T("show the change, and do not make it"))
}

func (o *consent) check(cmd *cobra.Command) error {
	if o.yes && o.dryRun {
		return usage(cmd, "--yes makes the change and --dry-run does not: give one of them")
	}
	return nil
}

// errNotWritten ends a command whose change was shown and not made.
var errNotWritten = lang.Error("nothing was written")

// change shows a change of the config file, and makes it when the person agrees. The
// agent gets the fingerprint of the change that was shown, and makes no other.
func (a *sessionAsker) change(
	ctx context.Context, o consent,
	request func(context.Context, creds.ConfigWrite) (creds.ConfigChange, error),
) error {
	var shown creds.ConfigChange
	step := func(write creds.ConfigWrite) error {
		return a.do(ctx, func(ctx context.Context) error {
			var err error
			shown, err = request(ctx, write)
			return err
		})
	}
	if err := step(creds.ConfigWrite{}); err != nil {
		return err
	}
	c := a.cli
	if err := writeDiff(c.stdout, shown.Diff, c.look()); err != nil {
		return err
	}
	writeCounts(c.stderr, shown)
	if shown.Diff == "" || o.dryRun {
		return nil
	}
	if !o.yes {
		if err := a.agree(ctx, shown.Path); err != nil {
			return err
		}
	}
	if err := step(creds.ConfigWrite{Write: true, Seen: shown.Fingerprint}); err != nil {
		return err
	}
	if !shown.Written {
		return errNotWritten
	}
	_, _ = lang.Fprintf(c.stderr, "Written to %s\n", printable(shown.Path))
	return nil
}

// agree asks whether to make the change that was shown. Only a person who sees stdout can
// agree to it.
func (a *sessionAsker) agree(ctx context.Context, path string) error {
	if a.terminal == nil || !isTerminal(a.cli.stdin) || !isTerminal(a.cli.stdout) {
		if a.cli.noInput {
			return needsPersonError(lang.Errorf("%w, as nobody is to be asked: --yes makes the change without asking", errNotWritten))
		}
		return needsPersonError(lang.Errorf("%w, as there is no terminal to ask in: --yes makes the change without asking", errNotWritten))
	}
	defer a.terminal.end()
	// What was typed before the change was shown is no answer.
	a.terminal.forget()
	answer, err := a.terminal.ask(ctx, lang.Sprintf("Write this to %s? [y/N] ", printable(path)), inputMaybe)
	if err != nil {
		return err
	}
	if !isYes(answer.Reveal()) {
		return errNotWritten
	}
	return nil
}

// isYes reports whether an answer to a [y/N] question is yes.
func isYes(text string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	return text == "y" || text == "yes"
}

// writeCounts prints how many profiles a change is about, and what is left out and why.
func writeCounts(out io.Writer, change creds.ConfigChange) {
	w := bufio.NewWriter(out)
	defer func() { _ = w.Flush() }() // out keeps the error
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{
		{len(change.Added), lang.T("to add")},
		{len(change.Changed), lang.T("to change")},
		{len(change.Removed), lang.T("to remove")},
		{len(change.Kept), lang.T("as they are")},
		{len(change.Skipped), lang.T("skipped")},
	} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	if len(parts) > 0 {
		_, _ = lang.Fprintf(w, "Profiles: %s\n", strings.Join(parts, ", "))
	}
	for _, s := range change.Skipped {
		fmt.Fprintf(w, "  %s: %s\n", printable(s.Profile), printable(s.Why))
	}
	for _, warning := range change.Warnings {
		fmt.Fprintln(w, lang.Sprintf("Note: %s", words.Sentence(printable(warning))))
	}
	if change.Diff == "" {
		fmt.Fprintln(w, lang.T("Nothing to change."))
	}
}
