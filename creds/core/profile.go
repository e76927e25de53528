package core

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/sso"
)

// profile is what the AWS files say about one profile, both files merged: the
// credentials file wins, as it does for the AWS CLI and SDKs.
type profile struct {
	name string

	region     string
	roleARN    string
	source     string
	mfaSerial  string
	externalID string
	// sessionName is role_session_name.
	sessionName string
	duration    string

	credentialSource  string
	webIdentityFile   string
	credentialProcess string
	loginSession      string

	sso      sso.Settings
	hasSSO   bool
	ssoError error

	// accessKeyID and secretKey are the static key in the files, and tokenName
	// is the setting that holds a session token beside it, or "".
	accessKeyID string
	secretKey   mark
	tokenName   string
	// tokenEnds is when the session token ends, as far as the files say.
	tokenEnds time.Time

	// accountID is aws_account_id.
	accountID string

	endpoints endpoints
	// services is the name of the section that names endpoints of single services.
	services string
	caBundle string
	// overridden are the settings that the credentials file has, which come before
	// those of the config file.
	overridden []string
	// maxAttempts and retryMode say how calls are tried again.
	maxAttempts, retryMode string
	// flaws are what AWS's own tools do not take of the profile's settings, beside
	// what is amiss with the form of its sections.
	flaws []flaw
}

// setting names one of a profile's settings as a person finds it: with the section
// that it is in.
func (p profile) setting(key string) string {
	switch {
	case slices.Contains(p.overridden, key):
		return fmt.Sprintf("%s in [%s] of the credentials file", key, p.name)
	}
	return key + " in " + sectionOf(p.name)
}

// hasLongTermKey reports whether the files hold a long-term key for the profile,
// be it one that is half there or that no AWS tool could use.
func (p profile) hasLongTermKey() bool {
	if p.accessKeyID == "" || awsfile.IsSessionID(p.accessKeyID) {
		return false
	}
	return awsfile.IsLongTermID(p.accessKeyID) || p.tokenName == ""
}

// session is the ID of the sign-in that the profile's own settings name, or "".
func (p profile) session() string {
	if !p.hasSSO || p.ssoError != nil {
		return ""
	}
	return p.sso.SignIn().ID()
}

// endpoints are a profile's settings on where AWS is.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html.
type endpoints struct {
	all, sts, iam           string
	ignore, fips, dualStack bool
	// said is set if the profile says anything on endpoints, be it no.
	said bool
}

// wantsDerivedName reports whether AWS's own readers would disagree on what
// static keys in this profile's own section mean: botocore prefers the other
// settings to the keys, the Go SDK the keys.
func (p profile) wantsDerivedName() bool {
	return p.hasSSO || p.roleARN != "" || p.loginSession != "" || p.webIdentityFile != "" || p.credentialProcess != ""
}

// mayHaveKey reports whether the keyring may hold a key under the profile's name
// that comes before what the AWS files say.
func (p profile) mayHaveKey() bool { return !p.hasSSO && p.webIdentityFile == "" }

// durationSeconds returns the duration_seconds of a profile, zero when it has
// none.
func (p profile) durationSeconds() (time.Duration, error) {
	if p.duration == "" {
		return 0, nil
	}
	n, ok := wholeNumber(p.duration)
	if !ok || n < int(creds.MinSession/time.Second) || n > int(creds.MaxRole/time.Second) {
		return 0, creds.Errorf(creds.CodeBadProfile,
			"duration_seconds in %s is %q, which is no number of seconds from 900 to 43200", sectionOf(p.name), p.duration)
	}
	return time.Duration(n) * time.Second, nil
}

// sectionOf names a profile's section as people look for it.
func sectionOf(name string) string {
	if name == "default" {
		return "[default]"
	}
	return "[profile " + name + "]"
}

func newProfile(name string, values map[string]string, key awsfile.StaticKey) profile {
	// Where it is not in this form it is not daypass's.
	ends, _ := time.Parse(time.RFC3339, values["aws_credential_expiration"])
	return profile{
		name:              name,
		region:            values["region"],
		roleARN:           values["role_arn"],
		source:            values["source_profile"],
		mfaSerial:         values["mfa_serial"],
		externalID:        values["external_id"],
		sessionName:       values["role_session_name"],
		duration:          values["duration_seconds"],
		credentialSource:  values["credential_source"],
		webIdentityFile:   values["web_identity_token_file"],
		credentialProcess: values["credential_process"],
		loginSession:      values["login_session"],
		accessKeyID:       key.ID,
		secretKey:         markOf(key.Secret),
		tokenName:         key.TokenName,
		tokenEnds:         ends,
		accountID:         values["aws_account_id"],
		caBundle:          values["ca_bundle"],
		maxAttempts:       values["max_attempts"],
		retryMode:         values["retry_mode"],
		endpoints: endpoints{
			all:       values["endpoint_url"],
			ignore:    isTrue(values["ignore_configured_endpoint_urls"]),
			fips:      isTrue(values["use_fips_endpoint"]),
			dualStack: isTrue(values["use_dualstack_endpoint"]),
			said: slices.ContainsFunc([]string{"endpoint_url", "services", "ignore_configured_endpoint_urls", "use_fips_endpoint", "use_dualstack_endpoint"},
				func(key string) bool { return values[key] != "" }),
		},
	}
}

// isTrue reads a switch of the AWS files: what is not true is false to AWS's tools,
// such as yes, on and 1.
func isTrue(text string) bool { return strings.EqualFold(text, "true") }

// mark tells one secret from another without holding it: what the files say is
// kept for as long as the agent runs. The zero mark is that of no secret.
type mark [sha256.Size]byte

func markOf(text string) mark {
	if text == "" {
		return mark{}
	}
	return sha256.Sum256([]byte(text))
}

// IsZero reports whether there is no secret.
func (m mark) IsZero() bool { return m == mark{} }

// wholeNumber reads a number of the AWS files where the Go SDK and botocore read the
// same: to one of them 0x384 and 0900 are something else.
func wholeNumber(text string) (int, bool) {
	goes, err := strconv.ParseInt(text, 0, 32)
	if err != nil {
		return 0, false
	}
	n, err := strconv.Atoi(strings.ReplaceAll(text, "_", ""))
	return n, err == nil && int64(n) == goes
}
