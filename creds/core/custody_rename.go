package core

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/creds/profile"
	"daypass/internal/lang"
)

// Names are what knows profiles by their names besides the AWS files, the keyring and the
// sessions: settings, bookmarks, visits. Each change may be made again after it has failed.
type Names interface {
	Uses(ctx context.Context, profile string) (NameUses, error)
	Rename(ctx context.Context, from, to string) error
	Forget(ctx context.Context, profile string) error
}

// NameUses are what names a profile.
type NameUses struct {
	// Settings is set if the settings have anything for it.
	Settings bool
	// Bookmarks are the names of those that are for it, and Alone those that are for no
	// other profile.
	Bookmarks, Alone []string
	// Visits counts its consoles that were opened.
	Visits int
}

// names is what a manager without [Config.Names] has.
type noNames struct{}

func (noNames) Uses(context.Context, string) (NameUses, error) { return NameUses{}, nil }
func (noNames) Rename(context.Context, string, string) error   { return nil }
func (noNames) Forget(context.Context, string) error           { return nil }

// renaming is the state of a rename in the journal. Every step makes all that has an old name
// have the new one, and may be taken again. Undoing is the same with the names swapped.
type renaming struct {
	From string `json:"from"`
	To   string `json:"to"`
	// Sections are the new names of sections in both files, by their old ones: the profile's
	// own, the one of its key, those with its temporary credentials. Not all of them need be
	// there, as a source_profile may name one before it is.
	Sections map[string]string `json:"sections"`
	// Keys are the new names under which the keyring holds the profile's key, by the old ones.
	Keys map[string]string `json:"keys,omitempty"`
	// Back is set while the rename is being undone.
	Back bool `json:"back,omitempty"`
}

// swapped is the rename that undoes this one.
func (s renaming) swapped() renaming {
	swap := func(names map[string]string) map[string]string {
		back := make(map[string]string, len(names))
		for from, to := range names {
			back[to] = from
		}
		return back
	}
	return renaming{From: s.To, To: s.From, Sections: swap(s.Sections), Keys: swap(s.Keys), Back: true}
}

// renamer gives profiles other names.
type renamer struct{ *Custody }

// Rename gives a profile another name.
func (cu *Custody) Rename(ctx context.Context, r creds.RenameRequest, by creds.Requester) (creds.RenameReply, error) {
	return renamer{cu}.rename(ctx, r, by)
}

func (cu renamer) rename(ctx context.Context, r creds.RenameRequest, by creds.Requester) (creds.RenameReply, error) {
	if err := cu.load(ctx, by); err != nil {
		return creds.RenameReply{}, err
	}
	if err := cu.writer.mayBeRead(); err != nil {
		return creds.RenameReply{}, err
	}
	s, err := cu.planRename(r)
	if err != nil {
		return creds.RenameReply{}, err
	}
	changes, err := cu.renameChanges(ctx, s)
	if err != nil {
		return creds.RenameReply{}, err
	}
	dependents := cu.dependents(s.From)
	done, err := cu.turns.take(lang.T("it is being renamed"), cu.turnsOf(slices.Concat([]string{s.From, s.To}, dependents)...)...)
	if err != nil {
		return creds.RenameReply{}, err
	}
	defer done()
	if err := cu.moving(s.From, s.To); err != nil {
		return creds.RenameReply{}, err
	}
	id, err := cu.journal.begin(ctx, journalRename, []string{s.From, s.To}, s)
	if err != nil {
		return creds.RenameReply{}, err
	}
	defer cu.journal.release(id) // if it is not over: it is taken up again
	defer cu.writer.blockRenewals(append(dependents, s.From)...)()
	if err := cu.stopFor(ctx, s.From, dependents); err != nil {
		return creds.RenameReply{}, errors.Join(err, cu.journal.end(cu.back.life, id, ""))
	}
	if err := cu.carryRename(ctx, id, s); err != nil {
		return creds.RenameReply{}, err
	}
	cu.cfg.Log.Info("a profile was renamed", "from", s.From, "to", s.To)
	reply := creds.RenameReply{Changes: changes}
	reply.Status, err = cu.view.status(s.To)
	return reply, err
}

// carryRename renames, and undoes that if it fails.
func (cu renamer) carryRename(ctx context.Context, id string, s renaming) error {
	isDone, err := cu.renameAll(ctx, s)
	if err == nil {
		return cu.endRename(id, s, "")
	}
	if isDone {
		return explained(err, lang.Sprintf("the profile is called %s now, but not everything of its old name is gone yet; daypass goes on with that", s.To))
	}
	undone := cu.journal.step(cu.back.life, id, renaming{From: s.From, To: s.To, Sections: s.Sections, Keys: s.Keys, Back: true})
	if undone == nil {
		_, undone = cu.renameAll(cu.back.life, s.swapped())
	}
	if undone != nil {
		cu.cfg.Log.Warn("a rename is not undone yet", "from", s.From, "to", s.To, "err", undone)
		return explained(err, lang.Sprintf("profile %s was not renamed; what was changed already is undone as soon as that is possible", s.From))
	}
	if ended := cu.endRename(id, s.swapped(), ""); ended != nil {
		return ended
	}
	return explained(err, lang.Sprintf("profile %s was not renamed", s.From))
}

// explained says first what became of a change, and then why.
func explained(err error, what string) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &creds.Error{Code: creds.CodeDeclined, Message: lang.Sprintf("%s: the request was given up", what)}
	}
	known := creds.AsError(err)
	return &creds.Error{Code: known.Code, Message: lang.Sprintf("%s: %s", what, known.Message), Advice: known.Advice}
}

