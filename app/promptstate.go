package app

import (
	"fmt"
	"time"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/prompts"
	"daypass/internal/secret"
	"daypass/internal/words"
)

// codeStep is how long a code lasts on every MFA device that AWS supports.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html
// and RFC 6238, section 5.2.
const codeStep = 30 * time.Second

// promptView is what a prompt's window shows at one moment.
type promptView struct {
	Words string
	Tone  kit.Tone
	// Left is how long it takes until the device shows its next code; zero
	// when nobody need wait for it.
	Left time.Duration
	// Never is what the button says by which programs are not to ask again;
	// empty when there is none.
	Never string
	// Locked windows take no answer at this moment.
	Locked bool
	// Over windows have said their last word and wait to be closed.
	Over bool
}

// promptState is what one window knows of its prompt. It has no widgets and no
// clock, so that all the window says can be tested as a table.
type promptState struct {
	prompt creds.Prompt
	known  bool
	// sending is set from the moment an answer leaves this window until the
	// agent has judged it: no answer is sent twice.
	sending bool
	sent    secret.Text
	// spent is a code from this window that is known to be used up.
	spent secret.Text
	// reused is set when the spent code was typed again.
	reused bool
	// own is what this window itself has to say about the last answer.
	own   string
	never neverStep
	// over is the window's last word.
	over string
}

// receive takes the prompt's present form, and reports whether the field is to
// be emptied for another answer.
func (s *promptState) receive(p creds.Prompt) (empty bool) {
	judged := (s.sending || s.prompt.Checking) && !p.Checking
	s.prompt, s.known = p, true
	if s.never == neverSure {
		s.never = neverOffered // What is shown has become something else.
	}
	if !judged {
		return false
	}
	s.sending, s.reused, s.own = false, false, ""
	if !p.Fresh.IsZero() {
		s.spent = s.sent
	}
	return true
}

// end takes the prompt's end, and reports whether the window is to close at
// once. It stays only to tell a person that the answer they just gave led to a
// failure: closing would look like success.
func (s *promptState) end(e creds.PromptEnd) (closes bool) {
	answered := s.sending || s.prompt.Checking || s.never == neverSent
	if e.Err == nil || e.Err.Code == creds.CodeDeclined || !answered {
		return true
	}
	s.sending = false
	s.over = errorSentence(e.Err)
	return false
}

// submit takes an answer, and reports whether it is to be sent. A code that is
// used up is not: AWS would refuse it, and lock the device after many refusals.
func (s *promptState) submit(answer secret.Text) bool {
	switch {
	case s.locked() || answer.IsZero():
		return false
	case s.input() == prompts.InputCode && answer == s.spent:
		s.reused = true
		return false
	}
	s.sending, s.sent, s.reused, s.own = true, answer, false, ""
	s.never = neverOffered
	return true
}

// refuse takes a press of the button by which programs are not to ask again, and
// reports whether the agent is to be told.
func (s *promptState) refuse() bool {
	if s.locked() {
		return false
	}
	s.never++
	return s.never == neverSent
}

// fail takes the news that an answer did not reach the agent, or was not taken
// by it, and reports whether that was news. Another may be.
func (s *promptState) fail(err error) bool {
	if !s.sending && s.never != neverSent {
		return false // The prompt itself has told already.
	}
	s.sending, s.never = false, neverOffered
	s.own = errorSentence(err)
	return true
}

// lose takes the news that the agent cannot be reached any more.
func (s *promptState) lose(err error) {
	s.over = lostSentence(err, "so nobody is left to take an answer")
}

func (s *promptState) locked() bool {
	return !s.known || s.sending || s.never == neverSent || s.prompt.Checking || s.over != "" || !s.answerable()
}

// answerable reports that this window can take the answer that is wanted.
func (s *promptState) answerable() bool {
	return s.input() == prompts.InputCode || s.input() == prompts.InputSecret
}

// input is what is to be typed.
func (s *promptState) input() prompts.Input { return prompts.Of(s.prompt).Input }

// view returns what the window shows at the time now.
func (s *promptState) view(now time.Time) promptView {
	v := promptView{Locked: s.locked(), Over: s.over != ""}
	p := s.prompt
	fresh := !p.Fresh.IsZero()
	if fresh && !v.Over {
		v.Left = max(0, p.Fresh.Sub(now))
	}
	stale := fresh && v.Left == 0 // What was said about the old code is history.
	if !v.Locked && v.Left == 0 { // They share a place.
		v.Never = neverText(p, s.never)
	}
	switch {
	case v.Over:
		v.Words, v.Tone = s.over, kit.ToneRefused
	case !s.known:
		v.Words = "Asking the agent…"
	case !s.answerable():
		v.Words, v.Tone = prompts.Of(p).Explain(p), kit.ToneRefused
	case s.never == neverSent:
		v.Words, v.Tone = tellingWords, kit.ToneBusy
	case s.never == neverSure && v.Never != "":
		v.Words, v.Tone = neverWords(p), kit.ToneWarning
	case v.Locked:
		v.Words, v.Tone = prompts.Of(p).Busy, kit.ToneBusy
	case s.own != "":
		v.Words, v.Tone = s.own, kit.ToneRefused
	default:
		v.Words, v.Tone = s.aboutCode(fresh, stale)
	}
	return v
}

// aboutCode says what there is to say of the code that is wanted, which comes after
// the present one if fresh is set, and is shown already if stale is.
func (s *promptState) aboutCode(fresh, stale bool) (string, kit.Tone) {
	p := s.prompt
	switch {
	case s.reused && stale:
		return fmt.Sprintf("That code has been used. Type the one that %s shows now.", prompts.BriefDevice(p.Device)), kit.ToneRefused
	case s.reused:
		return "That code has been used. Wait for the next one.", kit.ToneRefused
	case p.Refusal != "" && !stale:
		refusal := words.Sentence(p.Refusal)
		if p.ClockOff != 0 {
			refusal = join(refusal, prompts.ClockOff(p.ClockOff))
		}
		return refusal, kit.ToneRefused
	case p.ClockOff != 0:
		return prompts.ClockOff(p.ClockOff), kit.ToneWarning
	case stale:
		return fmt.Sprintf("That code has been used. %s shows a new one now.", words.Upper(prompts.BriefDevice(p.Device))), kit.ToneInfo
	case fresh:
		return "The present code has been used.", kit.ToneInfo
	}
	return prompts.Of(p).Explain(p), kit.ToneQuiet
}

// nextCode says when the device shows its next code; the seconds are rounded
// up, so that "1 s" is the last thing said.
func nextCode(left time.Duration) string {
	return fmt.Sprintf("Next code in %d s", int((left+time.Second-1)/time.Second))
}
