package ssoimport

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"daypass/creds/awsfile"
	"daypass/internal/lang"
)

// profile is one that an import made for the session.
type profile struct {
	name  string
	key   Key
	bound string // why the name must stay; empty if it need not
	yours string // what the person has added; empty if nothing
}

// state is what the config file contains.
type state struct {
	names map[string]bool // of all profiles
	own   []profile       // in file order
	hand  map[Key]string  // profiles of the session that no import made
}

func read(config *awsfile.File, session string) state {
	s := state{names: map[string]bool{}, hand: map[Key]string{}}
	var (
		sources = map[string]string{} // profile to one that uses it
		foreign = map[string]string{} // profile to the person's own keys
	)
	for _, name := range config.Profiles() {
		s.names[name] = true
		values := config.Values(awsfile.Profile(name))
		if source := values[keySource]; source != "" && source != name {
			sources[source] = name
		}
		key := Key{values[keyAccount], values[keyRole]}
		switch {
		case values[keySession] != session || key.AccountID == "" || key.Role == "":
		case values[Mark] != session:
			if s.hand[key] == "" {
				s.hand[key] = name
			}
		default:
			s.own = append(s.own, profile{name: name, key: key})
			foreign[name] = foreignKeys(values)
		}
	}
	for i := range s.own {
		p := &s.own[i]
		switch {
		case p.name == "default":
			p.bound = lang.T("it is the default profile")
		case sources[p.name] != "":
			p.bound = lang.Sprintf("profile %q has it as its source_profile", sources[p.name])
		}
		switch {
		case foreign[p.name] != "":
			p.yours = lang.Sprintf("settings were added to it: %s", foreign[p.name])
		case config.Annotated(awsfile.Profile(p.name)):
			p.yours = lang.T("comments or other lines were added to it")
		}
	}
	return s
}

