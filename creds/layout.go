package creds

import (
	"cmp"
	"slices"
)

// The layouts of the AWS files: in which section a user's long-term key is, and in which
// its temporary credentials.
const (
	// LayoutTemporary has the key in [NAME], and credentials in [NAME-temporary].
	LayoutTemporary = "temporary"
	// LayoutAWSMFA has the key in [NAME-long-term], and credentials in [NAME], as aws-mfa
	// has them.
	LayoutAWSMFA = "aws-mfa"
	// LayoutAWSIAMLogin has the key in [NAME], and credentials in [NAME-sts], as
	// aws-iam-login has them.
	LayoutAWSIAMLogin = "aws-iam-login"
)

// NoSuffix is how people write that a section has no suffix.
const NoSuffix = "none"

// layouts are the suffixes of sections with long-term keys, and of those with temporary
// credentials.
var layouts = map[string]struct{ long, short string }{
	LayoutTemporary:   {"", "-temporary"},
	LayoutAWSMFA:      {"-long-term", ""},
	LayoutAWSIAMLogin: {"", "-sts"},
}

// LayoutSuffixes returns the suffixes of a layout's sections with long-term keys and with
// temporary credentials. long and short replace them, unless "".
func LayoutSuffixes(name, long, short string) (longTerm, shortTerm string) {
	of := layouts[cmp.Or(name, LayoutTemporary)]
	return Suffix(long, of.long), Suffix(short, of.short)
}

// Suffix returns a suffix that a person has written, or else the usual one.
func Suffix(written, usual string) string {
	switch written {
	case "":
		return usual
	case NoSuffix:
		return ""
	}
	return written
}

// Layouts returns the names of all layouts.
func Layouts() []string { return []string{LayoutTemporary, LayoutAWSMFA, LayoutAWSIAMLogin} }

// IsLayout reports whether there is a layout of this name.
func IsLayout(name string) bool { return slices.Contains(Layouts(), name) }
