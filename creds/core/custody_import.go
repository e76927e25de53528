package core

import (
	"context"
	"errors"
	"slices"

	"daypass/creds"
	"daypass/creds/awscall"
	"daypass/creds/awsfile"
	"daypass/creds/profile"
	"daypass/creds/vault"
	"daypass/internal/lang"
)

// importStep is what is done next, or was done, of an import.
type importStep string

// The steps.
const (
	importStoring importStep = "storing" // into the keyring, and its proof
	importTaking  importStep = "taking"  // out of the file
	importDone    importStep = "done"    // kept so that it can be undone
	importPutting importStep = "putting" // back into the file, and out of the keyring
)

// importState is an import in the journal. It has no secret.
type importState struct {
	Step    importStep      `json:"step"`
	KeyID   string          `json:"key_id"`
	Profile string          `json:"profile"`
	Source  creds.KeySource `json:"source"`
	// Place is for people, and Section the one of the AWS files.
	Place   string `json:"place"`
	Section string `json:"section,omitempty"`
	// HadKey is set if the keyring held the key before, and HadName if the profile used it.
	HadKey  bool `json:"had_key,omitempty"`
	HadName bool `json:"had_name,omitempty"`
	// Cuts are what is taken out of each file.
	Cuts []keyCut `json:"cuts,omitempty"`
}

// keyCut is what is taken out of one file.
type keyCut struct {
	Kind  awsfile.Kind  `json:"kind"`
	Taken awsfile.Taken `json:"taken"`
}

// keyImporter brings keys in from elsewhere, and puts them back.
type keyImporter struct{ *Custody }

// Import moves keys into the keyring: each is stored, read back and proved, and only then
// taken out of its file.
func (cu *Custody) Import(ctx context.Context, r creds.ImportKeysRequest, by creds.Requester) (creds.ImportedKeys, error) {
	im := keyImporter{cu}
	search := r.FindKeysRequest
	search.Ask = false
	all, _, err := im.find(ctx, search, by)
	if err != nil {
		return creds.ImportedKeys{}, err
	}
	var out creds.ImportedKeys
	for _, wanted := range r.Keys {
		i := slices.IndexFunc(all, func(k foundKey) bool { return k.Ref == wanted.Ref })
		if i < 0 {
			out.Keys = append(out.Keys, creds.ImportedKey{FoundKey: creds.FoundKey{
				Ref: wanted.Ref, Profile: wanted.Profile,
				Err: creds.AsError(creds.Errorf(creds.CodeNoKey, "this key is not there any more; nothing was changed")),
			}})
			continue
		}
		k := all[i]
		if wanted.Profile != "" {
			k.Profile = wanted.Profile
		}
		out.Keys = append(out.Keys, im.importKey(ctx, k))
	}
	return out, ctx.Err()
}

// importOne imports the key that the files have for a profile.
func (cu *Custody) importOne(ctx context.Context, name string, by creds.Requester) (creds.ImportedKey, error) {
	im := keyImporter{cu}
	all, _, err := im.find(ctx, creds.FindKeysRequest{}, by)
	if err != nil {
		return creds.ImportedKey{}, err
	}
	id := cu.files.set().Profiles[name].AccessKeyID
	for _, k := range all {
		if k.Profile == name && k.AccessKeyID == id && (k.Source == creds.SourceFile || k.Source == creds.SourceFolder) {
			done := im.importKey(ctx, k)
			if done.Err != nil {
				return done, done.Err
			}
			return done, nil
		}
	}
	return creds.ImportedKey{}, creds.Errorf(creds.CodeNoKey, "no file has a long-term key for profile %q", name)
}

// importKey imports one key, and says what became of it.
func (im keyImporter) importKey(ctx context.Context, k foundKey) creds.ImportedKey {
	out := creds.ImportedKey{FoundKey: k.FoundKey}
	done, err := im.turns.take(lang.T("its long-term key is being imported"), k.Profile, k.key.ID)
	if err == nil {
		defer done()
		err = im.mayImport(k)
	}
	if err == nil {
		err = im.importInTurn(ctx, k, &out)
	}
	out.Err = nil
	if err != nil {
		out.Err = creds.AsError(err)
		im.cfg.Log.Warn("a long-term key was not imported", "profile", k.Profile, "key", k.key.ID, "place", k.Place, "err", err)
	} else {
		im.cfg.Log.Info("a long-term key was imported", "profile", k.Profile, "key", k.key.ID, "place", k.Place, "taken_out", out.TakenOut)
	}
	return out
}

