package core

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/profile"
	"daypass/creds/vault"
	"daypass/internal/lang"
)

// settling is how long after a call the list of a user's keys may lack the key that the call
// has made.
const settling = 5 * time.Second

// sweep deletes the key that a call may have made whose answer got lost, if it is sure which
// one that is. It returns why, with what became of it.
func (ro *rotating) sweep(ctx context.Context, why error) error {
	if err := sleepUntil(ctx, time.Now().Add(settling-ro.aws.Now().Sub(ro.is.At))); err != nil {
		return err
	}
	subject := lang.Sprintf("it is not known whether AWS has made a new key for profile %q", ro.is.Profile)
	keys, err := ro.by.list(ctx, subject)
	if err != nil {
		return ro.later(ctx, cmpError(why, err))
	}
	var strangers []creds.UserKey
	for _, k := range keys {
		if k.ID != ro.is.Old && k.ID != ro.is.Delete && !slices.Contains(ro.is.Before, k.ID) {
			strangers = append(strangers, k)
		}
	}
	if len(strangers) == 0 {
		return ro.ended(ctx, why, lang.Sprintf("no new key was made, and %s is in use as before", ro.is.Old))
	}
	if len(strangers) == 1 {
		ours, err := ro.isOurs(ctx, subject, strangers[0])
		if err == nil && ours {
			err = ro.by.remove(ctx, lang.Sprintf("the new key %s, whose secret was lost, was not deleted again", strangers[0].ID), strangers[0].ID)
		}
		switch {
		case err != nil && why == nil:
			ro.sayDaily(ctx, err)
			return ro.later(ctx, err)
		case err != nil:
			_ = ro.later(ctx, err)
			known := creds.AsError(why)
			return &creds.Error{Code: known.Code, Advice: known.Advice, Message: known.Message + "; " + creds.AsError(err).Message}
		case ours:
			return ro.ended(ctx, why, lang.Sprintf("the new key %s, whose secret was lost, is deleted again, and %s is in use as before", strangers[0].ID, ro.is.Old))
		}
	}
	ids := make([]string, len(strangers))
	for i, k := range strangers {
		ids[i] = k.ID
	}
	return ro.ended(ctx, why, lang.Sprintf("%s is in use as before; the user also has %s, which daypass does not know and leaves alone",
		ro.is.Old, strings.Join(ids, ", ")))
}

// cmpError is why something failed in the first place, or else what failed now.
func cmpError(why, err error) error {
	if why != nil {
		return why
	}
	return err
}

// isOurs reports whether a key that daypass does not know can only be the one that a call
// has made whose answer got lost: it is younger than that call, and was never used.
func (ro *rotating) isOurs(ctx context.Context, subject string, k creds.UserKey) (bool, error) {
	if k.Created.Before(ro.is.At.Truncate(time.Second)) {
		return false, nil
	}
	use, err := ro.by.lastUsed(ctx, subject, k.ID)
	return err == nil && use.At.IsZero() && !use.Unknown, err
}

// ended ends the entry: with news, or with an error that says the same.
func (ro *rotating) ended(ctx context.Context, why error, what string) error {
	if why == nil {
		return ro.end(ctx, lang.Sprintf("a rotation was cut off: %s", what), nil)
	}
	known := creds.AsError(why)
	return ro.end(ctx, "", &creds.Error{Code: known.Code, Advice: known.Advice, Message: known.Message + "; " + what})
}

// resumeRotation takes up a rotation that was cut off, or the old key of one that is due.
func (cu rotator) resumeRotation(ctx context.Context, e journalEntry) error {
	var is rotation
	if err := json.Unmarshal(e.State, &is); err != nil {
		return err
	}
	names := union(cu.keyring.profilesOf(is.Old), cu.keyring.profilesOf(is.New))
	done, err := cu.turns.take(lang.T(rotationDoing), append(union(names, e.Profiles), is.Old)...)
	if err != nil {
		return err
	}
	defer done()
	return cu.takeUp(ctx, e.ID, is, RefreshOptions{unattended: true}, ctx)
}

const rotationDoing = "its key is being rotated"

// takeUp finishes or undoes a rotation of the journal. asking is the context of whoever can
// be asked for a code.
func (cu rotator) takeUp(ctx context.Context, id string, is rotation, o RefreshOptions, asking context.Context) error { //nolint:revive // two contexts, for two lives
	if err := cu.keeper.mustBeOpen(ctx); err != nil {
		return err
	}
	ro := &rotating{
		rotator: cu, entry: id, is: is, resumed: true,
		profiles: union(cu.keyring.profilesOf(is.Old), cu.keyring.profilesOf(is.New)),
	}
	using := is.Old
	if is.Step == stepSwitching || is.Step == stepRetiring || is.Step == stepKept || is.Step == stepDeleting {
		using = is.New
	}
	key, err := cu.keyByID(ctx, using)
	if errors.Is(err, vault.ErrNoItem) {
		return ro.abandon(ctx, using)
	}
	if err != nil {
		return err
	}
	c, err := cu.chainOf(using, is)
	if err != nil {
		return err
	}
	ro.by = cu.hand(asking, c, key, o)
	if using == is.Old {
		ro.old = key
	} else {
		ro.new = key
	}
	return ro.resume(ctx)
}

