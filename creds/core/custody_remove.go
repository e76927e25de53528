package core

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/creds/consolesignin"
	"daypass/creds/profile"
	"daypass/internal/answers"
	"daypass/internal/lang"
)

// remover takes profiles away.
type remover struct{ *Custody }

// Remove takes a profile away, or says what that would remove.
func (cu *Custody) Remove(ctx context.Context, r creds.RemoveRequest, by creds.Requester) (creds.Removal, error) {
	return remover{cu}.removeOrPlan(ctx, r, by)
}

func (cu remover) removeOrPlan(ctx context.Context, r creds.RemoveRequest, by creds.Requester) (creds.Removal, error) {
	if err := cu.load(ctx, by); err != nil {
		return creds.Removal{}, err
	}
	if r.Undo {
		return cu.undoRemoval(r.Profile)
	}
	if err := cu.writer.mayBeRead(); err != nil {
		return creds.Removal{}, err
	}
	if e, is := cu.removalOf(r.Profile); is && !r.Plan {
		return creds.Removal{Profile: r.Profile}, cu.removeOn(ctx, e)
	}
	s, plan, err := cu.planRemoval(ctx, r.Profile)
	plan.At = cu.departures.removalOf(r.Profile)
	switch {
	case err != nil || r.Plan:
		return plan, err
	case r.Fingerprint != "" && r.Fingerprint != plan.Fingerprint:
		return plan, planChanged(r.Profile)
	}
	done, err := cu.turns.take(lang.T("it is being removed"), cu.turnsOf(r.Profile)...)
	if err != nil {
		return creds.Removal{}, err
	}
	if r.Delayed {
		return cu.removeLater(plan, done)
	}
	defer done()
	return plan, cu.remove(ctx, s)
}

func planChanged(name string) error {
	return &creds.Error{
		Code:    creds.CodePlanChanged,
		Message: lang.Sprintf("what a removal of profile %q takes away has changed since it was shown; nothing was removed", name),
		Advice:  lang.T("Look at it again."),
	}
}

// removeLater removes a profile when the time is over in which that can be undone. The end of
// the agent undoes it, too. done ends the turn.
func (cu remover) removeLater(plan creds.Removal, done func()) (creds.Removal, error) {
	name := plan.Profile
	plan.At = time.Now().Round(0).Add(creds.RemovalDelay)
	undone := cu.departures.schedule(name, plan.At)
	started := cu.back.start("a removal", func(ctx context.Context) {
		defer cu.view.publish()
		defer done()
		defer cu.departures.begin(name) // also after a panic
		timer := time.NewTimer(creds.RemovalDelay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-undone:
			return
		case <-ctx.Done():
			return
		}
		if !cu.departures.begin(name) {
			return
		}
		cu.reread()
		s, now, err := cu.planRemoval(ctx, name)
		if err == nil && now.Fingerprint != plan.Fingerprint {
			err = planChanged(name)
		}
		if err == nil {
			err = cu.remove(ctx, s)
		}
		if err != nil {
			cu.cfg.Log.Warn("a removal failed", "profile", name, "err", err)
		}
		cu.problems.set(topicRemoval(name), err)
	})
	if !started {
		cu.departures.begin(name)
		done()
		return creds.Removal{}, errEnded
	}
	cu.problems.set(topicRemoval(name), nil)
	cu.view.publish()
	return plan, nil
}

// undoRemoval keeps a profile whose removal waits for its time.
func (cu remover) undoRemoval(name string) (creds.Removal, error) {
	if !cu.departures.undo(name) {
		return creds.Removal{}, creds.Errorf(creds.CodeBadRequest, "no removal of profile %q waits to be carried out, so that there is nothing to undo", name)
	}
	cu.view.publish()
	return creds.Removal{Profile: name}, nil
}