// mayImport refuses a name under which the key would be of no use.
func (im keyImporter) mayImport(k foundKey) error {
	if k.Err != nil {
		return k.Err
	}
	if err := awsfile.CheckName(awsfile.Config, awsfile.Profile(k.Profile)); err != nil {
		return creds.Errorf(creds.CodeBadRequest, "the key cannot be stored under this name: %v", err)
	}
	p, exists := im.files.set().Profiles[k.Profile]
	own := k.Source == creds.SourceFile && (k.section == p.Name || k.section == p.KeySection)
	if exists && (p.HasOwnSource() || !own && (p.RoleARN != "" || p.Source != "")) {
		return creds.Errorf(creds.CodeBadRequest, "profile %q gets its credentials in another way; choose another name for the key", k.Profile)
	}
	return nil
}

// importInTurn does the steps.
func (im keyImporter) importInTurn(ctx context.Context, k foundKey, out *creds.ImportedKey) error {
	s := importState{Step: importStoring, KeyID: k.key.ID, Profile: k.Profile, Source: k.Source, Place: k.Place, Section: k.section}
	if err := im.lookInKeyring(ctx, k, &s); err != nil {
		return err
	}
	id, err := im.journal.begin(ctx, journalImport, []string{k.Profile}, s)
	if err != nil {
		return err
	}
	defer im.journal.release(id) // what fails to be finished or undone is taken up again
	if err := im.storeKey(ctx, s, k.key); err != nil {
		return im.takeBack(ctx, id, s, err)
	}
	is, err := im.proveKey(ctx, s, k.key)
	if err != nil {
		return im.takeBack(ctx, id, s, err)
	}
	out.UserARN, out.Done = is.arn, true
	if k.Source != creds.SourceFile {
		out.Note = k.Stays
		err := im.adder.writeProfile(ctx, creds.AddRequest{Profile: k.Profile}, is)
		err = errors.Join(err, im.journal.end(ctx, id, ""))
		im.imported()
		return err
	}
	defer im.imported()
	err = im.takeOut(ctx, id, &s, k.key)
	s.Step = importDone
	s.Cuts = im.cutsDone(s)
	ctx = context.WithoutCancel(ctx)
	switch {
	case errors.Is(err, awsfile.ErrNoSuchKey):
		out.Note = lang.Sprintf("The key is in the keyring, and not in %s any more: another program has changed that file meanwhile.", k.Place)
		return im.journal.end(ctx, id, "")
	case err != nil && len(s.Cuts) == 0:
		// The key works from the keyring, and the file has it as well.
		_ = im.journal.end(ctx, id, "") // else it is tried once more
		return notTakenOut(k, err)
	case err != nil:
		_ = im.journal.park(ctx, id, s, "") // as above
		return notTakenOut(k, err)
	}
	out.TakenOut = true
	return im.journal.park(ctx, id, s, "")
}

// notTakenOut is the error of a key that is in the keyring and still in its file.
func notTakenOut(k foundKey, err error) error {
	known := creds.AsError(profile.FileError(err))
	return &creds.Error{
		Code:    known.Code,
		Message: lang.Sprintf("the key is in the keyring, but it is also still in %s: %s", k.Place, known.Message),
		Advice:  known.Advice,
	}
}

// lookInKeyring notes what the keyring has of a key, and refuses to replace another one.
func (im keyImporter) lookInKeyring(ctx context.Context, k foundKey, s *importState) error {
	use, err := im.cfg.Vault.Use(ctx, k.Profile)
	switch {
	case err == nil && use.KeyID != k.key.ID:
		return keyExists(k.Profile, use.KeyID)
	case err == nil:
		s.HadName = true
	case creds.CodeOf(err) != creds.CodeNoKey:
		return err
	}
	kept, err := im.cfg.Vault.KeyByID(ctx, k.key.ID)
	if s.HadName && errors.Is(err, vault.ErrNoItem) {
		kept, err = im.cfg.Vault.Key(ctx, k.Profile) // of an older version, in the profile's item
	}
	switch {
	case err == nil:
		s.HadKey = true
		if kept.Secret != k.key.Secret {
			// The one of the two that AWS accepts stays.
			_, err := im.prove(ctx, k.Profile, k.key)
			return err
		}
	case !errors.Is(err, vault.ErrNoItem) && !errors.Is(err, vault.ErrDamagedItem):
		return err
	}
	return nil
}

