package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"daypass/creds"
	"daypass/creds/agentapi"
)

// testSSO is the part of the test's agent that imports and migrates. It keeps
// the profiles that were written, and shows a change before it makes it.
type testSSO struct {
	mu       sync.Mutex
	accounts []creds.SSOAccount
	// made are the profiles of earlier imports.
	made map[creds.SSOPair]string
	// wait holds the list back until it is closed, unless it is nil.
	wait chan struct{}
	// prompts are those that wait meanwhile.
	prompts []creds.Prompt
	// fail is what every request is refused with.
	fail *creds.Error
	// shift makes every plan another one.
	shift int
	asked []creds.SSOImportRequest
	moves []creds.SSOMigrateRequest
	// logins are the sessions whose profiles were to get credentials, and failed
	// what became of the last one's.
	logins []string
	failed []creds.ProfileError
}

func newTestSSO() *testSSO {
	return &testSSO{accounts: testAccounts(6, 3), made: make(map[creds.SSOPair]string)}
}

// testAccounts makes n accounts with the given number of roles each.
func testAccounts(n, roles int) []creds.SSOAccount {
	accounts := make([]creds.SSOAccount, n)
	for i := range accounts {
		name := []string{"prod", "staging", "billing", "audit", "sandbox"}[i%5] + fmt.Sprintf("-%04d", i)
		a := creds.SSOAccount{ID: fmt.Sprintf("%012d", 111111111111+i), Name: name, Email: name + "@example.com"}
		for r := range roles {
			a.Roles = append(a.Roles, []string{"Admin", "ReadOnly", "Developer", "Billing", "Auditor"}[r%5]+strings.Repeat("X", r/5))
		}
		accounts[i] = a
	}
	return accounts
}

