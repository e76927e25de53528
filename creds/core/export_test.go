package core

import (
	"context"
	"slices"
	"strings"

	"daypass/creds"
	"daypass/creds/profile"
)

// CutRename begins a rename, takes some of its steps and leaves it, as an agent that is
// killed does. It returns how many steps there are.
func (cu *Custody) CutRename(ctx context.Context, r creds.RenameRequest, steps int) (of int, err error) {
	s, err := renamer{cu}.planRename(r)
	if err != nil {
		return 0, err
	}
	if _, err := cu.journal.begin(ctx, journalRename, []string{s.From, s.To}, s); err != nil {
		return 0, err
	}
	return take(ctx, renamer{cu}.renameSteps(s), steps)
}

// CutRemoval is CutRename for a removal.
func (cu *Custody) CutRemoval(ctx context.Context, profile string, steps int) (of int, err error) {
	s, _, err := remover{cu}.planRemoval(ctx, profile)
	if err != nil {
		return 0, err
	}
	if _, err := cu.journal.begin(ctx, journalRemoval, append([]string{profile}, s.Made...), s); err != nil {
		return 0, err
	}
	return take(ctx, remover{cu}.removeSteps(s), steps)
}

func take(ctx context.Context, all []func(context.Context) error, steps int) (of int, err error) {
	for _, step := range all[:min(steps, len(all))] {
		if err := step(ctx); err != nil {
			return len(all), err
		}
	}
	return len(all), nil
}

// Entries counts what the journal holds.
func (cu *Custody) Entries() int { return len(cu.journal.copy().Entries) }

// TakeTurn begins a change of names, as another flow does.
func (cu *Custody) TakeTurn(doing string, names ...string) (done func(), err error) {
	return cu.turns.take(doing, names...)
}

// Records returns what is known of a profile by its name, in memory and so in the next file.
func (m *Manager) Records(name string) (of []string) {
	all := m.store.copy()
	add := func(what string, is bool) {
		if is {
			of = append(of, what)
		}
	}
	_, isHeld := all.Held[name]
	_, isUser := all.Users[name]
	_, isAccount := all.Accounts[name]
	_, isRecipe := all.Recipes[name]
	add("held", isHeld)
	add("user", isUser)
	add("account", isAccount)
	add("recipe", isRecipe)
	for origin := range all.Sessions {
		add("session", strings.HasPrefix(origin, profile.OriginPrefix(name)))
	}
	for other, h := range all.Held {
		add("what "+other+" has", strings.HasPrefix(h.Origin, profile.OriginPrefix(name)) && len(m.dependents(name)) == 0)
	}
	add("key", m.keyring.has(name))
	add("news", m.journal.news(name).Text != "")
	for _, e := range m.journal.copy().Entries {
		add("entry", slices.Contains(e.Profiles, name))
	}
	return of
}
