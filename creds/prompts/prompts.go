// Package prompts describes the kinds of prompt: how each is answered, where it may be
// shown, and its texts. The broker, the tray, the windows and the terminal use it, so that
// a new kind is a value in the table and a file here.
package prompts

import (
	"cmp"
	"strings"
	"time"

	"daypass/creds"
	"daypass/internal/lang"
	"daypass/internal/words"
)

// Kind describes a kind of prompt. Its functions get only prompts of that kind, whose
// names may be shortened or escaped for display.
type Kind struct {
	// Input is what a person answers with.
	Input Input
	// Choices are the answers of an [InputChoice].
	Choices func(creds.Prompt) []Choice

	// WindowOnly prompts are not asked in a terminal.
	WindowOnly bool
	// Follows prompts are asked in the terminal that waits for them, even if a program
	// has asked first.
	Follows bool
	// ForAll prompts may keep every caller waiting.
	ForAll bool
	// Subject is what the prompt is about; each subject has one prompt at a time.
	Subject func(creds.Prompt) string

	// Asks names what is asked for, within a sentence.
	Asks func(creds.Prompt) string
	// Undone follows Asks in the sentence for a prompt that failed.
	Undone lang.Text
	// Menu is the line in the tray's menu.
	Menu func(creds.Prompt) string

	// Title is the window's, after the name of the program; Headline is its first line.
	Title, Headline func(creds.Prompt) string
	// Facts are what the prompt is about. Those without a value are not shown; each
	// prompt of a kind has the same labels.
	Facts func(creds.Prompt) []Fact
	// Explain says what to do, or what an answer means.
	Explain func(creds.Prompt) string
	// Busy is shown while an answer is being checked; empty if it is not checked.
	Busy lang.Text
	// Close is the button that declines.
	Close lang.Text

	// Heading are the lines in a terminal.
	Heading func(creds.Prompt) []string
	// Questions are texts before the answer on a terminal's line: the first that fits is
	// used.
	Questions func(creds.Prompt) []string
	// First says that it must be answered before the prompt that a command has an answer
	// for.
	First lang.Text

	// has reports whether a prompt has what its kind is about.
	has func(creds.Prompt) bool
}

// Input is what a person answers with.
type Input int

// The inputs.
const (
	// InputNone is for prompts that this program cannot answer.
	InputNone Input = iota
	// InputCode is a code of [creds.CodeDigits] digits.
	InputCode
	// InputSecret is a text that is not shown.
	InputSecret
	// InputChoice is one of several grants. For a single one a terminal asks yes or no.
	InputChoice
	// InputBrowser is approved in a browser that the person opens. If [creds.SignIn.Pastes]
	// is set, a code that the page shows is the answer as well.
	InputBrowser
)

// Choice is an answer that is chosen.
type Choice struct {
	Grant creds.Grant
	Label string
}

// Fact is one line of what a prompt is about.
type Fact struct {
	Label, Value string
	// Full is the long form of the value, if it has one.
	Full string
}

// kinds is the table of all kinds.
var kinds = map[creds.PromptKind]Kind{
	creds.PromptMFA:        mfa,
	creds.PromptPassphrase: passphrase,
	creds.PromptSSO:        signIn,
	creds.PromptConsole:    consoleSignIn,
	creds.PromptConsent:    consent,
	creds.PromptPerson:     person,
	creds.PromptAWSVault:   awsVault,
	creds.PromptSeal:       seal,
	creds.PromptOpen:       openCopy,
}

// Of describes a prompt. One of a later version's agent, or one that lacks what its kind
// is about, takes no answer.
func Of(p creds.Prompt) Kind {
	k, known := kinds[p.Kind]
	switch {
	case !known:
		return unknown
	case k.has != nil && !k.has(p):
		broken := unknown
		broken.WindowOnly = k.WindowOnly
		return broken
	}
	return k
}

var unknown = Kind{
	WindowOnly: true,
	Subject:    func(creds.Prompt) string { return "" },
	Asks:       text("the answer to a question"),
	Undone:     " was not given",
	Menu:       text("A question waits…"),
	Title:      text("question"),
	Headline:   text("daypass has a question"),
	Facts:      mfa.Facts,
	Explain:    text("This window does not know what the agent asks, and takes no answer. Quit daypass and start it again, so that both are of one version."),
	Close:      "Cancel",
}

// NobodyIsAsked is the error of a request that may not ask what a prompt asks, because
// nobody is to be asked for it.
func NobodyIsAsked(p creds.Prompt) *creds.Error {
	k := Of(p)
	message := lang.Sprintf("%s is needed, and nobody is to be asked for it", k.Asks(p))
	if p.Profile != "" && k.Input != InputChoice {
		message = lang.Sprintf("%s is needed for profile %q, and nobody is to be asked for it", k.Asks(p), p.Profile)
	}
	return &creds.Error{Code: creds.CodeNobodyToAsk, Message: message}
}

func text(s lang.Text) func(creds.Prompt) string {
	return func(creds.Prompt) string { return s.String() }
}

// byProgram names the program that asked; "" if a person did, or if it has no name.
func byProgram(r creds.Requester) string {
	if r.Surface != creds.SurfaceProgram {
		return ""
	}
	return r.Program
}

// AskedBy is the line in a terminal that says which program asked; "" if none did.
func AskedBy(r creds.Requester) string {
	if byProgram(r) == "" {
		return ""
	}
	return lang.Sprintf("asked for by %s", r.String())
}

// process names a program on a line of its own.
func process(r creds.Requester) string {
	if r.Program == "" {
		return lang.Sprintf("pid %d", r.PID)
	}
	return lang.Sprintf("%s, pid %d", r.Program, r.PID)
}

// session names the SSO session that a prompt is about, for people.
func session(p creds.Prompt) string { return words.Session(p.SessionID()) }

// brief is a name of at most so many bytes, and else its replacement.
func brief(name string, most int, instead string) string {
	if len(name) <= most {
		return name
	}
	return instead
}

// BriefProfile is a profile's name where it fits into a sentence.
func BriefProfile(name string) string { return brief(name, 24, lang.T("the profile")) }

func join(sentences ...string) string {
	return strings.TrimSpace(strings.Join(sentences, " "))
}

// someone names a person.
func someone(p *creds.Person) string { return cmp.Or(nowOf(p), lang.T("Somebody else")) }

// ClockOff says that this machine's clock is wrong, and what that means for MFA codes,
// which depend on the clock of the device that shows them.
func ClockOff(off time.Duration) string {
	side := lang.T("ahead of")
	if off < 0 {
		side, off = lang.T("behind"), -off
	}
	return lang.Sprintf("This computer’s clock is %s %s AWS’s; codes that it makes itself are refused until it is right.",
		roughly(off), side)
}

// roughly gives a positive duration in its largest sensible unit.
func roughly(d time.Duration) string {
	switch {
	case d < 90*time.Second:
		return lang.Sprintf("%d s", int(d.Round(time.Second)/time.Second))
	case d < 90*time.Minute:
		return lang.Sprintf("%d min", int(d.Round(time.Minute)/time.Minute))
	case d < 48*time.Hour:
		return lang.Sprintf("%d h", int(d.Round(time.Hour)/time.Hour))
	}
	return lang.Sprintf("%d days", int(d/(24*time.Hour)))
}
