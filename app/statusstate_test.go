package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/app/kit"
	"daypass/creds"
)

func stateOf(s creds.Snapshot) *statusState {
	st := &statusState{at: -1}
	st.take(s)
	return st
}

// listed are the names of the profiles as they are listed, groups as "# title".
func (s *statusState) listed() []string {
	var names []string
	for _, i := range s.items {
		if i < 0 {
			g := s.groups[^i]
			names = append(names, fmt.Sprintf("# %s (%d) %s", g.Title, g.Count, g.About))
			continue
		}
		names = append(names, s.all.Profiles[i].Name)
	}
	return names
}

func TestTheListOfProfiles(t *testing.T) {
	for _, test := range []struct {
		name  string
		find  string
		group grouping
		want  []string
	}{
		{"has favourites first, then all by name", "", groupNone, []string{
			"prod-admin", "alice", "audit", "billing-readonly", "legacy", "lambda-ci", "sandbox", "staging", "terraform",
		}},
		{"is searched by name", "LEG", groupNone, []string{"legacy"}},
		{"is searched by account id", "4444", groupNone, []string{"audit"}},
		{"is searched by account", "billing", groupNone, []string{"billing-readonly"}},
		{"is searched by role", "terraform", groupNone, []string{"terraform"}},
		{"is searched by session", "corp", groupNone, []string{"prod-admin", "billing-readonly", "staging"}},
		{"is searched for all words", "developer  corp", groupNone, []string{"staging"}},
		{"is empty where nothing is found", "nobody", groupNone, nil},
		{"is grouped by session", "", groupSession, []string{
			"# Favourites (1) ", "prod-admin", "# corp (2) signed in", "billing-readonly", "staging",
			"# lab (1) waits for a sign-in", "sandbox", "# IAM users and others (5) ", "alice", "audit", "legacy", "lambda-ci", "terraform",
		}},
		{"is grouped by account", "", groupAccount, []string{
			"# Favourites (1) ", "prod-admin", "# 111111111111 (1) ", "terraform", "# 123456789012 (1) ", "alice",
			"# 444444444444 (1) ", "audit", "# billing · 222222222222 (1) ", "billing-readonly",
			"# sandbox · 333333333333 (1) ", "sandbox", "# staging · 555555555555 (1) ", "staging",
			"# Account not known yet (2) ", "legacy", "lambda-ci",
		}},
		{"shows no group that is empty", "sandbox", groupSession, []string{"# lab (1) waits for a sign-in", "sandbox"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := stateOf(testSnapshot(time.Now()))
			s.groupBy(test.group)
			s.find(test.find)
			if diff := cmp.Diff(test.want, s.listed()); diff != "" {
				t.Errorf("listed (-want +got)\n%s", diff)
			}
		})
	}
}

func TestAGroupSaysWhoIsSignedIn(t *testing.T) {
	now := time.Now()
	corp := testSnapshot(now).Sessions[0]
	corp.Person = "alice@corp.example"
	if got := sessionWord(corp, now); got != "signed in as alice@corp.example" {
		t.Errorf("it says %q", got)
	}
	corp.Phase, corp.Stranger = creds.PhaseFailed, &creds.Person{Before: corp.Person, Now: "bob@corp.example"}
	if got := sessionWord(corp, now); got != "somebody else signed in" {
		t.Errorf("it says %q", got)
	}
	corp.Stranger, corp.Expires = nil, time.Time{}
	if got := sessionWord(corp, now); got != "not signed in" {
		t.Errorf("it says %q", got)
	}
}

func TestTheProfileThatIsChosen(t *testing.T) {
	s := stateOf(testSnapshot(time.Now()))
	want := func(name string) {
		t.Helper()
		if p, _ := s.profile(); p.Name != name || s.chosen != name {
			t.Errorf("%q is chosen and %q shown, want %q", s.chosen, p.Name, name)
		}
	}
	want("prod-admin")
	s.move(1)
	want("alice")
	s.groupBy(groupSession)
	want("alice") // It stays chosen, wherever it moves.
	s.move(-1)
	want("sandbox") // The heading is passed by.
	s.move(1)
	want("alice")
	s.move(-100)
	want("prod-admin")
	s.move(100)
	want("terraform")
	next := s.all
	next.Profiles = append([]creds.Status{{Name: "aaa"}}, next.Profiles...)
	s.take(next)
	want("terraform")
	s.find("audit")
	want("audit") // Enter is for what is found first.
	s.find("Legacy")
	want("legacy")
	s.find("terraform")
	want("terraform")
	s.find("nothing at all")
	want("")
	s.move(1)
	want("")
	s.find("")
	want("prod-admin")
	s.take(creds.Snapshot{})
	want("")
}

