package creds

import (
	"context"
	"time"

	"daypass/internal/lang"
)

// Requester is the program or person that asked for credentials.
type Requester struct {
	// Program is the name of the executable: "terraform". Empty if a person asked, at
	// the tray or in a terminal.
	Program string `json:"program,omitempty"`
	PID     int    `json:"pid,omitempty"`
	// Dir is the folder the program runs in.
	Dir string `json:"dir,omitempty"`
	// Surface is where the request was made.
	Surface Surface `json:"surface"`
	// Within names the profiles whose programs the request comes from, as [EnvWithin] has
	// them.
	Within string `json:"-"`
}

// Surface is where a request comes from, and so where its prompt belongs.
type Surface string

// The surfaces.
const (
	// SurfaceTray is a click in the tray.
	SurfaceTray Surface = "tray"
	// SurfaceWindow is a click or a key in one of daypass's windows.
	SurfaceWindow Surface = "window"
	// SurfaceTerminal is a command line that answers prompts by itself; no
	// window is opened for it.
	SurfaceTerminal Surface = "terminal"
	// SurfaceProgram is a program that cannot ask a person.
	SurfaceProgram Surface = "program"
	// SurfaceUnattended is a command that nobody is to be asked for, in a window or elsewhere:
	// what needs a person fails at once with [CodeNobodyToAsk].
	SurfaceUnattended Surface = "unattended"
)

// IsProgram reports whether no person waits for the request: a program made it, or a
// command that nobody is to be asked for.
func (s Surface) IsProgram() bool { return s == SurfaceProgram || s == SurfaceUnattended }

// String says who asked: "terraform (pid 4312, ~/infra)".
func (r Requester) String() string {
	switch {
	case r.Surface == SurfaceTray:
		return lang.T("you, in the tray")
	case r.Surface == SurfaceWindow:
		return lang.T("you, in the window")
	case r.Program == "" && r.Surface == SurfaceTerminal:
		return lang.T("you, in a terminal")
	case r.Program == "":
		return lang.Sprintf("a program (pid %d)", r.PID)
	case r.Dir == "":
		return lang.Sprintf("%s (pid %d)", r.Program, r.PID)
	}
	return lang.Sprintf("%s (pid %d, %s)", r.Program, r.PID, r.Dir)
}

// PromptKind says what a prompt asks for. Package prompts describes each.
type PromptKind string

// The kinds of prompt.
const (
	// PromptMFA asks for the six digits that an MFA device shows.
	PromptMFA PromptKind = "mfa"
	// PromptPassphrase asks for the passphrase of the encrypted file that replaces a
	// keyring.
	PromptPassphrase PromptKind = "passphrase"
	// PromptSSO asks to sign in with a browser. Its answers are ways to do that.
	PromptSSO PromptKind = "sso"
	// PromptConsole asks to sign in to AWS's console with a browser, as "aws login" does.
	// Its answers are ways to do that, or the code that the page shows in the end.
	PromptConsole PromptKind = "console"
	// PromptConsent asks whether a program may have a sensitive profile. Its
	// answer is a [Grant].
	PromptConsent PromptKind = "consent"
	// PromptPerson asks whether the profiles of an SSO session, or those of a console
	// sign-in, are to get the credentials of another person than before. Its answer is
	// [GrantPerson].
	PromptPerson PromptKind = "person"
	// PromptAWSVault asks for the passphrase of aws-vault's encrypted files, whose keys are
	// to be imported.
	PromptAWSVault PromptKind = "aws_vault"
	// PromptSeal asks for a new passphrase, twice, for the copy of a long-term key, and
	// PromptOpen for the passphrase of such a copy.
	PromptSeal PromptKind = "seal"
	PromptOpen PromptKind = "open"
)

// Grant is a person's decision on a profile that programs want, or on another person's
// sign-in.
type Grant string

// The grants.
const (
	// GrantOnce allows the programs that wait now.
	GrantOnce Grant = "once"
	// GrantHour allows all programs for an hour.
	GrantHour Grant = "hour"
	// GrantAlways allows all programs until the settings change; see [ProgramsAlways].
	GrantAlways Grant = "always"
	// GrantNever refuses the programs that wait and all later ones; see
	// [ProgramsNever].
	GrantNever Grant = "never"
	// GrantPerson accepts the other person; see [PromptPerson].
	GrantPerson Grant = "person"
)

