package app

import (
	"daypass/app/kit"
	"daypass/creds/prompts"
	"daypass/internal/lang"
)

// choiceState is what a window knows of a prompt that a person answers with one of its
// buttons.
type choiceState struct{ promptState }

// choiceView is what a window shows of a [choiceState] at one moment.
type choiceView struct {
	Words string
	Tone  kit.Tone
	// Locked windows take no answer now.
	Locked bool
	// Over windows take no answer any more and show their last message.
	Over bool
}

// choose takes an answer, and reports whether to send it.
func (s *choiceState) choose() bool {
	if s.busy() {
		return false
	}
	s.sending, s.failure = true, ""
	return true
}

func (s *choiceState) view() choiceView {
	v := choiceView{Locked: s.busy(), Over: s.over != ""}
	switch {
	case v.Over:
		v.Words, v.Tone = s.over, kit.ToneRefused
	case s.sending:
		v.Words, v.Tone = lang.T(sendingWords), kit.ToneBusy
	case s.failure != "":
		v.Words, v.Tone = s.failure, kit.ToneRefused
	case s.known:
		v.Words, v.Tone = prompts.Of(s.prompt).Explain(s.prompt), kit.ToneInfo
	}
	return v
}

// sendingWords are shown while an answer that nobody checks is on its way.
const sendingWords = "Sending your answer…"
