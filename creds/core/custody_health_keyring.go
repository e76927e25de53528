package core

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/creds/awsfile"
	"daypass/creds/profile"
	"daypass/creds/vault"
	"daypass/internal/lang"
	"daypass/internal/words"
)

func sentence(message string) string { return words.Sentence(message) }

// openKeyring returns why nothing can be looked up in the keyring now without asking a
// person; nil if it can.
func (d doctor) openKeyring(ctx context.Context) error {
	locked, err := d.cfg.Vault.Locked(ctx)
	switch {
	case ctx.Err() != nil:
		return lang.Errorf("the keyring did not answer within %s", checkLimit-checkMargin)
	case err == nil && locked:
		return vault.ErrLocked()
	}
	return err
}

// lookAtKeyring looks whether the keyring is open, and then whether it keeps what it is
// given.
func (d doctor) lookAtKeyring(ctx context.Context) []finding {
	c := check{id: "keyring", topic: creds.TopicKeyring}
	backend, err := d.cfg.Vault.Backend(ctx)
	if err != nil {
		return []finding{c.because(creds.SeverityError, "", lang.T("No keyring can be chosen"), err, "")}
	}
	err = d.openKeyring(ctx)
	switch {
	case ctx.Err() != nil:
		return []finding{c.unknown("silent", lang.Sprintf("The keyring %s does not answer", backend), sentence(err.Error())).
			advise(lang.T("It may be waiting in a window of its own: unlock it there. Else end it and log in to the desktop again."))}
	case creds.CodeOf(err) == creds.CodeKeyringLocked:
		return []finding{
			c.unknown("locked", lang.Sprintf("The keyring %s is locked", backend), lang.T("Whether it can be written, and what is in it, was not looked at.")).
				advise(lang.T("Unlock it, and look again.")).
				mend(lang.T("Unlock"), func(ctx context.Context, by creds.Requester) error { return d.keeper.unlock(ctx, by) }),
		}
	case err != nil:
		return []finding{c.because(creds.SeverityError, "away", lang.Sprintf("The keyring %s cannot be used", backend), err, "")}
	}
	err = d.cfg.Vault.Try(ctx)
	switch {
	case ctx.Err() != nil:
		return []finding{c.unknown("silent", lang.Sprintf("The keyring %s does not answer", backend),
			lang.Sprintf("It did not keep a test item within %s.", checkLimit-checkMargin)).
			advise(lang.T("It may be waiting in a window of its own: unlock it there. Else end it and log in to the desktop again."))}
	case err != nil:
		return []finding{c.because(creds.SeverityError, "broken", lang.Sprintf("The keyring %s does not keep what it is given", backend), err, "")}
	}
	return []finding{c.ok(lang.Sprintf("The keyring %s is open", backend), lang.T("A test item was written, read back and removed."))}
}