// What a key press costs does not depend on how many profiles are not found: the
// list is made in the room that it has, and nothing is kept for each profile.
func TestASearchAllocatesNothingForEachProfile(t *testing.T) {
	per := func(n int) float64 {
		s := stateOf(manyProfiles(n))
		s.groupBy(groupAccount)
		words := []string{"a", "ad", "adm", "admi", "admin", "admin c", ""}
		i := 0
		return testing.AllocsPerRun(20, func() {
			s.find(words[i%len(words)])
			i++
		})
	}
	few, many := per(10), per(10000)
	if many > few || many > 8 {
		t.Errorf("a key press allocates %v times among 10,000 profiles and %v times among 10", many, few)
	}
}

// A snapshot in which one profile differs costs no new texts for the others.
func TestASnapshotKeepsTheSearchTextsOfUnchangedProfiles(t *testing.T) {
	all := manyProfiles(10000)
	s := stateOf(all)
	again := testing.AllocsPerRun(5, func() { s.take(all) })
	if again > 100 {
		t.Errorf("a snapshot of 10,000 profiles that are the same allocates %v times", again)
	}
	next := all
	next.Profiles = append([]creds.Status(nil), all.Profiles...)
	next.Profiles[7].RoleName = "Gardener"
	s.take(next)
	s.find("gardener")
	if len(s.items) != 1 {
		t.Errorf("the changed profile is not found: %v", s.listed())
	}
}

// A key press among 10,000 profiles: all of what the window does beside drawing
// the rows that can be seen.
func BenchmarkKeyPressAmong10000(b *testing.B) {
	s := stateOf(manyProfiles(10000))
	s.groupBy(groupAccount)
	words := strings.Split("p pr pro prod prod- prod-0 prod-01 admin", " ")
	for i := 0; b.Loop(); i++ {
		s.find(words[i%len(words)])
		s.count(time.Now())
	}
}

func BenchmarkSnapshotOf10000(b *testing.B) {
	all := manyProfiles(10000)
	s := stateOf(all)
	for b.Loop() {
		s.take(all)
	}
}

func TestEveryStateHasAWordAShapeAndASentence(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	snapshot := testSnapshot(now)
	want := map[string][2]string{
		"alice":            {"Valid", "Valid until 19:42: 7 h 42 min left."},
		"audit":            {"Ends soon", "Ends at 12:07: 7 min left."},
		"billing-readonly": {"Expired", "Expired at 10:00, 2 h ago."},
		"lambda-ci":        {"Not managed", "The AWS tools get its credentials themselves."},
		"legacy":           {"No key", "There is no access key for it yet."},
		"prod-admin":       {"Valid", "Valid until 12:40: 40 min left."},
		"sandbox":          {"Needs a sign-in", "Waits for you to sign in."},
		"staging":          {"Refreshing…", "Asking AWS for new credentials."},
		"terraform":        {"Failed", "The last refresh failed, and there are no credentials."},
		"asked":            {"Needs a code", "Waits for you to type a code. The current credentials last until 13:00."},
		"fresh":            {"No credentials", "No credentials: a refresh gets some."},
		"out":              {"Not signed in", "No credentials: a refresh gets some."},
		"held":             {"Unlocked", "Unlocked until 12:20: 20 min left. It locks then, or with the screen."},
		"waiting":          {"Keyring locked", "Its access key may be in the keyring."},
		"stranded":         {"No keyring", "Its access key may be in the keyring."},
		"odd":              {"Cannot be used", "It cannot be used as it is."},
	}
	list := append(snapshot.Profiles,
		creds.Status{Name: "asked", Phase: creds.PhaseNeedsMFA, Issued: now, Expires: now.Add(time.Hour)},
		creds.Status{Name: "held", Sensitive: true, Issued: now.Add(-10 * time.Minute), Expires: now.Add(20 * time.Minute)},
		creds.Status{Name: "fresh", Kind: creds.KindUser},
		creds.Status{Name: "out", Kind: creds.KindSSO, Err: &creds.Error{Code: creds.CodeSignInNeeded, Message: "x"}},
		creds.Status{Name: "waiting", Kind: creds.KindRole, Phase: creds.PhaseIdle, Err: &creds.Error{Code: creds.CodeKeyringLocked, Message: "x"}},
		creds.Status{Name: "stranded", Kind: creds.KindUser, Phase: creds.PhaseIdle, Err: &creds.Error{Code: creds.CodeKeyringUnavailable, Message: "x"}},
		creds.Status{Name: "odd", Kind: creds.KindRole, Err: &creds.Error{Code: creds.CodeBadProfile, Message: "x"}})
	got := make(map[string][2]string)
	shapes := make(map[kit.Glyph]map[string]bool)
	for _, p := range list {
		look := lookOf(p, now)
		got[p.Name] = [2]string{look.Word, look.Sentence}
		if shapes[look.Glyph] == nil {
			shapes[look.Glyph] = make(map[string]bool)
		}
		shapes[look.Glyph][string(look.Ink)] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("words (-want +got)\n%s", diff)
	}
	for g, inks := range shapes {
		if len(inks) > 1 {
			t.Errorf("the shape %s means different things by its colour alone: %v", g, inks)
		}
	}
}

