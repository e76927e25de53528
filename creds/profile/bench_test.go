package profile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daypass/creds/awsfile"
	"daypass/creds/profile"
)

// manyPaths are files of as many profiles as the goals for speed speak of.
func manyPaths(tb testing.TB) awsfile.Paths {
	tb.Helper()
	var config, credentials strings.Builder
	token := strings.Repeat("IQoJb3JpZ2luX2Vj", 40)
	for n := range 10_000 {
		fmt.Fprintf(&config, "[profile team-%05d]\nregion = eu-west-1\nmfa_serial = arn:aws:iam::111111111111:mfa/team-%05[1]d\n\n", n)
		fmt.Fprintf(&credentials, "[team-%05d]\naws_access_key_id = ASIA%016[1]d\naws_secret_access_key = %040[1]d\naws_session_token = %[2]s\naws_credential_expiration = 2031-01-02T03:04:05Z\n\n", n, token)
	}
	dir := tb.TempDir()
	paths := awsfile.Paths{Config: filepath.Join(dir, "config"), Credentials: filepath.Join(dir, "credentials")}
	for path, text := range map[string]string{paths.Config: config.String(), paths.Credentials: credentials.String()} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	return paths
}

func BenchmarkRead10000(b *testing.B) {
	paths := manyPaths(b)
	for b.Loop() {
		if _, err := profile.Read(b.Context(), paths, &profile.Plan{}, &profile.Set{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead10000AgainWithOneChanged(b *testing.B) {
	paths := manyPaths(b)
	text, err := os.ReadFile(paths.Credentials)
	if err != nil {
		b.Fatal(err)
	}
	last := &profile.Set{}
	for n := 0; b.Loop(); n++ {
		changed := strings.Replace(string(text), "ASIA0000000000005000", fmt.Sprintf("ASIA%016d", n), 1)
		if err := os.WriteFile(paths.Credentials, []byte(changed), 0o600); err != nil {
			b.Fatal(err)
		}
		if last, err = profile.Read(b.Context(), paths, &profile.Plan{}, last); err != nil {
			b.Fatal(err)
		}
	}
}
