package tray_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"daypass/creds"
	"daypass/tray"
)

func TestNoticesOfConsoleSignIns(t *testing.T) {
	const lead = 30 * time.Minute
	day := func(name string) creds.Status { return signedIn(name, 12*time.Hour) }
	// at shows a profile with the credentials that it has after a time.
	fresh := func(p creds.Status, after time.Duration) creds.Status {
		return renewedAt(p, noon.Add(after-3*time.Minute))
	}
	again := func(p creds.Status, after time.Duration) creds.Status {
		p.SignInEnds = noon.Add(after + 12*time.Hour)
		return fresh(p, after)
	}
	tests := []struct {
		name string
		show func(h *noticed)
	}{
		{"the end of a sign-in is announced once, half an hour before", func(h *noticed) {
			for _, after := range []time.Duration{0, 6 * time.Hour, 12*time.Hour - lead - time.Second, 12*time.Hour - lead, 12*time.Hour - time.Minute, 12 * time.Hour} {
				h.at(noon.Add(after), "renewed", of(fresh(day("dev"), after)))
			}
		}},
		{"it is taken back when somebody has signed in anew", func(h *noticed) {
			h.at(noon, "signed in", of(day("dev")))
			h.at(noon.Add(12*time.Hour-lead), "half an hour left", of(fresh(day("dev"), 12*time.Hour-lead)))
			h.at(noon.Add(12*time.Hour-20*time.Minute), "renewed", of(fresh(day("dev"), 12*time.Hour-20*time.Minute)))
			h.at(noon.Add(12*time.Hour-10*time.Minute), "signed in anew", of(again(day("dev"), 12*time.Hour-10*time.Minute)))
			h.at(noon.Add(24*time.Hour-40*time.Minute), "the next end", of(fresh(again(day("dev"), 12*time.Hour-10*time.Minute), 24*time.Hour-40*time.Minute)))
		}},
		{"it is taken back while a person is asked, and by a logout", func(h *noticed) {
			s := of(fresh(day("dev"), 12*time.Hour-lead))
			h.at(noon, "signed in", of(day("dev")))
			h.at(noon.Add(12*time.Hour-lead), "half an hour left", s)
			h.at(noon.Add(12*time.Hour-lead+time.Minute), "asked", of(changed(s.Profiles[0], func(p *creds.Status) { p.Phase = creds.PhaseNeedsSSO })))
			h.at(noon.Add(12*time.Hour-lead+2*time.Minute), "closed by the person", s)
			h.at(noon.Add(12*time.Hour-lead+3*time.Minute), "logged out", of(waitsForNothing("dev")))
		}},
		{"profiles of one sign-in get one notice", func(h *noticed) {
			at := func(after time.Duration) creds.Snapshot {
				role := roleOfConsole("ops", "dev", after+40*time.Minute)
				role.SignInEnds, role.LastUsed = noon.Add(12*time.Hour), noon.Add(after)
				return of(fresh(day("dev"), after), fresh(day("dev2"), after), fresh(day("dev3"), after), fresh(day("dev4"), after), role)
			}
			h.at(noon, "signed in", at(0))
			h.at(noon.Add(12*time.Hour-lead), "half an hour left", at(12*time.Hour-lead))
			h.at(noon.Add(12*time.Hour-lead+time.Minute), "later", at(12*time.Hour-lead+time.Minute))
		}},
		{"sign-ins of several are one notice with a button for each", func(h *noticed) {
			at := func(after time.Duration) creds.Snapshot {
				return of(fresh(day("dev"), after), changed(fresh(day("prod"), after), func(p *creds.Status) { p.LoginSession = carolARN }))
			}
			h.at(noon, "signed in", at(0))
			h.at(noon.Add(12*time.Hour-lead), "half an hour left", at(12*time.Hour-lead))
		}},
		{"what is so at the start is old news", func(h *noticed) {
			h.at(noon.Add(12*time.Hour-lead+time.Minute), "start", of(fresh(day("dev"), 12*time.Hour-lead)))
			h.at(noon.Add(12*time.Hour-lead+2*time.Minute), "later", of(fresh(day("dev"), 12*time.Hour-lead)))
		}},
		{"a profile whose end is not known", func(h *noticed) {
			unknown := func(after time.Duration) creds.Snapshot {
				return of(changed(fresh(day("dev"), after), func(p *creds.Status) { p.SignInEnds = time.Time{} }))
			}
			h.at(noon, "signed in", unknown(0))
			h.at(noon.Add(12*time.Hour-lead), "later", unknown(12*time.Hour-lead))
		}},
		{"a profile of which nobody wants to hear", func(h *noticed) {
			quiet := func(p *creds.Status) { p.Unannounced = true }
			h.at(noon, "signed in", of(changed(day("dev"), quiet)))
			h.at(noon.Add(12*time.Hour-lead), "half an hour left", of(changed(fresh(day("dev"), 12*time.Hour-lead), quiet)))
		}},
		{"a person who does not want to be disturbed", func(h *noticed) {
			h.at(noon, "signed in", undisturbed(of(day("dev"))))
			h.at(noon.Add(12*time.Hour-lead), "half an hour left", undisturbed(of(fresh(day("dev"), 12*time.Hour-lead))))
			h.at(noon.Add(12*time.Hour-lead+time.Minute), "may be disturbed again", of(fresh(day("dev"), 12*time.Hour-lead)))
		}},
		{"a sign-in that AWS ends early is announced with the end of its last credentials", func(h *noticed) {
			h.at(noon, "signed in", of(day("dev")))
			h.at(noon.Add(time.Minute), "over", of(signInOver(day("dev"), 8*time.Minute)))
			h.at(noon.Add(8*time.Minute-150*time.Second), "ending", of(signInOver(day("dev"), 8*time.Minute)))
			h.at(noon.Add(8*time.Minute-30*time.Second), "nearly ended", of(signInOver(day("dev"), 8*time.Minute)))
			h.at(noon.Add(8*time.Minute), "ended", of(signInOver(day("dev"), 8*time.Minute)))
		}},
		{"credentials that could not be renewed while the sign-in lasts", func(h *noticed) {
			p := with(renewedAt(day("dev"), noon), creds.PhaseFailed, "AWS could not be reached")
			h.at(noon, "signed in", of(renewedAt(day("dev"), noon)))
			h.at(noon.Add(8*time.Minute), "not renewed", of(p))
			h.at(noon.Add(15*time.Minute-150*time.Second), "ending", of(p))
			h.at(noon.Add(15*time.Minute-30*time.Second), "nearly ended", of(p))
		}},
		{"with other ends it is one notice", func(h *noticed) {
			prod := func() creds.Status {
				p := lasting("prod", 12*time.Hour)
				return p
			}
			h.at(noon, "signed in", of(day("dev"), prod()))
			h.at(noon.Add(12*time.Hour-lead), "half an hour left", of(fresh(day("dev"), 12*time.Hour-lead), prod()))
		}},
	}
	var log strings.Builder
	for _, tt := range tests {
		var h noticed
		tt.show(&h)
		fmt.Fprintf(&log, "# %s\n%s\n", tt.name, h.log.String())
	}
	golden(t, "notices_of_console_sign-ins", log.String())
}

func TestWhatARefreshOfAConsoleProfileSays(t *testing.T) {
	for want, p := range map[string]creds.Status{
		"dev is signed in until about 21:00": signedIn("dev", 9*time.Hour),
		"dev is signed in":                   changed(signedIn("dev", 0), func(p *creds.Status) { p.SignInEnds = time.Time{} }),
		"dev is valid until 12:12":           changed(signedIn("dev", 9*time.Hour), func(p *creds.Status) { p.Sensitive = true }),
	} {
		if n, show := tray.Refreshed(p, nil, noon); !show || n.Title != want {
			t.Errorf("shown %v: %q, want %q", show, n.Title, want)
		}
	}
}
