package settings_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/settings"
)

const prodIsSensitive = "derived_suffix = '-a'\n[profile.prod]\nsensitive = true\nlease = '10m'\nprograms = 'never'\n"

func prod(s creds.Settings) creds.ProfileSettings { return s.Profile["prod"] }

func TestATypoDoesNotMakeASensitiveProfileAnOrdinaryOne(t *testing.T) {
	want := creds.ProfileSettings{Sensitive: true, Lease: creds.Span(10 * 60e9), Programs: creds.ProgramsNever}
	for name, text := range map[string]string{
		"an unknown key":            prodIsSensitive + "colour = 1\n",
		"an unknown key before":     "colour = 1\n" + prodIsSensitive,
		"a value that cannot be":    prodIsSensitive + "favourite = 'yes'\n[console]\nduration = '1000h'\n",
		"a quote that is not shut":  "session_duration = \"12h\n" + prodIsSensitive,
		"a bracket that is missing": prodIsSensitive + "[profile.dev\nfavourite = true\n",
		"a line of prose":           strings.Replace(prodIsSensitive, "lease", "this is a line\nlease", 1),
		"a table that comes twice":  prodIsSensitive + "[profile.prod]\nfavourite = true\n",
		"bytes that are no text":    prodIsSensitive + "[profile.x]\nlease = '\xff'\n",
		"what is nested too deeply": prodIsSensitive + "x = " + strings.Repeat("[", 1000) + "\n",
	} {
		path := write(t, text)
		s, err := settings.New(path)
		if err == nil || s.Fault() == nil || !strings.Contains(err.Error(), "only what is right in the file is used") {
			t.Fatalf("%s: %v", name, err)
		}
		got := prod(s.Current())
		got.Favourite = false // where it is of the second table
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestTheLastGoodSettingsAreUsedAtAStartWithAFaultyFile(t *testing.T) {
	path := write(t, prodIsSensitive)
	copied := filepath.Join(t.TempDir(), "new", "copy")
	start := func() *settings.Store {
		t.Helper()
		s, _ := settings.New(path) // the fault is kept
		s.KeepLastGood(copied)
		return s
	}
	if s := start(); s.Fault() != nil || read(t, copied) != prodIsSensitive {
		t.Fatalf("%v; the copy is %s", s.Fault(), read(t, copied))
	}
	// A setting that makes a profile safer applies all the same.
	save(t, path, "derived_suffix = '-b'\n[profile.dev]\nsensitive = true\ncolour = 1\n")
	for range 2 {
		s := start()
		got := s.Current()
		if !prod(got).Sensitive || !got.Profile["dev"].Sensitive || got.DerivedSuffix != "-a" {
			t.Errorf("in use are %+v", got)
		}
		if s.Fault() == nil || !strings.HasSuffix(s.Fault().Error(), "until that is corrected, the last good settings are used") {
			t.Errorf("said is %v", s.Fault())
		}
		if read(t, copied) != prodIsSensitive {
			t.Errorf("the copy is %s", read(t, copied))
		}
	}
	// Corrections apply, also those that remove a setting.
	const mended = "[profile.dev]\nsensitive = true\n"
	save(t, path, mended)
	s := start()
	if got := s.Current(); prod(got).Sensitive || !got.Profile["dev"].Sensitive || s.Fault() != nil || read(t, copied) != mended {
		t.Errorf("in use are %+v, %v", got, s.Fault())
	}
	// A change by daypass is good as well.
	if err := s.Change(t.Context(), []creds.SettingChange{to("profile|ops|sensitive", true)}); err != nil {
		t.Fatal(err)
	}
	save(t, path, "[[[")
	if got := start().Current(); !got.Profile["ops"].Sensitive || !got.Profile["dev"].Sensitive {
		t.Errorf("in use are %+v", got)
	}
	// A damaged copy is ignored.
	if err := os.WriteFile(copied, []byte("[["), 0o600); err != nil {
		t.Fatal(err)
	}
	save(t, path, prodIsSensitive+"x = 1\n")
	if s := start(); !prod(s.Current()).Sensitive || !strings.Contains(s.Fault().Error(), "only what is right") {
		t.Errorf("in use are %+v, %v", s.Current(), s.Fault())
	}
}

func TestASensitiveMarkInAFaultyFileAppliesAtOnce(t *testing.T) {
	path := write(t, suffix("-a"))
	w := watch(t, path)
	save(t, path, suffix("-b")+"colour = 1\n[profile.prod]\nsensitive = true\n")
	if u := w.next(); u.Err == nil || u.Settings.DerivedSuffix != "-a" || !prod(u.Settings).Sensitive || !prod(w.Current()).Sensitive {
		t.Errorf("reported is %+v", u)
	}
}