// foreignKeys lists the keys that no import writes.
func foreignKeys(values map[string]string) string {
	var out []string
	for key := range values {
		switch key {
		case keySession, keyAccount, keyRole, keyDefault, Mark:
		default:
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// maker builds a plan.
type maker struct {
	r      Request
	names  *naming
	have   state
	listed map[Key]bool
	only   map[Key]bool
	drop   map[Key]bool
	plan   Plan
	stay   map[Key][]profile // profiles that an import made and that are not removed
}

// remove finds the profiles to remove: those of dropped pairs, and of pairs that AWS no
// longer lists.
func (m *maker) remove() {
	m.stay = map[Key][]profile{}
	for _, p := range m.have.own {
		gone := m.r.Prune && !m.listed[p.key] && !slices.Contains(m.r.Unknown, p.key.AccountID)
		switch {
		case !gone && !m.drop[p.key]:
			m.stay[p.key] = append(m.stay[p.key], p)
			if !m.listed[p.key] {
				m.plan.Keep = append(m.plan.Keep, Entry{Profile: p.name, Pair: p.key.pair()})
			}
		case p.bound+p.yours != "":
			m.skip(p.name, p.key.pair(), lang.Sprintf("It is not removed, because %s.", cmp.Or(p.bound, p.yours)))
		default:
			m.plan.Remove = append(m.plan.Remove, Entry{Profile: p.name, Pair: p.key.pair()})
		}
	}
}

func (k Key) pair() Pair { return Pair{AccountID: k.AccountID, Role: k.Role} }

func (m *maker) skip(name string, pair Pair, why string) {
	m.plan.Skipped = append(m.plan.Skipped, Skip{name, pair, why})
}

// place gives the listed pairs their profiles.
func (m *maker) place(pairs []Pair) {
	var fresh []Pair
	var renames []Entry
	for _, p := range pairs {
		key := p.Key()
		own := m.stay[key]
		switch {
		case m.drop[key]:
		case len(own) == 1 && m.r.Rename && m.chosen(key) && !m.names.fits(key, own[0].name):
			if why := m.immovable(own[0]); why != "" {
				m.skip(own[0].name, p, why)
				continue
			}
			renames = append(renames, Entry{Pair: p, Was: own[0].name})
		case len(own) > 0:
			for _, o := range own {
				m.plan.Keep = append(m.plan.Keep, Entry{Profile: o.name, Pair: p})
			}
		case !m.chosen(key):
		case m.have.hand[key] != "":
			m.skip(m.have.hand[key], p, lang.T("The role has this profile already, which no import made."))
		default:
			fresh = append(fresh, p)
		}
	}
	taken := m.taken(renames)
	m.rename(renames, taken)
	m.add(fresh, taken)
}

func (m *maker) chosen(key Key) bool { return m.r.Only == nil || m.only[key] }

// immovable says why a profile cannot be renamed. What the person has added keeps none
// from it.
func (m *maker) immovable(p profile) string {
	switch {
	case m.names.bad[p.key] != nil:
		return lang.Sprintf("It is not renamed, because the name template %s.", m.names.bad[p.key].Error())
	case p.bound != "":
		return lang.Sprintf("It is not renamed, because %s.", p.bound)
	}
	return ""
}

// taken returns the names that stay in use.
func (m *maker) taken(renames []Entry) map[string]bool {
	taken := maps.Clone(m.have.names)
	for _, e := range m.plan.Remove {
		delete(taken, e.Profile)
	}
	for _, e := range renames {
		delete(taken, e.Was)
	}
	for _, name := range m.r.Taken {
		taken[name] = true
	}
	return taken
}

// rename finds new names. A profile without a new name keeps its own, which may be the
// new name of another; so this is repeated until it removes none.
func (m *maker) rename(renames []Entry, taken map[string]bool) {
	for again := true; again; {
		again = false
		renames = slices.DeleteFunc(renames, func(e Entry) bool {
			if m.names.choose(e.Pair.Key(), taken, m.have.names) != "" {
				return false
			}
			m.skip(e.Was, e.Pair, m.noName(e.Pair, lang.T("It is not renamed")))
			taken[e.Was], again = true, true
			return true
		})
	}
	for _, e := range renames {
		e.Profile = m.names.choose(e.Pair.Key(), taken, m.have.names)
		m.plan.Change = append(m.plan.Change, e)
	}
	for _, e := range m.plan.Change {
		taken[e.Profile] = true
	}
}

func (m *maker) add(fresh []Pair, taken map[string]bool) {
	for _, p := range fresh {
		key := p.Key()
		switch {
		case !accountID.MatchString(p.AccountID) || !roleName.MatchString(p.Role):
			m.skip("", p, lang.T("AWS lists it with an account ID or a role name that cannot be one."))
		case m.names.bad[key] != nil:
			m.skip("", p, lang.Sprintf("It is not imported, because the name template %s.", m.names.bad[key].Error()))
		default:
			name := m.names.choose(key, taken, m.have.names)
			if name == "" {
				m.skip("", p, m.noName(p, lang.T("It is not imported")))
				continue
			}
			m.plan.Add = append(m.plan.Add, Entry{Profile: name, Pair: p})
		}
	}
}

func (m *maker) noName(p Pair, what string) string {
	return lang.Sprintf("%s, because both names that the template makes for it, %q and %q, are taken or made for another role too.",
		what, m.names.first[p.Key()], m.names.second[p.Key()])
}

func (m *maker) sort() {
	for _, list := range [][]Entry{m.plan.Add, m.plan.Keep, m.plan.Change, m.plan.Remove} {
		slices.SortFunc(list, func(a, b Entry) int { return cmp.Compare(a.Profile, b.Profile) })
	}
	slices.SortStableFunc(m.plan.Skipped, func(a, b Skip) int {
		return cmp.Or(cmp.Compare(a.Profile, b.Profile),
			cmp.Compare(a.Pair.AccountID, b.Pair.AccountID), cmp.Compare(a.Pair.Role, b.Pair.Role))
	})
}

func (m *maker) ops() ops {
	var o ops
	// In the order of the file, as removing the last section removes the empty line
	// above it.
	removed := map[string]bool{}
	for _, e := range m.plan.Remove {
		removed[e.Profile] = true
	}
	for _, p := range m.have.own {
		if removed[p.name] {
			o.Remove = append(o.Remove, p.name)
		}
	}
	for _, e := range m.plan.Change {
		if o.Rename == nil {
			o.Rename = map[string]string{}
		}
		o.Rename[e.Was] = e.Profile
	}
	for _, e := range m.plan.Add {
		values := []awsfile.Property{
			{Key: keySession, Value: m.r.Session},
			{Key: keyAccount, Value: e.Pair.AccountID},
			{Key: keyRole, Value: e.Pair.Role},
		}
		if m.r.Region != "" {
			values = append(values, awsfile.Property{Key: keyDefault, Value: m.r.Region})
		}
		values = append(values, awsfile.Property{Key: Mark, Value: m.r.Session})
		o.Add = append(o.Add, section{Name: e.Profile, Values: values})
	}
	return o
}
