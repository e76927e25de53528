// Package sso is AWS IAM Identity Center: sign-in with a browser, the token
// cache that is shared with the AWS CLI and SDKs, accounts and roles, and the
// credentials of roles.
package sso

import (
	"cmp"
	"regexp"
	"strings"

	"daypass/internal/lang"
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

// FromProfile reads the settings of a profile. It reports false for a profile without any,
// and an error for contradictory ones. session finds an [sso-session] section by its
// name.
func FromProfile(name string, profile Getter, session func(name string) (Getter, bool)) (Settings, bool, error) {
	s := Settings{
		Session: profile("sso_session"), StartURL: profile("sso_start_url"), Region: profile("sso_region"),
		AccountID: profile("sso_account_id"), RoleName: profile("sso_role_name"),
	}
	if s.Session+s.StartURL+s.Region+s.AccountID+s.RoleName == "" {
		return s, false, nil
	}
	in := sectionOf(name)
	switch {
	case s.AccountID == "" && s.RoleName != "":
		return s, true, lang.Errorf("sso_role_name in %s has no sso_account_id beside it", in)
	case s.AccountID != "" && s.RoleName == "":
		return s, true, lang.Errorf("sso_account_id in %s has no sso_role_name beside it", in)
	case s.Session == "" && s.StartURL == "":
		return s, true, lang.Errorf("%s has neither sso_session nor sso_start_url", in)
	case s.Session == "" && s.Region == "":
		return s, true, lang.Errorf("sso_start_url in %s has no sso_region beside it", in)
	}
	if s.AccountID != "" {
		if err := cmp.Or(checkAccount(in, s.AccountID), checkRole(in, s.RoleName)); err != nil {
			return s, true, err
		}
	}
	if s.Session == "" {
		return s, true, nil
	}

	section, ok := session(s.Session)
	if !ok {
		return s, true, lang.Errorf("sso_session in %s names [sso-session %s], which is not in the config file", in, s.Session)
	}
	if err := s.takeShared(in, section); err != nil {
		return s, true, err
	}
	s.Scopes = parseScopes(section("sso_registration_scopes"))
	if s.AccountID != "" {
		return s, true, s.SignIn().CheckScopes()
	}
	return s, true, nil
}

// takeShared takes the settings of a session's section. The profile may repeat them, which
// old versions of the AWS CLI need, but must not contradict them.
func (s *Settings) takeShared(in string, section Getter) error {
	for _, key := range []struct {
		name string
		to   *string
	}{{"sso_region", &s.Region}, {"sso_start_url", &s.StartURL}} {
		own, shared := *key.to, section(key.name)
		switch {
		case shared == "" && own != "":
			return misconfigured(s.SignIn(), nil, "[sso-session %s] has no %s, and the one in %s does not do", s.Session, key.name, in)
		case shared == "":
			return misconfigured(s.SignIn(), nil, "[sso-session %s] has no %s", s.Session, key.name)
		case own != "" && own != shared:
			return &Disagreement{
				Session: s.Session, Key: key.name, Section: in, Value: own, Other: lang.Sprintf("[sso-session %s]", s.Session), OtherValue: shared,
			}
		}
		*key.to = shared
	}
	return nil
}

// sectionOf returns the header of a profile's section in the config file.
func sectionOf(profile string) string {
	if profile == "default" {
		return "[default]"
	}
	return "[profile " + profile + "]"
}

// Disagreement is the error of two sections with different values for one session.
type Disagreement struct {
	// Session is the [Session.ID].
	Session string
	// Section, a profile's, has Value for Key. Other, which takes precedence, has
	// OtherValue.
	Key, Section, Value, Other, OtherValue string
}

// Error names both values and where they are.
func (d *Disagreement) Error() string {
	return lang.Sprintf("%s is %.100q in %s and %.100q in %s, for one access portal", d.Key, d.Value, d.Section, d.OtherValue, d.Other)
}

// OfPortal returns the disagreement of two legacy profiles on the region of a
// session that both use.
func OfPortal(s Session, profile, region, other, otherRegion string) *Disagreement {
	return &Disagreement{
		Session: s.ID(), Key: "sso_region", Section: sectionOf(profile), Value: region, Other: sectionOf(other), OtherValue: otherRegion,
	}
}

var (
	accountIDs = regexp.MustCompile(`^[0-9]{12}$`)
	digits     = regexp.MustCompile(`^[0-9]+$`)
	// roleNames are those of permission sets:
	// https://docs.aws.amazon.com/singlesignon/latest/APIReference/API_CreatePermissionSet.html.
	// The portal takes as many as 64 letters.
	roleNames = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)
	// reserved matches IAM's name for the role of a permission set, which is too long
	// for the permission set itself:
	// https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html.
	reserved = regexp.MustCompile(`^AWSReservedSSO_(.+)_[0-9a-f]{16}$`)
	// written removes the signs that people write account IDs with.
	written = strings.NewReplacer("-", "", " ", "", ".", "", "_", "", `"`, "", "'", "")
)

// checkAccount returns an error for what cannot be an account ID.
func checkAccount(in, id string) error {
	wrong := func(format lang.Text, args ...any) error {
		return lang.Errorf("sso_account_id in %s is %.100q, %s", in, id, lang.Sprintf(format, args...))
	}
	bare := written.Replace(id)
	switch parts := strings.SplitN(id, ":", 6); {
	case accountIDs.MatchString(id):
		return nil
	case accountIDs.MatchString(bare):
		return wrong("and is to be its twelve digits alone: %s", bare)
	case len(parts) == 6 && accountIDs.MatchString(parts[4]):
		return wrong("which is an ARN; the account ID in it is %s", parts[4])
	case digits.MatchString(bare) && len(bare) < 12:
		return wrong("which has %d digits, and an account ID has twelve; zeros at its beginning may have been lost", len(bare))
	case digits.MatchString(bare):
		return wrong("which has %d digits, and an account ID has twelve", len(bare))
	}
	return wrong("which is no account ID, twelve digits")
}

// checkRole returns an error for what cannot be the name of a permission set.
func checkRole(in, role string) error {
	wrong := func(format lang.Text, args ...any) error {
		return lang.Errorf("sso_role_name in %s is %.200q, %s", in, role, lang.Sprintf(format, args...))
	}
	name := role[strings.LastIndexByte(role, '/')+1:]
	if m := reserved.FindStringSubmatch(name); m != nil {
		return wrong("which is what IAM calls the role; its permission set is called %s", m[1])
	}
	bare := strings.Trim(role, `"' `)
	switch {
	case roleNames.MatchString(role):
		return nil
	case roleNames.MatchString(bare):
		return wrong("and is to be without quotes: %s", bare)
	case strings.HasPrefix(role, "arn:") && roleNames.MatchString(name):
		return wrong("which is an ARN; the name alone is wanted: %s", name)
	}
	return wrong("which is no name of a role: those have letters, digits and _+=,.@- alone, and 64 at the most")
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
