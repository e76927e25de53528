package app

import (
	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/prompts"
)

// choiceState is what one window knows of a question that a person answers with one
// of its buttons. It has neither widgets nor a clock.
type choiceState struct {
	prompt creds.Prompt
	known  bool
	// sent is the answer that is on its way to the agent.
	sent creds.Grant
	// own is why the last answer did not arrive.
	own string
	// over is the window's last word.
	over string
}

// choiceView is what the window shows at one moment.
type choiceView struct {
	Words string
	Tone  kit.Tone
	// Locked windows take no answer at this moment.
	Locked bool
	// Over windows have said their last word and wait to be closed.
	Over bool
}

// choose takes an answer, and reports whether it is to be sent.
func (s *choiceState) choose(g creds.Grant) bool {
	if s.view().Locked {
		return false
	}
	s.sent, s.own = g, ""
	return true
}

// fail takes the news that the answer did not reach the agent, or was not taken
// by it.
func (s *choiceState) fail(err error) {
	s.sent, s.own = "", errorSentence(err)
}

// end takes the prompt's end, and reports whether the window is to close at
// once: it stays only to tell that an answer given here led to a failure.
func (s *choiceState) end(e creds.PromptEnd) (closes bool) {
	if e.Err == nil || e.Err.Code == creds.CodeDeclined || s.sent == "" {
		return true
	}
	s.over = errorSentence(e.Err)
	return false
}

// lose takes the news that the agent cannot be reached any more.
func (s *choiceState) lose(err error) {
	s.over = lostSentence(err, "so nobody is left to take an answer")
}

func (s *choiceState) view() choiceView {
	v := choiceView{Locked: !s.known || s.sent != "" || s.over != "", Over: s.over != ""}
	switch {
	case v.Over:
		v.Words, v.Tone = s.over, kit.ToneRefused
	case s.sent != "":
		v.Words, v.Tone = tellingWords, kit.ToneBusy
	case s.own != "":
		v.Words, v.Tone = s.own, kit.ToneRefused
	case s.known:
		v.Words, v.Tone = prompts.Of(s.prompt).Explain(s.prompt), kit.ToneInfo
	}
	return v
}

// tellingWords are said while an answer that nobody checks is on its way.
const tellingWords = "Telling the agent…"
