package core

import (
	"context"
	"errors"
	"slices"
	"time"

	"daypass/creds"
	"daypass/internal/lang"
)

// rotation is what the journal has of one. It is kept until the old key is deleted.
type rotation struct {
	Step rotationStep `json:"step"`
	// Profile is the one that was asked for, and UserARN whose its key is.
	Profile string `json:"profile"`
	UserARN string `json:"user_arn"`
	// Old is the key that is replaced, and New the one in its place; "" before it is made.
	Old string `json:"old"`
	New string `json:"new,omitempty"`
	// Before are the user's keys before the new one is made, without the one that is
	// deleted for it, which is Delete, or "".
	Before []string `json:"before"`
	Delete string   `json:"delete,omitempty"`
	// At is when the step was written, by AWS's clock.
	At time.Time `json:"at"`
	// LastUsed is when the old key was used last, before the rotation.
	LastUsed creds.KeyUse `json:"last_used,omitzero"`
	// DeleteNow is set if the old key is not kept, and Reactivated if a person has made it
	// active again.
	DeleteNow   bool `json:"delete_now,omitempty"`
	Reactivated bool `json:"reactivated,omitempty"`
	// SaidAt is when it was said last that the old key cannot be deleted or made inactive.
	SaidAt time.Time `json:"said_at,omitzero"`
	// DeletedAfter is when the old key is to be deleted; zero for never.
	DeletedAfter time.Time `json:"deleted_after,omitzero"`
}

// rotationStep is what is about to be done.
type rotationStep string

// The steps, in order. Until stepSwitching the old key is the one in use, and a rotation
// that cannot go on is undone; from then on it is finished.
const (
	stepMakingRoom rotationStep = "making room" // another key of the user's is deleted
	stepCreating   rotationStep = "creating"    // the new key
	stepStoring    rotationStep = "storing"     // beside the old one
	stepProving    rotationStep = "proving"     // that AWS takes it
	stepSwitching  rotationStep = "switching"   // the profiles to it
	stepRetiring   rotationStep = "retiring"    // the old key is made inactive
	stepKept       rotationStep = "kept"        // the old key is there, until it is due
	stepDeleting   rotationStep = "deleting"    // the old key
	stepUndoing    rotationStep = "undoing"     // the new key is deleted again
)

// rotating is a rotation under way.
type rotating struct {
	rotator
	// entry is its ID in the journal.
	entry string
	is    rotation
	// profiles are the names under which the keyring has the key.
	profiles []string
	// by signs with the old key, and in use later with the new one.
	by       *hand
	old, new creds.LongTermKey
	// resumed is set if the rotation was cut off before. note is one sentence on what the
	// person should know.
	resumed bool
	note    string
	// gone is set once AWS has the old key no more.
	gone bool
}

// step writes down what is about to be done.
func (ro *rotating) step(ctx context.Context, step rotationStep) error {
	next := ro.is
	next.Step, next.At = step, ro.aws.Now().Round(0)
	if err := ro.journal.step(ctx, ro.entry, next); err != nil {
		return err
	}
	ro.is = next
	return nil
}

// subject begins the sentence about a failure.
func (ro *rotating) subject() string {
	switch ro.is.Step {
	case stepSwitching, stepRetiring:
		return lang.Sprintf("the new key %s is in use, and the old key %s is still active", ro.is.New, ro.is.Old)
	case stepKept, stepDeleting:
		return lang.Sprintf("the old key %s was not deleted", ro.is.Old)
	case stepUndoing:
		return lang.Sprintf("the new key %s was not deleted again", ro.is.New)
	}
	return lang.Sprintf("the key of profile %q was not rotated", ro.is.Profile)
}

// make makes the new key, and has it in the keyring beside the old one when it returns
// without an error. After an error the new key is gone again, or the entry is left to be
// undone later.
func (ro *rotating) make(ctx context.Context) error {
	if ro.is.Delete != "" {
		if err := ro.makeRoom(ctx); err != nil {
			return ro.end(ctx, "", err)
		}
		if err := ro.step(ctx, stepCreating); err != nil {
			return ro.end(ctx, "", err)
		}
	}
	key, created, err := ro.by.create(ctx, ro.subject())
	_, may := errors.AsType[unclear](err)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case may:
		return ro.sweep(ctx, err)
	case err != nil:
		return ro.end(ctx, "", ro.noRoom(ctx, err))
	}
	ro.new, ro.is.New = key, key.ID
	ro.store.keyBook().learnKey(key.ID, created)
	if err := ro.step(ctx, stepStoring); err != nil {
		return ro.undo(ctx, err)
	}
	if err := ro.cfg.Vault.StoreKey(ctx, key); err != nil {
		return ro.undo(ctx, ro.because(err))
	}
	return nil
}

