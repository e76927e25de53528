package settings

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"daypass/creds"
)

// The bounds and defaults of durations.
const (
	// MinSession and MaxSession are those that AWS sets to GetSessionToken:
	// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html.
	MinSession = 15 * time.Minute
	MaxSession = 36 * time.Hour
	// DefaultSession is session_duration where none is set.
	DefaultSession = 12 * time.Hour

	// MinConsole and MaxConsole are those of a console session:
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_enable-console-custom-url.html.
	MinConsole = 15 * time.Minute
	MaxConsole = 12 * time.Hour

	// MinLease and MaxLease bound for how long a sensitive profile is lent.
	MinLease = 5 * time.Minute
	MaxLease = 12 * time.Hour
)

// DefaultSuffix is derived_suffix where none is set.
const DefaultSuffix = "-temporary"

// mistake is what is wrong with a setting, in the second half of a sentence
// whose first half says where it stands.
type mistake struct {
	path []string
	says string
}

// unknown is what is said of the one mistake that has a sentence of its own.
const unknown = ""

// in returns the sentence on a mistake in a file.
func (m *mistake) in(file string) error {
	if m.says == unknown {
		return fmt.Errorf("the settings in %s have the unknown key \"%s\"%s", file, keyText(m.path), knownBeside(m.path))
	}
	return fmt.Errorf("%s in %s %s", keyText(m.path), file, m.says)
}

// asked returns the sentence on a mistake in a request.
func (m *mistake) asked() error {
	if m.says == unknown {
		return fmt.Errorf("there is no setting \"%s\"%s", keyText(m.path), knownBeside(m.path))
	}
	return errors.New(keyText(m.path) + " " + m.says)
}

// knownBeside lists the keys that are known where an unknown one stands.
func knownBeside(path []string) string {
	for len(path) > 0 {
		path = path[:len(path)-1]
		if keys := keysOf(typeAt(path)); len(keys) > 0 {
			return "; known there are " + strings.Join(keys, ", ")
		}
	}
	return ""
}

// typeAt returns the type of what stands at a path, nil for nothing.
func typeAt(path []string) reflect.Type {
	at := reflect.TypeFor[creds.Settings]()
	for _, key := range path {
		switch at.Kind() {
		case reflect.Map:
			at = at.Elem()
		case reflect.Struct:
			i := slices.Index(keysOf(at), key)
			if i < 0 {
				return nil
			}
			at = at.Field(i).Type
		default:
			return nil
		}
	}
	return at
}

func keysOf(of reflect.Type) []string {
	if of == nil || of.Kind() != reflect.Struct {
		return nil
	}
	var keys []string
	for i := range of.NumField() {
		keys = append(keys, of.Field(i).Tag.Get("toml"))
	}
	return keys
}

func isTable(path []string) bool {
	at := typeAt(path)
	return at != nil && (at.Kind() == reflect.Map || at.Kind() == reflect.Struct)
}

// assign gives the setting at a path a value, nil for the default. What then
// says nothing of a profile or a session is as if it did not stand there.
func assign(s *creds.Settings, path []string, value any) *mistake {
	switch {
	case len(path) == 0:
		return &mistake{path, unknown}
	case isTable(path):
		return &mistake{path, "is a table of settings and has no value of its own"}
	case len(path) > 2 && path[1] == "" && isTable(path[:2]):
		return &mistake{path, "names nothing that it is for"}
	case path[0] == "sso" && len(path) > 2:
		one := s.SSO[path[1]]
		err := put(ssoField(&one, path[2:]), path, value)
		s.SSO = keep(s.SSO, path[1], one)
		return err
	case path[0] == "profile" && len(path) > 2:
		one := s.Profile[path[1]]
		err := put(profileField(&one, path[2:]), path, value)
		s.Profile = keep(s.Profile, path[1], one)
		return err
	case path[0] == "console" && len(path) == 2:
		return put(consoleField(&s.Console, path[1]), path, value)
	case path[0] == "notices" && len(path) == 2:
		return put(noticesField(&s.Notices, path[1]), path, value)
	case len(path) == 1:
		return put(topField(s, path[0]), path, value)
	}
	return &mistake{path, unknown}
}

func put(f field, path []string, value any) *mistake {
	if f == nil {
		return &mistake{path, unknown}
	}
	if says := f(value); says != "" {
		return &mistake{path, says}
	}
	return nil
}

// keep keeps what says something.
func keep[T comparable](all map[string]T, name string, one T) map[string]T {
	var nothing T
	if one == nothing {
		delete(all, name)
		if len(all) == 0 {
			return nil
		}
		return all
	}
	if all == nil {
		all = map[string]T{}
	}
	all[name] = one
	return all
}
