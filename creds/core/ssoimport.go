package core

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/creds/profile"
	"daypass/creds/ssoimport"
	"daypass/internal/lang"
	"daypass/sso"
)

// listLasts is how long previews of an import may use a list of accounts.
const listLasts = 10 * time.Minute

// importer writes profiles for SSO sessions to the config file, and the sessions'
// sections.
type importer struct {
	*owners
	signer  *signer
	signOut *signOut
	sweeper *sweeper
	writer  *writer
}

// accountsAndRoles does what [Manager.Accounts] says.
func (im *importer) accountsAndRoles(ctx context.Context, id string, o RefreshOptions) ([]creds.SSOAccount, error) {
	accounts, err := im.accounts(ctx, id, true, o)
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

func (im *importer) accounts(ctx context.Context, id string, refetch bool, o RefreshOptions) ([]sso.Account, error) {
	s, err := im.findSession(id)
	if err != nil {
		return nil, err
	}
	if err := s.CheckScopes(); err != nil {
		return nil, sso.Explain("", err)
	}
	id = s.ID()
	list, ok := im.signIns.list(id)
	if ok && !refetch && list.startURL == s.StartURL && time.Since(list.at) < listLasts {
		return list.accounts, nil
	}
	err = im.signer.withToken(ctx, s, o, func() error {
		var err error
		list.accounts, err = im.sso.Accounts(ctx, s, nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	list.at, list.startURL = time.Now(), s.StartURL
	im.signIns.setList(id, list)
	names := make(map[string]string, len(list.accounts))
	for _, a := range list.accounts {
		names[a.ID] = a.Name
	}
	im.sweeper.noteNames(names)
	return list.accounts, nil
}

// importAll does what [Manager.Import] says.
func (im *importer) importAll(ctx context.Context, in creds.SSOImportRequest, o RefreshOptions) (creds.ConfigChange, error) {
	// Before a person signs in for it.
	if err := im.writer.mayBeRead(); err != nil {
		return creds.ConfigChange{}, err
	}
	accounts, err := im.accounts(ctx, in.Session, in.Refetch, o)
	if err != nil {
		return creds.ConfigChange{}, err
	}
	r := ssoimport.Request{
		Session: in.Session, Complete: true, Template: in.Template, Region: in.Region,
		Only: keysOf(in.Only), Drop: keysOf(in.Drop), Rename: in.Rename, Prune: in.Prune,
		DerivedSuffix: im.files.set().Plan.Layout.Derived(),
	}
	var refused []string
	for _, a := range accounts {
		if a.Refused != nil {
			r.Unknown = append(r.Unknown, a.ID)
			refused = append(refused, lang.Sprintf("%s; its profiles stay as they are", a.Refused.Error()))
		}
		for _, role := range a.Roles {
			r.Pairs = append(r.Pairs, ssoimport.Pair{AccountID: a.ID, AccountName: a.Name, Email: a.Email, Role: role})
		}
	}
	r.Taken = slices.Concat(slices.Collect(maps.Keys(im.files.set().Profiles)), slices.Collect(maps.Keys(im.files.set().Sections())))
	var plan ssoimport.Plan
	if in.Write {
		plan, err = ssoimport.Apply(ctx, im.cfg.Files.Config, r, in.Seen)
	} else {
		err = im.withConfig(ctx, func(f *awsfile.File) error {
			plan, err = ssoimport.Make(f, r)
			return err
		})
	}
	if err != nil {
		return creds.ConfigChange{}, importError(err)
	}
	out := im.configChange(plan.Edit, in.Write)
	if out.Written && len(plan.Add) > 0 {
		im.refreshImported(in.Session)
	}
	out.Added, out.Kept, out.Removed = entries(plan.Add), entries(plan.Keep), entries(plan.Remove)
	out.Changed, out.Warnings = entries(plan.Change), append(refused, plan.Warnings...)
	if len(plan.Add) > 0 && in.Region == "" {
		out.Warnings = append(out.Warnings, im.noRegion(in.Session))
	}
	for _, s := range plan.Skipped {
		one := imported(s.Profile, s.Pair)
		one.Why = s.Why
		out.Skipped = append(out.Skipped, one)
	}
	return out, nil
}

// refreshImported gets credentials for new profiles, as a sign-in would have, if the
// session needs nobody.
func (im *importer) refreshImported(id string) {
	s, err := im.findSession(id)
	if err != nil {
		return
	}
	if im.signIns.isSilent(s.ID()) {
		im.sweeper.start(s)
	}
}

// noRegion says that an import gives its profiles no region. That of Identity Center is
// not used: the accounts' resources may be elsewhere, and a command in the wrong region
// finds nothing and says nothing.
func (im *importer) noRegion(id string) string {
	text := lang.T("the new profiles have no region, so that AWS's tools want one with each command; --region, or the field in the window, gives them one")
	if s, err := im.findSession(id); err == nil && s.Region != "" {
		text += lang.Sprintf(" (Identity Center itself is in %s)", s.Region)
	}
	return text
}

// keysOf keeps nil, which means all, apart from an empty list.
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
			out[i].Why = lang.Sprintf("it was called %s", e.Was)
		}
	}
	return out
}

func imported(profile string, p ssoimport.Pair) creds.ImportedProfile {
	return creds.ImportedProfile{Profile: profile, AccountID: p.AccountID, Account: p.AccountName, Role: p.Role}
}

// withConfig reads the config file.
func (im *importer) withConfig(ctx context.Context, do func(*awsfile.File) error) error {
	f, _, err := awsfile.Load(ctx, awsfile.Config, im.cfg.Files.Config)
	if err != nil {
		return profile.FileError(err)
	}
	return do(f)
}

// configChange describes an edit, and publishes one that was made.
func (im *importer) configChange(e ssoimport.Edit, written bool) creds.ConfigChange {
	if written {
		im.republish()
	}
	return creds.ConfigChange{
		Path: im.cfg.Files.Config, Diff: e.Diff(im.cfg.Files.Config), Fingerprint: e.Fingerprint(), Written: written && !e.Empty(),
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

// migrate does what [Manager.Migrate] says.
func (im *importer) migrate(ctx context.Context, in creds.SSOMigrateRequest) (creds.ConfigChange, error) {
	r := ssoimport.MigrateRequest{StartURL: in.StartURL, Region: in.Region, Session: in.Name}
	var plan ssoimport.Migration
	var err error
	if in.Write {
		plan, err = ssoimport.ApplyMigration(ctx, im.cfg.Files.Config, r, in.Seen)
	} else {
		err = im.withConfig(ctx, func(f *awsfile.File) error {
			plan, err = ssoimport.MakeMigration(f, r)
			return err
		})
	}
	if err != nil {
		return creds.ConfigChange{}, importError(err)
	}
	out := im.configChange(plan.Edit, in.Write)
	for _, name := range plan.Profiles {
		out.Changed = append(out.Changed, creds.ImportedProfile{Profile: name, Why: lang.Sprintf("uses the session %s", plan.Session)})
	}
	return out, nil
}
