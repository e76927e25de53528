package app

import (
	"regexp"

	"daypass/internal/secret"
)

// An access key ID has 20 letters and digits, and a secret access key 40 of base64.
var (
	pastedID     = regexp.MustCompile(`(?:^|[^A-Z0-9])(A[KS]IA[A-Z2-7]{16})(?:[^A-Z0-9]|$)`)
	pastedSecret = regexp.MustCompile(`(?:^|[^A-Za-z0-9/+])([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)`)
)

// pastedKey finds both parts of a key in what is pasted: a line of the file that AWS's
// console downloads, lines of a credentials file, exports of a shell, an answer in JSON.
func pastedKey(text string) (id string, key secret.Text, ok bool) {
	ids, keys := pastedID.FindAllStringSubmatch(text, 2), pastedSecret.FindAllStringSubmatch(text, 2)
	if len(ids) != 1 || len(keys) != 1 {
		return "", secret.Text{}, false
	}
	return ids[0][1], secret.New(keys[0][1]), true
}
