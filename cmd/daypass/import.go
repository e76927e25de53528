package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// importFlags are the wishes of who imports keys.
type importFlags struct {
	yes, dryRun, undo, json bool
	csv                     []string
	awsVault                bool
	as                      string
}

func newImport(c *cli) *cobra.Command {
	var flags importFlags
	cmd := &cobra.Command{
		Use:   "import [NAME...]",
		Short: lang.T("Move long-term keys out of plaintext into the keyring"),
		Long: lang.T(`Find long-term access keys that lie in plaintext, and move them into the keyring:
in the AWS files, whoever wrote them; in a folder of keys, as of ec2switch; in the
environment of this shell; in an access-keys file of AWS's console, with --csv; and
in what aws-vault keeps, with --aws-vault also where that is locked. Each is shown
with its owner and age, as AWS says. With names, only those of these profiles are.

A key is stored, read back from the keyring, and proved with AWS. Only then is it
taken out of the AWS files, of which every other byte stays. Elsewhere it stays,
and it is said what to do. --undo puts keys back into the AWS files as they were,
and takes them out of the keyring.

Without a terminal to ask in, nothing is imported unless --yes says so.`),
		Example: lang.T(`  daypass import                            show all, and ask about each
  daypass import work --yes                 the key of one profile
  daypass import --csv bob_accessKeys.csv   a key that was just made
  daypass import --undo work                put it back`),
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: completeProfile,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := flags.check(cmd, args); err != nil {
				return err
			}
			return importKeys(c, cmd, flags, args)
		},
	}
	set := cmd.Flags()
	set.StringArrayVar(&flags.csv, "csv", nil, lang.T("also read this access-keys `FILE` of AWS's console; may be repeated"))
	set.BoolVar(&flags.awsVault, "aws-vault", false, lang.T("ask for what opens aws-vault's files and keyrings, and search them, too"))
	set.StringVar(&flags.as, "as", "", lang.T("store the key under this `NAME`; only if one is imported"))
	set.BoolVar(&flags.yes, "yes", false, lang.T("import all that are found, without asking"))
	set.BoolVar(&flags.dryRun, "dry-run", false, lang.T("show the keys, and import none"))
	set.BoolVar(&flags.undo, "undo", false, lang.T("put imported keys back into the AWS files"))
	set.BoolVar(&flags.json, "json", false, lang.T("print an array of objects; without --yes, of the keys that are found"))
	_ = cmd.MarkFlagFilename("csv", "csv")
	return cmd
}

func (f importFlags) check(cmd *cobra.Command, args []string) error {
	switch {
	case f.yes && f.dryRun:
		return usage(cmd, "--yes imports the keys and --dry-run does not: give one of them")
	case f.undo && (f.dryRun || len(f.csv) > 0 || f.awsVault || f.as != ""):
		return usage(cmd, "--undo takes names of profiles, --yes and --json alone")
	case f.as != "" && len(args)+len(f.csv) != 1:
		return usage(cmd, "--as is about one key: name its profile or its file")
	}
	return nil
}

// These end a command of whose results some are failures, which were printed.
var (
	errNotAllImported = lang.Error("not all of these keys were imported")
	errNotAllUndone   = lang.Error("not all of these keys were put back")
)

func importKeys(c *cli, cmd *cobra.Command, flags importFlags, names []string) error {
	t := c.personAt()
	defer t.end()
	client, err := connect(cmd, surfaceOf(t, ""))
	if err != nil {
		return err
	}
	defer client.Close()
	i := &keyImport{
		cli: c, flags: flags, terminal: t, names: names,
		do: &asker{client: client, terminal: t},
	}
	if flags.undo {
		return i.undo(cmd.Context())
	}
	return i.run(cmd.Context())
}

// keyImport is one run of the command.
type keyImport struct {
	*cli
	flags    importFlags
	terminal *terminal
	names    []string
	do       *asker
}

// search is what is searched besides the files that the agent knows.
func (i *keyImport) search() (r creds.FindKeysRequest, err error) {
	r.Ask, r.Open = true, i.flags.awsVault
	for _, path := range i.flags.csv {
		path, err := filepath.Abs(path)
		if err != nil {
			return r, lang.Errorf("--csv: %w", err)
		}
		r.CSV = append(r.CSV, path)
	}
	key, token, err := keyOfEnvironment(os.Getenv)
	if err == nil && token.IsZero() {
		r.Environment, r.EnvironmentProfile = &key, cmp.Or(os.Getenv("AWS_PROFILE"), os.Getenv("AWS_DEFAULT_PROFILE"))
	}
	return r, nil
}

// canAsk reports whether there is a terminal in which a person sees the keys and answers.
func (i *keyImport) canAsk() bool {
	return i.terminal != nil && !i.noInput && isTerminal(i.stdin) && isTerminal(i.stdout)
}

