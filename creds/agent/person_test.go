package agent

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"daypass/creds"
	"daypass/creds/agentapi"
	"daypass/creds/secret"
)

// person asks whether bob may take over the session corp, which was alice's.
func (d *desk) person(ctx context.Context, by agentapi.Requester) <-chan error {
	ended := make(chan error, 1)
	go func() {
		ended <- d.Person(ctx, creds.PersonRequest{
			Person: agentapi.Person{Session: corp, Before: "alice", Now: "bob"}, Profile: "dev", Requester: by,
		})
	}()
	return ended
}

var atTray = agentapi.Requester{Surface: tray}

func TestAnotherPersonIsAskedAboutInAWindow(t *testing.T) {
	for _, by := range []agentapi.Requester{atTray, terraform} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			ended := d.person(t.Context(), by)
			p := d.only(t)
			want := agentapi.Prompt{
				Kind: agentapi.PromptPerson, Profile: "dev", Requester: by,
				Person: &agentapi.Person{Session: corp, Before: "alice", Now: "bob"},
			}
			if diff := cmp.Diff(want, p, cmp.FilterPath(func(p cmp.Path) bool {
				return p.String() == "ID" || p.String() == "Created"
			}, cmp.Ignore())); diff != "" {
				t.Errorf("the prompt (-want +got)\n%s", diff)
			}
			d.windows(t, 1)
			for _, wrong := range []agentapi.AnswerRequest{{}, {Grant: agentapi.GrantOnce}, {Grant: agentapi.GrantNever}, {Answer: secret.New("person")}} {
				hasCode(t, d.Answer(p.ID, wrong), agentapi.CodeBadRequest)
			}
			hasCode(t, d.Begin(p.ID, usual), agentapi.CodeBadRequest)
			if err := d.Answer(p.ID, agentapi.AnswerRequest{Grant: agentapi.GrantPerson}); err != nil {
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
		person := agentapi.AnswerRequest{Grant: agentapi.GrantPerson}
		ctx, cancel := context.WithCancel(t.Context())
		consent, code := d.consent(ctx), d.ask(ctx, program, "other", "222222")
		synctest.Wait()
		for _, p := range d.Prompts() {
			hasCode(t, d.Answer(p.ID, person), agentapi.CodeBadRequest)
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
		hasCode(t, err, agentapi.CodeDeclined)
		if want := "the confirmation that bob may take over corp was not given: the question was closed"; err.Error() != want {
			t.Errorf("it ends with %q, want %q", err, want)
		}
		// Programs leave whoever has said no alone, a person may want it after all.
		hasCode(t, <-d.person(t.Context(), terraform), agentapi.CodeDeclined)
		for _, surface := range []agentapi.Surface{tray, terminal} {
			leave := d.attend(hanging{session: corp}, surface)
			ended = d.person(t.Context(), agentapi.Requester{Surface: surface})
			if err := d.Cancel(d.only(t).ID); err != nil {
				t.Fatal(err)
			}
			hasCode(t, <-ended, agentapi.CodeDeclined)
			leave()
		}
		hasCode(t, <-d.person(t.Context(), terraform), agentapi.CodeDeclined)
		time.Sleep(declineLimit)
		ended = d.person(t.Context(), terraform)
		d.only(t)
		time.Sleep(promptLimit)
		hasCode(t, <-ended, agentapi.CodeDeclined)
		// Nobody has answered, which is no answer.
		ended = d.person(t.Context(), terraform)
		if err := d.Answer(d.only(t).ID, agentapi.AnswerRequest{Grant: agentapi.GrantPerson}); err != nil {
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
		hasCode(t, err, agentapi.CodeNobodyToAsk)
		if !strings.Contains(err.Error(), "bob") || !strings.Contains(err.Error(), corp) {
			t.Errorf("it does not say what it is about: %v", err)
		}
		for _, by := range []agentapi.Requester{terraform, {Surface: terminal}} {
			for _, on := range []hanging{{session: corp}, {profile: "dev"}} {
				leave := d.attend(on, terminal)
				ended := d.person(t.Context(), by)
				if err := d.Answer(d.only(t).ID, agentapi.AnswerRequest{Grant: agentapi.GrantPerson}); err != nil {
					t.Fatal(err)
				}
				if err := <-ended; err != nil {
					t.Error(err)
				}
				leave()
			}
		}
		// A terminal that waits for something else sees nothing of it.
		defer d.attend(hanging{profile: "other", session: "other"}, terminal)()
		hasCode(t, <-d.person(t.Context(), terraform), agentapi.CodeNobodyToAsk)
	})
}

func TestAnotherPersonIsAskedAboutWhereThePersonHasSignedIn(t *testing.T) {
	for name, tc := range map[string]struct {
		by      agentapi.Requester
		waits   agentapi.Surface
		windows int32
	}{
		"a terminal asked": {agentapi.Requester{Surface: terminal}, terminal, 0},
		"a program asked, and a terminal has signed in": {terraform, terminal, 0},
		"a click asked, and a terminal waits too":       {atTray, terminal, 1},
		"a program asked, and a click has signed in":    {terraform, tray, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				leave := d.attend(hanging{session: corp}, tc.waits)
				defer d.attend(hanging{session: corp}, tc.by.Surface)()
				ended := d.person(t.Context(), tc.by)
				p := d.only(t)
				d.windows(t, tc.windows)
				if leave(); tc.by == terraform && tc.waits == terminal {
					d.windows(t, 1) // the program still waits
				}
				if err := d.Answer(p.ID, agentapi.AnswerRequest{Grant: agentapi.GrantPerson}); err != nil {
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
			other <- d.Person(ctx, creds.PersonRequest{Person: agentapi.Person{Session: "other", Before: "alice"}, Requester: atTray})
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
