package console_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/console"
)

func TestBookmarksAndVisitsFollowTheNameOfAProfile(t *testing.T) {
	const page = "https://eu-west-1.console.aws.amazon.com/s3/home"
	bookmarks := func() *console.Bookmarks {
		b := console.NewBookmarks(filepath.Join(t.TempDir(), "bookmarks.toml"), "")
		for _, one := range []creds.Bookmark{
			{Name: "all", URL: page},
			{Name: "own", URL: page, Profiles: []string{"old"}},
			{Name: "shared", URL: page, Profiles: []string{"x", "old", "new"}},
			{Name: "other", URL: page, Profiles: []string{"x"}},
		} {
			if _, _, err := b.Change(creds.BookmarksRequest{Put: &one}); err != nil {
				t.Fatal(err)
			}
		}
		return b
	}
	for name, c := range map[string]struct {
		do   func(*console.Bookmarks) error
		want map[string][]string
	}{
		"renamed": {
			func(b *console.Bookmarks) error { return b.RenameProfile("old", "new") },
			map[string][]string{"all": nil, "own": {"new"}, "shared": {"x", "new"}, "other": {"x"}},
		},
		"forgotten": {
			func(b *console.Bookmarks) error { return b.ForgetProfile("old") },
			map[string][]string{"all": nil, "shared": {"x", "new"}, "other": {"x"}},
		},
	} {
		b := bookmarks()
		if err := c.do(b); err != nil {
			t.Fatal(err)
		}
		all, err := b.List()
		if err != nil {
			t.Fatal(err)
		}
		got := map[string][]string{}
		for _, one := range all.Bookmarks {
			got[one.Name] = one.Profiles
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	v := console.NewVisits(filepath.Join(t.TempDir(), "visits.json"), nil)
	for _, profile := range []string{"old", "x"} {
		if _, err := v.Add(creds.Visit{Profile: profile, Destination: page, Opened: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.RenameProfile("old", "new"); err != nil {
		t.Fatal(err)
	}
	if err := v.ForgetProfile("x"); err != nil {
		t.Fatal(err)
	}
	if list, err := v.List(); err != nil || len(list) != 1 || list[0].Profile != "new" {
		t.Errorf("the visits are %+v, %v", list, err)
	}
}