// keyExists refuses to replace a key of the keyring.
func keyExists(name, id string) *creds.Error {
	message := lang.Sprintf("the keyring already holds another key for profile %q; nothing was changed", name)
	if id != "" {
		message = lang.Sprintf("the keyring already holds another key, %s, for profile %q; nothing was changed", id, name)
	}
	return &creds.Error{
		Code: creds.CodeKeyExists, Message: message,
		Advice: lang.T("Choose another name for this key, or remove one of the two."),
	}
}

// storeKey stores a key and has the profile use it.
func (im keyImporter) storeKey(ctx context.Context, s importState, key creds.LongTermKey) error {
	if err := im.cfg.Vault.StoreKey(ctx, key); err != nil {
		return err
	}
	if err := im.cfg.Vault.Point(ctx, s.Profile, key.ID); err != nil {
		return err
	}
	im.learnKeys(map[string]string{s.Profile: key.ID})
	return nil
}

// proveKey reads a key back from the keyring and has AWS accept it.
func (im keyImporter) proveKey(ctx context.Context, s importState, want creds.LongTermKey) (identity, error) {
	kept, err := im.cfg.Vault.Key(ctx, s.Profile)
	if err != nil {
		return identity{}, err
	}
	if kept != want {
		return identity{}, creds.Errorf(creds.CodeKeyringUnavailable, "the keyring did not keep the key as it was given")
	}
	is, err := im.prove(ctx, s.Profile, kept)
	if err == nil && s.Source != creds.SourceFile {
		// The profile may be new, or have the device of another user.
		p := im.files.set().Profiles[s.Profile]
		is.device = p.MFASerial
		err = im.adder.findDevice(ctx, p, kept, &is)
	}
	if err != nil {
		return identity{}, err
	}
	im.store.nameBook().setUser(s.Profile, is.arn)
	return is, nil
}

// prove has AWS say whose a key is.
func (im keyImporter) prove(ctx context.Context, name string, key creds.LongTermKey) (identity, error) {
	p := im.files.set().Profiles[name]
	p.Name = name
	return im.adder.whereKnown(ctx, p, creds.AddRequest{}, key, awscall.Purpose{Subject: lang.T("the key was not imported")})
}

// takeBack undoes what was stored of an import that failed, and returns why it did.
func (im keyImporter) takeBack(ctx context.Context, id string, s importState, why error) error {
	ctx = context.WithoutCancel(ctx)
	err := im.unstore(ctx, s)
	if err == nil {
		err = im.journal.end(ctx, id, "")
	}
	im.imported()
	if err != nil {
		im.cfg.Log.Warn("a key that was not imported stays in the keyring until it can be removed", "key", s.KeyID, "profile", s.Profile, "err", err)
	}
	return why
}

// unstore removes what an import has stored, and nothing that was there before.
func (im keyImporter) unstore(ctx context.Context, s importState) error {
	if !s.HadName {
		if err := im.cfg.Vault.RemoveName(ctx, s.Profile); err != nil {
			return err
		}
		im.forgetKeyOf(s.Profile)
	}
	if s.HadKey || s.HadName {
		return nil
	}
	inUse, err := im.isInUse(ctx, s.KeyID)
	if err != nil || inUse {
		return err
	}
	return im.cfg.Vault.RemoveKey(ctx, s.KeyID)
}

// isInUse reports whether any profile uses a key of the keyring.
func (im keyImporter) isInUse(ctx context.Context, id string) (bool, error) {
	for name, of := range im.keyring.all() {
		if of == "" {
			use, err := im.cfg.Vault.Use(ctx, name)
			if err != nil && creds.CodeOf(err) != creds.CodeNoKey {
				return true, err
			}
			of = use.KeyID
		}
		if of == id {
			return true, nil
		}
	}
	return false, nil
}

// imported has everybody see what has changed.
func (im keyImporter) imported() {
	im.replan()
	im.republish()
	_ = im.keeper.save(true) // the snapshot shows a failure, and it is retried
}
