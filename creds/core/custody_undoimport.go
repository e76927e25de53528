package core

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/creds/profile"
	"daypass/creds/vault"
	"daypass/internal/lang"
)

func stateOf(e journalEntry) (s importState, err error) {
	if err := json.Unmarshal(e.State, &s); err != nil {
		return s, lang.Errorf("the journal's entry %s makes no sense", e.ID)
	}
	return s, nil
}

func isMissing(err error) bool { return errors.Is(err, vault.ErrNoItem) }

// UndoImport puts imported keys back where they were.
func (cu *Custody) UndoImport(ctx context.Context, r creds.UndoImportRequest, by creds.Requester) (creds.ImportedKeys, error) {
	im := keyImporter{cu}
	if err := cu.load(ctx, by); err != nil {
		return creds.ImportedKeys{}, err
	}
	if problem := cu.problems.get(topicFiles); problem != nil {
		return creds.ImportedKeys{}, problem
	}
	var out creds.ImportedKeys
	undone := map[string]bool{}
	for _, e := range slices.Backward(cu.journal.entries(journalImport)) { // the last one first
		s, err := stateOf(e)
		if err != nil || !e.Parked || len(r.Profiles) > 0 && !slices.Contains(r.Profiles, s.Profile) {
			continue
		}
		undone[s.Profile] = true
		one := creds.ImportedKey{FoundKey: creds.FoundKey{
			AccessKeyID: s.KeyID, Source: s.Source, Place: s.Place, Path: im.path(s.Cuts[0].Kind), Profile: s.Profile,
		}}
		if err := im.undoImport(ctx, e.ID, s); err != nil {
			one.Err = creds.AsError(err)
		} else {
			one.Done = true
		}
		out.Keys = append(out.Keys, one)
	}
	for _, name := range r.Profiles {
		if !undone[name] {
			out.Keys = append(out.Keys, creds.ImportedKey{FoundKey: creds.FoundKey{
				Profile: name,
				Err:     creds.AsError(creds.Errorf(creds.CodeNoKey, "no key of profile %q was taken out of a file, so that there is nothing to put back", name)),
			}})
		}
	}
	return out, ctx.Err()
}

// undoImport puts one key back.
func (im keyImporter) undoImport(ctx context.Context, id string, s importState) error {
	done, err := im.turns.take(lang.T("its long-term key is being put back into the file"), s.Profile, s.KeyID)
	if err != nil {
		return err
	}
	defer done()
	use, err := im.cfg.Vault.Use(ctx, s.Profile)
	switch {
	case creds.CodeOf(err) == creds.CodeNoKey, err == nil && use.KeyID != s.KeyID:
		return creds.Errorf(creds.CodeNoKey, "the key %s was rotated, replaced or removed since it was imported; nothing was changed", s.KeyID)
	case err != nil:
		return err
	}
	if err := im.checkPlaces(ctx, s); err != nil {
		return err
	}
	before := s
	s.Step = importPutting
	if err := im.journal.unpark(ctx, id, s); err != nil {
		return err
	}
	defer im.journal.release(id)
	if err := im.putBack(ctx, s); err != nil {
		if errors.Is(err, awsfile.ErrPlaceChanged) {
			err = errors.Join(placeChanged(s), im.journal.park(context.WithoutCancel(ctx), id, before, ""))
		}
		return err
	}
	return im.journal.end(context.WithoutCancel(ctx), id, "")
}

func placeChanged(s importState) error {
	return &creds.Error{
		Code:    creds.CodeBadFile,
		Message: lang.Sprintf("%s has changed since the key %s was taken out, so that it cannot be put back as it was; nothing was changed", s.Place, s.KeyID),
		Advice:  lang.T("The key is in the keyring: its profile works without the file."),
	}
}

// checkPlaces refuses to put a key back where a section has changed, apart from the
// temporary credentials that daypass has written there.
func (im keyImporter) checkPlaces(ctx context.Context, s importState) error {
	for _, c := range s.Cuts {
		f, _, err := awsfile.Load(ctx, c.Kind, im.path(c.Kind))
		if err != nil {
			return profile.FileError(err)
		}
		if err := im.clear(f, c.Kind, s); err != nil {
			return profile.FileError(err)
		}
		if !c.Taken.IsLeft(f, awsfile.Profile(s.Section)) {
			return placeChanged(s)
		}
	}
	return nil
}

// clear removes the temporary credentials from the section that a key is put back to.
func (im keyImporter) clear(f *awsfile.File, kind awsfile.Kind, s importState) error {
	h, _ := im.store.held(s.Profile)
	for _, w := range h.written() {
		id, _ := f.Get(awsfile.Profile(w.Section), "aws_access_key_id")
		if kind != awsfile.Credentials || w.Section != s.Section || id != w.AccessKeyID {
			continue
		}
		if err := removeSession(f, w); err != nil {
			return err
		}
	}
	return nil
}

// putBack puts a key back into the files, and then takes out of the keyring what the import
// has brought there. What is done already is left.
func (im keyImporter) putBack(ctx context.Context, s importState) error {
	defer im.writer.blockRenewals(s.Profile)()
	key, err := im.cfg.Vault.KeyByID(ctx, s.KeyID)
	if isMissing(err) {
		key, err = im.cfg.Vault.Key(ctx, s.Profile)
	}
	if creds.CodeOf(err) == creds.CodeNoKey {
		return im.unstore(ctx, s) // an agent was killed between the two removals
	}
	if err != nil {
		return err
	}
	for _, c := range s.Cuts {
		sec := awsfile.Profile(s.Section)
		err := awsfile.Update(ctx, c.Kind, im.path(c.Kind), func(f *awsfile.File) error {
			if id, _ := f.Get(sec, "aws_access_key_id"); awsfile.Unquote(id) == s.KeyID {
				return nil
			}
			if err := im.clear(f, c.Kind, s); err != nil {
				return err
			}
			return c.Taken.PutKey(f, sec, key.ID, key.Secret.Reveal())
		})
		if errors.Is(err, awsfile.ErrPlaceChanged) {
			return err
		}
		if err != nil {
			return profile.FileError(err)
		}
	}
	if h, isHeld := im.store.held(s.Profile); isHeld && h.Written.Section == s.Section {
		if err := im.writer.release(ctx, s.Profile); err != nil {
			im.cfg.Log.Warn("the session of a key that was put back is not forgotten", "profile", s.Profile, "err", err)
		}
	}
	defer im.imported()
	return im.unstore(context.WithoutCancel(ctx), s)
}
