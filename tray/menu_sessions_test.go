package tray_test

import (
	"fmt"
	"time"

	"daypass/creds"
)

// longName is longer than a menu is wide.
const longName = "somebody-with-a-name-that-is-longer-than-any-menu-is-wide"

const legacyURL = "https://d-0ddba11555.awsapps.com/start"

// corp returns a session with a section, not signed in to.
func corp() creds.Session {
	return creds.Session{
		ID: "corp", StartURL: "https://corp.awsapps.com/start", Region: "eu-central-1", Profiles: 2, Phase: creds.PhaseIdle,
	}
}

// legacy returns a session that only a start URL names.
func legacy() creds.Session {
	return creds.Session{
		ID: legacyURL, StartURL: legacyURL, Region: "eu-central-1", Legacy: true, Profiles: 1, Phase: creds.PhaseIdle,
	}
}

// until returns the session signed in to for as long.
func until(s creds.Session, left time.Duration) creds.Session {
	s.Expires = noon.Add(left)
	return s
}

func renewable(s creds.Session) creds.Session {
	s.Renewable = true
	return s
}

func over(s creds.Session) creds.Session {
	s.Expires, s.Over = noon.Add(-time.Hour), true
	return s
}

func inPhase(s creds.Session, phase creds.Phase) creds.Session {
	s.Phase = phase
	return s
}

func broken(s creds.Session, message string) creds.Session {
	s.Phase, s.Err = creds.PhaseFailed, &creds.Error{Code: creds.CodeDenied, Message: message}
	return s
}

func sweeping(s creds.Session, done, total int) creds.Session {
	s.Done, s.Total = done, total
	return s
}

// sso returns a profile of corp whose credentials end after the given time.
func sso(name string, left time.Duration) creds.Status {
	p := hangsOn(user(name, left), "corp")
	p.Kind, p.MFASerial, p.Issued, p.NeedsPerson = creds.KindSSO, "", p.Expires.Add(-8*time.Hour), false
	return p
}

func hangsOn(p creds.Status, session string) creds.Status {
	p.Session = session
	return p
}

// unused returns the profile as one that nobody has asked for lately.
func unused(p creds.Status) creds.Status {
	p.LastUsed = noon.Add(-72 * time.Hour)
	return p
}

// signedOff returns the profile as one that waits for nothing but a sign-in.
func signedOff(p creds.Status) creds.Status {
	p.Phase = creds.PhaseFailed
	p.Err = &creds.Error{Code: creds.CodeSignInNeeded, Message: "The session corp is over; sign in again"}
	return p
}

func signed(sessions []creds.Session, profiles ...creds.Status) creds.Snapshot {
	return creds.Snapshot{Sessions: sessions, Profiles: profiles}
}

// asks returns a prompt that asks to sign in.
func asks(id, session string, surface creds.Surface, begun bool) creds.Prompt {
	return creds.Prompt{
		ID: id, Kind: creds.PromptSSO, Profile: "prod",
		SignIn:    &creds.SignIn{Session: session, Begun: begun},
		Requester: creds.Requester{Surface: surface, Program: "terraform"},
	}
}

// as returns the session with who is signed in to it.
func as(name string, s creds.Session) creds.Session {
	s.Person = name
	return s
}

const (
	alice = "alice@corp.example"
	bob   = "bob@corp.example"
)

// taken returns the session of alice with the token of another person, who was not
// confirmed.
func taken(s creds.Session, by string) creds.Session {
	s = as(alice, s)
	s.Stranger = &creds.Person{Session: s.ID, Before: alice, Now: by}
	s.Phase, s.Err = creds.PhaseFailed, &creds.Error{Code: creds.CodeSignInNeeded, Message: "the person signed in is another one"}
	return s
}

// whether returns a prompt that asks whether another person is right.
func whether(id, session, now string) creds.Prompt {
	return creds.Prompt{
		ID: id, Kind: creds.PromptPerson,
		Person:    &creds.Person{Session: session, Before: alice, Now: now},
		Requester: creds.Requester{Surface: creds.SurfaceTray},
	}
}

// prompted returns the snapshot with questions that wait.
func prompted(s creds.Snapshot, prompts ...creds.Prompt) creds.Snapshot {
	s.Prompts = prompts
	return s
}

