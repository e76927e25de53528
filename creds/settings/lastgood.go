package settings

import (
	"context"
	"fmt"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/settings/schema"
	"daypass/internal/atomicfile"
	"daypass/internal/lang"
	"daypass/internal/tomlfile"
)

// KeepLastGood keeps a copy of config.toml, as it was when it last had no fault, in
// a file at path. Where it has one now, the settings in use become those of the
// copy: a profile that was marked sensitive stays so whatever happens to the file.
// Call it before the store is used. Where there is no sound copy, the store has what is
// right in the file.
func (s *Store) KeepLastGood(path string) {
	s.copyTo = path
	if s.fault == nil {
		s.keepCopyLocked(s.text)
		return
	}
	text, err := tomlfile.Read(path)
	if err != nil {
		return
	}
	if last, err := parse(path, string(text)); err == nil {
		s.settings = restrict(last, soundIn(s.text))
		s.inUse = lang.T(lastGoodUsed)
		s.fault = fmt.Errorf("%w; %s", s.reason, s.inUse)
	}
}

const (
	lastGoodUsed = "until that is corrected, the last good settings are used"
	soundUsed    = "until that is corrected, only what is right in the file is used"
)

// keepCopyLocked keeps a copy if there is a place for it; the caller holds the turn. A
// failure is ignored: the copy only matters if the file breaks later.
func (s *Store) keepCopyLocked(text string) {
	if s.copyTo != "" && text != s.copied {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if atomicfile.Write(ctx, s.copyTo, []byte(text), 0o600) == nil {
			s.copied = text
		}
	}
}

// soundIn returns what is right in a text that has faults. Where it is no TOML, each
// line is read by itself, with the header above it.
func soundIn(text string) creds.Settings {
	s, table := Defaults(), schema.All()
	var tree map[string]any
	if _, err := tomlfile.Decode(text, &tree); err == nil {
		_ = take(table, &s, nil, tree) // the first mistake was reported
		return s
	}
	header, lost := "", false
	for line := range strings.Lines(text) {
		isHeader := strings.HasPrefix(strings.TrimSpace(line), "[")
		if lost && !isHeader {
			continue // its table is unknown
		}
		if isHeader {
			header = ""
		}
		tree = nil
		_, err := tomlfile.Decode(header+line, &tree)
		if isHeader {
			header, lost = line, err != nil
		}
		if err == nil {
			_ = take(table, &s, nil, tree)
		}
	}
	return s
}

// restrict returns s with those settings of a faulty file that make a profile safer:
// these apply at once.
func restrict(s, faulty creds.Settings) creds.Settings {
	s = s.Clone()
	for name, theirs := range faulty.Profile {
		ours := s.Profile[name]
		if theirs.Sensitive && !ours.Sensitive {
			ours.Sensitive, ours.Lease = true, theirs.Lease
		}
		if theirs.Programs == creds.ProgramsNever {
			ours.Programs = creds.ProgramsNever
		}
		if ours != s.Profile[name] {
			if s.Profile == nil {
				s.Profile = map[string]creds.ProfileSettings{}
			}
			s.Profile[name] = ours
		}
	}
	return s
}
