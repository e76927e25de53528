package core

import (
	"context"
	"maps"
	"slices"
	"strings"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/creds/awsfile"
	"daypass/creds/profile"
	"daypass/internal/lang"
)

// planRename says what is renamed, or why nothing is.
func (cu renamer) planRename(r creds.RenameRequest) (s renaming, err error) {
	set := cu.files.set()
	p, err := cu.profileNamed(r.Profile)
	if err != nil {
		return s, err
	}
	refuse := func(format lang.Text, args ...any) error {
		return creds.Errorf(creds.CodeBadRequest, "profile %q is not renamed: %s", r.Profile, lang.Sprintf(format, args...))
	}
	switch {
	case r.Profile == "default" || r.To == "default":
		return s, refuse("AWS's tools use the profile \"default\" where none is named, so that another name would change what they do, and in config its section has a form of its own")
	case r.To == r.Profile:
		return s, refuse("that is its name already")
	case p.KeyFile() != "":
		return s, refuse("its name is that of the files of its key, such as %s", p.KeyFile())
	}
	s = renaming{From: r.Profile, To: r.To, Sections: map[string]string{r.Profile: r.To}, Keys: map[string]string{}}
	for _, section := range append(cu.sectionsOf(p), set.Aliases(r.Profile)...) {
		suffix, is := strings.CutPrefix(section, r.Profile)
		if is {
			s.Sections[section] = r.To + suffix
		}
	}
	for _, name := range p.KeyNames() {
		if cu.keyring.has(name) {
			s.Keys[name] = s.Sections[name]
		}
	}
	for _, to := range slices.Sorted(maps.Values(s.Sections)) {
		if why := cu.taken(to); why != "" {
			return s, refuse("%s", why)
		}
	}
	if of, is := set.KeyCalled(r.To); is && p.HasLongTermKey() {
		return s, refuse("a key in a section %q would be that of the profile %q", r.To, of)
	}
	if _, taken := cu.choices.settings().Profile[r.To]; taken {
		return s, refuse("the settings have some for a profile %q already; take them out first, or choose another name", r.To)
	}
	return s, nil
}

// taken is a clause on why nothing can get a name; "" if something can.
func (cu renamer) taken(name string) string {
	for _, kind := range []awsfile.Kind{awsfile.Config, awsfile.Credentials} {
		if err := awsfile.CheckNew(kind, awsfile.Profile(name)); err != nil {
			return err.Error()
		}
	}
	_, exists := cu.files.set().Section(name)
	_, listed := cu.files.set().Profiles[name]
	_, saved := cu.store.recipes()[name]
	switch of := cu.named(name); {
	case exists || listed:
		return lang.Sprintf("there is a profile or a section %q already", name)
	case saved:
		return lang.Sprintf("a login has made a profile %q already; forget it with: daypass logout %s", name, advice.Word(name))
	case of != name:
		return lang.Sprintf("%q already means a section of the profile %q", name, of)
	case cu.keyring.has(name):
		return lang.Sprintf("the keyring holds a key for a profile %q already", name)
	}
	return ""
}

// profileNamed returns the profile of a name that a person has given in full. The name of
// another section is not enough: more than that would change.
func (cu *Custody) profileNamed(name string) (profile.Profile, error) {
	if of := cu.named(name); of != name {
		return profile.Profile{}, creds.Errorf(creds.CodeBadRequest, "%q is a section of the profile %q; give the name of the profile", name, of)
	}
	if _, err := cu.view.status(name); err != nil {
		return profile.Profile{}, err
	}
	return cu.files.set().Profiles[name], nil
}

// sectionsOf returns the sections of a profile besides its own: that of its key, and those
// that its temporary credentials are in.
func (cu *Custody) sectionsOf(p profile.Profile) []string {
	sections := cu.files.set().SectionsFor(p.Name)
	if p.KeySection != "" {
		sections = append(sections, p.KeySection)
	}
	if h, isHeld, inFile := cu.store.heldInFile(p.Name); isHeld && inFile {
		sections = append(sections, h.Written.Section)
	}
	slices.Sort(sections)
	return slices.DeleteFunc(slices.Compact(sections), func(name string) bool { return name == p.Name })
}

// turnsOf returns the names of what a change of profiles changes: their own, and the IDs of
// their keys.
func (cu *Custody) turnsOf(names ...string) []string {
	all := slices.Clone(names)
	for _, name := range names {
		p := cu.files.set().Profiles[name]
		if p.HasLongTermKey() {
			all = append(all, p.AccessKeyID)
		}
		if id := cu.keyring.keyID(cu.keyName(p)); id != "" {
			all = append(all, id)
		}
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(name string) bool { return name == "" })
}

// dependents returns the other profiles that get their credentials through one.
func (o *owners) dependents(name string) (names []string) {
	resolver := o.resolver()
	for other := range o.files.set().Profiles {
		if other == name {
			continue
		}
		c, _ := resolver.Resolve(other) // even a partly resolved chain is of use
		if slices.Contains(c.Names(), name) {
			names = append(names, other)
		}
	}
	slices.Sort(names)
	return names
}

// stopFor ends what is under way for a profile and those that depend on it.
func (cu *Custody) stopFor(ctx context.Context, name string, dependents []string) error {
	return cu.flights.cancel(ctx, func(f about) bool {
		return f.profile == name || f.base == name || slices.Contains(dependents, f.profile)
	})
}

// renameChanges are phrases on what a rename changes.
func (cu renamer) renameChanges(ctx context.Context, s renaming) (changes []string, err error) {
	say := func(format lang.Text, args ...any) { changes = append(changes, lang.Sprintf(format, args...)) }
	uses, err := cu.cfg.Names.Uses(ctx, s.From)
	if err != nil {
		return nil, err
	}
	for _, file := range cu.bothFiles() {
		f, _, err := awsfile.Load(ctx, file.kind, file.path)
		if err != nil {
			return nil, profile.FileError(err)
		}
		var sources, processes []string
		for _, name := range f.Profiles() {
			section := awsfile.Profile(name)
			if _, is := s.Sections[name]; is {
				say("the section %s of %s", awsfile.Title(file.kind, section), file.path)
			}
			if value, _ := f.Get(section, "source_profile"); renamedSource(value, s.Sections) != value {
				sources = append(sources, name)
			}
			if value, _ := f.Get(section, "credential_process"); renamedProcess(value, s.Sections) != value {
				processes = append(processes, name)
			}
		}
		if len(sources) > 0 {
			say("source_profile of %s in %s", strings.Join(sources, ", "), file.path)
		}
		if len(processes) > 0 {
			say("credential_process of %s in %s", strings.Join(processes, ", "), file.path)
		}
	}
	if len(s.Keys) > 0 {
		say("the name of the key in the keyring")
	}
	if _, isHeld := cu.store.held(s.From); isHeld {
		say("the temporary credentials")
	}
	if uses.Settings {
		say("its settings in config.toml")
	}
	if len(uses.Bookmarks) > 0 {
		say("the bookmarks %s", strings.Join(uses.Bookmarks, ", "))
	}
	if uses.Visits > 0 {
		say("what was opened in the console")
	}
	return changes, nil
}
