package console_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"daypass/creds"
	"daypass/creds/console"
	"daypass/creds/credstest"
)

const (
	s3Page  = "https://{region}.console.aws.amazon.com/s3/home?region={region}"
	iamPage = "https://console.aws.amazon.com/iam/home#/roles"
)

func newBookmarks(t *testing.T) (b *console.Bookmarks, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "daypass", "bookmarks.toml")
	return console.NewBookmarks(path, ""), path
}

func change(t *testing.T, b *console.Bookmarks, r creds.BookmarksRequest) []creds.Bookmark {
	t.Helper()
	all, word, err := b.Change(r)
	if err != nil || word != "" {
		t.Fatalf("%+v: %q, %v", r, word, err)
	}
	// Another reader finds what was written.
	again := must[creds.Bookmarks](t)(b.List())
	if diff := cmp.Diff(all, again); diff != "" {
		t.Errorf("%+v: %s", r, diff)
	}
	return all.Bookmarks
}

func wantBookmarks(t *testing.T, got []creds.Bookmark, want ...creds.Bookmark) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

func TestBookmarksAreAddedChangedOrderedAndRemoved(t *testing.T) {
	b, path := newBookmarks(t)
	if all, err := b.List(); err != nil || all.Bookmarks == nil || len(all.Bookmarks) != 0 {
		t.Errorf("at first there are %+v, %v", all, err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("looking made a file: %v", err)
	}
	buckets := creds.Bookmark{Name: "Buckets", URL: s3Page}
	roles := creds.Bookmark{Name: `Roles & "users" 💥 #1`, URL: iamPage, Profiles: []string{"dev", "my prod"}}
	wantBookmarks(t, change(t, b, creds.BookmarksRequest{AnyRegion: true, Put: &creds.Bookmark{
		Name: " Buckets ", URL: "https://111122223333-abcdefgh.eu-west-1.console.aws.amazon.com/s3/home?region=eu-west-1&token=x",
	}}), buckets)
	wantBookmarks(t, change(t, b, creds.BookmarksRequest{Put: &creds.Bookmark{
		Name: roles.Name, URL: iamPage, Profiles: []string{"dev", "my prod", "dev"},
	}}), buckets, roles)
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info, err)
	}
	if one, err := b.Find("Buckets"); err != nil || !cmp.Equal(one, buckets) {
		t.Errorf("found %+v, %v", one, err)
	}
	if _, err := b.Find("buckets"); err == nil || err.Error() != `there is no bookmark called "buckets"` {
		t.Errorf("found nothing: %v", err)
	}
	changed := creds.Bookmark{Name: "Buckets", URL: "https://s3.console.aws.amazon.com/s3/buckets/b?region={region}"}
	wantBookmarks(t, change(t, b, creds.BookmarksRequest{Put: &changed}), changed, roles)
	renamed := creds.Bookmark{Name: "One bucket", URL: changed.URL}
	wantBookmarks(t, change(t, b, creds.BookmarksRequest{Put: &renamed, Was: "Buckets"}), renamed, roles)
	wantBookmarks(t, change(t, b, creds.BookmarksRequest{Order: []string{roles.Name, "One bucket"}}), roles, renamed)
	wantBookmarks(t, change(t, b, creds.BookmarksRequest{Remove: roles.Name}), renamed)
	wantBookmarks(t, change(t, b, creds.BookmarksRequest{Remove: "One bucket"}))
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 2 {
		t.Errorf("beside the file and its lock there are %v, %v", left, err)
	}
}

