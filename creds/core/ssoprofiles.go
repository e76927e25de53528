package core

import (
	"context"
	"errors"
	"fmt"
	"time"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/creds/profile"
	"daypass/creds/ssoimport"
	"daypass/sso"
)

// accountList is what AWS listed for a session.
type accountList struct {
	accounts []sso.Account
	startURL string
	at       time.Time
}

// listLasts is how long a list of accounts serves previews of an import.
const listLasts = 10 * time.Minute

// Accounts lists the accounts and roles of a session of Identity Center. A
// person who asks is taken to the browser if that is needed.
func (m *Manager) Accounts(ctx context.Context, id string, o RefreshOptions) ([]creds.SSOAccount, error) {
	accounts, err := m.accounts(ctx, id, true, o)
	if err != nil {
		return nil, err
	}
	out := make([]creds.SSOAccount, len(accounts))
	for i, a := range accounts {
		out[i] = creds.SSOAccount{ID: a.ID, Name: a.Name, Email: a.Email, Roles: a.Roles}
		if a.Refused != nil {
			out[i].Err = creds.AsError(sso.Explain("", a.Refused))
		}
	}
	return out, nil
}

func (m *Manager) accounts(ctx context.Context, id string, refetch bool, o RefreshOptions) ([]sso.Account, error) {
	s, err := m.findSession(id)
	if err != nil {
		return nil, err
	}
	if err := s.CheckScopes(); err != nil {
		return nil, sso.Explain("", err)
	}
	id = s.ID()
	m.mu.Lock()
	list, ok := m.lists[id]
	m.mu.Unlock()
	if ok && !refetch && list.startURL == s.StartURL && time.Since(list.at) < listLasts {
		return list.accounts, nil
	}
	err = m.withToken(ctx, s, o, func() error {
		var err error
		list.accounts, err = m.sso.Accounts(ctx, s, nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	list.at, list.startURL = time.Now(), s.StartURL
	m.mu.Lock()
	m.lists[id] = list
	m.mu.Unlock()
	names := make(map[string]string, len(list.accounts))
	for _, a := range list.accounts {
		names[a.ID] = a.Name
	}
	m.noteNames(names)
	return list.accounts, nil
}

// Import makes profiles for the accounts and roles of a session, or shows what
// it would make.
func (m *Manager) Import(ctx context.Context, in creds.SSOImportRequest, o RefreshOptions) (creds.ConfigChange, error) {
	// Before a person signs in for it.
	if err := m.mayBeRead(); err != nil {
		return creds.ConfigChange{}, err
	}
	accounts, err := m.accounts(ctx, in.Session, in.Refetch, o)
	if err != nil {
		return creds.ConfigChange{}, err
	}
	r := ssoimport.Request{
		Session: in.Session, Complete: true, Template: in.Template, Region: in.Region,
		Only: keysOf(in.Only), Drop: keysOf(in.Drop), Rename: in.Rename, Prune: in.Prune,
		DerivedSuffix: m.settings().DerivedSuffix,
	}
	var refused []string
	for _, a := range accounts {
		if a.Refused != nil {
			r.Unknown = append(r.Unknown, a.ID)
			refused = append(refused, a.Refused.Error()+"; its profiles stay as they are")
		}
		for _, role := range a.Roles {
			r.Pairs = append(r.Pairs, ssoimport.Pair{AccountID: a.ID, AccountName: a.Name, Email: a.Email, Role: role})
		}
	}
	m.mu.Lock()
	for name := range m.files.Profiles {
		r.Taken = append(r.Taken, name)
	}
	m.mu.Unlock()
	var plan ssoimport.Plan
	if in.Write {
		plan, err = ssoimport.Apply(ctx, m.cfg.Files.Config, r, in.Seen)
	} else {
		err = m.withConfig(ctx, func(f *awsfile.File) error {
			plan, err = ssoimport.Make(f, r)
			return err
		})
	}
	if err != nil {
		return creds.ConfigChange{}, importError(err)
	}
	out := m.configChange(plan.Edit, in.Write)
	if out.Written && len(plan.Add) > 0 {
		m.refreshImported(in.Session)
	}
	out.Added, out.Kept, out.Removed = entries(plan.Add), entries(plan.Keep), entries(plan.Remove)
	out.Changed, out.Warnings = entries(plan.Change), append(refused, plan.Warnings...)
	if len(plan.Add) > 0 && in.Region == "" {
		out.Warnings = append(out.Warnings, m.noRegion(in.Session))
	}
	for _, s := range plan.Skipped {
		one := imported(s.Profile, s.Pair)
		one.Why = s.Why
		out.Skipped = append(out.Skipped, one)
	}
	return out, nil
}

// refreshImported gets credentials for profiles that are new, as a sign-in would
// have, while the session needs nobody.
func (m *Manager) refreshImported(id string) {
	s, err := m.findSession(id)
	if err != nil {
		return
	}
	m.mu.Lock()
	signedIn := m.signInOf(s.ID()).silent(time.Now())
	m.mu.Unlock()
	if signedIn {
		m.startSweep(s)
	}
}

// noRegion says that an import gives its profiles none. That of Identity Center is
// not taken by itself: what runs in the accounts may well be elsewhere, and a command
// in the wrong region finds nothing, without a word.
func (m *Manager) noRegion(id string) string {
	text := "the new profiles have no region, so that AWS's tools want one with each command; --region, or the field in the window, gives them one"
	if s, err := m.findSession(id); err == nil && s.Region != "" {
		text += fmt.Sprintf(" (Identity Center itself is in %s)", s.Region)
	}
	return text
}

// keysOf keeps nil, which is all, apart from none.
func keysOf(pairs []creds.SSOPair) []ssoimport.Key {
	if pairs == nil {
		return nil
	}
	keys := make([]ssoimport.Key, len(pairs))
	for i, p := range pairs {
		keys[i] = ssoimport.Key{AccountID: p.AccountID, Role: p.Role}
	}
	return keys
}

func entries(all []ssoimport.Entry) []creds.ImportedProfile {
	out := make([]creds.ImportedProfile, len(all))
	for i, e := range all {
		out[i] = imported(e.Profile, e.Pair)
		if e.Was != "" {
			out[i].Why = "it was called " + e.Was
		}
	}
	return out
}

func imported(profile string, p ssoimport.Pair) creds.ImportedProfile {
	return creds.ImportedProfile{Profile: profile, AccountID: p.AccountID, Account: p.AccountName, Role: p.Role}
}

// withConfig reads the config file.
func (m *Manager) withConfig(ctx context.Context, do func(*awsfile.File) error) error {
	f, _, err := awsfile.Load(ctx, awsfile.Config, m.cfg.Files.Config)
	if err != nil {
		return profile.FileError(err)
	}
	return do(f)
}

// configChange tells of an edit, and shows the world one that was made.
func (m *Manager) configChange(e ssoimport.Edit, written bool) creds.ConfigChange {
	if written {
		m.changed()
	}
	return creds.ConfigChange{
		Path: m.cfg.Files.Config, Diff: e.Diff(m.cfg.Files.Config), Fingerprint: e.Fingerprint(), Written: written && !e.Empty(),
	}
}

// importError gives an error of package ssoimport its code.
func importError(err error) error {
	code := creds.CodeBadRequest
	switch {
	case errors.As(err, new(*creds.Error)), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, ssoimport.ErrNoSession):
		code = creds.CodeNoSession
	case errors.Is(err, ssoimport.ErrChanged):
		code = creds.CodePlanChanged
	}
	return &creds.Error{Code: code, Message: err.Error()}
}

// Migrate moves legacy profiles, which name their start URL themselves, to an
// [sso-session], or shows how: only such a session can be renewed.
func (m *Manager) Migrate(ctx context.Context, in creds.SSOMigrateRequest) (creds.ConfigChange, error) {
	r := ssoimport.MigrateRequest{StartURL: in.StartURL, Region: in.Region, Session: in.Name}
	var plan ssoimport.Migration
	var err error
	if in.Write {
		plan, err = ssoimport.ApplyMigration(ctx, m.cfg.Files.Config, r, in.Seen)
	} else {
		err = m.withConfig(ctx, func(f *awsfile.File) error {
			plan, err = ssoimport.MakeMigration(f, r)
			return err
		})
	}
	if err != nil {
		return creds.ConfigChange{}, importError(err)
	}
	out := m.configChange(plan.Edit, in.Write)
	for _, name := range plan.Profiles {
		out.Changed = append(out.Changed, creds.ImportedProfile{Profile: name, Why: "uses the session " + plan.Session})
	}
	return out, nil
}
