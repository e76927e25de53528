package creds

import (
	"path"
	"slices"
	"strings"
)

// Name is what the program is called.
const Name = "daypass"

// oldWords are the names of other tools by which daypass may be called through a link,
// and then takes those tools' arguments.
var oldWords = []string{
	"aws-mfa", "aws-auth", "aws-iam-login", "ec2switch", "ec2now", "ec2mfa",
	"generate-sts-role-token", "aws-vault", "assume",
}

// OldWords returns the names of other tools by which daypass may be called.
func OldWords() []string { return slices.Clone(oldWords) }

// CalledAs returns which of its names a program was called by: Name, or one of the
// [OldWords]; "" if it is none of daypass's. Only the last part of the path counts,
// without .exe; its case counts everywhere but in that suffix.
func CalledAs(program string) string {
	base := path.Base(strings.ReplaceAll(program, `\`, "/"))
	if n := len(base) - len(".exe"); n > 0 && strings.EqualFold(base[n:], ".exe") {
		base = base[:n]
	}
	if base == Name || slices.Contains(oldWords, base) {
		return base
	}
	return ""
}
