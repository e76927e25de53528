package profile

import (
	"cmp"
	"context"
	"errors"
	"hash/maphash"
	"slices"
	"strings"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/creds/awsfile"
	"daypass/internal/lang"
	"daypass/internal/secret"
	"daypass/internal/textfile"
	"daypass/sso"
)

// Set is what the two AWS files say, by a plan. It never changes once read.
type Set struct {
	Profiles map[string]Profile
	// sections are what the files say of each section's name alone, and meant has the
	// names of profiles that those of sections mean; see [Set.Named].
	sections map[string]Profile
	meant    map[string]string
	// Sessions are the SSO sessions, by ID.
	Sessions map[string]sso.Session
	Flaws    flaws
	// Disagree says where two sections contradict each other about one session.
	Disagree error
	// Exposed says which file with secrets others may read or write.
	Exposed error
	// config and credentials are the files' stamps.
	config, credentials awsfile.Stamp
	// shared is the mark of the sections that profiles share.
	shared uint64
	// folder is what the folder of keys holds.
	folder keyFolder
	// Plan is what it was read by.
	Plan *Plan
}

// Read reads the two files by a plan. What has not changed is taken from last, which may
// be the zero value.
func Read(ctx context.Context, paths awsfile.Paths, plan *Plan, last *Set) (*Set, error) {
	configFile, config, err := awsfile.Load(ctx, awsfile.Config, paths.Config)
	if err != nil {
		return nil, FileError(err)
	}
	credentialsFile, credentials, err := awsfile.Load(ctx, awsfile.Credentials, paths.Credentials)
	if err != nil {
		return nil, FileError(err)
	}
	s := &Set{config: config, credentials: credentials, shared: sharedMark(configFile), Plan: plan}
	names := append(configFile.Profiles(), credentialsFile.Profiles()...)
	sessions := sessionSettings(configFile)
	var withSSO []string
	s.Profiles, withSSO = readProfiles(configFile, credentialsFile, names, sessions, func(name string) (Profile, bool) {
		p, ok := last.sections[name]
		return p, ok && last.shared == s.shared
	})
	joinPortals(s.Profiles, withSSO)
	s.Disagree = disagreement(s.Profiles, withSSO)
	s.Sessions = readSessions(sessions, s.Profiles, withSSO)
	if plan != nil {
		s.folder = readFolder(plan.Folder.Path)
	}
	s.arrange(names, credentialsFile.Profiles())
	s.Flaws = flawsIn(paths, configFile, credentialsFile)
	s.Exposed = cmp.Or(exposed(paths.Credentials, credentialsFile, credentials), exposed(paths.Config, configFile, config), s.folder.exposed)
	return s, nil
}

// IsCurrent reports whether the files and the plan are those that were read.
func (s *Set) IsCurrent(paths awsfile.Paths, plan *Plan) (bool, error) {
	if s.Plan != plan {
		return false, nil
	}
	config, err := awsfile.Stat(paths.Config)
	if err != nil {
		return false, FileError(err)
	}
	credentials, err := awsfile.Stat(paths.Credentials)
	if err != nil {
		return false, FileError(err)
	}
	return config == s.config && credentials == s.credentials && (plan == nil || s.folder.isCurrent(plan.Folder.Path)), nil
}

// exposed returns an error if a file with secrets is open to others than its owner.
func exposed(path string, f *awsfile.File, is awsfile.Stamp) error {
	mode, shared := is.Shared()
	if !shared || !f.HasSecrets() {
		return nil
	}
	return &creds.Error{
		Code:    creds.CodeFile,
		Message: lang.Sprintf("%s holds secrets and is open to other users (mode %#o); make it private with: chmod 600 %s", path, mode, path),
	}
}

// FileError is the error of a file that could not be read or written, in awsfile's own
// words, which name it.
func FileError(err error) error {
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

// settings are keys with their values; of a repeated key the last counts. They are parts
// of a file's text.
type settings []awsfile.Property

// add appends a section's settings, without quotes around values, as in the Go SDK. Those
// of a command line are a part of it, as in botocore: without them a path with blanks would
// be several words.
func (s settings) add(f *awsfile.File, section awsfile.Section) settings {
	for key, value := range f.Entries(section) {
		if strings.HasPrefix(value, "\n") {
			value = "" // nested, and no text to any of AWS's tools
		}
		if key != credentialProcess && key != mfaProcess {
			value = awsfile.Unquote(value)
		}
		s = append(s, awsfile.Property{Key: key, Value: value})
	}
	return s
}

// get returns a setting, "" if there is none.
func (s settings) get(key string) string {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i].Key == key {
			return s[i].Value
		}
	}
	return ""
}