func (i *keyImport) run(ctx context.Context) error {
	if !i.flags.yes && !i.flags.dryRun && !i.flags.json && !i.canAsk() {
		return bareError{lang.Error("nothing was imported, as there is no terminal to ask in: --yes imports all that are found, and --dry-run shows them")}
	}
	search, err := i.search()
	if err != nil {
		return err
	}
	found, err := answered(ctx, i.do, "", func(ctx context.Context) (creds.FoundKeys, error) {
		return i.do.client.Custody().Find(ctx, search)
	})
	if err != nil {
		return err
	}
	for _, note := range found.Notes {
		fmt.Fprintln(i.stderr, words.Sentence(printable(note)))
	}
	if found.Keys, err = i.wanted(found.Keys); err != nil {
		return err
	}
	if i.flags.json && !i.flags.yes {
		return encodeAll(i.stdout, found.Keys, func(k creds.FoundKey) importRecord { return recordOfKey(creds.ImportedKey{FoundKey: k}) })
	}
	if len(found.Keys) == 0 {
		if i.flags.json {
			return encode(i.stdout, []importRecord{})
		}
		_, err := fmt.Fprintln(i.stdout, lang.T("No long-term key was found outside the keyring."))
		return err
	}
	if !i.flags.json {
		if err := writeFound(i.stdout, found.Keys, time.Now(), i.look()); err != nil {
			return err
		}
	}
	if i.flags.dryRun {
		return nil
	}
	chosen, err := i.choose(ctx, found.Keys)
	if err != nil || len(chosen) == 0 {
		return err
	}
	search.Ask = false
	done, err := answered(ctx, i.do, "", func(ctx context.Context) (creds.ImportedKeys, error) {
		return i.do.client.Custody().Import(ctx, creds.ImportKeysRequest{FindKeysRequest: search, Keys: chosen})
	})
	if err != nil {
		return err
	}
	return i.report(done, sayImported, errNotAllImported)
}

// wanted returns the keys of the profiles that are named, and of the files that are given.
func (i *keyImport) wanted(all []creds.FoundKey) (keys []creds.FoundKey, err error) {
	if len(i.names) == 0 {
		return all, nil
	}
	for _, name := range i.names {
		if !slices.ContainsFunc(all, func(k creds.FoundKey) bool { return k.Profile == name }) {
			return nil, lang.Errorf("no long-term key of profile %q was found outside the keyring", printable(name))
		}
	}
	for _, k := range all {
		if slices.Contains(i.names, k.Profile) {
			keys = append(keys, k)
		}
	}
	return keys, nil
}

// isMovable reports whether importing a key changes anything.
func isMovable(k creds.FoundKey) bool { return k.Err == nil && (!k.Known || k.Stays == "") }

// choose returns the keys to import: all with --yes, and else those that a person agrees to.
func (i *keyImport) choose(ctx context.Context, found []creds.FoundKey) (chosen []creds.ImportKey, err error) {
	ofFile := len(i.names) == 0 // --as is about the key of the file
	for n := range found {
		k := &found[n]
		if i.flags.as != "" && (!ofFile || k.Source == creds.SourceCSV) {
			k.Profile = i.flags.as
			if k.Err != nil && k.Err.Code == creds.CodeKeyExists {
				k.Err = nil // of the other name
			}
		}
	}
	found = slices.DeleteFunc(found, func(k creds.FoundKey) bool {
		return !isMovable(k) || i.flags.as != "" && k.Profile != i.flags.as
	})
	if len(found) == 0 {
		_, err := fmt.Fprintln(i.stderr, lang.T("There is nothing to import."))
		return nil, err
	}
	for _, k := range found {
		if !i.flags.yes {
			i.terminal.forget() // what was typed before is no answer
			answer, err := i.terminal.ask(ctx, lang.Sprintf("Import the key %s as %s? [y/N] ", printable(k.AccessKeyID), printable(k.Profile)), inputMaybe)
			i.terminal.end()
			if err != nil {
				return nil, err
			}
			if !isYes(answer.Reveal()) {
				continue
			}
		}
		chosen = append(chosen, creds.ImportKey{Ref: k.Ref, Profile: k.Profile})
	}
	if len(chosen) == 0 {
		fmt.Fprintln(i.stderr, lang.T("Nothing was imported."))
	}
	return chosen, nil
}

// undo puts keys back.
func (i *keyImport) undo(ctx context.Context) error {
	if !i.flags.yes {
		if !i.canAsk() {
			return bareError{lang.Error("nothing was put back, as there is no terminal to ask in: --yes puts the keys back without asking")}
		}
		question := lang.T("Put all imported keys back into the AWS files, in plaintext? [y/N] ")
		if len(i.names) > 0 {
			question = lang.Sprintf("Put the keys of %s back into the AWS files, in plaintext? [y/N] ", printable(strings.Join(i.names, ", ")))
		}
		answer, err := i.terminal.ask(ctx, question, inputMaybe)
		i.terminal.end()
		if err != nil {
			return err
		}
		if !isYes(answer.Reveal()) {
			return bareError{lang.Error("nothing was put back")}
		}
	}
	done, err := answered(ctx, i.do, "", func(ctx context.Context) (creds.ImportedKeys, error) {
		return i.do.client.Custody().UndoImport(ctx, creds.UndoImportRequest{Profiles: i.names})
	})
	if err != nil {
		return err
	}
	if len(done.Keys) == 0 && !i.flags.json {
		_, err := fmt.Fprintln(i.stdout, lang.T("No imported key can be put back: none was taken out of the AWS files."))
		return err
	}
	return i.report(done, sayUndone, errNotAllUndone)
}

