package tray

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"daypass/creds"
	"daypass/internal/lang"
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
	// use, and is not confirmed.
	TopicStranger Topic = "stranger"
	// TopicExpired: credentials of a profile in use have ended.
	TopicExpired Topic = "expired"
	// TopicEnding: credentials end soon.
	TopicEnding Topic = "ending"
	// TopicSignIn: console sign-ins in use end soon.
	TopicSignIn Topic = "sign_in"
	// TopicNeeds: several of the above, as after a night asleep.
	TopicNeeds Topic = "needs"
	// TopicPlaintext: long-term keys lie in plaintext.
	TopicPlaintext Topic = "plaintext"
	// TopicRotation: long-term keys are old.
	TopicRotation Topic = "rotation"
	// TopicVisit: the session of a console ends soon.
	TopicVisit Topic = "visit"
	// TopicOpened: a console was opened, with a remark.
	TopicOpened Topic = "opened"
	// TopicDone: what a person asked for is done.
	TopicDone Topic = "done"
)

// Notice is one desktop notification.
type Notice struct {
	Topic Topic
	Title string
	Body  string
	// Offers are its buttons, where the desktop has some; a click on the notice
	// itself is a click on the first one. A notice with offers is withdrawn when
	// no offer is wanted any more.
	Offers []Offer
	// Stays keeps the notice on the screen until somebody answers it or it is
	// withdrawn: it is the last one before credentials end that only a person can
	// renew.
	Stays bool
}

// Offer is a button of a notice.
type Offer struct {
	Label string
	// Among is the label in a notice that was made of several. Offers with
	// the same one become one there.
	Among string
	// Clicks are the commands of a click; those that are still wanted run.
	Clicks []Command
}

// Text returns the texts of a notice, for a desktop with clicks on notices or without.
func (n Notice) Text(clicks bool) (title, body string) {
	title, body = legible(n.Title), legible(n.Body)
	switch {
	case len(n.Offers) == 0:
		return title, body
	case clicks:
		what := legible(n.Offers[0].Label)
		return lang.Sprintf("%s — click to %s%s", title, strings.ToLower(what[:1]), what[1:]), body
	case body == "":
		return title, n.Topic.instead()
	}
	return title, body + "\n" + n.Topic.instead()
}

// instead returns what to do about a notice that cannot be clicked.
func (t Topic) instead() string {
	what := lang.T("Renew")
	switch t {
	case TopicOver, TopicSignIn:
		what = lang.T("Sign in")
	case TopicNeeds:
		what = lang.T("Sign in and renew")
	case TopicStranger:
		what = lang.T("Decide")
	case TopicVisit:
		what = lang.T("Open the console again")
	case TopicPlaintext:
		return lang.T("Move them into the keyring with: daypass import")
	case TopicRotation:
		return lang.T("Replace it with: daypass rotate NAME")
	default:
	}
	return lang.Sprintf("%s from the menu of daypass's tray icon.", what)
}

// still returns the commands of a click on the offer that are still wanted.
func (o Offer) still(wanted map[Command]bool) []Command {
	var still []Command
	for _, c := range o.Clicks {
		if wanted[c] {
			still = append(still, c)
		}
	}
	return still
}

// Click returns the commands of a click on the notice itself that are still wanted.
func (n Notice) Click(wanted map[Command]bool) []Command {
	for _, o := range n.Offers {
		if still := o.still(wanted); len(still) > 0 {
			return still
		}
	}
	return nil
}

// Quiet reports whether a person may miss the notice: the desktop's list does not keep
// it.
func (n Notice) Quiet() bool { return n.Topic == TopicDone || n.Topic == TopicRotation }

// reason returns why credentials were not renewed, or "".
func reason(p creds.Status) string {
	if p.Phase == creds.PhaseFailed && p.Err != nil {
		return lang.Sprintf("It was not renewed: %s", ofProfile(p.Name, p.Err.Message))
	}
	return ""
}

