package settings

import "daypass/creds"

// For tests that make many changes, without a file for each.
var (
	Edit   = change
	Parse  = parse
	Assign = func(s *creds.Settings, path []string, value any) error {
		if err := assign(s, path, value); err != nil {
			return err.asked()
		}
		return nil
	}
	TypeAt = typeAt
	KeysOf = keysOf
)
