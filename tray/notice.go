package tray

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"daypass/creds/agentapi"
)

// grace is how long credentials have been ending before a person hears of it: an
// unattended renewal starts at the same moment and usually needs seconds.
const grace = 15 * time.Second

// Topic is what a notice is about.
type Topic string

// The topics.
const (
	// TopicFailed: what a person asked for did not work.
	TopicFailed Topic = "failed"
	// TopicOver: sessions of Identity Center in use are over.
	TopicOver Topic = "over"
	// TopicExpired: credentials of a profile in use have ended.
	TopicExpired Topic = "expired"
	// TopicEnding: credentials end soon.
	TopicEnding Topic = "ending"
	// TopicOpened: a console was opened, and not as asked for.
	TopicOpened Topic = "opened"
	// TopicDone: what a person asked for is done.
	TopicDone Topic = "done"
)

// Notice is one desktop notification.
type Notice struct {
	Topic Topic
	Title string
	Body  string
	// Offers are what its buttons do, where the desktop has some; a click on
	// the notice itself does what the first one does. A notice with offers
	// is taken back when none of their sessions wants them any more.
	Offers []Offer
}

// Offer is a button of a notice.
type Offer struct {
	Label string
	// About names what it is about, to tell one offer from another.
	About string
	Click Command
}

// maxOffers is how many buttons stand beside each other.
const maxOffers = 3

// Text returns what the notice says, be it one that can be clicked or not.
func (n Notice) Text(clicks bool) (title, body string) {
	switch {
	case len(n.Offers) == 0:
		return n.Title, n.Body
	case clicks:
		return n.Title + " — click to sign in", n.Body
	case n.Body == "":
		return n.Title, signInByMenu
	}
	return n.Title, n.Body + "\n" + signInByMenu
}

const signInByMenu = "Sign in from the menu of daypass's tray icon."

// offer returns the first offer that is still good, given the sessions that are
// over; false if there is none.
func (n Notice) offer(over map[string]bool) (Command, bool) {
	for _, o := range n.Offers {
		if over[o.Click.Session] {
			return o.Click, true
		}
	}
	return Command{}, false
}

// Quiet tells whether the notice may go by unseen: it is not kept in the
// desktop's list.
func (n Notice) Quiet() bool { return n.Topic == TopicDone }

// Seen remembers what was said of each session, so that nothing is said twice.
// Its zero value has seen nothing. It is not safe for concurrent use.
type Seen struct {
	told     map[string]told
	sessions map[string]heard
}

// told holds the ends of the sessions that a person has heard of.
type told struct{ ending, expired time.Time }

// Notices returns what a snapshot gives a person to hear at the time now. Each
// session is called ending once and expired once. What is so already when a
// profile is first seen with a session is old news.
//
// A session that expires while the machine sleeps is only called expired, and a
// profile that waits for a code is not called either: its window is open. The
// profiles of a session of Identity Center that was called over go without a
// word of their own.
func (seen *Seen) Notices(s agentapi.Snapshot, now time.Time) []Notice {
	notices := seen.sessionNotices(s, now)
	before := seen.told
	seen.told = make(map[string]told, len(s.Profiles))
	for _, p := range shown(s) {
		if p.Expires.IsZero() {
			continue
		}
		know, met := before[p.Name]
		say := func(n Notice) {
			if met && !seen.sessions[p.Session].said {
				notices = append(notices, n)
			}
		}
		switch p.State(now) {
		case agentapi.StateEnding:
			lead := agentapi.Lead(p.Expires.Sub(p.Issued))
			late := !p.Expires.Add(-lead).Add(grace).After(now)
			if late && !know.ending.Equal(p.Expires) {
				know.ending = p.Expires
				say(Notice{Topic: TopicEnding, Title: p.Name + " ends " + clock(p.Expires, now), Body: reason(p)})
			}
		case agentapi.StateExpired, agentapi.StateFailed:
			if !know.expired.Equal(p.Expires) {
				know.expired = p.Expires
				if now.Sub(p.LastUsed) < recent {
					say(Notice{Topic: TopicExpired, Title: p.Name + " has expired", Body: reason(p)})
				}
			}
		case agentapi.StateNeedsMFA, agentapi.StateNeedsSSO:
			if p.Left(now) == 0 {
				know.expired = p.Expires
			}
		default:
		}
		seen.told[p.Name] = know
	}
	return notices
}