// removing is the state of a removal in the journal. Every step may be taken again, and none
// is undone.
type removing struct {
	Profile string `json:"profile"`
	// Made are the profiles that logins have made of it, which go with it.
	Made []string `json:"made_profiles,omitempty"`
	// Keys are the names under which the keyring holds its key, and KeyIDs the keys that
	// nobody uses then.
	Keys   []string `json:"keys,omitempty"`
	KeyIDs []string `json:"key_ids,omitempty"`
	// Sections are those of the AWS files that are looked at, and Plaintext the long-term key
	// that is taken out of them.
	Sections  []string `json:"sections"`
	Plaintext string   `json:"plaintext,omitempty"`
	// Login is set if the console sign-in ends.
	Login bool `json:"login,omitempty"`
}

// removalOf returns the entry of a removal that was begun and is not over.
func (cu remover) removalOf(name string) (journalEntry, bool) {
	for _, e := range cu.journal.entries(journalRemoval) {
		if slices.Contains(e.Profiles, name) {
			return e, true
		}
	}
	return journalEntry{}, false
}

// removeOn goes on with a removal that was begun.
func (cu remover) removeOn(ctx context.Context, e journalEntry) error {
	if !cu.journal.claim(e.ID) {
		return cu.moving(e.Profiles...)
	}
	defer cu.journal.release(e.ID)
	return cu.resumeRemoval(ctx, e)
}

// resumeRemoval finishes a removal that was begun.
func (cu remover) resumeRemoval(ctx context.Context, e journalEntry) error {
	var s removing
	if err := json.Unmarshal(e.State, &s); err != nil {
		return err
	}
	if len(s.Keys)+len(s.KeyIDs) > 0 {
		if err := cu.keeper.mustBeOpen(ctx); err != nil {
			return err
		}
	}
	done, err := cu.turns.take(lang.T("it is being removed"), cu.turnsOf(s.Profile)...)
	if err != nil {
		return err
	}
	defer done()
	cu.reread()
	if err := cu.removeAll(ctx, e.ID, s); err != nil {
		return err
	}
	cu.cfg.Log.Info("a removal that was cut off is finished", "profile", s.Profile)
	return nil
}

// remove removes a profile, whose turn the caller has.
func (cu remover) remove(ctx context.Context, s removing) error {
	if err := cu.moving(s.Profile); err != nil {
		return err
	}
	id, err := cu.journal.begin(ctx, journalRemoval, append([]string{s.Profile}, s.Made...), s)
	if err != nil {
		return err
	}
	defer cu.journal.release(id) // if it is not over: it is taken up again
	defer cu.view.wake()
	if err := cu.removeAll(ctx, id, s); err != nil {
		return explained(err, lang.Sprintf("not everything of profile %s is removed yet; daypass goes on with that", s.Profile))
	}
	cu.cfg.Log.Info("a profile was removed", "profile", s.Profile)
	return nil
}

// removeAll takes all steps, and ends the entry.
func (cu remover) removeAll(ctx context.Context, id string, s removing) error {
	names := append([]string{s.Profile}, s.Made...)
	defer cu.writer.blockRenewals(names...)()
	for _, step := range cu.removeSteps(s) {
		if err := step(ctx); err != nil {
			return err
		}
	}
	cu.activity.forget(names...)
	cu.keeper.saveSoon()
	cu.problems.set(topicRemoval(s.Profile), nil)
	err := cu.journal.finish(cu.back.life, id, func(f *journalForm) { forgetInJournal(f, names) })
	cu.republish()
	return err
}

