package app

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"daypass/app/kit"
	"daypass/creds"
)

func TestWhatASignInSays(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	begun := func(method creds.SignInMethod, change func(*creds.Prompt)) *signInState {
		p := corpPrompt()
		beginCorp(creds.SignInOptions{Method: method}, &p)
		p.SignIn.Until = now.Add(9*time.Minute + 58*time.Second)
		if change != nil {
			change(&p)
		}
		s := &signInState{}
		s.receive(p)
		return s
	}
	asked := func(act func(*signInState)) *signInState {
		s := &signInState{}
		s.receive(corpPrompt())
		if act != nil {
			act(s)
		}
		return s
	}
	const left = 9*time.Minute + 58*time.Second
	console := func(change func(*creds.Prompt)) *signInState {
		p := pastedPrompt()
		p.SignIn.Until = now.Add(left)
		if change != nil {
			change(&p)
		}
		s := &signInState{}
		s.receive(p)
		return s
	}
	checking := func(act func(*signInState)) *signInState {
		s := console(nil)
		if _, sent := s.paste("c3RhdGU9"); !sent {
			t.Fatal("a code was not sent")
		}
		if act != nil {
			act(s)
		}
		return s
	}
	for name, test := range map[string]struct {
		state *signInState
		want  signInView
	}{
		"nothing is known before the agent has answered": {
			&signInState{}, signInView{Words: "Asking the agent…"},
		},
		"no browser is opened before a person says so": {
			asked(nil), signInView{Words: "The browser opens when you say so, not before."},
		},
		"a page that is being opened is reported": {
			asked(func(s *signInState) { s.begin() }),
			signInView{Words: "Opening the page…", Tone: kit.ToneBusy},
		},
		"a page that could not be opened can be tried again": {
			asked(func(s *signInState) {
				s.begin()
				s.answered(&creds.Error{Code: creds.CodeNetwork, Message: "AWS cannot be reached"})
			}),
			signInView{Words: "AWS cannot be reached. Check the connection, then sign in again.", Tone: kit.ToneRefused},
		},
		"a browser that is open waits for approval": {
			begun(creds.SignInBrowser, nil),
			signInView{
				Words: "Approve daypass in your browser.", Tone: kit.ToneInfo, Left: left,
				Begun: true, CanCopy: true, CanUseCode: true,
			},
		},
		"a code is shown to be compared": {
			begun(creds.SignInDeviceCode, nil),
			signInView{
				Code: "ABCD-EFGH", Words: "If it does, approve daypass in your browser.", Tone: kit.ToneInfo,
				Left: left, Begun: true, CanCopy: true,
			},
		},
		"a code without a dash gets one": {
			begun(creds.SignInDeviceCode, func(p *creds.Prompt) { p.SignIn.Code = "ABCDEFGH" }),
			signInView{
				Code: "ABCD-EFGH", Words: "If it does, approve daypass in your browser.", Tone: kit.ToneInfo,
				Left: left, Begun: true, CanCopy: true,
			},
		},
		"without a browser the address is shown": {
			begun(creds.SignInDeviceCode, func(p *creds.Prompt) { p.SignIn.Opened = false }),
			signInView{
				Code: "ABCD-EFGH", Address: deviceURL, Tone: kit.ToneInfo,
				Words: "Sign in there, compare the codes and approve daypass.",
				Left:  left, Begun: true, CanCopy: true,
			},
		},
		"while the browser opens no address is shown": {
			begun(creds.SignInDeviceCode, func(p *creds.Prompt) { p.SignIn.Opening, p.SignIn.Opened = true, false }),
			signInView{
				Code: "ABCD-EFGH", Words: "If it does, approve daypass in your browser.", Tone: kit.ToneInfo,
				Left: left, Begun: true, CanCopy: true,
			},
		},
		"before there is a page it is being opened": {
			begun("", func(p *creds.Prompt) {
				p.SignIn.Method, p.SignIn.URL, p.SignIn.Code, p.SignIn.Opened, p.SignIn.Until = "", "", "", false, time.Time{}
			}),
			signInView{Words: "Opening the page…", Tone: kit.ToneBusy, Begun: true},
		},
		"a note is shown with the code": {
			begun(creds.SignInDeviceCode, func(p *creds.Prompt) { p.SignIn.Note = "no port was free" }),
			signInView{
				Code: "ABCD-EFGH", Words: "No port was free.", Tone: kit.ToneInfo,
				Left: left, Begun: true, CanCopy: true,
			},
		},
		"a refusal comes before a note": {
			begun(creds.SignInBrowser, func(p *creds.Prompt) {
				p.SignIn.Note, p.Refusal = "no port was free", "the state was another one"
			}),
			signInView{
				Words: "The state was another one.", Tone: kit.ToneRefused,
				Left: left, Begun: true, CanCopy: true, CanUseCode: true,
			},
		},
		"an approval that is being checked no longer waits": {
			begun(creds.SignInBrowser, func(p *creds.Prompt) { p.Checking = true }),
			signInView{
				Words: "Finishing the sign-in…", Tone: kit.ToneBusy, Begun: true, CanCopy: true, CanUseCode: true,
			},
		},
		"a time that is over is not counted": {
			begun(creds.SignInBrowser, func(p *creds.Prompt) { p.SignIn.Until = now.Add(-time.Second) }),
			signInView{
				Words: "Approve daypass in your browser.", Tone: kit.ToneInfo, Begun: true, CanCopy: true, CanUseCode: true,
			},
		},
		"a page on another device shows its address and waits for what is pasted": {
			console(nil),
			signInView{
				Address: consoleURL, Words: "Sign in there, copy the code that the page shows in the end, and paste it here.", Tone: kit.ToneInfo,
				Left: left, Begun: true, CanCopy: true, Pastes: true,
			},
		},
		"its address stays though a browser was opened here": {
			console(func(p *creds.Prompt) { p.SignIn.Opened = true }),
			signInView{
				Address: consoleURL, Words: "Sign in there, copy the code that the page shows in the end, and paste it here.", Tone: kit.ToneInfo,
				Left: left, Begun: true, CanCopy: true, Pastes: true,
			},
		},
		"a note that came before any code is no refusal": {
			console(func(p *creds.Prompt) { p.SignIn.Note = "no browser can be opened here" }),
			signInView{
				Address: consoleURL, Words: "No browser can be opened here.", Tone: kit.ToneInfo,
				Left: left, Begun: true, CanCopy: true, Pastes: true,
			},
		},
		"a code that was pasted is being checked": {
			checking(nil),
			signInView{
				Address: consoleURL, Words: "Checking with AWS…", Tone: kit.ToneBusy,
				Left: left, Begun: true, CanCopy: true, Pastes: true, Locked: true,
			},
		},
		"it is still checked once the agent has it": {
			checking(func(s *signInState) { s.answered(nil) }),
			signInView{
				Address: consoleURL, Words: "Checking with AWS…", Tone: kit.ToneBusy,
				Left: left, Begun: true, CanCopy: true, Pastes: true, Locked: true,
			},
		},
		"a wrong code is refused in the words of the note": {
			checking(func(s *signInState) {
				s.answered(nil)
				p := s.prompt
				in := *p.SignIn
				in.Note = "that is not the code of this page"
				p.SignIn = &in
				s.receive(p)
			}),
			signInView{
				Address: consoleURL, Words: "That is not the code of this page.", Tone: kit.ToneRefused,
				Left: left, Begun: true, CanCopy: true, Pastes: true,
			},
		},
		"a code that did not reach the agent can be sent again": {
			checking(func(s *signInState) {
				s.answered(&creds.Error{Code: creds.CodeNetwork, Message: "AWS cannot be reached"})
			}),
			signInView{
				Address: consoleURL, Words: "AWS cannot be reached. Check the connection, then sign in again.", Tone: kit.ToneRefused,
				Left: left, Begun: true, CanCopy: true, Pastes: true,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, test.state.view(now), cmpopts.IgnoreFields(signInView{}, "Never")); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestHowASignInEnds(t *testing.T) {
	failed := &creds.Error{Code: creds.CodeSignInFailed, Message: "the code has expired"}
	for name, test := range map[string]struct {
		begun  bool
		err    *creds.Error
		closes bool
		over   string
	}{
		"success closes the window":                      {true, nil, true, ""},
		"success elsewhere closes the window":            {false, nil, true, ""},
		"declining elsewhere closes the window":          {true, &creds.Error{Code: creds.CodeDeclined}, true, ""},
		"a failure stays to be read":                     {true, failed, false, "The code has expired. Try to sign in again."},
		"a failure before any page was opened is silent": {false, failed, true, ""},
		"a failure says what to do": {
			true, &creds.Error{Code: creds.CodeNetwork, Message: "AWS cannot be reached"}, false,
			"AWS cannot be reached. Check the connection, then sign in again.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := corpPrompt()
			p.SignIn.Begun = test.begun
			s := &signInState{}
			s.receive(p)
			if got := s.end(creds.PromptEnd{Err: test.err}); got != test.closes || s.over != test.over {
				t.Errorf("closes %v and says %q, want %v and %q", got, s.over, test.closes, test.over)
			}
		})
	}
}

func TestASignInIsBegunOnceAtATime(t *testing.T) {
	s := &signInState{}
	if s.begin() {
		t.Error("a prompt that is not known was begun")
	}
	s.receive(corpPrompt())
	if !s.begin() || s.begin() {
		t.Error("a prompt was not begun once")
	}
	s.answered(errors.New("no"))
	if !s.begin() {
		t.Error("a prompt could not be begun again after a failure")
	}
	s.answered(nil)
	s.end(creds.PromptEnd{Err: &creds.Error{Code: creds.CodeSignInFailed}})
	s.lose(&creds.Error{Code: creds.CodeNoAgent})
	if s.begin() {
		t.Error("a prompt was begun without an agent")
	}
}

func TestHowLongASignInWaits(t *testing.T) {
	for left, want := range map[time.Duration]string{
		10 * time.Minute:                    "Waits for 10 min 0 s",
		9*time.Minute + 57100*1e6:           "Waits for 9 min 58 s",
		time.Minute:                         "Waits for 1 min 0 s",
		59 * time.Second:                    "Waits for 59 s",
		time.Millisecond:                    "Waits for 1 s",
		time.Minute - 200*time.Millisecond:  "Waits for 1 min 0 s",
		2*time.Minute + 1*time.Millisecond:  "Waits for 2 min 1 s",
		2*time.Minute - 1*time.Millisecond:  "Waits for 2 min 0 s",
		time.Second + 1*time.Millisecond:    "Waits for 2 s",
		61 * time.Second:                    "Waits for 1 min 1 s",
		119*time.Second + time.Millisecond:  "Waits for 2 min 0 s",
		118*time.Second + time.Microsecond:  "Waits for 1 min 59 s",
		600*time.Second - time.Microsecond:  "Waits for 10 min 0 s",
		600*time.Second - 1*time.Nanosecond: "Waits for 10 min 0 s",
	} {
		if got := waits(left); got != want {
			t.Errorf("%v: %q, want %q", left, got, want)
		}
	}
}

func TestAPastedCodeIsSentOnceAndInOnePiece(t *testing.T) {
	s := &signInState{}
	s.receive(consolePrompt())
	if _, sent := s.paste("abc"); sent {
		t.Error("a code was sent before there was a page")
	}
	s.receive(pastedPrompt())
	if _, sent := s.paste(" \n"); sent {
		t.Error("nothing was sent as a code")
	}
	long := strings.Repeat("c3RhdGU9 \n\t", 400)
	code, sent := s.paste(long)
	if want := strings.Repeat("c3RhdGU9", 400); !sent || code.Reveal() != want {
		t.Errorf("sent %v: %d characters, want %d", sent, len(code.Reveal()), len(want))
	}
	if _, sent := s.paste(long); sent {
		t.Error("a code was sent twice")
	}
	s.answered(nil)
	checked := pastedPrompt()
	checked.Checking = true
	if s.receive(checked); !s.pasted {
		t.Error("a code that is being checked counts as checked")
	}
	checked.Checking = false
	if moved := s.receive(checked); !moved || s.pasted {
		t.Error("a code that was checked still counts as being checked")
	}
	if _, sent := s.paste(long); !sent {
		t.Error("another code was not sent")
	}
}
