package creds

import (
	"log/slog"
	"strings"
)

// The quotation marks around what a program of the person's wrote to standard error. No
// other sentence has them.
const saidOpens, saidCloses = "“", "”"

// Said quotes what a program wrote to standard error for an [Error]'s message: it may hold
// anything, so that people see it and the log does not; see [Error.LogValue].
func Said(text string) string {
	return saidOpens + strings.NewReplacer(saidOpens, `"`, saidCloses, `"`).Replace(text) + saidCloses
}

// LogValue is the sentence without what a program said; see [Said].
func (e *Error) LogValue() slog.Value {
	if e == nil {
		return slog.StringValue("")
	}
	return slog.StringValue(withoutSaid(e.Message))
}

func withoutSaid(message string) string {
	for {
		before, after, ok := strings.Cut(message, saidOpens)
		if !ok {
			return message
		}
		_, rest, _ := strings.Cut(after, saidCloses)
		message = before + "..." + rest
	}
}