// removeSteps are the steps of a removal: first what can be made again, and the key last.
func (cu remover) removeSteps(s removing) []func(context.Context) error {
	names := append([]string{s.Profile}, s.Made...)
	return []func(context.Context) error{
		func(ctx context.Context) error {
			return cu.stopFor(ctx, s.Profile, append(cu.dependents(s.Profile), s.Made...))
		},
		func(ctx context.Context) error {
			of, is := cu.console.ofProfile(s.Profile)
			if !is || !s.Login {
				return nil
			}
			// What is left of it on this machine counts, not whether AWS has ended it too.
			if err := cu.console.end(ctx, of); err != nil && cu.console.remains(ctx, of) {
				return err
			}
			return nil
		},
		func(ctx context.Context) error { return cu.forgetRoles(ctx, s.Profile) },
		func(ctx context.Context) error { return cu.writer.release(ctx, names...) },
		func(context.Context) error {
			cu.store.forgetProfile(s.Profile)
			cu.store.forget(func(origin string) bool {
				return slices.ContainsFunc(s.KeyIDs, func(id string) bool { return strings.HasPrefix(origin, profile.OriginPrefixOfKey(id)) })
			})
			cu.replan()
			return cu.keeper.save(true)
		},
		func(ctx context.Context) error {
			defer cu.choices.reread()
			for _, name := range names {
				if err := cu.cfg.Names.Forget(ctx, name); err != nil {
					return err
				}
			}
			return nil
		},
		func(ctx context.Context) error {
			for _, file := range cu.bothFiles() {
				err := awsfile.Update(ctx, file.kind, file.path, func(f *awsfile.File) error {
					_, err := cutSections(f, s)
					return err
				})
				if err != nil {
					return profile.FileError(err)
				}
			}
			return nil
		},
		func(ctx context.Context) error {
			for _, name := range s.Keys {
				if err := cu.cfg.Vault.RemoveName(ctx, name); err != nil {
					return err
				}
				cu.forgetKeyOf(name)
			}
			return nil
		},
		func(ctx context.Context) error {
			for _, key := range s.KeyIDs {
				if len(cu.keyring.profilesOf(key)) > 0 {
					continue // another profile has come to use it
				}
				if err := cu.cfg.Vault.RemoveKey(ctx, key); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// bothFiles are the AWS files, the one with the keys last.
func (cu *Custody) bothFiles() []awsFile {
	return []awsFile{{awsfile.Config, cu.cfg.Files.Config}, {awsfile.Credentials, cu.cfg.Files.Credentials}}
}

type awsFile struct {
	kind awsfile.Kind
	path string
}

// forgetInJournal takes profiles off the entries and the news. What only they waited for is
// not waited for any more.
func forgetInJournal(f *journalForm, names []string) {
	gone := func(name string) bool { return slices.Contains(names, name) }
	for id, e := range f.Entries {
		if !slices.ContainsFunc(e.Profiles, gone) {
			continue
		}
		if e.Profiles = slices.DeleteFunc(slices.Clone(e.Profiles), gone); len(e.Profiles) == 0 {
			delete(f.Entries, id)
			continue
		}
		f.Entries[id] = e
	}
	for _, name := range names {
		delete(f.News, name)
	}
}

// waitingKeys returns the old keys of rotations that wait to be deleted for this profile
// alone.
func (cu remover) waitingKeys(name string) (ids []string) {
	for _, e := range cu.journal.entries(journalRotation) {
		if !slices.Equal(e.Profiles, []string{name}) {
			continue
		}
		var state any
		if json.Unmarshal(e.State, &state) == nil {
			ids = append(ids, keyIDsIn(state)...)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// keyIDsIn returns the access key IDs among the values of a text of JSON.
func keyIDsIn(value any) (ids []string) {
	switch value := value.(type) {
	case string:
		if answers.IsKeyID(value) {
			ids = []string{value}
		}
	case []any:
		for _, one := range value {
			ids = append(ids, keyIDsIn(one)...)
		}
	case map[string]any:
		for _, one := range value {
			ids = append(ids, keyIDsIn(one)...)
		}
	}
	return ids
}

// remains reports whether the login cache still has a sign-in, or cannot be read.
func (s *consoleSigner) remains(ctx context.Context, of consolesignin.Session) bool {
	_, err := s.console.Peek(ctx, of)
	return !errors.Is(err, consolesignin.ErrNoToken)
}
