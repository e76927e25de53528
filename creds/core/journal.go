package core

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/internal/atomicfile"
	"daypass/internal/lang"
)

// journal holds what is being done with long-term keys and the profiles that have them:
// each step is written to the disk before it is taken, so that the next agent finishes or
// undoes what a killed one began. It has no secret.
type journal struct {
	path string
	// turn holds a token while nobody reads or writes the file.
	turn chan struct{}

	mu sync.Mutex
	journalForm
	// isRead is set once the file has been read.
	isRead bool
	// claimed are the entries that somebody is working on in this agent.
	claimed map[string]bool
	// rotations are those in the journal, by the IDs of their keys; nil if that is to be read
	// from the entries again.
	rotations map[string]rotation
}

// journalForm is the form of the file.
type journalForm struct {
	Version int `json:"version"`
	// Next numbers the entries.
	Next    int                     `json:"next"`
	Entries map[string]journalEntry `json:"entries,omitempty"`
	// News are what became of entries that were taken up again, by profile.
	News map[string]journalNews `json:"news,omitempty"`
	// Announced are the access key IDs of keys in plaintext that a notice was shown of.
	Announced []string `json:"announced,omitempty"`
}

// journalEntry is one change under way.
type journalEntry struct {
	ID   string      `json:"id"`
	Kind journalKind `json:"kind"`
	// Began is when it was begun, and Due when it is to be taken up again; zero for at the
	// next start.
	Began time.Time `json:"began"`
	Due   time.Time `json:"due,omitzero"`
	// Parked is set if nothing is under way any more: the entry is kept so that what was done
	// can be undone.
	Parked bool `json:"parked,omitempty"`
	// Profiles are those that are changed: none of them may be changed otherwise meanwhile.
	Profiles []string `json:"profiles"`
	// State is the kind's own, without a secret.
	State json.RawMessage `json:"state"`
}

// journalKind is what is done.
type journalKind string

// The kinds of entries.
const (
	journalRotation journalKind = "rotation"
	journalImport   journalKind = "import"
	journalRemoval  journalKind = "removal"
	journalRename   journalKind = "rename"
	journalItems    journalKind = "items"   // old items of the keyring become one for each key
	journalBackend  journalKind = "backend" // everything moves to another keyring
)

// journalNews is one sentence on what became of a change that was cut off.
type journalNews struct {
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

const (
	journalVersion = 1
	// maxJournal is far above what rotations of ten thousand profiles need.
	maxJournal = 32 << 20
)

func newJournal(path string) *journal {
	j := &journal{path: path, turn: make(chan struct{}, 1), claimed: map[string]bool{}}
	j.journalForm = emptyJournal()
	j.turn <- struct{}{}
	return j
}

func emptyJournal() journalForm {
	return journalForm{Version: journalVersion, Entries: map[string]journalEntry{}, News: map[string]journalNews{}}
}

// open reads the file, once. While it cannot be read, nothing may be begun.
func (j *journal) open() error {
	<-j.turn
	defer func() { j.turn <- struct{}{} }()
	return j.openInTurn()
}

func (j *journal) openInTurn() error {
	if j.wasRead() {
		return nil
	}
	read, err := j.load()
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.journalForm, j.isRead, j.rotations = read, true, nil
	return nil
}

func (j *journal) wasRead() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.isRead
}

func (j *journal) load() (journalForm, error) {
	read := emptyJournal()
	data, _, err := atomicfile.Read(j.path, maxJournal)
	if errors.Is(err, fs.ErrNotExist) {
		return read, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &read)
	}
	switch {
	case err != nil:
		// It is not set aside: it may have the only trace of a key.
		return read, &creds.Error{
			Code:    creds.CodeFile,
			Message: lang.Sprintf("what daypass was doing with long-term keys cannot be read, so that no key is changed: %v", err),
			Advice:  cmp.Or(advice.File(err), lang.Sprintf("Look at %s, and move it away if it is damaged.", j.path)),
		}
	case read.Version != journalVersion:
		return read, &creds.Error{
			Code:    creds.CodeFile,
			Message: lang.Sprintf("%s was written by a newer version of daypass, so that no key is changed", j.path),
			Advice:  lang.T("Install that version, or a later one."),
		}
	}
	return read, nil
}

// begin writes a new entry, which is claimed.
func (j *journal) begin(ctx context.Context, kind journalKind, profiles []string, state any) (id string, err error) {
	err = j.change(ctx, func(f *journalForm) error {
		f.Next++
		id = string(kind) + "-" + strconv.Itoa(f.Next)
		data, err := json.Marshal(state)
		f.Entries[id] = journalEntry{ID: id, Kind: kind, Began: time.Now().Round(0), Profiles: profiles, State: data}
		return err
	}, func() { j.claimed[id] = true })
	return id, err
}

// step writes the state that an entry is about to have.
func (j *journal) step(ctx context.Context, id string, state any) error {
	return j.change(ctx, func(f *journalForm) error {
		e, ok := f.Entries[id]
		if !ok {
			return lang.Errorf("the journal has no entry %s", id)
		}
		data, err := json.Marshal(state)
		e.State = data
		f.Entries[id] = e
		return err
	}, nil)
}