func TestWhatCannotBeChangedLeavesTheBookmarksAlone(t *testing.T) {
	b, path := newBookmarks(t)
	one, two := creds.Bookmark{Name: "one", URL: s3Page}, creds.Bookmark{Name: "two", URL: iamPage}
	change(t, b, creds.BookmarksRequest{Put: &one})
	change(t, b, creds.BookmarksRequest{Put: &two})
	before := string(must[[]byte](t)(os.ReadFile(path)))
	named := func(name string) *creds.Bookmark { return &creds.Bookmark{Name: name, URL: iamPage} }
	for want, r := range map[string]creds.BookmarksRequest{
		"a request changes one thing about the bookmarks":                                            {},
		"a request changes one thing about the  bookmarks":                                           {Put: &one, Remove: "two"},
		"a request changes one thing about the   bookmarks":                                          {Remove: "two", Was: "one"},
		`there is no bookmark called "three"`:                                                        {Remove: "three"},
		`there is no bookmark  called "three"`:                                                       {Put: named("four"), Was: "three"},
		`there is a bookmark called "two" already; use another name`:                                 {Put: named("two"), Was: "one"},
		`"" is no name for a bookmark; use a text of up to 100 characters on one line`:               {Put: named("")},
		`"a\nb" is no name for a bookmark; use a text of up to 100 characters on one line`:           {Put: named("a\nb")},
		`"\xff" is no name for a bookmark; use a text of up to 100 characters on one line`:           {Put: named("\xff")},
		`bookmark "x": "" is no name of a profile`:                                                   {Put: &creds.Bookmark{Name: "x", URL: iamPage, Profiles: []string{""}}},
		`bookmark "x": this is no page of the AWS console`:                                           {Put: &creds.Bookmark{Name: "x", URL: "https://example.com/?token=abc"}},
		"the new order does not name all bookmarks; look at them again":                              {Order: []string{"one"}},
		`the new order does not fit: it names "one" twice`:                                           {Order: []string{"one", "one"}},
		`the new order does not fit: there is no bookmark called "x"`:                                {Order: []string{"one", "x"}},
		"these bookmarks cannot be imported: toml: line 1":                                           {Import: "]"},
		`these bookmarks cannot be imported: "bookmark.colour" is no key of a bookmark`:              {Import: "[[bookmark]]\nname='x'\nurl='" + iamPage + "'\ncolour='red'"},
		`these bookmarks cannot be imported: there are two bookmarks called "x"`:                     {Import: strings.Repeat("[[bookmark]]\nname='x'\nurl='"+iamPage+"'\n", 2)},
		"these bookmarks cannot be imported: there are more than 1000 bookmarks":                     {Import: strings.Repeat("[[bookmark]]\n", 1001)},
		`these bookmarks cannot be imported: bookmark "x": this is no page of the AWS console; copy`: {Import: "[[bookmark]]\nname='x'\nurl='https://example.com'"},
	} {
		_, word, err := b.Change(r)
		if err == nil || word != "" || !strings.HasPrefix(err.Error(), strings.Join(strings.Fields(want), " ")) || strings.Contains(err.Error(), "abc") {
			t.Errorf("%+v: %q, %v", r, word, err)
		}
	}
	if after := string(must[[]byte](t)(os.ReadFile(path))); after != before {
		t.Errorf("the file is now %s", after)
	}
	var many strings.Builder
	for i := range 998 {
		fmt.Fprintf(&many, "[[bookmark]]\nname = '%d'\nurl = '%s'\n", i, iamPage)
	}
	if all := change(t, b, creds.BookmarksRequest{Import: many.String()}); len(all) != 1000 {
		t.Errorf("there are %d", len(all))
	}
	if _, _, err := b.Change(creds.BookmarksRequest{Put: named("one more")}); err == nil || err.Error() != "there are more than 1000 bookmarks" {
		t.Error(err)
	}
}

func TestBookmarksAreExportedAndImported(t *testing.T) {
	b, path := newBookmarks(t)
	change(t, b, creds.BookmarksRequest{Put: &creds.Bookmark{Name: "Buckets", URL: s3Page}})
	change(t, b, creds.BookmarksRequest{Put: &creds.Bookmark{Name: "Roles", URL: iamPage, Profiles: []string{"dev", "a \"b\""}}})
	all := must[creds.Bookmarks](t)(b.List())
	const want = `# Pages of the AWS console. {region} is filled in with the profile's region, and
# a bookmark without profiles is for all of them. daypass writes this file anew;
# before it does so, it copies one that was edited by hand.

[[bookmark]]
name = "Buckets"
url = "https://{region}.console.aws.amazon.com/s3/home?region={region}"

[[bookmark]]
name = "Roles"
url = "https://console.aws.amazon.com/iam/home#/roles"
profiles = ["dev", "a \"b\""]
`
	if diff := cmp.Diff(want, all.TOML); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, string(must[[]byte](t)(os.ReadFile(path)))); diff != "" {
		t.Error(diff)
	}
	other, _ := newBookmarks(t)
	mine := creds.Bookmark{Name: "Mine", URL: iamPage}
	change(t, other, creds.BookmarksRequest{Put: &creds.Bookmark{Name: "Roles", URL: s3Page}})
	change(t, other, creds.BookmarksRequest{Put: &mine})
	wantBookmarks(t, change(t, other, creds.BookmarksRequest{Import: all.TOML}), all.Bookmarks[1], mine, all.Bookmarks[0])
	wantBookmarks(t, change(t, other, creds.BookmarksRequest{Import: "[[bookmark]]\nname = 'Pasted'\nurl = 'https://111122223333-abcdefgh.console.aws.amazon.com/?SigninToken=x'"}),
		all.Bookmarks[1], mine, all.Bookmarks[0], creds.Bookmark{Name: "Pasted", URL: "https://console.aws.amazon.com/"})
}

