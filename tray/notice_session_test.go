package tray_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"daypass/creds"
)

func TestNoticesOfSessions(t *testing.T) {
	in := func(s creds.Session) []creds.Session { return []creds.Session{s} }
	valid := signed(in(renewable(until(corp(), time.Hour))), sso("prod", 5*time.Hour))
	ended := signed(in(over(corp())), sso("prod", 5*time.Hour))
	tests := []struct {
		name string
		show func(h *noticed)
	}{
		{"a session in use that is over is announced once, until somebody has signed in again", func(h *noticed) {
			h.at(noon, "valid", valid)
			h.at(noon.Add(time.Hour), "over", ended)
			h.at(noon.Add(2*time.Hour), "still over", ended)
			h.at(noon.Add(3*time.Hour), "waits", prompted(
				signed(in(inPhase(over(corp()), creds.PhaseNeedsSSO)), sso("prod", 5*time.Hour)), asks("p1", "corp", creds.SurfaceTray, true)))
			h.at(noon.Add(4*time.Hour), "closed", ended)
			h.at(noon.Add(5*time.Hour), "its profile expires too", ended)
			h.at(noon.Add(6*time.Hour), "signed in", signed(in(renewable(until(corp(), 7*time.Hour))), sso("prod", 14*time.Hour)))
			h.at(noon.Add(8*time.Hour), "over again", ended)
		}},
		{"one that is not renewed ends by itself", func(h *noticed) {
			s := signed(in(until(corp(), time.Hour)), sso("prod", 5*time.Hour))
			h.at(noon, "valid", s)
			h.at(noon.Add(time.Hour), "expired", s)
		}},
		{"one that is renewed is not over before AWS says so", func(h *noticed) {
			h.at(noon, "valid", valid)
			h.at(noon.Add(2*time.Hour), "asleep for long", valid)
		}},
		{"what is so at the start is old news, but an end of its profile is not", func(h *noticed) {
			ended.Profiles[0].NeedsPerson = true
			h.at(noon, "start", ended)
			h.at(noon.Add(5*time.Hour), "later", ended)
		}},
		{"one that nobody uses ends in silence", func(h *noticed) {
			h.at(noon, "valid", signed(in(renewable(until(corp(), time.Hour))), unused(sso("prod", -time.Hour))))
			h.at(noon.Add(time.Hour), "over", signed(in(over(corp())), unused(sso("prod", -time.Hour))))
		}},
		{"one that waits for a sign-in is not called over", func(h *noticed) {
			waits := signed(in(inPhase(over(corp()), creds.PhaseNeedsSSO)), with(sso("prod", -time.Hour), creds.PhaseNeedsSSO, ""))
			h.at(noon, "valid", valid)
			h.at(noon.Add(time.Hour), "a program asks", prompted(waits, asks("p1", "corp", creds.SurfaceProgram, false)))
			h.at(noon.Add(2*time.Hour), "the person closed it", signed(in(over(corp())), signedOff(sso("prod", -time.Hour))))
		}},
		{"signing out is no news", func(h *noticed) {
			h.at(noon, "valid", valid)
			h.at(noon.Add(time.Minute), "signed out", signed(in(corp()), hangsOn(idle("prod"), "corp")))
		}},
		{"a sign-in after a wait is no news", func(h *noticed) {
			h.at(noon, "waits", prompted(signed(in(inPhase(corp(), creds.PhaseNeedsSSO)), hangsOn(idle("prod"), "corp")),
				asks("p1", "corp", creds.SurfaceTray, true)))
			h.at(noon.Add(time.Minute), "refreshing", signed(in(sweeping(until(corp(), 8*time.Hour), 0, 1)), hangsOn(idle("prod"), "corp")))
			h.at(noon.Add(2*time.Minute), "signed in", signed(in(until(corp(), 8*time.Hour)), sso("prod", 8*time.Hour)))
		}},
		{"a failure in the background is announced once, and another one too", func(h *noticed) {
			h.at(noon, "valid", valid)
			no := signed(in(broken(until(corp(), -time.Minute), "AWS said no")), sso("prod", 5*time.Hour))
			h.at(noon.Add(time.Hour), "refused", no)
			h.at(noon.Add(2*time.Hour), "refused again", no)
			h.at(noon.Add(3*time.Hour), "in another way", signed(in(broken(until(corp(), -time.Minute), "AWS asks for patience")), sso("prod", 5*time.Hour)))
		}},
		{"a question that a person closed has not failed", func(h *noticed) {
			h.at(noon, "valid", valid)
			closed := broken(until(corp(), -time.Minute), "declined")
			closed.Err.Code = creds.CodeDeclined
			h.at(noon.Add(time.Hour), "closed", signed(in(closed), sso("prod", 5*time.Hour)))
		}},
		{"profiles that could not be refreshed are counted", func(h *noticed) {
			s := signed(in(sweeping(until(corp(), 8*time.Hour), 480, 500)))
			h.at(noon, "refreshing", s)
			for i := range 500 {
				p := sso(fmt.Sprintf("account-%03d", i), 8*time.Hour)
				if i%200 == 7 {
					p = with(hangsOn(idle(p.Name), "corp"), creds.PhaseFailed, "AWS said that this role is not yours")
				}
				s.Profiles = append(s.Profiles, p)
			}
			s.Profiles = append(s.Profiles, with(idle("not-of-corp"), creds.PhaseFailed, "AWS said no"))
			s.Sessions = in(until(corp(), 8*time.Hour))
			h.at(noon.Add(time.Minute), "done", s)
			h.at(noon.Add(2*time.Minute), "later", s)
		}},
		{"several sessions become one notice", func(h *noticed) {
			profiles := []creds.Status{sso("prod", 5*time.Hour), hangsOn(sso("old", 5*time.Hour), legacyURL)}
			h.at(noon, "valid", signed([]creds.Session{renewable(until(corp(), time.Hour)), until(legacy(), time.Hour)}, profiles...))
			h.at(noon.Add(time.Hour), "over", signed([]creds.Session{over(corp()), over(legacy())}, profiles...))
		}},
		{"somebody else's sign-in is announced once, until it is decided on", func(h *noticed) {
			theirs := signed(in(taken(renewable(until(corp(), time.Hour)), bob)), sso("prod", 5*time.Hour))
			h.at(noon, "valid", valid)
			h.at(noon.Add(time.Minute), "another program signed in", theirs)
			h.at(noon.Add(2*time.Minute), "nothing new", theirs)
			h.at(noon.Add(3*time.Minute), "asked about", prompted(
				signed(in(inPhase(until(corp(), time.Hour), creds.PhaseNeedsSSO)), sso("prod", 5*time.Hour)), whether("p1", "corp", bob)))
			h.at(noon.Add(4*time.Minute), "not confirmed", theirs)
			h.at(noon.Add(5*time.Minute), "yet another person", signed(in(taken(renewable(until(corp(), time.Hour)), "")), sso("prod", 5*time.Hour)))
			h.at(noon.Add(6*time.Minute), "signed in", valid)
			h.at(noon.Add(7*time.Minute), "and again", theirs)
		}},
		{"somebody whom a person was asked about is no news", func(h *noticed) {
			h.at(noon, "valid", valid)
			h.at(noon.Add(time.Minute), "asked about", prompted(
				signed(in(inPhase(until(corp(), time.Hour), creds.PhaseNeedsSSO)), sso("prod", 5*time.Hour)), whether("p1", "corp", bob)))
			h.at(noon.Add(2*time.Minute), "not confirmed", signed(in(taken(renewable(until(corp(), time.Hour)), bob)), sso("prod", 5*time.Hour)))
		}},
		{"somebody else's sign-in that nobody uses, or that is there at the start, is no news", func(h *noticed) {
			theirs := taken(until(corp(), time.Hour), bob)
			h.at(noon, "start", signed(in(theirs), sso("prod", 5*time.Hour)))
			h.at(noon.Add(time.Minute), "valid", valid)
			h.at(noon.Add(2*time.Minute), "unused", signed(in(theirs), unused(sso("prod", -time.Hour))))
		}},
		{"several persons become one notice", func(h *noticed) {
			profiles := []creds.Status{sso("prod", 5*time.Hour), hangsOn(sso("old", 5*time.Hour), legacyURL)}
			h.at(noon, "valid", signed([]creds.Session{until(corp(), time.Hour), until(legacy(), time.Hour)}, profiles...))
			h.at(noon.Add(time.Minute), "other persons", signed([]creds.Session{taken(until(corp(), time.Hour), bob), taken(until(legacy(), time.Hour), bob)}, profiles...))
		}},
	}
	var all strings.Builder
	for _, tt := range tests {
		var h noticed
		tt.show(&h)
		fmt.Fprintf(&all, "# %s\n%s\n", tt.name, h.log.String())
	}
	golden(t, "notices_of_sessions", all.String())
}