// own is get for a value that stays, as a string of its own. Many keep what is read here
// for long, the tray's menu among them, and a part of a file's text keeps all of it:
// after 100 renewals there would be 70 texts.
func (s settings) own(key string) string { return strings.Clone(s.get(key)) }

// sessionSettings returns what the [sso-session] sections say, by their names.
func sessionSettings(config *awsfile.File) map[string]settings {
	sessions := map[string]settings{}
	for _, section := range config.Sections() {
		if section.Type == awsfile.TypeSSOSession {
			sessions[section.Name] = settings{}.add(config, section)
		}
	}
	return sessions
}

// seed is that of the marks of this process.
var seed = maphash.MakeSeed()

// textMark distinguishes a section's text from an earlier one without keeping it.
func textMark(f *awsfile.File, section awsfile.Section) (mark uint64) {
	for text := range f.Texts(section) {
		mark = mark*31 + maphash.String(seed, text)
	}
	return mark
}

// sharedMark is the mark of the sections that profiles name.
func sharedMark(config *awsfile.File) (mark uint64) {
	for _, section := range config.Sections() {
		if section.Type == awsfile.TypeSSOSession || section.Type == awsfile.TypeServices {
			mark = mark*31 + textMark(config, section)
		}
	}
	return mark
}

// settingsNamed are those that sentences name together with their section; see
// [Profile.Setting].
var settingsNamed = []string{
	"region", "mfa_serial", "role_arn", "role_session_name", "external_id", "duration_seconds", "endpoint_url", "ca_bundle",
}

// readProfiles merges the two files. It also returns, in order, the names of profiles
// with settings of Identity Center. before returns what a profile was, if no section
// that it may name has changed since.
func readProfiles(
	config, credentials *awsfile.File, names []string, sessions map[string]settings, before func(name string) (Profile, bool),
) (profiles map[string]Profile, withSSO []string) {
	session := func(name string) (sso.Getter, bool) {
		is, ok := sessions[name]
		return is.own, ok
	}
	profiles = make(map[string]Profile, len(names))
	var all settings // one memory for all profiles
	for _, name := range names {
		if _, done := profiles[name]; done {
			continue
		}
		section := awsfile.Profile(name)
		from := [2]uint64{textMark(config, section), textMark(credentials, section)}
		p, known := before(name)
		// What joinPortals makes of a legacy profile depends on others.
		if !known || p.from != from || p.HasSSO && p.SSO.Session == "" {
			all = all[:0].add(config, section)
			n := len(all)
			all = all.add(credentials, section)
			below, over := all[:n], all[n:]
			p = newProfile(strings.Clone(name), all, awsfile.StaticKeyOf(over.get).Over(awsfile.StaticKeyOf(below.get)))
			p.from = from
			for _, setting := range settingsNamed {
				if over.get(setting) != "" {
					p.overridden = append(p.overridden, setting)
				}
			}
			// Also where the key has been taken out, to the keyring.
			takeBesideKey(&p, all, over)
			p.keyBelow = p.HasLongTermKey() && over.get("aws_access_key_id") == ""
			p.SSO, p.HasSSO, p.SSOError = sso.FromProfile(p.Name, all.own, session)
			if section := awsfile.Services(p.services); p.services != "" && config.Has(section) {
				p.urls = map[string]string{}
				for service := range config.Entries(section) {
					if url, ok := config.Nested(section, service, "endpoint_url"); ok {
						p.urls[strings.Clone(service)] = strings.Clone(awsfile.Unquote(url))
					}
				}
				p.Endpoints.STS, p.Endpoints.IAM, p.Endpoints.Signin = p.urls["sts"], p.urls["iam"], p.urls["signin"]
			} else if p.services != "" {
				p.flaws = append(p.flaws, noServices(p.Name, p.services))
			}
		}
		profiles[p.Name] = p
		if p.HasSSO {
			withSSO = append(withSSO, p.Name)
		}
	}
	return profiles, withSSO
}

