package tray

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"daypass/creds"
	"daypass/internal/words"
)

// Topic is what a notice is about.
type Topic string

// The topics.
const (
	// TopicFailed: what a person asked for did not work.
	TopicFailed Topic = "failed"
	// TopicOver: sessions of Identity Center in use are over.
	TopicOver Topic = "over"
	// TopicStranger: another person than before has signed in to sessions in
	// use, and not been confirmed.
	TopicStranger Topic = "stranger"
	// TopicExpired: credentials of a profile in use have ended.
	TopicExpired Topic = "expired"
	// TopicEnding: credentials end soon.
	TopicEnding Topic = "ending"
	// TopicNeeds: several of the above, as after a night asleep.
	TopicNeeds Topic = "needs"
	// TopicVisit: the session of a console ends soon.
	TopicVisit Topic = "visit"
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
	// is taken back when none of them is wanted any more.
	Offers []Offer
	// Stays keeps the notice on the screen until somebody has answered it or it
	// is taken back: it is the last one before credentials end that only a
	// person can renew.
	Stays bool
}

// Offer is a button of a notice.
type Offer struct {
	Label string
	// Among is the label in a notice that was made of several. Offers with
	// the same one become one there.
	Among string
	// Clicks is what a click does: all of it that is still wanted.
	Clicks []Command
}

// Text returns what the notice says, be it one that can be clicked or not.
func (n Notice) Text(clicks bool) (title, body string) {
	title, body = legible(n.Title), legible(n.Body)
	switch {
	case len(n.Offers) == 0:
		return title, body
	case clicks:
		what := legible(n.Offers[0].Label)
		return title + " — click to " + strings.ToLower(what[:1]) + what[1:], body
	case body == "":
		return title, n.Topic.instead()
	}
	return title, body + "\n" + n.Topic.instead()
}

// instead says what to do about a notice that cannot be clicked.
func (t Topic) instead() string {
	what := "Renew"
	switch t {
	case TopicOver:
		what = "Sign in"
	case TopicNeeds:
		what = "Sign in and renew"
	case TopicStranger:
		what = "Decide"
	case TopicVisit:
		what = "Open the console again"
	default:
	}
	return what + " from the menu of daypass's tray icon."
}

// still returns what a click on the offer does, given all that is wanted.
func (o Offer) still(wanted map[Command]bool) []Command {
	var still []Command
	for _, c := range o.Clicks {
		if wanted[c] {
			still = append(still, c)
		}
	}
	return still
}

// Click returns what a click on the notice itself does, given all that is
// wanted; nothing if it has no offer that is.
func (n Notice) Click(wanted map[Command]bool) []Command {
	for _, o := range n.Offers {
		if still := o.still(wanted); len(still) > 0 {
			return still
		}
	}
	return nil
}

// Quiet tells whether the notice may go by unseen: it is not kept in the
// desktop's list.
func (n Notice) Quiet() bool { return n.Topic == TopicDone }

// reason says why credentials were not renewed, if that was tried.
func reason(p creds.Status) string {
	if p.Phase == creds.PhaseFailed && p.Err != nil {
		return "It was not renewed: " + ofProfile(p.Name, p.Err.Message)
	}
	return ""
}

// Refreshed returns what a person hears when a refresh that was asked for at the
// tray is over, and whether there is anything to hear: not if the person closed
// the question, or if it is still open.
func Refreshed(p creds.Status, err error, now time.Time) (notice Notice, worthy bool) {
	if err == nil {
		return Notice{
			Topic: TopicDone, Title: p.Name + " is valid until " + clock(p.Expires, now), Body: cmp.Or(p.Warning, unfoundWords(p), p.Note),
		}, true
	}
	notice, worthy = failed(p.Name+" was not refreshed", err)
	notice.Body = ofProfile(p.Name, notice.Body)
	return notice, worthy
}

// unfoundWords say why some of AWS's tools will not find what was refreshed, or "".
func unfoundWords(p creds.Status) string {
	if !p.Unfound || len(p.Flaws) == 0 {
		return ""
	}
	return strings.TrimSpace(words.Sentence(p.Flaws[0].Message) + " " + p.Flaws[0].Advice)
}

// Opened returns what a person hears when the console was asked for at the tray,
// and whether there is anything to hear: the browser says the rest.
func Opened(profile string, reply creds.ConsoleReply, err error) (Notice, bool) {
	switch {
	case err != nil:
		n, worthy := failed("The console of "+profile+" was not opened", err)
		n.Body = ofProfile(profile, n.Body)
		return n, worthy
	case reply.Note != "":
		return Notice{Topic: TopicOpened, Title: "The console of " + profile + " was opened", Body: reply.Note}, true
	}
	return Notice{}, false
}

// failed returns the notice for an error, unless the person needs none.
func failed(title string, err error) (Notice, bool) {
	if e, ok := errors.AsType[*creds.Error](err); ok {
		switch e.Code {
		case creds.CodeDeclined, creds.CodeWaiting:
			return Notice{}, false
		default:
			return Notice{Topic: TopicFailed, Title: title, Body: e.Message}, true
		}
	}
	return Notice{Topic: TopicFailed, Title: title, Body: err.Error()}, true
}

// Merge makes one notice of several about the same topic, and one of all that
// needs a person. The order of the topics is the order of their importance.
func Merge(notices []Notice) []Notice {
	about := func(topics ...Topic) (some []Notice) {
		for _, topic := range topics {
			for _, n := range notices {
				if n.Topic == topic {
					some = append(some, n)
				}
			}
		}
		return some
	}
	groups := [][]Notice{about(TopicFailed), about(TopicStranger), about(TopicOver, TopicExpired, TopicEnding)}
	for _, topic := range []Topic{TopicVisit, TopicOpened, TopicDone} {
		groups = append(groups, about(topic))
	}
	var merged []Notice
	for _, group := range groups {
		switch len(group) {
		case 0:
		case 1:
			merged = append(merged, group[0])
		default:
			topic := group[0].Topic
			if topic != group[len(group)-1].Topic {
				topic = TopicNeeds
			}
			merged = append(merged, Notice{
				Topic: topic, Title: mergedTitle(topic, len(group)), Body: lines(group), Offers: offers(group),
				Stays: slices.ContainsFunc(group, func(n Notice) bool { return n.Stays }),
			})
		}
	}
	return merged
}

// offers collects the offers of notices, those of the same label as one.
func offers(notices []Notice) []Offer {
	var all []Offer
	for _, n := range notices {
		for _, o := range n.Offers {
			i := slices.IndexFunc(all, func(other Offer) bool { return other.Among == o.Among })
			if i < 0 {
				i = len(all)
				all = append(all, Offer{Label: o.Among, Among: o.Among})
			}
			all[i].Clicks = append(all[i].Clicks, o.Clicks...)
		}
	}
	return all
}

func mergedTitle(topic Topic, n int) string {
	switch topic {
	case TopicFailed:
		return words.Count(n, "request") + " failed"
	case TopicOver:
		return words.Count(n, "session") + " are over"
	case TopicStranger:
		return "Somebody else signed in to " + words.Count(n, "session")
	case TopicExpired:
		return words.Count(n, "session") + " have expired"
	case TopicEnding:
		return words.Count(n, "session") + " end soon"
	case TopicNeeds:
		return words.Count(n, "session") + " have ended or end soon"
	case TopicVisit:
		return words.Count(n, "console") + " end soon"
	case TopicOpened:
		return words.Count(n, "console") + " were opened"
	case TopicDone:
	}
	return words.Count(n, "profile") + " refreshed"
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