func (s *testSSO) serve(mux *http.ServeMux) {
	mux.HandleFunc("GET "+agentapi.WatchPrompts.Path, func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		prompts := s.prompts
		s.mu.Unlock()
		_ = json.NewEncoder(w).Encode(prompts)
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	mux.HandleFunc("GET "+agentapi.SSOAccounts.Path, func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		wait := s.wait
		s.mu.Unlock()
		if wait != nil {
			select {
			case <-wait:
			case <-r.Context().Done():
				return
			}
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.reply(w, s.accounts, nil)
	})
	mux.HandleFunc("POST "+agentapi.SSOImport.Path, func(w http.ResponseWriter, r *http.Request) {
		var in creds.SSOImportRequest
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			panic(err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.asked = append(s.asked, in)
		c, err := s.plan(in)
		s.reply(w, c, err)
	})
	mux.HandleFunc("POST "+agentapi.SSOLogin.Path, func(w http.ResponseWriter, r *http.Request) {
		var in creds.SSOLoginRequest
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			panic(err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.logins = append(s.logins, in.Session)
		s.reply(w, creds.SSOLoginReply{Refreshed: len(s.made) - len(s.failed), Failed: s.failed}, nil)
	})
	mux.HandleFunc("POST "+agentapi.SSOMigrate.Path, func(w http.ResponseWriter, r *http.Request) {
		var in creds.SSOMigrateRequest
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			panic(err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.moves = append(s.moves, in)
		c, err := s.move(in)
		s.reply(w, c, err)
	})
}

func (s *testSSO) reply(w http.ResponseWriter, answer any, err *creds.Error) {
	if err == nil {
		err = s.fail
	}
	if err != nil {
		refuse(w, err)
		return
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// plan makes a change or shows it.
func (s *testSSO) plan(in creds.SSOImportRequest) (creds.ConfigChange, *creds.Error) {
	if strings.Contains(in.Template, "{{{") {
		return creds.ConfigChange{}, &creds.Error{
			Code: creds.CodeBadRequest, Message: "the template makes no sense: unexpected { in command",
		}
	}
	wanted := func(list []creds.SSOPair, p creds.SSOPair) bool {
		for _, one := range list {
			if one == p {
				return true
			}
		}
		return false
	}
	c := creds.ConfigChange{Path: homeFolder() + "/.aws/config"}
	var diff strings.Builder
	fmt.Fprintf(&diff, "--- %s\n+++ %s\n@@ -%d,3 +12,9 @@\n [profile personal]\n region = eu-central-1\n \n", c.Path, c.Path, 12+s.shift)
	for _, a := range s.accounts {
		for _, role := range a.Roles {
			pair := creds.SSOPair{AccountID: a.ID, Role: role}
			one := creds.ImportedProfile{Account: a.Name, AccountID: a.ID, Role: role}
			one.Profile = a.Name + "-" + strings.ToLower(role)
			if strings.HasPrefix(in.Template, "x") {
				one.Profile = "x-" + one.Profile
			}
			made, there := s.made[pair]
			switch {
			case wanted(in.Drop, pair) && there:
				one.Profile = made
				c.Removed = append(c.Removed, one)
				fmt.Fprintf(&diff, "-[profile %s]\n-sso_session = corp\n-sso_account_id = %s\n-sso_role_name = %s\n-\n", made, a.ID, role)
			case there:
				one.Profile = made
				c.Kept = append(c.Kept, one)
			case in.Only == nil || wanted(in.Only, pair):
				if a.Name == "audit-0003" && role == "Admin" {
					one.Why = "a profile of this name is there already, and was not made by import."
					c.Skipped = append(c.Skipped, one)
					continue
				}
				c.Added = append(c.Added, one)
				fmt.Fprintf(&diff, "+[profile %s]\n+sso_session = corp\n+sso_account_id = %s\n+sso_role_name = %s\n+region = %s\n+\n", one.Profile, a.ID, role, in.Region)
			}
		}
	}
	if len(c.Added)+len(c.Removed) > 0 {
		c.Diff = diff.String()
	}
	if err := s.settle(&c, in.ConfigWrite); err != nil || !in.Write {
		return c, err
	}
	for _, p := range c.Added {
		s.made[creds.SSOPair{AccountID: p.AccountID, Role: p.Role}] = p.Profile
	}
	for _, p := range c.Removed {
		delete(s.made, creds.SSOPair{AccountID: p.AccountID, Role: p.Role})
	}
	return c, nil
}

// settle gives a change its fingerprint, and refuses to write another one than
// was seen.
func (s *testSSO) settle(c *creds.ConfigChange, w creds.ConfigWrite) *creds.Error {
	c.Fingerprint = fmt.Sprintf("%d-%d", len(c.Diff), s.shift)
	if w.Write && w.Seen != c.Fingerprint {
		return &creds.Error{Code: creds.CodePlanChanged, Message: "the change is another one by now"}
	}
	c.Written = w.Write
	return nil
}

func (s *testSSO) move(in creds.SSOMigrateRequest) (creds.ConfigChange, *creds.Error) {
	section := in.Name
	if section == "" {
		section = "corp"
	}
	c := creds.ConfigChange{Path: homeFolder() + "/.aws/config"}
	var diff strings.Builder
	fmt.Fprintf(&diff, "--- a\n+++ b\n@@ -1,5 +1,9 @@\n+[sso-session %s]\n+sso_start_url = %s\n+sso_region = eu-central-1\n+\n", section, in.StartURL)
	for _, profile := range []string{"old-admin", longProfile} {
		fmt.Fprintf(&diff, " [profile %s]\n-sso_start_url = %s\n-sso_region = eu-central-1\n+sso_session = %s\n sso_account_id = 123456789012\n sso_role_name = Admin\n \n", profile, in.StartURL, section)
		c.Changed = append(c.Changed, creds.ImportedProfile{Profile: profile})
	}
	c.Diff = diff.String()
	err := s.settle(&c, in.ConfigWrite)
	return c, err
}

// longProfile is as long as a profile's name gets: 128 characters.
const longProfile = "a-customer-with-a-long-name-production-eu-central-1-readonly-access-for-auditors-" +
	"and-those-who-are-to-look-at-the-billing-too-1"
