package core

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"time"

	"daypass/creds"
	"daypass/creds/awsfile"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// staleAfter is how long credentials that have ended are left alone: they are what a
// person logs in again with.
const staleAfter = 24 * time.Hour

// lookForShadowed looks for profiles with a key beside settings that some of AWS's tools
// prefer to the key, and others do not.
func (d doctor) lookForShadowed(context.Context) []finding {
	c := check{id: "shadowed", topic: creds.TopicProfiles}
	var found []finding
	sections := d.files.set().Sections()
	for _, name := range slices.Sorted(maps.Keys(sections)) {
		p := sections[name]
		// A role whose source is its own section is what the key is for.
		if p.AccessKeyID == "" || !p.WantsDerivedName() || p.Source == name {
			continue
		}
		f := c.found(creds.SeverityWarning, name, lang.Sprintf("AWS's tools disagree on the profile %s", name),
			lang.Sprintf("It has the key %s beside other settings that say how it gets credentials: the AWS CLI uses those, and Terraform and other programs the key.", p.ShownKeyID())).
			advise(lang.T("Take the lines that begin with aws_ out of the section, or give the key a section of its own."))
		if of, is := d.holderOf(name, p.AccessKeyID); is {
			f = f.advise(lang.T("daypass wrote the key before the other settings were there, and can take it out.")).
				mend(lang.T("Take the key out"), d.releasing(of))
		}
		found = append(found, f)
	}
	if len(found) == 0 {
		return []finding{c.ok(lang.T("AWS's tools read all profiles alike"), lang.T("No profile has a key beside settings that come before it."))}
	}
	return found
}

// holderOf returns the profile that daypass has written a section's key for.
func (d doctor) holderOf(section, accessKeyID string) (name string, is bool) {
	for name, h := range d.store.allHeld() {
		if slices.ContainsFunc(h.written(), func(w writtenKey) bool { return w.Section == section && w.AccessKeyID == accessKeyID }) {
			return name, true
		}
	}
	return "", false
}

// releasing returns what takes a profile's credentials out of the files.
func (d doctor) releasing(name string) func(context.Context, creds.Requester) error {
	return func(ctx context.Context, _ creds.Requester) error {
		defer d.writer.blockRenewals(name)()
		return d.writer.release(ctx, name)
	}
}

// lookForStale looks for temporary credentials that have ended.
func (d doctor) lookForStale(context.Context) []finding {
	c := check{id: "stale", topic: creds.TopicProfiles}
	var found []finding
	now := time.Now()
	sections := d.files.set().Sections()
	for _, name := range slices.Sorted(maps.Keys(sections)) {
		p := sections[name]
		if !awsfile.IsSessionID(p.AccessKeyID) {
			continue
		}
		of, ours := d.holderOf(name, p.AccessKeyID)
		ended := p.TokenEnds()
		if ours {
			h, _ := d.store.held(of)
			ended = cmp.Or(ended, h.Written.Expires)
		}
		if ended.IsZero() || now.Sub(ended) < staleAfter {
			continue
		}
		since := words.Span(now.Sub(ended))
		f := c.found(creds.SeverityWarning, name, lang.Sprintf("The credentials in [%s] have ended", name), lang.Sprintf("They ended %s ago.", since))
		if ours {
			f = f.advise(lang.Sprintf("Get new ones with: daypass login %s; or take them out.", of)).mend(lang.T("Take them out"), d.releasing(of))
		} else {
			f = f.advise(lang.T("Another program has written them: get new ones with that, or take the section out of the file."))
		}
		found = append(found, f)
	}
	if len(found) == 0 {
		return []finding{c.ok(lang.T("No credentials are left over"), lang.T("Those in the files have not ended, or did so within the last day."))}
	}
	return found
}

// lookForNowhere looks for profiles that cannot get credentials as the files have them.
func (d doctor) lookForNowhere(context.Context) []finding {
	c := check{id: "nowhere", topic: creds.TopicProfiles}
	var found []finding
	good, waiting := 0, 0
	resolver := d.resolver()
	for _, s := range d.view.current().Profiles {
		_, err := resolver.Resolve(s.Name)
		switch problem := creds.AsError(err); {
		case err == nil || problem.Code == creds.CodeUnsupported, s.Name == "default" && problem.Code == creds.CodeNoKey:
			// What [default] has may only be meant for other tools, such as a region.
			good++
		case isUnread(err):
			waiting++
		default:
			severity := creds.SeverityError
			if problem.Code == creds.CodeSignInNeeded {
				severity = creds.SeverityWarning
			}
			f := c.because(severity, s.Name, lang.Sprintf("The profile %s cannot get credentials", s.Name), err, s.Name)
			if problem.Code == creds.CodeNoKey {
				f = f.in("add", s.KeyOwner())
			}
			found = append(found, f)
		}
	}
	title := lang.T("How profiles get their credentials")
	if waiting > 0 {
		found = append(found, c.unknown("waiting", title, lang.Count(waiting, "%d profile may have its key in the keyring, which has not been read.", "%d profiles may have their keys in the keyring, which has not been read.")))
	}
	if !d.files.isRead.Load() {
		found = append(found, c.unknown("unread", title, lang.T("The AWS files could not be read.")))
	}
	if len(found) == 0 {
		return []finding{c.ok(lang.T("All profiles lead somewhere"), lang.Count(good, "%d profile can get credentials as the files have it.", "%d profiles can get credentials as the files have them."))}
	}
	return found
}

// lookAtFiles looks at what AWS's own tools make of the two files.
func (d doctor) lookAtFiles(context.Context) []finding {
	c := check{id: "files", topic: creds.TopicFiles}
	var found []finding
	if err := d.problems.get(topicFiles); err != nil {
		found = append(found, c.because(creds.SeverityError, "unread", lang.T("An AWS file cannot be read"), err, ""))
	}
	set := d.files.set()
	for _, flaw := range set.Flaws.Refused {
		found = append(found, c.flawed(creds.SeverityError, lang.T("The AWS CLI refuses a file"), flaw))
	}
	for _, flaw := range set.Flaws.General()[len(set.Flaws.Refused):] {
		found = append(found, c.flawed(creds.SeverityWarning, lang.T("A line that AWS's tools read differently"), flaw))
	}
	if err := d.problems.get(topicDisagree); err != nil {
		found = append(found, c.because(creds.SeverityWarning, "disagreement", lang.T("Two sections contradict each other"), err, ""))
	}
	seen := map[creds.Error]bool{}
	for _, name := range slices.Sorted(maps.Keys(set.Profiles)) {
		for _, flaw := range set.FlawsOf(name) {
			if !seen[flaw.Error] {
				seen[flaw.Error] = true
				found = append(found, c.flawed(creds.SeverityWarning, lang.Sprintf("AWS's tools read the profile %s differently", name), flaw.Error))
			}
		}
	}
	if len(found) == 0 {
		return []finding{c.ok(lang.T("AWS's tools can read the AWS files"), lang.Sprintf("Nothing in %s and %s is read in two ways.", d.cfg.Files.Config, d.cfg.Files.Credentials))}
	}
	return found
}

// flawed makes a finding of a flaw, whose message has the file and the line.
func (c check) flawed(severity creds.Severity, title string, flaw creds.Error) finding {
	return c.found(severity, markOf(flaw.Message), title, sentence(flaw.Message)).advise(flaw.Advice)
}

// markOf returns a short text that stays the same for the same text.
func markOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:6])
}
