package tray_test

import (
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"daypass/creds"
	"daypass/creds/credstest"
	"daypass/tray"
)

var update = flag.Bool("update", false, "write the golden files anew")

// noon is the time at which all of these tests look.
var noon = time.Date(2025, time.November, 5, 12, 0, 0, 0, time.FixedZone("CET", 3600))

func golden(t *testing.T, name, got string) {
	t.Helper()
	credstest.Golden(t, filepath.Join("testdata", name+".golden"), got, *update)
}

// user returns a profile whose 12-hour session ends after the given time;
// negative for one that has ended.
func user(name string, left time.Duration) creds.Status {
	end := noon.Add(left)
	return creds.Status{
		Name: name, Kind: creds.KindUser, Phase: creds.PhaseIdle,
		Issued: end.Add(-12 * time.Hour), Expires: end, LastUsed: noon.Add(-time.Hour),
		MFASerial: "arn:aws:iam::111122223333:mfa/" + name, NeedsPerson: true,
	}
}

func idle(name string) creds.Status {
	return creds.Status{Name: name, Kind: creds.KindRole, Phase: creds.PhaseIdle}
}

// with returns the profile in another phase, and with a failure if there is one.
func with(p creds.Status, phase creds.Phase, failure string) creds.Status {
	p.Phase = phase
	if failure != "" {
		p.Err = &creds.Error{Code: creds.CodeNetwork, Message: failure}
	}
	return p
}

func of(profiles ...creds.Status) creds.Snapshot {
	return creds.Snapshot{Profiles: profiles}
}

func code(id, profile string, surface creds.Surface) creds.Prompt {
	return creds.Prompt{
		ID: id, Kind: creds.PromptMFA, Profile: profile,
		Device:    "arn:aws:iam::111122223333:mfa/" + profile,
		Requester: creds.Requester{Surface: surface, Program: "terraform"},
	}
}

func many(n int) []creds.Status {
	profiles := make([]creds.Status, n)
	for i := range profiles {
		profiles[i] = idle(fmt.Sprintf("account-%04d", i))
	}
	return profiles
}

// look is something that the tray can show.
type look struct {
	name     string
	snapshot creds.Snapshot
}

// glances are all that the tray can show, but for [sessionGlances],
// [signInGlances] and [menuGlances].
var glances = []look{
	{"a machine without profiles", of()},
	{"a profile that was never used", of(idle("dev"))},
	{"a valid session", of(user("prod", 10*time.Hour+14*time.Minute))},
	{"a session that ends tomorrow", of(user("prod", 15*time.Hour))},
	{"a session that ends another day", of(user("prod", 40*time.Hour))},
	{"a session in its last hour", of(user("prod", 42*time.Minute))},
	{"a session that is ending", of(user("prod", 25*time.Minute))},
	{"a session in its last minutes", of(user("prod", 9*time.Minute))},
	{"a session that has expired", of(user("prod", -time.Hour))},
	{"a session that expired yesterday", of(user("prod", -13*time.Hour))},
	{"a session that expired last week and is not in use", of(func() creds.Status {
		p := user("prod", -7*24*time.Hour)
		p.LastUsed = p.Issued
		return p
	}())},
	{"a refresh under way", of(with(idle("dev"), creds.PhaseRefreshing, ""))},
	{"a refresh that failed", of(with(user("prod", -time.Hour), creds.PhaseFailed,
		"AWS could not be reached: dial tcp: lookup sts.eu-central-1.amazonaws.com: no such host"))},
	{"a renewal that failed while the session lasts", of(with(user("prod", 20*time.Minute), creds.PhaseFailed,
		"AWS could not be reached"))},
	{"a profile that can have no credentials and is not in use", of(with(idle("typo"), creds.PhaseFailed,
		"the source profile \"prd\" is not there"))},
	{"a code that a program waits for", creds.Snapshot{
		Profiles: []creds.Status{
			with(user("alice", -time.Hour), creds.PhaseNeedsMFA, ""),
			with(func() creds.Status {
				p := idle("role")
				p.MFASerial = "arn:aws:iam::111122223333:mfa/alice"
				return p
			}(), creds.PhaseNeedsMFA, ""),
		},
		Prompts: []creds.Prompt{code("p1", "alice", creds.SurfaceProgram)},
	}},
	{"a code that was refused", creds.Snapshot{
		Profiles: []creds.Status{with(user("alice", -time.Hour), creds.PhaseNeedsMFA, "")},
		Prompts: []creds.Prompt{func() creds.Prompt {
			p := code("p1", "alice", creds.SurfaceTray)
			p.Refusal = "AWS did not accept the code"
			return p
		}()},
	}},
	{"a code that is being checked", creds.Snapshot{
		Profiles: []creds.Status{with(user("alice", -time.Hour), creds.PhaseNeedsMFA, "")},
		Prompts: []creds.Prompt{func() creds.Prompt {
			p := code("p1", "alice", creds.SurfaceTray)
			p.Checking = true
			return p
		}()},
	}},
	{"a passphrase that is asked for", creds.Snapshot{
		Profiles: []creds.Status{idle("alice")},
		Prompts:  []creds.Prompt{{ID: "p1", Kind: creds.PromptPassphrase}},
	}},
	{"more questions than fit", creds.Snapshot{
		Prompts: func() (prompts []creds.Prompt) {
			for i := range 9 {
				prompts = append(prompts, code(fmt.Sprint("p", i), fmt.Sprint("user-", i), creds.SurfaceTray))
			}
			return prompts
		}(),
	}},
	{"a keyring that is locked", creds.Snapshot{
		Profiles: []creds.Status{user("prod", 5*time.Hour)},
		Problems: []creds.Error{{Code: creds.CodeKeyringLocked, Message: "the keyring is locked"}},
	}},
	{"profiles whose key may be in a keyring that is locked", creds.Snapshot{
		Profiles: []creds.Status{awaiting("alice", creds.KindUser, locked), awaiting("dev", creds.KindRole, locked), sso("corp", 5*time.Hour)},
		Problems: []creds.Error{locked},
	}},
	{"profiles whose key may be in a keyring that does not answer", creds.Snapshot{
		Profiles: []creds.Status{awaiting("alice", creds.KindUser, away)},
		Problems: []creds.Error{away},
	}},
	{"profiles that are not daypass's business", of(
		idle("dev"), creds.Status{Name: "web", Kind: creds.KindOther, Phase: creds.PhaseIdle},
	)},
	{"names that are hard to show", of(
		user("snake_case & friends", 5*time.Hour),
		user("a very long name of a profile that somebody's generator made up one day", 5*time.Hour),
	)},
	{"one of each", of(
		user("alice", 10*time.Hour),
		with(user("build", -time.Hour), creds.PhaseFailed, "AWS said that this user may not do that"),
		sso("corp", 5*time.Hour),
		idle("dev"),
		user("prod", 25*time.Minute),
		with(idle("qa"), creds.PhaseRefreshing, ""),
		user("stage", -2*time.Hour),
		user("test", 3*time.Hour),
	)},
	{"more profiles than fit", creds.Snapshot{Profiles: func() []creds.Status {
		profiles := many(45)
		profiles[7] = user("account-0007", 5*time.Hour)
		profiles[40] = user("account-0040", -time.Hour)
		profiles[33].LastUsed = noon.Add(-48 * time.Hour)
		return profiles
	}()}},
}

