package tray

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// sky is where balloons are shown.
type sky struct {
	posted  chan string
	fails   atomic.Bool
	updates chan update
	clicks  chan struct{}
	answers chan answer
}

const turn = 7 * time.Second

// rise runs a test with balloons.
func rise(t *testing.T, test func(t *testing.T, s *sky)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &sky{
			posted: make(chan string, 10), updates: make(chan update),
			clicks: make(chan struct{}, 1), answers: make(chan answer, 1),
		}
		b := &balloons{
			post: func(b balloon) error {
				if s.fails.Load() {
					return errors.New("no tray")
				}
				s.posted <- b.title + "|" + b.text
				return nil
			},
			turn: turn, answers: s.answers, log: slog.New(slog.DiscardHandler),
		}
		ctx, cancel := context.WithCancel(t.Context())
		go b.run(ctx, s.updates, s.clicks)
		test(t, s)
		cancel()
		synctest.Wait()
	})
}

// send sends an update.
func (s *sky) send(wanted []Command, notices ...Notice) {
	all := make(map[Command]bool)
	for _, c := range wanted {
		all[c] = true
	}
	s.updates <- update{notices: notices, wanted: all}
	synctest.Wait()
}

// saw checks what was shown since it was last asked.
func (s *sky) saw(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	var got []string
	for len(s.posted) > 0 {
		got = append(got, <-s.posted)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("shown (-want +got):\n%s", diff)
	}
}

// answer is what a click is answered with.
func (s *sky) answer() []Command {
	s.clicks <- struct{}{}
	synctest.Wait()
	select {
	case all := <-s.answers:
		return all.commands
	default:
		return nil
	}
}

func renewal(profile string) (Command, Notice) {
	c := Command{Verb: VerbRefresh, Profile: profile}
	return c, Notice{
		Topic: TopicEnding, Title: profile + " ends soon", Body: "at 12:00",
		Offers: []Offer{{Label: "Renew", Clicks: []Command{c}}},
	}
}

func TestBalloonsComeOneAtATime(t *testing.T) {
	rise(t, func(t *testing.T, s *sky) {
		a, noticeA := renewal("a")
		b, noticeB := renewal("b")
		s.send([]Command{a, b}, noticeA, Notice{Topic: TopicDone, Title: "c is valid"}, noticeB)
		s.saw(t, "a ends soon — click to renew|at 12:00")
		time.Sleep(turn)
		s.saw(t, "|c is valid")
		s.send([]Command{a}) // b was renewed before its turn came
		time.Sleep(turn)
		s.saw(t)
		s.send([]Command{a, b}, noticeB)
		s.saw(t, "b ends soon — click to renew|at 12:00")
	})
}

func TestAClickedBalloonDoesWhatItOffers(t *testing.T) {
	rise(t, func(t *testing.T, s *sky) {
		a, noticeA := renewal("a")
		b, noticeB := renewal("b")
		s.send([]Command{a, b}, noticeA, noticeB)
		time.Sleep(turn)
		s.saw(t, "a ends soon — click to renew|at 12:00", "b ends soon — click to renew|at 12:00")
		time.Sleep(aim - time.Millisecond)
		if got := s.answer(); got != nil {
			t.Errorf("a click that was meant for another did %v", got)
		}
		time.Sleep(time.Hour) // it lies in the system's list
		if diff := cmp.Diff([]Command{b}, s.answer()); diff != "" {
			t.Errorf("a click (-want +got):\n%s", diff)
		}
		if got := s.answer(); got != nil {
			t.Errorf("a second click did %v", got)
		}
		s.saw(t)
	})
}

func TestAClickMakesRoomForTheNextBalloon(t *testing.T) {
	rise(t, func(t *testing.T, s *sky) {
		a, noticeA := renewal("a")
		b, noticeB := renewal("b")
		s.send([]Command{a, b}, noticeA, noticeB)
		time.Sleep(time.Second)
		if diff := cmp.Diff([]Command{a}, s.answer()); diff != "" {
			t.Errorf("a click (-want +got):\n%s", diff)
		}
		s.saw(t, "a ends soon — click to renew|at 12:00", "b ends soon — click to renew|at 12:00")
	})
}

