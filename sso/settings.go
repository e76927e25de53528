// Package sso is AWS IAM Identity Center: sign-in with a browser, the token
// cache that is shared with the AWS CLI and SDKs, accounts and roles, and the
// credentials of roles.
package sso

import (
	"fmt"
	"strings"
)

// Settings are a profile's Identity Center settings, with those of its
// sso-session merged in. See
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html.
type Settings struct {
	// Session is the name of the [sso-session] section; empty for a legacy
	// profile that names a start URL itself, whose token cannot be renewed.
	Session  string
	StartURL string
	// Region is the one that Identity Center lives in, not the profile's.
	Region    string
	AccountID string
	RoleName  string
	// Scopes are the sso_registration_scopes of the session.
	Scopes []string
	// Spellings are the other forms in which legacy profiles write the start
	// URL; see [Session].
	Spellings []string
}

// SignIn returns the session that the profile's tokens come from.
func (s Settings) SignIn() Session {
	return Session{Name: s.Session, StartURL: s.StartURL, Region: s.Region, Scopes: s.Scopes, Spellings: s.Spellings}
}

// Getter returns the value of a key of one section, "" when it is not there.
type Getter func(key string) string

// FromProfile reads the settings of the named profile. It reports false for a
// profile that has none, and an error for one whose settings contradict each
// other. session finds an [sso-session] section by its name.
func FromProfile(name string, profile Getter, session func(name string) (Getter, bool)) (Settings, bool, error) {
	s := Settings{
		Session: profile("sso_session"), StartURL: profile("sso_start_url"), Region: profile("sso_region"),
		AccountID: profile("sso_account_id"), RoleName: profile("sso_role_name"),
	}
	if s.Session+s.StartURL+s.Region+s.AccountID+s.RoleName == "" {
		return s, false, nil
	}
	switch {
	case s.AccountID == "" && s.RoleName != "":
		return s, true, fmt.Errorf("profile %q has sso_role_name but no sso_account_id", name)
	case s.AccountID != "" && s.RoleName == "":
		return s, true, fmt.Errorf("profile %q has sso_account_id but no sso_role_name", name)
	case s.Session == "" && s.StartURL == "":
		return s, true, fmt.Errorf("profile %q has neither sso_session nor sso_start_url", name)
	case s.Session == "" && s.Region == "":
		return s, true, fmt.Errorf("profile %q has sso_start_url but no sso_region", name)
	case s.Session == "":
		return s, true, nil
	}

	section, ok := session(s.Session)
	if !ok {
		return s, true, fmt.Errorf("profile %q names the sso-session %q, which is not in the config file", name, s.Session)
	}
	// Both may be repeated in the profile, as old versions of the AWS CLI
	// need them there, but must not say something else.
	for _, key := range []struct {
		name string
		to   *string
	}{{"sso_region", &s.Region}, {"sso_start_url", &s.StartURL}} {
		if own := *key.to; own != "" && own != section(key.name) {
			return s, true, fmt.Errorf("profile %q and its sso-session %q disagree on %s", name, s.Session, key.name)
		}
		if *key.to = section(key.name); *key.to == "" {
			return s, true, fmt.Errorf("sso-session %q has no %s", s.Session, key.name)
		}
	}
	s.Scopes = parseScopes(section("sso_registration_scopes"))
	return s, true, nil
}

// parseScopes splits a list at its commas, as the AWS CLI does.
func parseScopes(list string) []string {
	var scopes []string
	for scope := range strings.SplitSeq(list, ",") {
		if scope = strings.TrimSpace(scope); scope != "" {
			scopes = append(scopes, scope)
		}
	}
	return scopes
}
