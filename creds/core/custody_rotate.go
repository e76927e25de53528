package core

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/creds/profile"
	"daypass/internal/lang"
	"daypass/internal/safely"
)

// PlanRotate returns what a rotation of a profile's key would do.
func (cu *Custody) PlanRotate(ctx context.Context, profile string, by creds.Requester) (creds.RotationPlan, error) {
	if err := cu.load(ctx, by); err != nil {
		return creds.RotationPlan{}, err
	}
	p, err := rotator{cu}.planRotation(ctx, profile, by)
	return p.RotationPlan, err
}

// Rotate replaces a profile's key, or acts on the one that it replaced.
func (cu *Custody) Rotate(ctx context.Context, r creds.RotateRequest, by creds.Requester) (creds.RotateReply, error) {
	if err := cu.load(ctx, by); err != nil {
		return creds.RotateReply{}, err
	}
	switch r.Act {
	case creds.ActRotate:
		return rotator{cu}.rotate(ctx, r, by)
	case creds.ActReactivate, creds.ActDeactivate, creds.ActDeleteOld:
		return rotator{cu}.actOnOld(ctx, r, by)
	}
	return creds.RotateReply{}, creds.Errorf(creds.CodeBadRequest, "%q is nothing that can be done with a key", string(r.Act))
}

// rotationPlan is what is known before a rotation.
type rotationPlan struct {
	creds.RotationPlan

	key creds.LongTermKey
	by  *hand
}

// ownKey returns the chain of a profile with a long-term key of its own.
func (cu rotator) ownKey(name string) (profile.Chain, error) {
	if problem := cu.problems.get(topicFiles); problem != nil {
		return profile.Chain{}, problem
	}
	name = cu.named(name)
	c, err := cu.resolver().Resolve(name)
	switch {
	case err != nil:
		return c, err
	case c.Source != creds.KindUser:
		return c, creds.Errorf(creds.CodeBadRequest, "profile %q has no long-term key that could be rotated", name)
	case c.Base.Name != name:
		return c, &creds.Error{
			Code:    creds.CodeBadRequest,
			Message: lang.Sprintf("profile %q has no long-term key of its own: it uses that of %q", name, c.Base.Name),
			Advice:  lang.Sprintf("Rotate that one: daypass rotate %s", advice.Word(c.Base.Name)),
		}
	}
	return c, nil
}

// planRotation asks IAM about the keys of a profile's user.
func (cu rotator) planRotation(ctx context.Context, name string, by creds.Requester) (p rotationPlan, err error) {
	c, err := cu.ownKey(name)
	if err != nil {
		return p, err
	}
	base := c.Base
	p.Profile, p.KeptFor = base.Name, cu.keptFor()
	if p.key, err = cu.adder.keyOf(ctx, base, by); err != nil {
		return p, err
	}
	if cu.keyName(base) == "" {
		p.Plaintext = base.KeyPath(cu.cfg.Files)
		p.Profiles = []string{base.Name}
	} else if p.Profiles, err = cu.usersOf(ctx, p.key.ID); err != nil {
		return p, err
	}
	p.Profiles = union(p.Profiles, cu.plaintextOf(p.key.ID))
	subject := (&rotating{is: rotation{Profile: base.Name}}).subject()
	p.by = cu.hand(ctx, c, p.key, RefreshOptions{Requester: by})
	// First of all, as every other call with the key is a use of it.
	began := cu.aws.Now()
	used, err := p.by.lastUsed(ctx, subject, p.key.ID)
	if err != nil {
		return p, err
	}
	used = cu.usedBefore(p.key.ID, used, began)
	defer func() { cu.noteOwnUse(p.key.ID) }()
	if p.UserARN, err = p.by.identity(ctx, subject); err != nil {
		return p, err
	}
	keys, err := p.by.list(ctx, subject)
	if err != nil {
		return p, err
	}
	for _, k := range keys {
		if k.ID == p.key.ID && cu.store.keyBook().learnKey(k.ID, k.Created) {
			cu.keeper.saveSoon()
		}
		if k.InUse = k.ID == p.key.ID; k.InUse {
			k.LastUsed = used
		} else if k.LastUsed, err = p.by.lastUsed(ctx, subject, k.ID); err != nil {
			return p, err
		}
		if is, replaced := cu.journal.replaced(k.ID); replaced && !k.LastUsed.Unknown && !k.LastUsed.At.After(is.At) {
			k.LastUsed = is.LastUsed // daypass itself has used it since, to replace it
		}
		_, unstored := cu.cfg.Vault.KeyByID(ctx, k.ID)
		k.Stored = unstored == nil || k.InUse && p.Plaintext == ""
		p.Keys = append(p.Keys, k)
	}
	if !slices.ContainsFunc(p.Keys, func(k creds.UserKey) bool { return k.InUse }) {
		return p, creds.Errorf(creds.CodeAWS, "%s: AWS's list of the user's keys lacks the one in use, %s", subject, p.key.ID)
	}
	slices.SortStableFunc(p.Keys, func(a, b creds.UserKey) int {
		return cmp.Compare(btoi(b.InUse), btoi(a.InUse))
	})
	p.Choice = len(p.Keys) > 1
	return p, nil
}