func TestWhatTheTrayShows(t *testing.T) {
	for _, tt := range slices.Concat(glances, sessionGlances, signInGlances, menuGlances, keyGlances) {
		t.Run(tt.name, func(t *testing.T) {
			golden(t, strings.ReplaceAll(tt.name, " ", "_"), glance(tt.snapshot, noon))
		})
	}
}

// glance writes down all that the tray shows and does.
func glance(s creds.Snapshot, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "icon:    %s\n", tray.Icon(s, now))
	fmt.Fprintf(&b, "tooltip: %s\n", tray.Tooltip(s, now))
	fmt.Fprintf(&b, "click:   %s\n", command(tray.Primary(s, now)))
	if next := tray.Next(s, now); !next.IsZero() {
		fmt.Fprintf(&b, "until:   %s\n", next.In(now.Location()).Format("2 Jan 15:04:05"))
	}
	menu := tray.NewMenu(s, now)
	for _, part := range [][]tray.Line{menu.News, menu.Start, menu.Profiles, menu.Sessions, menu.More} {
		if len(part) == 0 {
			continue
		}
		b.WriteString("----\n")
		writeLines(&b, part, "")
	}
	return b.String()
}

func writeLines(b *strings.Builder, lines []tray.Line, indent string) {
	for _, l := range lines {
		b.WriteString(indent)
		if l.Icon != "" {
			fmt.Fprintf(b, "[%s] ", l.Icon)
		}
		b.WriteString(l.Text)
		switch {
		case l.Click.Verb != tray.VerbNone:
			b.WriteString("  => " + command(l.Click))
		case len(l.Lines) == 0:
			b.WriteString("  (grey)")
		}
		b.WriteString("\n")
		writeLines(b, l.Lines, indent+"    > ")
	}
}

var (
	locked = creds.Error{Code: creds.CodeKeyringLocked, Message: "the keyring is locked"}
	away   = creds.Error{
		Code: creds.CodeKeyringUnavailable, Message: "the Secret Service keyring does not answer: no reply from the bus within its patience",
	}
)

// awaiting is a profile of which nothing is known before the keyring is read.
func awaiting(name string, kind creds.Kind, why creds.Error) creds.Status {
	s := idle(name)
	s.Kind, s.Err = kind, &why
	return s
}

func command(c tray.Command) string {
	return strings.TrimSpace(strings.Join(strings.Fields(fmt.Sprint(c.Verb, " ", c.Profile, " ", c.Prompt, " ", c.Session, " ", c.Bookmark, " ", c.Visit)), " "))
}
