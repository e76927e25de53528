package app

import (
	"daypass/creds"
	"daypass/internal/lang"
)

// promptState is what every prompt's window knows: the prompt, and what became of the
// answers that were given in this window. It has neither widgets nor a clock.
type promptState struct {
	prompt creds.Prompt
	known  bool
	// sending is set from the moment an answer leaves this window until the agent has
	// judged it: no answer is sent twice.
	sending bool
	never   neverStep
	// failure is why the last answer was not accepted, in a sentence.
	failure string
	// over is the last message. A window with one takes no answers.
	over string
}

// receive takes the prompt as it is now.
func (s *promptState) receive(p creds.Prompt) {
	s.prompt, s.known = p, true
	if s.never == neverSure {
		s.never = neverOffered // The first press was about the prompt as it was before.
	}
}

// busy reports that the window takes no answer now.
func (s *promptState) busy() bool {
	return !s.known || s.sending || s.never == neverSent || s.prompt.Checking || s.over != ""
}

// refuse takes a press of the link that keeps programs from asking again, and reports
// whether to send that to the agent.
func (s *promptState) refuse() bool {
	if s.busy() {
		return false
	}
	s.never++
	return s.never == neverSent
}

// fail records that an answer did not reach the agent, or was not accepted. It reports
// false where the prompt itself has said so before.
func (s *promptState) fail(err error) bool {
	if !s.sending && s.never != neverSent {
		return false
	}
	s.sending, s.never = false, neverOffered
	s.failure = s.sentence(err)
	return true
}

// end takes the prompt's end, and reports whether the window closes at once. It stays
// open to report a failure where a person has answered here, or has a page open in the
// browser: closing would look like success.
func (s *promptState) end(e creds.PromptEnd) (closes bool) {
	answered := s.sending || s.prompt.Checking || s.never == neverSent || s.signIn().Begun
	s.sending = false
	if e.Err == nil || e.Err.Code == creds.CodeDeclined || !answered {
		return true
	}
	s.over = s.sentence(e.Err)
	return false
}

// lose records that the agent cannot be reached.
func (s *promptState) lose(err error) {
	means := lang.T("so it cannot take an answer")
	if s.prompt.SignIn != nil {
		means = lang.T("so it does not wait for the sign-in")
	}
	s.over = lostSentence(err, means)
}

// sentence says what has failed and what to do about it.
func (s *promptState) sentence(err error) string {
	if s.prompt.SignIn != nil {
		return againSentence(err, lang.T("sign in"))
	}
	return errorSentence(err)
}

// signIn is the prompt's part about a sign-in.
func (s *promptState) signIn() creds.SignIn {
	if s.prompt.SignIn == nil {
		return creds.SignIn{}
	}
	return *s.prompt.SignIn
}
