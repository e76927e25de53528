package profile

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/internal/lang"
)

// Settings that other tools keep beside a long-term key: of aws-mfa, and of aws-iam-login.
const (
	keyDevice   = "aws_mfa_device"
	keyRole     = "assume_role"
	keyUsername = "username"
)

// takeBesideKey takes the settings that other tools keep beside a long-term key. over are
// those of the credentials file.
func takeBesideKey(p *Profile, all, over settings) {
	p.assumeRole, p.username = all.own(keyRole), all.own(keyUsername)
	for _, setting := range []string{keyDevice, keyRole, keyUsername} {
		if over.get(setting) != "" {
			p.overridden = append(p.overridden, setting)
		}
	}
	if p.MFASerial != "" {
		return
	}
	if p.MFASerial = all.own(keyDevice); p.MFASerial != "" {
		p.settings = map[string]string{"mfa_serial": p.Setting(keyDevice)}
	}
}

// Place is where a profile's temporary credentials go.
type Place struct {
	// Layout is the name of the layout, and From says what decided on it: a setting, which
	// By names, or a login.
	Layout string
	From   creds.ValueFrom
	By     string
	// Section is the one of the credentials file where the layout knows it; "" is the
	// profile's own, or where that does not suit the one derived by Suffix.
	Section string
	// Suffix is that of derived sections.
	Suffix string
	// Aside is set if only the derived section suits.
	Aside bool
	// Refused is why there is no place.
	Refused error
}

// keySection names the section that holds, or would hold, the profile's long-term key.
func (p Profile) keySection() string { return cmp.Or(p.KeySection, p.Name) }

// KeyNames are the names under which the keyring may hold the profile's long-term key: its
// own, and that of the section that the key is in.
func (p Profile) KeyNames() []string {
	if p.KeySection == "" {
		return []string{p.Name}
	}
	return []string{p.Name, p.KeySection}
}

// IsSettled reports whether a section says itself how a profile gets its credentials, so
// that no others can be written there: AWS's tools would disagree on them.
func (p Profile) IsSettled() bool {
	return p.WantsDerivedName() || p.Source != "" || p.HasLongTermKey()
}

// settledBy names the first setting by which a section says how it gets credentials.
func (p Profile) settledBy() string {
	switch {
	case p.HasLongTermKey():
		return lang.Sprintf("a long-term key in [%s]", p.Name)
	case p.RoleARN != "":
		return p.Setting("role_arn")
	case p.Source != "":
		return p.Setting("source_profile")
	case p.MFASerial != "" && !p.WantsDerivedName():
		return p.Setting("mfa_serial")
	case p.HasSSO && p.SSO.Session != "":
		return p.Setting("sso_session")
	case p.HasSSO:
		return p.Setting("sso_start_url")
	}
	for _, s := range sources {
		for _, key := range s.settings {
			if p.own[key] != "" {
				return p.Setting(key)
			}
		}
	}
	return SectionOf(p.Name)
}

// holdsSession reports whether a section holds temporary credentials and nothing else that
// makes a profile.
func (p Profile) holdsSession() bool {
	return awsfile.IsSessionID(p.AccessKeyID) && p.tokenName != "" && !p.IsSettled() && p.MFASerial == ""
}

// arrange makes profiles of sections, by the layout in which they are found and by the
// plan's recipes. names are those of all sections, in their order, and inCredentials those of
// the credentials file.
func (s *Set) arrange(names, inCredentials []string) {
	s.sections = s.Profiles
	if s.Plan == nil {
		s.Plan = &Plan{}
	}
	a := arranger{Set: s}
	a.joinKeys(names, inCredentials)
	a.addFolder()
	a.hideDerived(names)
	a.addRecipes()
}

type arranger struct {
	*Set
	cloned bool
}

// set changes a profile. The sections stay as they are.
func (a *arranger) set(p Profile) {
	a.own()
	a.Profiles[p.Name] = p
}

// mean makes a section's name mean a profile, and hides the section.
func (a *arranger) mean(section, name string) {
	a.own()
	if a.meant == nil {
		a.meant = map[string]string{}
	}
	delete(a.Profiles, section)
	a.meant[strings.Clone(section)] = name
}

func (a *arranger) own() {
	if !a.cloned {
		a.Profiles, a.cloned = maps.Clone(a.sections), true
	}
}

