package awsfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrLongTermKey refuses an edit that would overwrite or remove a long-term
// key, or part of one, that [File.Allow] was not given. A key is long-term if
// its id says so ([IsLongTermID]), or says nothing ([IsSessionID]) and has no
// session token beside it.
var ErrLongTermKey = errors.New("a long-term access key stands there and was not shown to be kept elsewhere")

const (
	keyID       = "aws_access_key_id"
	keySecret   = "aws_secret_access_key" //nolint:gosec // the name of a setting
	keyToken    = "aws_session_token"
	keyTokenOld = "aws_security_token"

	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
	longTermStart = "AKIA"
	sessionStart  = "ASIA"
)

// IsLongTermID reports whether an access key id says by itself that it is a
// long-term key's. AWS takes no session token with such a key, so that one
// beside it is left from credentials that the key has replaced.
func IsLongTermID(id string) bool { return startsWith(id, longTermStart) }

// IsSessionID reports whether an access key id says by itself that it belongs to
// temporary credentials, which are nothing without their session token. An id
// that is neither, as stand-ins for AWS have them, is recognised by its token alone.
func IsSessionID(id string) bool { return startsWith(id, sessionStart) }

// startsWith ignores case: an id that was typed in small letters is still
// somebody's key.
func startsWith(id, start string) bool {
	return len(id) >= len(start) && strings.EqualFold(id[:len(start)], start)
}

// StaticKey is an access key as a file has it: without the quotes that the
// Go SDK takes away, too.
type StaticKey struct {
	ID, Secret string
	// Token is the session token, and TokenName the setting that holds it, of
	// which there are two; both are "" where there is none.
	Token, TokenName string
}

// StaticKeyOf returns the key in a section's values, or the part of it that is
// there.
func StaticKeyOf(value func(key string) string) StaticKey {
	k := StaticKey{ID: unquote(value(keyID)), Secret: unquote(value(keySecret))}
	for _, name := range []string{keyToken, keyTokenOld} {
		if token := unquote(value(name)); token != "" {
			k.Token, k.TokenName = token, name
			break
		}
	}
	return k
}

// Over returns the key that a profile has with k in its credentials file and
// below in its config file. A key is taken as a whole from where its id is: a
// token in the one file says nothing about a key in the other. Halves count
// together where neither file has the other half itself.
func (k StaticKey) Over(below StaticKey) StaticKey {
	switch {
	case k.ID == "" && k.Secret == "":
		return below
	case k.ID == "" && below.ID != "" && below.Secret == "":
		below.Secret = k.Secret
		return below
	case k.Secret == "" && below.Secret != "" && below.ID == "":
		k.Secret = below.Secret
	}
	return k
}

// MayReplaceKey reports whether the keys in a section may be overwritten and
// removed: no part of a long-term key is there that [File.Allow] was not
// given. Lines that name a key where no reader sees one count, as an edit may
// take them along.
func (f *File) MayReplaceKey(sec Section) bool {
	g := f.guardOf(sec)
	return len(g.texts) == 0 && f.proved(g)
}

// Allow permits this one key to be overwritten or removed. Call it with the
// two parts as they were just read back from the place that keeps the key; it
// has effect on a section only where both equal what the file holds.
func (f *File) Allow(accessKeyID, secretAccessKey string) {
	if accessKeyID != "" && secretAccessKey != "" {
		f.proofs = append(f.proofs, keyPair{accessKeyID, secretAccessKey})
	}
}

type keyPair struct{ id, secret string }

// guard is what must not be lost from a section.
type guard struct {
	ids, secrets []string
	texts        []string // lines that name a key where no reader sees one
}

// guardOf returns what stood in the section before any edit. Later values are
// the caller's own, made in the same edit, so they need no guard.
func (f *File) guardOf(sec Section) guard {
	if g, ok := f.guards[sec]; ok {
		return g
	}
	var g guard
	for i := range f.all(sec) {
		g.add(f.blocks[i])
	}
	return g
}

// add collects from one block. Blocks are judged one by one: a session that
// was appended as a second [x] says nothing about the key in the first, unless
// that one's id is a session's too.
func (g *guard) add(b block) {
	found, hasToken := material(b)
	noSession := func(id string) bool { return !IsSessionID(id) }
	temporary := hasToken || len(found.ids) > 0 && !slices.ContainsFunc(found.ids, noSession)
	if !temporary || slices.ContainsFunc(found.ids, IsLongTermID) {
		g.ids = append(g.ids, found.ids...)
		g.secrets = append(g.secrets, found.secrets...)
	}
	g.texts = append(g.texts, found.texts...)
}

// material lists all key parts in a block, those that later lines override
// among them.
func material(b block) (found guard, hasToken bool) {
	for l := range b.lines() {
		value := unquote(l.value)
		switch {
		case l.kind == moreLine || l.kind == junkLine:
			if namesKey(l.text) {
				found.texts = append(found.texts, l.text)
			}
		case l.kind != propertyLine || value == "":
		case l.key == keyID:
			found.ids = append(found.ids, value)
		case l.key == keySecret:
			found.secrets = append(found.secrets, value)
		case l.key == keyToken, l.key == keyTokenOld:
			hasToken = true
		}
	}
	return found, hasToken
}

// namesKey reports whether a line that is no property, or a comment, looks as
// if it held a key.
func namesKey(text string) bool {
	lower := strings.ToLower(text)
	return strings.Contains(strings.ToUpper(text), longTermStart) || strings.Contains(lower, keyID) || strings.Contains(lower, keySecret)
}

// checkLoss compares a section before and after an edit.
func (f *File) checkLoss(sec Section, after []block) error {
	g := f.guardOf(sec)
	f.guards[sec] = g

	var now, then guard
	for _, i := range slices.Collect(f.all(sec)) {
		found, _ := material(f.blocks[i])
		now.ids, now.secrets = append(now.ids, found.ids...), append(now.secrets, found.secrets...)
	}
	for _, b := range after {
		found, _ := material(b)
		then.ids, then.secrets = append(then.ids, found.ids...), append(then.secrets, found.secrets...)
		then.texts = append(then.texts, found.texts...)
	}
	lost := func(guarded, before, after []string) bool {
		return slices.ContainsFunc(guarded, func(v string) bool {
			return slices.Contains(before, v) && !slices.Contains(after, v)
		})
	}
	if lost(g.texts, g.texts, then.texts) ||
		(lost(g.ids, now.ids, then.ids) || lost(g.secrets, now.secrets, then.secrets)) && !f.proved(g) {
		return f.refusal(sec)
	}
	return nil
}

// proved reports whether every guarded part belongs to an allowed key both
// parts of which stand in the section.
func (f *File) proved(g guard) bool {
	fits := func(p keyPair) bool {
		return (len(g.ids) == 0 || slices.Contains(g.ids, p.id)) &&
			(len(g.secrets) == 0 || slices.Contains(g.secrets, p.secret))
	}
	covered := func(part func(keyPair) string) func(string) bool {
		return func(v string) bool {
			return slices.ContainsFunc(f.proofs, func(p keyPair) bool { return fits(p) && part(p) == v })
		}
	}
	id := covered(func(p keyPair) string { return p.id })
	secret := covered(func(p keyPair) string { return p.secret })
	return !slices.ContainsFunc(g.ids, func(v string) bool { return !id(v) }) &&
		!slices.ContainsFunc(g.secrets, func(v string) bool { return !secret(v) })
}

func (f *File) refusal(sec Section) error {
	return fmt.Errorf("%s: %w", headerOf(f.kind, sec), ErrLongTermKey)
}