func btoi(is bool) int {
	if is {
		return 1
	}
	return 0
}

// plaintextOf returns the profiles that have a key in the clear in the AWS files.
func (cu rotator) plaintextOf(id string) (names []string) {
	for name, p := range cu.files.set().Profiles {
		if p.AccessKeyID == id && p.HasLongTermKey() && cu.keyName(p) == "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// ownUse is what was known of a key's last use before daypass asked IAM with it.
type ownUse struct {
	before      creds.KeyUse
	first, last time.Time
}

// usedBefore returns when a key was last used, by what IAM says now, apart from the calls
// that daypass has made to find that out.
func (cu rotator) usedBefore(id string, now creds.KeyUse, began time.Time) creds.KeyUse {
	cu.ages.mu.Lock()
	defer cu.ages.mu.Unlock()
	known, is := cu.ages.ownUses[id]
	if is && !now.Unknown && !now.At.Before(known.first.Truncate(time.Second)) && !now.At.After(known.last) {
		return known.before
	}
	cu.ages.ownUses[id] = ownUse{now, began, began}
	return now
}

// noteOwnUse notes that daypass has asked IAM with a key until now.
func (cu rotator) noteOwnUse(id string) {
	cu.ages.mu.Lock()
	defer cu.ages.mu.Unlock()
	use := cu.ages.ownUses[id]
	use.last = cu.aws.Now()
	cu.ages.ownUses[id] = use
}

// keptFor returns how long an old key stays, inactive.
func (cu rotator) keptFor() time.Duration { return cu.choices.settings().OldKeyKeptFor() }

// rotate replaces a profile's key.
func (cu rotator) rotate(ctx context.Context, r creds.RotateRequest, by creds.Requester) (creds.RotateReply, error) {
	reply := creds.RotateReply{}
	c, err := cu.ownKey(r.Profile)
	if err != nil {
		return reply, err
	}
	name := c.Base.Name
	if reply.Imported, err = cu.importFirst(ctx, c, by); err != nil {
		return reply, err
	}
	done, err := cu.turns.take(lang.T(rotationDoing), name)
	if err != nil {
		return reply, err
	}
	defer func() { done() }()
	p, err := cu.planRotation(ctx, name, by)
	if err != nil {
		return reply, err
	}
	if err := p.choose(r.Delete); err != nil {
		return reply, err
	}
	others := slices.DeleteFunc(append(slices.Clone(p.Profiles), p.key.ID), func(other string) bool { return other == name })
	doneOthers, err := cu.turns.take(lang.T(rotationDoing), others...)
	if err != nil {
		return reply, err
	}
	ro := &rotating{rotator: cu, profiles: p.Profiles, by: p.by, old: p.key, is: rotation{
		Step: stepCreating, Profile: name, UserARN: p.UserARN, Old: p.key.ID, Delete: r.Delete,
		At: cu.aws.Now().Round(0), LastUsed: p.Keys[0].LastUsed, DeleteNow: r.DeleteNow,
	}}
	for _, k := range p.Keys {
		if k.ID != r.Delete {
			ro.is.Before = append(ro.is.Before, k.ID)
		}
	}
	if r.Delete != "" {
		ro.is.Step = stepMakingRoom
	}
	doneNames := done
	done = func() {}
	return cu.outlive(ctx, func(ctx context.Context) (creds.RotateReply, error) {
		defer doneNames()
		defer doneOthers()
		defer cu.view.publishAll()
		err := ro.run(ctx)
		if err != nil {
			return reply, err
		}
		reply.UserARN, reply.Profiles, reply.New, reply.Old = ro.is.UserARN, ro.profiles, ro.is.New, ro.is.Old
		reply.OldLastUsed, reply.DeletedAfter, reply.Note = ro.is.LastUsed, ro.is.DeletedAfter, ro.note
		reply.Deleted = ro.gone
		reply.Status, err = cu.view.status(name)
		return reply, err
	})
}

// choose refuses a rotation for which a key of the user's has to be deleted first, unless
// that one is named.
func (p *rotationPlan) choose(id string) error {
	i := slices.IndexFunc(p.Keys, func(k creds.UserKey) bool { return k.ID == id })
	switch {
	case id == "" && p.Choice:
		said := make([]string, len(p.Keys))
		for i, k := range p.Keys {
			said[i] = keyWords(k)
		}
		e := &creds.Error{Code: creds.CodeKeyChoice, Message: lang.Sprintf(
			"the key of profile %q was not rotated: AWS allows a user two access keys, and there are two, of which one has to be deleted first: %s",
			p.Profile, strings.Join(said, "; "))}
		e.Advice = lang.Sprintf("Choose the one that nobody needs: daypass rotate %s --delete %s", advice.Word(p.Profile), p.Keys[len(p.Keys)-1].ID)
		return e
	case id == "":
		return nil
	case i < 0:
		return creds.Errorf(creds.CodeBadRequest, "the key of profile %q was not rotated: %q is no key of its user", p.Profile, id)
	case p.Keys[i].InUse:
		return creds.Errorf(creds.CodeBadRequest, "the key of profile %q was not rotated: %s is the key in use, and cannot be the one that is deleted first", p.Profile, id)
	}
	return nil
}

// keyWords describes a key in a clause.
func keyWords(k creds.UserKey) string {
	what := lang.T("active")
	switch {
	case k.InUse:
		what = lang.T("in use here")
	case !k.Active:
		what = lang.T("inactive")
	}
	return lang.Sprintf("%s (%s), %s", k.ID, what, k.LastUsed.Words())
}

// noRoom explains that the user has got another key since the plan was made.
func (ro *rotating) noRoom(ctx context.Context, err error) error {
	if !errors.Is(err, error(errNoRoom)) {
		return err
	}
	p, again := ro.planRotation(ctx, ro.is.Profile, ro.by.o.Requester)
	if again == nil {
		again = p.choose("")
	}
	if again == nil {
		return creds.Errorf(creds.CodeAWS, "%s: AWS says that the user has two access keys, and lists one; try again", ro.subject())
	}
	return again
}

// importFirst moves the key of a profile that is in the clear into the keyring, and those of
// other profiles with the same key. It returns the file.
func (cu rotator) importFirst(ctx context.Context, c profile.Chain, by creds.Requester) (from string, err error) {
	id := c.Base.AccessKeyID
	if of := cu.keyName(c.Base); of != "" {
		use, err := cu.cfg.Vault.Use(ctx, of)
		if err != nil {
			return "", err
		}
		id = use.KeyID
	} else {
		from = c.Base.KeyPath(cu.cfg.Files)
	}
	for _, name := range cu.plaintextOf(id) {
		one, err := cu.importOne(ctx, name, by)
		switch {
		case err != nil:
			return "", err
		case !one.Done:
			return "", creds.Errorf(creds.CodeFile, "the key of profile %q was not rotated: it could not be moved into the keyring: %s", name, one.Note)
		}
	}
	return from, nil
}

// run rotates, from the journal's entry on.
func (ro *rotating) run(ctx context.Context) (err error) {
	if ro.entry, err = ro.journal.begin(ctx, journalRotation, ro.profiles, ro.is); err != nil {
		return ro.because(err)
	}
	if err := ro.make(ctx); err != nil {
		return err
	}
	if err := ro.prove(ctx); err != nil {
		return err
	}
	return ro.complete(ctx)
}

// outlive does work that goes on when its caller has gone, until the agent ends.
func (cu rotator) outlive(ctx context.Context, work func(context.Context) (creds.RotateReply, error)) (creds.RotateReply, error) {
	var reply creds.RotateReply // and err are the work's until it has ended
	var err error
	ended := make(chan struct{})
	started := cu.back.start("a rotation", func(life context.Context) {
		defer close(ended)
		within, cancel := context.WithCancel(context.WithoutCancel(ctx))
		defer cancel()
		defer context.AfterFunc(life, cancel)()
		reply, err = safely.Get(cu.cfg.Log, "a rotation", func() (creds.RotateReply, error) { return work(within) })
	})
	if !started {
		return creds.RotateReply{}, errEnded
	}
	select {
	case <-ended:
		if errors.Is(err, context.Canceled) && cu.back.isOver() {
			err = errEnded
		}
		return reply, err
	case <-ctx.Done():
		return creds.RotateReply{}, ctx.Err()
	}
}

// rotator replaces long-term keys, and knows how old they are.
type rotator struct{ *Custody }
