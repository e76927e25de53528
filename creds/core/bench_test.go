package core_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daypass/creds/core"
)

// manyProfiles is what the goals for speed speak of.
const manyProfiles = 10_000

// newManyWorld is [newWorld] with many more profiles, each with a session in the
// credentials file and a key in the keyring.
func newManyWorld(b *testing.B) *world {
	b.Helper()
	w := newWorld(b)
	w.stop()
	var config, credentials strings.Builder
	config.WriteString(w.Config())
	token := strings.Repeat("IQoJb3JpZ2luX2Vj", 40)
	for n := range manyProfiles {
		fmt.Fprintf(&config, "\n[profile team-%05d]\nregion = eu-west-1\nmfa_serial = arn:aws:iam::111111111111:mfa/team-%05[1]d\n", n)
		fmt.Fprintf(&credentials, "[team-%05d]\naws_access_key_id = ASIA%016[1]d\naws_secret_access_key = %040[1]d\naws_session_token = %[2]s\naws_credential_expiration = 2031-01-02T03:04:05Z\n\n", n, token)
	}
	w.write(w.files.Config, config.String())
	w.write(w.files.Credentials, credentials.String())
	folder := filepath.Join(w.home, "state", "keyring")
	key, err := os.ReadFile(filepath.Join(folder, "daypass-key-alice"))
	for n := 0; n < manyProfiles && err == nil; n++ {
		err = os.WriteFile(filepath.Join(folder, fmt.Sprintf("daypass-key-team-%05d", n)), key, 0o600)
	}
	if err != nil {
		b.Fatal(err)
	}
	w.start()
	return w
}

func BenchmarkALoginAmong10000Profiles(b *testing.B) {
	w := newManyWorld(b)
	w.refresh("ci", core.RefreshOptions{})
	for b.Loop() {
		w.refresh("ci", core.RefreshOptions{Force: true})
	}
}

func BenchmarkTheFirstAnswerAmong10000Profiles(b *testing.B) {
	w := newManyWorld(b)
	w.refresh("ci", core.RefreshOptions{})
	for b.Loop() {
		w.stop()
		w.start()
		if _, err := w.m.Status(b.Context(), "ci"); err != nil {
			b.Fatal(err)
		}
	}
}
