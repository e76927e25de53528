package agent

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"daypass/creds"
	"daypass/creds/core"
	"daypass/internal/secret"
)

var terraform = creds.Requester{Surface: creds.SurfaceProgram, Program: "terraform", PID: 4312, Dir: "~/infra"}

type granted struct {
	grant creds.Grant
	err   error
}

func (d *desk) consent(ctx context.Context) <-chan granted {
	ended := make(chan granted, 1)
	go func() {
		var got granted
		got.err = d.Ask(ctx, creds.Prompt{
			Kind: creds.PromptConsent, Profile: "prod", Lease: 30 * time.Minute, Requester: terraform,
		}, func(_ context.Context, answer creds.AnswerRequest) error {
			got.grant = answer.Grant
			return nil
		})
		ended <- got
	}()
	return ended
}

func TestAConsentIsAskedForInAWindowThatSaysWho(t *testing.T) {
	for _, grant := range []creds.Grant{creds.GrantOnce, creds.GrantHour, creds.GrantAlways, creds.GrantNever} {
		synctest.Test(t, func(t *testing.T) {
			d := newDesk(t)
			ended := d.consent(t.Context())
			p := d.only(t)
			if p.Kind != creds.PromptConsent || p.Profile != "prod" || p.Requester != terraform || p.Lease != 30*time.Minute {
				t.Errorf("the prompt is %+v", p)
			}
			d.windows(t, 1)
			for _, wrong := range []creds.AnswerRequest{{}, {Grant: "perhaps"}, {Answer: secret.New("123456")}} {
				hasCode(t, d.Answer(p.ID, wrong), creds.CodeBadRequest)
			}
			if err := d.Answer(p.ID, creds.AnswerRequest{Grant: grant}); err != nil {
				t.Fatal(err)
			}
			if got := <-ended; got.err != nil || got.grant != grant {
				t.Errorf("answered %s, got %+v", grant, got)
			}
			d.none(t)
		})
	}
}

func TestAConsentThatIsClosedOrNotGivenIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		ended := d.consent(t.Context())
		if err := d.Cancel(d.only(t).ID); err != nil {
			t.Fatal(err)
		}
		hasCode(t, (<-ended).err, creds.CodeDeclined)
		// Whoever has just said no is left alone.
		hasCode(t, (<-d.consent(t.Context())).err, creds.CodeDeclined)
		time.Sleep(declineLimit)
		ended = d.consent(t.Context())
		d.only(t)
		time.Sleep(promptLimit)
		hasCode(t, (<-ended).err, creds.CodeDeclined)
	})
}

func TestWithoutADesktopNoConsentIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		d.window = nil
		defer d.attend(awaited{profile: "prod"}, creds.SurfaceTerminal)()
		hasCode(t, (<-d.consent(t.Context())).err, creds.CodeNobodyToAsk)
	})
}

func TestNeverEndsAQuestionThatAProgramHasCausedForGood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		never := creds.AnswerRequest{Grant: creds.GrantNever}
		ended := d.ask(t.Context(), creds.SurfaceProgram, "prod", "222222")
		p := d.only(t)
		hasCode(t, d.Answer(p.ID, creds.AnswerRequest{Grant: creds.GrantHour}), creds.CodeBadRequest)
		if err := d.Answer(p.ID, never); err != nil {
			t.Fatal(err)
		}
		err := <-ended
		if told, ok := errors.AsType[*core.NeverForPrograms](err); !ok || told.Profile != "prod" {
			t.Errorf("it ends with %v", err)
		}
		hasCode(t, err, creds.CodeDeclined)

		ended = d.ask(t.Context(), creds.SurfaceTray, "prod", "222222")
		p = d.only(t)
		hasCode(t, d.Answer(p.ID, never), creds.CodeBadRequest) // the person's own question
		d.give(t, p.ID, "222222")
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestAQuestionTakesOneAnswerAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		judge, ended := make(chan error), make(chan error, 1)
		go func() {
			ended <- d.Ask(t.Context(), creds.Prompt{Kind: creds.PromptConsent, Profile: "prod", Requester: terraform},
				func(context.Context, creds.AnswerRequest) error { return <-judge })
		}()
		once := creds.AnswerRequest{Grant: creds.GrantOnce}
		id := d.only(t).ID
		for _, verdict := range []error{&creds.Refusal{Message: "not so"}, nil} {
			if err := d.Answer(id, once); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			hasCode(t, d.Answer(id, once), creds.CodeBadRequest)
			if d.only(t).Checking {
				t.Error("what nobody checks is said to be checked")
			}
			judge <- verdict
			synctest.Wait()
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
