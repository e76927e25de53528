package core

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/creds/awsfile"
	"daypass/creds/secret"
	"daypass/creds/textfile"
	"daypass/sso"
)

// awsFiles reads the config and the credentials file, and again only when one
// of them has changed. Its owner guards it with a lock.
type awsFiles struct {
	paths awsfile.Paths

	read        bool
	config      awsfile.Stamp
	credentials awsfile.Stamp
	profiles    map[string]profile
	// sessions are those of Identity Center, by ID.
	sessions map[string]sso.Session
	flaws    flaws
	// disagree says where two sections say different things of one session.
	disagree error
	// exposed says which file with secrets in it others may read or write.
	exposed error
}

// load returns whether the profiles are other ones than before. What was read
// last stays good when a file cannot be read now.
func (f *awsFiles) load(ctx context.Context) (changed bool, err error) {
	config, err := awsfile.Stat(f.paths.Config)
	if err != nil {
		return false, fileError(err)
	}
	credentials, err := awsfile.Stat(f.paths.Credentials)
	if err != nil {
		return false, fileError(err)
	}
	if f.read && config == f.config && credentials == f.credentials {
		return false, nil
	}
	configFile, config, err := awsfile.Load(ctx, awsfile.Config, f.paths.Config)
	if err != nil {
		return false, fileError(err)
	}
	credentialsFile, credentials, err := awsfile.Load(ctx, awsfile.Credentials, f.paths.Credentials)
	if err != nil {
		return false, fileError(err)
	}
	f.profiles = readProfiles(configFile, credentialsFile)
	joinPortals(f.profiles, append(configFile.Profiles(), credentialsFile.Profiles()...))
	f.disagree = disagreement(f.profiles)
	f.sessions = readSessions(configFile, f.profiles)
	f.flaws = flawsIn(f.paths, configFile, credentialsFile)
	f.exposed = cmp.Or(exposed(f.paths.Credentials, credentialsFile, credentials), exposed(f.paths.Config, configFile, config))
	f.read, f.config, f.credentials = true, config, credentials
	return true, nil
}

// exposed says that a file with secrets in it is not its owner's alone.
func exposed(path string, f *awsfile.File, is awsfile.Stamp) error {
	mode, shared := is.Shared()
	if !shared || !f.HasSecrets() {
		return nil
	}
	return &creds.Error{
		Code:    creds.CodeFile,
		Message: fmt.Sprintf("%s holds secrets and is open to other users (mode %#o); make it private with: chmod 600 %s", path, mode, path),
	}
}

// fileError is a file that could not be read or written, in awsfile's own
// words, which name it.
func fileError(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	code := creds.CodeFile
	switch {
	case errors.Is(err, awsfile.ErrLongTermKey):
		code = creds.CodeLongTermKey
	case textfile.IsNotText(err):
		code = creds.CodeBadFile
	}
	return &creds.Error{Code: code, Message: err.Error(), Advice: advice.File(err)}
}

// valuesOf returns what a section says, without quotes around values, as the Go SDK
// has it, and in strings of their own. What is read here is kept by many and for
// long, the tray's menu among them, and a part of a file's text keeps all of it: of
// 100 renewals there would be 70 texts.
func valuesOf(f *awsfile.File, section awsfile.Section) map[string]string {
	values := f.Values(section)
	for key, value := range values {
		if strings.HasPrefix(value, "\n") {
			value = "" // nested, and no text to any of AWS's tools
		}
		values[key] = strings.Clone(awsfile.Unquote(value))
	}
	return values
}

// settingsNamed are those that sentences name together with the section that they
// are in; see [profile.setting].
var settingsNamed = []string{
	"region", "mfa_serial", "role_arn", "role_session_name", "external_id", "duration_seconds", "endpoint_url", "ca_bundle",
}

