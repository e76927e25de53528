// Command minimalsso is what daypass's dealings with Identity Center are measured
// against: the least Go program that makes the same calls with net/http, as many
// at once, and writes as much to the disk in the plainest way.
//
//	minimalsso credentials ENDPOINT TOKEN_FILE ACCOUNTS ROLES_EACH CREDENTIALS_FILE
//	minimalsso import ENDPOINT TOKEN_FILE SESSION CONFIG_FILE
//	minimalsso names CONFIG_FILE
//
// The first gets credentials of the first roles in the first accounts that
// awstest's Populate makes, and writes a file of them. The second adds a profile
// for every account and role that is listed. The third prints the names of all
// profiles. It names paths and headers itself, to link nothing of daypass and
// of the SDK.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// atOnce is how many calls daypass makes of the portal at once.
const atOnce = 8

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "minimalsso: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 6 && args[0] == "credentials":
		p, err := newPortal(args[1], args[2])
		if err != nil {
			return err
		}
		return p.credentials(ctx, args[3], args[4], args[5])
	case len(args) == 5 && args[0] == "import":
		p, err := newPortal(args[1], args[2])
		if err != nil {
			return err
		}
		return p.importAll(ctx, args[3], args[4])
	case len(args) == 2 && args[0] == "names":
		return names(os.Stdout, args[1])
	}
	return errors.New("see the comment at its beginning for how it is used")
}

// portal is where the calls go.
type portal struct {
	endpoint, token string
	client          http.Client
}

func newPortal(endpoint, tokenFile string) (*portal, error) {
	data, err := os.ReadFile(tokenFile) //nolint:gosec // The file is the command line's.
	if err != nil {
		return nil, err
	}
	var file struct {
		AccessToken string `json:"accessToken"`
	}
	p := &portal{endpoint: endpoint}
	p.client.Transport = &http.Transport{MaxIdleConnsPerHost: atOnce}
	err = json.Unmarshal(data, &file)
	p.token = file.AccessToken
	return p, err
}

// get makes one call.
func (p *portal) get(ctx context.Context, path string, query url.Values, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.endpoint+path+"?"+query.Encode(), nil) //nolint:gosec // As above.
	if err != nil {
		return err
	}
	req.Header.Set("X-Amz-Sso_bearer_token", p.token)
	resp, err := p.client.Do(req) //nolint:gosec // As above.
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: the portal answered %s", path, resp.Status)
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body) // so that the connection serves again
	return err
}

// credentials gets credentials of many roles, and writes them once.
func (p *portal) credentials(ctx context.Context, accountsText, rolesText, path string) error {
	accounts, err := strconv.Atoi(accountsText)
	if err != nil {
		return err
	}
	roles, err := strconv.Atoi(rolesText)
	if err != nil {
		return err
	}
	sections := make([]string, accounts*roles)
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(atOnce)
	for n := range sections {
		all.Go(func() error {
			var out struct {
				RoleCredentials struct {
					AccessKeyID     string `json:"accessKeyId"`
					SecretAccessKey string `json:"secretAccessKey"`
					SessionToken    string `json:"sessionToken"`
					Expiration      int64  `json:"expiration"`
				} `json:"roleCredentials"`
			}
			err := p.get(ctx, "/federation/credentials", url.Values{
				"account_id": {fmt.Sprintf("9%011d", n/roles+1)}, "role_name": {fmt.Sprintf("Team-%02d", n%roles+1)},
			}, &out)
			c := out.RoleCredentials
			sections[n] = fmt.Sprintf(
				"[sso-%05d]\naws_access_key_id = %s\naws_secret_access_key = %s\naws_session_token = %s\naws_credential_expiration = %s\n",
				n, c.AccessKeyID, c.SecretAccessKey, c.SessionToken, time.UnixMilli(c.Expiration).UTC().Format(time.RFC3339))
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return err
	}
	return replace(path, []byte(strings.Join(sections, "\n")))
}

type account struct {
	ID   string `json:"accountId"`
	Name string `json:"accountName"`
}

// importAll adds a profile for every account and role to a config file.
func (p *portal) importAll(ctx context.Context, session, path string) error {
	accounts, err := p.accounts(ctx)
	if err != nil {
		return err
	}
	profiles := make([]string, len(accounts))
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(atOnce)
	for n, a := range accounts {
		all.Go(func() error {
			roles, err := p.roles(ctx, a.ID)
			for _, role := range roles {
				profiles[n] += fmt.Sprintf("\n[profile %s-%s]\nsso_session = %s\nsso_account_id = %s\nsso_role_name = %s\n",
					a.Name, role, session, a.ID, role)
			}
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return err
	}
	old, err := os.ReadFile(path) //nolint:gosec // As above.
	if err != nil {
		return err
	}
	return replace(path, append(old, strings.Join(profiles, "")...))
}

func (p *portal) accounts(ctx context.Context) ([]account, error) {
	query := url.Values{"max_result": {"100"}}
	var all []account
	for {
		var page struct {
			AccountList []account `json:"accountList"`
			NextToken   string    `json:"nextToken"`
		}
		if err := p.get(ctx, "/assignment/accounts", query, &page); err != nil {
			return nil, err
		}
		all = append(all, page.AccountList...)
		if page.NextToken == "" {
			return all, nil
		}
		query.Set("next_token", page.NextToken)
	}
}

func (p *portal) roles(ctx context.Context, accountID string) ([]string, error) {
	query := url.Values{"max_result": {"100"}, "account_id": {accountID}}
	var all []string
	for {
		var page struct {
			RoleList []struct {
				RoleName string `json:"roleName"`
			} `json:"roleList"`
			NextToken string `json:"nextToken"`
		}
		if err := p.get(ctx, "/assignment/roles", query, &page); err != nil {
			return nil, err
		}
		for _, r := range page.RoleList {
			all = append(all, r.RoleName)
		}
		if page.NextToken == "" {
			return all, nil
		}
		query.Set("next_token", page.NextToken)
	}
}

// names prints the names of the profiles of a config file.
func names(out io.Writer, path string) error {
	data, err := os.ReadFile(path) //nolint:gosec // As above.
	if err != nil {
		return err
	}
	var list bytes.Buffer
	for line := range bytes.Lines(data) {
		if name, ok := bytes.CutPrefix(line, []byte("[profile ")); ok {
			list.Write(bytes.Trim(name, "]\n"))
			list.WriteByte('\n')
		}
	}
	_, err = out.Write(list.Bytes())
	return err
}

// replace writes a file by way of a temporary one that is on the disk.
func replace(path string, data []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(path), "minimal-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = temp.Write(data)
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path) //nolint:gosec // The file is the command line's.
}
