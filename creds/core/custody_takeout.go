package core

import (
	"context"
	"errors"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/internal/lang"
)

// errOvertaken says that a file was changed between the look at it and the edit.
var errOvertaken = lang.Error("another program has changed the file just now")

// takeOutTries is how often a file is looked at anew that another program keeps changing.
const takeOutTries = 3

// path returns the path of one of the AWS files.
func (im keyImporter) path(kind awsfile.Kind) string {
	if kind == awsfile.Config {
		return im.cfg.Files.Config
	}
	return im.cfg.Files.Credentials
}

// takeOut takes a key out of the files that have it, each step written down before. The key
// must have been read back from the keyring.
func (im keyImporter) takeOut(ctx context.Context, id string, s *importState, key creds.LongTermKey) error {
	var err error
	for range takeOutTries {
		if err = im.planCuts(ctx, s, key); err != nil {
			return err
		}
		s.Step = importTaking
		if err = im.journal.step(ctx, id, *s); err != nil {
			return err
		}
		if err = im.cut(ctx, *s, key); !errors.Is(err, errOvertaken) {
			return err
		}
	}
	return err
}

// planCuts looks what is to be taken out of which file. What was taken out before stays
// noted.
func (im keyImporter) planCuts(ctx context.Context, s *importState, key creds.LongTermKey) error {
	var cuts []keyCut
	for _, kind := range []awsfile.Kind{awsfile.Credentials, awsfile.Config} {
		f, _, err := awsfile.Load(ctx, kind, im.path(kind))
		if err != nil {
			return err
		}
		before, had := s.cutOf(kind)
		if had && before.IsLeft(f, awsfile.Profile(s.Section)) {
			cuts = append(cuts, keyCut{kind, before})
			continue
		}
		taken, err := takeKey(f, s.Section, key)
		switch {
		case errors.Is(err, awsfile.ErrNoSuchKey):
		case err != nil:
			return err
		default:
			cuts = append(cuts, keyCut{kind, taken})
		}
	}
	if len(cuts) == 0 {
		return awsfile.ErrNoSuchKey
	}
	s.Cuts = cuts
	return nil
}

func (s importState) cutOf(kind awsfile.Kind) (awsfile.Taken, bool) {
	for _, c := range s.Cuts {
		if c.Kind == kind {
			return c.Taken, true
		}
	}
	return awsfile.Taken{}, false
}

func takeKey(f *awsfile.File, section string, key creds.LongTermKey) (awsfile.Taken, error) {
	f.Allow(key.ID, key.Secret.Reveal())
	return f.TakeKey(awsfile.Profile(section), key.ID, key.Secret.Reveal())
}

// cut takes the key out of the files as planned.
func (im keyImporter) cut(ctx context.Context, s importState, key creds.LongTermKey) error {
	for _, c := range s.Cuts {
		err := awsfile.Update(ctx, c.Kind, im.path(c.Kind), func(f *awsfile.File) error {
			if c.Taken.IsLeft(f, awsfile.Profile(s.Section)) {
				return nil
			}
			taken, err := takeKey(f, s.Section, key)
			if err == nil && taken.Left != c.Taken.Left || errors.Is(err, awsfile.ErrNoSuchKey) {
				return errOvertaken
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// cutsDone returns what was taken out of the files, of what was planned.
func (im keyImporter) cutsDone(s importState) (cuts []keyCut) {
	for _, c := range s.Cuts {
		f, _, err := awsfile.Load(im.back.life, c.Kind, im.path(c.Kind))
		if err == nil && c.Taken.IsLeft(f, awsfile.Profile(s.Section)) {
			cuts = append(cuts, c)
		}
	}
	return cuts
}

// resumeImport takes up an import that was cut off, or its undoing.
func (im keyImporter) resumeImport(ctx context.Context, e journalEntry) error {
	s, err := stateOf(e)
	if err != nil {
		return err
	}
	done, err := im.turns.take(lang.T("the import of its long-term key is being finished"), s.Profile, s.KeyID)
	if err != nil {
		return err
	}
	defer done()
	switch s.Step {
	case importPutting:
		if err := im.putBack(ctx, s); err != nil {
			return err
		}
		return im.journal.end(ctx, e.ID, lang.Sprintf("The undoing of the import of the key %s was cut off, and is finished now: the key is in %s again.", s.KeyID, s.Place))
	case importStoring, importTaking:
		return im.finishImport(ctx, e.ID, s)
	case importDone:
	}
	return im.journal.park(ctx, e.ID, s, "")
}

// finishImport finishes an import that was cut off, or undoes it if the keyring has not got
// the key, or AWS does not accept it.
func (im keyImporter) finishImport(ctx context.Context, id string, s importState) error {
	undone := lang.Sprintf("The import of the key %s was cut off, and is undone: the key is in %s as before.", s.KeyID, s.Place)
	key, err := im.cfg.Vault.KeyByID(ctx, s.KeyID)
	if isMissing(err) {
		if s.HadName {
			return im.journal.end(ctx, id, undone)
		}
		return errors.Join(im.unstore(ctx, s), im.journal.end(ctx, id, undone))
	}
	if err != nil {
		return err
	}
	if err := im.storeKey(ctx, s, key); err != nil {
		return err
	}
	if _, err := im.proveKey(ctx, s, key); err != nil {
		if creds.CodeOf(err) != creds.CodeKeyInvalid || s.Step == importTaking {
			return err
		}
		defer im.imported()
		return errors.Join(im.unstore(ctx, s), im.journal.end(ctx, id, undone))
	}
	defer im.imported()
	if s.Source != creds.SourceFile {
		return im.journal.end(ctx, id, lang.Sprintf("The import of the key %s was cut off, and is finished now: the key is in the keyring.", s.KeyID))
	}
	switch err := im.takeOut(ctx, id, &s, key); {
	case errors.Is(err, awsfile.ErrNoSuchKey):
		// Somebody has taken it out, or another one is there.
		return im.journal.end(ctx, id, lang.Sprintf("The import of the key %s was cut off, and is finished now: the key is in the keyring, and not in %s any more.", s.KeyID, s.Place))
	case err != nil:
		return err
	}
	s.Step = importDone
	return im.journal.park(ctx, id, s,
		lang.Sprintf("The import of the key %s was cut off, and is finished now: the key is in the keyring, and was taken out of %s.", s.KeyID, s.Place))
}
