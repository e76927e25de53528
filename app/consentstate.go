package app

import (
	"cmp"
	"fmt"
	"time"

	"daypass/creds/agentapi"
	"daypass/creds/words"
)

// consentState is what one window knows of the question whether programs may
// have a profile. It has neither widgets nor a clock.
type consentState struct {
	prompt agentapi.Prompt
	known  bool
	// sent is the answer that is on its way to the agent.
	sent agentapi.Grant
	// own is why the last answer did not arrive.
	own string
	// over is the window's last word.
	over string
}

// consentView is what the window shows at one moment.
type consentView struct {
	Words string
	Tone  tone
	// Locked windows take no answer at this moment.
	Locked bool
	// Over windows have said their last word and wait to be closed.
	Over bool
}

// grant takes an answer, and reports whether it is to be sent.
func (s *consentState) grant(g agentapi.Grant) bool {
	if s.view().Locked {
		return false
	}
	s.sent, s.own = g, ""
	return true
}

// fail takes the news that the answer did not reach the agent, or was not taken
// by it.
func (s *consentState) fail(err error) {
	s.sent, s.own = "", errorSentence(err)
}

// end takes the prompt's end, and reports whether the window is to close at
// once: it stays only to tell that an answer given here led to a failure.
func (s *consentState) end(e agentapi.PromptEnd) (closes bool) {
	if e.Err == nil || e.Err.Code == agentapi.CodeDeclined || s.sent == "" {
		return true
	}
	s.over = join(words.Sentence(e.Err.Message), advice(e.Err.Code))
	return false
}

// lose takes the news that the agent cannot be reached any more.
func (s *consentState) lose(err error) {
	s.over = lostSentence(err, "so nobody is left to take an answer")
}

func (s *consentState) view() consentView {
	v := consentView{Locked: !s.known || s.sent != "" || s.over != "", Over: s.over != ""}
	switch {
	case v.Over:
		v.Words, v.Tone = s.over, toneRefused
	case s.sent != "":
		v.Words, v.Tone = tellingWords, toneBusy
	case s.own != "":
		v.Words, v.Tone = s.own, toneRefused
	default:
		v.Words, v.Tone = consentWords(s.prompt), toneInfo
	}
	return v
}

// tellingWords are said while an answer that nobody checks is on its way.
const tellingWords = "Telling the agent…"

// consentHeadline is the question.
func consentHeadline(p agentapi.Prompt) string {
	return fmt.Sprintf("%s wants %s", cmp.Or(p.Requester.Program, "A program"), p.Profile)
}

// consentWords say what an answer means beyond the program that asks: it is
// kept for the profile.
func consentWords(p agentapi.Prompt) string {
	return fmt.Sprintf("An answer holds for all programs. Always and Never hold until you change “Programs” of %s in the settings.",
		briefProfile(p.Profile))
}

// briefProfile is a profile's name where it fits into a sentence.
func briefProfile(name string) string {
	if len(name) <= 24 {
		return name
	}
	return "the profile"
}

// programWords name the program that asks.
func programWords(r agentapi.Requester) string {
	if r.Program == "" {
		return fmt.Sprintf("pid %d", r.PID)
	}
	return fmt.Sprintf("%s, pid %d", r.Program, r.PID)
}

// lentWords say for how long a profile would be lent.
func lentWords(lease time.Duration) string {
	if lease <= 0 {
		return ""
	}
	return roughly(lease)
}