func TestABalloonThatNobodyNeedsAnyMoreIsTakenBack(t *testing.T) {
	rise(t, func(t *testing.T, s *sky) {
		a, noticeA := renewal("a")
		b, noticeB := renewal("b")
		s.send([]Command{a, b}, noticeA, noticeB)
		s.saw(t, "a ends soon — click to renew|at 12:00")
		s.send([]Command{b})
		s.saw(t, "|", "b ends soon — click to renew|at 12:00")
		time.Sleep(time.Hour)
		s.send(nil)
		s.saw(t, "|")
		if got := s.answer(); got != nil {
			t.Errorf("a click on nothing did %v", got)
		}
	})
}

func TestABalloonThatFailsDelaysNoOther(t *testing.T) {
	rise(t, func(t *testing.T, s *sky) {
		a, noticeA := renewal("a")
		s.fails.Store(true)
		s.send([]Command{a}, noticeA)
		s.fails.Store(false)
		if got := s.answer(); got != nil {
			t.Errorf("a click on nothing did %v", got)
		}
		s.send([]Command{a}, noticeA)
		s.saw(t, "a ends soon — click to renew|at 12:00")
	})
}

func TestBalloonsHoldWhatWindowsTakes(t *testing.T) {
	long := strings.Repeat("long-", 30) + "name"
	renew := []Offer{{Label: "Renew"}}
	for _, tt := range []struct {
		name   string
		notice Notice
		want   balloon
	}{
		{"a notice with nothing but a title", Notice{Topic: TopicDone, Title: "prod is valid"}, balloon{text: "prod is valid", quiet: true}},
		{
			"a notice with a title that can be clicked",
			Notice{Topic: TopicEnding, Title: "prod ends 18:04", Offers: renew},
			balloon{title: "prod ends 18:04", text: "Click to renew.", warn: true},
		},
		{
			"a title too long is cut",
			Notice{Topic: TopicFailed, Title: long, Body: "AWS said no"},
			balloon{title: strings.Repeat("long-", 12) + "lo…", text: "AWS said no", warn: true},
		},
		{
			"what a click does is kept",
			Notice{Topic: TopicEnding, Title: long, Body: "soon", Offers: renew},
			balloon{title: strings.Repeat("long-", 9) + "… — click to renew", text: "soon", warn: true},
		},
		{
			"unless it is too long itself",
			Notice{Topic: TopicOver, Title: "over", Body: "b", Offers: []Offer{{Label: "Sign in to " + long}}},
			balloon{title: "over — click to sign in to " + strings.Repeat("long-", 7) + "…", text: "b", warn: true},
		},
		{
			"a character outside of the basic plane is not cut apart",
			Notice{Topic: TopicOpened, Title: strings.Repeat("🔑", 40), Body: strings.Repeat("é", 300)},
			balloon{title: strings.Repeat("🔑", 31) + "…", text: strings.Repeat("é", 254) + "…"},
		},
		{
			"lines stay lines",
			Notice{Topic: TopicFailed, Title: "2 requests failed", Body: "a: no\nb: " + strings.Repeat("x ", 150)},
			balloon{title: "2 requests failed", text: "a: no\nb: " + strings.Repeat("x ", 122) + "x…", warn: true},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.notice.balloon(), cmp.AllowUnexported(balloon{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzATextIsCutBetweenCharacters(f *testing.F) {
	f.Add("short", 63)
	f.Add(strings.Repeat("🔑", 40), 63)
	f.Add("\xff\xfe spaces     and more", 9)
	f.Fuzz(func(t *testing.T, text string, room int) {
		if room < 1 || room > 1000 {
			return
		}
		got := fit(text, room)
		if n := len(utf16.Encode([]rune(got))); n > room {
			t.Errorf("%q has %d units, not %d", got, n, room)
		}
		if utf8.ValidString(text) && !utf8.ValidString(got) {
			t.Errorf("%q is cut apart", got)
		}
		start, cut := strings.CutSuffix(got, "…")
		if got != text && (!cut || !strings.HasPrefix(text, start)) {
			t.Errorf("%q has become %q", text, got)
		}
	})
}
