package app

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/app/kit"
	"daypass/creds"
)

func TestHowProfilesOfAConsoleSignInAreShown(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 30, 0, 0, time.UTC)
	const about, carol = "user/bob (123456789012)", "assumed-role/AWSReservedSSO_AdministratorAccess_0123456789abcdef/carol.long.name@corp.example (123456789012)"
	type shownAs struct {
		Word, Sentence, Row, Refresh, Left string
		LogOut                             bool
	}
	want := map[string]shownAs{
		"dev": {
			"Valid", "Valid, and renewed by itself. Signed in until about 21:40: 9 h 10 min left.",
			about + " · Console sign-in", "Renew now", "9 h 10 min", true,
		},
		"dev-ended": {"Not signed in", "Not signed in: there are no credentials.", carol + " · Console sign-in", "Sign in…", "", false},
		"dev-new": {
			"Not signed in", "No credentials: a sign-in to AWS's console gets some.",
			"Console sign-in", "Sign in…", "", false,
		},
		"dev-asked": {"Needs a sign-in", "Waits for you to sign in.", about + " · Console sign-in", "Sign in", "", false},
	}
	profiles := consoleProfiles(now)
	for _, more := range []struct {
		name   string
		change func(*creds.Status)
		want   shownAs
	}{
		{"whose end is not known", func(p *creds.Status) { p.SignInEnds = time.Time{} }, shownAs{
			"Valid", "Valid, and renewed by itself while the sign-in lasts.", about + " · Console sign-in", "Renew now", "", true,
		}},
		{"over while the credentials last", func(p *creds.Status) { p.SignInEnds, p.NeedsPerson = time.Time{}, true }, shownAs{
			"Valid", "Valid until 12:39: 9 min left.", about + " · Console sign-in", "Sign in…", "9 min", true,
		}},
		{"that is sensitive", func(p *creds.Status) { p.Sensitive = true }, shownAs{
			"Unlocked", "Unlocked until 12:39: 9 min left. It locks then, or with the screen.", about + " · Console sign-in", "Renew now", "9 min", true,
		}},
	} {
		p := profiles[0]
		p.Name = more.name
		more.change(&p)
		profiles, want[p.Name] = append(profiles, p), more.want
	}
	for _, p := range profiles {
		if p.Name == "dev-shared" {
			continue // It is as dev.
		}
		t.Run(p.Name, func(t *testing.T) {
			look := lookOf(p, now)
			left, _ := timeLeft(p, now)
			h := openSeeded(t, nil)
			w := h.openStatus(t)
			w.detail.show(p, now, func(action) bool { return false })
			got := shownAs{look.Word, look.Sentence, rowAbout(p), refreshWords(p, now), left, !w.detail.actions[actionLogout].Disabled()}
			if diff := cmp.Diff(want[p.Name], got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestTheDetailsOfAConsoleSignInHaveTheWholeARN(t *testing.T) {
	now := time.Date(2026, 3, 2, 12, 30, 0, 0, time.UTC)
	got := make(map[string][2]string)
	for _, f := range factsOf(consoleProfiles(now)[0], now) {
		if f.Value != "" {
			got[f.Label] = [2]string{f.Value, f.Full}
		}
	}
	for label, want := range map[string][2]string{
		"Signed in as": {"user/bob (123456789012)", bobARN},
		"Sign-in ends": {"about 21:40", ""},
		"Kind":         {"Console sign-in", ""},
		"Written as":   {"dev-temporary", ""},
	} {
		if got[label] != want {
			t.Errorf("%s: %q, want %q", label, got[label], want)
		}
	}
	if facts := factsOf(consoleProfiles(now)[0], now.Add(10*time.Hour)); facts[6].Label != "Sign-in ends" || facts[6].Value != "" {
		t.Errorf("a sign-in that is over ends at %q", facts[6].Value)
	}
}

func TestALongIdentityIsShortenedToWhatDiffers(t *testing.T) {
	p := consoleProfiles(time.Now())[2]
	const brief = "carol.long.name@corp.example (123456789012)"
	if got := rowBrief(p); got != brief {
		t.Errorf("the row says %q, want %q", got, brief)
	}
	if f := factsOf(p, time.Now())[5]; f.Value != brief || f.Full != p.LoginSession {
		t.Errorf("the details say %q, in full %q", f.Value, f.Full)
	}
	if said, tone := troubleWords(p); tone != kit.ToneInfo || said == "" {
		t.Errorf("a sign-in that is over is a failure: %q", said)
	}
}

func TestASearchFindsWhoIsSignedInToTheConsole(t *testing.T) {
	s := &statusState{}
	s.take(creds.Snapshot{Profiles: consoleProfiles(time.Now())})
	s.find("carol.long console")
	if p, ok := s.profile(); !ok || s.hits != 1 || p.Name != "dev-ended" {
		t.Errorf("found %d: %q", s.hits, p.Name)
	}
	next := creds.Snapshot{Profiles: consoleProfiles(time.Now())}
	for i := range next.Profiles {
		next.Profiles[i].LoginSession = "arn:aws:iam::123456789012:user/dora"
	}
	s.take(next)
	if s.find("dora"); s.hits != len(next.Profiles) {
		t.Errorf("after a sign-in as another identity %d are found", s.hits)
	}
}

func TestALogoutNamesWhoElseIsSignedOutWithIt(t *testing.T) {
	now := time.Now()
	s := &statusState{}
	role := creds.Status{Name: "ops", Kind: creds.KindRole, LoginSession: bobARN}
	s.take(creds.Snapshot{Profiles: append(consoleProfiles(now), role)})
	for _, test := range []struct {
		profile creds.Status
		want    string
	}{
		{role, "Logged out. The credentials are off this computer."},
		{consoleProfiles(now)[3], "Logged out. The credentials are off this computer."},
		{consoleProfiles(now)[2], "Logged out. The credentials are off this computer."},
		{
			consoleProfiles(now)[0],
			"Logged out, and so are the others that have the same sign-in: dev-asked, dev-shared, ops. The credentials are off this computer.",
		},
	} {
		if got := loggedOut(s.alsoSignedOut(test.profile)); got != test.want {
			t.Errorf("%s: %q, want %q", test.profile.Name, got, test.want)
		}
	}
	if got, want := loggedOut([]string{"a", "b", "c", "d", "e"}), "Logged out, and so are a, b, c and 2 more, which have the same sign-in. The credentials are off this computer."; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
