package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/internal/secret"
)

const phone = "arn:aws:iam::111111111111:mfa/phone"

var passphrase = creds.Prompt{Kind: creds.PromptPassphrase}

// desk is a broker whose windows stay open until they are closed.
type desk struct {
	*Broker
	opened atomic.Int32
	crash  chan struct{}
	// broken is why no window opens.
	broken atomic.Pointer[error]
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{crash: make(chan struct{})}
	d.Broker = NewBroker(Desktop{Window: func(ctx context.Context, _ string, shown func()) error {
		d.opened.Add(1)
		if why := d.broken.Load(); why != nil {
			return *why
		}
		shown()
		select {
		case <-ctx.Done():
			return nil
		case <-d.crash:
			return errors.New("the window crashed")
		}
	}}, slog.New(slog.DiscardHandler))
	t.Cleanup(d.Close)
	return d
}

// attend is [Broker.attend] for as long as the test likes.
func (d *desk) attend(on awaited, surface creds.Surface) (leave func()) {
	_, leave = d.Broker.attend(context.Background(), on, surface)
	return leave
}

// ask asks for a code in a goroutine and returns how that ends. Only good is accepted.
func (d *desk) ask(ctx context.Context, surface creds.Surface, profile, good string) <-chan error {
	ended := make(chan error, 1)
	go func() {
		ended <- d.Ask(ctx, creds.Prompt{
			Kind: creds.PromptMFA, Profile: profile, Device: phone, Requester: creds.Requester{Surface: surface},
		}, func(_ context.Context, code creds.AnswerRequest) error {
			if code.Answer.Reveal() != good {
				return &creds.Refusal{Message: "AWS does not take this code"}
			}
			return nil
		})
	}()
	return ended
}

// only returns the one prompt that waits.
func (d *desk) only(t *testing.T) creds.Prompt {
	t.Helper()
	synctest.Wait()
	prompts := d.Prompts()
	if len(prompts) != 1 {
		t.Fatalf("%d prompts wait, not one: %+v", len(prompts), prompts)
	}
	return prompts[0]
}

func (d *desk) none(t *testing.T) {
	t.Helper()
	synctest.Wait()
	if prompts := d.Prompts(); len(prompts) > 0 {
		t.Fatalf("prompts wait: %+v", prompts)
	}
}

func (d *desk) windows(t *testing.T, want int32) {
	t.Helper()
	synctest.Wait()
	if got := d.opened.Load(); got != want {
		t.Errorf("%d windows were opened, not %d", got, want)
	}
}

func (d *desk) give(t *testing.T, id, code string) {
	t.Helper()
	if err := d.Answer(id, creds.AnswerRequest{Answer: secret.New(code)}); err != nil {
		t.Fatal(err)
	}
}

func hasCode(t *testing.T, err error, code creds.Code) {
	t.Helper()
	known, ok := errors.AsType[*creds.Error](err)
	if !ok || known.Code != code {
		t.Errorf("the error is %v, not one of %s", err, code)
	}
}

func TestARefusedAnswerLeavesThePromptOpenWithWords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		ended := d.ask(t.Context(), creds.SurfaceProgram, "prod", "222222")
		first := d.only(t)
		d.give(t, first.ID, "111111")
		refused := d.only(t)
		want := first
		want.Refusal = "AWS does not take this code"
		if diff := cmp.Diff(want, refused); diff != "" {
			t.Error(diff)
		}
		d.give(t, first.ID, "222222")
		if err := <-ended; err != nil {
			t.Error(err)
		}
		d.none(t)
		hasCode(t, d.Answer(first.ID, creds.AnswerRequest{Answer: secret.New("1")}), creds.CodeBadRequest)
		hasCode(t, d.Cancel(first.ID), creds.CodeBadRequest)
		_, err := d.Show(first.ID)
		hasCode(t, err, creds.CodeBadRequest)
	})
}

