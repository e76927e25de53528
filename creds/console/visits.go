package console

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"daypass/creds"
	"daypass/internal/atomicfile"
	"daypass/internal/lang"
)

const (
	maxVisits = 100
	visitLife = 90 * 24 * time.Hour
	// maxFile is far above what they need.
	maxFile = 4 << 20
)

// Visits are the consoles that were opened, in a file that outlives restarts.
type Visits struct {
	path string
	log  *slog.Logger
	mu   sync.Mutex // one at a time
}

// NewVisits returns the visits in a file, which need not exist. An invalid file is set
// aside and logged; a nil log is the default one.
func NewVisits(path string, log *slog.Logger) *Visits {
	return &Visits{path: path, log: cmp.Or(log, slog.Default())}
}

// List returns the visits of the last 90 days, at most 100, newest first.
func (v *Visits) List() ([]creds.Visit, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.read()
}

// Find returns the visit of an ID.
func (v *Visits) Find(id string) (creds.Visit, error) {
	list, err := v.List()
	if err != nil {
		return creds.Visit{}, err
	}
	i := slices.IndexFunc(list, func(one creds.Visit) bool { return one.ID == id })
	if i < 0 {
		return creds.Visit{}, lang.Error("what was opened then is not in the list any more")
	}
	return list[i], nil
}

// Add keeps a visit, and gives it an ID. Its Destination must be without secrets, as
// [Destination] returns it, and its time of opening set.
func (v *Visits) Add(one creds.Visit) (creds.Visit, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	list, err := v.read()
	if err != nil {
		return one, err
	}
	one.ID = rand.Text()
	return one, v.write(append(list, one))
}

// Clear forgets all visits.
func (v *Visits) Clear() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := os.Remove(v.path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return lang.Errorf("the list of what was opened cannot be removed: %w", err)
	}
	return nil
}

type visitsFile struct {
	Version int           `json:"version"`
	Visits  []creds.Visit `json:"visits"`
}

func (v *Visits) read() ([]creds.Visit, error) {
	data, info, err := atomicfile.Read(v.path, maxFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return []creds.Visit{}, nil
	case err != nil && !errors.Is(err, atomicfile.ErrTooLarge):
		return nil, lang.Errorf("the list of what was opened cannot be read: %w; move the file away", err)
	}
	f := visitsFile{}
	if err != nil || json.Unmarshal(data, &f) != nil || f.Version != 1 {
		aside, err := atomicfile.SetAside(v.path, info)
		if err != nil {
			return nil, lang.Errorf("the list of what was opened, %s, makes no sense and cannot be moved away: %w", v.path, err)
		}
		v.log.Warn("the list of opened consoles made no sense and was set aside", "file", v.path, "as", aside)
		return []creds.Visit{}, nil
	}
	return kept(f.Visits), nil
}

// kept returns the visits to keep, newest first.
func kept(list []creds.Visit) []creds.Visit {
	list = slices.DeleteFunc(list, func(one creds.Visit) bool { return time.Since(one.Opened) > visitLife })
	slices.SortStableFunc(list, func(a, b creds.Visit) int { return b.Opened.Compare(a.Opened) })
	return append([]creds.Visit{}, list[:min(len(list), maxVisits)]...)
}

func (v *Visits) write(list []creds.Visit) error {
	data, err := json.MarshalIndent(visitsFile{1, kept(list)}, "", "  ")
	if err == nil {
		// The write takes no longer than the disk, or two seconds for readers.
		err = atomicfile.Write(context.Background(), v.path, data, 0o600)
	}
	if err != nil {
		return lang.Errorf("the list of what was opened cannot be saved: %w", err)
	}
	return nil
}