// because puts what was not done before the sentence of a failure that does not say so.
func (ro *rotating) because(err error) error {
	known := creds.AsError(err)
	return &creds.Error{Code: known.Code, Message: ro.subject() + ": " + known.Message, Advice: known.Advice}
}

// makeRoom deletes the key that a person has chosen. Profiles that use it get the one in
// use first, which is the same user's.
func (ro *rotating) makeRoom(ctx context.Context) error {
	keys, err := ro.by.list(ctx, ro.subject())
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(keys, func(k creds.UserKey) bool { return k.ID == ro.is.Delete }) {
		return nil // somebody else has deleted it
	}
	users, err := ro.usersOf(ctx, ro.is.Delete)
	if err != nil {
		return ro.because(err)
	}
	if err := ro.point(ctx, users, ro.is.Delete, ro.is.Old); err != nil {
		return ro.because(err)
	}
	ro.profiles = union(ro.profiles, users)
	if err := ro.by.remove(ctx, ro.subject(), ro.is.Delete); err != nil {
		return err
	}
	_ = ro.dropItem(ctx, ro.is.Delete) // logged
	ro.endRotationsOf(ctx, ro.is.Delete)
	return nil
}

// prove shows that AWS takes the new key, and that it is the same user's.
func (ro *rotating) prove(ctx context.Context) error {
	if err := ro.step(ctx, stepProving); err != nil {
		return ro.undo(ctx, err)
	}
	fresh := ro.by.with(ro.new)
	fresh.fresh = time.Now().Add(newKeyPatience)
	arn, err := fresh.identity(ctx, ro.subject())
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil && arn != ro.is.UserARN:
		err = creds.Errorf(creds.CodeAWS, "%s: AWS says that the new key is that of %s, and not of %s", ro.subject(), arn, ro.is.UserARN)
	}
	if err != nil {
		return ro.undo(ctx, err)
	}
	ro.by = fresh
	return nil
}

// switchOver has the profiles use the new key.
func (ro *rotating) switchOver(ctx context.Context) error {
	if ro.is.Step != stepSwitching {
		ofOld, err := ro.usersOf(ctx, ro.is.Old)
		if err != nil {
			return ro.undo(ctx, ro.because(err))
		}
		if len(ofOld) == 0 {
			return ro.undo(ctx, creds.Errorf(creds.CodeConfigMismatch,
				"%s: another key was stored for it meanwhile, and that is left alone", ro.subject()))
		}
		ro.profiles = ofOld
		if err := ro.step(ctx, stepSwitching); err != nil {
			return ro.undo(ctx, err)
		}
	}
	if err := ro.point(ctx, ro.profiles, ro.is.Old, ro.is.New); err != nil {
		ofNew, unread := ro.usersOf(ctx, ro.is.New)
		if unread == nil && len(ofNew) == 0 && ctx.Err() == nil {
			ro.is.Step = stepProving // for the sentence
			return ro.undo(ctx, ro.because(err))
		}
		return ro.later(ctx, creds.AsError(err)) // both keys work
	}
	ro.move(ctx)
	return nil
}

// point has profiles use a key. One that does not use the former key any more is left
// alone: somebody has stored another one for it.
func (ro *rotating) point(ctx context.Context, profiles []string, from, to string) error {
	for _, name := range profiles {
		use, err := ro.cfg.Vault.Use(ctx, name)
		switch {
		case creds.CodeOf(err) == creds.CodeNoKey:
			continue // it was removed
		case err != nil:
			return err
		case use.KeyID != from:
			continue
		}
		if use.Old {
			// Its item holds the key itself: the others and the way back need one of the key's own.
			if key, err := ro.cfg.Vault.Key(ctx, name); err != nil {
				return err
			} else if err := ro.cfg.Vault.StoreKey(ctx, key); err != nil {
				return err
			}
		}
		if err := ro.cfg.Vault.Point(ctx, name, to); err != nil {
			return err
		}
	}
	return nil
}