func TestAnotherErrorEndsThePromptAndIsReturnedAsItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		offline := errors.New("no network")
		ended := make(chan error, 1)
		go func() {
			ended <- d.Ask(t.Context(), passphrase, func(context.Context, creds.AnswerRequest) error { return offline })
		}()
		d.give(t, d.only(t).ID, "x")
		if err := <-ended; err != offline { //nolint:errorlint // as it is
			t.Errorf("got %v", err)
		}
		d.none(t)
	})
}

func TestWatchersOfAPromptSeeItsStepsAndItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		ended := d.ask(t.Context(), creds.SurfaceTray, "prod", "222222")
		p := d.only(t)
		events, err := d.WatchPrompt(t.Context(), p.ID)
		if err != nil {
			t.Fatal(err)
		}
		if e := <-events; e.Prompt == nil || e.Prompt.ID != p.ID {
			t.Errorf("the first event is %+v", e)
		}
		d.give(t, p.ID, "111111")
		synctest.Wait()
		if e := <-events; e.Prompt == nil || e.Prompt.Refusal == "" || e.Prompt.Checking {
			t.Errorf("after a refusal: %+v", e)
		}
		if err := d.Cancel(p.ID); err != nil {
			t.Fatal(err)
		}
		hasCode(t, <-ended, creds.CodeDeclined)
		synctest.Wait()
		e := <-events
		if e.End == nil || e.End.Err == nil || e.End.Err.Code != creds.CodeDeclined {
			t.Errorf("at the end: %+v", e)
		}
	})
}

func TestWhileAnAnswerIsCheckedNoOtherIsTakenAndThePersonMayStillCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		ended := make(chan error, 1)
		go func() {
			ended <- d.Ask(t.Context(), creds.Prompt{Kind: creds.PromptMFA, Device: phone}, func(ctx context.Context, _ creds.AnswerRequest) error {
				<-ctx.Done()
				return ctx.Err()
			})
		}()
		p := d.only(t)
		d.give(t, p.ID, "111111")
		if !d.only(t).Checking {
			t.Error("the prompt does not say that an answer is being checked")
		}
		hasCode(t, d.Answer(p.ID, creds.AnswerRequest{Answer: secret.New("222222")}), creds.CodeBadRequest)
		if err := d.Cancel(p.ID); err != nil {
			t.Fatal(err)
		}
		hasCode(t, <-ended, creds.CodeDeclined)
	})
}

func TestAPromptThatNobodyAnswersEndsAfterTenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		start := time.Now()
		err := <-d.ask(t.Context(), creds.SurfaceProgram, "prod", "222222")
		hasCode(t, err, creds.CodeDeclined)
		if took := time.Since(start); took != 10*time.Minute {
			t.Errorf("it took %s", took)
		}
		// Nobody has declined anything: the next one is asked.
		d.ask(t.Context(), creds.SurfaceProgram, "prod", "222222")
		d.only(t)
	})
}

func TestTheEndOfTheQuestionsContextEndsThePrompt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		ctx, cancel := context.WithCancel(t.Context())
		first := d.ask(ctx, creds.SurfaceProgram, "prod", "222222")
		d.only(t)
		second := d.ask(ctx, creds.SurfaceProgram, "prod", "222222")
		synctest.Wait()
		cancel()
		for _, ended := range []<-chan error{first, second} {
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		}
		d.none(t)
		if len(d.turns) > 0 {
			t.Errorf("turns are left: %v", d.turns)
		}
	})
}

func TestAThousandQuestionsForOneDeviceAreAskedOneAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		var all sync.WaitGroup
		for n := range 1000 {
			all.Go(func() {
				if err := <-d.ask(t.Context(), creds.SurfaceProgram, fmt.Sprint("profile-", n), "222222"); err != nil {
					t.Error(err)
				}
			})
		}
		seen := map[string]bool{}
		for range 1000 {
			p := d.only(t)
			if seen[p.ID] {
				t.Fatal("an id came twice")
			}
			seen[p.ID] = true
			d.give(t, p.ID, "222222")
		}
		all.Wait()
		d.none(t)
	})
}

func TestQuestionsForTwoDevicesDoNotWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.ask(t.Context(), creds.SurfaceProgram, "prod", "222222")
		go func() {
			_ = d.Ask(t.Context(), creds.Prompt{Kind: creds.PromptMFA, Device: phone + "-2"}, nil)
		}()
		go func() { _ = d.Ask(t.Context(), passphrase, nil) }()
		synctest.Wait()
		if got := len(d.Prompts()); got != 3 {
			t.Errorf("%d prompts wait, not 3", got)
		}
	})
}

func TestAPersonWhoDeclinedIsLeftAloneByProgramsForAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		ended := d.ask(t.Context(), creds.SurfaceProgram, "prod", "222222")
		waiting := d.ask(t.Context(), creds.SurfaceProgram, "dev", "222222")
		synctest.Wait()
		if err := d.Cancel(d.only(t).ID); err != nil {
			t.Fatal(err)
		}
		hasCode(t, <-ended, creds.CodeDeclined)
		hasCode(t, <-waiting, creds.CodeDeclined)
		time.Sleep(59 * time.Second)
		hasCode(t, <-d.ask(t.Context(), creds.SurfaceProgram, "prod", "222222"), creds.CodeDeclined)
		d.windows(t, 1)

		person := d.ask(t.Context(), creds.SurfaceTray, "prod", "222222")
		d.give(t, d.only(t).ID, "222222")
		if err := <-person; err != nil {
			t.Errorf("a person who asks again got %v", err)
		}
		d.ask(t.Context(), creds.SurfaceProgram, "prod", "222222")
		d.only(t) // what a person has answered since is no longer declined
	})
}

func TestAfterAMinuteProgramsMayAskAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		ended := d.ask(t.Context(), creds.SurfaceProgram, "prod", "222222")
		if err := d.Cancel(d.only(t).ID); err != nil {
			t.Fatal(err)
		}
		<-ended
		time.Sleep(time.Minute)
		d.ask(t.Context(), creds.SurfaceProgram, "prod", "222222")
		d.only(t)
	})
}

func TestAPromptHasOneWindowThatCanBeShownAgainAfterACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.ask(t.Context(), creds.SurfaceProgram, "prod", "222222")
		p := d.only(t)
		d.windows(t, 1)
		time.Sleep(time.Second)
		for range 3 {
			if _, err := d.Show(p.ID); err != nil {
				t.Fatal(err)
			}
		}
		d.windows(t, 1)
		time.Sleep(time.Minute)
		d.crash <- struct{}{}
		if d.only(t).ID != p.ID {
			t.Error("the prompt did not outlive its window")
		}
		if _, err := d.Show(p.ID); err != nil {
			t.Fatal(err)
		}
		d.windows(t, 2)
	})
}

func TestAClickOnAWindowThatIsJustDyingOpensAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.ask(t.Context(), creds.SurfaceProgram, "prod", "222222")
		p := d.only(t)
		d.windows(t, 1)
		time.Sleep(time.Second)
		if _, err := d.Show(p.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		d.crash <- struct{}{}
		synctest.Wait()
		d.windows(t, 2)
		// Once for each click: a window that always dies does not come again.
		d.crash <- struct{}{}
		synctest.Wait()
		d.windows(t, 2)
	})
}

