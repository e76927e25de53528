package agent

import (
	"context"
	"errors"
	"slices"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/creds/console"
	"daypass/creds/core"
	"daypass/creds/settings"
)

// Names are what knows profiles by their names besides the AWS files and the keyring: the
// settings, the bookmarks and the visits. It is the [core.Names] of a manager.
type Names struct {
	Settings  *settings.Store
	Bookmarks *console.Bookmarks
	Visits    *console.Visits
}

// Uses returns what names a profile.
func (n Names) Uses(_ context.Context, profile string) (uses core.NameUses, err error) {
	if uses.Settings, err = n.Settings.Names(profile); err != nil {
		return uses, err
	}
	all, err := n.Bookmarks.List()
	if err != nil {
		return uses, named(err)
	}
	for _, one := range all.Bookmarks {
		if slices.Contains(one.Profiles, profile) {
			if uses.Bookmarks = append(uses.Bookmarks, one.Name); len(one.Profiles) == 1 {
				uses.Alone = append(uses.Alone, one.Name)
			}
		}
	}
	visits, err := n.Visits.List()
	if err != nil {
		return uses, named(err)
	}
	for _, one := range visits {
		if one.Profile == profile {
			uses.Visits++
		}
	}
	return uses, nil
}

// Rename has all of that name another profile. It may be called again after it has failed.
func (n Names) Rename(ctx context.Context, from, to string) error {
	if err := n.Settings.Rename(ctx, from, to); err != nil {
		return err
	}
	if err := n.Bookmarks.RenameProfile(from, to); err != nil {
		return named(err)
	}
	return named(n.Visits.RenameProfile(from, to))
}

// Forget removes all of that which is the profile's alone. It may be called again after it
// has failed.
func (n Names) Forget(ctx context.Context, profile string) error {
	if err := n.Settings.Forget(ctx, profile); err != nil {
		return err
	}
	if err := n.Bookmarks.ForgetProfile(profile); err != nil {
		return named(err)
	}
	return named(n.Visits.ForgetProfile(profile))
}

// named is the error of a file of bookmarks or visits, whose words name it.
func named(err error) error {
	if known := (*creds.Error)(nil); err == nil || errors.As(err, &known) {
		return err
	}
	return &creds.Error{Code: creds.CodeFile, Message: err.Error(), Advice: advice.File(err)}
}