// move has the agent know which key the profiles have, and forget what the old one made.
func (ro *rotating) move(ctx context.Context) {
	ids := map[string]string{}
	for _, name := range ro.profiles {
		if use, err := ro.cfg.Vault.Use(ctx, name); err == nil {
			ids[name] = use.KeyID
		}
	}
	ro.learnKeys(ids)
	for _, name := range ro.profiles {
		if err := ro.adder.forgetUser(ctx, ro.named(name), ro.is.Old); err != nil {
			ro.cfg.Log.Warn("credentials of the old key stay", "profile", name, "err", err)
		}
	}
	_ = ro.keeper.save(false) // a failure is shown, and retried
	ro.republish()
}

// retire makes the old key inactive, or deletes it, unless somebody has changed the user's
// keys meanwhile.
func (ro *rotating) retire(ctx context.Context) error {
	if again, err := ro.isUsedAgain(ctx); again || err != nil {
		return err
	}
	if err := ro.step(ctx, stepRetiring); err != nil {
		return ro.later(ctx, err)
	}
	keys, err := ro.by.list(ctx, ro.subject())
	if creds.CodeOf(err) == creds.CodeKeyInvalid {
		return ro.goBack(ctx, err)
	}
	if err != nil {
		return ro.later(ctx, err)
	}
	if again, err := ro.isUsedAgain(ctx); again || err != nil {
		return err
	}
	i := slices.IndexFunc(keys, func(k creds.UserKey) bool { return k.ID == ro.is.Old })
	if i < 0 {
		ro.note = lang.Sprintf("somebody has deleted the old key %s meanwhile", ro.is.Old)
		return ro.finish(ctx)
	}
	if keys[i].Active {
		if err := ro.by.setActive(ctx, ro.subject(), ro.is.Old, false); err != nil {
			return ro.later(ctx, err)
		}
	}
	if ro.is.DeleteNow || ro.keptFor() == 0 {
		return ro.delete(ctx)
	}
	return ro.keep(ctx)
}

// isUsedAgain ends the rotation if somebody has taken the old key into use again.
func (ro *rotating) isUsedAgain(ctx context.Context) (again bool, err error) {
	users, err := ro.usersOf(ctx, ro.is.Old)
	if err != nil {
		return false, ro.later(ctx, err)
	}
	if len(users) == 0 {
		return false, nil
	}
	ro.note = lang.Sprintf("the old key %s was taken into use again meanwhile, so that it stays active", ro.is.Old)
	return true, ro.journal.end(ctx, ro.entry, ro.note)
}

// usersOf is [Custody.usersOf] with a look at the rotation's own profiles.
func (ro *rotating) usersOf(ctx context.Context, id string) ([]string, error) {
	return ro.rotator.usersOf(ctx, id, ro.profiles...)
}

// keep leaves the old key, inactive, until it is due.
func (ro *rotating) keep(ctx context.Context) error {
	ro.is.DeletedAfter = time.Now().Round(0).Add(ro.keptFor())
	if err := ro.step(ctx, stepKept); err != nil {
		return ro.later(ctx, err)
	}
	return ro.journal.leave(ctx, ro.entry, ro.is.DeletedAfter)
}

// delete deletes the old key.
func (ro *rotating) delete(ctx context.Context) error {
	if err := ro.step(ctx, stepDeleting); err != nil {
		return ro.later(ctx, err)
	}
	if err := ro.by.remove(ctx, ro.subject(), ro.is.Old); err != nil {
		return ro.later(ctx, err)
	}
	return ro.finish(ctx)
}

// finish forgets the old key, which AWS has no more.
func (ro *rotating) finish(ctx context.Context) error {
	ro.gone, ro.is.DeletedAfter = true, time.Time{}
	if err := ro.dropItem(ctx, ro.is.Old); err != nil {
		return ro.later(ctx, nil) // AWS has it no more
	}
	return ro.journal.end(ctx, ro.entry, "")
}