// reason says why credentials were not renewed, if that was tried.
func reason(p agentapi.Status) string {
	if p.Phase == agentapi.PhaseFailed && p.Err != nil {
		return "It was not renewed: " + p.Err.Message
	}
	return ""
}

// Refreshed returns what a person hears when a refresh that was asked for at the
// tray is over, and whether there is anything to hear: not if the person closed
// the question, or if it is still open.
func Refreshed(p agentapi.Status, err error, now time.Time) (Notice, bool) {
	if err == nil {
		return Notice{
			Topic: TopicDone, Title: p.Name + " is valid until " + clock(p.Expires, now), Body: p.Note,
		}, true
	}
	return failed(p.Name+" was not refreshed", err)
}

// Opened returns what a person hears when the console was asked for at the tray,
// and whether there is anything to hear: the browser says the rest.
func Opened(profile string, reply agentapi.ConsoleReply, err error) (Notice, bool) {
	switch {
	case err != nil:
		return failed("The console of "+profile+" was not opened", err)
	case reply.Note != "":
		return Notice{Topic: TopicOpened, Title: "The console of " + profile + " was opened", Body: reply.Note}, true
	}
	return Notice{}, false
}

// failed returns the notice for an error, unless the person needs none.
func failed(title string, err error) (Notice, bool) {
	if e, ok := errors.AsType[*agentapi.Error](err); ok {
		switch e.Code {
		case agentapi.CodeDeclined, agentapi.CodeWaiting:
			return Notice{}, false
		default:
			return Notice{Topic: TopicFailed, Title: title, Body: e.Message}, true
		}
	}
	return Notice{Topic: TopicFailed, Title: title, Body: err.Error()}, true
}

// Merge makes one notice of several about the same topic. The order of the
// topics is the order of their importance.
func Merge(notices []Notice) []Notice {
	var merged []Notice
	for _, topic := range []Topic{TopicFailed, TopicOver, TopicExpired, TopicEnding, TopicOpened, TopicDone} {
		var same []Notice
		for _, n := range notices {
			if n.Topic == topic {
				same = append(same, n)
			}
		}
		switch len(same) {
		case 0:
		case 1:
			merged = append(merged, same[0])
		default:
			merged = append(merged, Notice{
				Topic: topic, Title: mergedTitle(topic, len(same)), Body: lines(same), Offers: offers(same),
			})
		}
	}
	return merged
}

// offers collects the offers of notices. Their buttons say what each is about.
func offers(notices []Notice) []Offer {
	var all []Offer
	for _, n := range notices {
		for _, o := range n.Offers {
			o.Label += " to " + o.About
			all = append(all, o)
		}
	}
	return all
}

func mergedTitle(topic Topic, n int) string {
	switch topic {
	case TopicFailed:
		return count(n, "request") + " failed"
	case TopicOver:
		return count(n, "session") + " are over"
	case TopicExpired:
		return count(n, "session") + " have expired"
	case TopicEnding:
		return count(n, "session") + " end soon"
	case TopicOpened:
		return count(n, "console") + " were opened"
	case TopicDone:
	}
	return count(n, "profile") + " refreshed"
}

// maxNoticeLines keeps a notice smaller than the screen.
const maxNoticeLines = 6

// lines lists notices, one a line.
func lines(notices []Notice) string {
	var b strings.Builder
	for i, n := range notices {
		if i == maxNoticeLines-1 && len(notices) > maxNoticeLines {
			fmt.Fprintf(&b, "and %d more", len(notices)-i)
			break
		}
		text := n.Title
		if n.Body != "" {
			text += ": " + n.Body
		}
		b.WriteString(text + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}
