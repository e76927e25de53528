package app

import "strings"

// searchable is all that a search looks at in one thing.
func searchable(parts ...string) string { return strings.ToLower(strings.Join(parts, "\n")) }

// searchWords are what a person searches for: all of them.
func searchWords(text string) []string { return strings.Fields(strings.ToLower(text)) }

// containsAll reports whether all words are found in a searchable text.
func containsAll(text string, words []string) bool {
	for _, word := range words {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}
