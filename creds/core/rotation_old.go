package core

import (
	"context"
	"encoding/json"
	"time"

	"daypass/creds"
	"daypass/internal/lang"
)

// rotations returns the entries of rotations by the ID of their new key.
func (cu rotator) rotationTo(id string) (e journalEntry, is rotation, found bool) {
	for _, e := range cu.journal.entries(journalRotation) {
		var is rotation
		if json.Unmarshal(e.State, &is) == nil && is.New == id && id != "" {
			return e, is, true
		}
	}
	return e, is, false
}

// endRotationsOf ends the rotations whose old key is deleted.
func (ro *rotating) endRotationsOf(ctx context.Context, id string) {
	for _, e := range ro.journal.entries(journalRotation) {
		var is rotation
		if json.Unmarshal(e.State, &is) == nil && is.Old == id && e.ID != ro.entry && ro.journal.claim(e.ID) {
			if err := ro.journal.end(ctx, e.ID, ""); err != nil {
				ro.journal.release(e.ID)
			}
		}
	}
}

// actOnOld makes the key that a rotation has replaced active or inactive, or deletes it.
func (cu rotator) actOnOld(ctx context.Context, r creds.RotateRequest, by creds.Requester) (creds.RotateReply, error) {
	reply := creds.RotateReply{}
	c, err := cu.ownKey(r.Profile)
	if err != nil {
		return reply, err
	}
	name := c.Base.Name
	key, err := cu.adder.keyOf(ctx, c.Base, by)
	if err != nil {
		return reply, err
	}
	e, is, found := cu.rotationTo(key.ID)
	if !found || is.Step != stepKept && is.Step != stepDeleting && is.Step != stepRetiring {
		return reply, creds.Errorf(creds.CodeBadRequest, "profile %q has no old key: none was replaced by a rotation, or it is deleted already", name)
	}
	profiles := union(cu.keyring.profilesOf(key.ID), []string{name})
	done, err := cu.turns.take(lang.T(rotationDoing), append(profiles, is.Old)...)
	if err != nil {
		return reply, err
	}
	if !cu.journal.claim(e.ID) {
		done()
		return reply, creds.Errorf(creds.CodeBusy, "the old key %s is being deleted just now", is.Old)
	}
	ro := &rotating{rotator: cu, entry: e.ID, is: is, profiles: profiles, new: key, by: cu.hand(ctx, c, key, RefreshOptions{Requester: by})}
	return cu.outlive(ctx, func(ctx context.Context) (creds.RotateReply, error) {
		defer done()
		defer cu.view.publishAll()
		defer cu.journal.release(e.ID)
		if err := ro.act(ctx, r.Act); err != nil {
			return reply, err
		}
		reply = creds.RotateReply{
			UserARN: is.UserARN, Profiles: profiles, New: is.New, Old: is.Old, OldLastUsed: is.LastUsed,
			Deleted: r.Act == creds.ActDeleteOld, DeletedAfter: ro.is.DeletedAfter, Note: ro.note,
		}
		var err error
		reply.Status, err = cu.view.status(name)
		return reply, err
	})
}

// act carries out what a person wants with the old key.
func (ro *rotating) act(ctx context.Context, act creds.RotateAct) error {
	if act == creds.ActDeleteOld {
		return ro.delete(ctx)
	}
	active := act == creds.ActReactivate
	subject := lang.Sprintf("the old key %s was not made inactive", ro.is.Old)
	if active {
		subject = lang.Sprintf("the old key %s was not made active", ro.is.Old)
	}
	// Before the call: a key that somebody needs again is not deleted.
	ro.is.Reactivated, ro.is.DeletedAfter = active, time.Time{}
	due := time.Now().Round(0).Add(never)
	if !active {
		due = time.Now().Round(0).Add(ro.keptFor())
		ro.is.DeletedAfter = due
	}
	if err := ro.step(ctx, stepKept); err != nil {
		return err
	}
	if err := ro.by.setActive(ctx, subject, ro.is.Old, active); err != nil {
		return err
	}
	return ro.journal.leave(ctx, ro.entry, due)
}