// Prompt is a question that waits for a person. There is one for each MFA device and each
// SSO session, however many callers wait for its answer.
type Prompt struct {
	ID   string     `json:"id"`
	Kind PromptKind `json:"kind"`
	// Profile is the one that was requested first.
	Profile   string `json:"profile,omitempty"`
	AccountID string `json:"account_id,omitempty"`
	// Device is the serial number of the MFA device: an ARN for a virtual
	// one.
	Device string `json:"device,omitempty"`
	// SignIn is set with [PromptSSO] and [PromptConsole].
	SignIn *SignIn `json:"sign_in,omitempty"`
	// Person is set with [PromptPerson].
	Person *Person `json:"person,omitempty"`
	// File is the path of the copy, with [PromptSeal] and [PromptOpen].
	File      string    `json:"file,omitempty"`
	Requester Requester `json:"requester"`
	Created   time.Time `json:"created"`
	// Checking is set while an answer is on its way to AWS.
	Checking bool `json:"checking,omitempty"`
	// Lease is how long a consent would unlock the profile.
	Lease time.Duration `json:"lease,omitempty"`
	// Keeps is set if the program gets the keys where the end of the lease does not reach them;
	// see [UseRequest].
	Keeps bool `json:"keeps,omitempty"`
	// Refusal says in one sentence why the last answer was refused.
	Refusal string `json:"refusal,omitempty"`
	// Fresh is when the device shows its next code; it is set if the current one was
	// used already.
	Fresh time.Time `json:"fresh,omitzero"`
	// ClockOff is how far this machine's clock is ahead of AWS's, positive
	// or negative; zero when it is near enough.
	ClockOff time.Duration `json:"clock_off,omitempty"`
}

// MostPasted is far above the length of the code that a sign-in's page shows; see
// [SignIn.Pastes].
const MostPasted = 8 << 10

// Asker asks the person at the machine.
type Asker interface {
	// Ask shows a prompt until try accepts an answer to it, the person declines, or ctx
	// ends. The asker fills in the fields that change while it waits. A [*Refusal] of
	// try is shown, and the prompt stays open; any other error of try ends the prompt
	// and is returned unchanged. A person who closes the prompt gives an [Error] with
	// [CodeDeclined].
	Ask(ctx context.Context, p Prompt, try func(ctx context.Context, answer AnswerRequest) error) error
}

// SessionID returns the [Session.ID] of the SSO session that the prompt is about, or "".
func (p Prompt) SessionID() string {
	switch {
	case p.SignIn != nil:
		return p.SignIn.Session
	case p.Person != nil:
		return p.Person.Session
	}
	return ""
}

// OfConsole reports whether the prompt is about a sign-in to AWS's console.
func (p Prompt) OfConsole() bool {
	return p.Kind == PromptConsole || p.Kind == PromptPerson && p.Person != nil && p.Person.Session == ""
}

// Identity returns the ARN of the console sign-in that the prompt is about, or "".
func (p Prompt) Identity() string {
	switch {
	case !p.OfConsole():
		return ""
	case p.SignIn != nil:
		return p.SignIn.Identity
	case p.Person != nil:
		return p.Person.Before
	}
	return ""
}

// Person describes a change of the person who is signed in to an SSO session, or to the
// console for a profile.
type Person struct {
	// Session is the [Session.ID]; "" for the console, where the prompt's profile alone
	// changes.
	Session string `json:"session"`
	// Before is the person to whom its profiles belonged so far, and Now the one who
	// has signed in, by their names in Identity Center or by their ARNs. Now is "" if
	// unknown; Why then says why in one sentence.
	Before string `json:"before"`
	Now    string `json:"now,omitempty"`
	Why    string `json:"why,omitempty"`
}

// PromptEvent is a change of a prompt as [Client.WatchPrompt] reports it: its new form,
// or its end.
type PromptEvent struct {
	Prompt *Prompt    `json:"prompt,omitempty"`
	End    *PromptEnd `json:"end,omitempty"`
}

// PromptEnd is how a prompt ended.
type PromptEnd struct {
	// Err is nil when an answer was accepted.
	Err *Error `json:"error,omitempty"`
}