func TestAFileThatWasEditedByHandIsKept(t *testing.T) {
	b, path := newBookmarks(t)
	change(t, b, creds.BookmarksRequest{Put: &creds.Bookmark{Name: "one", URL: s3Page}})
	for _, kept := range []string{path + ".edited", path + ".edited-2"} {
		text := string(must[[]byte](t)(os.ReadFile(path))) + "# mine\n"
		credstest.Write(t, path, text)
		if all, err := b.List(); err != nil || strings.Contains(all.TOML, "mine") {
			t.Errorf("%+v, %v", all, err)
		}
		// A request that changes nothing writes nothing.
		if _, word, err := b.Change(creds.BookmarksRequest{Order: []string{"one"}}); err != nil || word != "" {
			t.Errorf("%q, %v", word, err)
		}
		_, word, err := b.Change(creds.BookmarksRequest{Put: &creds.Bookmark{Name: "one", URL: iamPage + kept[len(kept)-1:]}})
		if err != nil || word != "the bookmarks had been edited by hand; the file as it was, with its comments, is now "+kept {
			t.Errorf("%q, %v", word, err)
		}
		if got := string(must[[]byte](t)(os.ReadFile(kept))); got != text {
			t.Errorf("the copy is %s", got)
		}
	}
}

func TestADamagedFileOfBookmarksStays(t *testing.T) {
	for text, want := range map[string]string{
		"[[bookmark]\n":    "toml: line 2",
		"x = 1\n":          `"x" is no key of a bookmark`,
		"[[bookmark]]\n":   `"" is no name for a bookmark`,
		"bookmark = 'x'\n": "toml: ",
		"[[bookmark]]\nname = 'a'\nurl = 'https://example.com/?token=abc'\n": `bookmark "a": this is no page of the AWS console`,
		"# " + strings.Repeat("x", 5<<20):                                    "it is too large",
		"\xff":                                                               "toml: ",
	} {
		b, path := newBookmarks(t)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		credstest.Write(t, path, text)
		_, listErr := b.List()
		_, _, err := b.Change(creds.BookmarksRequest{Put: &creds.Bookmark{Name: "one", URL: s3Page}})
		if err == nil || listErr == nil || err.Error() != listErr.Error() || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "abc") {
			t.Errorf("%.50q: %v, %v", text, listErr, err)
		}
		if got := string(must[[]byte](t)(os.ReadFile(path))); got != text {
			t.Errorf("%.50q is now %.50q", text, got)
		}
		if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
			t.Errorf("beside the file there are %v, %v", left, err)
		}
	}
}

func TestALinkToTheFileOfBookmarksStaysALink(t *testing.T) {
	b, path := newBookmarks(t)
	real := filepath.Join(t.TempDir(), "real.toml")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{os.WriteFile(real, nil, 0o600), os.Symlink(real, path)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	change(t, b, creds.BookmarksRequest{Put: &creds.Bookmark{Name: "one", URL: s3Page}})
	if info := must[os.FileInfo](t)(os.Lstat(path)); info.Mode().Type() != os.ModeSymlink {
		t.Errorf("the link is %v", info.Mode())
	}
	if data, err := os.ReadFile(real); err != nil || !strings.Contains(string(data), "one") {
		t.Errorf("%s, %v", data, err)
	}
}

func TestBookmarksInUTF16AreRefusedAndStay(t *testing.T) {
	b, path := newBookmarks(t)
	const text = "\xff\xfe[\x00"
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	credstest.Write(t, path, text)
	_, listErr := b.List()
	_, _, changeErr := b.Change(creds.BookmarksRequest{AnyRegion: true, Put: &creds.Bookmark{Name: "Roles", URL: iamPage}})
	for _, err := range []error{listErr, changeErr} {
		if err == nil || !strings.HasPrefix(err.Error(), "the bookmarks in "+path+" cannot be used: it is written in UTF-16") {
			t.Errorf("the error is %v", err)
		}
	}
	if got, _ := os.ReadFile(path); string(got) != text {
		t.Errorf("the file holds %q", got)
	}
}
