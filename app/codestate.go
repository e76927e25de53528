package app

import (
	"time"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/creds/prompts"
	"daypass/internal/lang"
	"daypass/internal/secret"
	"daypass/internal/words"
)

// codeStep is how long a code lasts on every MFA device that AWS supports.
// See https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html
// and RFC 6238, section 5.2.
const codeStep = 30 * time.Second

// codeView is what a window shows of a [codeState] at one moment.
type codeView struct {
	Words string
	Tone  kit.Tone
	// Left is the time until the device shows its next code; zero when nobody has to
	// wait for it.
	Left time.Duration
	// Never is the text of the link that keeps programs from asking again; empty when
	// there is no such link.
	Never string
	// Locked windows take no answer now.
	Locked bool
	// Over windows take no answer any more and show their last message.
	Over bool
}

// codeState is what a window knows of its prompt for a code or a passphrase.
type codeState struct {
	promptState

	sent secret.Text
	// spent is a code from this window that AWS has accepted once, and never again.
	spent secret.Text
	// reused is set when the spent code was typed again.
	reused bool
}

// receive takes the prompt as it is now, and reports whether to empty the field for
// another answer.
func (s *codeState) receive(p creds.Prompt) (empty bool) {
	judged := (s.sending || s.prompt.Checking) && !p.Checking
	s.promptState.receive(p)
	if !judged {
		return false
	}
	s.sending, s.reused, s.failure = false, false, ""
	if !p.Fresh.IsZero() {
		s.spent = s.sent
	}
	return true
}

// submit takes an answer, and reports whether to send it. A spent code is not sent:
// AWS would refuse it, and lock the device after many refusals.
func (s *codeState) submit(answer secret.Text) bool {
	switch {
	case s.locked() || answer.IsZero():
		return false
	case s.input() == prompts.InputCode && answer == s.spent:
		s.reused = true
		return false
	}
	s.sending, s.sent, s.reused, s.failure = true, answer, false, ""
	s.never = neverOffered
	return true
}

// locked reports that the window takes no answer now.
func (s *codeState) locked() bool {
	return s.busy() || !s.answerable()
}

// answerable reports whether this window has a field for the answer.
func (s *codeState) answerable() bool {
	return s.input() == prompts.InputCode || s.input() == prompts.InputSecret
}

// input is what a person types.
func (s *codeState) input() prompts.Input { return prompts.Of(s.prompt).Input }

// view returns what the window shows at the time now.
func (s *codeState) view(now time.Time) codeView {
	v := codeView{Locked: s.locked(), Over: s.over != ""}
	p := s.prompt
	fresh := !p.Fresh.IsZero()
	if fresh && !v.Over {
		v.Left = max(0, p.Fresh.Sub(now))
	}
	stale := fresh && v.Left == 0 // The refusal was about the code before.
	if !v.Locked && v.Left == 0 { // The link and the countdown share a place.
		v.Never = neverText(p, s.never)
	}
	switch {
	case v.Over:
		v.Words, v.Tone = s.over, kit.ToneRefused
	case !s.known:
		v.Words = lang.T("Asking the agent…")
	case !s.answerable():
		v.Words, v.Tone = prompts.Of(p).Explain(p), kit.ToneRefused
	case s.never == neverSent:
		v.Words, v.Tone = lang.T(sendingWords), kit.ToneBusy
	case s.never == neverSure && v.Never != "":
		v.Words, v.Tone = neverWords(p), kit.ToneWarning
	case v.Locked:
		v.Words, v.Tone = prompts.Of(p).Busy.String(), kit.ToneBusy
	case s.failure != "":
		v.Words, v.Tone = s.failure, kit.ToneRefused
	default:
		v.Words, v.Tone = s.aboutCode(fresh, stale)
	}
	return v
}

// aboutCode says which code to type. fresh is set when that is the one after the
// current code, and stale when the device shows it already.
func (s *codeState) aboutCode(fresh, stale bool) (string, kit.Tone) {
	p := s.prompt
	switch {
	case s.reused && stale:
		return lang.Sprintf("That code has been used. Type the one that %s shows now.", prompts.BriefDevice(p.Device)), kit.ToneRefused
	case s.reused:
		return lang.T("That code has been used. Wait for the next one."), kit.ToneRefused
	case p.Refusal != "" && !stale:
		refusal := words.Sentence(p.Refusal)
		if p.ClockOff != 0 {
			refusal = join(refusal, prompts.ClockOff(p.ClockOff))
		}
		return refusal, kit.ToneRefused
	case p.ClockOff != 0:
		return prompts.ClockOff(p.ClockOff), kit.ToneWarning
	case stale:
		return lang.Sprintf("That code has been used. %s shows a new one now.", words.Upper(prompts.BriefDevice(p.Device))), kit.ToneInfo
	case fresh:
		return lang.T("The current code has been used."), kit.ToneInfo
	}
	return prompts.Of(p).Explain(p), kit.ToneQuiet
}

// nextCode says when the device shows its next code. Seconds are rounded up, so that
// it never says "0 s".
func nextCode(left time.Duration) string {
	return lang.Sprintf("Next code in %d s", int((left+time.Second-1)/time.Second))
}