// readProfiles merges the two files.
func readProfiles(config, credentials *awsfile.File) map[string]profile {
	session := func(name string) (sso.Getter, bool) {
		section := awsfile.SSOSession(name)
		values := valuesOf(config, section)
		return func(key string) string { return values[key] }, config.Has(section)
	}
	profiles := make(map[string]profile)
	for _, file := range []*awsfile.File{config, credentials} {
		for _, name := range file.Profiles() {
			if _, done := profiles[name]; done {
				continue
			}
			name = strings.Clone(name) // see valuesOf
			section := awsfile.Profile(name)
			values, over := valuesOf(config, section), valuesOf(credentials, section)
			key := awsfile.StaticKeyOf(over).Over(awsfile.StaticKeyOf(values))
			for key, value := range over {
				values[key] = value
			}
			p := newProfile(name, values, key)
			for _, setting := range settingsNamed {
				if over[setting] != "" {
					p.overridden = append(p.overridden, setting)
				}
			}
			p.sso, p.hasSSO, p.ssoError = sso.FromProfile(name, func(key string) string { return values[key] }, session)
			p.services = values["services"]
			if section := awsfile.Services(p.services); p.services != "" && config.Has(section) {
				endpoint := func(service string) string {
					url, _ := config.Nested(section, service, "endpoint_url")
					return strings.Clone(awsfile.Unquote(url))
				}
				p.endpoints.sts, p.endpoints.iam = endpoint("sts"), endpoint("iam")
			} else if p.services != "" {
				p.flaws = append(p.flaws, noServices(name, p.services))
			}
			profiles[name] = p
		}
	}
	return profiles
}

// joinPortals makes one session of the legacy profiles whose start URLs are one
// portal's, be it in several forms. A portal is in one region, and its token good
// in that one alone: where the profiles differ, the region counts that most of them
// have, or of as many the one that comes first in the files, as one slip among many
// is likelier than many. The others cannot be used until they are corrected. names
// are the profiles in the order of the files.
func joinPortals(profiles map[string]profile, names []string) {
	type portal struct {
		forms   []string
		members []string
		regions map[string][]string // profiles by region
	}
	portals := map[string]*portal{}
	of := func(p profile) *portal {
		if p.session() == "" || !p.sso.SignIn().Legacy() {
			return nil
		}
		right, err := sso.StartURL(p.sso.StartURL)
		if err != nil {
			right = p.sso.StartURL
		}
		if portals[right] == nil {
			portals[right] = &portal{regions: map[string][]string{}}
		}
		return portals[right]
	}
	seen := map[string]bool{}
	for _, name := range names {
		p := profiles[name]
		at := of(p)
		if at == nil || seen[name] {
			continue
		}
		name = p.name // not a part of the file's text
		seen[name] = true
		at.members = append(at.members, name)
		at.regions[p.sso.Region] = append(at.regions[p.sso.Region], name)
		if !slices.Contains(at.forms, p.sso.StartURL) {
			at.forms = append(at.forms, p.sso.StartURL)
		}
	}
	for _, at := range portals {
		region := ""
		for _, name := range at.members {
			if own := profiles[name].sso.Region; len(at.regions[own]) > len(at.regions[region]) {
				region = own
			}
		}
		// The shortest is the session's name: the right one, mostly.
		slices.SortFunc(at.forms, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) })
		for _, name := range at.members {
			p := profiles[name]
			if p.sso.StartURL = at.forms[0]; len(at.forms) > 1 {
				p.sso.Spellings = at.forms[1:]
			}
			if own := p.sso.Region; own != region {
				p.ssoError = sso.OfPortal(p.sso.SignIn(), name, own, at.regions[region][0], region)
			}
			profiles[name] = p
		}
	}
}

