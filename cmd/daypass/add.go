package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/secret"
	"daypass/internal/words"
)

func newAdd(c *cli) *cobra.Command {
	var (
		request creds.AddRequest
		console bool
		from    string
		signIn  signInFlags
	)
	cmd := &cobra.Command{
		Use:   "add [NAME]",
		Short: lang.T("Store an access key for a profile, or sign in to AWS's console for it"),
		Long: lang.T(`Store the long-term access key of an IAM user in the keyring, and make a profile
for it in the AWS config file. AWS is asked whose key it is, and which MFA devices
its user has. Where several of them show codes, the terminal asks which one to use;
without a terminal it is the first. FIDO security keys cannot be used: AWS's API
takes codes only.

The key is asked for in the terminal. Without one, it is read from stdin: the
access key ID on the first line, the secret access key on the second.

With --from the key comes from a file that "daypass key copy" has made on another
machine, and so does the name unless you give one.

With --console no key is needed: you sign in to AWS's console in the browser, as
with "aws login", and the profile gets its credentials by that. Over SSH, in a
container and in WSL you paste a code that the page shows in any browser. If you do
not finish, "daypass login NAME" signs in later.`),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && cmd.Flags().Changed("from") {
				return nil
			}
			return oneProfile(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkAdd(cmd, console, &signIn); err != nil {
				return err
			}
			if cmd.Flags().Changed("from") {
				name := ""
				if len(args) > 0 {
					name = args[0]
				}
				return addCopy(c, cmd, from, name, request.Replace)
			}
			if console {
				return addConsole(c, cmd, creds.AddConsoleRequest{
					Profile: args[0], Region: request.Region, SignInOptions: signIn.options(thisLocation()),
				})
			}
			request.Profile = args[0]
			return storeKey(c, cmd, request)
		},
	}
	cmd.Flags().BoolVar(&console, "console", false, lang.T("sign in to AWS's console instead of storing a key"))
	cmd.Flags().StringVar(&request.Region, "region", "", lang.T("the profile's region"))
	cmd.Flags().StringVar(&request.MFASerial, "mfa-serial", "", lang.T("the ARN of the MFA device, instead of looking for it"))
	cmd.Flags().BoolVar(&request.Replace, "replace", false, lang.T("let the key take the place of another one"))
	cmd.Flags().StringVar(&from, "from", "", lang.T("the file of a key that was copied on another machine"))
	signIn.add(cmd)
	signIn.addPlace(cmd)
	return cmd
}

// checkAdd refuses flags that have no meaning for a key, or for a sign-in.
func checkAdd(cmd *cobra.Command, console bool, signIn *signInFlags) error {
	for _, one := range []string{"console", "mfa-serial", "region"} {
		if cmd.Flags().Changed("from") && cmd.Flags().Changed(one) {
			return usage(cmd, "--%s has no meaning with --from, as the file says it: give one of them", one)
		}
	}
	for _, one := range []string{"mfa-serial", "replace"} {
		if console && cmd.Flags().Changed(one) {
			return usage(cmd, "--%s is about a key, and --console stores none: give one of them", one)
		}
	}
	for _, one := range []string{"device-code", "no-browser", "browser"} {
		if !console && cmd.Flags().Changed(one) {
			return usage(cmd, "--%s is about a sign-in, which takes --console", one)
		}
	}
	return signIn.check(cmd)
}

// addConsole makes a profile of a console sign-in, and signs in.
func addConsole(c *cli, cmd *cobra.Command, request creds.AddConsoleRequest) error {
	a, err := c.asker(cmd, "", request.SignInOptions)
	if err != nil {
		return err
	}
	defer a.client.Close()
	started := time.Now()
	s, err := answered(cmd.Context(), a, request.Profile, func(ctx context.Context) (creds.Status, error) {
		return a.client.AddConsole(ctx, request)
	})
	if err != nil {
		if errors.Is(err, errInterrupted) || cmd.Context().Err() != nil || creds.CodeOf(err) == creds.CodeDeclined {
			c.sayAdded(cmd.Context(), request.Profile)
		}
		return aboutProfile(err, request.Profile)
	}
	c.writeLoggedIn(s, a.signedIn, started)
	return nil
}

// sayAdded says what is left of an addition whose sign-in a person gave up.
func (c *cli) sayAdded(ctx context.Context, profile string) {
	s, _ := lookUp(context.WithoutCancel(ctx)).Profile(profile)
	if s.Kind == creds.KindConsole {
		fmt.Fprintln(c.stderr, lang.Sprintf("%s: the profile is there; sign in with: daypass login %s", printable(profile), shellWord(profile)))
	}
}

// storeKey stores a key, which is asked for unless the request has it.
func storeKey(c *cli, cmd *cobra.Command, request creds.AddRequest) error {
	t := c.personAt()
	defer t.end()
	var err error
	switch {
	case request.AccessKeyID != "":
	case isTerminal(c.stdin) && c.noInput:
		err = needsPersonError(lang.Error("the key is needed, and nobody is to be asked for it: give it on stdin, the access key ID on the first line and the secret access key on the second"))
	case isTerminal(c.stdin):
		err = askKey(cmd.Context(), t, &request)
	default:
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
	if t != nil && request.MFASerial == "" && !c.noInput {
		if err := chooseDevice(cmd.Context(), a, &request); err != nil {
			return aboutProfile(err, request.Profile)
		}
	}
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
		return needsPersonError(lang.Error("the terminal cannot be asked for the key: this command runs in its background"))
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

// chooseDevice asks which MFA device to use where there are several.
func chooseDevice(ctx context.Context, a *asker, request *creds.AddRequest) error {
	look, err := answered(ctx, a, request.Profile, func(ctx context.Context) (creds.KeyLook, error) {
		return a.client.Custody().Look(ctx, creds.KeyLookRequest{
			AccessKeyID: request.AccessKeyID, SecretAccessKey: request.SecretAccessKey, Profile: request.Profile, Region: request.Region,
		})
	})
	if err != nil {
		return err
	}
	lines, usable := deviceLines(look.Devices)
	if len(usable) < 2 {
		return nil // There is no choice.
	}
	if err := a.terminal.begin(); err != nil {
		return err
	}
	a.terminal.say(lang.Sprintf("%s has %d MFA devices:", printable(look.UserARN), len(look.Devices)))
	a.terminal.say(lines...)
	for {
		text, err := a.terminal.ask(ctx, lang.Sprintf("Which one, 1 to %d? ", len(usable)), inputText)
		if err != nil {
			return err
		}
		at, err := strconv.Atoi(strings.TrimSpace(text.Reveal()))
		if err == nil && at >= 1 && at <= len(usable) {
			request.MFASerial = usable[at-1]
			return nil
		}
		a.terminal.say(lang.Sprintf("This is none of the numbers: type 1 to %d.", len(usable)))
	}
}

// deviceLines lists MFA devices with the numbers of those that can be used, and the rest
// with the reason why they cannot.
func deviceLines(devices []creds.MFADevice) (lines, usable []string) {
	for _, d := range devices {
		if d.Unusable != "" {
			lines = append(lines, lang.Sprintf("     %s (cannot be used: %s)", printable(d.Serial), printable(d.Unusable)))
			continue
		}
		usable = append(usable, d.Serial)
		lines = append(lines, lang.Sprintf("  %d  %s", len(usable), printable(d.Serial)))
	}
	return lines, usable
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
