package settings

import (
	"errors"

	"daypass/creds"
	"daypass/creds/settings/schema"
)

// For tests that make many changes, without a file for each.
var (
	Edit   = change
	Parse  = parse
	Assign = func(s *creds.Settings, c creds.SettingChange) error {
		if _, says := asked(schema.All(), s, c); says != "" {
			return errors.New(says)
		}
		return nil
	}
)
