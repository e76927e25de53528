package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/secret"
	"daypass/internal/words"
)

func newAdd(c *cli) *cobra.Command {
	var request creds.AddRequest
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: lang.T("Store an access key in the keyring under a profile's name"),
		Long: lang.T(`Store the long-term access key of an IAM user in the keyring, and make a profile
for it in the AWS config file. AWS is asked whose key it is, and which MFA device
its user has.

The key is asked for in the terminal. Without one, it is read from stdin: the
access key ID on the first line, the secret access key on the second.`),
		Args: oneProfile,
		RunE: func(cmd *cobra.Command, args []string) error {
			request.Profile = args[0]
			return storeKey(c, cmd, request)
		},
	}
	cmd.Flags().StringVar(&request.Region, "region", "", lang.T("the profile's region"))
	cmd.Flags().StringVar(&request.MFASerial, "mfa-serial", "", lang.T("the ARN of the MFA device, instead of looking for it"))
	cmd.Flags().BoolVar(&request.Replace, "replace", false, lang.T("let the key take the place of another one"))
	return cmd
}

func storeKey(c *cli, cmd *cobra.Command, request creds.AddRequest) error {
	t := c.personAt()
	defer t.end()
	var err error
	if isTerminal(c.stdin) {
		err = askKey(cmd.Context(), t, &request)
	} else {
		err = readKey(c.stdin, &request)
	}
	if err != nil {
		return err
	}
	client, err := connect(cmd, surfaceOf(t, ""))
	if err != nil {
		return err
	}
	defer client.Close()
	a := &asker{client: client, terminal: t}
	reply, err := answered(cmd.Context(), a, request.Profile, func(ctx context.Context) (creds.AddReply, error) {
		return client.Add(ctx, request)
	})
	if err != nil {
		return aboutProfile(err, request.Profile)
	}
	hello, err := client.Hello(cmd.Context())
	if err != nil {
		return err
	}
	writeAdded(c.stdout, reply, hello.ConfigFile)
	return nil
}

// askKey asks for the key in the terminal.
func askKey(ctx context.Context, t *terminal, request *creds.AddRequest) error {
	if t == nil {
		return lang.Error("the terminal cannot be asked for the key: this command runs in its background")
	}
	id, err := t.ask(ctx, lang.T("Access key ID: "), inputText)
	if err != nil {
		return err
	}
	request.AccessKeyID = strings.TrimSpace(id.Reveal())
	key, err := t.ask(ctx, lang.T("Secret access key (not shown): "), inputHidden)
	request.SecretAccessKey = secret.New(strings.TrimSpace(key.Reveal()))
	return err
}

// readKey reads the key from two lines.
func readKey(r io.Reader, request *creds.AddRequest) error {
	lines := bufio.NewScanner(io.LimitReader(r, 2*maxLine))
	var read []string
	for len(read) < 2 && lines.Scan() {
		read = append(read, strings.TrimSpace(lines.Text()))
	}
	if err := lines.Err(); err != nil {
		return lang.Errorf("reading the key from stdin: %w", err)
	}
	if len(read) < 2 || read[0] == "" || read[1] == "" {
		return lang.Error("stdin should hold two lines: the access key ID, and the secret access key")
	}
	request.AccessKeyID, request.SecretAccessKey = read[0], secret.New(read[1])
	return nil
}

// writeAdded prints what AWS says of the key, and what was written where.
func writeAdded(out io.Writer, reply creds.AddReply, configFile string) {
	s := reply.Status
	section := "profile " + s.Name
	if s.Name == "default" {
		section = s.Name
	}
	_, _ = lang.Fprintf(out, "%s: the key is in the keyring\n", printable(s.Name))
	_, _ = lang.Fprintf(out, "  user        %s\n", printable(reply.UserARN))
	_, _ = lang.Fprintf(out, "  account     %s\n", printable(s.AccountID))
	_, _ = lang.Fprintf(out, "  MFA device  %s\n", cmp.Or(printable(s.MFASerial), lang.T("none")))
	_, _ = lang.Fprintf(out, "  region      %s\n", printable(s.Region))
	_, _ = lang.Fprintf(out, "  written to  [%s] in %s\n", printable(section), printable(configFile))
	if reply.Note != "" {
		fmt.Fprintln(out, words.Sentence(printable(reply.Note)))
	}
	_, _ = lang.Fprintf(out, "Get a session with: daypass login %s\n", shellWord(s.Name))
}
