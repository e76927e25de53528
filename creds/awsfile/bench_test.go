package awsfile_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"daypass/creds/awsfile"
)

const manyProfiles = 10_000

// manyText is a credentials file with many sessions of real size.
func manyText() []byte {
	var b bytes.Buffer
	token := bytes.Repeat([]byte("IQoJb3JpZ2luX2VjEJr//////////w"), 12)
	for i := range manyProfiles {
		fmt.Fprintf(&b, "[profile-%05d]\naws_access_key_id = ASIA%016d\naws_secret_access_key = %040d\naws_session_token = %s\n\n", i, 0, 0, token)
	}
	return b.Bytes()
}

func manyFile(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "credentials")
	if err := os.WriteFile(path, manyText(), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

func secretOf(n int) string { return fmt.Sprintf("%040d", n) }

// BenchmarkUpdateOneOf10000 and BenchmarkPlainReadEditFsyncRename write the
// same change into the same file; their ratio is the cost of safety. On a busy machine use
// BenchmarkUpdateAgainstPlain instead.
func BenchmarkUpdateOneOf10000(b *testing.B) {
	path := manyFile(b)
	for i := 0; b.Loop(); i++ {
		updateOne(b, path, secretOf(i+1))
	}
}

func BenchmarkPlainReadEditFsyncRename(b *testing.B) {
	path := manyFile(b)
	for i := 0; b.Loop(); i++ {
		plainOne(b, path, secretOf(i+1))
	}
}

// BenchmarkUpdateAgainstPlain alternates between both, so that other work on the disk
// affects both, and reports the ratio of the medians.
func BenchmarkUpdateAgainstPlain(b *testing.B) {
	ours, theirs := manyFile(b), manyFile(b)
	var update, plain []time.Duration
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		updateOne(b, ours, secretOf(i+1))
		middle := time.Now()
		plainOne(b, theirs, secretOf(i+1))
		update, plain = append(update, middle.Sub(start)), append(plain, time.Since(middle))
	}
	slices.Sort(update)
	slices.Sort(plain)
	half := len(plain) / 2
	b.ReportMetric(float64(update[half])/float64(plain[half]), "ratio")
}

func updateOne(b *testing.B, path, secret string) {
	err := awsfile.Update(b.Context(), awsfile.Credentials, path, func(f *awsfile.File) error {
		return f.Set(awsfile.Profile("profile-05000"), "aws_secret_access_key", secret)
	})
	if err != nil {
		b.Fatal(err)
	}
}

// plainOne is the baseline: no lock, no parsing, no check for other writers.
func plainOne(b *testing.B, path, secret string) {
	data, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	key := []byte("aws_secret_access_key = ")
	at := bytes.Index(data, []byte("[profile-05000]\n"))
	at += bytes.Index(data[at:], key) + len(key)
	data = slices.Concat(data[:at], []byte(secret), data[at+len(secret):])
	temp, err := os.CreateTemp(filepath.Dir(path), "plain")
	if err != nil {
		b.Fatal(err)
	}
	if _, err := temp.Write(data); err != nil {
		b.Fatal(err)
	}
	if err := temp.Sync(); err != nil {
		b.Fatal(err)
	}
	if err := temp.Close(); err != nil {
		b.Fatal(err)
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkLoad10000(b *testing.B) {
	path := manyFile(b)
	for b.Loop() {
		if _, _, err := awsfile.Load(b.Context(), awsfile.Credentials, path); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse10000(b *testing.B) {
	data := manyText()
	for b.Loop() {
		awsfile.Parse(awsfile.Credentials, data)
	}
}