// resumeRename finishes a rename that was cut off, or its undoing.
func (cu renamer) resumeRename(ctx context.Context, e journalEntry) error {
	var s renaming
	if err := json.Unmarshal(e.State, &s); err != nil {
		return err
	}
	if err := cu.keeper.mustBeOpen(ctx); err != nil {
		return err
	}
	cu.reread()
	dependents := append(cu.dependents(s.From), cu.dependents(s.To)...)
	done, err := cu.turns.take(lang.T("it is being renamed"), cu.turnsOf(s.From, s.To)...)
	if err != nil {
		return err
	}
	defer done()
	defer cu.writer.blockRenewals(append(dependents, s.From, s.To)...)()
	if s.Back {
		s = s.swapped()
	}
	isDone, err := cu.renameAll(ctx, s)
	if err != nil && !isDone && !s.Back && ctx.Err() == nil {
		// The old name is as good.
		cu.cfg.Log.Warn("a rename that was cut off cannot be finished", "from", s.From, "to", s.To, "err", err)
		if err := cu.journal.step(ctx, e.ID, renaming{From: s.From, To: s.To, Sections: s.Sections, Keys: s.Keys, Back: true}); err != nil {
			return err
		}
		s = s.swapped()
		_, err = cu.renameAll(ctx, s)
	}
	if err != nil {
		return err
	}
	news := lang.Sprintf("The rename of %s to %s was cut off, and is finished now.", s.From, s.To)
	if s.Back {
		news = lang.Sprintf("The rename of %s to %s was cut off, and is undone.", s.To, s.From)
	}
	cu.cfg.Log.Info(news)
	return cu.endRename(e.ID, s, news)
}

// endRename ends the entry of a rename, and renames the profile in the others.
func (cu renamer) endRename(id string, s renaming, news string) error {
	err := cu.journal.finish(cu.back.life, id, func(f *journalForm) {
		renameInJournal(f, s.Sections)
		if news != "" {
			f.News[s.To] = newsNow(news)
		}
	})
	cu.keeper.adjustLeases() // which waited for that
	cu.republish()
	return err
}

// renameAll takes all steps. isDone is set once both files have the new names.
func (cu renamer) renameAll(ctx context.Context, s renaming) (isDone bool, err error) {
	steps := cu.renameSteps(s)
	for i, step := range steps {
		if err := step(ctx); err != nil {
			return i == len(steps)-1, err
		}
	}
	return true, nil
}

// renameSteps are the steps of a rename. The last one takes away what is left of the old name
// when both files have the new one.
func (cu renamer) renameSteps(s renaming) []func(context.Context) error {
	return []func(context.Context) error{
		func(ctx context.Context) error {
			for from, to := range s.Keys {
				if err := cu.pointAs(ctx, from, to); err != nil {
					return err
				}
			}
			return nil
		},
		func(ctx context.Context) error {
			defer cu.choices.reread()
			return cu.cfg.Names.Rename(ctx, s.From, s.To)
		},
		func(context.Context) error {
			cu.store.rename(s.From, s.To, s.Sections)
			cu.replan()
			if err := cu.keeper.save(true); !s.Back {
				return err
			}
			return nil // the snapshot shows a failure, and it is retried
		},
		func(ctx context.Context) error {
			return cu.renameInFile(ctx, awsfile.Credentials, cu.cfg.Files.Credentials, s.Sections)
		},
		func(ctx context.Context) error {
			return cu.renameInFile(ctx, awsfile.Config, cu.cfg.Files.Config, s.Sections)
		},
		func(ctx context.Context) error {
			cu.republish()
			for from := range s.Keys {
				if err := cu.cfg.Vault.RemoveName(ctx, from); err != nil {
					return err
				}
				cu.forgetKeyOf(from)
			}
			cu.activity.forget(s.From)
			cu.keeper.saveSoon()
			return nil
		},
	}
}

// pointAs has another name use the key that a name uses, unless it does so already.
func (cu renamer) pointAs(ctx context.Context, from, to string) error {
	if _, err := cu.cfg.Vault.Use(ctx, to); err == nil {
		return nil
	}
	use, err := cu.cfg.Vault.Use(ctx, from)
	if creds.CodeOf(err) == creds.CodeNoKey {
		return nil // it does, or there is nothing to undo
	}
	if err != nil {
		return err
	}
	if use.Old {
		key, err := cu.cfg.Vault.Key(ctx, from)
		if err == nil {
			err = cu.cfg.Vault.SetKey(ctx, to, key)
		}
		if err != nil {
			return err
		}
	} else if err := cu.cfg.Vault.Point(ctx, to, use.KeyID); err != nil {
		return err
	}
	cu.learnKeys(map[string]string{to: use.KeyID})
	return nil
}

// renameInFile renames sections in one of the AWS files, and what names them there. No other
// byte changes.
func (cu renamer) renameInFile(ctx context.Context, kind awsfile.Kind, path string, names map[string]string) error {
	err := awsfile.Update(ctx, kind, path, func(f *awsfile.File) error {
		sections := make(map[awsfile.Section]string, len(names))
		for from, to := range names {
			sections[awsfile.Profile(from)] = to
		}
		if err := f.Rename(sections); err != nil {
			return err
		}
		for _, name := range f.Profiles() {
			section := awsfile.Profile(name)
			if err := f.Replace(section, "source_profile", func(value string) string { return renamedSource(value, names) }); err != nil {
				return err
			}
			if err := f.Replace(section, "credential_process", func(value string) string { return renamedProcess(value, names) }); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return profile.FileError(err)
	}
	return nil
}

// renamedSource is a source_profile after a rename.
func renamedSource(value string, names map[string]string) string {
	bare := awsfile.Unquote(value)
	to, is := names[bare]
	if !is {
		return value
	}
	return strings.Replace(value, bare, to, 1)
}
