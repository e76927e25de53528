package tray_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/tray"
)

// noticed shows snapshots one after the other and writes down the notices of each,
// and what is taken back.
type noticed struct {
	seen   tray.Seen
	log    strings.Builder
	screen []tray.Notice
	wanted map[tray.Command]bool
}

func (h *noticed) at(now time.Time, what string, s creds.Snapshot) {
	fmt.Fprintf(&h.log, "%s  %s\n", now.Format("2 Jan 15:04:05"), what)
	said := tray.Merge(h.seen.Notices(s, now))
	h.wanted = h.seen.Wanted(s, now)
	h.screen = slices.DeleteFunc(h.screen, func(n tray.Notice) bool {
		gone := len(n.Click(h.wanted)) == 0
		if gone {
			fmt.Fprintf(&h.log, "    taken back: %s\n", n.Title)
		}
		return gone
	})
	h.write(said)
	for _, n := range said {
		if len(n.Offers) > 0 {
			h.screen = append(h.screen, n)
		}
	}
	if next := h.seen.Next(now); !next.IsZero() {
		fmt.Fprintf(&h.log, "    again at %s\n", next.Format("15:04:05"))
	}
}

// click presses a button of the last notice.
func (h *noticed) click(now time.Time, label string) {
	last := h.screen[len(h.screen)-1]
	h.screen = h.screen[:len(h.screen)-1]
	fmt.Fprintf(&h.log, "%s  [%s] is pressed\n", now.Format("2 Jan 15:04:05"), label)
	for _, o := range last.Offers {
		for _, c := range o.Clicks {
			switch {
			case o.Label != label || !h.wanted[c]:
			case c.Verb == tray.VerbSnooze:
				h.seen.Snooze(c, now)
			case c.Verb == tray.VerbLetEnd:
				h.seen.LetEnd(c)
			}
		}
	}
}

func (h *noticed) write(notices []tray.Notice) {
	for _, n := range notices {
		kept := ""
		if n.Quiet() {
			kept = " (quiet)"
		}
		if n.Stays {
			kept = " (stays)"
		}
		title, body := n.Text(true)
		fmt.Fprintf(&h.log, "    %s%s: %s\n", n.Topic, kept, title)
		for line := range strings.Lines(body) {
			fmt.Fprintf(&h.log, "        %s\n", strings.TrimSuffix(line, "\n"))
		}
		for _, o := range n.Offers {
			var clicks []string
			for _, c := range o.Clicks {
				clicks = append(clicks, command(c))
			}
			fmt.Fprintf(&h.log, "        [%s]  => %s\n", o.Label, strings.Join(clicks, ", "))
		}
	}
}

func TestNoticesOfADay(t *testing.T) {
	var h noticed
	prod := user("prod", time.Hour)
	prod.NeedsPerson = false
	end, lead := prod.Expires, prod.Expires.Add(-30*time.Minute)
	failed := with(prod, creds.PhaseFailed, "AWS could not be reached")

	h.at(noon, "valid", of(prod))
	h.at(lead, "ending, and renewed by itself", of(prod))
	h.at(lead.Add(time.Second), "being renewed", of(with(prod, creds.PhaseRefreshing, "")))
	h.at(lead.Add(20*time.Second), "the renewal failed", of(failed))
	h.at(lead.Add(5*time.Minute), "the renewal failed again", of(failed))
	h.at(end.Add(-5*time.Minute), "nearly too late", of(failed))
	h.at(end, "expired", of(failed))
	h.at(end.Add(time.Hour), "still expired", of(failed))

	next := user("prod", time.Hour)
	next.Issued, next.Expires = end.Add(time.Hour), end.Add(13*time.Hour)
	next.LastUsed = next.Issued.Add(2 * time.Minute)
	h.at(next.Issued, "a new session", of(next))
	h.at(next.Expires.Add(-29*time.Minute), "ending", of(next))
	h.at(next.Expires.Add(-28*time.Minute), "waits for a code", of(with(next, creds.PhaseNeedsMFA, "")))
	h.at(next.Expires.Add(time.Minute), "expired while it waits", of(with(next, creds.PhaseNeedsMFA, "")))
	h.at(next.Expires.Add(2*time.Minute), "the person closed the question", of(next))
	golden(t, "notices_of_a_day", h.log.String())
}

