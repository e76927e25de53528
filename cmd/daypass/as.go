package main

import (
	"cmp"
	"context"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/internal/lang"
)

// oldWords makes the command of each name in [creds.OldWords].
var oldWords = []struct {
	name string
	make func(*cli) *cobra.Command
}{
	{"assume", newAsAssume},
	{"aws-auth", newAsAWSAuth},
	{"aws-iam-login", newAsAWSIAMLogin},
	{"aws-mfa", newAsAWSMFA},
	{"aws-vault", newAsAWSVault},
	{"ec2mfa", newAsEC2MFA},
	{"ec2now", newAsEC2Now},
	{"ec2switch", newAsEC2Switch},
	{"generate-sts-role-token", newAsRoleToken},
}

func newAs(c *cli) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "as TOOL",
		Short: lang.T("Take the command lines of other tools, for scripts that have them"),
		Long: lang.T(`Take the command lines of other tools, for scripts and fingers that have them, and do
what their documentation says, in daypass's words. A link to daypass that has the
name of a tool does the same:

  ln -s "$(command -v daypass)" ~/bin/aws-mfa

What a tool can do and daypass does otherwise, or not, it says in one sentence. A
code is read from stdin, if one is needed and stdin is no terminal.`),
		Example: lang.T(`  daypass as aws-mfa --duration 1800
  eval "$(daypass as aws-auth --serial-number ARN --token-code 123456)"
  daypass as aws-vault exec prod -- aws s3 ls`),
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for _, name := range creds.OldWords() {
		for _, one := range oldWords {
			if one.name == name {
				cmd.AddCommand(one.make(c))
			}
		}
	}
	return cmd
}

// arguments returns the command line of a program, by the name that it was called by: an old
// word is "as" and that word. The name chooses nothing else.
func arguments(argv []string) []string {
	if len(argv) == 0 {
		return nil
	}
	if name := creds.CalledAs(argv[0]); name != "" && name != creds.Name {
		return append([]string{"as", name}, argv[1:]...)
	}
	return argv[1:]
}

// spelled returns a command line with flags as daypass spells them: where other tools'
// documentation has a long dash, or one hyphen before a word.
func spelled(args []string) []string {
	if len(args) < 2 || args[0] != "as" {
		return args
	}
	var change func(arg string) string
	switch args[1] {
	case "aws-mfa":
		change = withHyphens
	case "assume":
		change = withTwoHyphens
	default:
		return args
	}
	out := append([]string{}, args[:2]...)
	for i, arg := range args[2:] {
		if arg == "--" {
			return append(out, args[2+i:]...)
		}
		out = append(out, change(arg))
	}
	return out
}

// withHyphens replaces the long dash that a word processor has made of two hyphens.
func withHyphens(arg string) string {
	first, size := utf8.DecodeRuneInString(arg)
	next, _ := utf8.DecodeRuneInString(arg[size:])
	if first > unicode.MaxASCII && unicode.In(first, unicode.Dash) && unicode.IsLetter(next) {
		return "--" + arg[size:]
	}
	return arg
}

// coded makes a request for which an MFA code may be needed: that of a flag, or else one from
// stdin where that is no terminal.
func coded[T any](
	c *cli, cmd *cobra.Command, code, profile string, request func(context.Context, *agentapi.Client, creds.SignInOptions) (T, error),
) (answer T, a *asker, err error) {
	if a, err = c.asker(cmd, cmp.Or(code, c.codeSource()), thisLocation().signIn()); err != nil {
		return answer, nil, err
	}
	defer a.client.Close()
	answer, err = answered(cmd.Context(), a, profile, func(ctx context.Context) (T, error) {
		return request(ctx, a.client, a.options)
	})
	return answer, a, err
}

// notCarriedOver is the error of what another tool does and daypass does not.
func notCarriedOver(why lang.Text) error { return bareError{lang.Error(why)} }
