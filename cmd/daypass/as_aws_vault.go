package main

import (
	"cmp"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

// awsVaultName is set where aws-vault's scripts and prompts look for it.
const awsVaultName = "AWS_VAULT"

func newAsAWSVault(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "aws-vault",
		Short: lang.T("Run commands with a profile's credentials, and keep its key"),
		Long: lang.T(`The everyday commands of aws-vault, through daypass's agent. daypass's own are "daypass
exec", "export", "list", "console", "add" and "logout".

The flags for aws-vault's keyrings and prompts, such as --backend and --prompt, have no
effect: daypass's settings choose the keyring, and it asks in the terminal or in its window.`),
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	set := cmd.PersistentFlags()
	for _, name := range vaultIgnored {
		set.String(name, "", "")
		_ = set.MarkHidden(name) // it fails only for an unknown flag
	}
	for _, sub := range []*cobra.Command{
		newVaultAdd(c), newVaultClear(c), newVaultExec(c), newVaultExport(c), newVaultList(c), newVaultLogin(c),
		newVaultRemove(c), newVaultRotate(c),
	} {
		run := sub.RunE
		sub.RunE = func(cmd *cobra.Command, args []string) error {
			for _, name := range vaultIgnored {
				if cmd.Flags().Changed(name) {
					fmt.Fprintln(c.stderr, lang.Sprintf("--%s has no effect: daypass's settings choose the keyring, and it asks in the terminal or in its window.", name))
				}
			}
			return run(cmd, args)
		}
		cmd.AddCommand(sub)
	}
	return cmd
}

// vaultIgnored are flags for the keyrings and prompts of aws-vault.
var vaultIgnored = []string{"backend", "prompt", "keychain", "pass-dir", "pass-cmd", "pass-prefix", "file-dir"}

func newVaultRemove(c *cli) *cobra.Command {
	var sessions, force bool
	cmd := &cobra.Command{
		Use:     "remove NAME",
		Aliases: []string{"rm"},
		Short:   lang.T("Remove a profile with its key, or end its session"),
		Long: lang.T(`Remove a profile with its key and all that daypass has of it, after a question; or with
--sessions-only end its session alone.

In daypass's words it is "daypass remove NAME", and "daypass logout NAME".`),
		Args: oneProfile, ValidArgsFunction: once(completeProfile),
		RunE: func(cmd *cobra.Command, args []string) error {
			if sessions {
				return logOut(c, cmd, creds.LogoutRequest{Profile: args[0]})
			}
			return c.remove(cmd, args, removeOptions{yes: force, yesFlag: "--force"})
		},
	}
	cmd.Flags().BoolVarP(&sessions, "sessions-only", "s", false, lang.T("end the profile's session, and keep its key"))
	cmd.Flags().BoolVarP(&force, "force", "f", false, lang.T("remove without asking"))
	return cmd
}

func newVaultRotate(c *cli) *cobra.Command {
	var noSession bool
	cmd := &cobra.Command{
		Use:   "rotate NAME",
		Short: lang.T("Replace a profile's long-term key by a new one"),
		Args:  oneProfile, ValidArgsFunction: once(completeProfile),
		RunE: func(cmd *cobra.Command, args []string) error {
			return rotateKey(c, cmd, args[0], rotateFlags{yes: true})
		},
	}
	// An MFA session is used where the key alone may not, and nowhere else.
	cmd.Flags().BoolVarP(&noSession, "no-session", "n", false, lang.T("accepted: a session is used only where a policy demands MFA"))
	return cmd
}

// vaultFlags are the flags of several commands of aws-vault.
type vaultFlags struct {
	noSession bool
	region    string
	length    duration
	code      codeFlag
}

func (f *vaultFlags) add(cmd *cobra.Command) {
	f.length = sessionDuration()
	set := cmd.Flags()
	set.VarP(&f.length, "duration", "d", lang.T("how long the session is to last: 12h, 90m, or seconds"))
	set.StringVar(&f.region, "region", "", lang.T("the region, instead of the profile's"))
	set.BoolVarP(&f.noSession, "no-session", "n", false, lang.T("refused: a long-term key is never handed out"))
	f.code.addAs(cmd, "mfa-token")
	set.Lookup("mfa-token").Shorthand = "t"
	completeFlag(cmd, "region", cobra.NoFileCompletions)
}

// errNoLongTermKey says why a long-term key is not handed out.
var errNoLongTermKey = notCarriedOver("daypass hands out no long-term key, as it would be good for ever wherever it ends up: leave --no-session out, and a role can last 12 hours all the same with --duration, if its profile names the mfa_serial itself")

func (f *vaultFlags) check() error {
	if f.noSession {
		return errNoLongTermKey
	}
	return nil
}

func newVaultExec(c *cli) *cobra.Command {
	var f vaultFlags
	var asJSON, server bool
	cmd := &cobra.Command{
		Use:   "exec NAME [flags] [--] [COMMAND ...]",
		Short: lang.T("Run a command, or a shell, with a profile's credentials"),
		Long: lang.T(`Run a command, or a shell, with a profile's credentials in its environment, and with
AWS_VAULT. --json prints the credentials instead, for a credential_process.

In daypass's words it is "daypass exec NAME -- COMMAND", and "daypass credential-process".`),
		Args: func(cmd *cobra.Command, args []string) error {
			return notRun(oneProfile(cmd, args[:min(len(args), 1)]))
		},
		ValidArgsFunction: once(completeProfile),
		RunE: func(cmd *cobra.Command, args []string) error {
			if server {
				return notRun(notCarriedOver("daypass has no server for credentials yet: AWS_PROFILE gives a program credentials that are renewed"))
			}
			if err := f.check(); err != nil {
				return notRun(err)
			}
			request := creds.UseRequest{Profile: args[0], Duration: f.length.value, Keeps: true}
			switch outer := os.Getenv(awsVaultName); {
			case asJSON && len(args) > 1:
				return notRun(usage(cmd, "--json prints the credentials and runs nothing"))
			case asJSON:
				return vaultJSON(c, cmd, request)
			case outer != "":
				return notRun(lang.Errorf("this is a shell with the credentials of %s already: leave it, or unset AWS_VAULT", printable(outer)))
			}
			code, err := f.code.value(c)
			if err != nil {
				return notRun(err)
			}
			return notRun(c.exec(cmd, execution{
				wish: request, code: code, region: f.region, command: args[1:], env: map[string]string{awsVaultName: args[0]},
			}))
		},
	}
	f.add(cmd)
	set := cmd.Flags()
	set.BoolVarP(&asJSON, "json", "j", false, lang.T("print the credentials for a credential_process"))
	for _, name := range []string{"ec2-server", "ecs-server"} {
		set.BoolVar(&server, name, false, "")
		_ = set.MarkHidden(name) // it fails only for an unknown flag
	}
	set.BoolVarP(&server, "server", "s", false, "")
	_ = set.MarkHidden("server")
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return notRun(flagError(cmd, err)) })
	return cmd
}