// report prints what became of each key.
func (i *keyImport) report(done creds.ImportedKeys, say func(creds.ImportedKey) string, why error) error {
	failed := false
	w := bufio.NewWriter(i.stdout)
	for _, k := range done.Keys {
		if !i.flags.json {
			fmt.Fprintln(w, say(k))
		}
		if k.Err != nil {
			failed = true
			if k.Err.Advice != "" && !i.flags.json {
				fmt.Fprintln(i.stderr, printableLines(k.Err.Advice))
			}
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if i.flags.json {
		if err := encodeAll(i.stdout, done.Keys, recordOfKey); err != nil {
			return err
		}
	}
	if failed {
		return bareError{why}
	}
	return nil
}

func sayImported(k creds.ImportedKey) string {
	name := printable(k.Profile)
	switch {
	case k.Err != nil:
		return lang.Sprintf("%s: %s", name, words.Sentence(printable(k.Err.Message)))
	case k.TakenOut:
		return lang.Sprintf("%s: the key %s is in the keyring, and was taken out of %s.", name, printable(k.AccessKeyID), printable(k.Place))
	}
	return lang.Sprintf("%s: the key %s is in the keyring. %s", name, printable(k.AccessKeyID), printable(k.Note))
}

func sayUndone(k creds.ImportedKey) string {
	if k.Err != nil {
		return lang.Sprintf("%s: %s", printable(k.Profile), words.Sentence(printable(k.Err.Message)))
	}
	return lang.Sprintf("%s: the key %s is in %s again, and not in the keyring for this profile any more.", printable(k.Profile), printable(k.AccessKeyID), printable(k.Place))
}

// writeFound writes a table of keys, with what is to be said of each below it.
func writeFound(out io.Writer, keys []creds.FoundKey, now time.Time, l look) error {
	const name, owner = 0, 2
	cells := [][]string{{lang.T("PROFILE"), lang.T("KEY"), lang.T("OWNER"), lang.T("AGE")}}
	for _, k := range keys {
		age := ""
		if !k.Created.IsZero() {
			age = words.Span(now.Sub(k.Created))
		}
		cells = append(cells, []string{printable(k.Profile), cmp.Or(printable(k.AccessKeyID), "-"), cmp.Or(printable(ownerOf(k.UserARN)), "-"), cmp.Or(age, "-")})
	}
	w := bufio.NewWriter(out)
	for i, line := range aligned(cells, l.width, nil, name, owner) {
		_, _ = w.WriteString(line + "\n")
		if i == 0 {
			continue
		}
		k := keys[i-1]
		remarks := []string{printable(k.Place)}
		switch {
		case k.Err != nil:
			remarks = append(remarks, words.Sentence(printable(k.Err.Message)))
		case k.Known:
			remarks = append(remarks, lang.T("The keyring has this key already."))
		}
		if k.Stays != "" {
			remarks = append(remarks, printable(k.Stays))
		}
		writeIndented(w, remarks, l.width)
	}
	return w.Flush()
}

// ownerOf is who an ARN of a user means, for people: "alice in 111111111111".
func ownerOf(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return arn
	}
	return lang.Sprintf("%s in %s", parts[5][strings.LastIndexByte(parts[5], '/')+1:], parts[4])
}

// importRecord is a key in the form of --json.
type importRecord struct {
	Profile     string  `json:"profile"`
	AccessKeyID *string `json:"access_key_id"`
	Source      *string `json:"source"`
	Place       *string `json:"place"`
	UserARN     *string `json:"user_arn"`
	Created     *string `json:"created"`
	Known       bool    `json:"known"`
	Stays       *string `json:"stays"`
	Done        bool    `json:"done"`
	TakenOut    bool    `json:"taken_out"`
	Note        *string `json:"note"`
	Error       *string `json:"error"`
	ErrorCode   *string `json:"error_code"`
}

func recordOfKey(k creds.ImportedKey) importRecord {
	r := importRecord{
		Profile: k.Profile, AccessKeyID: orNull(k.AccessKeyID), Source: orNull(string(k.Source)), Place: orNull(k.Place),
		UserARN: orNull(k.UserARN), Created: instant(k.Created), Known: k.Known, Stays: orNull(k.Stays),
		Done: k.Done, TakenOut: k.TakenOut, Note: orNull(k.Note),
	}
	if k.Err != nil {
		r.Error, r.ErrorCode = orNull(k.Err.Message), orNull(string(k.Err.Code))
	}
	return r
}