// disagreement returns the first one of all profiles, with how many more there are;
// nil if there is none.
func disagreement(profiles map[string]profile) error {
	var first *sso.Disagreement
	n := 0
	for _, p := range profiles {
		var one *sso.Disagreement
		if !errors.As(p.ssoError, &one) {
			continue
		}
		n++
		if first == nil || one.Section < first.Section {
			first = one
		}
	}
	if first == nil {
		return nil
	}
	more := ""
	if n > 1 {
		more = fmt.Sprintf(" (and %d more)", n-1)
	}
	return &creds.Error{Code: creds.CodeBadProfile, Message: first.Error() + more}
}

// readSessions returns the sign-ins of all [sso-session] sections, also of those
// that no profile names yet, and of legacy profiles.
func readSessions(config *awsfile.File, profiles map[string]profile) map[string]sso.Session {
	sessions := make(map[string]sso.Session)
	for _, section := range config.Sections() {
		if section.Type != awsfile.TypeSSOSession {
			continue
		}
		name, values := strings.Clone(section.Name), valuesOf(config, section)
		s, _, err := sso.FromProfile("", func(key string) string {
			if key == "sso_session" {
				return name
			}
			return ""
		}, func(string) (sso.Getter, bool) { return func(key string) string { return values[key] }, true })
		if err == nil {
			sessions[s.SignIn().ID()] = s.SignIn()
		}
	}
	for _, p := range profiles {
		if id := p.session(); id != "" {
			sessions[id] = p.sso.SignIn()
		}
	}
	return sessions
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

// fileKey reads a profile's long-term key from the files, at the moment of its
// use.
func fileKey(ctx context.Context, paths awsfile.Paths, p profile) (creds.LongTermKey, error) {
	credentials, _, err := awsfile.Load(ctx, awsfile.Credentials, paths.Credentials)
	if err != nil {
		return creds.LongTermKey{}, fileError(err)
	}
	config, _, err := awsfile.Load(ctx, awsfile.Config, paths.Config)
	if err != nil {
		return creds.LongTermKey{}, fileError(err)
	}
	section := awsfile.Profile(p.name)
	key := awsfile.StaticKeyOf(credentials.Values(section)).Over(awsfile.StaticKeyOf(config.Values(section)))
	if key.ID == p.accessKeyID && markOf(key.Secret) == p.secretKey {
		return creds.LongTermKey{ID: p.accessKeyID, Secret: secret.New(strings.Clone(key.Secret))}, nil
	}
	return creds.LongTermKey{}, changedMeanwhile(p.name)
}

// writtenKey is what was written to the credentials file for a profile.
type writtenKey struct {
	Section     string `json:"section"`
	AccessKeyID string `json:"access_key_id"`
	// Made is set if there was no such section before.
	Made bool `json:"made,omitempty"`
	// Region is set if the region was written too.
	Region bool `json:"region,omitempty"`
	// These are the session's: what stands in the file is what people see.
	Issued  time.Time `json:"issued"`
	Expires time.Time `json:"expires"`
	Note    string    `json:"note,omitempty"`
}

// wantsAside reports whether a profile's temporary credentials belong in a
// section with a name of its own: because AWS's tools would not agree on what
// they mean in the profile's, or because a long-term key stands there that the
// keyring has no copy of.
func (p profile) wantsAside(kept *creds.LongTermKey) bool {
	isKept := kept != nil && kept.ID == p.accessKeyID && markOf(kept.Secret.Reveal()) == p.secretKey
	return p.wantsDerivedName() || p.hasLongTermKey() && !isKept
}

// entry is a session and where it belongs in the credentials file.
type entry struct {
	session
	// section is the profile's own, or the one aside.
	section string
	aside   aside
	// kept is the long-term key as it was just read back from the keyring,
	// or nil.
	kept *creds.LongTermKey
}

// aside is the section with a name of its own for a profile's temporary
// credentials.
type aside struct {
	section string
	// region is written too unless it is "": the section stands in no config
	// file.
	region string
	// taken is set if the section is somebody else's.
	taken error
}

// writeSessions puts sessions into their sections of the credentials file, all
// of them or none.
func writeSessions(ctx context.Context, path string, entries ...entry) ([]writtenKey, error) {
	written := make([]writtenKey, len(entries))
	section := ""
	err := awsfile.Update(ctx, awsfile.Credentials, path, func(f *awsfile.File) error {
		for i, e := range entries {
			var err error
			if written[i], err = e.put(f); err != nil {
				section = e.section
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fileError(fmt.Errorf("the credentials were obtained but not written to the section %q: %w", section, err))
	}
	return written, nil
}

// put sets the entry's section. It goes aside as well where the file holds more
// of a long-term key than AWS's tools read from it, such as a second one above.
func (e entry) put(f *awsfile.File) (writtenKey, error) {
	if e.kept != nil {
		f.Allow(e.kept.ID, e.kept.Secret.Reveal())
	}
	region := ""
	if e.section == e.aside.section || !f.MayReplaceKey(awsfile.Profile(e.section)) {
		if e.aside.taken != nil {
			return writtenKey{}, e.aside.taken
		}
		e.section, region = e.aside.section, e.aside.region
	}
	sec := awsfile.Profile(e.section)
	written := writtenKey{
		Section: e.section, AccessKeyID: e.AccessKeyID, Region: region != "", Made: !f.Has(sec),
		Issued: e.Issued, Expires: e.Expires, Note: e.Note,
	}
	values := []struct{ key, value string }{
		{"aws_access_key_id", e.AccessKeyID},
		{"aws_secret_access_key", e.SecretAccessKey.Reveal()},
		{"aws_session_token", e.SessionToken.Reveal()},
		// For people and scripts; no SDK reads it.
		{"aws_credential_expiration", e.Expires.UTC().Format("2006-01-02T15:04:05Z")},
	}
	if region != "" {
		values = append(values, struct{ key, value string }{"region", region})
	}
	if _, old := f.Get(sec, "aws_security_token"); old {
		// boto 2's name for the session token, of an earlier session.
		values = append(values, struct{ key, value string }{"aws_security_token", e.SessionToken.Reveal()})
	}
	for _, v := range values {
		if err := f.Set(sec, v.key, v.value); err != nil {
			return written, err
		}
	}
	return written, nil
}

// removeSessions takes sessions out of the credentials file again, those that
// are still what was written. Sections that were there before stay.
func removeSessions(ctx context.Context, path string, written ...writtenKey) error {
	if len(written) == 0 {
		return nil
	}
	err := awsfile.Update(ctx, awsfile.Credentials, path, func(f *awsfile.File) error {
		for _, w := range written {
			if id, _ := f.Get(awsfile.Profile(w.Section), "aws_access_key_id"); id != w.AccessKeyID {
				continue
			}
			if err := removeSession(f, w); err != nil {
				return fmt.Errorf("section %q: %w", w.Section, err)
			}
		}
		return nil
	})
	if err != nil {
		return fileError(fmt.Errorf("the credentials were not removed: %w", err))
	}
	return nil
}

func removeSession(f *awsfile.File, w writtenKey) error {
	sec := awsfile.Profile(w.Section)
	ours := []string{"aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token", "aws_credential_expiration"}
	if w.Region {
		ours = append(ours, "region")
	}
	rest := f.Values(sec)
	for _, key := range ours {
		delete(rest, key)
	}
	if w.Made && len(rest) == 0 {
		return f.Remove(sec)
	}
	for _, key := range ours {
		if err := f.Unset(sec, key); err != nil {
			return err
		}
	}
	return nil
}

// changedMeanwhile is of a profile whose files say something else by now than what
// its credentials were asked for with.
func changedMeanwhile(name string) error {
	return &creds.Error{
		Code:    creds.CodeBadProfile,
		Message: fmt.Sprintf("profile %q was changed while it was refreshed", name),
		Advice:  "Try again: that takes what the files say now.",
	}
}
