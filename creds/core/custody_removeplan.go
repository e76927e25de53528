package core

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/creds/awsfile"
	"daypass/creds/profile"
	"daypass/creds/ssoimport"
	"daypass/creds/vault"
	"daypass/internal/lang"
	"daypass/internal/words"
	"daypass/sso"
)

// removalPlan collects what a removal takes away.
type removalPlan struct {
	remover
	removing
	says creds.Removal
	p    profile.Profile
	// users are the other profiles that depend on this one.
	users []string
	// own are the IDs of its keys in the keyring, one of whose items may be damaged.
	own     []string
	damaged bool
}

func (r *removalPlan) removes(format lang.Text, args ...any) {
	r.says.Removes = append(r.says.Removes, lang.Sprintf(format, args...))
}

func (r *removalPlan) keeps(format lang.Text, args ...any) {
	r.says.Keeps = append(r.says.Keeps, lang.Sprintf(format, args...))
}

// planRemoval says what a removal would take away, and what not.
func (cu remover) planRemoval(ctx context.Context, name string) (removing, creds.Removal, error) {
	r := &removalPlan{remover: cu, removing: removing{Profile: name, Sections: []string{name}}, says: creds.Removal{Profile: name, Removes: []string{}}}
	p, err := cu.profileNamed(name)
	if creds.CodeOf(err) == creds.CodeNoProfile && cu.keyring.has(name) {
		p, err = profile.Profile{Name: name}, nil // its key is left in the keyring
	}
	if err != nil {
		return r.removing, r.says, err
	}
	r.p = p
	r.Sections = append(r.Sections, cu.sectionsOf(p)...)
	for of, recipe := range cu.store.recipes() {
		if recipe.Source == name && of != name {
			r.Made = append(r.Made, of)
		}
	}
	slices.Sort(r.Made)
	r.users = slices.DeleteFunc(cu.dependents(name), func(other string) bool { return slices.Contains(r.Made, other) })
	for _, take := range []func(context.Context) error{r.readKeys, r.takeSessions, r.takeSignIns, r.takeNames, r.takeSections, r.takeKeys} {
		if err := take(ctx); err != nil {
			return r.removing, r.says, err
		}
	}
	r.says.Breaks = slices.Compact(slices.Sorted(slices.Values(append(r.says.Breaks, r.users...))))
	state, err := json.Marshal(struct {
		State removing
		Says  creds.Removal
	}{r.removing, r.says})
	mark := sha256.Sum256(state)
	r.says.Fingerprint = hex.EncodeToString(mark[:16])
	return r.removing, r.says, err
}

// takeSessions takes what was obtained for the profile, and what logins have saved of it.
func (r *removalPlan) takeSessions(ctx context.Context) error {
	if _, isHeld, inFile := r.store.heldInFile(r.Profile); inFile {
		r.removes("its temporary credentials, in %s too", r.cfg.Files.Credentials)
	} else if isHeld {
		r.removes("its temporary credentials")
	}
	switch {
	case len(r.Made) > 0:
		r.removes("what logins have made of it: %s", strings.Join(r.Made, ", "))
	case r.p.Recipe() != nil:
		r.removes("what a login has saved of it")
	}
	of, grants, assumed := r.rolesOfProfile(r.Profile)
	if r.cfg.Roles != nil && len(grants)+len(assumed) > 0 && r.cfg.Roles.Holds(ctx, of, grants, assumed) {
		r.removes("what the AWS CLI has cached of its role")
	}
	return nil
}

// takeSignIns takes its console sign-in, unless somebody else uses it too.
func (r *removalPlan) takeSignIns(context.Context) error {
	if of, is := r.console.ofProfile(r.Profile); is {
		others := slices.DeleteFunc(r.view.usersOfLogin(of.ARN, ""), func(name string) bool {
			return name == r.Profile || slices.Contains(r.users, name) || slices.Contains(r.Made, name)
		})
		switch {
		case !r.logins.get(of.ARN).has:
		case len(others) > 0:
			r.keeps("the console sign-in of %s, which %s uses too", words.Identity(of.ARN), strings.Join(others, ", "))
		default:
			r.Login = true
			r.removes("the console sign-in of %s", words.Identity(of.ARN))
		}
	}
	if session := r.p.SSOSession(); session != "" && r.signIns.get(session).has {
		r.keeps("the sign-in to the SSO session %s, which ends with: daypass sso logout %s", session, advice.Word(session))
	}
	return nil
}

// takeNames takes settings, bookmarks and visits.
func (r *removalPlan) takeNames(ctx context.Context) error {
	uses, err := r.cfg.Names.Uses(ctx, r.Profile)
	if err != nil {
		return err
	}
	if uses.Settings {
		r.removes("its settings in config.toml")
	}
	if len(uses.Alone) > 0 {
		r.removes("the bookmarks for it alone: %s", strings.Join(uses.Alone, ", "))
	}
	shared := slices.DeleteFunc(slices.Clone(uses.Bookmarks), func(name string) bool { return slices.Contains(uses.Alone, name) })
	if len(shared) > 0 {
		r.keeps("the bookmarks that are for other profiles too: %s", strings.Join(shared, ", "))
	}
	if uses.Visits > 0 {
		r.removes("the list of what it has opened in the console")
	}
	return nil
}

