// Package credstest has helpers for tests of several packages.
package credstest

import (
	"encoding/binary"
	"errors"
	"os"
	"strings"
	"testing"
	"unicode/utf16"

	"daypass/creds"
)

// WantCode fails a test unless err is a [creds.Error] with a code, whose message
// contains some words.
func WantCode(t testing.TB, err error, code creds.Code, words string) {
	t.Helper()
	known, ok := errors.AsType[*creds.Error](err)
	if !ok || known.Code != code || !strings.Contains(known.Message, words) {
		t.Errorf("the error is %v, not one of %s with %q", err, code, words)
	}
}

// UTF16 returns a text as Windows PowerShell writes it into a file.
func UTF16(text string) string {
	out := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(text)) {
		out = binary.LittleEndian.AppendUint16(out, unit)
	}
	return string(out)
}

// SetEnviron replaces all of AWS's variables in the environment by the entries.
func SetEnviron(t *testing.T, entries ...string) {
	t.Helper()
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "") // which puts it back after the test
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, entry := range entries {
		name, value, _ := strings.Cut(entry, "=")
		t.Setenv(name, value)
	}
}

// Declined is the failure of a person who closed a question.
func Declined(question string) error {
	return &creds.Error{Code: creds.CodeDeclined, Message: question + " was closed without an answer"}
}
