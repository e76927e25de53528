package main

import (
	"context"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"daypass/creds"
	"daypass/internal/lang"
)

func newSSOImport(c *cli) *cobra.Command {
	var (
		signIn   signInFlags
		manner   consent
		only     []string
		template string
		request  creds.SSOImportRequest
	)
	cmd := &cobra.Command{
		Use:   "import [SESSION]",
		Short: lang.T("Make a profile of each account and role of a session"),
		Long: lang.T(`Make a profile of each account and role that a session of IAM Identity Center
gives access to. The change of the AWS config file is shown, and made when you
agree to it. Done again, it changes nothing but what AWS has changed; profiles
that were not made by an import are never touched.
` + consentHelp),
		Example: lang.T(`  daypass sso import corp --only 'prod-*/ReadOnly' --only '*/Billing'
  daypass sso import corp --template '{{.Account}}.{{.Role}}' --rename
  daypass sso import corp --prune --yes`),
		Args:              oneSession,
		ValidArgsFunction: completeSession(anySession),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := manner.check(cmd); err != nil {
				return err
			}
			patterns, err := parsePatterns(only)
			if err != nil {
				return usage(cmd, "%v", err)
			}
			if cmd.Flags().Changed("template") && template == "" {
				return usage(cmd, "the template is empty")
			}
			return withSession(c, cmd, args, anySession, &signIn, func(ctx context.Context, a *sessionAsker) error {
				request.Session, request.Template = a.session, template
				return a.importProfiles(ctx, request, patterns, manner)
			})
		},
	}
	cmd.Flags().StringVar(&template, "template", "", lang.T("what a profile is called (default \"{{.Account}}-{{.Role}}\")"))
	cmd.Flags().StringVar(&request.Region, "region", "", lang.T("the region of new profiles; without it they have none"))
	cmd.Flags().StringArrayVar(&only, "only", nil,
		lang.T("only what matches `ACCOUNT/ROLE`, with * and ? in it; the account by its name or ID; may be repeated"))
	cmd.Flags().BoolVar(&request.Prune, "prune", false, lang.T("remove what an import made and AWS no longer lists"))
	cmd.Flags().BoolVar(&request.Rename, "rename", false, lang.T("give profiles of a former import the names that the template makes now"))
	manner.add(cmd)
	signIn.add(cmd)
	signIn.addPlace(cmd)
	return cmd
}

func (a *sessionAsker) importProfiles(
	ctx context.Context, request creds.SSOImportRequest, patterns []pairPattern, manner consent,
) error {
	if err := a.needSignIn(ctx); err != nil {
		return err
	}
	// AWS is asked for its present list; with patterns it has just been asked.
	request.Refetch = true
	if len(patterns) > 0 {
		accounts, err := a.accounts(ctx)
		if err != nil {
			return err
		}
		if request.Only, err = choose(accounts, patterns); err != nil {
			return err
		}
		request.Refetch = false
	}
	return a.change(ctx, manner, func(ctx context.Context, write creds.ConfigWrite) (creds.ConfigChange, error) {
		request.ConfigWrite = write
		out, err := a.client.SSOImport(ctx, request)
		request.Refetch = false
		return out, err
	})
}

// pairPattern chooses roles in accounts.
type pairPattern struct{ text, account, role string }

// slash replaces the slashes in an account's name, which a star of [path.Match] does not
// match.
var slash = strings.NewReplacer("/", "\x1f")

// parsePatterns reads the values of --only. A pattern without a slash means all roles of
// an account. A role's name has no slash
// (https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_PermissionSet.html),
// so the last one separates the two.
func parsePatterns(texts []string) ([]pairPattern, error) {
	var out []pairPattern
	for _, text := range texts {
		p := pairPattern{text: text, account: text, role: "*"}
		if i := strings.LastIndexByte(text, '/'); i >= 0 {
			p.account, p.role = text[:i], text[i+1:]
		}
		p.account, p.role = slash.Replace(strings.ToLower(p.account)), strings.ToLower(p.role)
		for _, part := range []string{p.account, p.role} {
			if _, err := path.Match(part, ""); err != nil || part == "" {
				return nil, lang.Errorf("--only takes ACCOUNT/ROLE, such as 'prod-*/ReadOnly', and got %q", printable(text))
			}
		}
		out = append(out, p)
	}
	return out, nil
}

// matches reports whether a pattern matches a role; case does not matter. parsePatterns
// has reported the errors of [path.Match].
func (p pairPattern) matches(a creds.SSOAccount, role string) bool {
	byRole, _ := path.Match(p.role, strings.ToLower(role))
	return byRole && p.matchesAccount(a)
}

func (p pairPattern) matchesAccount(a creds.SSOAccount) bool {
	byName, _ := path.Match(p.account, slash.Replace(strings.ToLower(a.Name)))
	byID, _ := path.Match(p.account, a.ID)
	return byName || byID
}

// choose returns the roles that any of the patterns matches. A pattern that matches none
// is an error.
func choose(accounts []creds.SSOAccount, patterns []pairPattern) ([]creds.SSOPair, error) {
	var out []creds.SSOPair
	used := make([]bool, len(patterns))
	for _, a := range accounts {
		if a.Err != nil {
			for i, p := range patterns {
				// The agent's change reports why the account has no roles.
				used[i] = used[i] || p.matchesAccount(a)
			}
		}
		for _, role := range a.Roles {
			chosen := false
			for i, p := range patterns {
				if p.matches(a, role) {
					used[i], chosen = true, true
				}
			}
			if chosen {
				out = append(out, creds.SSOPair{AccountID: a.ID, Role: role})
			}
		}
	}
	for i, p := range patterns {
		if !used[i] {
			return nil, lang.Errorf("no account and role match %q; see those there are with: daypass sso accounts", printable(p.text))
		}
	}
	return out, nil
}
