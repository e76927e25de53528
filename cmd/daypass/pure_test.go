package main

import (
	"bytes"
	"flag"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/credstest"
)

var update = flag.Bool("update", false, "write the golden files anew")

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// sampleProfiles are in every state that there is.
func sampleProfiles() []creds.Status {
	failed := &creds.Error{Code: creds.CodeKeyInvalid, Message: "AWS does not know the access key AKIAIOSFODNN7EXAMPLE, or it has been made inactive"}
	return []creds.Status{
		{Name: "default", Kind: creds.KindOther},
		{
			Name: "dev", Kind: creds.KindUser, AccountID: "111122223333", Region: "eu-west-1",
			Issued: noon.Add(-18 * time.Minute), Expires: noon.Add(11*time.Hour + 42*time.Minute), WrittenAs: "dev",
			MFASerial: "arn:aws:iam::111122223333:mfa/alice", LastUsed: noon.Add(-time.Minute),
		},
		{
			Name: "dev-admin", Kind: creds.KindRole, AccountID: "111122223333", SourceProfile: "dev",
			RoleARN: "arn:aws:iam::111122223333:role/Admin", WrittenAs: "dev-admin-temporary",
			Issued: noon.Add(-52 * time.Minute), Expires: noon.Add(8 * time.Minute),
			Note: "AWS cut the 12 hours that were asked for to one, as it does for a role behind a role",
		},
		{Name: "legacy", Kind: creds.KindUser, Phase: creds.PhaseFailed, Err: failed, AccountID: "444455556666"},
		{Name: "long", Kind: creds.KindUser, Issued: noon, Expires: noon.Add(35*time.Hour + 12*time.Minute)},
		{Name: "new", Kind: creds.KindUser, Err: &creds.Error{Code: creds.CodeNoKey, Message: "no key"}},
		{Name: "odd\x1b[2Jname", Kind: creds.KindUser, Phase: creds.PhaseRefreshing},
		{Name: "production-eu-central-1-payments-readonly", Kind: creds.KindRole, AccountID: "777788889999", Phase: creds.PhaseNeedsMFA},
		{Name: "spent", Kind: creds.KindUser, Issued: noon.Add(-14 * time.Hour), Expires: noon.Add(-2 * time.Hour)},
		{
			Name: "team", Kind: creds.KindSSO, AccountID: "111122223333", AccountName: "Development", Session: "corp", Person: "alice@corp.example", RoleName: "ReadOnly",
			Sensitive: true, Favourite: true,
			Phase: creds.PhaseNeedsSSO, WrittenAs: "team-temporary",
		},
		{
			Name: "team-over", Kind: creds.KindSSO, AccountID: "111122223333", Session: "corp", RoleName: "Admin",
			Err: &creds.Error{Code: creds.CodeSignInNeeded, Message: "the session corp of Identity Center is over"},
		},
		{Name: "unused", Kind: creds.KindUser},
		{
			Name: "console", Kind: creds.KindConsole, AccountID: "111122223333", Region: "eu-west-1", LoginSession: alice,
			Issued: noon.Add(-6 * time.Minute), Expires: noon.Add(9 * time.Minute), SignInEnds: noon.Add(7 * time.Hour), WrittenAs: "console-temporary",
		},
		{
			Name: "console-new", Kind: creds.KindConsole, Region: "eu-west-1",
			Err: &creds.Error{Code: creds.CodeSignInNeeded, Message: "nobody has signed in to AWS's console for it yet"},
		},
	}
}

