package core

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// doings are what the entries of the journal do, as titles.
var doings = map[journalKind]lang.Text{
	journalRotation: "A key of %s is being rotated",
	journalImport:   "An imported key of %s can be put back",
	journalRemoval:  "The profile %s is being removed",
	journalRename:   "The profile %s is being renamed",
	journalItems:    "The items of %s in the keyring are being moved",
	journalBackend:  "All keys are being moved to another keyring",
}

// lookAtJournal looks for changes of long-term keys that are not finished.
func (d doctor) lookAtJournal(context.Context) []finding {
	c := check{id: "journal", topic: creds.TopicDaypass}
	read, err := d.journal.load()
	if err != nil {
		return []finding{c.because(creds.SeverityError, "", lang.T("What is being done with long-term keys cannot be read"), err, "")}
	}
	var found []finding
	for _, id := range slices.Sorted(maps.Keys(read.Entries)) {
		found = append(found, d.lookAtEntry(c, read.Entries[id]))
	}
	for _, name := range slices.Sorted(maps.Keys(read.News)) {
		news := read.News[name]
		found = append(found, c.found(creds.SeverityOK, "news-"+name, lang.Sprintf("What was begun with %s is settled", name), sentence(news.Text)))
	}
	if len(found) == 0 {
		return []finding{c.ok(lang.T("No change of a long-term key is unfinished"), "")}
	}
	return found
}

func (d doctor) lookAtEntry(c check, e journalEntry) finding {
	title := lang.Sprintf("A change of %s is not finished", strings.Join(e.Profiles, ", "))
	if words, known := doings[e.Kind]; known {
		title = words.String()
		if strings.Contains(title, "%s") {
			title = lang.Sprintf(words, strings.Join(e.Profiles, ", "))
		}
	}
	now := time.Now()
	began := lang.Sprintf("It was begun at %s.", words.Clock(e.Began, now))
	d.mu.Lock()
	failures, retry := d.failed[e.ID].failures, d.failed[e.ID].retry
	d.mu.Unlock()
	switch {
	case failures > 0:
		return c.found(creds.SeverityWarning, e.ID, title, lang.Sprintf("It could not be finished yet, and is tried again at %s; the agent’s log says why.", words.Clock(retry, now))).
			advise(lang.T("Nothing is lost: the keys that were there before still are.")).
			mend(lang.T("Try now"), func(context.Context, creds.Requester) error {
				d.hurry()
				d.view.wake()
				return nil
			})
	case !d.keyring.known():
		return c.unknown(e.ID, title, lang.T("It goes on when the keyring is unlocked."))
	case e.Due.After(now):
		return c.found(creds.SeverityOK, e.ID, title, lang.Sprintf("Its last step is due at %s.", words.Clock(e.Due, now)))
	}
	return c.found(creds.SeverityOK, e.ID, title, began)
}

// lookAtSettings looks for faults of the files that people edit.
func (d doctor) lookAtSettings(context.Context) []finding {
	c := check{id: "settings", topic: creds.TopicDaypass}
	var found []finding
	for _, one := range []struct{ topic, what, title string }{
		{topicSettings, "config", lang.T("The settings have a fault")},
		{topicPath, "path", lang.T("Folders of programs are left out")},
		{topicBookmarks, "bookmarks", lang.T("The bookmarks cannot be read")},
		{topicVisits, "visits", lang.T("What was opened cannot be read")},
	} {
		if err := d.problems.get(one.topic); err != nil {
			found = append(found, c.because(creds.SeverityWarning, one.what, one.title, err, ""))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(d.files.set().Sessions)) {
		if err := d.problems.get(topicTokens(id)); err != nil {
			found = append(found, c.because(creds.SeverityWarning, "token-"+id, lang.Sprintf("The sign-in of %s cannot be kept", id), err, ""))
		}
	}
	if len(found) == 0 {
		return []finding{c.ok(lang.T("The settings are read"), "")}
	}
	return found
}
