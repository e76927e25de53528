package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"daypass/creds"
)

// quoted is a text as Go and the messages here quote it.
func quoted(text string) string { return fmt.Sprintf("%q", text) }

func sampleBookmarks() []creds.Bookmark {
	return []creds.Bookmark{
		{Name: "buckets", URL: "https://{region}.console.aws.amazon.com/s3/buckets?region={region}"},
		{Name: "payment logs", URL: "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/$252Fpayments", Profiles: []string{"prod", "staging"}},
		{Name: hostile, URL: "https://console.aws.amazon.com/\x1b[2J", Profiles: []string{hostile}},
	}
}

func sampleVisits() []creds.Visit {
	return []creds.Visit{
		{ID: "9ABCDEFGHIJKLMNOPQRSTUVWXY", Profile: "prod", AccountID: "111111111111", Identity: "Admin", Destination: "https://eu-west-1.console.aws.amazon.com/s3/home", Place: "firefox:container=prod", Opened: noon.Add(-10 * time.Minute), Until: noon.Add(50 * time.Minute)},
		{ID: "8ABCDEFGHIJKLMNOPQRSTUVWXY", Profile: "a-profile-with-a-long-name-in-an-account", AccountID: "222222222222", Identity: "AWSReservedSSO_AdministratorAccess", Destination: "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/payments", Place: "system", Opened: noon.Add(-30 * time.Hour), Until: noon.Add(-18 * time.Hour)},
		{ID: "7", Profile: hostile, Destination: "https://x/\x1b[2J", Opened: noon.Add(-24 * 30 * time.Hour)},
	}
}

func sampleChain() creds.Explanation {
	return creds.Explanation{Links: []creds.ExplainedLink{
		{Kind: creds.LinkKey, Profile: "alice", Title: "access key of alice in the keyring", Detail: "AKIAIOSFODNN7EXAMPLE"},
		{Kind: creds.LinkSession, Profile: "alice", Title: "session with MFA", Detail: "arn:aws:iam::111111111111:mfa/alice-phone", Expires: noon.Add(11 * time.Hour)},
		{Kind: creds.LinkRole, Profile: "jump", Title: "role Jump in 222222222222", Detail: "arn:aws:iam::222222222222:role/Jump", Expires: noon.Add(-5 * time.Minute)},
		{Kind: creds.LinkRole, Profile: "prod", Title: "role Admin\x1b[2J in 333333333333", Detail: "arn:aws:iam::333333333333:role/with/a/long/path/that/goes/on/and/on/Admin", Missing: "the role Jump, which it comes from, has ended; log in to have it renewed"},
		{Kind: creds.LinkFile, Profile: "prod", Title: "[prod-temporary]", Detail: "/home/alice/.aws/credentials"},
	}, Values: []creds.ExplainedValue{
		{Name: creds.ValueRegion, Value: "eu-west-1", From: creds.FromFile, Where: "region in [profile alice]"},
		{Name: creds.ValueDuration, Value: "1h", From: creds.FromDefault},
	}}
}

func TestBookmarksVisitsAndChainsReadWell(t *testing.T) {
	for name, write := range map[string]func(*bytes.Buffer) error{
		"bookmarks":      func(b *bytes.Buffer) error { return writeBookmarks(b, sampleBookmarks(), look{}) },
		"bookmarks-80":   func(b *bytes.Buffer) error { return writeBookmarks(b, sampleBookmarks(), look{width: 80}) },
		"bookmarks-json": func(b *bytes.Buffer) error { return encodeAll(b, sampleBookmarks(), newBookmarkRecord) },
		"visits":         func(b *bytes.Buffer) error { return writeVisits(b, sampleVisits(), noon, look{}) },
		"visits-80":      func(b *bytes.Buffer) error { return writeVisits(b, sampleVisits(), noon, look{width: 80}) },
		"visits-json":    func(b *bytes.Buffer) error { return encodeAll(b, sampleVisits(), newVisitRecord) },
		"explain":        func(b *bytes.Buffer) error { return writeExplanation(b, sampleChain(), noon, look{}) },
		"explain-80":     func(b *bytes.Buffer) error { return writeExplanation(b, sampleChain(), noon, look{width: 80}) },
		"explain-colour": func(b *bytes.Buffer) error {
			return writeExplanation(b, sampleChain(), noon, look{width: 80, colour: true})
		},
		"explain-plain": func(b *bytes.Buffer) error { return writeBlocks(b, plainExplanation(sampleChain(), noon)) },
		"explain-json":  func(b *bytes.Buffer) error { return encode(b, linkRecords(sampleChain())) },
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			golden(t, name, b.Bytes())
			if !strings.HasSuffix(name, "-80") {
				return
			}
			for line := range strings.Lines(b.String()) {
				if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 80 {
					t.Errorf("%d columns: %s", n, line)
				}
			}
		})
	}
}

