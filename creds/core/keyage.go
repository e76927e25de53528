package core

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"daypass/creds"
	"daypass/creds/profile"
	"daypass/internal/lang"
)

// keyAges learns how old long-term keys are that daypass has had since before it asked: by a
// session that a person has typed a code for, or by a key whose user has no MFA device. It
// asks nobody, each key once, and once a day again where AWS denies it or does not answer.
type keyAges struct {
	mu     sync.Mutex
	asking bool
	// ownUses are when daypass itself has asked IAM with a key, by its ID.
	ownUses map[string]ownUse
}

// begin reports whether nobody is asking. end is called when that is over.
func (a *keyAges) begin() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	began := !a.asking
	a.asking = true
	return began
}

func (a *keyAges) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asking = false
}

// askAges asks for the ages of keys that are in use and whose age is not known, in the
// background.
func (cu rotator) askAges(now time.Time) {
	if !cu.keyring.known() {
		return
	}
	due := map[string]profile.Chain{}
	var resolver *profile.Resolver
	for name, id := range cu.keyring.all() {
		if f := cu.store.keyBook().keyFacts(id); id == "" || !f.Created.IsZero() || now.Sub(f.Asked) < daily {
			continue
		}
		if resolver == nil {
			resolver = new(cu.resolver())
		}
		c, err := resolver.Resolve(cu.named(name))
		if err != nil || c.Source != creds.KindUser {
			continue
		}
		if c = c.WithoutRoles(); cu.store.latest(c.Origin(0)).usable(cu.aws.Now()) {
			due[id] = c
		}
	}
	if len(due) == 0 || !cu.ages.begin() {
		return
	}
	started := cu.back.start("the ages of long-term keys", func(ctx context.Context) {
		defer cu.ages.end()
		for _, id := range slices.Sorted(maps.Keys(due)) {
			cu.askAge(ctx, due[id], id)
		}
		cu.keeper.saveSoon()
		cu.view.publishAll()
	})
	if !started {
		cu.ages.end()
	}
}

// askAge asks for a key's age if that needs nobody.
func (cu rotator) askAge(ctx context.Context, c profile.Chain, id string) {
	cu.store.keyBook().learnKey(id, time.Time{})
	cu.store.keyBook().noteAsked(id, time.Now().Round(0))
	o := RefreshOptions{unattended: true}
	h := cu.hand(ctx, c, creds.LongTermKey{ID: id}, o)
	subject := lang.Sprintf("the age of the key %s is not known", id)
	var keys []creds.UserKey
	var err error
	if c.MFASerial != "" {
		_, err = h.bySession(ctx, subject, listing(&keys))
	} else if h.key, err = cu.keeper.key(ctx, cu.keyName(c.Base), o); err == nil {
		err = h.byKey(ctx, subject, listing(&keys))
	}
	if err != nil {
		cu.cfg.Log.Info("the age of a key is not known", "access_key_id", id, "err", err)
	}
	for _, k := range keys {
		if k.ID == id {
			cu.store.keyBook().learnKey(id, k.Created)
		}
	}
}
