package app

import "strings"

// searchable is the text that a search looks at.
func searchable(parts ...string) string { return strings.ToLower(strings.Join(parts, "\n")) }

// searchWords are the words of a search.
func searchWords(text string) []string { return strings.Fields(strings.ToLower(text)) }

// containsAll reports whether a searchable text has all words.
func containsAll(text string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}
