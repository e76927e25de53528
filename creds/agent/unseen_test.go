package agent

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
)

// breakWindows makes windows fail from now on.
func (d *desk) breakWindows(why string) {
	err := errors.New(why)
	d.broken.Store(&err)
}

// waits is a caller who waits for profile prod, and returns why its wait ended.
func (d *desk) waits(surface creds.Surface) (why func() error, leave func()) {
	ctx, leave := d.Broker.attend(context.Background(), awaited{profile: "prod"}, surface)
	return func() error {
		synctest.Wait()
		return whyEnded(ctx, ctx.Err())
	}, leave
}

const unseenWords = "the MFA code of " + phone + " is needed, and no window can be shown: there is no screen"

func TestAProgramHearsAtOnceThatNoWindowCanBeShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.breakWindows("there is no screen")
		why, leave := d.waits(creds.SurfaceProgram)
		defer leave()
		ended := d.ask(t.Context(), creds.SurfaceProgram, "prod", "222222")
		p := d.only(t) // which stays open
		hasCode(t, why(), creds.CodeNobodyToAsk)
		if got := why().Error(); got != unseenWords {
			t.Errorf("it hears %q, not %q", got, unseenWords)
		}
		other, leaveOther := d.Broker.attend(t.Context(), awaited{profile: "other"}, creds.SurfaceProgram)
		defer leaveOther()
		if other.Err() != nil {
			t.Error("who waits for another profile is sent away too")
		}

		// The next one that asks tries again, and gets the reason as well.
		again, leaveAgain := d.waits(creds.SurfaceProgram)
		defer leaveAgain()
		hasCode(t, again(), creds.CodeNobodyToAsk)
		d.windows(t, 2)
		want := creds.Unshown{Why: "there is no screen", Profile: "prod", Times: 1}
		if diff := cmp.Diff(want, d.unshown.Current()); diff != "" {
			t.Errorf("what a person hears (-want +got)\n%s", diff)
		}

		// With a screen, the one after that waits for the person.
		d.broken.Store(nil)
		third, leaveThird := d.waits(creds.SurfaceProgram)
		defer leaveThird()
		if err := third(); err != nil {
			t.Errorf("with a window there it hears %v", err)
		}
		d.windows(t, 3)
		d.give(t, p.ID, "222222")
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestATerminalAnswersWhatNoWindowCanShow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.breakWindows("there is no screen")
		ended := d.ask(t.Context(), creds.SurfaceProgram, "prod", "222222")
		p := d.only(t)
		person, leavePerson := d.waits(creds.SurfaceTerminal)
		if err := person(); err != nil {
			t.Errorf("the person in the terminal hears %v", err)
		}
		// While a terminal shows the question, a program waits for that.
		program, leaveProgram := d.waits(creds.SurfaceProgram)
		defer leaveProgram()
		if err := program(); err != nil {
			t.Errorf("the program hears %v", err)
		}
		leavePerson()
		hasCode(t, program(), creds.CodeNobodyToAsk)
		d.give(t, p.ID, "222222")
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestAWindowThatDiesLaterIsSaidToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		why, leave := d.waits(creds.SurfaceProgram)
		defer leave()
		d.ask(t.Context(), creds.SurfaceProgram, "prod", "222222")
		d.only(t)
		time.Sleep(time.Minute)
		if err := why(); err != nil {
			t.Errorf("while the window is there it hears %v", err)
		}
		d.crash <- struct{}{}
		hasCode(t, why(), creds.CodeNobodyToAsk)
		if got := d.unshown.Current(); got.Times != 1 || got.Why != "the window crashed" {
			t.Errorf("a person hears %+v", got)
		}
	})
}

func TestAQuestionThatOnlyAWindowShowsEndsWithoutOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.breakWindows("daypass-ui is missing")
		got := <-d.consent(t.Context())
		hasCode(t, got.err, creds.CodeNobodyToAsk)
		d.none(t)
	})
}

func TestAClickThatShowsNothingIsAnsweredEachTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.breakWindows("there is no screen")
		d.ask(t.Context(), creds.SurfaceProgram, "prod", "222222")
		p := d.only(t)
		for times := 2; times <= 3; times++ {
			opening, err := d.Show(p.ID)
			if err != nil {
				t.Fatal(err)
			}
			err = opening.Wait(t.Context())
			hasCode(t, err, creds.CodeNotShown)
			if want := "no window can be shown: there is no screen"; err == nil || err.Error() != want {
				t.Errorf("got %v, want %q", err, want)
			}
			synctest.Wait()
			if got := d.unshown.Current().Times; got != times {
				t.Errorf("after click %d a person hears it %d times", times-1, got)
			}
		}
		d.broken.Store(nil)
		opening, err := d.Show(p.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := opening.Wait(t.Context()); err != nil {
			t.Errorf("with a screen: %v", err)
		}
	})
}
