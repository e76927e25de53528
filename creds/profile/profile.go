// Package profile reads what the AWS files say about profiles: their settings, how each
// gets its credentials, and what is wrong with that. It decides nothing, and asks
// neither AWS nor a person.
package profile

import (
	"hash/maphash"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/internal/answers"
	"daypass/internal/lang"
	"daypass/internal/secret"
	"daypass/sso"
)

// Profile is what the AWS files say about one profile, both files merged: the
// credentials file wins, as it does for the AWS CLI and SDKs.
type Profile struct {
	Name string

	Region     string
	RoleARN    string
	Source     string
	MFASerial  string
	MFAProcess string
	ExternalID string
	// SessionName is role_session_name.
	SessionName string
	Duration    string

	CredentialSource string
	// own are the settings that name sources; see [source].
	own map[string]string

	SSO      sso.Settings
	HasSSO   bool
	SSOError error

	// AccessKeyID and secretKey are the static key in the files, and tokenName
	// is the setting that holds a session token beside it, or "".
	AccessKeyID string
	SecretKey   Mark
	tokenName   string
	// keyFile is where the key is if it is in a folder of keys; see [Profile.KeyFile].
	keyFile string
	// keyBelow is set if the config file has the key, and not the credentials file.
	keyBelow bool
	// tokenEnds is when the session token ends, if the files say.
	tokenEnds time.Time

	// KeySection is the section with the long-term key, "" if that is the profile's own.
	KeySection string
	// assumeRole and username are what other tools keep beside a key; see [Place].
	assumeRole, username string
	// recipe is what a login has saved, nil if the profile is in the files alone.
	recipe *Recipe
	// found is the profile without the recipe, nil if the files have none.
	found *Profile
	// settings name those that are not in the profile's own sections; see [Profile.Setting].
	settings map[string]string

	// AccountID is aws_account_id.
	AccountID string

	Endpoints Endpoints
	// services is the name of the section that names endpoints of single services, and urls are
	// those endpoints, by the services' names there.
	services string
	urls     map[string]string
	CABundle string
	// overridden are the settings in the credentials file, which override those of the
	// config file.
	overridden []string
	// MaxAttempts and RetryMode say how calls are retried.
	MaxAttempts, RetryMode string
	// flaws are what AWS's own tools do not accept of the profile's settings, apart from
	// the form of its sections.
	flaws []Flaw
	// from are the marks of the profile's sections in the two files.
	from [2]uint64
}

// Setting names a profile's setting as a person finds it: with its section.
func (p Profile) Setting(key string) string {
	if where := p.settings[key]; where != "" {
		return where
	}
	switch {
	case p.Name == "":
		return lang.Sprintf("the %s of the request", key)
	case slices.Contains(p.overridden, key):
		return lang.Sprintf("%s in [%s] of the credentials file", key, p.Name)
	}
	return lang.Sprintf("%s in %s", key, SectionOf(p.Name))
}

// HasLongTermKey reports whether the files hold a long-term key for the profile, even
// half of one or one that no AWS tool could use.
func (p Profile) HasLongTermKey() bool {
	if p.AccessKeyID == "" || awsfile.IsSessionID(p.AccessKeyID) {
		return false
	}
	return awsfile.IsLongTermID(p.AccessKeyID) || p.tokenName == ""
}

// ShownKeyID is the access key ID in the files, or "****" if it may be the secret, which
// somebody has put in its place.
func (p Profile) ShownKeyID() string {
	if p.AccessKeyID != "" && !answers.IsWrittenKeyID(p.AccessKeyID) {
		return secret.New(p.AccessKeyID).String()
	}
	return p.AccessKeyID
}

// KeyPath is the path of the file that has the profile's long-term key in plaintext; "" for
// none.
func (p Profile) KeyPath(paths awsfile.Paths) string {
	switch {
	case !p.HasLongTermKey():
		return ""
	case p.keyFile != "":
		return p.KeyFile()
	case p.keyBelow:
		return paths.Config
	}
	return paths.Credentials
}

// HasOwnSource reports whether the profile's own section says how it gets credentials in a
// way that needs no key.
func (p Profile) HasOwnSource() bool { return p.names(func(source) bool { return true }) }

// TokenEnds is when the session token in the files ends, if they say; zero if not.
func (p Profile) TokenEnds() time.Time { return p.tokenEnds }

// SSOSession is the ID of the SSO session that the profile's own settings name, or "".
func (p Profile) SSOSession() string {
	if !p.HasSSO || p.SSOError != nil {
		return ""
	}
	return p.SSO.SignIn().ID()
}

// Endpoints are a profile's settings on where to reach AWS:
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
type Endpoints struct {
	All, STS, IAM, Signin   string
	Ignore, FIPS, DualStack bool
	// said is set if the profile mentions endpoints at all.
	said bool
}

