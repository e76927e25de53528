// Package settings keeps what a person may choose, in config.toml.
//
// The file is the person's: [Load] reads it and says in a sentence what is wrong
// with it; a [Store] changes single values in it and leaves every comment, the
// order and the spacing as they are, and tells when the person has changed it.
package settings

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"time"

	"daypass/creds"
	"daypass/creds/tomlfile"
)

// Defaults are the settings of an empty file.
func Defaults() creds.Settings {
	return creds.Settings{DerivedSuffix: DefaultSuffix, SessionDuration: creds.Span(DefaultSession)}
}

// Load reads config.toml at path. A missing file gives the [Defaults], and so
// does "" for any value but derived_suffix. The error is a sentence that names
// the file and, where the file can be read, the key and what it may be; an
// unknown key is one, as it is most often a misspelt one. With an error the
// settings are the defaults.
func Load(path string) (creds.Settings, error) {
	_, s, err := load(path)
	return s, err
}

// load returns the text too.
func load(path string) (text string, s creds.Settings, err error) {
	data, err := tomlfile.Read(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", Defaults(), fmt.Errorf("reading the settings: %w", err)
	}
	s, err = parse(path, string(data))
	return string(data), s, err
}

// parse reads the text of the file named.
func parse(file, text string) (creds.Settings, error) {
	var tree map[string]any
	if _, err := tomlfile.Decode(text, &tree); err != nil {
		return Defaults(), fmt.Errorf("the settings in %s cannot be read: %w", file, err)
	}
	s := Defaults()
	if err := take(&s, nil, tree); err != nil {
		return Defaults(), err.in(file)
	}
	return s, nil
}

// take assigns all in a table that can be, and returns the first mistake. The keys
// are sorted, so that the same mistake is always reported first.
func take(s *creds.Settings, path []string, tree map[string]any) (first *mistake) {
	for _, key := range slices.Sorted(maps.Keys(tree)) {
		at := slices.Concat(path, []string{key})
		var wrong *mistake
		if table, ok := tree[key].(map[string]any); !isTable(at) {
			wrong = assign(s, at, tree[key])
		} else if !ok {
			wrong = &mistake{at, must("a table", tree[key])}
		} else {
			wrong = take(s, at, table)
		}
		first = cmp.Or(first, wrong)
	}
	return first
}

// ConsoleFor returns how the console is opened for a profile: what is set for
// it, and else what is set for all. Record is what is set for all.
func ConsoleFor(s creds.Settings, profile string) creds.ConsoleSettings {
	c, own := clone(s).Console, clone(s).Profile[profile].Console
	if own.Place != "" {
		c.Place = own.Place
	}
	if own.Duration != 0 {
		c.Duration = own.Duration
	}
	if own.Link != "" {
		c.Link = own.Link
	}
	if own.LogoutFirst != nil {
		c.LogoutFirst = own.LogoutFirst
	}
	if own.Colour != "" {
		c.Colour = own.Colour
	}
	if c.Link == "" {
		c.Link = creds.LinkFederation
	}
	return c
}

// WantsNotices reports whether the end of a profile's credentials is to be told
// at all. Do-not-disturb is another matter: it holds back what is wanted.
func WantsNotices(s creds.Settings, profile string) bool {
	if own := s.Profile[profile].Notices; own != nil {
		return *own
	}
	return s.Notices.Ending == nil || *s.Notices.Ending
}

// LeaseFor returns for how long a sensitive profile is lent.
func LeaseFor(s creds.Settings, profile string) time.Duration {
	if own := s.Profile[profile].Lease; own != 0 {
		return time.Duration(own)
	}
	return creds.DefaultLease
}

// ProgramsFor returns what programs get that want a profile for which a person
// has to be asked.
func ProgramsFor(s creds.Settings, profile string) creds.ProgramRule {
	if own := s.Profile[profile].Programs; own != "" {
		return own
	}
	return creds.ProgramsAsk
}

// clone returns a copy that shares nothing with s.
func clone(s creds.Settings) creds.Settings {
	s.SSO = maps.Clone(s.SSO)
	s.Console = cloneConsole(s.Console)
	s.Notices.Ending, s.MFAOfSource = cloneFlag(s.Notices.Ending), cloneFlag(s.MFAOfSource)
	s.Profile = maps.Clone(s.Profile)
	for name, one := range s.Profile {
		one.Notices, one.MFAOfSource = cloneFlag(one.Notices), cloneFlag(one.MFAOfSource)
		one.Console = cloneConsole(one.Console)
		s.Profile[name] = one
	}
	return s
}

func cloneConsole(c creds.ConsoleSettings) creds.ConsoleSettings {
	c.LogoutFirst, c.Record = cloneFlag(c.LogoutFirst), cloneFlag(c.Record)
	return c
}

func cloneFlag(p *bool) *bool {
	if p == nil {
		return nil
	}
	return new(*p)
}
