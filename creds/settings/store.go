package settings

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/internal/atomicfile"
	"daypass/internal/lang"
	"daypass/internal/tomlfile"
)

// Store holds the settings in use and changes the file that they are in.
type Store struct {
	path string
	// turn holds a token while the file is neither read nor changed, so that an older
	// reading never replaces a newer one.
	turn chan struct{}
	// text is that of the file when the store was made, and reason what is wrong
	// with it; fault says also what is used instead.
	text          string
	reason, fault error
	// inUse says what is used while the file has a fault; the turn guards it.
	inUse string
	// copyTo is where the last good text is kept, and copied what was written.
	copyTo, copied string

	mu       sync.Mutex
	settings creds.Settings
	watchers map[chan struct{}]struct{} // woken by Change
}

// New returns a store with what config.toml at path says. If the file has a
// fault, the store has what is right in it; the error is a sentence that
// says so. See [Store.KeepLastGood].
func New(path string) (*Store, error) {
	store := &Store{path: path, turn: make(chan struct{}, 1), inUse: lang.T(lastGoodUsed), watchers: map[chan struct{}]struct{}{}}
	store.text, store.settings, store.reason = load(path)
	if store.reason != nil {
		store.settings = soundIn(store.text)
		store.inUse = lang.T(soundUsed)
		store.fault = fmt.Errorf("%w; %s", store.reason, lang.T(soundUsed))
	}
	store.turn <- struct{}{}
	return store, store.fault
}

// Fault returns what was wrong with the file when the store was made, and what is
// used instead. Later faults are those of [Store.Watch].
func (s *Store) Fault() error { return s.fault }

// Path is that of config.toml.
func (s *Store) Path() string { return s.path }

// Current returns the settings in use: those that the file had when it was last
// found without fault, and of a faulty one what makes a profile safer. They are a
// copy, to keep or change.
func (s *Store) Current() creds.Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings.Clone()
}

// Change makes changes in the file, all of them or, with an error, none, and has
// [Store.Current] return them. In the file only their own lines change; comments
// stay. Nil, "" and, for flags whose default it is, false remove the line from the
// file, with a header that is then empty. If the file has all of it already, it is not
// written.
//
// The file and its folder are made if they are missing, mode 0600 and 0700; a
// mode that is there stays, and symbolic links are followed. The file is
// replaced in one step, and what another program has written to it is read
// first.
//
// The error is ctx's or an [*creds.Error]: of [creds.CodeBadRequest] if
// there is no such setting or it cannot have the value, of [creds.CodeFile] if
// the file cannot be written, has a fault, or is in a form in which only a
// person can change it.
func (s *Store) Change(ctx context.Context, changes []creds.SettingChange) error {
	return s.edit(ctx, func(old string) (string, creds.Settings, error) { return change(s.path, old, changes) })
}

// edit is Change by what returns the new text and the settings in it.
func (s *Store) edit(ctx context.Context, edit func(old string) (string, creds.Settings, error)) error {
	select {
	case <-s.turn:
		defer func() { s.turn <- struct{}{} }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	var next creds.Settings
	var written string
	err := atomicfile.Edit(ctx, s.path, tomlfile.MaxSize, func(old string) (edited atomicfile.Edited, err error) {
		written, next, err = edit(old)
		return atomicfile.Edited{Text: []string{written}}, err
	})
	if err != nil {
		if failure := (*creds.Error)(nil); ctx.Err() != nil || errors.As(err, &failure) {
			return err
		}
		return &creds.Error{Code: creds.CodeFile, Message: lang.Sprintf("the settings were not changed: %s", err.Error()), Advice: advice.File(err)}
	}
	s.inUse = lang.T(lastGoodUsed)
	s.keepCopyLocked(written)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settings = next
	for wake := range s.watchers {
		select {
		case wake <- struct{}{}:
		default: // it is awake
		}
	}
	return nil
}

// reload reads the file again. It returns the settings in use now, with the error of
// this reading. Unless sure is set, a file that is broken, empty or gone changes
// nothing, and sound is false.
func (s *Store) reload(ctx context.Context, sure bool) (now creds.Settings, sound bool, err error) {
	select {
	case <-s.turn:
		defer func() { s.turn <- struct{}{} }()
	case <-ctx.Done():
		return s.Current(), true, nil
	}
	text, next, err := load(s.path)
	if !sure {
		emptied := reflect.DeepEqual(next, Defaults()) && !reflect.DeepEqual(next, s.Current())
		if err != nil || emptied {
			return creds.Settings{}, false, nil
		}
	}
	if err == nil {
		s.inUse = lang.T(lastGoodUsed)
		s.keepCopyLocked(text)
	} else {
		next = restrict(s.Current(), soundIn(text))
		err = fmt.Errorf("%w; %s", err, s.inUse)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settings = next
	return s.settings.Clone(), true, err
}
