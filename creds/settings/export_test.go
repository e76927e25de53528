package settings

import (
	"errors"

	"daypass/creds"
	"daypass/creds/settings/schema"
)

// For tests that make many changes, without a file for each.
var (
	Edit  = change
	Parse = parse
	Load  = func(path string) (creds.Settings, error) {
		_, s, err := load(path)
		return s, err
	}
	Assign = func(s *creds.Settings, c creds.SettingChange) error {
		if _, says := asked(schema.All(), s, c); says != "" {
			return errors.New(says)
		}
		return nil
	}
)