func TestBookmarksAreChangedAsTheCommandsSay(t *testing.T) {
	const page = "https://console.aws.amazon.com/ec2"
	for name, c := range map[string]struct {
		stdin string
		args  []string
		want  creds.BookmarksRequest
		out   string
	}{
		"added for all": {
			"",
			[]string{"add", "ec2", page, "--any-region"},
			creds.BookmarksRequest{Put: &creds.Bookmark{Name: "ec2", URL: page}, AnyRegion: true},
			"ec2: " + page + "\n  profiles  all\n",
		},
		"added for some, from stdin": {
			page + "\n",
			[]string{"add", "-x", "-", "--profile", "prod", "--profile", "a,b"},
			creds.BookmarksRequest{Put: &creds.Bookmark{Name: "-x", URL: page, Profiles: []string{"prod", "a,b"}}},
			"-x: " + page + "\n  profiles  prod, a,b\n",
		},
		"another address": {
			"",
			[]string{"edit", "logs", "--url", page},
			creds.BookmarksRequest{Put: &creds.Bookmark{Name: "logs", URL: page, Profiles: []string{"prod"}}},
			"logs: " + page + "\n  profiles  prod\n",
		},
		"for all from now on": {
			"",
			[]string{"edit", "logs", "--all-profiles"},
			creds.BookmarksRequest{Put: &creds.Bookmark{Name: "logs", URL: "https://l/"}},
			"logs: https://l/\n  profiles  all\n",
		},
		"renamed": {
			"",
			[]string{"rename", hostile, "tame"},
			creds.BookmarksRequest{Put: &creds.Bookmark{Name: "tame", URL: "https://h/"}, Was: hostile},
			"tame: https://h/\n  profiles  all\n",
		},
		"removed": {"", []string{"remove", hostile}, creds.BookmarksRequest{Remove: hostile}, printable(hostile) + ": removed\n"},
		"put first": {
			"",
			[]string{"order", hostile, "buckets"},
			creds.BookmarksRequest{Order: []string{hostile, "buckets", "logs"}},
			"buckets\nlogs\n" + printable(hostile) + "\n",
		},
		"imported": {"[[bookmark]]\n", []string{"import"}, creds.BookmarksRequest{Import: "[[bookmark]]\n"}, "0 added, 0 changed\n"},
	} {
		t.Run(name, func(t *testing.T) {
			agent := (&standIn{
				profiles: []creds.Status{{Name: "prod"}, {Name: "a,b"}},
				bookmarks: []creds.Bookmark{
					{Name: "buckets", URL: "https://b/"}, {Name: "logs", URL: "https://l/", Profiles: []string{"prod"}}, {Name: hostile, URL: "https://h/"},
				},
			}).begin(t)
			args := append([]string{"bookmarks"}, c.args...)
			if c.args[0] == "add" && strings.HasPrefix(c.args[1], "-") {
				// As with every program, a name of this kind comes after --.
				args = append(append([]string{"bookmarks", "add"}, c.args[3:]...), "--", c.args[1], c.args[2])
			}
			agent.runs(t, c.stdin, args...).is(t, outcomeOf{Out: c.out, Asked: []any{&c.want}})
		})
	}
}

