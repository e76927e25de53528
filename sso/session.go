package sso

import (
	"slices"
	"strings"

	"daypass/internal/lang"
	"daypass/internal/partition"
)

// Session is one sign-in to IAM Identity Center: a start URL in a region, for
// which AWS gives one access token.
type Session struct {
	// Name is that of the [sso-session] section; empty for a legacy profile,
	// whose settings name the start URL themselves.
	Name string
	// StartURL is as the config file has it, a vanity URL included.
	StartURL string
	// Region is the one that Identity Center lives in.
	Region string
	// Scopes are the sso_registration_scopes; nil where none are set.
	Scopes []string
	// Spellings are the other forms in which legacy profiles write the start URL.
	// The AWS CLI has a token's file for each.
	Spellings []string
}

// texts are the texts that the AWS CLI names the session's files by, the ID first.
func (s Session) texts() []string { return append([]string{s.ID()}, s.Spellings...) }

// ID is the name of the session's section, or the start URL of a legacy one. The AWS CLI
// names the token's file by it.
func (s Session) ID() string {
	if s.Name != "" {
		return s.Name
	}
	return s.StartURL
}

// Legacy reports whether the session has no [sso-session] section. Such a one cannot ask
// for scopes, and gets no refresh token without.
func (s Session) Legacy() bool { return s.Name == "" }

// section names the part of the config file with the session's settings.
func (s Session) section() string {
	if s.Legacy() {
		return lang.Sprintf("the profiles with sso_start_url = %s", s.StartURL)
	}
	return lang.Sprintf("[sso-session %s]", s.Name)
}

// WithPortal returns sso_registration_scopes with the scope that the portal needs.
func WithPortal(scopes string) string {
	s := Session{Scopes: parseScopes(scopes)}
	switch {
	case len(s.Scopes) == 0:
		return defaultScope
	case s.CheckScopes() != nil:
		return lang.Sprintf("%s, %s", scopes, defaultScope)
	}
	return scopes
}

// CheckScopes returns an [ErrConfig] if the session's scopes give no access to the portal,
// which lists accounts and gives credentials. AWS does not report that, but denies each
// call as it denies a role that does not exist.
func (s Session) CheckScopes() error {
	if len(s.Scopes) == 0 || slices.Contains(s.Scopes, defaultScope) {
		return nil
	}
	commas := ""
	if slices.ContainsFunc(s.Scopes, func(scope string) bool { return strings.ContainsAny(scope, " \t") }) {
		commas = lang.T("; commas divide them")
	}
	return misconfigured(s, nil, "sso_registration_scopes in %s is %.200q and lacks %s, without which AWS gives no accounts and roles%s",
		s.section(), strings.Join(s.Scopes, ", "), defaultScope, commas)
}

// regionSetting names the setting that the region is from.
func (s Session) regionSetting() string { return lang.Sprintf("sso_region in %s", s.section()) }

// regionAdvice goes with [RegionFault].
const regionAdvice = "Regions are written like eu-west-1, in small letters and with hyphens."

// RegionFault returns, as a part of a sentence, that the region of a session cannot be one
// of AWS's, and where it is set; "" if it can be one.
func RegionFault(s Session) string {
	if partition.IsRegion(s.Region) {
		return ""
	}
	return lang.Sprintf("%s is %q, which is no region of AWS", s.regionSetting(), s.Region)
}