// goBack has the profiles use the old key again, as AWS does not know the new one any more.
func (ro *rotating) goBack(ctx context.Context, why error) error {
	old, err := ro.cfg.Vault.KeyByID(ctx, ro.is.Old)
	if err != nil {
		return ro.later(ctx, why)
	}
	by := ro.by.with(old)
	keys, err := by.list(ctx, ro.subject())
	if err != nil {
		return ro.later(ctx, why)
	}
	i := slices.IndexFunc(keys, func(k creds.UserKey) bool { return k.ID == ro.is.New })
	if i >= 0 && keys[i].Active {
		return ro.later(ctx, why) // AWS knows it: it takes its time
	}
	users, err := ro.usersOf(ctx, ro.is.New)
	if err == nil {
		err = ro.point(ctx, users, ro.is.New, ro.is.Old)
	}
	if err != nil {
		return ro.later(ctx, err)
	}
	ro.profiles = users
	ro.move(ctx)
	said := lang.Sprintf("somebody has deleted the new key %s meanwhile; the old key %s is in use again", ro.is.New, ro.is.Old)
	if i >= 0 {
		said = lang.Sprintf("somebody has made the new key %s inactive meanwhile; the old key %s is in use again, and the new one is left as it is", ro.is.New, ro.is.Old)
	} else {
		_ = ro.dropItem(ctx, ro.is.New) // logged
	}
	return ro.end(ctx, said, creds.Errorf(creds.CodeKeyInvalid, "the key of profile %q was not rotated: %s", ro.is.Profile, said))
}

// undo deletes the new key again, and returns why.
func (ro *rotating) undo(ctx context.Context, why error) error {
	if ctx.Err() != nil {
		return ctx.Err() // the agent ends; the next one undoes it
	}
	if err := ro.step(ctx, stepUndoing); err != nil {
		ro.is.Step = stepUndoing // what is in the journal suffices to undo it later
	}
	old := ro.by
	if ro.old.ID != "" && old.key.ID != ro.old.ID {
		old = old.with(ro.old)
	}
	if err := old.remove(ctx, ro.subject(), ro.is.New); err != nil {
		if why == nil {
			ro.sayDaily(ctx, err)
			return ro.later(ctx, err)
		}
		_ = ro.later(ctx, err)
		known := creds.AsError(why)
		return &creds.Error{Code: known.Code, Advice: known.Advice, Message: lang.Sprintf(
			"%s; the new key %s could not be deleted again yet, which daypass keeps trying: %s", known.Message, ro.is.New, creds.AsError(err).Message)}
	}
	if ro.dropItem(ctx, ro.is.New) != nil {
		return ro.later(ctx, why)
	}
	news := ""
	if ro.resumed {
		news = lang.Sprintf("a rotation was cut off and is undone: the key %s is in use as before, and the new key %s is deleted again", ro.is.Old, ro.is.New)
	}
	return ro.end(ctx, news, why)
}

// dropItem forgets a key that AWS has no more, unless a profile uses it.
func (ro *rotating) dropItem(ctx context.Context, id string) error {
	users, err := ro.usersOf(ctx, id)
	if err == nil && len(users) == 0 {
		ro.store.keyBook().forgetKey(id)
		err = ro.cfg.Vault.RemoveKey(ctx, id)
	}
	if err != nil {
		ro.cfg.Log.Warn("the keyring keeps a key that AWS has no more", "access_key_id", id, "err", err)
	}
	return err
}

// end ends the entry, with news for the profiles, and returns why.
func (ro *rotating) end(ctx context.Context, news string, why error) error {
	if err := ro.journal.end(ctx, ro.entry, news); err != nil {
		ro.cfg.Log.Warn("the journal keeps a rotation that is over", "entry", ro.entry, "err", err)
		ro.journal.release(ro.entry)
	}
	return why
}

// later leaves the entry to be taken up again, and returns why.
func (ro *rotating) later(ctx context.Context, why error) error {
	wait := tryLater
	if creds.CodeOf(why) == creds.CodeDenied {
		wait = daily
	}
	if ctx.Err() != nil || ro.journal.leave(ctx, ro.entry, time.Now().Round(0).Add(wait)) != nil {
		ro.journal.release(ro.entry)
	}
	return why
}

// sayDaily has news of what AWS does not allow, once a day at most.
func (ro *rotating) sayDaily(ctx context.Context, why error) {
	now := time.Now().Round(0)
	if creds.CodeOf(why) != creds.CodeDenied || now.Sub(ro.is.SaidAt) < daily {
		return
	}
	ro.is.SaidAt = now
	err := ro.step(ctx, ro.is.Step)
	if err == nil {
		err = ro.journal.announce(ctx, ro.profiles, creds.AsError(why).Message)
	}
	if err != nil {
		ro.cfg.Log.Warn("what AWS does not allow is not said", "err", err)
	}
}

// tryLater is when a rotation is taken up again that could not be finished.
const tryLater = time.Minute

func union(a, b []string) []string {
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}