// vaultJSON prints credentials as a credential_process does: an SDK waits for it, and shows its
// user the sentence on stderr.
func vaultJSON(c *cli, cmd *cobra.Command, wish creds.UseRequest) error {
	if wish.Duration == 0 {
		return c.credentialProcess(cmd.Context(), wish.Profile)
	}
	got, err := c.use(cmd, "", wish)
	if err != nil {
		return bareError{withCommand(err, wish.Profile)}
	}
	return encode(c.stdout, got.Credentials)
}

// vaultFormats are the formats of "aws-vault export", by daypass's names.
var vaultFormats = map[string]string{
	"env": "env-no-export", "export-env": "env", "json": formatProcess, "ini": formatINI,
}

func newVaultExport(c *cli) *cobra.Command {
	var f vaultFlags
	formatName := "env"
	names := []string{"env", "export-env", "json", "ini"}
	cmd := &cobra.Command{
		Use:   "export NAME",
		Short: lang.T("Print a session's credentials"),
		Long: lang.T(`Print a session's credentials: env as assignments, export-env for a shell to evaluate,
json for a credential_process, or ini for the credentials file.

In daypass's words it is "daypass export NAME --format …".`),
		Args:              oneProfile,
		ValidArgsFunction: once(completeProfile),
		RunE: func(cmd *cobra.Command, args []string) error {
			name, known := vaultFormats[formatName]
			if !known {
				return usage(cmd, "there is no format %q; there are %s", printable(formatName), strings.Join(names, ", "))
			}
			if err := f.check(); err != nil {
				return err
			}
			wish := creds.UseRequest{Profile: args[0], Duration: f.length.value}
			if name == formatProcess {
				return vaultJSON(c, cmd, wish)
			}
			code, err := f.code.value(c)
			if err != nil {
				return err
			}
			return printExport(c, cmd, name, cmp.Or(code, c.codeSource()), wish)
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&formatName, "format", formatName, strings.Join(names, ", "))
	completeFlag(cmd, "format", completeWords(names...))
	return cmd
}

func newVaultList(c *cli) *cobra.Command {
	var profiles, keys, sessions bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: lang.T("List profiles, whose keys they use, and their sessions"),
		Long: lang.T(`List profiles, the profiles whose keys or sign-ins they use, and their sessions. With a
flag only the names are printed, one a line.

In daypass's words it is "daypass list".`),
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			snapshot, err := asked(cmd, (*agentapi.Client).Snapshot)
			if err != nil {
				return err
			}
			now := time.Now()
			if profiles || keys || sessions {
				writeVaultNames(c, snapshot.Profiles, now, profiles, keys, sessions)
				return nil
			}
			rows := [][]string{{lang.T("PROFILE"), lang.T("KEY OF"), lang.T("SESSION")}}
			for _, s := range snapshot.Profiles {
				rows = append(rows, []string{printable(s.Name), cmp.Or(printable(vaultKey(s)), "-"), describe(s, now)})
			}
			for _, line := range aligned(rows, c.look().width, nil, 0) {
				fmt.Fprintln(c.stdout, line)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&profiles, "profiles", false, lang.T("print the names of profiles only"))
	cmd.Flags().BoolVar(&keys, "credentials", false, lang.T("print the names of profiles with a key only"))
	cmd.Flags().BoolVar(&sessions, "sessions", false, lang.T("print the names of profiles with a session only"))
	return cmd
}

// vaultKey is the profile whose long-term key a profile uses; "" if there is none.
func vaultKey(s creds.Status) string {
	if s.NeedsSignIn() || s.Err != nil && s.Err.Code == creds.CodeNoKey || s.Foreign() {
		return ""
	}
	return s.KeyOwner()
}

// writeVaultNames prints the names that are asked for, each once.
func writeVaultNames(c *cli, all []creds.Status, now time.Time, profiles, keys, sessions bool) {
	for _, s := range all {
		if profiles || keys && vaultKey(s) == s.Name || sessions && s.Left(now) > 0 {
			fmt.Fprintln(c.stdout, printable(s.Name))
		}
	}
}

func newVaultLogin(c *cli) *cobra.Command {
	var f vaultFlags
	var print bool
	var path string
	cmd := &cobra.Command{
		Use:   "login NAME",
		Short: lang.T("Open the AWS console in a profile's identity"),
		Long: lang.T(`Open the AWS console in a profile's identity, or print the link to it.

In daypass's words it is "daypass console NAME".`),
		Args:              oneProfile,
		ValidArgsFunction: once(completeProfile),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			options := thisLocation().signIn()
			length := consoleDuration()
			if f.length.value != 0 {
				if err := length.Set(f.length.String()); err != nil {
					return usage(cmd, "--duration: %v", err)
				}
			}
			flags := consoleFlags{service: path, region: f.region, duration: length, print: print}
			if err := flags.check(cmd, options); err != nil {
				return err
			}
			code, err := f.code.value(c)
			if err != nil {
				return err
			}
			return openConsole(c, cmd, args, cmp.Or(code, c.codeSource()), flags.request(options))
		},
	}
	f.add(cmd)
	cmd.Flags().BoolVarP(&print, "stdout", "s", false, lang.T("print the link, a secret, and open nothing"))
	cmd.Flags().StringVar(&path, "path", "", lang.T("the service to open, such as s3"))
	return cmd
}