// joinPortals makes one session of the legacy profiles of one portal, whose start URL
// may come in several forms. A portal is in one region, and its token works only there.
// If the profiles differ, the most common region counts, or of equally common ones the
// first in the files: one slip is likelier than many. The others cannot be used until
// they are corrected. names are those that may be legacy profiles, in the order of the
// files.
func joinPortals(profiles map[string]Profile, names []string) {
	type portal struct {
		forms   []string
		members []string
		regions map[string][]string // profiles by region
	}
	portals := map[string]*portal{}
	of := func(p Profile) *portal {
		if p.SSOSession() == "" || !p.SSO.SignIn().Legacy() {
			return nil
		}
		right, err := sso.StartURL(p.SSO.StartURL)
		if err != nil {
			right = p.SSO.StartURL
		}
		if portals[right] == nil {
			portals[right] = &portal{regions: map[string][]string{}}
		}
		return portals[right]
	}
	for _, name := range names {
		p := profiles[name]
		at := of(p)
		if at == nil {
			continue
		}
		at.members = append(at.members, name)
		at.regions[p.SSO.Region] = append(at.regions[p.SSO.Region], name)
		if !slices.Contains(at.forms, p.SSO.StartURL) {
			at.forms = append(at.forms, p.SSO.StartURL)
		}
	}
	for _, at := range portals {
		region := ""
		for _, name := range at.members {
			if own := profiles[name].SSO.Region; len(at.regions[own]) > len(at.regions[region]) {
				region = own
			}
		}
		// The shortest form names the session, as it is mostly the right one.
		slices.SortFunc(at.forms, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) })
		for _, name := range at.members {
			p := profiles[name]
			if p.SSO.StartURL = at.forms[0]; len(at.forms) > 1 {
				p.SSO.Spellings = at.forms[1:]
			}
			if own := p.SSO.Region; own != region {
				p.SSOError = sso.OfPortal(p.SSO.SignIn(), name, own, at.regions[region][0], region)
			}
			profiles[name] = p
		}
	}
}

// disagreement returns an error about the first of the named profiles, with how many
// more there are; nil if there is none.
func disagreement(profiles map[string]Profile, names []string) error {
	var first *sso.Disagreement
	n := 0
	for _, name := range names {
		var one *sso.Disagreement
		if !errors.As(profiles[name].SSOError, &one) {
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
		more = lang.Sprintf(" (and %d more)", n-1)
	}
	return &creds.Error{Code: creds.CodeBadProfile, Message: first.Error() + more}
}

// readSessions returns the SSO sessions of all [sso-session] sections, also of those
// that no profile names yet, and of the named profiles.
func readSessions(all map[string]settings, profiles map[string]Profile, names []string) map[string]sso.Session {
	sessions := make(map[string]sso.Session)
	for name, values := range all {
		s, _, err := sso.FromProfile("", func(key string) string {
			if key == "sso_session" {
				return strings.Clone(name)
			}
			return ""
		}, func(string) (sso.Getter, bool) { return values.own, true })
		if err == nil {
			sessions[s.SignIn().ID()] = s.SignIn()
		}
	}
	for _, name := range names {
		p := profiles[name]
		if id := p.SSOSession(); id != "" {
			sessions[id] = p.SSO.SignIn()
		}
	}
	return sessions
}

// ReadKey reads a profile's long-term key from the files at the moment of its use.
func ReadKey(ctx context.Context, paths awsfile.Paths, p Profile) (creds.LongTermKey, error) {
	if p.keyFile != "" {
		return readFolderKey(ctx, p)
	}
	credentials, _, err := awsfile.Load(ctx, awsfile.Credentials, paths.Credentials)
	if err != nil {
		return creds.LongTermKey{}, FileError(err)
	}
	config, _, err := awsfile.Load(ctx, awsfile.Config, paths.Config)
	if err != nil {
		return creds.LongTermKey{}, FileError(err)
	}
	section := awsfile.Profile(p.keySection())
	over, below := settings{}.add(credentials, section), settings{}.add(config, section)
	key := awsfile.StaticKeyOf(over.get).Over(awsfile.StaticKeyOf(below.get))
	if key.ID == p.AccessKeyID && MarkOf(key.Secret) == p.SecretKey {
		return creds.LongTermKey{ID: p.AccessKeyID, Secret: secret.New(strings.Clone(key.Secret))}, nil
	}
	return creds.LongTermKey{}, ChangedMeanwhile(p.Name)
}

// ChangedMeanwhile is the error of a profile whose files have changed since its
// credentials were asked for.
func ChangedMeanwhile(name string) error {
	return &creds.Error{
		Code:    creds.CodeBadProfile,
		Message: lang.Sprintf("profile %q was changed while it was refreshed", name),
		Advice:  lang.T("Try again: that takes what the files say now."),
	}
}
