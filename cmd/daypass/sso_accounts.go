package main

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/internal/lang"
)

func newSSOAccounts(c *cli) *cobra.Command {
	var (
		asJSON bool
		signIn signInFlags
	)
	cmd := &cobra.Command{
		Use:   "accounts [SESSION]",
		Short: lang.T("Show the accounts and roles that a session gives access to"),
		Long: lang.T(`Show the accounts and roles that a session of IAM Identity Center gives access
to, a line for each role. Signs in first if that is needed.`),
		Args:              oneSession,
		ValidArgsFunction: completeSession(anySession),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withSession(c, cmd, args, anySession, &signIn, func(ctx context.Context, a *sessionAsker) error {
				accounts, err := a.accounts(ctx)
				switch {
				case err != nil:
					return err
				case asJSON:
					err = encode(c.stdout, pairRecords(accounts))
				case len(accounts) == 0:
					_, _ = lang.Fprintf(c.stdout, "%s gives access to no account.\n", printable(a.session))
				default:
					err = writePairs(c.stdout, pairRecords(accounts), c.look())
				}
				for _, account := range accounts {
					if account.Err != nil { // its roles are not listed
						_, _ = lang.Fprintf(c.stderr, "daypass: %s\n", printable(account.Err.Message))
					}
				}
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, lang.T("print an array of objects"))
	signIn.add(cmd)
	signIn.addPlace(cmd)
	return cmd
}

// accounts lists the session's accounts, after a sign-in if that is needed.
func (a *sessionAsker) accounts(ctx context.Context) ([]creds.SSOAccount, error) {
	if err := a.needSignIn(ctx); err != nil {
		return nil, err
	}
	accounts, err := answered(ctx, a.asker, "", func(ctx context.Context) ([]creds.SSOAccount, error) {
		return a.client.SSOAccounts(ctx, a.session)
	})
	return accounts, a.concerned(err)
}

// pairRecord is a role in an account in the output of --json.
type pairRecord struct {
	Account   *string `json:"account"`
	AccountID string  `json:"account_id"`
	Email     *string `json:"email"`
	Role      *string `json:"role"`
	// Error is why the account's roles are not known.
	Error     *string `json:"error"`
	ErrorCode *string `json:"error_code"`
}

// pairRecords has one for each role, and one for an account without any.
func pairRecords(accounts []creds.SSOAccount) []pairRecord {
	out := []pairRecord{}
	for _, a := range accounts {
		one := pairRecord{Account: orNull(a.Name), AccountID: a.ID, Email: orNull(a.Email)}
		if a.Err != nil {
			one.Error, one.ErrorCode = orNull(a.Err.Message), orNull(string(a.Err.Code))
		}
		if len(a.Roles) == 0 {
			out = append(out, one)
		}
		for _, role := range a.Roles {
			one.Role = orNull(role)
			out = append(out, one)
		}
	}
	return out
}

func writePairs(out io.Writer, pairs []pairRecord, l look) error {
	cell := func(text *string) string {
		if text == nil {
			return "-"
		}
		return printable(*text)
	}
	rows := [][]string{{lang.T("ACCOUNT"), "ID", lang.T("ROLE")}}
	for _, p := range pairs {
		rows = append(rows, []string{cell(p.Account), printable(p.AccountID), cell(p.Role)})
	}
	w := bufio.NewWriter(out)
	for _, line := range aligned(rows, l.width, nil, 0, len(rows[0])-1) {
		fmt.Fprintln(w, line)
	}
	return w.Flush()
}
