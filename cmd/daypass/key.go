package main

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/internal/lang"
)

func newKey(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "key",
		Short: lang.T("Copy a long-term key to another machine"),
		Long: lang.T(`A long-term key stays in the keyring of its machine. This copies one, encrypted, to
another.`),
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newKeyCopy(c))
	return cmd
}

func newKeyCopy(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "copy NAME [FILE]",
		Short: lang.T("Write a profile's long-term key to an encrypted file"),
		Long: lang.T(`Write the long-term key of a profile to a new file that only a passphrase opens, for
"daypass add --from FILE" on another machine. You type the passphrase twice, in the
terminal or in a window; no program can. The file is one of age's
(https://age-encryption.org), and the key is never printed. Without FILE it is
NAME.age in this folder. Delete it when the other machine has the key.`),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 {
				args = args[:1]
			}
			return oneProfile(cmd, args)
		},
		ValidArgsFunction: once(completeProfile),
		RunE: func(cmd *cobra.Command, args []string) error {
			file := strings.Map(fileRune, args[0]) + ".age"
			if len(args) == 2 {
				file = args[1]
			}
			return copyKey(c, cmd, args[0], file)
		},
	}
}

// fileRune replaces what a file's name cannot have on every system.
func fileRune(r rune) rune {
	if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
		return '-'
	}
	return r
}

func copyKey(c *cli, cmd *cobra.Command, name, file string) error {
	path, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	a, err := c.asker(cmd, "", creds.SignInOptions{NoBrowser: true})
	if err != nil {
		return err
	}
	defer a.client.Close()
	reply, err := answered(cmd.Context(), a, name, func(ctx context.Context) (creds.KeyCopyReply, error) {
		return a.client.Custody().Copy(ctx, creds.KeyCopyRequest{Profile: name, Path: path})
	})
	if err != nil {
		return aboutProfile(err, name)
	}
	_, _ = lang.Fprintf(c.stdout, "%s: the key %s is in %s, encrypted\n", printable(name), printable(reply.AccessKeyID), printable(reply.Path))
	fmt.Fprintln(c.stderr, lang.Sprintf("On the other machine: daypass add --from %s", shellWord(filepath.Base(reply.Path))))
	return nil
}

// addCopy adds the key of a file of "key copy".
func addCopy(c *cli, cmd *cobra.Command, file, name string, replace bool) error {
	path, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	a, err := c.asker(cmd, "", creds.SignInOptions{NoBrowser: true})
	if err != nil {
		return err
	}
	defer a.client.Close()
	reply, err := answered(cmd.Context(), a, cmp.Or(name, path), func(ctx context.Context) (creds.AddReply, error) {
		return a.client.Custody().AddCopy(ctx, creds.AddCopyRequest{Path: path, Profile: name, Replace: replace})
	})
	if err != nil {
		return err
	}
	hello, err := a.client.Hello(cmd.Context())
	if err != nil {
		return err
	}
	writeAdded(c.stdout, reply, hello.ConfigFile)
	return nil
}
