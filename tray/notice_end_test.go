package tray_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/tray"
)

// lasting returns a profile that was issued at noon for as long, and used since.
func lasting(name string, lifetime time.Duration) creds.Status {
	p := user(name, lifetime)
	p.Issued, p.LastUsed = noon, noon.Add(2*time.Minute)
	return p
}

// changed returns the profile after a change.
func changed(p creds.Status, change func(p *creds.Status)) creds.Status {
	change(&p)
	return p
}

func undisturbed(s creds.Snapshot) creds.Snapshot {
	s.DoNotDisturb = true
	return s
}

// TestTheLeadGrowsWithTheLifetime lets lifetimes of all lengths end, and looks
// every second.
func TestTheLeadGrowsWithTheLifetime(t *testing.T) {
	for _, tt := range []struct {
		lifetime time.Duration
		want     []time.Duration
	}{
		{15 * time.Minute, []time.Duration{150 * time.Second, 30 * time.Second}},
		{30 * time.Minute, []time.Duration{5 * time.Minute, time.Minute}},
		{time.Hour, []time.Duration{10 * time.Minute, 2 * time.Minute}},
		{2 * time.Hour, []time.Duration{20 * time.Minute, 210 * time.Second}},
		{8 * time.Hour, []time.Duration{30 * time.Minute, 5 * time.Minute}},
		{12 * time.Hour, []time.Duration{30 * time.Minute, 5 * time.Minute}},
		{36 * time.Hour, []time.Duration{30 * time.Minute, 5 * time.Minute}},
	} {
		t.Run(tt.lifetime.String(), func(t *testing.T) {
			var seen tray.Seen
			var got []time.Duration
			p := lasting("prod", tt.lifetime)
			for now := noon; now.Before(p.Expires); now = now.Add(time.Second) {
				if len(seen.Notices(of(p), now)) > 0 {
					got = append(got, p.Expires.Sub(now))
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("announced %v before the end, want %v", got, tt.want)
			}
		})
	}
}

func TestNoticesOfEnds(t *testing.T) {
	const (
		first = 12*time.Hour - 30*time.Minute
		last  = 12*time.Hour - 5*time.Minute
	)
	// whole shows a profile through its life of twelve hours.
	whole := func(h *noticed, p creds.Status) {
		for _, after := range []time.Duration{0, first, last, 12 * time.Hour} {
			h.at(noon.Add(after), "", of(p))
		}
	}
	prod := lasting("prod", 12*time.Hour)
	tests := []struct {
		name string
		show func(h *noticed)
	}{
		{"an end is announced twice and once more when it has come", func(h *noticed) { whole(h, prod) }},
		{"what was not used since the last refresh", func(h *noticed) {
			whole(h, changed(prod, func(p *creds.Status) { p.LastUsed = p.Issued.Add(3 * time.Second) }))
		}},
		{"what is used only in its last half hour", func(h *noticed) {
			idle := changed(prod, func(p *creds.Status) { p.LastUsed = p.Issued })
			h.at(noon, "valid", of(idle))
			h.at(noon.Add(first), "ending", of(idle))
			h.at(noon.Add(first+10*time.Minute), "used", of(prod))
			h.at(noon.Add(first+11*time.Minute), "later", of(prod))
		}},
		{"a visit to the console is a use", func(h *noticed) {
			s := of(changed(prod, func(p *creds.Status) { p.LastUsed = p.Issued }))
			s.Visits = []creds.Visit{visited("v1", "prod", -time.Hour, 0)}
			h.at(noon.Add(time.Hour), "visited", s)
			h.at(noon.Add(first), "ending", s)
		}},
		{"what is renewed by itself", func(h *noticed) {
			whole(h, changed(prod, func(p *creds.Status) { p.NeedsPerson = false }))
		}},
		{"what is renewed by itself is late and fails", func(h *noticed) {
			p := changed(prod, func(p *creds.Status) { p.NeedsPerson = false })
			h.at(noon, "lid closed", of(p))
			h.at(noon.Add(20*time.Hour), "lid opened", of(p))
			h.at(noon.Add(20*time.Hour+time.Second), "being renewed", of(with(p, creds.PhaseRefreshing, "")))
			h.at(noon.Add(20*time.Hour+time.Minute), "failed", of(with(p, creds.PhaseFailed, "AWS said no")))
			h.at(noon.Add(21*time.Hour), "failed again", of(with(p, creds.PhaseFailed, "AWS said no")))
		}},
		{"what could not be renewed by itself is announced when it is nearly too late", func(h *noticed) {
			whole(h, with(changed(prod, func(p *creds.Status) { p.NeedsPerson = false }), creds.PhaseFailed, "AWS could not be reached"))
		}},
		{"a profile of which nobody wants to hear", func(h *noticed) {
			whole(h, changed(prod, func(p *creds.Status) { p.Unannounced = true }))
		}},
		{"a person who does not want to be disturbed", func(h *noticed) {
			h.at(noon, "valid", undisturbed(of(prod)))
			h.at(noon.Add(first), "ending", undisturbed(of(prod)))
			h.at(noon.Add(first+time.Minute), "may be disturbed again", of(prod))
			h.at(noon.Add(last), "nearly ended", of(prod))
			h.at(noon.Add(12*time.Hour), "ended", undisturbed(of(prod)))
			h.at(noon.Add(13*time.Hour), "may be disturbed again", of(prod))
		}},
		{"renewed before the end", func(h *noticed) {
			h.at(noon, "valid", of(prod))
			h.at(noon.Add(first), "ending", of(prod))
			h.at(noon.Add(first+time.Minute), "renewed", of(lasting("prod", 24*time.Hour)))
		}},
		{"renewed after the end", func(h *noticed) {
			h.at(noon, "valid", of(prod))
			h.at(noon.Add(12*time.Hour), "ended", of(prod))
			h.at(noon.Add(13*time.Hour), "renewed", of(lasting("prod", 25*time.Hour)))
		}},
		{"ended by the person", func(h *noticed) {
			h.at(noon, "valid", of(prod))
			h.at(noon.Add(first), "ending", of(prod))
			h.at(noon.Add(first+time.Minute), "logged out", of(idle("prod")))
		}},
		{"a question is asked meanwhile", func(h *noticed) {
			h.at(noon, "valid", of(prod))
			h.at(noon.Add(first-time.Minute), "a program asks", of(with(prod, creds.PhaseNeedsMFA, "")))
			h.at(noon.Add(first+time.Minute), "still", of(with(prod, creds.PhaseNeedsMFA, "")))
			h.at(noon.Add(first+2*time.Minute), "closed by the person", of(prod))
			h.at(noon.Add(last), "nearly ended", of(prod))
		}},
		{"put off, and put off again until nothing is left", func(h *noticed) {
			h.at(noon, "valid", of(prod))
			h.at(noon.Add(first), "ending", of(prod))
			for now := noon.Add(first); ; {
				h.click(now, "Snooze")
				h.at(now, "shown anew", of(prod))
				if now = h.seen.Next(now); now.IsZero() {
					break
				}
				h.at(now.Add(-time.Second), "not yet", of(prod))
				h.at(now, "again", of(prod))
				if !now.Before(prod.Expires) {
					break
				}
			}
		}},
		{"put off, and then asleep", func(h *noticed) {
			h.at(noon, "valid", of(prod))
			h.at(noon.Add(first), "ending", of(prod))
			h.click(noon.Add(first), "Snooze")
			h.at(noon.Add(20*time.Hour), "awake", of(prod))
		}},
		{"let end", func(h *noticed) {
			h.at(noon, "valid", of(prod))
			h.at(noon.Add(first), "ending", of(prod))
			h.click(noon.Add(first), "Let it end")
			h.at(noon.Add(first), "shown anew", of(prod))
			h.at(noon.Add(last), "nearly ended", of(prod))
			h.at(noon.Add(12*time.Hour), "ended", of(prod))
			next := changed(lasting("prod", 25*time.Hour), func(p *creds.Status) {
				p.Issued = p.Expires.Add(-12 * time.Hour)
				p.LastUsed = p.Issued.Add(2 * time.Minute)
			})
			h.at(next.Issued, "the next session", of(next))
			h.at(next.Expires.Add(-30*time.Minute), "ending", of(next))
		}},
		{"several at once are one, and its buttons are for all that is left of them", func(h *noticed) {
			s := of(lasting("alice", 12*time.Hour), lasting("bob", 12*time.Hour), lasting("prod", 12*time.Hour))
			h.at(noon, "valid", s)
			h.at(noon.Add(first), "ending", s)
			s.Profiles = slices.Clone(s.Profiles)
			s.Profiles[0] = lasting("alice", 24*time.Hour)
			h.at(noon.Add(first+time.Minute), "one is renewed", s)
			h.click(noon.Add(first+time.Minute), "Let them end")
			h.at(noon.Add(last), "nearly ended", s)
			h.at(noon.Add(12*time.Hour), "ended", s)
		}},
		{"those that follow within a minute are announced with the first", func(h *noticed) {
			later := func(name string, by time.Duration) creds.Status {
				p := lasting(name, 12*time.Hour+by)
				p.Issued = p.Issued.Add(by)
				p.LastUsed = p.Issued.Add(2 * time.Minute)
				return p
			}
			s := of(later("alice", 59*time.Second), later("bob", 61*time.Second), later("prod", 0))
			h.at(noon.Add(time.Hour), "valid", s)
			h.at(noon.Add(first), "the last of them", s)
			h.at(noon.Add(first+59*time.Second), "the first", s)
			h.at(noon.Add(first+61*time.Second), "the second", s)
		}},
		{"a night asleep is one notice in the morning", func(h *noticed) {
			s := of(lasting("alice", 8*time.Hour), lasting("bob", 12*time.Hour), lasting("carol", 18*time.Hour), lasting("dora", 20*time.Hour))
			s.Profiles = append(s.Profiles, changed(hangsOn(lasting("web", 20*time.Hour), "corp"), func(p *creds.Status) { p.NeedsPerson = false }))
			s.Sessions = []creds.Session{until(corp(), 8*time.Hour)}
			h.at(noon, "lid closed", s)
			h.at(noon.Add(17*time.Hour+40*time.Minute), "lid opened", s)
		}},
	}
	var all strings.Builder
	for _, tt := range tests {
		var h noticed
		tt.show(&h)
		fmt.Fprintf(&all, "# %s\n%s\n", tt.name, h.log.String())
	}
	golden(t, "notices_of_ends", all.String())
}

func TestNoticesOfVisits(t *testing.T) {
	dev := idle("dev")
	// of one hour, opened at noon; and what it was replaced by.
	hour := creds.Visit{
		ID: "v1", Profile: "dev", Destination: "https://console.aws.amazon.com/s3/buckets",
		Place: "firefox:work", Opened: noon, Until: noon.Add(time.Hour),
	}
	visit := func(change func(v *creds.Visit)) creds.Visit {
		v := hour
		change(&v)
		return v
	}
	withVisits := func(p creds.Status, visits ...creds.Visit) creds.Snapshot {
		s := of(p)
		s.Visits = visits
		return s
	}
	tests := []struct {
		name string
		show func(h *noticed)
	}{
		{"an hour ends ten minutes early, once", func(h *noticed) {
			s := withVisits(dev, hour)
			h.at(noon, "opened", s)
			h.at(noon.Add(49*time.Minute), "not yet", s)
			h.at(noon.Add(50*time.Minute), "soon", s)
			h.at(noon.Add(51*time.Minute), "later", s)
			h.at(noon.Add(time.Hour), "over", s)
		}},
		{"a quarter of an hour ends two minutes early", func(h *noticed) {
			s := withVisits(dev, visit(func(v *creds.Visit) { v.Until = noon.Add(15 * time.Minute) }))
			h.at(noon, "opened", s)
			h.at(noon.Add(12*time.Minute), "not yet", s)
			h.at(noon.Add(13*time.Minute), "soon", s)
		}},
		{"reopened", func(h *noticed) {
			h.at(noon, "opened", withVisits(dev, hour))
			h.at(noon.Add(50*time.Minute), "soon", withVisits(dev, hour))
			again := visit(func(v *creds.Visit) {
				v.ID, v.Opened, v.Until = "v2", noon.Add(51*time.Minute), noon.Add(111*time.Minute)
			})
			h.at(noon.Add(51*time.Minute), "reopened", withVisits(dev, again, hour))
			h.at(noon.Add(time.Hour), "the first is over", withVisits(dev, again, hour))
		}},
		{"opened in the same place before its end is near", func(h *noticed) {
			again := visit(func(v *creds.Visit) {
				v.ID, v.Opened, v.Until = "v2", noon.Add(30*time.Minute), noon.Add(90*time.Minute)
			})
			h.at(noon.Add(30*time.Minute), "opened again", withVisits(dev, again, hour))
			h.at(noon.Add(50*time.Minute), "the first would be announced", withVisits(dev, again, hour))
		}},
		{"opened in two places", func(h *noticed) {
			other := visit(func(v *creds.Visit) {
				v.ID, v.Place, v.Destination = "v2", "", "https://console.aws.amazon.com/ec2/home"
			})
			h.at(noon, "opened", withVisits(dev, other, hour))
			h.at(noon.Add(50*time.Minute), "soon", withVisits(dev, other, hour))
			h.at(noon.Add(55*time.Minute), "the list was cleared", of(dev))
		}},
		{"of twelve hours, and not used any more", func(h *noticed) {
			s := withVisits(changed(dev, func(p *creds.Status) { p.LastUsed = noon.Add(9 * time.Hour) }),
				visit(func(v *creds.Visit) { v.Until = noon.Add(12 * time.Hour) }))
			h.at(noon, "opened", s)
			h.at(noon.Add(12*time.Hour-10*time.Minute), "soon", s)
			s.Profiles[0].LastUsed = noon.Add(12*time.Hour - 8*time.Minute)
			h.at(noon.Add(12*time.Hour-8*time.Minute), "used after all", s)
		}},
		{"of a profile of which nobody wants to hear", func(h *noticed) {
			s := withVisits(changed(dev, func(p *creds.Status) { p.Unannounced = true }), hour)
			h.at(noon, "opened", s)
			h.at(noon.Add(50*time.Minute), "soon", s)
		}},
		{"of a profile that is gone", func(h *noticed) {
			h.at(noon, "opened", withVisits(dev, hour))
			h.at(noon.Add(50*time.Minute), "soon", withVisits(idle("other"), hour))
		}},
		{"a person who does not want to be disturbed", func(h *noticed) {
			h.at(noon, "opened", withVisits(dev, hour))
			h.at(noon.Add(50*time.Minute), "soon", undisturbed(withVisits(dev, hour)))
			h.at(noon.Add(55*time.Minute), "may be disturbed again", withVisits(dev, hour))
		}},
		{"what ends soon at the start is old news", func(h *noticed) {
			h.at(noon.Add(51*time.Minute), "start", withVisits(dev, hour))
			h.at(noon.Add(52*time.Minute), "later", withVisits(dev, hour))
		}},
		{"an end that is not known", func(h *noticed) {
			s := withVisits(dev, visit(func(v *creds.Visit) { v.Until = time.Time{} }))
			h.at(noon, "opened", s)
			h.at(noon.Add(50*time.Minute), "later", s)
		}},
	}
	var all strings.Builder
	for _, tt := range tests {
		var h noticed
		tt.show(&h)
		fmt.Fprintf(&all, "# %s\n%s\n", tt.name, h.log.String())
	}
	golden(t, "notices_of_visits", all.String())
}

// TestNoNoticeIsLate holds what lets the agent sleep: whoever looks only when
// [tray.Next] and [tray.Seen.Next] say so hears all that one hears who looks every
// second.
func TestNoNoticeIsLate(t *testing.T) {
	s := of(
		lasting("a", 15*time.Minute), lasting("b", 30*time.Minute), lasting("c", time.Hour), lasting("d", 12*time.Hour),
		with(changed(lasting("e", 2*time.Hour), func(p *creds.Status) { p.NeedsPerson = false }), creds.PhaseFailed, "no"),
	)
	s.Visits = []creds.Visit{visited("v1", "d", -time.Hour, 45*time.Minute), visited("v2", "d", 0, 100*time.Minute)}
	s.Visits[1].Place = "firefox:work"
	said := func(next func(seen *tray.Seen, now time.Time) time.Time) string {
		var b strings.Builder
		var seen tray.Seen
		for now := noon; now.Before(noon.Add(13 * time.Hour)); now = next(&seen, now) {
			for _, n := range tray.Merge(seen.Notices(s, now)) {
				fmt.Fprintf(&b, "%s %s\n", now.Format(time.TimeOnly), n.Title)
				for _, o := range n.Offers {
					if o.Label == "Snooze" && n.Title == "c ends 13:00" {
						seen.Snooze(o.Clicks[0], now)
					}
				}
			}
		}
		return b.String()
	}
	all := said(func(_ *tray.Seen, now time.Time) time.Time { return now.Add(time.Second) })
	woken := said(func(seen *tray.Seen, now time.Time) time.Time {
		next, again := tray.Next(s, now), seen.Next(now)
		switch {
		case next.IsZero() && again.IsZero():
			return noon.Add(100 * time.Hour)
		case next.IsZero() || !again.IsZero() && again.Before(next):
			return again
		}
		return next
	})
	if diff := cmp.Diff(all, woken); diff != "" || strings.Count(all, "\n") < 15 {
		t.Errorf("heard by one who sleeps (-all +heard):\n%s\nof\n%s", diff, all)
	}
}

// TestWhatADesktopWithoutButtonsSays has the texts of all notices with offers.
func TestWhatADesktopWithoutButtonsSays(t *testing.T) {
	var said strings.Builder
	s := of(lasting("dev", 4*time.Hour), lasting("ops", time.Hour), lasting("prod", 12*time.Hour))
	s.Visits = []creds.Visit{visited("v1", "dev", 0, 12*time.Hour)}
	s.Sessions = []creds.Session{until(corp(), 2*time.Hour)}
	s.Profiles[1].Session = "corp"
	s.Profiles[0].LastUsed = noon.Add(11 * time.Hour)
	var seen tray.Seen
	for now := noon; !now.After(noon.Add(12*time.Hour + time.Minute)); now = now.Add(time.Minute) {
		if now.After(noon.Add(12 * time.Hour)) {
			s.Sessions = []creds.Session{taken(until(corp(), 24*time.Hour), bob)}
		}
		for _, n := range tray.Merge(seen.Notices(s, now)) {
			title, body := n.Text(false)
			fmt.Fprintf(&said, "%s  %s\n        %s\n", now.Format("15:04"), title, strings.ReplaceAll(body, "\n", "\n        "))
		}
	}
	golden(t, "notices_without_buttons", said.String())
}

// TestAFailureThatWasNotAnnouncedIsNews has a person click on a session whose
// failures are announced to nobody: that click is answered all the same.
func TestAFailureThatWasNotAnnouncedIsNews(t *testing.T) {
	failed := broken(corp(), "AWS said no")
	used, quiet := sso("prod", 5*time.Hour), unused(sso("prod", -time.Hour))
	for _, tt := range []struct {
		name           string
		disturb        bool
		profile        creds.Status
		announced, new bool
	}{
		{"one in use", true, used, true, false},
		{"one that is not in use", true, quiet, false, true},
		{"one of a person who is not to be disturbed", false, used, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := signed([]creds.Session{until(corp(), time.Hour)}, tt.profile)
			s.DoNotDisturb = !tt.disturb
			var seen tray.Seen
			seen.Notices(s, noon)
			s.Sessions = []creds.Session{failed}
			if announced := len(seen.Notices(s, noon.Add(time.Minute))) > 0; announced != tt.announced {
				t.Errorf("announced: %t", announced)
			}
			if news := !seen.AlreadyReported("corp", failed.Err); news != tt.new {
				t.Errorf("news: %t", news)
			}
			if !seen.AlreadyReported("corp", failed.Err) {
				t.Error("it is news for ever")
			}
		})
	}
}