func TestNoticesAreNotRepeated(t *testing.T) {
	tests := []struct {
		name string
		show func(h *noticed)
	}{
		{"what is so at the start is old news", func(h *noticed) {
			s := of(user("a", -time.Hour), user("b", 20*time.Minute))
			h.at(noon, "start", s)
			h.at(noon.Add(time.Minute), "later", s)
		}},
		{"a profile that comes along expired is old news", func(h *noticed) {
			h.at(noon, "start", of(user("a", time.Hour)))
			h.at(noon.Add(time.Minute), "one more", of(user("a", time.Hour), user("b", -time.Hour)))
		}},
		{"a session that ends during a suspend is only called expired", func(h *noticed) {
			s := of(user("prod", 2*time.Hour))
			h.at(noon, "lid closed", s)
			h.at(noon.Add(9*time.Hour), "lid opened", s)
		}},
		{"a profile that is not in use expires in silence", func(h *noticed) {
			p := user("prod", time.Hour)
			p.LastUsed = noon.Add(-30 * time.Hour)
			h.at(noon, "valid", of(p))
			h.at(noon.Add(2*time.Hour), "expired", of(p))
		}},
		{"several at once become one", func(h *noticed) {
			s := of(
				user("a", time.Hour), user("b", time.Hour), user("c", time.Hour), user("d", time.Hour),
				user("e", time.Hour), user("f", time.Hour), user("g", time.Hour), user("h", 90*time.Minute),
			)
			h.at(noon, "valid", s)
			h.at(noon.Add(61*time.Minute), "seven are expired, one is ending", s)
		}},
		{"a renewal that succeeds in time is not mentioned", func(h *noticed) {
			old, fresh := user("prod", 30*time.Minute), user("prod", 12*time.Hour)
			old.NeedsPerson, fresh.NeedsPerson = false, false
			h.at(noon.Add(-time.Minute), "valid", of(old))
			h.at(noon, "ending", of(old))
			h.at(noon.Add(2*time.Second), "being renewed", of(with(old, creds.PhaseRefreshing, "")))
			h.at(noon.Add(20*time.Second), "renewed", of(fresh))
		}},
		{"a session that a person ends is not called expired", func(h *noticed) {
			h.at(noon, "valid", of(user("prod", time.Hour)))
			h.at(noon.Add(time.Minute), "ended", of(idle("prod")))
			h.at(noon.Add(2*time.Hour), "later", of(idle("prod")))
		}},
	}
	var all strings.Builder
	for _, tt := range tests {
		var h noticed
		tt.show(&h)
		fmt.Fprintf(&all, "# %s\n%s\n", tt.name, h.log.String())
	}
	golden(t, "notices", all.String())
}

func TestRefreshesThatWereAskedForAreAnswered(t *testing.T) {
	short := user("role", time.Hour)
	short.Note = "AWS gives no more than one hour to a role that was assumed from another"
	unsaved := short
	unsaved.Warning = "the sessions could not be saved, and end with daypass's agent"
	unfound := short
	unfound.Unfound = true
	unfound.Flaws = []creds.Error{{Code: creds.CodeBadFile, Message: "the AWS CLI refuses config", Advice: "Correct it."}, {Message: "another"}}
	tests := []struct {
		name   string
		status creds.Status
		err    error
		want   tray.Notice
		heard  bool
	}{
		{
			"that some of AWS's tools do not find it is said", unfound, nil,
			tray.Notice{Topic: tray.TopicDone, Title: "role is valid until 13:00", Body: "The AWS CLI refuses config. Correct it."},
			true,
		},
		{
			"success is quiet", user("prod", 10*time.Hour), nil,
			tray.Notice{Topic: tray.TopicDone, Title: "prod is valid until 22:00"},
			true,
		},
		{
			"less than was asked for is explained", short, nil,
			tray.Notice{Topic: tray.TopicDone, Title: "role is valid until 13:00", Body: short.Note},
			true,
		},
		{
			"what went wrong beside it comes first", unsaved, nil,
			tray.Notice{Topic: tray.TopicDone, Title: "role is valid until 13:00", Body: unsaved.Warning},
			true,
		},
		{
			"a failure is announced in the agent's words", idle("prod"),
			fmt.Errorf("refresh: %w", &creds.Error{Code: creds.CodeDenied, Message: "AWS said no"}),
			tray.Notice{Topic: tray.TopicFailed, Title: "prod was not refreshed", Body: "AWS said no"},
			true,
		},
		{
			"a failure without words of its own is announced as it is", idle("prod"), errors.New("broken pipe"),
			tray.Notice{Topic: tray.TopicFailed, Title: "prod was not refreshed", Body: "broken pipe"},
			true,
		},
		{
			"a person who closed the question knows", idle("prod"),
			&creds.Error{Code: creds.CodeDeclined},
			tray.Notice{},
			false,
		},
		{
			"a question that is still open is not an end", idle("prod"),
			&creds.Error{Code: creds.CodeWaiting},
			tray.Notice{},
			false,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, heard := tray.Refreshed(tt.status, tt.err, noon)
			if diff := cmp.Diff(tt.want, got); diff != "" || heard != tt.heard {
				t.Errorf("heard %t, want %t (-want +got):\n%s", heard, tt.heard, diff)
			}
		})
	}
}
