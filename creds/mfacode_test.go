package creds_test

import (
	"testing"

	"daypass/creds"
)

func TestACodeIsTakenAsPeopleWriteIt(t *testing.T) {
	for text, want := range map[string]string{
		"123456": "123456", "123 456": "123456", "123-456": "123456", " 12 34 56\n": "123456", "123\u00a0456": "123456",
		"123\u202f456": "123456", "123\u2009456": "123456", "123\u2011456": "123456", "123\u2013456": "123456", "\ufeff123\u200b456": "123456",
		"": "", "12345": "", "1234567": "", "12345a": "", "123.456": "", "１２３４５６": "", "123 456 7": "",
	} {
		if got, ok := creds.MFACode(text); ok != (want != "") || ok && got != want {
			t.Errorf("%q is the code %q, %t", text, got, ok)
		}
	}
}