// joinKeys makes profiles of sections with a long-term key that are called so, as
// [X-long-term], with what the files say of the name before that. The key may have been
// taken out of the section, to the keyring: what is left of it is in the credentials file.
func (a *arranger) joinKeys(names, inCredentials []string) {
	for _, suffix := range a.Plan.Layout.longTerm() {
		for _, section := range names {
			name, is := strings.CutSuffix(section, suffix)
			if !is || name == "" {
				continue
			}
			key := a.sections[section]
			isKept := key.hasNoKey() && (a.Plan.Keys[name] || a.Plan.Keys[section]) && slices.Contains(inCredentials, section)
			if !key.HasLongTermKey() && !isKept || key.WantsDerivedName() || key.Source != "" || a.meant[section] != "" {
				continue
			}
			is = a.Profiles[name].KeySection == ""
			if whole := a.sections[name]; is && !whole.IsSettled() {
				p := join(strings.Clone(name), whole, key)
				a.set(p)
				a.mean(section, p.Name)
			}
		}
	}
}

// hasNoKey reports whether a section has no part of a key, not even of a temporary one.
func (p Profile) hasNoKey() bool {
	return p.AccessKeyID == "" && p.SecretKey.IsZero() && p.tokenName == ""
}

// join returns the profile of a section and of the one with its long-term key.
func join(name string, p, key Profile) Profile {
	p.Name, p.KeySection = name, key.Name
	p.AccessKeyID, p.SecretKey, p.keyBelow, p.tokenName, p.tokenEnds = key.AccessKeyID, key.SecretKey, key.keyBelow, key.tokenName, key.tokenEnds
	p.username = key.username
	if key.MFASerial != "" {
		p.MFASerial = "" // that of the key's owner
	}
	if key.assumeRole != "" {
		p.Source = name
	}
	p.settings = map[string]string{}
	for _, one := range []struct {
		setting string
		own     *string
		theirs  string
		named   string
	}{
		{"region", &p.Region, key.Region, "region"},
		{"mfa_serial", &p.MFASerial, key.MFASerial, "mfa_serial"},
		{"role_arn", &p.RoleARN, key.assumeRole, keyRole},
		{"role_session_name", &p.SessionName, key.SessionName, "role_session_name"},
		{"external_id", &p.ExternalID, key.ExternalID, "external_id"},
		{"duration_seconds", &p.Duration, key.Duration, "duration_seconds"},
		{"ca_bundle", &p.CABundle, key.CABundle, "ca_bundle"},
		{"aws_account_id", &p.AccountID, key.AccountID, "aws_account_id"},
	} {
		if *one.own == "" && one.theirs != "" {
			*one.own, p.settings[one.setting] = one.theirs, key.Setting(one.named)
		}
	}
	p.MaxAttempts, p.RetryMode = cmp.Or(p.MaxAttempts, key.MaxAttempts), cmp.Or(p.RetryMode, key.RetryMode)
	if p.Endpoints == (Endpoints{}) {
		p.Endpoints, p.services = key.Endpoints, key.services
	}
	p.flaws = slices.Concat(p.flaws, key.flaws)
	return p
}

// hideDerived has sections with temporary credentials mean the profile whose
// long-term key they were made with, whoever wrote them.
func (a *arranger) hideDerived(names []string) {
	for _, suffix := range a.Plan.Layout.shortTerm() {
		for _, section := range names {
			name, is := strings.CutSuffix(section, suffix)
			if !is || !a.sections[section].holdsSession() || a.meant[section] != "" {
				continue
			}
			if _, saved := a.Plan.Recipes[section]; saved || !a.Profiles[name].HasLongTermKey() {
				continue
			}
			a.mean(section, strings.Clone(name))
		}
	}
}

// addRecipes adds the saved profiles, except where the files have one of the name.
func (a *arranger) addRecipes() {
	for name, r := range a.Plan.Recipes {
		section, exists := a.sections[name]
		p, listed := a.Profiles[name]
		switch {
		case r.Source == name && listed:
			p.found = new(p)
		case exists && section.IsSettled() || p.KeySection != "":
			by := section
			if p.KeySection != "" {
				by = a.sections[p.KeySection]
			}
			p.flaws = append(slices.Clone(p.flaws), Flaw{Error: creds.Error{
				Code:    creds.CodeBadProfile,
				Message: lang.Sprintf("%s makes a profile of this name, and daypass has saved another one from a login; the one in the files is used.", by.settledBy()),
				Advice:  lang.Sprintf("Forget the other one with: daypass logout %s", name),
			}})
			if listed {
				a.set(p)
			}
			continue
		default:
			p = section
			p.Name, p.AccessKeyID, p.SecretKey, p.tokenName = name, "", Mark{}, ""
		}
		p.recipe = &r
		p.RoleARN, p.Source = r.RoleARN, r.Source
		p.SessionName, p.ExternalID = cmp.Or(r.SessionName, p.SessionName), cmp.Or(r.ExternalID, p.ExternalID)
		p.settings = maps.Clone(p.settings)
		if p.settings == nil {
			p.settings = map[string]string{}
		}
		for key, value := range map[string]string{"role_arn": r.RoleARN, "role_session_name": r.SessionName, "external_id": r.ExternalID, "mfa_serial": r.MFASerial} {
			if value != "" {
				p.settings[key] = lang.Sprintf("%s in the login that made the profile %s", key, name)
			}
		}
		p.MFASerial = cmp.Or(r.MFASerial, p.MFASerial)
		a.own()
		delete(a.meant, name)
		a.set(p)
	}
}

