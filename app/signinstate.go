package app

import (
	"strings"
	"time"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/prompts"
	"daypass/internal/lang"
	"daypass/internal/secret"
	"daypass/internal/words"
)

// signInView is what a window shows of a [signInState] at one moment.
type signInView struct {
	// Code is the one that the page must show; empty without one.
	Code string
	// Address is shown where no browser was opened, or where another device's may be.
	Address string
	Words   string
	Tone    kit.Tone
	// Left is how long the sign-in still waits; zero when nothing waits.
	Left time.Duration
	// Never is the text of the link that keeps programs from asking again; empty when
	// there is no such link.
	Never string

	// Begun sign-ins have a page to approve them on.
	Begun bool
	// CanCopy and CanUseCode say whether the page's address can be copied, and
	// whether signing in with a code is possible instead.
	CanCopy, CanUseCode bool
	// Pastes is set if the page shows a code in the end, to be pasted here. Locked windows
	// take none now.
	Pastes, Locked bool
	// Over windows take no answer any more and show their last message.
	Over bool
}

// signInState is what a window knows of a prompt to sign in. It is sending while the
// agent opens the page, or takes a code.
type signInState struct {
	promptState

	// pasted is set from the moment a code leaves this window until the agent has
	// checked it, and refused once one was of no use.
	pasted, refused bool
}

// receive takes the prompt as it is now, and reports whether a person has something
// else to do, so that the focus moves.
func (s *signInState) receive(p creds.Prompt) (moved bool) {
	before, known := s.signIn(), s.known
	s.promptState.receive(p)
	after := s.signIn()
	if after != before {
		s.failure = ""
	}
	checked := s.pasted && !p.Checking
	switch {
	case before.Method != after.Method:
		s.pasted, s.refused = false, false
	case checked:
		s.pasted, s.sending, s.refused = false, false, true
	}
	return !known || before.Begun != after.Begun || alone(before) != alone(after) ||
		before.Method != after.Method || before.Pastes != after.Pastes || checked
}

// paste takes the code that the page has shown, and returns what to send; nothing is sent
// twice, and nothing that is empty. The page may have broken it into lines.
func (s *signInState) paste(text string) (code secret.Text, send bool) {
	code = secret.New(strings.Join(strings.Fields(text), ""))
	if s.locked() || code.IsZero() {
		return secret.Text{}, false
	}
	s.sending, s.pasted, s.refused, s.failure = true, true, false, ""
	return code, true
}

// locked reports that no code is taken now.
func (s *signInState) locked() bool { return s.busy() || s.pasted || !s.signIn().Pastes }

// begin reports whether to ask the agent to open the page. It is asked once at a time.
func (s *signInState) begin() bool {
	if s.busy() {
		return false
	}
	s.sending, s.failure, s.never = true, "", neverOffered
	return true
}

// answered takes the agent's reply, and reports whether it changes what is shown. The
// prompt's own end follows one that was accepted, if it ends the prompt.
func (s *signInState) answered(err error) bool {
	if err != nil {
		s.pasted = false
		return s.fail(err)
	}
	opening := s.sending
	s.sending = false
	return opening
}

// view returns what the window shows at the time now.
func (s *signInState) view(now time.Time) signInView {
	in := s.signIn()
	v := signInView{Begun: in.Begun, Over: s.over != ""}
	if v.Over {
		v.Words, v.Tone = s.over, kit.ToneRefused
		return v
	}
	if in.Begun {
		v.Code = spaced(in.Code)
		v.CanCopy = in.URL != ""
		v.CanUseCode = in.Method == creds.SignInBrowser
		if alone(in) || in.Pastes {
			v.Address = in.URL
		}
		v.Pastes, v.Locked = in.Pastes, in.Pastes && s.locked()
		if !in.Until.IsZero() && !s.prompt.Checking {
			v.Left = max(0, in.Until.Sub(now))
		}
	}
	if !in.Begun && !s.busy() {
		v.Never = neverText(s.prompt, s.never)
	}
	v.Words, v.Tone = s.words(in)
	return v
}

// alone reports that no browser was opened and none is about to, so that a person has
// to open the page by its address. An address shown only while a browser starts would
// be gone before anybody reads it.
func alone(in creds.SignIn) bool {
	return in.Begun && in.URL != "" && !in.Opening && !in.Opened
}

// words is the sentence that the window shows.
func (s *signInState) words(in creds.SignIn) (string, kit.Tone) {
	switch {
	case !s.known:
		return lang.T("Asking the agent…"), kit.ToneQuiet
	case s.pasted || in.Pastes && s.prompt.Checking:
		return prompts.Of(s.prompt).Busy.String(), kit.ToneBusy
	case s.sending:
		return lang.T("Opening the page…"), kit.ToneBusy
	case s.never == neverSent:
		return lang.T(sendingWords), kit.ToneBusy
	case s.never == neverSure:
		return neverWords(s.prompt), kit.ToneWarning
	case s.prompt.Checking:
		return lang.T("Finishing the sign-in…"), kit.ToneBusy
	case s.failure != "":
		return s.failure, kit.ToneRefused
	case s.prompt.Refusal != "":
		return words.Sentence(s.prompt.Refusal), kit.ToneRefused
	case in.Note != "" && s.refused:
		return words.Sentence(in.Note), kit.ToneRefused
	case in.Note != "":
		return words.Sentence(in.Note), kit.ToneInfo
	case !in.Begun:
		return lang.T("The browser opens when you say so, not before."), kit.ToneQuiet
	case in.URL == "":
		return lang.T("Opening the page…"), kit.ToneBusy
	}
	return toDo(in), kit.ToneInfo
}

// toDo is what a person does next, once the page is there.
func toDo(in creds.SignIn) string {
	switch {
	case in.Pastes:
		return lang.T("Sign in there, copy the code that the page shows in the end, and paste it here.")
	case alone(in) && in.Code != "":
		return lang.T("Sign in there, compare the codes and approve daypass.")
	case alone(in):
		return lang.T("Sign in there and approve daypass.")
	case in.Code != "":
		return lang.T("If it does, approve daypass in your browser.")
	}
	return lang.T("Approve daypass in your browser.")
}

// spaced makes a code easy to compare: it has a dash in the middle, as AWS writes it.
func spaced(code string) string {
	if len(code) == 8 && !strings.ContainsAny(code, "- ") {
		return code[:4] + "-" + code[4:]
	}
	return code
}

// waits says how long a sign-in still waits. Seconds are rounded up.
func waits(left time.Duration) string {
	seconds := int((left + time.Second - 1) / time.Second)
	if seconds < 60 {
		return lang.Sprintf("Waits for %d s", seconds)
	}
	return lang.Sprintf("Waits for %d min %d s", seconds/60, seconds%60)
}
