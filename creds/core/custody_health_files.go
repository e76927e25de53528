package core

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/creds/awsfile"
	"daypass/internal/atomicfile"
	"daypass/internal/lang"
)

// Permissions that nobody but the owner should have.
const (
	readByOthers    fs.FileMode = 0o077
	writtenByOthers fs.FileMode = 0o022
)

// guarded is a file or folder, with the permissions that others must not have.
type guarded struct {
	path   string
	forbid fs.FileMode
}

// guardedFiles are those of daypass's and of AWS's tools. Missing ones are among them.
func (d doctor) guardedFiles(ctx context.Context) []guarded {
	state := d.cfg.StateDir
	all := []guarded{
		{state, readByOthers},
		{filepath.Join(state, "keyring"), readByOthers},
		{filepath.Join(state, "sessions.age"), readByOthers},
		{filepath.Join(state, "custody.json"), readByOthers},
	}
	for _, one := range []struct {
		kind awsfile.Kind
		path string
	}{{awsfile.Config, d.cfg.Files.Config}, {awsfile.Credentials, d.cfg.Files.Credentials}} {
		forbid := writtenByOthers // anybody may read a file without secrets
		if f, _, err := awsfile.Load(ctx, one.kind, one.path); err == nil && f.HasSecrets() {
			forbid = readByOthers
		}
		all = append(all, guarded{filepath.Dir(one.path), writtenByOthers}, guarded{one.path, forbid})
		if file, err := atomicfile.Follow(one.path); err == nil && file != one.path {
			all = append(all, guarded{filepath.Dir(file), writtenByOthers})
		}
	}
	folders := []string{d.cfg.Logins.Dir()}
	if d.cfg.Tokens != nil {
		folders = append(folders, d.cfg.Tokens.Dir())
	}
	for _, folder := range folders {
		all = append(all, guarded{folder, writtenByOthers})
		files, _ := filepath.Glob(filepath.Join(folder, "*.json")) // the pattern is right
		for _, file := range files {
			all = append(all, guarded{file, readByOthers})
		}
	}
	for _, path := range d.cfg.Around.Private {
		all = append(all, guarded{path, readByOthers})
	}
	for _, path := range d.cfg.Around.Own {
		all = append(all, guarded{path, writtenByOthers})
	}
	return all
}

// lookAtModes looks for files and folders that others may read or write. On Windows others
// have no access to a person's folders unless it was given to them there.
func (d doctor) lookAtModes(ctx context.Context) []finding {
	c := check{id: "modes", topic: creds.TopicFiles}
	title := lang.T("Nobody else can read or change daypass’s files")
	if runtime.GOOS == "windows" {
		return []finding{c.ok(title, lang.T("They are in folders that Windows keeps for you alone."))}
	}
	var found []finding
	var seen []string
	for _, g := range d.guardedFiles(ctx) {
		if ctx.Err() != nil {
			return append(found, c.unknown("", title, lang.Sprintf("Not all could be looked at within %s.", checkLimit-checkMargin)))
		}
		if slices.Contains(seen, g.path) {
			continue
		}
		seen = append(seen, g.path)
		info, err := os.Stat(g.path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			found = append(found, c.because(creds.SeverityError, g.path, lang.Sprintf("%s cannot be looked at", g.path), lang.Errorf("%w", atomicfile.Cause(err)), ""))
		default:
			found = append(found, g.findings(c, info)...)
		}
	}
	if len(found) == 0 {
		return []finding{c.ok(title, lang.T("Their permissions are as they should be."))}
	}
	return found
}

func (g guarded) findings(c check, info fs.FileInfo) (found []finding) {
	if !isOwn(info) {
		found = append(found, c.found(creds.SeverityWarning, "owner-"+g.path, lang.Sprintf("%s is another user's", g.path),
			lang.T("daypass may be unable to change it.")).
			advise(lang.Sprintf("Make it yours again; a program that ran as root may have made it: sudo chown \"$USER\" %s", advice.Word(g.path))))
	}
	mode := info.Mode().Perm()
	if mode&g.forbid == 0 {
		return found
	}
	detail := lang.Sprintf("Other users may read it (mode %#o).", mode)
	if mode&writtenByOthers != 0 {
		detail = lang.Sprintf("Other users may change it (mode %#o).", mode)
	}
	title := lang.Sprintf("%s is open to other users", g.path)
	f := c.found(creds.SeverityWarning, g.path, title, detail).advise(lang.T("Take their permissions away."))
	if isOwn(info) {
		f = f.mend(lang.Sprintf("Set mode %#o", mode&^g.forbid), func(context.Context, creds.Requester) error {
			now, err := os.Stat(g.path)
			if err == nil {
				err = os.Chmod(g.path, now.Mode().Perm()&^g.forbid)
			}
			if err != nil {
				return &creds.Error{Code: creds.CodeFile, Message: lang.Sprintf("the permissions of %s were not changed: %v", g.path, atomicfile.Cause(err))}
			}
			return nil
		})
	}
	return append(found, f)
}

// lookAtSessions looks whether sessions outlive the agent.
func (d doctor) lookAtSessions(context.Context) []finding {
	c := check{id: "sessions", topic: creds.TopicDaypass}
	var found []finding
	if err := d.problems.get(topicSessions); err != nil {
		found = append(found, c.because(creds.SeverityWarning, "unread", lang.T("Saved sessions could not be read"), err, ""))
	}
	if err := d.problems.get(topicSaving); err != nil {
		found = append(found, c.because(creds.SeverityError, "unsaved", lang.T("Sessions are not saved"), err, "").
			mend(lang.T("Save again"), func(context.Context, creds.Requester) error { return d.keeper.save(true) }))
	}
	switch {
	case len(found) > 0:
		return found
	case !d.keyring.known():
		return []finding{c.unknown("", lang.T("The saved sessions"), lang.T("They have not been read, as their key is in the keyring."))}
	}
	return []finding{c.ok(lang.T("Sessions are saved"), lang.Count(len(d.store.allHeld()), "%d profile has one.", "%d profiles have one."))}
}
