// Package ssoimport makes profiles for the accounts and roles of an SSO session: it plans
// the changes of the config file, shows them as a diff, and writes them.
//
// Every section that it adds is marked by a key that AWS's tools ignore,
//
//	daypass_sso_import = SESSION
//
// and only sections with that mark, for the same session, are ever renamed or removed,
// and only if nothing else was written into them. What people changed in a marked section
// stays. A section without the mark, or with another session, is a person's own.
package ssoimport

import (
	"cmp"
	"context"
	"regexp"
	"slices"

	"daypass/creds/awsfile"
	"daypass/internal/lang"
)

const (
	keySession  = "sso_session"
	keyAccount  = "sso_account_id"
	keyRole     = "sso_role_name"
	keyStartURL = "sso_start_url"
	keyRegion   = "sso_region"
	keyScopes   = "sso_registration_scopes"
	keyDefault  = "region" // that profiles use, unlike keyRegion
	keySource   = "source_profile"

	// Mark is the key of sections that an import made; its value is the
	// session's name.
	Mark = "daypass_sso_import"
)

var (
	// ErrNoSession says that the config file has no such [sso-session].
	ErrNoSession = lang.Error("the config file has no such sso-session")
	// ErrIncomplete refuses to prune by a list of accounts that may be incomplete.
	ErrIncomplete = lang.Error("nothing is pruned, because the list of accounts and roles is empty or incomplete")
)

// Key names a role in an account.
type Key struct{ AccountID, Role string }

// Pair is a role in an account, as AWS lists it.
type Pair struct{ AccountID, AccountName, Email, Role string }

// Key returns what names the pair.
func (p Pair) Key() Key { return Key{p.AccountID, p.Role} }

// Request says what is to be imported.
type Request struct {
	// Session is the name of an [sso-session] section.
	Session string
	// Pairs is all that AWS lists for the session, in any order.
	Pairs []Pair
	// Complete says that no account or role is missing in Pairs. Without it
	// nothing is pruned.
	Complete bool
	// Unknown are accounts whose roles AWS does not list. Their profiles are not pruned.
	Unknown []string
	// Only are the pairs that get a profile; nil is all of them. Existing profiles of
	// other pairs stay.
	Only []Key
	// Drop are pairs that get no profile; profiles that an import made for them are
	// removed.
	Drop []Key
	// Template makes the names, from [Fields]; empty is [DefaultTemplate].
	Template string
	// Region is written to new profiles unless it is empty.
	Region string
	// Taken are names, besides those in the config file, that no new profile may have:
	// those of the credentials file.
	Taken []string
	// DerivedSuffix is the end of derived profiles' names; empty is "-temporary".
	DerivedSuffix string
	// Rename gives profiles of an earlier import the names that the template makes now.
	// Else they keep their names, which scripts may use.
	Rename bool
	// Prune removes profiles that an earlier import made for this session and that AWS
	// no longer lists.
	Prune bool
	// AllowEmpty lets Prune remove all, if AWS lists nothing.
	AllowEmpty bool
}

// Entry is a profile in a [Plan].
type Entry struct {
	Profile string
	Pair    Pair   // of what AWS does not list, without the names
	Was     string // the former name, of one that is renamed
}

// Skip is what a [Plan] does not change, and why, in one sentence.
type Skip struct {
	Profile string // empty if there is none
	Pair    Pair
	Why     string
}

// Plan is what an import changes. The lists are sorted by profile; each profile that an
// import made for the session is in exactly one of them.
type Plan struct {
	Edit
	Add    []Entry
	Keep   []Entry // made by an earlier import, and unchanged
	Change []Entry // renamed
	Remove []Entry
	// Skipped are pairs that have a person's own profile or for which there is no name,
	// and profiles that could not be renamed or removed.
	Skipped []Skip
	// Warnings are sentences on what else a person should know before the write.
	Warnings []string
}

var (
	accountID = regexp.MustCompile(`^[0-9]{12}$`)
	roleName  = regexp.MustCompile(`^[\w+=,.@-]+$`)
	region    = regexp.MustCompile(`^[a-z0-9-]*$`)
)

// Make plans what an import changes in config, without changing it. Applied to its result
// it changes nothing. The error wraps [ErrNoSession], [ErrTemplate] or [ErrIncomplete] if
// the request is at fault.
func Make(config *awsfile.File, r Request) (Plan, error) {
	switch {
	case !config.Has(awsfile.SSOSession(r.Session)):
		return Plan{}, lang.Errorf("%w: add a section [sso-session %s] with its sso_start_url and sso_region first", ErrNoSession, r.Session)
	case !region.MatchString(r.Region):
		return Plan{}, lang.Errorf("%q is not the name of a region, such as eu-west-1", r.Region)
	case r.Prune && !r.Complete, r.Prune && len(r.Pairs) == 0 && !r.AllowEmpty:
		return Plan{}, ErrIncomplete
	}
	pairs := distinct(r.Pairs)
	names, err := newNaming(r, pairs)
	if err != nil {
		return Plan{}, err
	}
	m := maker{r: r, names: names, have: read(config, r.Session), only: set(r.Only), drop: set(r.Drop), listed: make(map[Key]bool, len(pairs))}
	for _, p := range pairs {
		m.listed[p.Key()] = true
	}
	m.remove()
	m.place(pairs)
	m.sort()
	m.plan.Warnings = names.warnings(m.plan.Add, m.plan.Change)
	if m.plan.Edit, err = newEdit(config, m.ops()); err != nil {
		return Plan{}, err
	}
	return m.plan, nil
}

// Apply makes what [Make] plans for the file at path, under the file's lock, and returns
// the plan. If fingerprint is not empty and the plan has another one, the error is
// [ErrChanged], and nothing is written. What other programs write at the same moment is
// not overwritten; see [awsfile.Update].
func Apply(ctx context.Context, path string, r Request, fingerprint string) (Plan, error) {
	return update(ctx, path, fingerprint, func(f *awsfile.File) (Plan, error) { return Make(f, r) })
}

func set(keys []Key) map[Key]bool {
	out := make(map[Key]bool, len(keys))
	for _, k := range keys {
		out[k] = true
	}
	return out
}

// distinct sorts pairs and removes duplicates.
func distinct(pairs []Pair) []Pair {
	pairs = slices.Clone(pairs)
	slices.SortFunc(pairs, func(a, b Pair) int {
		return cmp.Or(
			cmp.Compare(a.AccountID, b.AccountID), cmp.Compare(a.Role, b.Role),
			cmp.Compare(a.AccountName, b.AccountName), cmp.Compare(a.Email, b.Email))
	})
	return slices.CompactFunc(pairs, func(a, b Pair) bool { return a.Key() == b.Key() })
}