func TestTablesAndCardsReadWell(t *testing.T) {
	t.Setenv("SHELL", "/bin/sh")
	profiles := sampleProfiles()
	for name, write := range map[string]func(*bytes.Buffer) error{
		"list":      func(b *bytes.Buffer) error { return writeTable(b, profiles, noon, look{}, false) },
		"list-80":   func(b *bytes.Buffer) error { return writeTable(b, profiles, noon, look{width: 80}, false) },
		"status-80": func(b *bytes.Buffer) error { return writeTable(b, profiles, noon, look{width: 80}, true) },
		"colour": func(b *bytes.Buffer) error {
			return writeTable(b, profiles, noon, look{width: 80, colour: true}, false)
		},
		"card-user":   func(b *bytes.Buffer) error { return writeCard(b, profiles[1], noon, look{width: 80}) },
		"card-role":   func(b *bytes.Buffer) error { return writeCard(b, profiles[2], noon, look{width: 80}) },
		"card-sso":    func(b *bytes.Buffer) error { return writeCard(b, profiles[9], noon, look{width: 80}) },
		"card-failed": func(b *bytes.Buffer) error { return writeCard(b, profiles[3], noon, look{width: 80}) },
		"card-console": func(b *bytes.Buffer) error {
			for _, p := range profiles[len(profiles)-2:] {
				if err := writeCard(b, p, noon, look{width: 80}); err != nil {
					return err
				}
			}
			return nil
		},
		"list-plain": func(b *bytes.Buffer) error { return writeBlocks(b, plainProfiles(profiles, noon, false)) },
		"status-plain": func(b *bytes.Buffer) error {
			sessions := []creds.Session{
				{ID: "corp", StartURL: "https://corp.awsapps.com/start", Profiles: 3, Person: "alice", Expires: noon.Add(time.Hour)},
				{ID: "dev", StartURL: "https://dev.awsapps.com/start", Err: &creds.Error{Message: "the region is missing"}},
			}
			return writeStatus(b, creds.Snapshot{Profiles: profiles, Sessions: sessions}, noon, look{width: 80, colour: true}, true)
		},
		"card-plain": func(b *bytes.Buffer) error {
			failed := profiles[3]
			failed.Flaws = []creds.Error{{Message: "two profiles have this name", Advice: "Rename one."}}
			failed.Region = "eu-west-1\nstate: valid" // which cannot make a fact of its own
			return writeBlocks(b, [][]fact{plainCard(failed, noon)})
		},
		"json": func(b *bytes.Buffer) error { return writeRecords(b, profiles, noon) },
		"added": func(b *bytes.Buffer) error {
			reply := creds.AddReply{Status: profiles[1], UserARN: "arn:aws:iam::111122223333:user/alice", Note: "the user has 2 MFA devices"}
			writeAdded(b, reply, "/home/alice/.aws/config")
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			golden(t, name, b.Bytes())
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	credstest.Golden(t, filepath.Join("testdata", "golden", name+".txt"), string(got), *update)
}

func TestNoLineOfATableIsWiderThanTheTerminal(t *testing.T) {
	var b bytes.Buffer
	if err := writeTable(&b, sampleProfiles(), noon, look{width: 80}, true); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(b.String()) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

func TestATableShowsOfAProfileAllThatItShowsOfItsStatus(t *testing.T) {
	table := agentapi.TableOf(creds.Snapshot{Profiles: sampleProfiles()})
	for i, s := range sampleProfiles() {
		if diff := cmp.Diff(rowOf(s, noon), rowOf(table.Profiles[i].Status(), noon), cmp.AllowUnexported(tableRow{})); diff != "" {
			t.Errorf("%s (-status +table):\n%s", s.Name, diff)
		}
	}
}

func TestAFewFlawsAreSaidAndTheOthersCounted(t *testing.T) {
	var profiles []creds.Status
	for n := range 25 {
		// Each flaw is one of two profiles.
		profiles = append(profiles, creds.Status{Flaws: []creds.Error{{Message: strconv.Itoa(n / 2)}}})
	}
	few := fewest(agentapi.Flaws(profiles))
	if len(few) != maxFlaws+1 || few[9].Message != "9" || !strings.HasPrefix(few[10].Message, "3 more lines ") {
		t.Errorf("got %v", few)
	}
	if all := fewest(agentapi.Flaws(profiles[:20])); len(all) != maxFlaws || all[9].Message != "9" {
		t.Errorf("got %v", all)
	}
}

func TestAnEmptyListIsAnEmptyArray(t *testing.T) {
	var b bytes.Buffer
	if err := writeRecords(&b, nil, noon); err != nil || b.String() != "[]\n" {
		t.Errorf("got %q, %v", b.String(), err)
	}
}

func TestDurationsAreTakenAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"12h": 12 * time.Hour, "90m": 90 * time.Minute, "1h30m": 90 * time.Minute, "3600": time.Hour,
		"900": 15 * time.Minute, "15m": 15 * time.Minute, "36h": 36 * time.Hour, "129600": 36 * time.Hour,
		"": 0, "12": 0, "899": 0, "129601": 0, "-12h": 0, "12h0.5s": 0, "1d": 0, "twelve": 0, "99999999999999": 0,
	} {
		d := sessionDuration()
		err := d.Set(text)
		if (err == nil) != (want != 0) || d.value != want {
			t.Errorf("%q is %v, %v; want %v", text, d.value, err, want)
		}
	}
}

func TestTheNearestNameIsFoundAndAFarOneIsNot(t *testing.T) {
	names := []string{"default", "dev", "prod", "prod-admin", "staging"}
	for name, want := range map[string]string{
		"prdo": "prod", "Prod": "prod", "stagng": "staging", "prod-amdin": "prod-admin",
		"stag": "staging", "deev": "dev", "x": "", "completely-other": "", "": "",
	} {
		if got, _ := nearest(name, names); got != want {
			t.Errorf("nearest(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestALineIsTypedAsInATerminal(t *testing.T) {
	for name, c := range map[string]struct {
		input input
		typed string
		want  string
		end   outcome
	}{
		"a code is complete with its sixth digit":          {inputCode, "123456", "123456", entered},
		"a pasted code may have a space in it":             {inputCode, "123 456", "123456", entered},
		"letters are no digits":                            {inputCode, "12ab", "12", typing},
		"return does not send half a code":                 {inputCode, "123\r", "123", typing},
		"backspace takes a digit back":                     {inputCode, "12\x7f3456\x087", "13457", typing},
		"an empty line may be an answer":                   {inputMaybe, "\r", "", entered},
		"a pasted code may have a no-break space":          {inputCode, "123\u00a0456", "123456", entered},
		"a pasted code may have a tab and a line break":    {inputCode, "\t123\t456", "123456", entered},
		"a pasted code may have a hyphen and a dash":       {inputCode, "12-34\u201156", "123456", entered},
		"a code between the marks of a pasted text":        {inputCode, "\x1b[200~ 123 456", "123456", entered},
		"line breaks around a pasted code enter nothing":   {inputCode, "\r\n123\r\n45", "12345", typing},
		"a pasted code has line breaks":                    {inputPasted, "\x1b[200~ab\r\ncd \n\x1b[201~", "abcd", typing},
		"return sends a pasted code":                       {inputPasted, "\x1b[200~ab\r\x1b[201~\r", "ab", entered},
		"return sends one that the terminal does not mark": {inputPasted, "ab \r", "ab", entered},
		"a pasted code that is empty is not sent":          {inputPasted, "\x1b[200~\r\x1b[201~\r", "", typing},
		"Ctrl-C ends it within a pasted text":              {inputPasted, "\x1b[200~ab\x03", "ab", cancelled},
		"a pasted code is as long as one may be":           {inputPasted, strings.Repeat("x", creds.MostPasted+9) + "\r", strings.Repeat("x", creds.MostPasted+1), entered},
		"arrows type nothing in a pasted code":             {inputPasted, "1\x1b[D\x1b[200;300;400~2", "12", typing},
		"arrows type nothing":                              {inputCode, "1\x1b[D\x1bOA\x1b[1;5C2", "12", typing},
		"Ctrl-U clears the line":                           {inputText, "abc\x15d\r", "d", entered},
		"Ctrl-C ends the question":                         {inputText, "abc\x03", "abc", cancelled},
		"Ctrl-C ends it within an escape sequence":         {inputText, "\x1b[\x03", "", cancelled},
		"Ctrl-D ends it on an empty line only":             {inputText, "a\x04", "a", typing},
		"Ctrl-D ends an empty one":                         {inputText, "\x04", "", cancelled},
		"an empty line is not sent":                        {inputHidden, "\r", "", typing},
		"backspace takes back a whole letter, not a byte":  {inputHidden, "aé\x7f\r", "a", entered},
	} {
		t.Run(name, func(t *testing.T) {
			l := line{input: c.input}
			end := typing
			for _, b := range []byte(c.typed) {
				if end = l.key(b); end != typing {
					break
				}
			}
			if end != c.end || string(l.text) != c.want {
				t.Errorf("got %q, %v; want %q, %v", l.text, end, c.want, c.end)
			}
			if c.input == inputHidden && l.shown() != "" {
				t.Errorf("a hidden line shows %q", l.shown())
			}
		})
	}
}