// leave releases an entry, which is taken up again when it is due.
func (j *journal) leave(ctx context.Context, id string, due time.Time) error {
	return j.change(ctx, func(f *journalForm) error {
		if e, ok := f.Entries[id]; ok {
			e.Due = due
			f.Entries[id] = e
		}
		return nil
	}, func() { delete(j.claimed, id) })
}

// park writes the last state of an entry, which is kept and not taken up again. news, unless
// "", is a sentence for each of its profiles.
func (j *journal) park(ctx context.Context, id string, state any, news string) error {
	return j.change(ctx, func(f *journalForm) error {
		e, ok := f.Entries[id]
		if !ok {
			return lang.Errorf("the journal has no entry %s", id)
		}
		data, err := json.Marshal(state)
		e.State, e.Parked = data, true
		f.Entries[id] = e
		for _, name := range e.Profiles {
			delete(f.News, name)
			if news != "" {
				f.News[name] = journalNews{news, time.Now().Round(0)}
			}
		}
		return err
	}, func() { delete(j.claimed, id) })
}

// unpark writes the state of a parked entry that is to be undone.
func (j *journal) unpark(ctx context.Context, id string, state any) error {
	return j.change(ctx, func(f *journalForm) error {
		e, ok := f.Entries[id]
		if !ok || !e.Parked || j.isClaimed(id) {
			return lang.Errorf("the journal has no entry %s", id)
		}
		data, err := json.Marshal(state)
		e.State, e.Parked = data, false
		f.Entries[id] = e
		return err
	}, func() { j.claimed[id] = true })
}

func (j *journal) isClaimed(id string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.claimed[id]
}

// end removes an entry. news, unless "", is a sentence for each of its profiles.
func (j *journal) end(ctx context.Context, id, news string) error {
	return j.finish(ctx, id, func(f *journalForm) {
		for _, name := range f.Entries[id].Profiles {
			delete(f.News, name)
			if news != "" {
				f.News[name] = journalNews{news, time.Now().Round(0)}
			}
		}
	})
}

// finish removes an entry, and changes what else the journal has, in one write.
func (j *journal) finish(ctx context.Context, id string, also func(*journalForm)) error {
	return j.change(ctx, func(f *journalForm) error {
		also(f)
		delete(f.Entries, id)
		return nil
	}, func() { delete(j.claimed, id) })
}

// announce has a sentence for profiles, on what became of a change that was cut off.
func (j *journal) announce(ctx context.Context, profiles []string, news string) error {
	return j.change(ctx, func(f *journalForm) error {
		for _, name := range profiles {
			f.News[name] = journalNews{news, time.Now().Round(0)}
		}
		return nil
	}, nil)
}

// change writes the journal as edit leaves it, and then has it so; noteLocked runs with it.
func (j *journal) change(ctx context.Context, edit func(*journalForm) error, noteLocked func()) error {
	select {
	case <-j.turn:
		defer func() { j.turn <- struct{}{} }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := j.openInTurn(); err != nil {
		return err
	}
	next := j.copy()
	if err := edit(&next); err != nil {
		return err
	}
	data, err := json.Marshal(next)
	if err != nil {
		return err
	}
	// Not the caller's context: what is begun is written even if nobody waits.
	if err := atomicfile.Write(context.WithoutCancel(ctx), j.path, data, 0o600); err != nil {
		return &creds.Error{
			Code:    creds.CodeFile,
			Message: lang.Sprintf("what is to be done cannot be written down first, so that it is not done: %v", err),
			Advice:  advice.File(err),
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.journalForm, j.rotations = next, nil
	if noteLocked != nil {
		noteLocked()
	}
	return nil
}

func (j *journal) copy() journalForm {
	j.mu.Lock()
	defer j.mu.Unlock()
	next := j.journalForm
	next.Entries, next.News = maps.Clone(next.Entries), maps.Clone(next.News)
	return next
}

// entries returns the entries of a kind, oldest first.
func (j *journal) entries(kind journalKind) (all []journalEntry) {
	for _, e := range j.copy().Entries {
		if e.Kind == kind {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b journalEntry) int { return cmp.Or(a.Began.Compare(b.Began), cmp.Compare(a.ID, b.ID)) })
	return all
}

// unclaimed returns the entries that nobody works on, oldest first.
func (j *journal) unclaimed() (all []journalEntry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for id, e := range j.Entries {
		if !j.claimed[id] && !e.Parked {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b journalEntry) int { return cmp.Or(a.Began.Compare(b.Began), cmp.Compare(a.ID, b.ID)) })
	return all
}

// claim takes an entry up, and reports whether nobody else had.
func (j *journal) claim(id string) (claimed bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, is := j.Entries[id]; !is || j.claimed[id] {
		return false
	}
	j.claimed[id] = true
	return true
}

// release is leave without a new time.
func (j *journal) release(id string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.claimed, id)
}

// news returns the sentence about a profile's last change that was cut off.
func (j *journal) news(profile string) journalNews {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.News[profile]
}