// Variables returns the environment variables that say how AWS is reached, as the profile's
// settings do:
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
func (p Profile) Variables() map[string]string {
	all := map[string]string{creds.EndpointURL: p.Endpoints.All, "AWS_CA_BUNDLE": p.CABundle}
	for service, url := range p.urls {
		all[creds.EndpointURL+"_"+strings.ToUpper(service)] = url
	}
	for name, on := range map[string]bool{
		creds.IgnoreEndpoints: p.Endpoints.Ignore, "AWS_USE_FIPS_ENDPOINT": p.Endpoints.FIPS, "AWS_USE_DUALSTACK_ENDPOINT": p.Endpoints.DualStack,
	} {
		if on {
			all[name] = "true"
		}
	}
	maps.DeleteFunc(all, func(_, value string) bool { return value == "" })
	return all
}

// WantsDerivedName reports whether AWS's own readers would disagree on static keys in
// this profile's own section: botocore prefers the other settings, the Go SDK the keys.
func (p Profile) WantsDerivedName() bool {
	return p.RoleARN != "" || p.names(func(source) bool { return true })
}

// DurationSeconds returns the duration_seconds of a profile, zero when it has
// none.
func (p Profile) DurationSeconds() (time.Duration, error) {
	if p.Duration == "" {
		return 0, nil
	}
	n, ok := WholeNumber(p.Duration)
	if !ok || n < int(creds.MinSession/time.Second) || n > int(creds.MaxRole/time.Second) {
		return 0, creds.Errorf(creds.CodeBadProfile,
			"duration_seconds in %s is %q, which is no number of seconds from 900 to 43200", SectionOf(p.Name), p.Duration)
	}
	return time.Duration(n) * time.Second, nil
}

// SectionOf names a profile's section as people look for it.
func SectionOf(name string) string {
	if name == "default" {
		return "[default]"
	}
	return "[profile " + name + "]"
}

func newProfile(name string, values settings, key awsfile.StaticKey) Profile {
	return Profile{
		Name:             name,
		Region:           values.own("region"),
		RoleARN:          values.own("role_arn"),
		Source:           values.own("source_profile"),
		MFASerial:        values.own("mfa_serial"),
		MFAProcess:       values.own(mfaProcess),
		ExternalID:       values.own("external_id"),
		SessionName:      values.own("role_session_name"),
		Duration:         values.own("duration_seconds"),
		CredentialSource: values.own("credential_source"),
		own:              ownSettings(values),
		AccessKeyID:      strings.Clone(key.ID),
		SecretKey:        MarkOf(key.Secret),
		tokenName:        key.TokenName,
		tokenEnds:        tokenEnd(values),
		AccountID:        values.own("aws_account_id"),
		CABundle:         values.own("ca_bundle"),
		MaxAttempts:      values.own("max_attempts"),
		RetryMode:        values.own("retry_mode"),
		services:         values.own("services"),
		Endpoints: Endpoints{
			All:       values.own("endpoint_url"),
			Ignore:    isTrue(values.get("ignore_configured_endpoint_urls")),
			FIPS:      isTrue(values.get("use_fips_endpoint")),
			DualStack: isTrue(values.get("use_dualstack_endpoint")),
			said: slices.ContainsFunc([]string{"endpoint_url", "services", "ignore_configured_endpoint_urls", "use_fips_endpoint", "use_dualstack_endpoint"},
				func(key string) bool { return values.get(key) != "" }),
		},
	}
}

// tokenEnd returns when a session token in the files ends, by daypass's setting or by
// aws-mfa's; zero if neither says.
func tokenEnd(values settings) time.Time {
	if ends, err := time.Parse(time.RFC3339, values.get("aws_credential_expiration")); err == nil {
		return ends
	}
	ends, _ := time.Parse(time.DateTime, values.get("expiration"))
	return ends
}

// isTrue reads a switch of the AWS files. AWS's tools take everything but true for
// false, such as yes, on and 1.
func isTrue(text string) bool { return strings.EqualFold(text, "true") }

// Mark distinguishes secrets without holding them: what the files say is kept for as
// long as the agent runs. The zero mark is that of no secret.
type Mark [2]uint64

// markSeeds are those of this process.
var markSeeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

// MarkOf returns the mark of a secret.
func MarkOf(text string) Mark {
	if text == "" {
		return Mark{}
	}
	// Other hashes copy what is short to a buffer on the stack, where it stays for as long as
	// a goroutine that reads the files sleeps.
	return Mark{maphash.String(markSeeds[0], text), maphash.String(markSeeds[1], text)}
}

// IsZero reports whether there is no secret.
func (m Mark) IsZero() bool { return m == Mark{} }

// WholeNumber reads a number of the AWS files if the Go SDK and botocore read it alike,
// unlike 0x384 and 0900.
func WholeNumber(text string) (int, bool) {
	goes, err := strconv.ParseInt(text, 0, 32)
	if err != nil {
		return 0, false
	}
	n, err := strconv.Atoi(strings.ReplaceAll(text, "_", ""))
	return n, err == nil && int64(n) == goes
}