func (ro *rotating) resume(ctx context.Context) error {
	switch ro.is.Step {
	case stepMakingRoom:
		return ro.ended(ctx, nil, lang.Sprintf("no new key was made, and %s is in use as before; the key %s, which was to make room, may be deleted already", ro.is.Old, ro.is.Delete))
	case stepCreating:
		return ro.sweep(ctx, nil)
	case stepStoring, stepProving:
		key, err := ro.cfg.Vault.KeyByID(ctx, ro.is.New)
		switch {
		case errors.Is(err, vault.ErrNoItem), errors.Is(err, vault.ErrDamagedItem):
			return ro.undo(ctx, nil)
		case err != nil:
			return ro.later(ctx, err)
		}
		ro.new = key
		if err := ro.prove(ctx); err != nil {
			return err
		}
		return ro.complete(ctx)
	case stepSwitching, stepRetiring:
		ro.by.fresh = time.Now().Add(newKeyPatience)
		return ro.complete(ctx)
	case stepKept, stepDeleting:
		return ro.deleteDue(ctx)
	case stepUndoing:
		return ro.undo(ctx, nil)
	}
	return lang.Errorf("this version knows nothing of the step %q", string(ro.is.Step))
}

// complete takes the steps after the proof.
func (ro *rotating) complete(ctx context.Context) error {
	if ro.is.Step != stepRetiring {
		if err := ro.switchOver(ctx); err != nil {
			return err
		}
	}
	if err := ro.retire(ctx); err != nil {
		return err
	}
	if !ro.resumed {
		return nil
	}
	news := lang.Sprintf("a rotation was cut off and is finished now: the key %s is in use, and %s is inactive", ro.is.New, ro.is.Old)
	if ro.note != "" {
		news += "; " + ro.note
	}
	return ro.journal.announce(ctx, ro.profiles, news)
}

// deleteDue deletes the old key, which is due. That AWS denies it is said once a day at
// most.
func (ro *rotating) deleteDue(ctx context.Context) error {
	if ro.is.Reactivated {
		return ro.journal.leave(ctx, ro.entry, time.Now().Round(0).Add(never))
	}
	users, err := ro.usersOf(ctx, ro.is.Old)
	if err != nil {
		return err
	}
	if len(users) > 0 {
		return ro.end(ctx, "", nil) // it is in use again
	}
	err = ro.delete(ctx)
	if err == nil || ctx.Err() != nil || passes(err) {
		return err
	}
	ro.cfg.Log.Warn("an old key is not deleted", "access_key_id", ro.is.Old, "err", err)
	ro.sayDaily(ctx, err)
	if err := ro.step(ctx, stepKept); err != nil {
		return err
	}
	return ro.journal.leave(ctx, ro.entry, time.Now().Round(0).Add(daily))
}

const (
	daily = 24 * time.Hour
	never = 100 * 365 * daily
)

// abandon ends a rotation whose key the keyring has no more: the profile was removed.
func (ro *rotating) abandon(ctx context.Context, gone string) error {
	left := ro.is.Old
	if gone == ro.is.Old {
		left = ro.is.New
	}
	if left == "" {
		return ro.end(ctx, "", nil)
	}
	_ = ro.dropItem(ctx, left) // logged
	return ro.ended(ctx, nil, lang.Sprintf("the keyring has the key %s no more, so that the key %s stays as it is in IAM", gone, left))
}

// keyByID returns a key of the keyring, whether it has an item of its own or not.
func (cu rotator) keyByID(ctx context.Context, id string) (creds.LongTermKey, error) {
	key, err := cu.cfg.Vault.KeyByID(ctx, id)
	if !errors.Is(err, vault.ErrNoItem) {
		return key, err
	}
	for name, of := range cu.keyring.all() {
		if of != id && of != "" {
			continue
		}
		if key, err := cu.cfg.Vault.Key(ctx, name); err == nil && key.ID == id {
			return key, nil
		}
	}
	return key, err
}

// usersOf returns the profiles that use a key, as the keyring says now. It looks at those
// that are known to, at those of which nothing is known, and at more.
func (cu rotator) usersOf(ctx context.Context, id string, more ...string) (names []string, err error) {
	for name, of := range cu.keyring.all() {
		if of != id && of != "" && !slices.Contains(more, name) {
			continue
		}
		use, err := cu.cfg.Vault.Use(ctx, name)
		switch {
		case creds.CodeOf(err) == creds.CodeNoKey, errors.Is(err, vault.ErrDamagedItem):
			continue
		case err != nil:
			return nil, err
		}
		cu.learnKeys(map[string]string{name: use.KeyID})
		if use.KeyID == id {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// chainOf returns the chain of a profile that uses a key of the keyring.
func (cu rotator) chainOf(id string, is rotation) (profile.Chain, error) {
	resolver := cu.resolver()
	names := cu.keyring.profilesOf(id)
	for _, name := range append([]string{is.Profile}, names...) {
		c, err := resolver.Resolve(cu.named(name))
		if err == nil && c.Source == creds.KindUser {
			return c, nil
		}
	}
	return resolver.OfKey(profile.PartitionRegion(is.UserARN), ""), nil
}