func mustExport(t *testing.T, cr creds.Credentials, goos string) string {
	t.Helper()
	text, err := exportText(cr, goos)
	if err != nil {
		t.Fatal(err)
	}
	return text.Reveal()
}

func TestWhatIsPastedIntoAShell(t *testing.T) {
	const marked = "AWS_ACCESS_KEY_ID,AWS_SECRET_ACCESS_KEY,AWS_SESSION_TOKEN,AWS_CREDENTIAL_EXPIRATION,AWS_SESSION_EXPIRATION,AWS_REGION,AWS_DEFAULT_REGION"
	for name, test := range map[string]struct {
		goos, want string
	}{
		"exports for sh": {"linux", `type unset >/dev/null 2>&1 || alias unset 'set --erase';
unset AWS_PROFILE;
unset AWS_DEFAULT_PROFILE;
unset AWS_WEB_IDENTITY_TOKEN_FILE;
unset AWS_ACCOUNT_ID;
unset AWS_CREDENTIAL_SCOPE;
unset AWS_ACCESS_KEY;
unset AWS_SECRET_KEY;
unset AWS_DELEGATION_TOKEN;
unset AWS_SECURITY_TOKEN;
unset DAYPASS_PROFILE;
unset DAYPASS_SESSION;
export AWS_ACCESS_KEY_ID=ASIAIOSFODNN7EXAMPLE;
export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY;
export AWS_SESSION_TOKEN=IQoJb3JpZ2luX2VjEXAMPLE==;
export AWS_CREDENTIAL_EXPIRATION=2026-03-01T12:00:00Z;
export AWS_SESSION_EXPIRATION=2026-03-01T12:00:00Z;
export AWS_REGION=eu-central-1;
export AWS_DEFAULT_REGION=eu-central-1;
export DAYPASS_EXPORTED=` + marked + ";\n"},
		"exports for PowerShell": {"windows", `$Env:AWS_PROFILE=$null;
$Env:AWS_DEFAULT_PROFILE=$null;
$Env:AWS_WEB_IDENTITY_TOKEN_FILE=$null;
$Env:AWS_ACCOUNT_ID=$null;
$Env:AWS_CREDENTIAL_SCOPE=$null;
$Env:AWS_ACCESS_KEY=$null;
$Env:AWS_SECRET_KEY=$null;
$Env:AWS_DELEGATION_TOKEN=$null;
$Env:AWS_SECURITY_TOKEN=$null;
$Env:DAYPASS_PROFILE=$null;
$Env:DAYPASS_SESSION=$null;
$Env:AWS_ACCESS_KEY_ID="ASIAIOSFODNN7EXAMPLE";
$Env:AWS_SECRET_ACCESS_KEY="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
$Env:AWS_SESSION_TOKEN="IQoJb3JpZ2luX2VjEXAMPLE==";
$Env:AWS_CREDENTIAL_EXPIRATION="2026-03-01T12:00:00Z";
$Env:AWS_SESSION_EXPIRATION="2026-03-01T12:00:00Z";
$Env:AWS_REGION="eu-central-1";
$Env:AWS_DEFAULT_REGION="eu-central-1";
$Env:DAYPASS_EXPORTED="` + marked + "\";\n"},
	} {
		if diff := cmp.Diff(test.want, mustExport(t, testCredentials(), test.goos)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
	for name, test := range map[string]struct {
		status     creds.Status
		goos, want string
	}{
		"a profile":                  {creds.Status{Name: "work"}, "linux", "AWS_PROFILE=work "},
		"a profile's own section":    {creds.Status{Name: "work", WrittenAs: "work-temporary"}, "linux", "AWS_PROFILE=work-temporary "},
		"a profile with a space":     {creds.Status{Name: "my work"}, "darwin", "AWS_PROFILE='my work' "},
		"a profile for PowerShell":   {creds.Status{Name: "my work"}, "windows", "$Env:AWS_PROFILE='my work'; "},
		"a name that zsh would take": {creds.Status{Name: "=work"}, "linux", "AWS_PROFILE='=work' "},
	} {
		got, err := profileText(test.status, test.goos)
		if err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

func TestAProfileSaysWhatTheAWSToolsDoNotRead(t *testing.T) {
	s := creds.Status{Name: "x", Flaws: []creds.Error{
		{Code: creds.CodeBadFile, Message: "config, line 3: the AWS CLI does not find it", Advice: "Write the header as [profile x]."},
		{Code: creds.CodeBadFile, Message: "config, line 4: a comment is there", Advice: "Remove it."},
	}}
	const flaws = "config, line 3: the AWS CLI does not find it. Write the header as [profile x]. config, line 4: a comment is there. Remove it."
	if got, tone := troubleWords(s); got != flaws || tone != kit.ToneInfo {
		t.Errorf("%q is said in tone %v", got, tone)
	}
	s.Err = &creds.Error{Code: creds.CodeAWS, Message: "AWS did not answer"}
	if got, tone := troubleWords(s); got != "AWS did not answer. "+flaws || tone != kit.ToneRefused {
		t.Errorf("%q is said in tone %v", got, tone)
	}
}