func TestAPromptOfATerminal(t *testing.T) {
	t.Run("has no window and ends with the terminal", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			leave := d.attend(awaited{profile: "prod", device: phone}, creds.SurfaceTerminal)
			ended := d.ask(t.Context(), creds.SurfaceTerminal, "prod", "222222")
			d.only(t)
			d.windows(t, 0)
			leave()
			hasCode(t, <-ended, creds.CodeDeclined)
			d.none(t)
			// The person has not declined.
			d.ask(t.Context(), creds.SurfaceProgram, "prod", "222222")
			d.only(t)
		})
	})
	t.Run("gets a window when the terminal goes and a program waits as well", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			leave := d.attend(awaited{profile: "prod", device: phone}, creds.SurfaceTerminal)
			d.ask(t.Context(), creds.SurfaceTerminal, "prod", "222222")
			program := d.attend(awaited{profile: "other", device: phone}, creds.SurfaceProgram)
			p := d.only(t)
			d.windows(t, 0)
			leave()
			d.windows(t, 1)
			program()
			if d.only(t).ID != p.ID {
				t.Error("the question did not stay open for the program's retry")
			}
		})
	})
	t.Run("stays in the other terminal when one of two goes", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			leave := d.attend(awaited{profile: "prod", device: phone}, creds.SurfaceTerminal)
			d.attend(awaited{profile: "dev", device: phone}, creds.SurfaceTerminal)
			d.ask(t.Context(), creds.SurfaceTerminal, "prod", "222222")
			d.only(t)
			leave()
			d.only(t)
			d.windows(t, 0)
		})
	})
	t.Run("never opens when the terminal has gone before", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			hasCode(t, <-d.ask(t.Context(), creds.SurfaceTerminal, "prod", "222222"), creds.CodeDeclined)
			d.windows(t, 0)
		})
	})
	t.Run("for a passphrase has no window while a terminal waits", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			d.attend(awaited{profile: "prod"}, creds.SurfaceTerminal)
			go func() { _ = d.Ask(t.Context(), passphrase, nil) }()
			d.only(t)
			d.windows(t, 0)
		})
	})
}

func TestAHeadlessBrokerAsksNobodyForAProgram(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{Broker: NewBroker(Desktop{}, slog.New(slog.DiscardHandler))}
		defer d.Close()
		err := <-d.ask(t.Context(), creds.SurfaceProgram, "prod", "222222")
		var known *creds.Error
		if !errors.As(err, &known) || known.Code != creds.CodeNobodyToAsk {
			t.Errorf("got %v", err)
		}

		// A terminal that waits for the same device is asked.
		leave := d.attend(awaited{profile: "prod"}, creds.SurfaceTerminal)
		ended := d.ask(t.Context(), creds.SurfaceProgram, "prod", "222222")
		p := d.only(t)
		if _, err := d.Show(p.ID); err != nil {
			t.Error(err)
		}
		d.give(t, p.ID, "222222")
		if err := <-ended; err != nil {
			t.Error(err)
		}
		leave()
	})
}

func TestIdleAgentsEndAFullLimitAfterTheLastActivity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan struct{})
		start := time.Now()
		i := newIdle(idleLimit, func() { close(ended) })
		time.Sleep(14 * time.Minute)
		i.begin()
		i.begin()
		time.Sleep(time.Hour)
		i.done()
		time.Sleep(time.Hour)
		i.done()
		time.Sleep(14 * time.Minute)
		select {
		case <-ended:
			t.Error("it ended too early")
		default:
		}
		<-ended
		if took := time.Since(start); took != 14*time.Minute+2*time.Hour+15*time.Minute {
			t.Errorf("it ended after %s", took)
		}
	})
}

func TestARequestThatNobodyIsToBeAskedForOpensAndKeepsNoPrompt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		defer d.Close()
		err := <-d.ask(t.Context(), creds.SurfaceUnattended, "prod", "222222")
		hasCode(t, err, creds.CodeNobodyToAsk)
		if want := "the MFA code of " + phone + ` is needed for profile "prod", and nobody is to be asked for it`; err.Error() != want {
			t.Errorf("it says %q, want %q", err, want)
		}
		d.none(t)
		d.windows(t, 0)

		// While somebody else is asked, too; and it does not keep a terminal's question open
		// when that has gone, for which a program would get a window.
		leave := d.attend(awaited{profile: "prod"}, creds.SurfaceTerminal)
		ended := d.ask(t.Context(), creds.SurfaceTerminal, "prod", "222222")
		d.only(t)
		hasCode(t, <-d.ask(t.Context(), creds.SurfaceUnattended, "prod", "222222"), creds.CodeNobodyToAsk)
		unattended := d.attend(awaited{profile: "prod"}, creds.SurfaceUnattended)
		defer unattended()
		leave()
		hasCode(t, <-ended, creds.CodeDeclined)
		d.none(t)
		d.windows(t, 0)
	})
}
