package core

import (
	"context"
	"slices"

	"daypass/creds"
)

// keyStatus returns what is known of a profile's own long-term key; nil if it has none.
func (v *view) keyStatus(name string) *creds.KeyStatus {
	p := v.files.set().Profiles[name]
	of := v.keyName(p)
	if of == "" && !p.HasLongTermKey() {
		return nil
	}
	s := &creds.KeyStatus{ID: p.ShownKeyID(), Plaintext: p.KeyPath(v.cfg.Files)}
	if s.Plaintext != "" && s.ID == p.AccessKeyID && v.journal.isUnannounced(s.ID) {
		s.Announce = s.ID
	}
	if of != "" {
		s.ID, s.InKeyring = v.keyring.keyID(of), true
	}
	v.addRotation(s)
	news := v.journal.news(name)
	s.News, s.NewsAt = news.Text, news.At
	return s
}

// isUnannounced reports whether no notice of a key in plaintext was ever shown.
func (j *journal) isUnannounced(id string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.isRead && !slices.Contains(j.Announced, id)
}

// Announced notes that a notice of keys in plaintext was shown.
func (cu *Custody) Announced(ctx context.Context, accessKeyIDs []string) error {
	defer cu.view.publishAll()
	return cu.journal.change(ctx, func(f *journalForm) error {
		f.Announced = append(slices.Clone(f.Announced), accessKeyIDs...)
		slices.Sort(f.Announced)
		f.Announced = slices.Compact(f.Announced)
		return nil
	}, nil)
}