// Recipe returns what a login has saved of the profile, nil if it is in the files alone.
func (p Profile) Recipe() *Recipe { return p.recipe }

// Section returns what the files say of one section's name, without what other sections
// add to that, and whether any of them has the section.
func (s *Set) Section(name string) (Profile, bool) {
	p, ok := s.Sections()[name]
	return p, ok
}

// Sections are all sections of the files that may be profiles, by name. They must not be
// changed.
func (s *Set) Sections() map[string]Profile {
	if s.sections == nil {
		return s.Profiles
	}
	return s.sections
}

// Named returns the name of the profile that a name means: that of a section that a
// profile's key is in, or that its credentials go to, even before there are any.
func (s *Set) Named(name string) string {
	if _, ok := s.Profiles[name]; ok {
		return name
	}
	if of := s.meant[name]; of != "" {
		return of
	}
	if _, exists := s.sections[name]; exists || s.Plan == nil {
		return name
	}
	for _, suffix := range s.Plan.Layout.shortTerm() {
		if of, is := strings.CutSuffix(name, suffix); is {
			if p, ok := s.Profiles[of]; ok {
				return p.Name
			}
		}
	}
	for _, suffix := range s.Plan.Layout.longTerm() {
		// The key may be in the keyring alone.
		if of, is := strings.CutSuffix(name, suffix); is {
			if p, ok := s.Profiles[of]; ok && !p.WantsDerivedName() {
				return p.Name
			}
		}
	}
	return name
}

// SectionsFor returns the sections that mean a profile and are not called as it: that of its
// key, and those that its credentials are in.
func (s *Set) SectionsFor(profile string) (names []string) {
	for section, of := range s.meant {
		if of == profile {
			names = append(names, section)
		}
	}
	slices.Sort(names)
	return names
}