// Refreshed returns the notice about a refresh that was asked for at the tray, and
// whether to show it: not if the person closed the prompt, or if it is still open.
func Refreshed(p creds.Status, err error, now time.Time) (notice Notice, show bool) {
	if err == nil {
		title := lang.Sprintf("%s is valid until %s", p.Name, clock(p.Expires, now))
		switch end, steady := steadyUntil(p, now); {
		case steady && end.IsZero():
			title = lang.Sprintf("%s is signed in", p.Name)
		case steady:
			title = lang.Sprintf("%s is signed in until about %s", p.Name, clock(end, now))
		}
		return Notice{
			Topic: TopicDone, Title: title, Body: cmp.Or(p.Warning, unfoundWords(p), p.Note),
		}, true
	}
	notice, show = failed(lang.Sprintf("%s was not refreshed", p.Name), err)
	notice.Body = ofProfile(p.Name, notice.Body)
	return notice, show
}

// unfoundWords returns why some of AWS's tools do not find the credentials, or "".
func unfoundWords(p creds.Status) string {
	if !p.Unfound || len(p.Flaws) == 0 {
		return ""
	}
	return strings.TrimSpace(words.Sentence(p.Flaws[0].Message) + " " + p.Flaws[0].Advice)
}

// Opened returns the notice about a console that was asked for at the tray, and
// whether to show it: success is seen in the browser.
func Opened(profile string, reply creds.ConsoleReply, err error) (Notice, bool) {
	switch {
	case err != nil:
		n, show := failed(lang.Sprintf("The console of %s was not opened", profile), err)
		n.Body = ofProfile(profile, n.Body)
		return n, show
	case reply.Note != "":
		return Notice{Topic: TopicOpened, Title: lang.Sprintf("The console of %s was opened", profile), Body: reply.Note}, true
	}
	return Notice{}, false
}

// failed returns the notice about an error, and whether to show it: not if the person
// declined, or is being asked.
func failed(title string, err error) (Notice, bool) {
	body := err.Error()
	if e, ok := errors.AsType[*creds.Error](err); ok {
		if e.Code == creds.CodeDeclined || e.Code == creds.CodeWaiting {
			return Notice{}, false
		}
		body = e.Message
	}
	return Notice{Topic: TopicFailed, Title: title, Body: body}, true
}

// Merge merges notices about the same topic, and all that need a person. The order of
// the topics is that of their importance.
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
	groups := [][]Notice{about(TopicFailed), about(TopicStranger), about(TopicOver, TopicExpired, TopicEnding, TopicSignIn)}
	for _, topic := range []Topic{TopicVisit, TopicPlaintext, TopicRotation, TopicOpened, TopicDone} {
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

// offers merges the offers of notices that have the same label.
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
		return lang.Sprintf("%s failed", lang.Count(n, "%d request", "%d requests"))
	case TopicOver:
		return lang.Sprintf("%s are over", lang.Count(n, "%d session", "%d sessions"))
	case TopicStranger:
		return lang.Sprintf("Somebody else signed in to %s", lang.Count(n, "%d session", "%d sessions"))
	case TopicExpired:
		return lang.Sprintf("%s have expired", lang.Count(n, "%d session", "%d sessions"))
	case TopicEnding:
		return lang.Sprintf("%s end soon", lang.Count(n, "%d session", "%d sessions"))
	case TopicSignIn:
		return lang.Sprintf("%s end soon", lang.Count(n, "%d console sign-in", "%d console sign-ins"))
	case TopicNeeds:
		return lang.Sprintf("%s have ended or end soon", lang.Count(n, "%d session", "%d sessions"))
	case TopicVisit:
		return lang.Sprintf("%s end soon", lang.Count(n, "%d console", "%d consoles"))
	case TopicPlaintext:
		return lang.T("Long-term keys lie in plaintext")
	case TopicRotation:
		return lang.T("Long-term keys are old")
	case TopicOpened:
		return lang.Sprintf("%s were opened", lang.Count(n, "%d console", "%d consoles"))
	case TopicDone:
	}
	return lang.Sprintf("%s refreshed", lang.Count(n, "%d profile", "%d profiles"))
}

// maxNoticeLines keeps a notice smaller than the screen.
const maxNoticeLines = 6

// lines lists notices, one a line.
func lines(notices []Notice) string {
	var b strings.Builder
	for i, n := range notices {
		if i == maxNoticeLines-1 && len(notices) > maxNoticeLines {
			_, _ = lang.Fprintf(&b, "and %d more", len(notices)-i)
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