// lookAtItems looks whether the items of keys and profiles fit together.
func (d doctor) lookAtItems(ctx context.Context) []finding {
	c := check{id: "items", topic: creds.TopicKeys}
	title := lang.T("The items in the keyring")
	if err := d.openKeyring(ctx); err != nil {
		return []finding{c.unknown("", title, sentence(creds.AsError(err).Message))}
	}
	in, err := d.cfg.Vault.Inspect(ctx)
	switch {
	case ctx.Err() != nil:
		return []finding{c.unknown("", title, lang.Sprintf("They could not all be read within %s.", checkLimit-checkMargin))}
	case err != nil:
		return []finding{c.because(creds.SeverityError, "", lang.T("The items in the keyring cannot be read"), err, "")}
	}
	var found []finding
	for _, name := range slices.Sorted(maps.Keys(in.DamagedUses)) {
		found = append(found, c.because(creds.SeverityError, "profile-"+name, lang.Sprintf("The item of the profile %s cannot be used", name), in.DamagedUses[name], name).in("add", name))
	}
	for _, id := range slices.Sorted(maps.Keys(in.DamagedKeys)) {
		found = append(found, c.because(creds.SeverityError, "key-"+id, lang.Sprintf("The item of the key %s cannot be used", id), in.DamagedKeys[id], ""))
	}
	used := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(in.Uses)) {
		use := in.Uses[name]
		used[use.KeyID] = true
		switch {
		case use.Old && !in.Keys[use.KeyID]:
			// It is moved to an item of its own without being asked for.
		case use.Old:
			found = append(found, c.found(creds.SeverityWarning, "twice-"+name, lang.Sprintf("The key of the profile %s is there twice", name),
				lang.Sprintf("The keyring holds the key %s with two different secrets, and it is not known which is right.", use.KeyID)).
				advise(lang.Sprintf("Store its access key anew: daypass add %s --replace", advice.Word(name))).in("add", name))
		case !in.Keys[use.KeyID] && in.DamagedKeys[use.KeyID] == nil:
			found = append(found, c.found(creds.SeverityError, "lost-"+name, lang.Sprintf("The key of the profile %s is missing", name),
				lang.Sprintf("The keyring says that it uses the key %s, and has no such key.", use.KeyID)).
				advise(lang.Sprintf("Store its access key anew: daypass add %s --replace", advice.Word(name))).in("add", name))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(in.Keys)) {
		if used[id] || d.isKept(id) {
			continue
		}
		found = append(found, c.found(creds.SeverityWarning, "unused-"+id, lang.Sprintf("No profile uses the key %s", id),
			lang.T("The keyring holds it, and no profile’s item names it.")).
			advise(lang.T("If you do not need it, delete the key in the IAM console, and then its item with the keyring’s own program.")))
	}
	if len(found) == 0 {
		return []finding{c.ok(lang.T("The items in the keyring fit together"), lang.Count(len(in.Uses), "%d profile has a long-term key there.", "%d profiles have long-term keys there."))}
	}
	return found
}

// isKept reports whether a change under way keeps a key that no profile uses.
func (d doctor) isKept(id string) bool {
	for _, e := range d.journal.copy().Entries {
		if bytes.Contains(e.State, []byte(id)) {
			return true
		}
	}
	return false
}

// lookForPlaintext looks for long-term keys in files.
func (d doctor) lookForPlaintext(ctx context.Context) []finding {
	c := check{id: "plaintext", topic: creds.TopicKeys}
	set := d.files.set()
	where := d.keyFiles(ctx)
	var found []finding
	add := func(name string, p profile.Profile) {
		at := p.KeyFile()
		if at == "" {
			at = lang.Sprintf("[%s] of %s", name, where[name])
		}
		found = append(found, c.found(creds.SeverityWarning, name, lang.Sprintf("The long-term key of %s is in plaintext", name),
			lang.Sprintf("The key %s is in %s, where every program that you start can read it.", p.ShownKeyID(), at)).
			advise(lang.T("Move it into the keyring with: daypass import")).in("import", ""))
	}
	for _, name := range slices.Sorted(maps.Keys(set.Sections())) {
		if p := set.Sections()[name]; p.HasLongTermKey() {
			add(name, p)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(set.Profiles)) {
		if p := set.Profiles[name]; p.KeyFile() != "" && !set.Sections()[name].HasLongTermKey() {
			add(name, p)
		}
	}
	switch {
	case len(found) > 0:
		return found
	case !d.files.isRead.Load():
		return []finding{c.unknown("", lang.T("Long-term keys in plaintext"), lang.T("The AWS files could not be read."))}
	}
	return []finding{c.ok(lang.T("No long-term key is in plaintext"), lang.T("Neither of the AWS files has one."))}
}

// keyFiles returns which of the two files has a section's key.
func (d doctor) keyFiles(ctx context.Context) map[string]string {
	in := map[string]string{}
	for _, one := range []struct {
		kind awsfile.Kind
		path string
	}{{awsfile.Config, d.cfg.Files.Config}, {awsfile.Credentials, d.cfg.Files.Credentials}} {
		f, _, err := awsfile.Load(ctx, one.kind, one.path)
		if err != nil {
			continue // found by another check
		}
		for _, name := range f.Profiles() {
			if id, has := f.Get(awsfile.Profile(name), "aws_access_key_id"); has && strings.TrimSpace(id) != "" {
				in[strings.Clone(name)] = one.path
			}
		}
	}
	return in
}
