package sso

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	portal "github.com/aws/aws-sdk-go-v2/service/sso"
	"golang.org/x/sync/errgroup"

	"daypass/internal/answers"
	"daypass/internal/lang"
	"daypass/internal/safely"
	"daypass/internal/secret"
)

// Credentials are those of a role.
type Credentials struct {
	AccessKeyID     string
	SecretAccessKey secret.Text
	SessionToken    secret.Text
	// Expires is by AWS's clock.
	Expires time.Time
	// AccessToken is the one that AWS gave them for.
	AccessToken secret.Text
}

// Account is an account in which the person has roles.
type Account struct {
	ID, Name, Email string
	// Roles are names, sorted.
	Roles []string
	// Refused is why AWS does not list the roles, or nil.
	Refused error
}

// RoleCredentials returns credentials of a role. It returns an [ErrSignIn] if a person
// must sign in first, and an [ErrNoAccess] if the role is not assigned to them.
func (c *Client) RoleCredentials(ctx context.Context, s Session, accountID, roleName string) (Credentials, error) {
	return c.RoleCredentialsFor(ctx, s, Token{}, accountID, roleName)
}

// RoleCredentialsFor is RoleCredentials for a token that need not be in the cache.
func (c *Client) RoleCredentialsFor(ctx context.Context, s Session, token Token, accountID, roleName string) (Credentials, error) {
	var used string
	out, err := call(ctx, c, s, token, func(ctx context.Context, api *portal.Client, token *string) (*portal.GetRoleCredentialsOutput, error) {
		used = *token
		return api.GetRoleCredentials(ctx, &portal.GetRoleCredentialsInput{
			AccessToken: token, AccountId: aws.String(accountID), RoleName: aws.String(roleName),
		})
	})
	subject := lang.Sprintf("no credentials for role %s in account %s", roleName, accountID)
	if isUnassigned(err) && c.isDenied(ctx, s, used) {
		return Credentials{}, &Error{
			Kind: ErrNoAccess, Err: err,
			Message: lang.Sprintf("%s: AWS gives the sign-in to %q no access to any account, as one that was made with other sso_registration_scopes", subject, s.ID()),
			Advice:  lang.Sprintf("Sign in to %q anew, with daypass sso login --force: that asks for the scopes that are set now.", s.ID()),
		}
	}
	if isUnassigned(err) {
		return Credentials{}, failure(ErrNoAccess, err,
			"%s: the person signed in to %q has no such role there", subject, s.ID())
	}
	if err != nil {
		return Credentials{}, explain(ctx, subject, s, err)
	}
	got := Credentials{}
	if out.RoleCredentials == nil {
		return got, explain(ctx, subject, s, answers.Missing(lang.T("credentials")))
	}
	got = Credentials{
		AccessKeyID:     aws.ToString(out.RoleCredentials.AccessKeyId),
		SecretAccessKey: secret.New(aws.ToString(out.RoleCredentials.SecretAccessKey)),
		SessionToken:    secret.New(aws.ToString(out.RoleCredentials.SessionToken)),
		Expires:         time.UnixMilli(out.RoleCredentials.Expiration).UTC(),
		AccessToken:     secret.New(used),
	}
	if fault := answers.Keys(got.AccessKeyID, got.SecretAccessKey.Reveal(), got.SessionToken.Reveal()); fault != nil {
		return Credentials{}, explain(ctx, subject, s, fault)
	}
	return got, nil
}

// isDenied reports whether AWS denies a token the list of accounts, too. A person without
// accounts gets an empty list.
func (c *Client) isDenied(ctx context.Context, s Session, accessToken string) bool {
	_, err := c.listAccounts(ctx, s, Token{AccessToken: secret.New(accessToken)}, 1, nil)
	return refusedWith(err) == http.StatusForbidden
}

// Accounts returns the accounts of the person and their roles there, sorted by name. If
// AWS refuses the roles of some accounts, those have the reason; it is an error if it
// refuses all. progress, unless nil, is called with how many accounts are done.
func (c *Client) Accounts(ctx context.Context, s Session, progress func(done, total int)) ([]Account, error) {
	accounts, err := c.accounts(ctx, s)
	if err == nil {
		err = c.roles(ctx, s, accounts, progress)
	}
	if err != nil {
		return nil, explain(ctx, lang.Sprintf("no list of the accounts of %q", s.ID()), s, err)
	}
	slices.SortFunc(accounts, func(a, b Account) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.ID, b.ID))
	})
	return accounts, nil
}

const (
	// pageSize is the most that the portal gives at once.
	pageSize = 100
	// maxPages is more than any list has.
	maxPages = 1000
)

// AccountNames returns the names of a session's accounts, by ID. It makes a call for each
// hundred, and none for roles.
func (c *Client) AccountNames(ctx context.Context, s Session) (map[string]string, error) {
	accounts, err := c.accounts(ctx, s)
	if err != nil {
		return nil, explain(ctx, lang.Sprintf("no list of the accounts of %q", s.ID()), s, err)
	}
	names := make(map[string]string, len(accounts))
	for _, a := range accounts {
		names[a.ID] = a.Name
	}
	return names, nil
}

