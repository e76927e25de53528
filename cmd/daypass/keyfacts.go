package main

import (
	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// plaintextFact says which file has a profile's long-term key in plaintext, and the way out.
func plaintextFact(s creds.Status) string {
	if s.Key == nil || s.Key.Plaintext == "" {
		return ""
	}
	return lang.Sprintf("the key is in plaintext in %s; move it into the keyring with: daypass import %s", s.Key.Plaintext, shellWord(s.Name))
}

// keyNews says what became of a change of a profile's key that was cut off.
func keyNews(s creds.Status) string {
	if s.Key == nil || s.Key.News == "" {
		return ""
	}
	return words.Sentence(s.Key.News)
}

// plaintextLine says how many profiles have long-term keys in plaintext.
func plaintextLine(n int) string {
	return lang.Count(n, "%d profile has a long-term key in plaintext: daypass import", "%d profiles have long-term keys in plaintext: daypass import")
}
