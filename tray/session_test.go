package tray_test

import (
	"fmt"
	"time"

	"daypass/creds/agentapi"
)

// longName is longer than a menu is wide.
const longName = "somebody-with-a-name-that-is-longer-than-any-menu-is-wide"

const legacyURL = "https://d-0ddba11555.awsapps.com/start"

// corp returns a session with a section, not signed in to.
func corp() agentapi.Session {
	return agentapi.Session{
		ID: "corp", StartURL: "https://corp.awsapps.com/start", Region: "eu-central-1", Profiles: 2, Phase: agentapi.PhaseIdle,
	}
}

// legacy returns a session that only a start URL names.
func legacy() agentapi.Session {
	return agentapi.Session{
		ID: legacyURL, StartURL: legacyURL, Region: "eu-central-1", Legacy: true, Profiles: 1, Phase: agentapi.PhaseIdle,
	}
}

// until returns the session signed in to for as long.
func until(s agentapi.Session, left time.Duration) agentapi.Session {
	s.Expires = noon.Add(left)
	return s
}

func renewable(s agentapi.Session) agentapi.Session {
	s.Renewable = true
	return s
}

func over(s agentapi.Session) agentapi.Session {
	s.Expires, s.Over = noon.Add(-time.Hour), true
	return s
}

func inPhase(s agentapi.Session, phase agentapi.Phase) agentapi.Session {
	s.Phase = phase
	return s
}

func broken(s agentapi.Session, message string) agentapi.Session {
	s.Phase, s.Err = agentapi.PhaseFailed, &agentapi.Error{Code: agentapi.CodeDenied, Message: message}
	return s
}

func sweeping(s agentapi.Session, done, total int) agentapi.Session {
	s.Done, s.Total = done, total
	return s
}

// sso returns a profile of corp whose credentials end after the given time.
func sso(name string, left time.Duration) agentapi.Status {
	p := hangsOn(user(name, left), "corp")
	p.Kind, p.MFASerial, p.Issued, p.NeedsPerson = agentapi.KindSSO, "", p.Expires.Add(-8*time.Hour), false
	return p
}

func hangsOn(p agentapi.Status, session string) agentapi.Status {
	p.Session = session
	return p
}

// unused returns the profile as one that nobody has asked for lately.
func unused(p agentapi.Status) agentapi.Status {
	p.LastUsed = noon.Add(-72 * time.Hour)
	return p
}

// signedOff returns the profile as one that waits for nothing but a sign-in.
func signedOff(p agentapi.Status) agentapi.Status {
	p.Phase = agentapi.PhaseFailed
	p.Err = &agentapi.Error{Code: agentapi.CodeSignInNeeded, Message: "The session corp is over; sign in again"}
	return p
}

func signed(sessions []agentapi.Session, profiles ...agentapi.Status) agentapi.Snapshot {
	return agentapi.Snapshot{Sessions: sessions, Profiles: profiles}
}

// asks returns a prompt that asks to sign in.
func asks(id, session string, surface agentapi.Surface, begun bool) agentapi.Prompt {
	return agentapi.Prompt{
		ID: id, Kind: agentapi.PromptSSO, Profile: "prod",
		SignIn:    &agentapi.SignIn{Session: session, Begun: begun},
		Requester: agentapi.Requester{Surface: surface, Program: "terraform"},
	}
}

// as returns the session with who is signed in to it.
func as(name string, s agentapi.Session) agentapi.Session {
	s.Person = name
	return s
}

const (
	alice = "alice@corp.example"
	bob   = "bob@corp.example"
)

// taken returns the session of alice with the token of another person, who was not
// confirmed.
func taken(s agentapi.Session, by string) agentapi.Session {
	s = as(alice, s)
	s.Stranger = &agentapi.Person{Session: s.ID, Before: alice, Now: by}
	s.Phase, s.Err = agentapi.PhaseFailed, &agentapi.Error{Code: agentapi.CodeSignInNeeded, Message: "the person signed in is another one"}
	return s
}

// whether returns a prompt that asks whether another person is right.
func whether(id, session, now string) agentapi.Prompt {
	return agentapi.Prompt{
		ID: id, Kind: agentapi.PromptPerson,
		Person:    &agentapi.Person{Session: session, Before: alice, Now: now},
		Requester: agentapi.Requester{Surface: agentapi.SurfaceTray},
	}
}

// prompted returns the snapshot with questions that wait.
func prompted(s agentapi.Snapshot, prompts ...agentapi.Prompt) agentapi.Snapshot {
	s.Prompts = prompts
	return s
}

