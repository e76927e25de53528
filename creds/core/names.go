package core

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"daypass/creds"
	"daypass/creds/profile"
	"daypass/internal/cmdline"
)

// renamedProcess is a credential_process after a rename: a line that starts daypass for a
// profile by its name. Other lines stay, and so does every other byte of it.
func renamedProcess(line string, names map[string]string) string {
	words, err := cmdline.Words(line)
	if err != nil || len(words) < 3 || creds.CalledAs(words[0].Text) != creds.Name && !isDaypass(words[0].Text) {
		return line
	}
	at := slices.IndexFunc(words, func(w cmdline.Word) bool { return w.Text == "credential-process" })
	if at < 1 {
		return line
	}
	for i := at + 1; i < len(words); i++ {
		name, head := words[i].Text, ""
		switch {
		case name == "--profile" && i+1 < len(words):
			i++
			name = words[i].Text
		case strings.HasPrefix(name, "--profile="):
			head = "--profile="
			name = name[len(head):]
		default:
			continue
		}
		if to, is := names[name]; is {
			return line[:words[i].Start] + quotedWord(head+to) + line[words[i].End:]
		}
	}
	return line
}

// quotedWord writes a word so that [cmdline.Split] reads it.
func quotedWord(word string) string {
	if split, err := cmdline.Split(word); err == nil && len(split) == 1 && split[0] == word {
		return word
	}
	return `"` + word + `"` // no name has quotes or backslashes
}

// rename has everything that is held for a profile be held for another name, whose sections
// are called as sections say. Others may start from it and depend on it by their recipes.
func (s *store) rename(from, to string, sections map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(sessions, len(s.Sessions))
	for origin, same := range s.Sessions {
		renamed := renamedOrigin(origin, from, to)
		for _, one := range same {
			one.Origin = renamed
			all.put(one)
		}
	}
	s.Sessions = all
	given := make(map[string]held, len(s.Held))
	for name, h := range s.Held {
		if name == to {
			if _, both := s.Held[from]; both {
				continue
			}
		}
		given[renamedName(name, from, to)] = h.renamed(from, to, sections)
	}
	s.Held = given
	move(s.Accounts, from, to)
	move(s.Users, from, to)
	recipes := make(map[string]profile.Recipe, len(s.Recipes))
	for name, r := range s.Recipes {
		r.Source = renamedName(r.Source, from, to)
		recipes[renamedName(name, from, to)] = r
	}
	s.Recipes = recipes
}

func (h held) renamed(from, to string, sections map[string]string) held {
	h.Origin = renamedOrigin(h.Origin, from, to)
	if section, is := sections[h.Written.Section]; is {
		h.Written.Section = section
	}
	if h.Before != nil {
		h.Before = new(h.Before.renamed(from, to, sections))
	}
	return h
}

func renamedName(name, from, to string) string {
	if name == from {
		return to
	}
	return name
}

func renamedOrigin(origin, from, to string) string {
	if rest, is := strings.CutPrefix(origin, profile.OriginPrefix(from)); is {
		return profile.OriginPrefix(to) + rest
	}
	return origin
}

func move[T any](all map[string]T, from, to string) {
	if one, is := all[from]; is {
		all[to] = one
		delete(all, from)
	}
}

// forgetProfile forgets everything that is known of a profile but what it was given; see
// [store.release].
func (s *store) forgetProfile(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.Accounts, name)
	delete(s.Users, name)
	maps.DeleteFunc(s.Sessions, func(origin string, _ []session) bool {
		return strings.HasPrefix(origin, profile.OriginPrefix(name))
	})
	s.Recipes = maps.Clone(s.Recipes) // others read it
	maps.DeleteFunc(s.Recipes, func(of string, r profile.Recipe) bool { return of == name || r.Source == name })
}

// moving returns the error of work for profiles of which one is being renamed or removed.
func (o *owners) moving(names ...string) error {
	name, kind := o.journal.moving(names)
	switch kind {
	case journalRename:
		return creds.Errorf(creds.CodeBusy, "profile %q is being renamed just now; try again in a moment", name)
	case journalRemoval:
		return creds.Errorf(creds.CodeBusy, "profile %q is being removed just now", name)
	}
	return nil
}

// moving returns the first of the names that is being changed to another one or removed, and
// which of both.
func (j *journal) moving(names []string) (name string, kind journalKind) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, e := range j.Entries {
		if e.Kind != journalRename && e.Kind != journalRemoval {
			continue
		}
		for _, one := range names {
			if slices.Contains(e.Profiles, one) {
				return one, e.Kind
			}
		}
	}
	return "", ""
}

// newsNow is a sentence on what became of a change just now.
func newsNow(text string) journalNews { return journalNews{text, time.Now().Round(0)} }

// renameInJournal renames a profile and its sections in the news, and in the entries that
// wait: which names are those in an entry's state is said by the names of their settings.
func renameInJournal(f *journalForm, names map[string]string) {
	for id, e := range f.Entries {
		e.Profiles = slices.Clone(e.Profiles)
		for i, name := range e.Profiles {
			if to, is := names[name]; is {
				e.Profiles[i] = to
			}
		}
		e.State = renamedState(e.State, names)
		f.Entries[id] = e
	}
	for from, to := range names {
		move(f.News, from, to)
	}
}

// renamedState is the state of an entry after a rename. Numbers stay as they are written.
func renamedState(state json.RawMessage, names map[string]string) json.RawMessage {
	var value any
	d := json.NewDecoder(bytes.NewReader(state))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		return state
	}
	changed := false
	var walk func(value any, isName bool) any
	walk = func(value any, isName bool) any {
		switch value := value.(type) {
		case string:
			if to, is := names[value]; is && isName {
				changed = true
				return to
			}
		case []any:
			for i := range value {
				value[i] = walk(value[i], isName)
			}
		case map[string]any:
			for key, one := range value {
				lower := strings.ToLower(key)
				value[key] = walk(one, strings.Contains(lower, "profile") || strings.Contains(lower, "section"))
			}
		}
		return value
	}
	value = walk(value, false)
	if !changed {
		return state
	}
	data, err := json.Marshal(value)
	if err != nil {
		return state
	}
	return data
}