func TestAChangeOfBookmarksThatMakesNoSenseIsRefused(t *testing.T) {
	agent := (&standIn{
		profiles:  []creds.Status{{Name: "prod"}},
		bookmarks: []creds.Bookmark{{Name: "buckets"}, {Name: "logs"}},
	}).begin(t)
	binary := filepath.Join(t.TempDir(), "binary")
	if err := os.WriteFile(binary, []byte("\xff\xfe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for line, c := range map[string]struct {
		code int
		want string
	}{
		"add|x":                    {exitUsage, "daypass: add takes NAME and URL, and got 1 argument\nSee: daypass bookmarks add --help\n"},
		"add| |https://x/":         {exitUsage, "daypass: NAME is empty\nSee: daypass bookmarks add --help\n"},
		"add|logs|https://x/":      {exitFailed, "daypass: there is a bookmark \"logs\" already; change it with: daypass bookmarks edit\n"},
		"add|x|y|--profile|prdo":   {exitFailed, "daypass: there is no profile prdo\nDid you mean prod?\n"},
		"add|x|-":                  {exitFailed, "daypass: stdin should hold one line: the address of a page of the console\n"},
		"edit|logs":                {exitUsage, "daypass: there is nothing to change: give --url, --any-region, --profile or --all-profiles\nSee: daypass bookmarks edit --help\n"},
		"edit|lgos|--all-profiles": {exitFailed, "daypass: there is no bookmark \"lgos\"; did you mean \"logs\"?\n"},
		"rename|logs|buckets":      {exitFailed, "daypass: there is a bookmark \"buckets\" already\n"},
		"rename|lgos|x":            {exitFailed, "daypass: there is no bookmark \"lgos\"; did you mean \"logs\"?\n"},
		"remove|bucket":            {exitFailed, "daypass: there is no bookmark \"bucket\"; did you mean \"buckets\"?\n"},
		"order|logs|x|":            {exitFailed, "daypass: there is no bookmark \"x\"; see those there are with: daypass bookmarks\n"},
		"order|logs|logs":          {exitUsage, "daypass: \"logs\" is there twice\nSee: daypass bookmarks order --help\n"},
		"import":                   {exitFailed, "daypass: stdin is empty\n"},
		"import|" + binary:         {exitFailed, "daypass: " + binary + " is no TOML file with bookmarks\n"},
		"improt":                   {exitUsage, "daypass: there is no command \"improt\"; did you mean \"import\"?\nSee: daypass bookmarks --help\n"},
		"edit|logs|--url|":         {exitUsage, "daypass: --url is empty\nSee: daypass bookmarks edit --help\n"},
	} {
		t.Run(line, func(t *testing.T) {
			got := agent.runs(t, "", append([]string{"bookmarks"}, strings.Split(line, "|")...)...)
			got.says(t, c.code, c.want)
		})
	}
}

func TestWhatAnImportDidIsCounted(t *testing.T) {
	before := sampleBookmarks()
	after := sampleBookmarks()
	after[0].URL = "https://another/"
	after[1].Profiles = nil
	after = append(after, creds.Bookmark{Name: "new"})
	if added, changed := difference(before, after); added != 1 || changed != 2 {
		t.Errorf("%d added, %d changed", added, changed)
	}
}

func TestBookmarksAreExportedAsTheyAre(t *testing.T) {
	agent := (&standIn{}).begin(t)
	agent.note = "the file as it was is now bookmarks.toml.edited"
	agent.runs(t, "", "bookmarks", "add", "x", "https://x/").is(t, outcomeOf{
		Out: "x: https://x/\n  profiles  all\n", Err: "The file as it was is now bookmarks.toml.edited.\n",
		Asked: []any{&creds.BookmarksRequest{Put: &creds.Bookmark{Name: "x", URL: "https://x/"}}},
	})
	agent.bookmarks = nil
	agent.runs(t, "", "bookmarks", "export").is(t, outcomeOf{Out: "[[bookmark]]\nname = \"\x1b\"\n"})
	agent.runs(t, "", "bookmarks").is(t, outcomeOf{Out: "There is no bookmark. Make one with: daypass bookmarks add NAME URL\n"})
	agent.runs(t, "", "bookmarks", "list", "--json").is(t, outcomeOf{Out: "[]\n"})
	agent.runs(t, "", "browsers", "--json").is(t, outcomeOf{Out: "[]\n"})
	agent.runs(t, "", "visits", "--json").is(t, outcomeOf{Out: "[]\n"})
}

func TestBrowsersAreListedByWhatTheFlagTakes(t *testing.T) {
	agent := (&standIn{places: []creds.ConsolePlace{{Place: "chrome:Profile 1", Name: "Chrome: Work\x1b"}, {Place: "system", Name: "the system's browser"}}}).begin(t)
	agent.runs(t, "", "browsers").is(t, outcomeOf{Out: "BROWSER           NAME\nchrome:Profile 1  Chrome: Work\\x1b\nsystem            the system's browser\n"})
}

func TestVisitsAreForgottenAndOpenedAgain(t *testing.T) {
	agent := (&standIn{visits: sampleVisits(), profiles: []creds.Status{{Name: "prod"}}}).begin(t)
	agent.runs(t, "", "visits", "--clear").is(t, outcomeOf{
		Out: "All visits are forgotten.\n", Asked: []any{&creds.VisitsRequest{Clear: true}},
	})
	t.Setenv("SSH_TTY", "/dev/pts/0")
	agent.runs(t, "", "visits", "reopen", "9abcdefg").says(t, exitFailed,
		"daypass: the console would open on a screen that you do not sit at: --no-browser=false opens it anyway\n")
	agent.runs(t, "", "visits", "reopen", "9abcdefg", "--no-browser").says(t, exitUsage,
		"daypass: --no-browser opens nothing: \"daypass console\" can print the link instead\nSee: daypass visits reopen --help\n")
	agent.runs(t, "", "visits", "reopen", "9abcdefg", "--no-browser=false").is(t, outcomeOf{
		Err:   "Opened https://eu-west-1.console.aws.amazon.com/s3/home as prod again\n",
		Asked: []any{&creds.VisitsRequest{Reopen: "9ABCDEFGHIJKLMNOPQRSTUVWXY"}},
	})
	agent.runs(t, "", "visits", "reopen", "x\x1b", "--no-browser=false").says(t, exitFailed,
		"daypass: there is no visit \"x\\x1b\"; see those there are with: daypass visits\n")
	agent.visits = append(agent.visits, creds.Visit{ID: "9ABX"})
	agent.runs(t, "", "visits", "reopen", "9ab", "--no-browser=false").says(t, exitFailed,
		"daypass: the IDs of 2 visits begin with \"9ab\"; \"daypass visits --json\" shows them whole\n")
	agent.runs(t, "", "visits", "reopen").says(t, exitUsage,
		"daypass: reopen takes one ID, as \"daypass visits\" shows it\nSee: daypass visits reopen --help\n")
	agent.runs(t, "", "visits", "--clear", "--json").says(t, exitUsage,
		"daypass: --clear leaves nothing to print with --json: give one of them\nSee: daypass visits --help\n")
}

func TestAChainIsExplainedOfAProfileThatIsThere(t *testing.T) {
	agent := (&standIn{chain: sampleChain(), profiles: []creds.Status{{Name: hostile}, {Name: "prod"}}}).begin(t)
	got := agent.runs(t, "", "explain", hostile)
	if got.Code != exitOK || !strings.HasPrefix(got.Out, "access key of alice in the keyring  AKIAIOSFODNN7EXAMPLE\n└─▶ session with MFA, ") {
		t.Errorf("got %+v", got)
	}
	agent.runs(t, "", "explain", "prdo").says(t, exitFailed, "daypass: there is no profile prdo\nDid you mean prod?\n")
}

func TestTheWindowIsShownWhereThereIsADesktop(t *testing.T) {
	agent := (&standIn{}).begin(t)
	agent.runs(t, "", "show").is(t, outcomeOf{Asked: []any{&struct{ Show bool }{true}}})
	agent.headless = true
	agent.runs(t, "", "show").says(t, exitFailed, "daypass: the agent runs without a desktop, so it has no window to show\n")
}