// sessionGlances are all that the tray can show of Identity Center.
var sessionGlances = []look{
	{"a sign-in that nobody has asked for", signed([]agentapi.Session{corp()}, hangsOn(idle("dev"), "corp"))},
	{"a sign-in that is renewed", signed([]agentapi.Session{renewable(until(corp(), 50*time.Minute))},
		sso("prod", 5*time.Hour), hangsOn(user("chained", 40*time.Minute), "corp"))},
	{"a sign-in that is not renewed", signed([]agentapi.Session{until(corp(), 5*time.Hour+20*time.Minute)}, sso("prod", 5*time.Hour))},
	{"a sign-in that lasts until tomorrow", signed([]agentapi.Session{until(corp(), 15*time.Hour)}, unused(sso("prod", 15*time.Hour)))},
	{"a renewal of a sign-in that failed while it lasts", signed(
		[]agentapi.Session{broken(renewable(until(corp(), 50*time.Minute)), "AWS could not be reached")}, sso("prod", 5*time.Hour))},
	{"a sign-in that is over and in use", signed([]agentapi.Session{over(corp())},
		sso("prod", 5*time.Hour), sso("stage", -time.Hour), signedOff(sso("test", -time.Hour)))},
	{"a sign-in that is over and not in use", signed([]agentapi.Session{over(corp())},
		unused(sso("prod", -time.Hour)), signedOff(unused(sso("stage", -time.Hour))))},
	{"a sign-in that has ended by itself", signed([]agentapi.Session{until(corp(), -time.Minute)}, sso("prod", 5*time.Hour))},
	{"a sign-in that failed", signed([]agentapi.Session{broken(corp(), "AWS said that this client may not sign in")},
		signedOff(sso("prod", -time.Hour)))},
	{"a sign-in that a program waits for", prompted(
		signed([]agentapi.Session{inPhase(corp(), agentapi.PhaseNeedsSSO)}, with(sso("prod", -time.Hour), agentapi.PhaseNeedsSSO, "")),
		asks("p1", "corp", agentapi.SurfaceProgram, false))},
	{"a sign-in in the browser", prompted(
		signed([]agentapi.Session{inPhase(corp(), agentapi.PhaseNeedsSSO)}, with(sso("prod", -time.Hour), agentapi.PhaseNeedsSSO, "")),
		asks("p1", "corp", agentapi.SurfaceTray, true))},
	{"a sign-in before a code", prompted(
		signed([]agentapi.Session{inPhase(over(legacy()), agentapi.PhaseNeedsSSO)}, user("alice", -time.Hour)),
		asks("p1", legacyURL, agentapi.SurfaceTerminal, false), code("p2", "alice", agentapi.SurfaceTray))},
	{"profiles that are refreshed after a sign-in", signed(
		[]agentapi.Session{sweeping(until(corp(), 8*time.Hour), 120, 500)}, sso("dev", 8*time.Hour),
		with(sso("prod", -time.Hour), agentapi.PhaseRefreshing, ""))},
	{"a sign-in that is being finished", signed([]agentapi.Session{inPhase(corp(), agentapi.PhaseRefreshing)}, hangsOn(idle("dev"), "corp"))},
	{"legacy sign-ins", signed([]agentapi.Session{legacy()}, hangsOn(idle("old"), legacyURL))},
	{"a legacy sign-in that lasts", signed([]agentapi.Session{until(legacy(), 5*time.Hour)}, hangsOn(sso("old", time.Hour), legacyURL))},
	{"a legacy sign-in that failed", signed([]agentapi.Session{broken(legacy(), "AWS said no")}, hangsOn(sso("old", -time.Hour), legacyURL))},
	{"several sign-ins", signed([]agentapi.Session{over(corp()), over(legacy()), until(named("other"), time.Hour)},
		sso("prod", -time.Hour), hangsOn(sso("old", time.Hour), legacyURL), user("alice", 5*time.Hour))},
	{"a sign-in of somebody", signed([]agentapi.Session{as(alice, renewable(until(corp(), time.Hour))), as(longName+"@corp.example", until(named("other"), time.Hour))},
		sso("prod", 5*time.Hour))},
	{"a sign-in of somebody else that waits for a word", prompted(
		signed([]agentapi.Session{inPhase(as(alice, until(corp(), time.Hour)), agentapi.PhaseNeedsSSO)}, with(sso("prod", -time.Hour), agentapi.PhaseNeedsSSO, "")),
		whether("p1", "corp", bob))},
	{"sign-ins of persons with long names and of an unknown one that wait for a word", prompted(
		signed([]agentapi.Session{inPhase(named(longName), agentapi.PhaseNeedsSSO), inPhase(legacy(), agentapi.PhaseNeedsSSO)}, sso("prod", time.Hour)),
		whether("p1", longName, longName+"@corp.example"), whether("p2", legacyURL, ""))},
	{"a sign-in of somebody else that was not confirmed", signed([]agentapi.Session{taken(renewable(until(corp(), time.Hour)), bob)},
		sso("prod", time.Hour), sso("stage", -time.Hour))},
	{"sign-ins of others that were not confirmed", signed(
		[]agentapi.Session{taken(until(corp(), time.Hour), ""), taken(until(legacy(), time.Hour), longName+"@corp.example")},
		sso("prod", time.Hour), hangsOn(sso("old", time.Hour), legacyURL))},
	{"a sign-in of somebody else that nobody uses", signed([]agentapi.Session{taken(until(corp(), time.Hour), bob)}, unused(sso("prod", -time.Hour)))},
	{"a sign-in of somebody else that has ended", signed([]agentapi.Session{taken(until(corp(), -time.Minute), bob)}, sso("prod", time.Hour))},
	{"more sign-ins than fit", signed(sessions(24), sso("prod", time.Hour))},
}

func named(name string) agentapi.Session {
	s := corp()
	s.ID = name
	return s
}

func sessions(n int) []agentapi.Session {
	all := make([]agentapi.Session, n)
	for i := range all {
		all[i] = named(fmt.Sprintf("corp-%02d", i))
		if i%3 == 0 {
			all[i] = until(all[i], 5*time.Hour)
		}
	}
	return all
}
