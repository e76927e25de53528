package app

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/internal/secret"
)

func TestWhatAPromptSays(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 30, 13, 0, time.UTC)
	next := now.Add(17 * time.Second)
	asked := func(change func(*creds.Prompt)) *codeState {
		p := alicePrompt()
		change(&p)
		s := &codeState{}
		s.receive(p)
		return s
	}
	// answered is a prompt whose first answer was judged with the given words.
	answered := func(change func(*creds.Prompt)) *codeState {
		s := asked(func(*creds.Prompt) {})
		s.submit(secret.New("123456"))
		p := alicePrompt()
		change(&p)
		s.receive(p)
		return s
	}
	spent := func(p *creds.Prompt) { p.Refusal, p.Fresh = "this code is spent", next }
	then := func(s *codeState, acts ...func(*codeState)) *codeState {
		for _, act := range acts {
			act(s)
		}
		return s
	}
	send := func(code string) func(*codeState) {
		return func(s *codeState) { s.submit(secret.New(code)) }
	}
	for name, test := range map[string]struct {
		state *codeState
		at    time.Time
		want  codeView
	}{
		"nothing is known before the agent has answered": {
			state: &codeState{}, want: codeView{Words: "Asking the agent…", Locked: true},
		},
		"a new prompt says what to do": {
			state: asked(func(*creds.Prompt) {}),
			want:  codeView{Words: "Type the six digits that alice-phone shows."},
		},
		"a device with an endless name is called a device": {
			state: asked(func(p *creds.Prompt) { p.Device += "-and-a-name-that-does-not-end" }),
			want:  codeView{Words: "Type the six digits that your MFA device shows."},
		},
		"a passphrase is asked for as one": {
			state: asked(func(p *creds.Prompt) { *p = creds.Prompt{Kind: creds.PromptPassphrase} }),
			want:  codeView{Words: "Type the passphrase of daypass’s encrypted file."},
		},
		"an answer on its way locks the window": {
			state: then(asked(func(*creds.Prompt) {}), send("123456")),
			want:  codeView{Words: "Checking with AWS…", Tone: kit.ToneBusy, Locked: true},
		},
		"an answer from elsewhere locks the window too": {
			state: asked(func(p *creds.Prompt) { p.Checking = true }),
			want:  codeView{Words: "Checking with AWS…", Tone: kit.ToneBusy, Locked: true},
		},
		"a refusal has the agent's words, as a sentence": {
			state: answered(func(p *creds.Prompt) { p.Refusal = "no such code" }),
			want:  codeView{Words: "No such code.", Tone: kit.ToneRefused},
		},
		"a spent code counts down to the next one": {
			state: answered(spent),
			want:  codeView{Words: "This code is spent.", Tone: kit.ToneRefused, Left: 17 * time.Second},
		},
		"a prompt that opens on a spent code says so": {
			state: asked(func(p *creds.Prompt) { p.Fresh = next }),
			want:  codeView{Words: "The current code has been used.", Tone: kit.ToneInfo, Left: 17 * time.Second},
		},
		"the next code is announced": {
			state: answered(spent), at: next,
			want: codeView{Words: "That code has been used. alice-phone shows a new one now.", Tone: kit.ToneInfo},
		},
		"the spent code is not sent again": {
			state: then(answered(spent), send("123456")),
			want: codeView{
				Words: "That code has been used. Wait for the next one.", Tone: kit.ToneRefused, Left: 17 * time.Second,
			},
		},
		"the spent code is not sent again after the countdown either": {
			state: then(answered(spent), send("123456")), at: next.Add(time.Second),
			want: codeView{
				Words: "That code has been used. Type the one that alice-phone shows now.", Tone: kit.ToneRefused,
			},
		},
		"another code is sent while the countdown runs": {
			state: then(answered(spent), send("654321")),
			want:  codeView{Words: "Checking with AWS…", Tone: kit.ToneBusy, Locked: true, Left: 17 * time.Second},
		},
		"a code that was merely wrong may be sent again": {
			state: then(answered(func(p *creds.Prompt) { p.Refusal = "wrong" }), send("123456")),
			want:  codeView{Words: "Checking with AWS…", Tone: kit.ToneBusy, Locked: true},
		},
		"a clock that is off is a warning": {
			state: asked(func(p *creds.Prompt) { p.ClockOff = -7 * time.Minute }),
			want: codeView{
				Words: "This computer’s clock is 7 min behind AWS’s; codes that it makes itself are refused until it is right.",
				Tone:  kit.ToneWarning,
			},
		},
		"a clock that is off explains a refusal": {
			state: answered(func(p *creds.Prompt) { p.Refusal, p.ClockOff = "no", 2*time.Hour }),
			want: codeView{
				Words: "No. This computer’s clock is 2 h ahead of AWS’s; codes that it makes itself are refused until it is right.",
				Tone:  kit.ToneRefused,
			},
		},
		"an answer that did not arrive is reported, and another may be sent": {
			state: then(asked(func(*creds.Prompt) {}), send("123456"), func(s *codeState) {
				s.fail(&creds.Error{Code: creds.CodeBadRequest, Message: "an earlier answer is being checked"})
			}),
			want: codeView{Words: "An earlier answer is being checked.", Tone: kit.ToneRefused},
		},
		"an agent that is gone is the last message": {
			state: then(asked(func(*creds.Prompt) {}), func(s *codeState) { s.lose(errors.New("EOF")) }),
			want: codeView{
				Words: "The daypass agent has stopped, so it cannot take an answer. Start daypass again.",
				Tone:  kit.ToneRefused, Locked: true, Over: true,
			},
		},
		"a failure after an answer says what to do": {
			state: then(asked(func(*creds.Prompt) {}), send("123456"), func(s *codeState) {
				s.end(creds.PromptEnd{Err: &creds.Error{Code: creds.CodeNetwork, Message: "AWS could not be reached"}})
			}),
			want: codeView{
				Words: "AWS could not be reached. Check the connection, then refresh the profile again.",
				Tone:  kit.ToneRefused, Locked: true, Over: true,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			at := test.at
			if at.IsZero() {
				at = now
			}
			if diff := cmp.Diff(test.want, test.state.view(at), cmpopts.IgnoreFields(codeView{}, "Never")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestWhenAWindowClosesByItself(t *testing.T) {
	failure := &creds.Error{Code: creds.CodeDenied, Message: "denied"}
	for name, test := range map[string]struct {
		answered bool
		err      *creds.Error
		want     bool
	}{
		"an accepted answer closes it":                      {true, nil, true},
		"an answer given elsewhere closes it":               {false, nil, true},
		"a question closed elsewhere closes it":             {false, &creds.Error{Code: creds.CodeDeclined}, true},
		"a question closed during the check closes it":      {true, &creds.Error{Code: creds.CodeDeclined}, true},
		"a failure that nobody here has caused closes it":   {false, failure, true},
		"a failure after an answer from here keeps it open": {true, failure, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := &codeState{}
			s.receive(alicePrompt())
			if test.answered {
				s.submit(secret.New("123456"))
			}
			if got := s.end(creds.PromptEnd{Err: test.err}); got != test.want {
				t.Errorf("closes: %v, want %v", got, test.want)
			}
		})
	}
}
