package sso_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/sso"
)

func FuzzTokenRoundTrip(f *testing.F) {
	for _, seed := range []string{
		`{"startUrl":"https://d-abc123.awsapps.com/start","region":"us-east-1","accessToken":"a","expiresAt":"2026-11-21T17:20:15Z","clientId":"c","clientSecret":"s","registrationExpiresAt":"2027-02-19T09:20:15Z","refreshToken":"r"}`,
		`{"accessToken":"a","expiresAt":"2026-11-21T17:20:15UTC","future":{"a":[1,null,"<&>"]},"registrationExpiresAt":{}}`,
		`{"accessToken":"a","accessToken":"\ud83d","expiresAt":"9999-12-31T23:59:59-01:00","":1e400}`,
		`{"accessToken":"a","expiresAt":"0001-01-01T00:00:00.5Z"}`,
		`{"accessToken":{"accessKeyId":"ASIA1"},"tokenType":"aws_sigv4"}`,
		`{"accessToken":"a","expiresAt":"2026-11-21T17:20:15+0000","refreshToken":null,"registrationExpiresAt":null,"clientId":""}`,
		"", "null", "[]", `{"accessToken":`,
	} {
		f.Add([]byte(seed))
	}
	known := []string{"accessToken", "expiresAt", "startUrl", "region", "refreshToken", "clientId", "clientSecret", "registrationExpiresAt"}
	f.Fuzz(func(t *testing.T, data []byte) {
		token, err := sso.ParseToken(data)
		if err != nil {
			return
		}
		written, err := sso.FormatToken(token)
		if err != nil {
			t.Fatalf("%q is not written: %v", data, err)
		}
		again, err := sso.ParseToken(written)
		if err != nil {
			t.Fatalf("%q is written as %q: %v", data, written, err)
		}
		if diff := cmp.Diff(token, again, sameToken); diff != "" {
			t.Errorf("%q is read back unlike: %s", data, diff)
		}
		if twice, err := sso.FormatToken(again); err != nil || !bytes.Equal(written, twice) {
			t.Errorf("%q is written as %q and then %q (%v)", data, written, twice, err)
		}
		before, after := objectOf(t, data), objectOf(t, written)
		for _, name := range known {
			delete(before, name)
			delete(after, name)
		}
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("the unknown fields of %q change: %s", data, diff)
		}
	})
}

// objectOf keeps numbers as they are written.
func objectOf(t *testing.T, data []byte) map[string]any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var o map[string]any
	if err := d.Decode(&o); err != nil {
		t.Fatal(err)
	}
	return o
}
