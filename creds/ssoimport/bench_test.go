package ssoimport_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daypass/creds/awsfile"
	"daypass/creds/ssoimport"
)

const (
	manyPairs    = 5_000
	manySections = 10_000
)

// many is a request for 5,000 pairs, and a config file of 10,000 sections that
// has none of them.
func many() (ssoimport.Request, string) {
	r := ssoimport.Request{Session: "corp", Region: "eu-west-1", Complete: true}
	for i := range manyPairs {
		r.Pairs = append(r.Pairs, ssoimport.Pair{
			AccountID: fmt.Sprintf("%012d", i/5), AccountName: fmt.Sprintf("Account %d (EU)", i/5),
			Email: "root@example.com", Role: fmt.Sprintf("Role%d", i%5),
		})
	}
	var config strings.Builder
	config.WriteString(corp)
	for i := range manySections {
		fmt.Fprintf(&config, "\n# about %d\n[profile mine-%d]\nregion = eu-west-1\nrole_arn = arn:aws:iam::123456789012:role/r%d\nsource_profile = base\n", i, i, i)
	}
	return r, config.String()
}

func plan(b *testing.B, r ssoimport.Request, config *awsfile.File) ssoimport.Plan {
	b.Helper()
	p, err := ssoimport.Make(config, r)
	if err != nil {
		b.Fatal(err)
	}
	return p
}

func parsed(config string) *awsfile.File { return awsfile.Parse(awsfile.Config, []byte(config)) }

func BenchmarkPlan5000Pairs(b *testing.B) {
	r, text := many()
	config := parsed(text)
	for b.Loop() {
		if p := plan(b, r, config); len(p.Add) != manyPairs {
			b.Fatalf("%d are added", len(p.Add))
		}
	}
}

func BenchmarkDiff5000Pairs(b *testing.B) {
	r, text := many()
	p := plan(b, r, parsed(text))
	for b.Loop() {
		if strings.Count(p.Diff("config"), "\n") < 6*manyPairs {
			b.Fatal("the diff is too short")
		}
	}
}

// BenchmarkDiffOfAPrune5000 removes sections all over the file.
func BenchmarkDiffOfAPrune5000(b *testing.B) {
	r, text := many()
	var config strings.Builder
	r.Prune = true
	for i, section := range strings.SplitAfter(text, "source_profile = base\n") {
		config.WriteString(section)
		if i%2 == 0 && i < manySections {
			fmt.Fprintf(&config, "\n%s", imported(fmt.Sprintf("gone-%d", i), fmt.Sprintf("9%011d", i), "r"))
		}
	}
	p := plan(b, r, parsed(config.String()))
	if len(p.Remove) != manySections/2 {
		b.Fatalf("%d are removed", len(p.Remove))
	}
	for b.Loop() {
		p.Diff("config")
	}
}

// BenchmarkImport5000Pairs does all steps: read, plan, show, read and plan again
// under the lock, write.
func BenchmarkImport5000Pairs(b *testing.B) {
	r, text := many()
	path := filepath.Join(b.TempDir(), "config")
	for b.Loop() {
		b.StopTimer()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		config, _, err := awsfile.Load(b.Context(), awsfile.Config, path)
		if err != nil {
			b.Fatal(err)
		}
		p := plan(b, r, config)
		p.Diff(path)
		if _, err := ssoimport.Apply(b.Context(), path, r, p.Fingerprint()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkImportAgain5000Pairs finds nothing to do.
func BenchmarkImportAgain5000Pairs(b *testing.B) {
	r, text := many()
	r.Prune, r.Rename = true, true
	path := filepath.Join(b.TempDir(), "config")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	if _, err := ssoimport.Apply(b.Context(), path, r, ""); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		p, err := ssoimport.Apply(b.Context(), path, r, "")
		if err != nil || !p.Empty() {
			b.Fatal(err, len(p.Add))
		}
	}
}