// sessionGlances are all that the tray can show of Identity Center.
var sessionGlances = []look{
	{"a sign-in that nobody has asked for", signed([]creds.Session{corp()}, hangsOn(idle("dev"), "corp"))},
	{"a sign-in that is renewed", signed([]creds.Session{renewable(until(corp(), 50*time.Minute))},
		sso("prod", 5*time.Hour), hangsOn(user("chained", 40*time.Minute), "corp"))},
	{"a sign-in that is not renewed", signed([]creds.Session{until(corp(), 5*time.Hour+20*time.Minute)}, sso("prod", 5*time.Hour))},
	{"a sign-in that lasts until tomorrow", signed([]creds.Session{until(corp(), 15*time.Hour)}, unused(sso("prod", 15*time.Hour)))},
	{"a renewal of a sign-in that failed while it lasts", signed(
		[]creds.Session{broken(renewable(until(corp(), 50*time.Minute)), "AWS could not be reached")}, sso("prod", 5*time.Hour))},
	{"a sign-in that is over and in use", signed([]creds.Session{over(corp())},
		sso("prod", 5*time.Hour), sso("stage", -time.Hour), signedOff(sso("test", -time.Hour)))},
	{"a sign-in that is over and not in use", signed([]creds.Session{over(corp())},
		unused(sso("prod", -time.Hour)), signedOff(unused(sso("stage", -time.Hour))))},
	{"a sign-in that has ended by itself", signed([]creds.Session{until(corp(), -time.Minute)}, sso("prod", 5*time.Hour))},
	{"a sign-in that failed", signed([]creds.Session{broken(corp(), "AWS said that this client may not sign in")},
		signedOff(sso("prod", -time.Hour)))},
	{"a sign-in that a program waits for", prompted(
		signed([]creds.Session{inPhase(corp(), creds.PhaseNeedsSSO)}, with(sso("prod", -time.Hour), creds.PhaseNeedsSSO, "")),
		asks("p1", "corp", creds.SurfaceProgram, false))},
	{"a sign-in in the browser", prompted(
		signed([]creds.Session{inPhase(corp(), creds.PhaseNeedsSSO)}, with(sso("prod", -time.Hour), creds.PhaseNeedsSSO, "")),
		asks("p1", "corp", creds.SurfaceTray, true))},
	{"a sign-in before a code", prompted(
		signed([]creds.Session{inPhase(over(legacy()), creds.PhaseNeedsSSO)}, user("alice", -time.Hour)),
		asks("p1", legacyURL, creds.SurfaceTerminal, false), code("p2", "alice", creds.SurfaceTray))},
	{"profiles that are refreshed after a sign-in", signed(
		[]creds.Session{sweeping(until(corp(), 8*time.Hour), 120, 500)}, sso("dev", 8*time.Hour),
		with(sso("prod", -time.Hour), creds.PhaseRefreshing, ""))},
	{"a sign-in that is being finished", signed([]creds.Session{inPhase(corp(), creds.PhaseRefreshing)}, hangsOn(idle("dev"), "corp"))},
	{"legacy sign-ins", signed([]creds.Session{legacy()}, hangsOn(idle("old"), legacyURL))},
	{"a legacy sign-in that lasts", signed([]creds.Session{until(legacy(), 5*time.Hour)}, hangsOn(sso("old", time.Hour), legacyURL))},
	{"a legacy sign-in that failed", signed([]creds.Session{broken(legacy(), "AWS said no")}, hangsOn(sso("old", -time.Hour), legacyURL))},
	{"several sign-ins", signed([]creds.Session{over(corp()), over(legacy()), until(named("other"), time.Hour)},
		sso("prod", -time.Hour), hangsOn(sso("old", time.Hour), legacyURL), user("alice", 5*time.Hour))},
	{"a sign-in of somebody", signed([]creds.Session{as(alice, renewable(until(corp(), time.Hour))), as(longName+"@corp.example", until(named("other"), time.Hour))},
		sso("prod", 5*time.Hour))},
	{"a sign-in of somebody else that waits for a word", prompted(
		signed([]creds.Session{inPhase(as(alice, until(corp(), time.Hour)), creds.PhaseNeedsSSO)}, with(sso("prod", -time.Hour), creds.PhaseNeedsSSO, "")),
		whether("p1", "corp", bob))},
	{"sign-ins of persons with long names and of an unknown one that wait for a word", prompted(
		signed([]creds.Session{inPhase(named(longName), creds.PhaseNeedsSSO), inPhase(legacy(), creds.PhaseNeedsSSO)}, sso("prod", time.Hour)),
		whether("p1", longName, longName+"@corp.example"), whether("p2", legacyURL, ""))},
	{"a sign-in of somebody else that was not confirmed", signed([]creds.Session{taken(renewable(until(corp(), time.Hour)), bob)},
		sso("prod", time.Hour), sso("stage", -time.Hour))},
	{"sign-ins of others that were not confirmed", signed(
		[]creds.Session{taken(until(corp(), time.Hour), ""), taken(until(legacy(), time.Hour), longName+"@corp.example")},
		sso("prod", time.Hour), hangsOn(sso("old", time.Hour), legacyURL))},
	{"a sign-in of somebody else that nobody uses", signed([]creds.Session{taken(until(corp(), time.Hour), bob)}, unused(sso("prod", -time.Hour)))},
	{"a sign-in of somebody else that has ended", signed([]creds.Session{taken(until(corp(), -time.Minute), bob)}, sso("prod", time.Hour))},
	{"more sign-ins than fit", signed(sessions(24), sso("prod", time.Hour))},
}

func named(name string) creds.Session {
	s := corp()
	s.ID = name
	return s
}

func sessions(n int) []creds.Session {
	all := make([]creds.Session, n)
	for i := range all {
		all[i] = named(fmt.Sprintf("corp-%02d", i))
		if i%3 == 0 {
			all[i] = until(all[i], 5*time.Hour)
		}
	}
	return all
}
