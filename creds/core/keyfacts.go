package core

import (
	"context"
	"encoding/json"
	"time"

	"daypass/creds"
)

// keyFacts are what is known of a long-term key, apart from the key itself.
type keyFacts struct {
	// Created is when the key was made, as IAM says; zero if that is not known.
	Created time.Time `json:"created,omitzero"`
	// Since is from when on daypass has known the key.
	Since time.Time `json:"since"`
	// Asked is when IAM was asked last for nothing but the key's age.
	Asked time.Time `json:"asked,omitzero"`
	// Reminded is when a notice recalled the key's rotation last.
	Reminded time.Time `json:"reminded,omitzero"`
}

// age returns from when on the key's age counts.
func (f keyFacts) age() time.Time {
	if f.Created.IsZero() {
		return f.Since
	}
	return f.Created
}

// keyFacts returns what is known of a key.
func (s keyBook) keyFacts(id string) keyFacts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Keys[id]
}

// learnKey notes when a key was made; zero if that is not known. It reports whether that is
// news.
func (s keyBook) learnKey(id string, created time.Time) (news bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, known := s.Keys[id]
	if !known {
		f.Since = time.Now().Round(0)
	}
	if !created.IsZero() && !created.Equal(f.Created) {
		f.Created, news = created, true
	}
	s.Keys[id] = f
	return news || !known
}

// forgetKey forgets what is known of a key.
func (s keyBook) forgetKey(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.Keys, id)
}

// Reminded notes that a notice recalled that keys are old.
func (cu *Custody) Reminded(_ context.Context, accessKeyIDs []string) error {
	cu.store.keyBook().noteReminded(accessKeyIDs, time.Now().Round(0))
	defer cu.view.publishAll()
	return cu.keeper.save(false)
}

func (s keyBook) noteReminded(ids []string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range ids {
		f := s.Keys[id]
		f.Reminded = at
		s.Keys[id] = f
	}
}

// noteAsked notes that IAM was asked for a key's age.
func (s keyBook) noteAsked(id string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f, known := s.Keys[id]; known {
		f.Asked = at
		s.Keys[id] = f
	}
}

// addRotation adds a key's age to its status, and what a rotation has to say.
func (v *view) addRotation(s *creds.KeyStatus) {
	if s.ID == "" {
		return
	}
	facts := v.store.keyBook().keyFacts(s.ID)
	s.Created, s.Reminded = facts.age(), facts.Reminded
	if after := v.choices.settings().ReminderAfter(); after > 0 && !s.Created.IsZero() {
		s.RotateAfter = s.Created.Add(after)
	}
	is, found := v.journal.rotationOf(s.ID)
	switch {
	case !found:
	case is.isKept():
		s.Old = &creds.OldKey{ID: is.Old, Active: is.Reactivated || is.Step == stepRetiring, DeletedAfter: is.DeletedAfter, LastUsed: is.LastUsed}
	default:
		s.Rotating = true
	}
}

// isKept reports whether nothing but the end of the old key is left to do.
func (r rotation) isKept() bool {
	return r.Step == stepKept || r.Step == stepDeleting || r.Step == stepRetiring
}

// replaced returns the rotation that has replaced a key.
func (j *journal) replaced(id string) (rotation, bool) {
	for _, e := range j.entries(journalRotation) {
		var is rotation
		if json.Unmarshal(e.State, &is) == nil && is.Old == id && is.isKept() {
			return is, true
		}
	}
	return rotation{}, false
}

// rotationOf returns the rotation that has made a key, or that is replacing it.
func (j *journal) rotationOf(id string) (rotation, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.rotations == nil {
		j.rotations = map[string]rotation{}
		for _, e := range j.Entries {
			var is rotation
			if e.Kind != journalRotation || json.Unmarshal(e.State, &is) != nil {
				continue
			}
			if is.isKept() {
				j.rotations[is.New] = is
			} else {
				j.rotations[is.Old], j.rotations[is.New] = is, is
			}
		}
	}
	is, found := j.rotations[id]
	return is, found
}
