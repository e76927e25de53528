package app

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// refreshAgain is what a person does again when the cause of a failure is gone.
const refreshAgain = "refresh the profile"

// errorSentence says what has failed and what to do about it.
func errorSentence(err error) string { return againSentence(err, lang.T(refreshAgain)) }

// againSentence is [errorSentence] where a person does something else again than to refresh
// a profile.
func againSentence(err error, what string) string {
	known, ok := errors.AsType[*creds.Error](err)
	if !ok {
		return words.Sentence(err.Error())
	}
	return join(words.Sentence(known.Message), advice.Window(*known, what))
}

// problemSentences says what is wrong beyond a single profile.
func problemSentences(problems []creds.Error) string {
	var all []string
	for i := range problems {
		all = append(all, errorSentence(&problems[i]))
	}
	return join(all...)
}

// lostSentence says that the agent cannot be reached any more, and what that means.
func lostSentence(err error, means string) string {
	if known, ok := errors.AsType[*creds.Error](err); ok && known.Code != creds.CodeNoAgent {
		return errorSentence(err)
	}
	return lang.Sprintf("The daypass agent has stopped, %s. %s", means, advice.Window(creds.Error{Code: creds.CodeNoAgent}, ""))
}

func join(sentences ...string) string {
	said := slices.DeleteFunc(sentences, func(s string) bool { return s == "" })
	return strings.TrimSpace(strings.Join(said, " "))
}

// thousands writes a count as people read it: "5,000".
func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// countOf is "1 profile", "1,200 profiles".
func countOf(n int, one, several lang.Text) string {
	return lang.Sprintf(lang.Plural(n, one, several), thousands(n))
}

// accountOf names an account by its name and id, as far as they are known.
func accountOf(s creds.Status) string {
	if s.AccountName == "" || s.AccountID == "" {
		return cmp.Or(s.AccountName, s.AccountID)
	}
	return s.AccountName + " · " + s.AccountID
}

// homePath writes a path as people do: with ~ for their home folder.
func homePath(path, home string) string {
	if rest, in := strings.CutPrefix(path, home); in && home != "" && rest != "" && strings.ContainsRune(`/\`, rune(rest[0])) {
		return "~" + rest
	}
	return path
}