func newVaultAdd(c *cli) *cobra.Command {
	var fromEnv bool
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: lang.T("Store a profile's access key in the keyring"),
		Long: lang.T(`Store a profile's access key in the keyring. The key is asked for in the terminal, or
read from two lines of stdin, or from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.

In daypass's words it is "daypass add NAME".`),
		Args: oneProfile,
		RunE: func(cmd *cobra.Command, args []string) error {
			request := creds.AddRequest{Profile: args[0]}
			if fromEnv {
				key, _, err := keyOfEnvironment(os.Getenv)
				if err != nil {
					return err
				}
				request.AccessKeyID, request.SecretAccessKey = key.ID, key.Secret
			}
			return storeKey(c, cmd, request)
		},
	}
	cmd.Flags().BoolVar(&fromEnv, "env", false, lang.T("take the key from the environment"))
	return cmd
}

func newVaultClear(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "clear [NAME]",
		Short: lang.T("End the session of a profile, or all; keys stay in the keyring"),
		Long: lang.T(`End the session of a profile, or all sessions. Keys stay in the keyring.

In daypass's words it is "daypass logout NAME", and "daypass logout --all".`),
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return oneProfile(cmd, args)
		},
		ValidArgsFunction: once(completeProfile),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return logOut(c, cmd, creds.LogoutRequest{All: true})
			}
			return logOut(c, cmd, creds.LogoutRequest{Profile: args[0]})
		},
	}
}
