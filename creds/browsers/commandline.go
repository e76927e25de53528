package browsers

import (
	"strings"

	"daypass/internal/lang"
)

// SplitWords splits a command into its words, which spaces and tabs separate. Text
// between quotes of one kind, single or double, is taken literally; quoted and plain
// parts may be joined, as in --user="A B". Outside of quotes a backslash escapes a
// space, a quote or a backslash; before anything else it is literal, so that paths of
// Windows stay. No shell reads the words, so $HOME, ~ and ; are literal too.
func SplitWords(text string) ([]string, error) {
	var words []string
	var word strings.Builder
	inWord, quote := false, rune(0)
	runes := []rune(text)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, inWord = r, true
		case r == ' ' || r == '\t':
			if inWord {
				words = append(words, word.String())
				word.Reset()
				inWord = false
			}
		case r == '\\' && i+1 < len(runes) && strings.ContainsRune(" \t'\"\\", runes[i+1]):
			i++
			word.WriteRune(runes[i])
			inWord = true
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, lang.Error("the command has a quote that is not closed")
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}

// joinWords returns a command that SplitWords splits into the words.
func joinWords(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		switch {
		case word != "" && !strings.ContainsAny(word, " \t'\"\\"):
			quoted[i] = word
		case !strings.Contains(word, `"`):
			quoted[i] = `"` + word + `"`
		default:
			quoted[i] = `"` + strings.ReplaceAll(word, `"`, `"'"'"`) + `"`
		}
	}
	return strings.Join(quoted, " ")
}
