package agent

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/internal/secret"
)

// person asks whether bob may take over the session corp, which was alice's.
func (d *desk) person(ctx context.Context, by creds.Requester) <-chan error {
	ended := make(chan error, 1)
	go func() {
		ended <- d.Ask(ctx, creds.Prompt{
			Kind: creds.PromptPerson, Person: &creds.Person{Session: corp, Before: "alice", Now: "bob"}, Profile: "dev", Requester: by,
		}, agree)
	}()
	return ended
}

func agree(context.Context, creds.AnswerRequest) error { return nil }

var atTray = creds.Requester{Surface: tray}

func TestAnotherPersonIsAskedAboutInAWindow(t *testing.T) {
	for _, by := range []creds.Requester{atTray, terraform} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			ended := d.person(t.Context(), by)
			p := d.only(t)
			want := creds.Prompt{
				Kind: creds.PromptPerson, Profile: "dev", Requester: by,
				Person: &creds.Person{Session: corp, Before: "alice", Now: "bob"},
			}
			if diff := cmp.Diff(want, p, cmp.FilterPath(func(p cmp.Path) bool {
				return p.String() == "ID" || p.String() == "Created"
			}, cmp.Ignore())); diff != "" {
				t.Errorf("the prompt (-want +got)\n%s", diff)
			}
			d.windows(t, 1)
			for _, wrong := range []creds.AnswerRequest{{}, {Grant: creds.GrantOnce}, {Grant: creds.GrantNever}, {Answer: secret.New("person")}} {
				hasCode(t, d.Answer(p.ID, wrong), creds.CodeBadRequest)
			}
			hasCode(t, d.Begin(p.ID, usual), creds.CodeBadRequest)
			if err := d.Answer(p.ID, creds.AnswerRequest{Grant: creds.GrantPerson}); err != nil {
				t.Fatal(err)
			}
			if err := <-ended; err != nil {
				t.Errorf("it was confirmed, and ends with %v", err)
			}
			d.none(t)
		})
	}
}

func TestNoOtherQuestionTakesTheAnswerToWhoIsSignedIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		person := creds.AnswerRequest{Grant: creds.GrantPerson}
		ctx, cancel := context.WithCancel(t.Context())
		consent, code := d.consent(ctx), d.ask(ctx, program, "other", "222222")
		synctest.Wait()
		for _, p := range d.Prompts() {
			hasCode(t, d.Answer(p.ID, person), creds.CodeBadRequest)
		}
		cancel()
		<-consent
		<-code
	})
}

func TestAPersonWhoIsNotConfirmedIsAskedAboutAgainByAPersonOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		ended := d.person(t.Context(), atTray)
		if err := d.Cancel(d.only(t).ID); err != nil {
			t.Fatal(err)
		}
		err := <-ended
		hasCode(t, err, creds.CodeDeclined)
		if want := "the confirmation that bob may take over corp was not given: the question was closed"; err.Error() != want {
			t.Errorf("it ends with %q, want %q", err, want)
		}
		// Programs leave whoever has said no alone; a person may want it after all.
		hasCode(t, <-d.person(t.Context(), terraform), creds.CodeDeclined)
		for _, surface := range []creds.Surface{tray, terminal} {
			leave := d.attend(awaited{session: corp}, surface)
			ended = d.person(t.Context(), creds.Requester{Surface: surface})
			if err := d.Cancel(d.only(t).ID); err != nil {
				t.Fatal(err)
			}
			hasCode(t, <-ended, creds.CodeDeclined)
			leave()
		}
		hasCode(t, <-d.person(t.Context(), terraform), creds.CodeDeclined)
		time.Sleep(declineLimit)
		ended = d.person(t.Context(), terraform)
		d.only(t)
		time.Sleep(promptLimit)
		hasCode(t, <-ended, creds.CodeDeclined)
		// A timeout is not an answer.
		ended = d.person(t.Context(), terraform)
		if err := d.Answer(d.only(t).ID, creds.AnswerRequest{Grant: creds.GrantPerson}); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestWithoutADesktopAnotherPersonIsAskedAboutInATerminalOrNotAtAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.window = nil
		err := <-d.person(t.Context(), terraform)
		hasCode(t, err, creds.CodeNobodyToAsk)
		if !strings.Contains(err.Error(), "bob") || !strings.Contains(err.Error(), corp) {
			t.Errorf("it does not say what it is about: %v", err)
		}
		for _, by := range []creds.Requester{terraform, {Surface: terminal}} {
			for _, on := range []awaited{{session: corp}, {profile: "dev"}} {
				leave := d.attend(on, terminal)
				ended := d.person(t.Context(), by)
				if err := d.Answer(d.only(t).ID, creds.AnswerRequest{Grant: creds.GrantPerson}); err != nil {
					t.Fatal(err)
				}
				if err := <-ended; err != nil {
					t.Error(err)
				}
				leave()
			}
		}
		// A terminal that waits for something else sees nothing of it.
		defer d.attend(awaited{profile: "other", session: "other"}, terminal)()
		hasCode(t, <-d.person(t.Context(), terraform), creds.CodeNobodyToAsk)
	})
}

func TestAnotherPersonIsAskedAboutWhereThePersonHasSignedIn(t *testing.T) {
	for name, tc := range map[string]struct {
		by      creds.Requester
		waits   creds.Surface
		windows int32
	}{
		"a terminal asked": {creds.Requester{Surface: terminal}, terminal, 0},
		"a program asked, and a terminal has signed in": {terraform, terminal, 0},
		"a click asked, and a terminal waits too":       {atTray, terminal, 1},
		"a program asked, and a click has signed in":    {terraform, tray, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				leave := d.attend(awaited{session: corp}, tc.waits)
				defer d.attend(awaited{session: corp}, tc.by.Surface)()
				ended := d.person(t.Context(), tc.by)
				p := d.only(t)
				d.windows(t, tc.windows)
				if leave(); tc.by == terraform && tc.waits == terminal {
					d.windows(t, 1) // the program still waits
				}
				if err := d.Answer(p.ID, creds.AnswerRequest{Grant: creds.GrantPerson}); err != nil {
					t.Fatal(err)
				}
				if err := <-ended; err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestTwoSessionsAreTwoQuestionsAboutPersons(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		ctx, cancel := context.WithCancel(t.Context())
		ended := []<-chan error{d.person(ctx, atTray), d.person(ctx, atTray)}
		d.only(t) // one about each
		other := make(chan error, 1)
		go func() {
			other <- d.Ask(ctx, creds.Prompt{Kind: creds.PromptPerson, Person: &creds.Person{Session: "other", Before: "alice"}, Requester: atTray}, agree)
		}()
		synctest.Wait()
		if n := len(d.Prompts()); n != 2 {
			t.Errorf("%d prompts, want 2", n)
		}
		cancel()
		for _, e := range append(ended, other) {
			<-e
		}
	})
}