// takeSections takes what is daypass's own in the AWS files, and a long-term key there.
func (r *removalPlan) takeSections(ctx context.Context) error {
	if r.p.HasLongTermKey() && r.p.KeyFile() == "" {
		r.Plaintext = r.p.ShownKeyID()
	}
	held, isHeld, _ := r.store.heldInFile(r.Profile)
	for _, file := range r.bothFiles() {
		f, _, err := awsfile.Load(ctx, file.kind, file.path)
		if err != nil {
			return profile.FileError(err)
		}
		cuts, err := cutSections(f.Clone(), r.removing)
		if err != nil {
			return profile.FileError(err)
		}
		for _, cut := range cuts {
			title := awsfile.Title(file.kind, awsfile.Profile(cut.section))
			_, inKeyring := r.keyIDOf(cut.key)
			switch {
			case cut.key == "":
			case inKeyring:
				r.removes("the long-term key %s, in plaintext in %s of %s", cut.key, title, file.path)
			default:
				r.removes("the long-term key %s, in plaintext in %s of %s: this is the last copy of it that daypass knows of", cut.key, title, file.path)
			}
			switch {
			case cut.gone && cut.isSession && isHeld && cut.section == held.Written.Section: // it is said
			case cut.gone && cut.key == "":
				r.removes("the section %s of %s", title, file.path)
			case !cut.gone:
				r.keeps("the section %s of %s, which is yours: %s; delete it there with an editor", title, file.path, cut.why)
			}
		}
		for _, name := range f.Profiles() {
			line, _ := f.Get(awsfile.Profile(name), "credential_process")
			if renamedProcess(line, map[string]string{r.Profile: r.Profile + "-"}) != line && name != r.Profile {
				r.says.Breaks = append(r.says.Breaks, name)
			}
		}
	}
	if path := r.p.KeyFile(); path != "" {
		r.keeps("the long-term key %s in %s, which daypass has not put there", r.p.ShownKeyID(), path)
	}
	return nil
}

// keyIDOf returns the profiles besides this one that use a key of the keyring, and whether
// the profile itself does.
func (r *removalPlan) keyIDOf(id string) (others []string, own bool) {
	for _, name := range r.keyring.profilesOf(id) {
		if slices.Contains(r.p.KeyNames(), name) {
			own = true
			continue
		}
		others = append(others, name)
	}
	return others, own
}

// readKeys reads which keys of the keyring the profile has, and whether others have them too.
func (r *removalPlan) readKeys(ctx context.Context) error {
	for _, name := range r.p.KeyNames() {
		if !r.keyring.has(name) {
			continue
		}
		r.Keys = append(r.Keys, name)
		use, err := r.cfg.Vault.Use(ctx, name)
		switch {
		case errors.Is(err, vault.ErrDamagedItem):
			r.damaged = true
			continue
		case err != nil:
			return err
		}
		r.learnKeys(map[string]string{name: use.KeyID})
		if !slices.Contains(r.own, use.KeyID) {
			r.own = append(r.own, use.KeyID)
		}
	}
	if len(r.own) == 0 {
		return nil
	}
	return r.readKeyIDs(ctx)
}

// takeKeys takes the keys that nobody else uses out of the keyring.
func (r *removalPlan) takeKeys(context.Context) error {
	var gone []string
	if r.Plaintext != "" {
		gone = append(gone, r.Plaintext)
	}
	if r.damaged {
		r.removes("the damaged item of its long-term key in the keyring")
	}
	for _, id := range r.own {
		if others, _ := r.keyIDOf(id); len(others) > 0 {
			r.removes("what has it use the long-term key %s", id)
			r.keeps("the long-term key %s in the keyring, which %s uses too", id, strings.Join(others, ", "))
			continue
		}
		r.KeyIDs = append(r.KeyIDs, id)
		r.removes("the long-term key %s in the keyring", id)
		gone = append(gone, id)
	}
	slices.Sort(gone)
	for _, id := range slices.Compact(gone) {
		r.keeps("the key %s at AWS, which stays active: deactivate and delete it in the IAM console if nobody else uses it", id)
	}
	if len(r.KeyIDs) == 0 {
		return nil
	}
	for _, id := range r.waitingKeys(r.Profile) {
		if slices.Contains(r.KeyIDs, id) {
			continue
		}
		r.KeyIDs = append(r.KeyIDs, id)
		r.removes("the long-term key %s in the keyring, which was replaced by a rotation", id)
		r.keeps("the key %s at AWS, which was to be deleted after its rotation: daypass does not do that any more, so delete it in the IAM console", id)
	}
	return nil
}

