package ssoimport

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"daypass/creds/awsfile"
	"daypass/internal/lang"
)

// ErrChanged says that the config file has changed since the preview, so that the change
// would differ from the one shown.
var ErrChanged = lang.Error("the config file has changed since the preview, and with it what would be written; look at the new preview")

// Edit is a change of the config file that is not made yet. The zero Edit changes
// nothing.
type Edit struct {
	before, after *awsfile.File
	ops           ops
}

// ops are edits of one file, made in the order of the fields: the name of a removed
// section is free for one that is renamed or added.
type ops struct {
	Remove    []string
	Rename    map[string]string // old to new
	Add       []section
	Supersede []string // profiles whose start URL and region are replaced by Session
	Session   string
}

type section struct {
	Session bool // [sso-session], not a profile
	Name    string
	Values  []awsfile.Property
}

func (o ops) empty() bool { return len(o.Remove)+len(o.Rename)+len(o.Add)+len(o.Supersede) == 0 }

func newEdit(config *awsfile.File, o ops) (Edit, error) {
	e := Edit{before: config.Clone(), after: config.Clone(), ops: o}
	return e, e.ops.apply(e.after)
}

func (o ops) apply(f *awsfile.File) error {
	for _, name := range o.Remove {
		if err := f.Remove(awsfile.Profile(name)); err != nil {
			return lang.Errorf("remove profile %q: %w", name, err)
		}
	}
	names := make(map[awsfile.Section]string, len(o.Rename))
	for old, name := range o.Rename {
		names[awsfile.Profile(old)] = name
	}
	if err := f.Rename(names); err != nil {
		return lang.Errorf("rename profiles: %w", err)
	}
	for _, s := range o.Add {
		sec := awsfile.Profile(s.Name)
		if s.Session {
			sec = awsfile.SSOSession(s.Name)
		}
		if err := f.Append(sec, s.Values[0], s.Values[1:]...); err != nil {
			return lang.Errorf("add %q: %w", s.Name, err)
		}
	}
	for _, name := range o.Supersede {
		if err := f.Supersede(awsfile.Profile(name), keySession, o.Session, keyStartURL, keyRegion); err != nil {
			return lang.Errorf("change profile %q: %w", name, err)
		}
	}
	return nil
}

// Empty reports whether the config file stays as it is.
func (e Edit) Empty() bool { return e.ops.empty() }

// Fingerprint identifies the change: two that do the same to the same sections have the
// same one, whatever else is in the file.
func (e Edit) Fingerprint() string {
	text, _ := json.Marshal(e.ops) // it has only strings, and cannot fail
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// Diff returns the change in the unified format, with path as the file's name,
// and "" if there is none. Secrets in lines around the change are masked.
func (e Edit) Diff(path string) string {
	if e.Empty() {
		return ""
	}
	return unified(path, string(e.before.Bytes()), e.after.Changes(e.before))
}

// update plans a change of the file that path leads to, under the file's lock, and makes
// it if it still has the fingerprint. An empty fingerprint agrees to any change.
func update[T interface{ edit() Edit }](ctx context.Context, path, fingerprint string, plan func(*awsfile.File) (T, error)) (planned T, err error) {
	err = awsfile.Update(ctx, awsfile.Config, path, func(f *awsfile.File) (err error) {
		if planned, err = plan(f); err != nil {
			return err
		}
		e := planned.edit()
		if fingerprint != "" && e.Fingerprint() != fingerprint {
			return ErrChanged
		}
		return e.ops.apply(f)
	})
	return planned, err
}

func (e Edit) edit() Edit { return e }