// triedAccounts is how many accounts are asked for a role of the person.
const triedAccounts = 5

// SomeRole returns an account and a role of the person with a token, which need not be in
// the cache; two empty texts if there is none.
func (c *Client) SomeRole(ctx context.Context, s Session, token Token) (accountID, roleName string, err error) {
	accountID, roleName, err = c.someRole(ctx, s, token)
	if err != nil {
		return "", "", explain(ctx, lang.Sprintf("no list of the accounts of %q", s.ID()), s, err)
	}
	return accountID, roleName, nil
}

func (c *Client) someRole(ctx context.Context, s Session, token Token) (accountID, roleName string, err error) {
	listed, err := c.listAccounts(ctx, s, token, triedAccounts, nil)
	if err != nil {
		return "", "", err
	}
	var refused error
	for _, a := range listed.AccountList[:min(len(listed.AccountList), triedAccounts)] {
		accountID := aws.ToString(a.AccountId)
		if fault := answers.AccountID(accountID); fault != nil {
			return "", "", fault
		}
		roles, err := c.listRoles(ctx, s, token, accountID, 1, nil)
		switch {
		case isRefused(err):
			refused = err // another account may do
			continue
		case err != nil:
			return "", "", err
		case len(roles.RoleList) == 0:
			continue
		}
		roleName := aws.ToString(roles.RoleList[0].RoleName)
		return accountID, roleName, answers.RoleName(roleName)
	}
	return "", "", refused
}

func (c *Client) accounts(ctx context.Context, s Session) ([]Account, error) {
	return allPages(func(next *string) (accounts []Account, more *string, err error) {
		out, err := c.listAccounts(ctx, s, Token{}, pageSize, next)
		if err != nil {
			return nil, nil, err
		}
		if out.AccountList == nil {
			// A person without accounts gets an empty list. With nothing an import
			// would prune all profiles.
			return nil, nil, answers.Missing(lang.T("list of accounts"))
		}
		for _, a := range out.AccountList {
			one := Account{ID: aws.ToString(a.AccountId), Name: aws.ToString(a.AccountName), Email: aws.ToString(a.EmailAddress)}
			if fault := cmp.Or(
				answers.AccountID(one.ID), answers.Label(lang.T("name of an account"), one.Name), answers.Label(lang.T("address of an account"), one.Email),
			); fault != nil {
				return nil, nil, fault
			}
			accounts = append(accounts, one)
		}
		return accounts, out.NextToken, nil
	})
}

// allPages returns the items of all pages of a list. get returns one page, and the token
// of the next one.
func allPages[T any](get func(next *string) (items []T, more *string, err error)) ([]T, error) {
	var all []T
	var next *string
	for range maxPages {
		items, more, err := get(next)
		if err != nil {
			return nil, err
		}
		all = append(all, items...)
		if aws.ToString(more) == "" {
			return all, nil
		}
		if aws.ToString(next) == aws.ToString(more) {
			break
		}
		next = more
	}
	return nil, answers.Wrong(lang.T("a list without an end"))
}

// roles fills in the roles of all accounts.
func (c *Client) roles(ctx context.Context, s Session, accounts []Account, progress func(done, total int)) error {
	if progress == nil {
		progress = func(int, int) {}
	}
	progress(0, len(accounts))
	var mu sync.Mutex
	done := 0
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(portalCalls)
	for i := range accounts {
		all.Go(func() error {
			roles, err := safely.Get(c.log, "the list of an account's roles", func() ([]string, error) { return c.rolesOf(ctx, s, accounts[i].ID) })
			switch {
			case isRefused(err):
				c.log.Warn("AWS does not list the roles of an account", "session", s.ID(), "account", accounts[i].ID, "error", err)
				accounts[i].Refused = explain(ctx, lang.Sprintf("no list of the roles in account %s", named(accounts[i])), s, err)
			case err != nil:
				return err
			}
			accounts[i].Roles = roles
			mu.Lock()
			defer mu.Unlock()
			done++
			progress(done, len(accounts))
			return nil
		})
	}
	if err := all.Wait(); err != nil {
		return err
	}
	if len(accounts) > 0 && !slices.ContainsFunc(accounts, func(a Account) bool { return a.Refused == nil }) {
		return accounts[0].Refused
	}
	return nil
}

// named names an account in a sentence.
func named(a Account) string {
	if a.Name == "" {
		return a.ID
	}
	return fmt.Sprintf("%s (%s)", a.ID, a.Name)
}

// isRefused reports whether AWS refuses the object of a call, and not the token or the
// number of calls, so that other calls may succeed.
func isRefused(err error) bool {
	status := refusedWith(err)
	return status >= 400 && status < 500 && status != http.StatusUnauthorized && status != http.StatusTooManyRequests
}