// readKeyIDs reads which keys profiles use of which only that they have one is known.
func (cu remover) readKeyIDs(ctx context.Context) error {
	for name, id := range cu.keyring.all() {
		if id != "" {
			continue
		}
		use, err := cu.cfg.Vault.Use(ctx, name)
		switch {
		case errors.Is(err, vault.ErrDamagedItem):
		case err != nil:
			return err
		default:
			cu.learnKeys(map[string]string{name: use.KeyID})
		}
	}
	return nil
}

// sectionCut is what becomes of a section.
type sectionCut struct {
	section string
	// key is the long-term key that is taken out of it, "" for none.
	key string
	// gone is set if all of the section goes; else why says what daypass has not written
	// there.
	gone bool
	why  string
	// isSession is set if it has temporary credentials and nothing else.
	isSession bool
}

// cutSections takes a profile's sections out of a file, if daypass may have written all that
// is in them, and the long-term key out of any of them.
func cutSections(f *awsfile.File, s removing) (cuts []sectionCut, err error) {
	for _, name := range s.Sections {
		section := awsfile.Profile(name)
		if !f.Has(section) {
			continue
		}
		cut := sectionCut{section: name}
		values := f.Values(section)
		key := awsfile.StaticKeyOf(func(key string) string { return values[key] })
		if s.Plaintext != "" && !awsfile.IsSessionID(key.ID) && (key.ID == s.Plaintext || key.ID == "" && key.Secret != "") {
			cut.key = s.Plaintext
			// Of a key whose halves are in two files either half is enough.
			f.Allow(s.Plaintext, cmp.Or(key.Secret, "-"))
		}
		foreign := foreignIn(values, cut.key != "")
		cut.isSession = awsfile.IsSessionID(key.ID) && values["mfa_serial"] == "" && values["login_session"] == ""
		switch {
		case len(foreign) > 0:
			cut.why = lang.Sprintf("it has %s", strings.Join(foreign, ", "))
		case f.Annotated(section):
			cut.why = lang.T("it has comments or other lines of yours")
		default:
			cut.gone = true
		}
		if cut.gone {
			err = f.Remove(section)
		} else if cut.key != "" {
			for _, setting := range []string{"aws_access_key_id", "aws_secret_access_key"} {
				err = errors.Join(err, f.Unset(section, setting))
			}
		}
		if err != nil {
			return nil, err
		}
		cuts = append(cuts, cut)
	}
	return cuts, nil
}

// foreignIn lists the settings that daypass writes to no section, and that say more than a
// key's region and device.
func foreignIn(values map[string]string, withKey bool) (foreign []string) {
	imported := values[ssoimport.Mark] != ""
	for name := range values {
		switch name {
		case "region", "output", "mfa_serial", "login_session", "aws_credential_expiration":
		case "aws_access_key_id", "aws_secret_access_key":
			if !withKey && !awsfile.IsSessionID(values["aws_access_key_id"]) {
				foreign = append(foreign, name)
			}
		case "aws_session_token", "aws_security_token", "expiration", "assumed_role", "assumed_role_arn":
		case "sso_session", "sso_account_id", "sso_role_name", ssoimport.Mark:
			if !imported {
				foreign = append(foreign, name)
			}
		default:
			foreign = append(foreign, name)
		}
	}
	slices.Sort(foreign)
	return foreign
}

// rolesOfProfile returns the roles that a profile alone has: what Identity Center gives it,
// by which session, and what it assumes.
func (o *owners) rolesOfProfile(name string) (of sso.Session, grants []sso.Grant, assumed []sso.AssumedRole) {
	all := o.files.set().Profiles
	role := func(p profile.Profile) sso.AssumedRole {
		return sso.AssumedRole{ARN: p.RoleARN, SessionName: p.SessionName, ExternalID: p.ExternalID, MFASerial: p.MFASerial, Duration: p.Duration}
	}
	grant := func(p profile.Profile) sso.Grant {
		return sso.Grant{AccountID: p.SSO.AccountID, RoleName: p.SSO.RoleName}
	}
	own, is := all[name]
	if !is {
		return of, nil, nil
	}
	sharedGrant, sharedRole := false, false
	for other, p := range all {
		if other == name {
			continue
		}
		sharedGrant = sharedGrant || p.SSOSession() == own.SSOSession() && grant(p) == grant(own)
		sharedRole = sharedRole || role(p) == role(own)
	}
	if own.SSOSession() != "" && own.SSO.AccountID != "" && !sharedGrant {
		grants = append(grants, grant(own))
	}
	if own.RoleARN != "" && !sharedRole {
		assumed = append(assumed, role(own))
	}
	return o.files.set().Sessions[own.SSOSession()], grants, assumed
}

// forgetRoles removes what the AWS CLI has cached of a profile's own role.
func (cu remover) forgetRoles(ctx context.Context, name string) error {
	of, grants, assumed := cu.rolesOfProfile(name)
	if cu.cfg.Roles == nil || len(grants)+len(assumed) == 0 {
		return nil
	}
	return sso.Explain("", cu.cfg.Roles.Forget(ctx, of, grants, assumed))
}
