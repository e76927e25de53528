package core

import (
	"context"
	"regexp"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/creds/profile"
	"daypass/internal/partition"
	"daypass/sso"
)

// sessionNames are names that need no quotes in a section's header: not all of AWS's
// tools read those alike.
var sessionNames = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// addSession does what [Manager.AddSession] says. It writes what "aws configure sso"
// does:
// https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sso.html
func (im *importer) addSession(ctx context.Context, r creds.AddSessionRequest) error {
	r.Region = strings.TrimSpace(r.Region)
	start, err := sso.StartURL(r.StartURL)
	switch {
	case !sessionNames.MatchString(r.Name):
		return creds.Errorf(creds.CodeBadRequest, "%q cannot be the name of a session; use letters, digits, dots, - and _", r.Name)
	case err != nil:
		shown, _, _ := strings.Cut(r.StartURL, "?")
		if strings.Contains(shown, "@") {
			shown = "that" // there may be a password in it
		}
		return creds.Errorf(creds.CodeBadRequest, "%.200q is no start URL, such as https://corp.awsapps.com/start: %v", shown, err)
	case !partition.IsRegion(r.Region):
		return creds.Errorf(creds.CodeBadRequest, "%q is no AWS region, such as eu-central-1", r.Region)
	}
	im.signer.rereadTokens(ctx)
	inUse := im.isInUse(r.Name)
	err = awsfile.Update(ctx, awsfile.Config, im.cfg.Files.Config, func(f *awsfile.File) error {
		section := awsfile.SSOSession(r.Name)
		there := f.Values(section)
		for _, v := range []struct{ key, value string }{{keyStartURL, start}, {keyRegion, r.Region}} {
			old := there[v.key]
			same := old == v.value
			if v.key == keyStartURL {
				right, wrong := sso.StartURL(old)
				same = same || wrong != nil || right == v.value // the same in another form
			}
			if old != "" && !same && inUse {
				return creds.Errorf(creds.CodeBadRequest,
					"there is a session %q already, with the %s %s, and somebody is signed in: sign out of it first, or choose another name", r.Name, v.key, old)
			}
			if err := f.Set(section, v.key, v.value); err != nil {
				return err
			}
			if err := correctProfiles(f, r.Name, v.key, old, v.value); err != nil {
				return err
			}
		}
		return f.Set(section, keyScopes, sso.WithPortal(there[keyScopes]))
	})
	if err != nil {
		if creds.AsError(err).Code == creds.CodeBadRequest {
			return creds.AsError(err)
		}
		return profile.FileError(err)
	}
	im.signer.rereadTokens(ctx) // another program may have signed in to it
	return nil
}

// The keys of an [sso-session] section.
const (
	keyStartURL = "sso_start_url"
	keyRegion   = "sso_region"
	keyScopes   = "sso_registration_scopes"
)

// isInUse reports whether somebody is signed in to a session, or has credentials of it.
func (im *importer) isInUse(id string) bool {
	f := im.signIns.get(id)
	return len(im.signOut.heldOf(id)) > 0 || f.has && f.token.Expires.After(time.Now())
}

// correctProfiles makes the same change in profiles that repeat what a session says, so
// that they do not contradict it.
func correctProfiles(f *awsfile.File, session, key, old, value string) error {
	if old == "" || old == value {
		return nil
	}
	for _, name := range f.Profiles() {
		section := awsfile.Profile(name)
		if of, _ := f.Get(section, "sso_session"); of != session {
			continue
		}
		if own, _ := f.Get(section, key); own == old {
			if err := f.Set(section, key, value); err != nil {
				return err
			}
		}
	}
	return nil
}