func (c *Client) rolesOf(ctx context.Context, s Session, accountID string) ([]string, error) {
	roles, err := allPages(func(next *string) (roles []string, more *string, err error) {
		out, err := c.listRoles(ctx, s, Token{}, accountID, pageSize, next)
		if err != nil {
			return nil, nil, err
		}
		if out.RoleList == nil {
			return nil, nil, answers.Missing(lang.T("list of roles"))
		}
		for _, r := range out.RoleList {
			name := aws.ToString(r.RoleName)
			if fault := answers.RoleName(name); fault != nil {
				return nil, nil, fault
			}
			if of := aws.ToString(r.AccountId); of != "" && of != accountID {
				return nil, nil, answers.Wrong(lang.T("a role of another account"))
			}
			roles = append(roles, name)
		}
		return roles, out.NextToken, nil
	})
	slices.Sort(roles)
	return roles, err
}

// listAccounts gets a page of the accounts; for the token see [call].
func (c *Client) listAccounts(ctx context.Context, s Session, token Token, size int32, next *string) (*portal.ListAccountsOutput, error) {
	return call(ctx, c, s, token, func(ctx context.Context, api *portal.Client, token *string) (*portal.ListAccountsOutput, error) {
		return api.ListAccounts(ctx, &portal.ListAccountsInput{AccessToken: token, MaxResults: &size, NextToken: next})
	})
}

// listRoles gets a page of an account's roles; for the token see [call].
func (c *Client) listRoles(ctx context.Context, s Session, token Token, accountID string, size int32, next *string) (*portal.ListAccountRolesOutput, error) {
	return call(ctx, c, s, token, func(ctx context.Context, api *portal.Client, token *string) (*portal.ListAccountRolesOutput, error) {
		return api.ListAccountRoles(ctx, &portal.ListAccountRolesInput{AccessToken: token, AccountId: &accountID, MaxResults: &size, NextToken: next})
	})
}

// call makes a call to the portal with the given token. If that is zero it uses the
// session's, and calls again with a new one if the portal refuses that.
func call[T any](ctx context.Context, c *Client, s Session, given Token, do func(ctx context.Context, api *portal.Client, token *string) (T, error)) (T, error) {
	var none T
	ctx, cancel := context.WithTimeout(ctx, portalLimit)
	defer cancel()
	at := c.region(s)
	select {
	case at.slots <- struct{}{}:
		defer func() { <-at.slots }()
	case <-ctx.Done():
		return none, context.Cause(ctx)
	}
	token := given
	if given.IsZero() {
		var err error
		if token, err = c.Token(ctx, s); err != nil {
			return none, err
		}
	}
	out, err := do(ctx, at.portal, aws.String(token.AccessToken.Reveal()))
	switch {
	case refusedWith(err) != http.StatusUnauthorized:
		return out, err
	case !given.IsZero():
		return none, signInNeeded(s, err, lang.T("AWS does not take the token"))
	}
	c.log.Info("the portal does not take the token any more", "session", s.ID())
	if token, err = c.fresh(ctx, s, token.AccessToken); err != nil {
		return none, err
	}
	out, err = do(ctx, at.portal, aws.String(token.AccessToken.Reveal()))
	if refusedWith(err) == http.StatusUnauthorized {
		return none, signInNeeded(s, err, lang.T("AWS takes no token of the session any more"))
	}
	return out, err
}

// Refused reports whether AWS refuses a token, which need not be in the cache.
func (c *Client) Refused(ctx context.Context, s Session, t Token) bool {
	_, err := c.region(s).portal.ListAccounts(ctx, &portal.ListAccountsInput{
		AccessToken: aws.String(t.AccessToken.Reveal()), MaxResults: aws.Int32(1),
	})
	return refusedWith(err) == http.StatusUnauthorized
}

// end invalidates a token at AWS.
func (c *Client) end(ctx context.Context, s Session, t Token) error {
	out, err := c.region(s).portal.Logout(ctx, &portal.LogoutInput{AccessToken: aws.String(t.AccessToken.Reveal())})
	switch {
	case refusedWith(err) == http.StatusUnauthorized:
		return nil // it has ended before
	case err != nil:
		return err
	}
	// The answer has nothing else to check.
	if id, _ := awsmiddleware.GetRequestIDMetadata(out.ResultMetadata); id == "" {
		return answers.Missing(lang.T("request ID"))
	}
	return nil
}

// Logout ends a session at AWS and removes its token from the cache, but not its
// registration. If AWS could not be reached it removes the token, too, and the error
// says so.
func (c *Client) Logout(ctx context.Context, s Session) error {
	h := c.held(s)
	token, err := h.peek(ctx, s)
	if errors.Is(err, ErrNoToken) || errors.Is(err, ErrDamaged) {
		return nil // a damaged file has been set aside
	}
	if err != nil {
		return err
	}
	failed := c.end(ctx, s, token)
	// Files of other spellings may have sign-ins of their own.
	others, _ := c.cache.tokens(ctx, s)
	for _, other := range others {
		if other.AccessToken != token.AccessToken && failed == nil {
			failed = c.end(ctx, s, other)
		}
	}
	if err := h.remove(context.WithoutCancel(ctx), s, nil); err != nil {
		return err
	}
	if failed != nil {
		return explain(ctx, lang.Sprintf("%q is signed out on this machine only", s.ID()), s, failed)
	}
	c.log.Info("signed out", "session", s.ID())
	return nil
}
