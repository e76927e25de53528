package app

import (
	"fmt"
	"strings"
	"time"

	"daypass/app/kit"
	"daypass/creds"
	"daypass/internal/words"
)

// signInView is what a sign-in's window shows at one moment.
type signInView struct {
	// Code is to be compared with the one on the page; empty if there is none.
	Code string
	// Address is shown where no browser was opened.
	Address string
	Words   string
	Tone    kit.Tone
	// Left is how long the sign-in still waits; zero when nothing waits.
	Left time.Duration
	// Never is what the button says by which programs are not to ask again;
	// empty when there is none.
	Never string

	// Begun sign-ins have a page to approve them on.
	Begun bool
	// CanCopy and CanUseCode say whether that page's address can be copied,
	// and whether there is another way, with a code.
	CanCopy, CanUseCode bool
	// Over windows have said their last word and wait to be closed.
	Over bool
}

// signInState is what one window knows of a prompt to sign in. It has neither
// widgets nor a clock.
type signInState struct {
	prompt creds.Prompt
	known  bool
	// beginning is set while the agent is asked to open the page.
	beginning bool
	// own is why the page could not be opened.
	own   string
	never neverStep
	// over is the window's last word.
	over string
}

// receive takes the prompt's present form, and reports whether what there is to
// do has become something else, so that the focus belongs elsewhere.
func (s *signInState) receive(p creds.Prompt) (moved bool) {
	before, known := s.signIn(), s.known
	s.prompt, s.known = p, true
	if s.never == neverSure {
		s.never = neverOffered // What is shown has become something else.
	}
	after := s.signIn()
	if after != before {
		s.own = ""
	}
	return !known || before.Begun != after.Begun || alone(before) != alone(after) ||
		before.Method != after.Method
}

// signIn is the prompt's part about the sign-in.
func (s *signInState) signIn() creds.SignIn {
	if s.prompt.SignIn == nil {
		return creds.SignIn{}
	}
	return *s.prompt.SignIn
}

// begin reports whether the agent is to be asked to open the page. It is asked
// once at a time.
func (s *signInState) begin() bool {
	if s.busy() {
		return false
	}
	s.beginning, s.own, s.never = true, "", neverOffered
	return true
}

// busy reports that there is nothing for a person to do at this moment.
func (s *signInState) busy() bool {
	return !s.known || s.beginning || s.never == neverSent || s.over != "" || s.prompt.Checking
}

// refuse takes a press of the button by which programs are not to ask again, and
// reports whether the agent is to be told.
func (s *signInState) refuse() bool {
	if s.busy() || s.signIn().Begun {
		return false
	}
	s.never++
	return s.never == neverSent
}

// answered takes what the agent said to a press, and reports whether that was
// waited for.
func (s *signInState) answered(err error) bool {
	if !s.beginning && s.never != neverSent || err == nil && !s.beginning {
		return false
	}
	s.beginning, s.own = false, ""
	if err != nil {
		s.never, s.own = neverOffered, againSentence(err, "sign in")
	}
	return true
}

// end takes the prompt's end, and reports whether the window is to close at
// once. It stays to tell of a failure once a page was opened: whoever looks at
// the page must learn that it leads nowhere.
func (s *signInState) end(e creds.PromptEnd) (closes bool) {
	tried := s.signIn().Begun || s.beginning || s.never == neverSent
	s.beginning = false
	if e.Err == nil || e.Err.Code == creds.CodeDeclined || !tried {
		return true
	}
	s.over = againSentence(e.Err, "sign in")
	return false
}

// lose takes the news that the agent cannot be reached any more.
func (s *signInState) lose(err error) {
	s.beginning = false
	s.over = lostSentence(err, "so nobody waits for the sign-in")
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
		if alone(in) {
			v.Address = in.URL
		}
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

// alone reports that no browser opens or was opened, so that a person has to go
// to the page alone. A page that is about to open is not shown as an address: it
// would be gone before it is read.
func alone(in creds.SignIn) bool {
	return in.Begun && in.URL != "" && !in.Opening && !in.Opened
}

// words is the one sentence that the window says.
func (s *signInState) words(in creds.SignIn) (string, kit.Tone) {
	switch {
	case !s.known:
		return "Asking the agent…", kit.ToneQuiet
	case s.beginning:
		return "Opening the page…", kit.ToneBusy
	case s.never == neverSent:
		return tellingWords, kit.ToneBusy
	case s.never == neverSure:
		return neverWords(s.prompt), kit.ToneWarning
	case s.prompt.Checking:
		return "Finishing the sign-in…", kit.ToneBusy
	case s.own != "":
		return s.own, kit.ToneRefused
	case s.prompt.Refusal != "":
		return words.Sentence(s.prompt.Refusal), kit.ToneRefused
	case in.Note != "":
		return words.Sentence(in.Note), kit.ToneInfo
	case !in.Begun:
		return "The browser opens when you say so, not before.", kit.ToneQuiet
	case in.URL == "":
		return "Opening the page…", kit.ToneBusy
	case alone(in) && in.Code != "":
		return "Sign in there, compare the codes and approve daypass.", kit.ToneInfo
	case alone(in):
		return "Sign in there and approve daypass.", kit.ToneInfo
	case in.Code != "":
		return "If it does, approve daypass in your browser.", kit.ToneInfo
	}
	return "Approve daypass in your browser.", kit.ToneInfo
}

// spaced makes a code as easy to compare as it can be: AWS's have a dash in the
// middle, which a code without one is given.
func spaced(code string) string {
	if len(code) == 8 && !strings.ContainsAny(code, "- ") {
		return code[:4] + "-" + code[4:]
	}
	return code
}

// waits says how long a sign-in still waits; the seconds are rounded up.
func waits(left time.Duration) string {
	seconds := int((left + time.Second - 1) / time.Second)
	if seconds < 60 {
		return fmt.Sprintf("Waits for %d s", seconds)
	}
	return fmt.Sprintf("Waits for %d min %d s", seconds/60, seconds%60)
}
