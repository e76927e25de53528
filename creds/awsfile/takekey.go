package awsfile

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"daypass/internal/lang"
)

// Taken is what [File.TakeKey] took out of a section, without the key itself: all that
// [Taken.PutKey] needs to put the key back to the byte.
type Taken struct {
	Lines []TakenLine `json:"lines"`
	// Left is the fingerprint of the section as it was left.
	Left string `json:"left"`
}

// TakenLine is a line that had a part of the key. A comment behind the value stays in the
// file, on a line of its own.
type TakenLine struct {
	// Block is which of the section's parts the line was in, and At where, as offset in
	// the text that is left of that.
	Block int `json:"block,omitempty"`
	At    int `json:"at"`
	// Before and After are what was around the value on the line.
	Before string `json:"before"`
	After  string `json:"after"`
	// Secret is set if the value was the secret access key, and not its ID.
	Secret bool `json:"secret,omitempty"`
}

var (
	// ErrTangled refuses to take a key out of a section in which other lines would be
	// read differently without it.
	ErrTangled = lang.Error("its lines cannot be taken out without changing what others mean")
	// ErrPlaceChanged refuses to put a key back where the section has changed since.
	ErrPlaceChanged = lang.Error("that place of the file has changed since")
	// ErrNoSuchKey says that the section does not have the key.
	ErrNoSuchKey = lang.Error("the key is not there any more")
)

// TakeKey takes a long-term key out of a section, where it must have been allowed with
// [File.Allow], and nothing else: all other bytes stay as they are. After an error nothing
// was changed; it wraps [ErrNoSuchKey], [ErrTangled] or [ErrLongTermKey].
func (f *File) TakeKey(sec Section, id, secretKey string) (Taken, error) {
	var taken Taken
	changes := map[int]block{}
	n := -1
	hasID, hasSecret := false, false
	for i := range f.all(sec) {
		n++
		b := f.blocks[i]
		next, lines := b.withoutKey(id, secretKey)
		for _, l := range lines {
			hasID, hasSecret = hasID || !l.Secret, hasSecret || l.Secret
			l.Block = n
			taken.Lines = append(taken.Lines, l)
		}
		changes[i] = next
	}
	if !hasID || !hasSecret {
		return Taken{}, ErrNoSuchKey
	}
	for i, next := range changes {
		want, got := f.blocks[i].values(), next.values()
		if got[keyID] != "" || got[keySecret] != "" {
			return Taken{}, f.refusal(sec) // another key is above this one
		}
		for _, key := range []string{keyID, keySecret} {
			delete(want, key)
			delete(got, key)
		}
		if !maps.Equal(got, want) {
			return Taken{}, ErrTangled
		}
	}
	if err := f.commit(sec, changes); err != nil {
		return Taken{}, err
	}
	taken.Left = fingerprint(f, sec)
	return taken, nil
}

// withoutKey returns the block without the lines of a key, and these.
func (b block) withoutKey(id, secretKey string) (next block, taken []TakenLine) {
	var out strings.Builder
	out.WriteString(b.text[:b.head])
	for l := range b.lines() {
		raw := b.text[l.start:l.end]
		value := Unquote(l.value)
		isID, isSecret := l.key == keyID && value == id, l.key == keySecret && value == secretKey
		if l.kind != propertyLine || value == "" || !isID && !isSecret {
			out.WriteString(raw)
			continue
		}
		sign := strings.IndexAny(raw, "=:") + 1
		at := sign + strings.Index(raw[sign:], value)
		before, after := raw[:at], raw[at+len(value):]
		kept := ""
		if l.comment != "" {
			c := strings.Index(after, l.comment)
			after, kept = after[:c], after[c:]
		}
		taken = append(taken, TakenLine{At: out.Len(), Before: before, After: after, Secret: isSecret})
		out.WriteString(kept)
	}
	next = b
	next.text = out.String()
	return next, taken
}

// PutKey puts a key back that [File.TakeKey] took out of the section, which must be as that
// left it. The error wraps [ErrPlaceChanged]; then nothing was changed.
func (taken Taken) PutKey(f *File, sec Section, id, secretKey string) error {
	if !taken.IsLeft(f, sec) {
		return ErrPlaceChanged
	}
	changes := map[int]block{}
	n := -1
	for i := range f.all(sec) {
		n++
		b := f.blocks[i]
		for _, l := range slices.Backward(taken.Lines) {
			if l.Block != n {
				continue
			}
			if l.At < b.head || l.At > len(b.text) {
				return ErrPlaceChanged
			}
			value := id
			if l.Secret {
				value = secretKey
			}
			b.text = b.text[:l.At] + l.Before + value + l.After + b.text[l.At:]
		}
		changes[i] = b
	}
	return f.commit(sec, changes)
}

// IsLeft reports whether a section is as [File.TakeKey] left it.
func (taken Taken) IsLeft(f *File, sec Section) bool {
	return f.Has(sec) && fingerprint(f, sec) == taken.Left
}

// fingerprint is one of all text of a section, headers included.
func fingerprint(f *File, sec Section) string {
	h := sha256.New()
	for i := range f.all(sec) {
		_, _ = h.Write([]byte(f.blocks[i].text)) // a hash takes all
		_, _ = h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}
