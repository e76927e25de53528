// Package ssoimport makes profiles for the accounts and roles of an Identity
// Center session: it works out what changes in the config file, shows it as a
// diff, and writes it.
//
// Every section that it adds is marked by a key that AWS's tools pass over,
//
//	daypass_sso_import = SESSION
//
// and only sections with that mark, for the same session, are ever renamed or
// removed, and only if nothing else was written into them. Whatever people
// changed in a marked section stays; a section they took the mark from, or gave
// another session, is theirs.
package ssoimport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"daypass/creds/awsfile"
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
	ErrNoSession = errors.New("the config file has no such sso-session")
	// ErrIncomplete refuses to prune by a list of accounts that may lack
	// some.
	ErrIncomplete = errors.New("nothing is pruned, because the list of accounts and roles is empty or incomplete")
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
	// Unknown are accounts whose roles AWS does not list. Nothing of theirs is
	// pruned.
	Unknown []string
	// Only are the pairs that get a profile; nil is all of them. Profiles
	// that are there already are not removed for not being among them.
	Only []Key
	// Drop are pairs that get no profile; what an import made for them is
	// removed.
	Drop []Key
	// Template makes the names, from [Fields]; empty is [DefaultTemplate].
	Template string
	// Region is written to new profiles unless it is empty.
	Region string
	// Taken are names that no new profile may have though the config file
	// does not: those of the credentials file.
	Taken []string
	// DerivedSuffix is what derived profiles' names end with; empty is
	// "-temporary".
	DerivedSuffix string
	// Rename gives profiles of an earlier import the names that the template
	// makes now. Else they keep the names that people's scripts have.
	Rename bool
	// Prune removes what an earlier import made for this session and AWS no
	// longer lists.
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

// Skip is what a [Plan] leaves as it is, and why, in one sentence.
type Skip struct {
	Profile string // empty if there is none
	Pair    Pair
	Why     string
}

// Plan is what an import changes. The lists are sorted by profile; a profile
// that an import made for the session stands in exactly one of them.
type Plan struct {
	Edit
	Add    []Entry
	Keep   []Entry // made by an earlier import, and left as they are
	Change []Entry // renamed
	Remove []Entry
	// Skipped are pairs that have a profile of the person's own or for which
	// there is no name, and profiles that could not be renamed or removed.
	Skipped []Skip
	// Warnings are sentences on what else a person should know before it is
	// written.
	Warnings []string
}

var (
	accountID = regexp.MustCompile(`^[0-9]{12}$`)
	roleName  = regexp.MustCompile(`^[\w+=,.@-]+$`)
	region    = regexp.MustCompile(`^[a-z0-9-]*$`)
)

// Make works out what an import changes in config, which it leaves as it is.
// Made again on the result, it changes nothing. The error wraps [ErrNoSession],
// [ErrTemplate] or [ErrIncomplete] where the request is at fault.
func Make(config *awsfile.File, r Request) (Plan, error) {
	switch {
	case !config.Has(awsfile.SSOSession(r.Session)):
		return Plan{}, fmt.Errorf("%w: add a section [sso-session %s] with its sso_start_url and sso_region first", ErrNoSession, r.Session)
	case !region.MatchString(r.Region):
		return Plan{}, fmt.Errorf("%q is not the name of a region, such as eu-west-1", r.Region)
	case r.Prune && !r.Complete, r.Prune && len(r.Pairs) == 0 && !r.AllowEmpty:
		return Plan{}, ErrIncomplete
	}
	pairs := distinct(r.Pairs)
	names, err := newNaming(r, pairs)
	if err != nil {
		return Plan{}, err
	}
	m := maker{r: r, names: names, have: look(config, r.Session)}
	m.listed = make(map[Key]bool, len(pairs))
	for _, p := range pairs {
		m.listed[p.Key()] = true
	}
	m.only, m.drop = set(r.Only), set(r.Drop)
	m.remove()
	m.place(pairs)
	m.sort()
	m.plan.Warnings = names.warnings(m.plan.Add, m.plan.Change)
	m.plan.Edit, err = newEdit(config, m.ops())
	if err != nil {
		return Plan{}, err
	}
	return m.plan, nil
}

// Apply makes what [Make] works out for the file at path, under the file's
// lock, and returns it. Unless fingerprint is empty it must be the one of the
// plan that a person agreed to; else the error is [ErrChanged], the plan is the
// new one, and nothing is written. A file that is written by others at the same
// moment is not overwritten; see [awsfile.Update].
func Apply(ctx context.Context, path string, r Request, fingerprint string) (Plan, error) {
	var p Plan
	err := update(ctx, path, fingerprint, func(f *awsfile.File) (Edit, error) {
		var err error
		p, err = Make(f, r)
		return p.Edit, err
	})
	return p, err
}

func set(keys []Key) map[Key]bool {
	out := make(map[Key]bool, len(keys))
	for _, k := range keys {
		out[k] = true
	}
	return out
}

// distinct sorts pairs and takes out those that come twice.
func distinct(pairs []Pair) []Pair {
	pairs = slices.Clone(pairs)
	slices.SortFunc(pairs, func(a, b Pair) int {
		return cmp.Or(
			cmp.Compare(a.AccountID, b.AccountID), cmp.Compare(a.Role, b.Role),
			cmp.Compare(a.AccountName, b.AccountName), cmp.Compare(a.Email, b.Email))
	})
	return slices.CompactFunc(pairs, func(a, b Pair) bool { return a.Key() == b.Key() })
}
