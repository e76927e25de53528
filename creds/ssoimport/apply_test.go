package ssoimport_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"daypass/creds/awsfile"
	"daypass/creds/ssoimport"
)

func makePlan(t *testing.T, config string, r ssoimport.Request) ssoimport.Plan {
	t.Helper()
	p, err := ssoimport.Make(awsfile.Parse(awsfile.Config, []byte(config)), r)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAPlanIsRefusedOnlyIfTheFileNowMakesItAnother(t *testing.T) {
	r := ssoimport.Request{Session: "corp", Pairs: three, Region: "eu-west-1", Prune: true, Complete: true}
	before := corp + imported("gone", idProd2, admin)
	for _, c := range []struct {
		name    string
		now     string
		refused bool
	}{
		{"nothing changed", before, false},
		{"a comment and another profile came", "# hello\n" + before + "\n[profile x]\nregion = a\n", false},
		{"a profile of a wanted name came", before + "[profile dev-AdministratorAccess]\n", true},
		{"a profile for one of the roles came", before + strings.Replace(imported("mine", idDev, admin), "daypass_sso_import = corp\n", "", 1), true},
		{"another import was faster", before + imported("dev-"+admin, idDev, admin), true},
		{"what was to be removed has settings now", corp + imported("gone", idProd2, admin, "output = json\n"), true},
		{"what was to be removed is gone", corp, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			seen := makePlan(t, before, r)
			path := write(t, c.now)
			p, err := ssoimport.Apply(t.Context(), path, r, seen.Fingerprint())
			if got := errors.Is(err, ssoimport.ErrChanged); got != c.refused || err != nil && !got {
				t.Fatalf("the error is %v", err)
			}
			after, _ := os.ReadFile(path)
			if c.refused != (string(after) == c.now) {
				t.Errorf("refused: %v, and the file is\n%s", c.refused, after)
			}
			// The new preview must be agreed to.
			if c.refused {
				if _, err := ssoimport.Apply(t.Context(), path, r, p.Fingerprint()); err != nil {
					t.Errorf("the new plan is refused too: %v", err)
				}
			}
		})
	}
}

func TestAnotherRequestHasAnotherFingerprint(t *testing.T) {
	seen := map[string]string{}
	for name, r := range map[string]ssoimport.Request{
		"all":      {Pairs: three},
		"region":   {Pairs: three, Region: "eu-west-1"},
		"template": {Pairs: three, Template: "{{.Role}}-{{.Account}}"},
		"two":      {Pairs: three[1:]},
		"none":     {},
	} {
		r.Session = "corp"
		mark := makePlan(t, corp, r).Fingerprint()
		if other := seen[mark]; other != "" || mark == "" {
			t.Errorf("%s and %s have the fingerprint %q", name, other, mark)
		}
		seen[mark] = name
	}
}

func TestAPlanThatChangesNothingWritesNothing(t *testing.T) {
	path := write(t, corp+imported("dev-"+admin, idDev, admin))
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := ssoimport.Apply(t.Context(), path, ssoimport.Request{Session: "corp", Pairs: three[2:]}, "")
	if err != nil {
		t.Fatal(err)
	}
	if !p.Empty() || p.Diff("x") != "" {
		t.Errorf("the plan changes\n%s", p.Diff("x"))
	}
	after, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if !os.SameFile(before, after) || !before.ModTime().Equal(after.ModTime()) {
		t.Error("the file was written")
	}
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 1 {
		t.Errorf("%d files are left", len(files))
	}
}

func TestSimultaneousImportsMakeEachProfileOnce(t *testing.T) {
	path := write(t, corp)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			// Each has its own choice, and all of them have one in common.
			only := []ssoimport.Key{devAdmin.Key(), three[i%3].Key()}
			if _, err := ssoimport.Apply(t.Context(), path, ssoimport.Request{Session: "corp", Pairs: three, Only: only}, ""); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(data), ssoimport.Mark); got != len(three) {
		t.Errorf("%d profiles were made:\n%s", got, data)
	}
}

func TestACancelledImportWritesNothing(t *testing.T) {
	path := write(t, corp)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ssoimport.Apply(ctx, path, ssoimport.Request{Session: "corp", Pairs: three}, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if data, _ := os.ReadFile(path); string(data) != corp {
		t.Errorf("the file is\n%s", data)
	}
}

func TestAMissingConfigFileHasNoSession(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	if _, err := ssoimport.Apply(t.Context(), path, ssoimport.Request{Session: "corp", Pairs: three}, ""); !errors.Is(err, ssoimport.ErrNoSession) {
		t.Errorf("the error is %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the file was made: %v", err)
	}
}

func TestTheDiffOfAFileThatBeginsWithAByteOrderMarkIsOfWholeLines(t *testing.T) {
	config := "\ufeff" + imported("gone", idProd2, admin) + corp
	r := ssoimport.Request{Session: "corp", Pairs: three, Prune: true, Complete: true}
	after := apply(t, config, r)
	if got := patch(t, config, makePlan(t, config, r).Diff("x")); got != after {
		t.Errorf("the diff makes\n%q\nof it, not\n%q", got, after)
	}
}
