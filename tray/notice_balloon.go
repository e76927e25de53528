package tray

import (
	"context"
	"log/slog"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"daypass/internal/lang"
)

// balloons shows notices one at a time and without buttons, as the tray icon does on
// Windows. One goroutine owns it.
//
// Each notice gets a fixed time: Windows reports only some of the balloons that
// disappear, and not which one it was.
type balloons struct {
	// post replaces the balloon; one with an empty text only removes it.
	post func(balloon) error
	// turn is how long a notice is shown.
	turn    time.Duration
	answers chan<- answer
	log     *slog.Logger

	wanted map[Command]bool
	queue  []Notice
	// shown is the last notice, if a click on it has an effect, and since is when
	// it was shown. It may be in the system's list by now.
	shown *Notice
	since time.Time
}

// balloon is a notice in the form that the system takes.
type balloon struct {
	title, text string
	// warn: a person is needed. quiet: nobody is.
	warn, quiet bool
}

// run shows what comes in updates, and answers clicks, until ctx ends.
func (b *balloons) run(ctx context.Context, updates <-chan update, clicks <-chan struct{}) {
	var turn <-chan time.Time
	for {
		if turn == nil && b.next() {
			turn = time.After(b.turn)
		}
		select {
		case <-ctx.Done():
			return
		case <-turn:
			turn = nil
		case news := <-updates:
			b.wanted = news.wanted
			b.queue = append(b.queue, news.notices...)
			if b.shown != nil && len(b.shown.Click(b.wanted)) == 0 {
				b.shown = nil
				b.put(balloon{})
				turn = nil
			}
		case <-clicks:
			// Nobody can have read a notice that has only just appeared.
			if b.shown == nil || time.Since(b.since) < aim {
				continue
			}
			all := b.shown.Click(b.wanted)
			b.shown, turn = nil, nil // the system removes what was clicked
			select {
			case b.answers <- answer{commands: all}:
			case <-ctx.Done():
			}
		}
	}
}

// next shows the first notice that is still wanted, if there is one.
func (b *balloons) next() bool {
	for len(b.queue) > 0 {
		n := b.queue[0]
		b.queue = b.queue[1:]
		if len(n.Offers) > 0 && len(n.Click(b.wanted)) == 0 {
			continue
		}
		if !b.put(n.balloon()) {
			continue
		}
		b.shown, b.since = nil, time.Now()
		if len(n.Offers) > 0 {
			b.shown = &n
		}
		return true
	}
	return false
}

func (b *balloons) put(what balloon) bool {
	err := b.post(what)
	if err != nil {
		b.log.Debug("notice not shown or not taken back", "title", what.title, "error", err)
	}
	return err == nil
}

// The lengths of a balloon's texts, in units of UTF-16 without the zero at the end.
// https://learn.microsoft.com/windows/win32/api/shellapi/ns-shellapi-notifyicondataw
const (
	maxBalloonTitle = 63
	maxBalloonText  = 255
)

// balloon returns the notice as far as there is room.
func (n Notice) balloon() balloon {
	title, body := n.Text(true)
	made := balloon{quiet: n.Quiet()}
	switch n.Topic {
	case TopicOpened, TopicDone:
	default:
		made.warn = true
	}
	// The hint about the click must be readable even if a name is long.
	hint := strings.TrimPrefix(title, legible(n.Title))
	switch room := maxBalloonTitle - units(hint); {
	case body == "" && hint == "": // Windows shows no balloon without a text
		title, body = "", title
	case body == "":
		title, body = legible(n.Title), lang.T("Click")+strings.TrimPrefix(hint, " — click")+"."
	case room > maxBalloonTitle/3:
		title = fit(legible(n.Title), room) + hint
	}
	made.title, made.text = fit(title, maxBalloonTitle), fit(body, maxBalloonText)
	return made
}

// units counts a text in UTF-16.
func units(text string) (n int) {
	for _, r := range text {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// fit shortens a text to a number of units of UTF-16. A cut text ends in an ellipsis,
// and no character is cut.
func fit(text string, room int) string {
	if units(text) <= room {
		return text
	}
	end, left := 0, room-1
	for i, r := range text {
		if left -= max(1, utf16.RuneLen(r)); left < 0 {
			end = i
			break
		}
	}
	return strings.TrimRightFunc(text[:end], func(r rune) bool { return r == ' ' || r == '\n' || r == utf8.RuneError }) + "…"
}
