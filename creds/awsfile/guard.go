package awsfile

import (
	"fmt"
	"slices"
	"strings"

	"daypass/internal/lang"
)

// ErrLongTermKey refuses an edit that would overwrite or remove a long-term key, or part
// of one, that was not passed to [File.Allow]. A key is long-term if its ID says so
// ([IsLongTermID]), or if its ID does not say ([IsSessionID]) and it has no session
// token beside it.
var ErrLongTermKey = lang.Error("a long-term access key stands there and was not shown to be kept elsewhere")

const (
	keyID       = "aws_access_key_id"
	keySecret   = "aws_secret_access_key" //nolint:gosec // the name of a setting
	keyToken    = "aws_session_token"
	keyTokenOld = "aws_security_token"

	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
	longTermStart = "AKIA"
	sessionStart  = "ASIA"
)

// IsLongTermID reports whether an access key ID is that of a long-term key. AWS takes no
// session token with such a key: one beside it is left from credentials that the key has
// replaced.
func IsLongTermID(id string) bool { return startsWith(id, longTermStart) }

// IsSessionID reports whether an access key ID is that of temporary credentials, which
// are useless without their session token. An ID that is neither, as stand-ins for AWS
// have them, is recognised by its token alone.
func IsSessionID(id string) bool { return startsWith(id, sessionStart) }

// startsWith ignores case: an ID typed in small letters is still somebody's key.
func startsWith(id, start string) bool {
	return len(id) >= len(start) && strings.EqualFold(id[:len(start)], start)
}

// StaticKey is an access key in a file, without the quotes that the Go SDK removes.
type StaticKey struct {
	ID, Secret string
	// Token is the session token, and TokenName the setting that holds it, one of two;
	// both are "" if there is none.
	Token, TokenName string
}

// StaticKeyOf returns the key in a section's values, or the part of it that is there.
func StaticKeyOf(value func(key string) string) StaticKey {
	k := StaticKey{ID: Unquote(value(keyID)), Secret: Unquote(value(keySecret))}
	for _, name := range []string{keyToken, keyTokenOld} {
		if token := Unquote(value(name)); token != "" {
			k.Token, k.TokenName = token, name
			break
		}
	}
	return k
}

// Over returns a profile's key, with k in its credentials file and below in its config
// file. The file with the ID gives the whole key: a token in the one says nothing about
// a key in the other. Halves count together if neither file has both.
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

// MayReplaceKey reports whether the keys in a section may be overwritten and removed:
// every part of a long-term key in it was passed to [File.Allow]. Lines that name a key
// where no reader sees one count, as an edit may move or drop them.
func (f *File) MayReplaceKey(sec Section) bool {
	g := f.guardOf(sec)
	return len(g.texts) == 0 && f.proved(g)
}

// Allow permits this one key to be overwritten or removed. Call it with both parts as
// just read back from where the key is kept. It only affects sections in which both
// equal what the file holds.
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

// guardOf returns what was in the section before any edit. Later values come from the
// caller's own edit and need no guard.
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

// add collects from one block. Each block is judged alone: a session appended as a
// second [x] says nothing about the key in the first, unless that one's ID is a
// session's too.
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

// material lists all key parts in a block, also those that later lines override.
func material(b block) (found guard, hasToken bool) {
	for l := range b.lines() {
		value := Unquote(l.value)
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

// namesKey reports whether a comment, or a line that is no property, looks as if it held
// a key.
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

// proved reports whether every guarded part belongs to an allowed key with both parts in
// the section.
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