// Aliases returns the names that mean a profile by the suffixes of layouts, whether or not
// there is a section of the name.
func (s *Set) Aliases(profile string) (names []string) {
	for _, suffix := range slices.Concat(s.Plan.Layout.longTerm(), s.Plan.Layout.shortTerm()) {
		if name := profile + suffix; s.Named(name) == profile && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// KeyCalled returns the profile whose long-term key a section of this name would hold, and
// whether there is one.
func (s *Set) KeyCalled(section string) (of string, is bool) {
	for _, suffix := range s.Plan.Layout.longTerm() {
		if of, is := strings.CutSuffix(section, suffix); is && of != "" {
			return of, true
		}
	}
	return "", false
}

// PlaceOf returns where a profile's temporary credentials go.
func (s *Set) PlaceOf(name string) Place { return s.PlaceFor(s.Profiles[name]) }

// PlaceFor is [Set.PlaceOf] for a profile that need not be in use; see [Set.Found].
func (s *Set) PlaceFor(p Profile) Place {
	chosen := s.Plan.Layout
	at := Place{Layout: chosen.name(), From: creds.FromDefault}
	if chosen.Layout != "" {
		at.From, at.By = creds.FromSettings, "layout"
	}
	switch {
	case p.recipe != nil:
		at.Layout, at.From, at.By, at.Section = cmp.Or(p.recipe.Layout, at.Layout), creds.FromLogin, "", p.Name
	case p.KeySection != "":
		at.Layout, at.From, at.By = creds.LayoutAWSMFA, creds.FromFile, lang.Sprintf("the key in [%s]", p.KeySection)
		at.Section = p.Name + creds.Suffix(chosen.DerivedSuffix, "")
	case p.username != "" && (p.HasLongTermKey() || p.hasNoKey() && slices.Contains(p.overridden, keyUsername)):
		// The key may have been taken out of that section, to the keyring.
		at.Layout, at.From, at.By, at.Aside = creds.LayoutAWSIAMLogin, creds.FromFile, p.Setting(keyUsername), true
	case at.Layout == creds.LayoutAWSIAMLogin:
		at.Aside = true
	}
	if _, at.Suffix = chosen.Suffixes(at.Layout, "", ""); at.Suffix == "" {
		// In a layout without one, what cannot be in its own section.
		at.Suffix = usualTemporary
	}
	switch {
	case p.recipe != nil:
	case at.Section != "" && at.Section == p.KeySection:
		at.Refused = SameSection(at.Section)
	case p.KeySection == "":
		at.Refused = s.refusal(p)
	}
	return at
}

// Found returns a profile as the files alone have it, without what a login has saved.
func (s *Set) Found(name string) (Profile, bool) {
	p, ok := s.Profiles[name]
	switch {
	case p.recipe == nil:
		return p, ok
	case p.found != nil:
		return *p.found, true
	}
	return Profile{}, false
}

// Cut is the sections of a profile by a layout.
type Cut struct {
	Layout string
	// KeySection is for the long-term key, and Section for temporary credentials.
	KeySection, Section string
}

// Cut returns the sections of a profile by a layout and the suffixes that are chosen for
// this time; "" is as found, or as the settings have it.
func (s *Set) Cut(name, layoutName, long, short string) (Cut, error) {
	p, _ := s.Found(name)
	c := Cut{Layout: cmp.Or(layoutName, s.PlaceFor(p).Layout)}
	longTerm, shortTerm := s.Plan.Layout.Suffixes(c.Layout, long, short)
	c.KeySection, c.Section = name+longTerm, name+shortTerm
	if long == "" && layoutName == "" && p.Name != "" {
		c.KeySection = p.keySection()
	}
	if c.KeySection == c.Section {
		return c, SameSection(c.Section)
	}
	return c, nil
}

// RecipeFor returns the recipe for the sections and the choice of a login, with what the
// section of the source's key has.
func (s *Set) RecipeFor(source string, c Cut, choice creds.LayoutChoice) Recipe {
	key := s.sections[c.KeySection]
	r := Recipe{
		Source: source, Layout: c.Layout,
		RoleARN: cmp.Or(choice.RoleARN, key.assumeRole), SessionName: cmp.Or(choice.SessionName, key.SessionName),
		ExternalID: cmp.Or(choice.ExternalID, key.ExternalID),
	}
	if found, _ := s.Found(source); choice.MFASerial != found.MFASerial {
		r.MFASerial = choice.MFASerial
	}
	if was, is := s.Plan.Recipes[c.Section]; is && choice.MFASerial == "" && was.Source == source {
		r.MFASerial = was.MFASerial // the device of before: without one, its session would be lost
	}
	return r
}

// IsOf reports whether a recipe is just what the files say of its source.
func (r Recipe) IsOf(p Profile) bool {
	return r.RoleARN == p.RoleARN && r.SessionName == p.SessionName && r.ExternalID == p.ExternalID && r.MFASerial == ""
}

// refusal is why the credentials of a section that is called as one with a long-term key
// have no place: AWS's tools would not agree on what is in the section for them.
func (s *Set) refusal(p Profile) error {
	chosen := s.Plan.Layout
	if creds.Suffix(chosen.DerivedSuffix, "") != "" || !p.HasLongTermKey() {
		return nil
	}
	for _, suffix := range chosen.longTerm() {
		name, is := strings.CutSuffix(p.Name, suffix)
		if section, exists := s.sections[name]; is && name != "" && exists && section.IsSettled() {
			return Occupied(p.Name, section)
		}
	}
	return nil
}

// Occupied refuses to write credentials to a section that says itself how it gets them.
func Occupied(of string, section Profile) error {
	return &creds.Error{
		Code: creds.CodeBadFile,
		Message: lang.Sprintf("the credentials of %q belong in the section %q, but a profile of that name has settings of its own: %s, and AWS's tools would not agree on which to use",
			of, section.Name, section.settledBy()),
		Advice: lang.T("Rename that profile or remove the setting, or choose another section: by derived_suffix in daypass's settings, or by daypass login --short-term-suffix."),
	}
}

// SameSection refuses suffixes by which a key and what is made with it were in one section.
func SameSection(section string) error {
	return &creds.Error{
		Code:    creds.CodeBadRequest,
		Message: lang.Sprintf("the long-term key and the temporary credentials would both be in the section %q, by the suffixes that are chosen", section),
		Advice:  lang.T("Choose another suffix for one of them: by --long-term-suffix and --short-term-suffix, or by long_term_suffix and derived_suffix in daypass's settings."),
	}
}
