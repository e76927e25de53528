package tray_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/tray"
)

// The identities of the console sign-ins of these tests.
const (
	aliceARN = "arn:aws:iam::111122223333:user/alice"
	carolARN = "arn:aws:sts::444455556666:assumed-role/Admin/carol"
)

// signedIn returns a profile of a console sign-in that ends after the given time, and
// whose credentials were renewed some minutes ago.
func signedIn(name string, left time.Duration) creds.Status {
	return renewedAt(creds.Status{
		Name: name, Kind: creds.KindConsole, Phase: creds.PhaseIdle, AccountID: "111122223333",
		LoginSession: aliceARN, SignInEnds: noon.Add(left), LastUsed: noon.Add(-time.Hour),
	}, noon.Add(-3*time.Minute))
}

// renewedAt gives a profile the credentials of a moment.
func renewedAt(p creds.Status, at time.Time) creds.Status {
	p.Issued, p.Expires = at, at.Add(15*time.Minute)
	return p
}

// signInOver returns the profile after AWS has ended the sign-in: its last credentials end
// after the given time.
func signInOver(p creds.Status, left time.Duration) creds.Status {
	p.SignInEnds, p.Expires, p.NeedsPerson = time.Time{}, noon.Add(left), true
	p.Issued = p.Expires.Add(-15 * time.Minute)
	p.Phase = creds.PhaseFailed
	p.Err = &creds.Error{Code: creds.CodeSignInNeeded, Message: "the sign-in to AWS's console has ended"}
	return p
}

// roleOfConsole returns a role whose source is a console profile.
func roleOfConsole(name, source string, left time.Duration) creds.Status {
	p := user(name, left)
	p.Kind, p.MFASerial, p.NeedsPerson, p.Issued = creds.KindRole, "", false, p.Expires.Add(-time.Hour)
	p.SourceProfile, p.KeyProfile, p.LoginSession, p.SignInEnds = source, source, aliceARN, noon.Add(9*time.Hour)
	return p
}

func consoleAsks(id, profile, arn string, surface creds.Surface, begun bool) creds.Prompt {
	return creds.Prompt{
		ID: id, Kind: creds.PromptConsole, Profile: profile, SignIn: &creds.SignIn{Identity: arn, Begun: begun},
		Requester: creds.Requester{Surface: surface, Program: "terraform"},
	}
}

func waiting(p creds.Status) creds.Status {
	p.Phase, p.Issued, p.Expires, p.SignInEnds = creds.PhaseNeedsSSO, time.Time{}, time.Time{}, time.Time{}
	return p
}

// signInGlances are what the tray shows of console sign-ins.
var signInGlances = []look{
	{"a console sign-in", of(signedIn("dev", 9*time.Hour+40*time.Minute), roleOfConsole("ops", "dev", 42*time.Minute))},
	{"a console sign-in until tomorrow", of(signedIn("dev", 12*time.Hour+10*time.Minute))},
	{"a console sign-in of which the end is not known", of(changed(signedIn("dev", 0), func(p *creds.Status) { p.SignInEnds = time.Time{} }))},
	{"a console sign-in that nobody has made yet", of(waitsForNothing("dev"))},
	{"a console profile that gets its first credentials", of(with(waitsForNothing("dev"), creds.PhaseRefreshing, ""))},
	{"a console sign-in whose credentials could not be renewed", of(with(
		renewedAt(signedIn("dev", 9*time.Hour), noon.Add(-13*time.Minute)), creds.PhaseFailed, "AWS could not be reached"))},
	{"a console sign-in that is over while its credentials last", of(signInOver(signedIn("dev", 0), 5*time.Minute))},
	{"a console sign-in that is over", of(signInOver(signedIn("dev", 0), -5*time.Minute))},
	{"a console sign-in that a program waits for", prompted(
		of(waiting(signedIn("dev", 0)), waiting(roleOfConsole("ops", "dev", 0))), consoleAsks("p1", "dev", aliceARN, creds.SurfaceProgram, false))},
	{"a console sign-in in the browser", prompted(
		of(waiting(signedIn("dev", 0)), waiting(roleOfConsole("ops", "dev", 0))), consoleAsks("p1", "dev", aliceARN, creds.SurfaceTray, true))},
	{"a first console sign-in beside another question", prompted(
		of(changed(waiting(signedIn("dev", 0)), func(p *creds.Status) { p.LoginSession = "" })),
		code("p0", "alice", creds.SurfaceTray), consoleAsks("p1", "dev", "", creds.SurfaceTray, true))},
	{"a console sign-in of somebody else that waits for a word", prompted(
		of(waiting(signedIn("dev", 0))), creds.Prompt{
			ID: "p1", Kind: creds.PromptPerson, Profile: "dev", Person: &creds.Person{Before: aliceARN, Now: carolARN},
			Requester: creds.Requester{Surface: creds.SurfaceTray},
		})},
	{"a sensitive profile of a console sign-in", of(changed(signedIn("dev", 9*time.Hour), func(p *creds.Status) { p.Sensitive = true }))},
}

func waitsForNothing(name string) creds.Status {
	return creds.Status{Name: name, Kind: creds.KindConsole, Phase: creds.PhaseIdle}
}

// TestAConsoleSignInIsKeptAliveInSilence renews credentials with seven minutes left, all
// day, and redraws when the tray says so.
func TestAConsoleSignInIsKeptAliveInSilence(t *testing.T) {
	var seen tray.Seen
	p := renewedAt(signedIn("dev", 12*time.Hour), noon)
	end := noon.Add(11*time.Hour + 29*time.Minute)
	redraws, first := 0, glance(of(p), noon)
	for now := noon; now.Before(end); redraws++ {
		s := of(p)
		if notices := seen.Notices(s, now); len(notices) > 0 {
			t.Fatalf("%s: %q", now.Format("15:04:05"), notices[0].Title)
		}
		if diff := cmp.Diff(untimed(first), untimed(glance(s, now))); diff != "" {
			t.Fatalf("%s: the tray has changed (-want +got)\n%s", now.Format("15:04:05"), diff)
		}
		next, renewal := tray.Next(s, now), p.Expires.Add(-7*time.Minute)
		if next.IsZero() || !next.Before(renewal) {
			now, next = renewal, renewal
			busy := of(with(p, creds.PhaseRefreshing, ""))
			if diff := cmp.Diff(untimed(first), untimed(glance(busy, now))); diff != "" {
				t.Fatalf("%s: the tray blinks (-want +got)\n%s", now.Format("15:04:05"), diff)
			}
			p = renewedAt(p, now)
		}
		now = next
	}
	// One for each renewal, and one for midnight.
	if most := 11*60/8 + 5; redraws > most {
		t.Errorf("drawn %d times in half a day, want %d at most", redraws, most)
	}
}

var untilLine = regexp.MustCompile(`(?m)^until: .*\n`)

// untimed leaves out when the tray is drawn next.
func untimed(glance string) string {
	return untilLine.ReplaceAllString(glance, "")
}

func TestTheTrayIsDrawnWhenTheNoticeOfASignInsEndIsDue(t *testing.T) {
	for left, want := range map[time.Duration]time.Time{
		31 * time.Minute: noon.Add(time.Minute),
		time.Minute:      noon.Add(time.Minute), // The sign-in is over.
	} {
		if got := tray.Next(of(renewedAt(signedIn("dev", left), noon)), noon); !got.Equal(want) {
			t.Errorf("with %v left it is drawn at %s, want %s", left, got.Format("15:04:05"), want.Format("15:04:05"))
		}
	}
}
