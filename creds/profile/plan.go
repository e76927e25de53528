package profile

import (
	"cmp"
	"maps"

	"daypass/creds"
)

// Plan is what decides on profiles besides the AWS files. It never changes once made, so
// that two are the same if their addresses are: what it is made of changes by making
// another. The zero value is that of a person who has chosen nothing.
type Plan struct {
	// Layout is the person's choice of one, for profiles of which the files say nothing else.
	Layout LayoutSettings
	// Recipes are the saved profiles, by their names.
	Recipes map[string]Recipe
	// Folder is where keys are in files of their own.
	Folder FolderSettings
	// Keys are the names that the keyring holds long-term keys for.
	Keys map[string]bool
}

// Equal reports whether reading by either plan finds the same.
func (p *Plan) Equal(other *Plan) bool {
	return p.Layout == other.Layout && maps.Equal(p.Recipes, other.Recipes) && p.Folder.Equal(other.Folder) && maps.Equal(p.Keys, other.Keys)
}

// LayoutSettings are the settings on the layout of the AWS files, as the person has them.
// A suffix may be "none"; an empty one is that of the layout.
type LayoutSettings struct {
	Layout, LongTermSuffix, DerivedSuffix string
}

// Recipe is a profile that a login has made of others, and that is in no file.
type Recipe struct {
	// Source is the profile whose long-term key it starts from. That may be the profile of
	// the recipe's own name, which then differs from what the files say of it.
	Source string `json:"source"`
	// RoleARN, unless "", is the role to assume.
	RoleARN     string `json:"role_arn,omitempty"`
	SessionName string `json:"role_session_name,omitempty"`
	ExternalID  string `json:"external_id,omitempty"`
	// MFASerial replaces the source's device, unless "".
	MFASerial string `json:"mfa_serial,omitempty"`
	// Layout is the name of the one that its section is written in.
	Layout string `json:"layout,omitempty"`
}

// Suffixes returns the suffixes of a layout, the settings' own for "", by what a person
// has chosen for this time and else in the settings; see [LayoutSettings].
func (s LayoutSettings) Suffixes(name, long, short string) (longTerm, shortTerm string) {
	if name == "" || name == s.name() {
		long, short = cmp.Or(long, s.LongTermSuffix), cmp.Or(short, s.DerivedSuffix)
	}
	return creds.LayoutSuffixes(cmp.Or(name, s.name()), long, short)
}

// Suffixes of sections in the files of other tools.
var (
	usualLong, _      = creds.LayoutSuffixes(creds.LayoutAWSMFA, "", "")
	_, usualTemporary = creds.LayoutSuffixes(creds.LayoutTemporary, "", "")
	_, usualSTS       = creds.LayoutSuffixes(creds.LayoutAWSIAMLogin, "", "")
)

// Derived returns the suffix of sections that are made for profiles with credentials of
// their own kind.
func (s LayoutSettings) Derived() string {
	_, short := s.Suffixes("", "", "")
	return cmp.Or(short, usualTemporary)
}

// name returns the name of the layout that is chosen.
func (s LayoutSettings) name() string { return cmp.Or(s.Layout, creds.LayoutTemporary) }

// longTerm returns the suffixes of sections that are looked for long-term keys, the
// chosen one first.
func (s LayoutSettings) longTerm() []string {
	if own := creds.Suffix(s.LongTermSuffix, ""); own != "" && own != usualLong {
		return []string{own, usualLong}
	}
	return []string{usualLong}
}

// shortTerm returns the suffixes that derived sections may have.
func (s LayoutSettings) shortTerm() []string {
	all := []string{usualTemporary, usualSTS}
	if own := creds.Suffix(s.DerivedSuffix, ""); own != "" {
		all = append(all, own)
	}
	return all
}
