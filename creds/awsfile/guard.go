package awsfile

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrLongTermKey refuses an edit that would overwrite or remove a long-term
// key, or part of one, that [File.Allow] was not given. A key is long-term if
// its id starts with AKIA, or if no session token stands beside it.
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

// StaticKeys returns the access key that stands in a section, with its session
// token or "". It reports false unless both id and secret are there.
func (f *File) StaticKeys(sec Section) (id, secret, token string, ok bool) {
	values := f.Values(sec)
	id, secret = unquote(values[keyID]), unquote(values[keySecret])
	token = unquote(values[keyToken])
	if token == "" {
		token = unquote(values[keyTokenOld])
	}
	return id, secret, token, id != "" && secret != ""
}

// HoldsLongTermKey reports whether any part of a long-term key stands in the
// section, so that edits of it need [File.Allow].
func (f *File) HoldsLongTermKey(sec Section) bool {
	g := f.guardOf(sec)
	return len(g.ids)+len(g.secrets)+len(g.texts) > 0
}

// Allow permits this one key to be overwritten or removed. Call it with the
// two parts as they were just read back from the place that keeps the key; it
// has effect on a section only where both equal what stands in the file.
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
	_, _, token, _ := f.StaticKeys(sec)
	var g guard
	for i := range f.all(sec) {
		g.add(f.blocks[i], token != "")
	}
	return g
}

// add collects from one block. Blocks are judged one by one: a session that
// was appended as a second [x] says nothing about the key in the first, unless
// that one's id is a session's too.
func (g *guard) add(b block, tokenInSection bool) {
	found, hasToken := material(b)
	starts := func(prefix string) func(string) bool {
		return func(id string) bool { return strings.HasPrefix(id, prefix) }
	}
	temporary := hasToken || tokenInSection && slices.ContainsFunc(found.ids, starts(sessionStart))
	if !temporary || slices.ContainsFunc(found.ids, starts(longTermStart)) {
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
	return strings.Contains(text, longTermStart) || strings.Contains(lower, keyID) || strings.Contains(lower, keySecret)
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
